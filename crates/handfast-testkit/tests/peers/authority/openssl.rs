//! Beside OpenSSL: `x509`, `req`, `verify`, `crl`, `ocsp`, `pkcs12`, `pkey`.

use handfast_ca::authority::Authority;
use handfast_ca::key;
use handfast_ca::profile::{AlternativeName, KeyKind, Limits, Profile, development_names};
use handfast_ca::request::{Excess, Request, RequestRules};
use handfast_ca::subject::Subject;
use handfast_crypto::random::SystemRandom;
use handfast_pki::load::{certificates, to_pkcs12};
use handfast_testkit::certificates::now_unix;
use handfast_testkit::peer::{Folder, Program, trial};
use libtest_mimic::{Failed, Trial};

use super::world::{KINDS, World, month, profile, refuses, says};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for kind in KINDS {
        let claim = |what: &str| format!("authority::openssl_{what}_{kind:?}");
        trials.push(trial(
            &claim("verifies_what_we_issue"),
            ["openssl"],
            move |[it]| verifies(&it, &World::new(kind)?),
        ));
        trials.push(trial(
            &claim("uses_our_responses"),
            ["openssl"],
            move |[it]| responses(&it, &World::new(kind)?),
        ));
        trials.push(trial(
            &claim("requests_are_granted"),
            ["openssl"],
            move |[it]| requests(&it, kind),
        ));
    }
    trials.push(trial(
        "authority::openssl_reads_all_that_a_certificate_says",
        ["openssl"],
        |[it]| texts(&it, &World::new(KeyKind::EcP256)?),
    ));
    trials.push(trial(
        "authority::openssl_and_we_read_each_others_keys",
        ["openssl"],
        |[it]| keys(&it, &World::new(KeyKind::EcP256)?),
    ));
    trials.push(trial(
        "authority::an_authority_of_openssl_is_restored",
        ["openssl"],
        |[it]| restored(&it),
    ));
    trials.push(trial(
        "authority::openssl_holds_to_our_name_constraints",
        ["openssl"],
        |[it]| constrained(&it),
    ));
    trials
}

fn verifies(openssl: &Program, world: &World) -> Result<(), Failed> {
    let file = |name| world.file(name);
    let (root, issuing) = (file("root.pem"), file("issuing.pem"));
    let (good, revoked, lists) = (file("good.pem"), file("revoked.pem"), file("all.crl"));
    let base = [
        "verify",
        "-x509_strict",
        "-CAfile",
        &root,
        "-untrusted",
        &issuing,
    ];
    let accepts = |more: &[&str]| says(openssl, &[&base[..], more].concat(), &["OK"]);
    let denies = |more: &[&str], why| refuses(openssl, &[&base[..], more].concat(), &[why]);
    let (server, client) = (["-purpose", "sslserver"], ["-purpose", "sslclient"]);
    let host = ["-verify_hostname", "a.test", &good];
    accepts(&[&server[..], &host].concat())?;
    let mail = ["-verify_email", "ada@a.test", &good];
    accepts(&[&client[..], &mail].concat())?;
    denies(&["-verify_hostname", "b.test", &good], "hostname mismatch")?;
    let checked = ["-crl_check_all", "-CRLfile", &lists];
    accepts(&[&checked[..], &[&good]].concat())?;
    denies(&[&checked[..], &[&revoked]].concat(), "certificate revoked")?;
    let list = file("issuing.crl");
    let shown = ["crl", "-in", &list, "-CAfile", &issuing, "-noout", "-text"];
    let words = ["verify OK", "Key Compromise", "X509v3 CRL Number", "258"];
    says(openssl, &shown, &words)?;
    let request = file("request.pem");
    let shown = ["req", "-in", &request, "-verify", "-noout", "-text"];
    let words = [
        "verify OK",
        "DNS:a.test, IP Address:127.0.0.1",
        "email:ada@a.test",
    ];
    says(openssl, &shown, &words)?;
    Ok(())
}

fn texts(openssl: &Program, world: &World) -> Result<(), Failed> {
    let good = world.file("good.pem");
    let shown = says(
        openssl,
        &["x509", "-in", &good, "-noout", "-text"],
        &[
            "C = DE, O = Acme, CN = a.test",
            "DNS:a.test, IP Address:127.0.0.1, email:ada@a.test, URI:https://a.test/x",
            "UPN::ada@a.test",
            "TLS Web Server Authentication, TLS Web Client Authentication",
            "CA Issuers - URI:http://ca.test/issuer",
            "OCSP - URI:http://ca.test/ocsp",
            "URI:http://ca.test/crl",
            "status_request",
            "CA:FALSE",
        ],
    )?;
    if shown.contains("<unsupported>") {
        return Err(shown.into());
    }
    Ok(())
}

/// OpenSSL asks, we answer, OpenSSL judges the answer.
fn responses(openssl: &Program, world: &World) -> Result<(), Failed> {
    let file = |name| world.file(name);
    let (issuing, authorities) = (file("issuing.pem"), file("authorities.pem"));
    let (request, response) = (file("request.der"), file("response.der"));
    for (leaf, status) in [("good.pem", "good"), ("revoked.pem", "revoked")] {
        let leaf = file(leaf);
        for hash in ["-sha1", "-sha256"] {
            let ids = ["ocsp", "-issuer", &issuing, hash, "-cert", &leaf];
            says(openssl, &[&ids[..], &["-reqout", &request]].concat(), &[])?;
            for delegated in [false, true] {
                let answer = world.answer(&std::fs::read(&request)?, delegated)?;
                std::fs::write(&response, answer)?;
                let base = ["ocsp", "-CAfile", &authorities, "-respin", &response];
                // With the request the nonce is compared, with the certificate the status.
                let asked = ["-reqin", &request, "-verify_other", &issuing];
                let asked = [&base[..], &asked].concat();
                let said = says(openssl, &asked, &["Response verify OK"])?;
                if said.contains("WARNING") || said.contains("Nonce") {
                    return Err(said.into());
                }
                let id = ["-no_nonce", "-issuer", &issuing, hash, "-cert", &leaf];
                let word = format!(": {status}");
                let words = ["Response verify OK", &word];
                says(openssl, &[&base[..], &id].concat(), &words)?;
            }
        }
    }
    // A changed answer is not believed.
    let mut changed = std::fs::read(&response)?;
    if let Some(last) = changed
        .len()
        .checked_sub(600)
        .and_then(|at| changed.get_mut(at))
    {
        *last ^= 1;
    }
    std::fs::write(&response, changed)?;
    let judge = [
        "ocsp",
        "-respin",
        &response,
        "-CAfile",
        &authorities,
        "-issuer",
        &issuing,
    ];
    let outcome = openssl.run(judge, b"", super::world::SOON)?;
    if outcome.stderr.contains("Response verify OK") {
        return Err("a changed response is believed".into());
    }
    Ok(())
}

/// OpenSSL makes a key and a request; what we certify is verified by OpenSSL.
fn requests(openssl: &Program, kind: KeyKind) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let (key, csr) = (folder.file("key.pem"), folder.file("request.pem"));
    let algorithm: &[&str] = match kind {
        KeyKind::EcP384 => &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        KeyKind::EcP521 => &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
        KeyKind::Rsa { .. } => &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        KeyKind::RsaPss { .. } => &["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
        KeyKind::Ed25519 => &["ED25519"],
        _ => &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    };
    let make = [&["genpkey", "-out", &key, "-algorithm"][..], algorithm].concat();
    says(openssl, &make, &[])?;
    // What a PSS key signs with must be told; ours has a salt as long as the hash.
    let pss = ["-sigopt", "rsa_pss_saltlen:32", "-sha256"];
    let how: &[&str] = match kind {
        KeyKind::RsaPss { .. } => &pss,
        _ => &[],
    };
    let names = "subjectAltName=DNS:b.test,DNS:*.c.test,IP:::1";
    let ask = [
        "req",
        "-new",
        "-key",
        &key,
        "-subj",
        "/C=DE/O=Acme/CN=b.test",
        "-out",
        &csr,
    ];
    let extensions = ["-addext", names, "-addext", "tlsfeature=status_request"];
    says(openssl, &[&ask[..], &extensions, how].concat(), &[])?;
    let request = Request::from_file(&std::fs::read(&csr)?)?;
    if request.key() != kind || !request.must_staple() || request.names().len() != 3 {
        return Err(format!("{request:?}").into());
    }
    let world = World::new(KeyKind::EcP256)?;
    let base = Profile::server(&[], month(), kind);
    let rules = RequestRules {
        excess: Excess::LeaveOut,
        ..RequestRules::of(&base)
    };
    let merged = rules.merge(&request, &base)?;
    let leaf = world.issuing.certify(request.spki(), &merged.profile)?;
    let leaf = folder.write("leaf.pem", handfast_ca::issued::certificate_pem(&leaf))?;
    let (root, issuing) = (world.file("root.pem"), world.file("issuing.pem"));
    let judge = [
        "verify",
        "-x509_strict",
        "-CAfile",
        &root,
        "-untrusted",
        &issuing,
    ];
    let host = [
        "-verify_hostname",
        "x.c.test",
        "-purpose",
        "sslserver",
        &leaf,
    ];
    says(openssl, &[&judge[..], &host].concat(), &["OK"])?;
    let public = |arguments: &[&str]| says(openssl, arguments, &["PUBLIC KEY"]);
    let certified = public(&["x509", "-in", &leaf, "-noout", "-pubkey"])?;
    if certified != public(&["pkey", "-in", &key, "-pubout"])? {
        return Err("another key is certified".into());
    }
    Ok(())
}

fn keys(openssl: &Program, world: &World) -> Result<(), Failed> {
    let (plain, locked) = (world.file("key.pem"), world.file("locked.pem"));
    let pass = ["-passin", "pass:a pass phrase"];
    let opened = says(
        openssl,
        &[&["pkey", "-in", &locked][..], &pass].concat(),
        &[],
    )?;
    if opened != says(openssl, &["pkey", "-in", &plain], &[])? {
        return Err("the encrypted key is another".into());
    }
    refuses(
        openssl,
        &["pkey", "-in", &locked, "-passin", "pass:another"],
        &[],
    )?;
    let theirs = world.file("theirs.pem");
    let lock = [
        "pkey", "-in", &plain, "-aes256", "-passout", "pass:b", "-out", &theirs,
    ];
    says(openssl, &lock, &[])?;
    let read = key::read(&std::fs::read(&theirs)?, Some(b"b"))?;
    let [good, _] = &world.leaves;
    assert_eq!(read.public_spki(), good.key().public_spki());
    assert!(key::read(&std::fs::read(&theirs)?, Some(b"c")).is_err());
    let chain: Vec<&[u8]> = good.chain().iter().map(AsRef::as_ref).collect();
    let container = to_pkcs12(
        Some(good.key()),
        &chain,
        Some("a.test"),
        b"p",
        &mut SystemRandom,
    )?;
    let container = world.folder.write("all.p12", container)?;
    let show = ["pkcs12", "-in", &container, "-passin", "pass:p", "-noenc"];
    says(
        openssl,
        &show,
        &["friendlyName: a.test", "CN = Issuing", "PRIVATE KEY"],
    )?;
    Ok(())
}

const CONFIG: &str = "
[req]
prompt = no
distinguished_name = root
string_mask = nombstr
[root]
C = DE
O = Acme \\& Sons
OU = Old things
CN = OpenSSL root
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
";

/// A root whose name is written in PrintableStrings, with a key identifier of OpenSSL's making.
fn restored(openssl: &Program) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let config = folder.write("root.cnf", CONFIG)?;
    let (root, key) = (folder.file("root.pem"), folder.file("root.key"));
    let make = [
        "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "30",
    ];
    let files = [
        "-config",
        &config,
        "-extensions",
        "ca",
        "-keyout",
        &key,
        "-out",
        &root,
    ];
    says(openssl, &[&make[..], &files].concat(), &[])?;
    let chain = certificates(&std::fs::read(&root)?)?;
    let authority = Authority::restore(chain, key::read(&std::fs::read(&key)?, None)?)?;
    authority.check_time(now_unix() + 86_400)?;
    let below = Profile::intermediate(Subject::named("Ours")?, month(), KeyKind::EcP256);
    let issuing = authority.intermediate(&below)?;
    let leaf = issuing.issue(&profile(KeyKind::EcP256))?;
    let chain = folder.write("chain.pem", leaf.chain_pem())?;
    let list = authority.crl(&handfast_ca::crl::CrlProfile {
        number: 1,
        this_update_unix: now_unix() - 60,
        next_update_unix: now_unix() + 60,
        entries: Vec::new(),
        base: None,
    })?;
    let list = folder.write("list.der", list)?;
    let judge = [
        "verify",
        "-x509_strict",
        "-CAfile",
        &root,
        "-untrusted",
        &chain,
        &chain,
    ];
    says(openssl, &judge, &["OK"])?;
    let judge = [
        "crl", "-inform", "DER", "-in", &list, "-CAfile", &root, "-noout",
    ];
    says(openssl, &judge, &["verify OK"])?;
    Ok(())
}

/// Names inside and outside of what a development authority may vouch for.
fn constrained(openssl: &Program) -> Result<(), Failed> {
    const NAMES: [(&str, bool); 12] = [
        ("localhost", true),
        ("a.test", true),
        ("*.b.test", true),
        ("10.1.2.3", true),
        ("::1", true),
        ("ada@a.test", true),
        ("https://a.test/x", true),
        ("example.com", false),
        ("8.8.8.8", false),
        ("2001:db8::1", false),
        ("ada@example.com", false),
        ("https://example.com/", false),
    ];
    let folder = Folder::new()?;
    let limits = Limits {
        permitted: development_names(),
        ..Limits::default()
    };
    let profile = Profile {
        authority: Some(limits),
        ..Profile::root(Subject::named("Development")?, month(), KeyKind::EcP256)
    };
    let root = Authority::root(&profile)?;
    let file = folder.write("root.pem", root.root_pem())?;
    let unchecked = Authority::restore(root.own().chain().to_vec(), root.own().key().clone())?
        .danger_unchecked();
    for (name, allowed) in NAMES {
        let name = AlternativeName::parse(name)?;
        let mut profile = Profile::server(&[name], month(), KeyKind::EcP256);
        profile.subject = Subject::named("Somebody")?;
        if root.issue(&profile).is_ok() != allowed {
            return Err(format!("{:?}: we say otherwise", profile.names).into());
        }
        let leaf = folder.write("leaf.pem", unchecked.issue(&profile)?.chain_pem())?;
        let judge = ["verify", "-x509_strict", "-CAfile", &file, &leaf];
        if allowed {
            says(openssl, &judge, &["OK"])?;
        } else {
            refuses(openssl, &judge, &["permitted subtree violation"])?;
        }
    }
    Ok(())
}

//! Beside GnuTLS: `certtool` and `ocsptool`.

use handfast_ca::profile::{KeyKind, Profile};
use handfast_ca::request::{Request, RequestRules, SubjectRule};
use handfast_pki::crl::Crl;
use handfast_pki::load;
use handfast_pki::ocsp::OcspResponse;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use super::world::{KINDS, World, month, refuses, says};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for kind in KINDS {
        let claim = |what: &str| format!("authority::gnutls_{what}_{kind:?}");
        trials.push(trial(
            &claim("verifies_what_we_issue"),
            ["certtool"],
            move |[it]| verifies(&it, &World::new(kind)?),
        ));
        trials.push(trial(
            &claim("uses_our_responses"),
            ["ocsptool"],
            move |[it]| responses(&it, &World::new(kind)?),
        ));
    }
    trials.push(trial(
        "authority::gnutls_requests_are_granted",
        ["certtool"],
        |[it]| requests(&it, &World::new(KeyKind::EcP256)?),
    ));
    trials.push(trial(
        "authority::gnutls_lists_are_read",
        ["certtool"],
        |[it]| lists(&it, &World::new(KeyKind::EcP256)?),
    ));
    trials
}

fn verifies(certtool: &Program, world: &World) -> Result<(), Failed> {
    let file = |name| world.file(name);
    let (root, chain, lists) = (file("root.pem"), file("chain.pem"), file("all.crl"));
    let judge = [
        "--verify",
        "--load-ca-certificate",
        &root,
        "--infile",
        &chain,
    ];
    let host = ["--verify-hostname", "a.test"];
    says(
        certtool,
        &[&judge[..], &host].concat(),
        &["The certificate is trusted."],
    )?;
    let host = ["--verify-hostname", "b.test"];
    let denied = "The name in the certificate does not match the expected.";
    refuses(certtool, &[&judge[..], &host].concat(), &[denied])?;
    let with_lists = ["--load-crl", &lists];
    let checked = [&judge[..], &with_lists].concat();
    says(certtool, &checked, &["The certificate is trusted."])?;
    let revoked = std::fs::read_to_string(file("revoked.pem"))?;
    let above = std::fs::read_to_string(file("issuing.pem"))?;
    let chain = world.folder.write("revoked-chain.pem", revoked + &above)?;
    let judge = [
        "--verify",
        "--load-ca-certificate",
        &root,
        "--infile",
        &chain,
    ];
    let checked = [&judge[..], &with_lists].concat();
    refuses(certtool, &checked, &["The certificate chain is revoked."])?;
    // GnuTLS 3.7 finds no signature by RSA-PSS on a list right, which OpenSSL and we do.
    if !matches!(world.issuing.own().key().kind(), KeyKind::RsaPss { .. }) {
        let (list, issuing) = (file("issuing.crl"), file("issuing.pem"));
        let judge = [
            "--verify-crl",
            "--load-ca-certificate",
            &issuing,
            "--infile",
            &list,
        ];
        says(certtool, &judge, &["Verified."])?;
    }
    let request = file("request.pem");
    let words = [
        "CN=a.test,O=Acme,C=DE",
        "DNSname: a.test",
        "Self signature: verified",
    ];
    says(certtool, &["--crq-info", "--infile", &request], &words)?;
    let good = file("good.pem");
    let words = [
        "Subject: CN=a.test,O=Acme,C=DE",
        "URI: http://ca.test/ocsp",
        "Status Request",
    ];
    says(certtool, &["-i", "--infile", &good], &words)?;
    Ok(())
}

/// GnuTLS asks, we answer, GnuTLS judges the answer.
fn responses(ocsptool: &Program, world: &World) -> Result<(), Failed> {
    let file = |name| world.file(name);
    let (issuing, request, response) = (
        file("issuing.pem"),
        file("request.der"),
        file("response.der"),
    );
    for (leaf, status) in [("good.pem", "good"), ("revoked.pem", "revoked")] {
        let leaf = file(leaf);
        for nonce in ["--nonce", "--no-nonce"] {
            let ask = [
                "--generate-request",
                "--load-issuer",
                &issuing,
                "--load-cert",
                &leaf,
            ];
            says(
                ocsptool,
                &[&ask[..], &[nonce, "--outfile", &request]].concat(),
                &[],
            )?;
            for delegated in [false, true] {
                let answer = world.answer(&std::fs::read(&request)?, delegated)?;
                std::fs::write(&response, answer)?;
                let show = ["--response-info", "--infile", &response];
                let word = format!("Certificate Status: {status}");
                says(ocsptool, &show, &["Response Status: Successful", &word])?;
                // A delegate is trusted by its certificate in the response.
                let who = if delegated {
                    "--load-trust"
                } else {
                    "--load-signer"
                };
                let judge = ["--verify-response", who, &issuing, "--infile", &response];
                says(ocsptool, &judge, &["Success."])?;
            }
        }
    }
    Ok(())
}

const TEMPLATE: &str = "cn = b.test\norganization = Acme\ndns_name = b.test\n\
    ip_address = 127.0.0.1\nemail = ada@b.test\ntls_www_server\nsigning_key\n\
    challenge_password = secret\n";

/// GnuTLS makes a request; what we certify is verified by GnuTLS.
fn requests(certtool: &Program, world: &World) -> Result<(), Failed> {
    let file = |name| world.file(name);
    let template = world.folder.write("b.cfg", TEMPLATE)?;
    let (key, csr, root) = (file("b.key"), file("b.csr"), file("root.pem"));
    let make = [
        "--generate-privkey",
        "--key-type",
        "ed25519",
        "--outfile",
        &key,
    ];
    says(certtool, &make, &[])?;
    let ask = [
        "--generate-request",
        "--load-privkey",
        &key,
        "--template",
        &template,
    ];
    says(certtool, &[&ask[..], &["--outfile", &csr]].concat(), &[])?;
    let request = Request::from_file(&std::fs::read(&csr)?)?;
    let base = Profile::both(&[], month(), KeyKind::Ed25519);
    let rules = RequestRules {
        subject: SubjectRule::Whole,
        ..RequestRules::of(&base)
    };
    let merged = rules.merge(&request, &base)?;
    assert_eq!(
        (request.key(), merged.profile.names.len()),
        (KeyKind::Ed25519, 3)
    );
    let leaf = world.issuing.certify(request.spki(), &merged.profile)?;
    let chain: String = world.issuing.chain_below(leaf).iter().map(pem).collect();
    let chain = world.folder.write("b.pem", chain)?;
    let judge = [
        "--verify",
        "--load-ca-certificate",
        &root,
        "--infile",
        &chain,
    ];
    let host = ["--verify-hostname", "b.test"];
    says(
        certtool,
        &[&judge[..], &host].concat(),
        &["The certificate is trusted."],
    )?;
    Ok(())
}

fn pem(der: &rustls_pki_types::CertificateDer<'static>) -> String {
    handfast_ca::issued::certificate_pem(der)
}

/// A list that GnuTLS signs with our key, and our reader's view of it.
fn lists(certtool: &Program, world: &World) -> Result<(), Failed> {
    let file = |name| world.file(name);
    let key = handfast_ca::key::write(world.issuing.own().key(), None)?;
    let key = world.folder.write("issuing.key", key.as_bytes())?;
    let template = world
        .folder
        .write("list.cfg", "crl_number = 9\ncrl_next_update = 5\n")?;
    let (issuing, revoked, list) = (file("issuing.pem"), file("revoked.pem"), file("theirs.crl"));
    let make = [
        "--generate-crl",
        "--load-ca-privkey",
        &key,
        "--load-ca-certificate",
        &issuing,
    ];
    let of = [
        "--load-certificate",
        &revoked,
        "--template",
        &template,
        "--outfile",
        &list,
    ];
    says(certtool, &[&make[..], &of].concat(), &[])?;
    let lists = load::crls(&std::fs::read(&list)?)?;
    let read = Crl::parse(lists.first().ok_or("no list")?)?;
    assert_eq!((read.number(), read.revoked().count()), (&[9][..], 1));
    assert_eq!(read.issuer().der(), world.issuing.subject().der());
    assert!(OcspResponse::parse(&std::fs::read(&list)?).is_err());
    Ok(())
}

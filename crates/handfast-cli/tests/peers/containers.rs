//! What `handfast cert` writes opens elsewhere, what others write opens here, and the verdicts agree.

use crate::lab::{Lab, SOON, Serving, handfast};
use handfast_testkit::peer::{Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};
use std::io::{Read, Write};
use std::net::TcpListener;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial(
            "containers::openssl_opens_what_we_convert",
            ["openssl"],
            openssl_opens,
        ),
        trial(
            "containers::we_open_what_openssl_encrypts",
            ["openssl"],
            opens_openssl,
        ),
        trial(
            "containers::we_read_what_openssl_writes",
            ["openssl"],
            reads_openssl,
        ),
        trial(
            "containers::openssl_and_we_judge_alike",
            ["openssl"],
            judge_alike,
        ),
        trial(
            "containers::openssls_marks_of_distrust_count_here_too",
            ["openssl"],
            marks,
        ),
        trial(
            "containers::a_host_without_the_staple_it_promises_is_refused",
            ["openssl"],
            must_staple,
        ),
        trial(
            "containers::bundle_and_verify_fetch_a_missing_issuer",
            ["openssl"],
            fetches,
        ),
    ];
    let name = "containers::python_and_we_open_each_others";
    trials.push(match Program::find("python3") {
        Some(python) if !has_cryptography(&python) => Trial::test(name, || Ok(()))
            .with_kind("missing: cryptography")
            .with_ignored_flag(true),
        _ => trial(name, ["python3"], python),
    });
    trials
}

fn has_cryptography(python: &Program) -> bool {
    let outcome = python.run(["-c", "import cryptography"], b"", SOON);
    outcome.is_ok_and(|outcome| outcome.success())
}

/// Runs something that must end well.
fn good(outcome: Outcome) -> Result<Outcome, Failed> {
    if outcome.success() {
        Ok(outcome)
    } else {
        Err(format!("{outcome:?}").into())
    }
}

fn same(one: &[u8], other: &[u8], what: &str) -> Result<(), Failed> {
    if one == other {
        return Ok(());
    }
    let [one, other] = [one, other].map(String::from_utf8_lossy);
    Err(format!("{what}: {one}\n{other}").into())
}

fn convert(arguments: &[&str]) -> Result<Outcome, Failed> {
    good(handfast(&[&["cert", "convert"][..], arguments].concat()))
}

const PASSWORD: &str = "correct h\u{f6}rse";

/// A lab with a file `pw`, and a P-256 and an RSA key with a certificate, made by OpenSSL.
fn lab(openssl: &Program) -> Result<Lab, Failed> {
    let lab = Lab::new();
    lab.write("pw", PASSWORD);
    let rsa = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=rsa.test",
        "-days",
        "9",
        "-keyout",
        &lab.file("rsa.key"),
        "-out",
        &lab.file("rsa.pem"),
    ];
    good(openssl.run(rsa, b"", SOON)?)?;
    Ok(lab)
}

/// The public key of a file that OpenSSL opens.
fn public(openssl: &Program, arguments: &[&str]) -> Result<Vec<u8>, Failed> {
    let asked = [&["pkey", "-pubout"][..], arguments].concat();
    Ok(good(openssl.run(asked, b"", SOON)?)?.stdout)
}

fn openssl_opens([openssl]: [Program; 1]) -> Result<(), Failed> {
    let lab = lab(&openssl)?;
    let (pw, pass) = (lab.file("pw"), format!("file:{}", lab.file("pw")));
    for kind in ["server", "rsa"] {
        let [cert, key] = ["pem", "key"].map(|ending| lab.file(&format!("{kind}.{ending}")));
        let out = |ending: &str| lab.file(&format!("{kind}.out.{ending}"));
        let wanted = public(&openssl, &["-in", &key])?;
        let p12 = out("p12");
        convert(&[
            &cert,
            "--key",
            &key,
            "--out-pass-file",
            &pw,
            "--name",
            "h\u{f6}rse",
            "-o",
            &p12,
        ])?;
        let asked = ["pkcs12", "-in", &p12, "-passin", &pass, "-nodes"];
        let opened = good(openssl.run(asked, b"", SOON)?)?;
        let text = opened.text();
        if !text.contains("friendlyName: h") || !text.contains("localKeyID") {
            return Err(text.into());
        }
        let opened = lab.write("opened.pem", &opened.stdout);
        same(&public(&openssl, &["-in", &opened])?, &wanted, "PKCS#12")?;
        convert(&[&key, "--out-pass-file", &pw, "-o", &out("key")])?;
        let read = public(&openssl, &["-in", &out("key"), "-passin", &pass])?;
        same(&read, &wanted, "PKCS#8")?;
        convert(&[&key, "--to", "pkcs8-der", "-o", &out("der")])?;
        let read = public(&openssl, &["-inform", "DER", "-in", &out("der")])?;
        same(&read, &wanted, "PKCS#8 in DER")?;
        convert(&[&cert, "-o", &out("pub")])?;
        same(&std::fs::read(out("pub"))?, &wanted, "public key")?;
        convert(&[&cert, "-o", &out("p7b")])?;
        let asked = ["pkcs7", "-in", &out("p7b"), "-print_certs"];
        let printed = good(openssl.run(asked, b"", SOON)?)?;
        let body = std::fs::read_to_string(&cert)?;
        if !printed
            .text()
            .contains(body.lines().nth(2).unwrap_or("none"))
        {
            return Err(format!("{printed:?}").into());
        }
        convert(&[&cert, "-o", &out("cer")])?;
        let asked = ["x509", "-inform", "DER", "-in", &out("cer")];
        let printed = good(openssl.run(asked, b"", SOON)?)?;
        same(&printed.stdout, &std::fs::read(&cert)?, "DER")?;
    }
    Ok(())
}

fn opens_openssl([openssl]: [Program; 1]) -> Result<(), Failed> {
    let lab = lab(&openssl)?;
    let (pw, pass) = (lab.file("pw"), format!("file:{}", lab.file("pw")));
    for kind in ["server", "rsa"] {
        let [cert, key] = ["pem", "key"].map(|ending| lab.file(&format!("{kind}.{ending}")));
        let wanted = public(&openssl, &["-in", &key])?;
        let out = lab.file("theirs");
        let check = |what: &str| -> Result<(), Failed> {
            let made = lab.file("made.key");
            convert(&[
                &out,
                "--pass-file",
                &pw,
                "--unencrypted-key",
                "--to",
                "pkcs8",
                "-o",
                &made,
                "-f",
            ])?;
            same(&public(&openssl, &["-in", &made])?, &wanted, what)
        };
        for how in [
            &[][..],
            &["-legacy"],
            &[
                "-certpbe",
                "PBE-SHA1-3DES",
                "-keypbe",
                "PBE-SHA1-3DES",
                "-macalg",
                "sha1",
            ],
            &[
                "-certpbe",
                "AES-128-CBC",
                "-keypbe",
                "AES-128-CBC",
                "-macalg",
                "sha512",
            ],
            &["-certpbe", "NONE"],
        ] {
            let asked = [
                "pkcs12", "-export", "-in", &cert, "-inkey", &key, "-out", &out,
            ];
            let asked = [&asked[..], &["-passout", &pass], how].concat();
            good(openssl.run(asked, b"", SOON)?)?;
            check(&format!("PKCS#12 {how:?}"))?;
        }
        for how in [
            &["-v2", "aes-256-cbc"][..],
            &["-v2", "aes-128-cbc"],
            &["-v2", "des3"],
            &["-v1", "PBE-SHA1-3DES"],
        ] {
            let asked = [
                "pkcs8", "-topk8", "-in", &key, "-out", &out, "-passout", &pass,
            ];
            good(openssl.run([&asked[..], how].concat(), b"", SOON)?)?;
            check(&format!("PKCS#8 {how:?}"))?;
        }
        // What is not opened says what to do.
        for how in [
            &["pkcs8", "-topk8", "-scrypt"][..],
            &["pkcs8", "-topk8", "-v2prf", "hmacWithSHA512"],
            &["pkey", "-traditional", "-aes128"],
        ] {
            let asked = ["-in", &key, "-out", &out, "-passout", &pass];
            good(openssl.run([how, &asked[..]].concat(), b"", SOON)?)?;
            let outcome = handfast(&["cert", "match", &out, &cert, "--pass-file", &pw]);
            if outcome.code != Some(58) || !outcome.stderr.contains("openssl pkey") {
                return Err(format!("{outcome:?}").into());
            }
        }
    }
    Ok(())
}

fn reads_openssl([openssl]: [Program; 1]) -> Result<(), Failed> {
    let lab = lab(&openssl)?;
    let file = |name: &str| lab.file(name);
    let (cert, key) = (file("rsa.pem"), file("rsa.key"));
    for arguments in [
        &["rsa", "-traditional", "-in", &key, "-out", &file("a.key")][..],
        &[
            "rsa",
            "-in",
            &key,
            "-RSAPublicKey_out",
            "-out",
            &file("a.pub"),
        ],
        &[
            "rsa",
            "-in",
            &key,
            "-pubout",
            "-outform",
            "DER",
            "-out",
            &file("b.pub"),
        ],
        &[
            "req",
            "-new",
            "-key",
            &key,
            "-subj",
            "/CN=rsa.test",
            "-out",
            &file("a.csr"),
        ],
        &[
            "req",
            "-in",
            &file("a.csr"),
            "-outform",
            "DER",
            "-out",
            &file("b.csr"),
        ],
        &[
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            &cert,
            "-out",
            &file("a.p7b"),
        ],
        &[
            "x509",
            "-in",
            &cert,
            "-trustout",
            "-addtrust",
            "serverAuth",
            "-out",
            &file("b.pem"),
        ],
        &["x509", "-in", &cert, "-text", "-out", &file("c.pem")],
    ] {
        good(openssl.run(arguments, b"", SOON)?)?;
    }
    let names = [
        "a.key", "a.pub", "b.pub", "a.csr", "b.csr", "a.p7b", "b.pem", "c.pem",
    ]
    .map(file);
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let outcome = good(handfast(&[&["cert", "match"][..], &names[..]].concat()))?;
    let text = outcome.text();
    if text.matches("of one key").count() != 1 || text.lines().count() != names.len() + 1 {
        return Err(text.into());
    }
    Ok(())
}

/// The verdicts, and the code by which OpenSSL gives its reason.
/// RFC 7633: without a staple, whoever promises one is refused, and nobody else.
fn must_staple([openssl]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let [root, root_key] = ["r.pem", "r.key"].map(|name| lab.file(name));
    let [cert, key] = ["own.pem", "own.key"].map(|name| lab.file(name));
    let new = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9",
    ];
    let made = ["-subj", "/CN=r", "-keyout", &root_key, "-out", &root];
    good(openssl.run([&new[..], &made].concat(), b"", SOON)?)?;
    let by_root = ["-subj", "/CN=x", "-CA", &root, "-CAkey", &root_key];
    let made = ["-keyout", &key, "-out", &cert];
    let name = ["-addext", "subjectAltName=DNS:localhost"];
    for (promise, code) in [
        (&[][..], 0),
        (&["-addext", "tlsfeature=status_request"], 91),
    ] {
        let asked = [&new[..], &by_root, &made, &name, promise].concat();
        good(openssl.run(asked, b"", SOON)?)?;
        let server = Serving::start(&["--cert", &cert, "--key", &key, &lab.file("site")]);
        let host = format!("localhost:{}", server.port());
        let judged = handfast(&["cert", "verify", "--cacert", &root, &host]);
        if judged.code != Some(code) {
            return Err(format!("{promise:?}: {}{}", judged.text(), judged.stderr).into());
        }
    }
    Ok(())
}

/// Whoever OpenSSL does not trust, as it wrote into the file itself, is not trusted here.
fn marks([openssl]: [Program; 1]) -> Result<(), Failed> {
    let lab = lab(&openssl)?;
    let (root, trusted) = (lab.file("root.pem"), lab.file("trusted.pem"));
    for marks in [
        &[][..],
        &["-addtrust", "serverAuth"],
        &["-addtrust", "clientAuth"],
        &["-addtrust", "anyExtendedKeyUsage"],
        &["-addreject", "serverAuth"],
        &["-addreject", "clientAuth"],
        &["-addreject", "anyExtendedKeyUsage"],
        &["-addtrust", "serverAuth", "-addreject", "serverAuth"],
        &["-addreject", "emailProtection", "-setalias", "mine"],
    ] {
        let written = ["x509", "-in", &root, "-trustout", "-out", &trusted];
        good(openssl.run([&written[..], marks].concat(), b"", SOON)?)?;
        for (cert, purpose) in [("server", "sslserver"), ("client", "sslclient")] {
            let file = lab.file(&format!("{cert}.pem"));
            let asked = ["verify", "-no-CApath", "-no-CAstore", "-purpose", purpose];
            let asked = [&asked[..], &["-CAfile", &trusted, &file]].concat();
            let wanted = openssl.run(asked, b"", SOON)?.success();
            for flag in ["--cacert", "--trust"] {
                let judged = ["cert", "verify", flag, &trusted, "--purpose", cert, &file];
                let judged = handfast(&judged);
                let named = judged.stderr.contains("CN=Lab root is marked");
                if judged.success() != wanted || named == wanted {
                    return Err(format!("{marks:?} {purpose}: {wanted} {judged:?}").into());
                }
            }
        }
    }
    Ok(())
}

fn judge_alike([openssl]: [Program; 1]) -> Result<(), Failed> {
    let lab = lab(&openssl)?;
    let file = |name: &str| lab.file(name);
    let root = file("root.pem");
    for (cert, ours, theirs) in [
        ("server", &[][..], &[][..]),
        (
            "server",
            &["--name", "localhost"],
            &["-verify_hostname", "localhost"],
        ),
        (
            "server",
            &["--name", "127.0.0.1"],
            &["-verify_ip", "127.0.0.1"],
        ),
        (
            "server",
            &["--name", "other.test"],
            &["-verify_hostname", "other.test"],
        ),
        (
            "server",
            &["--name", "10.0.0.1"],
            &["-verify_ip", "10.0.0.1"],
        ),
        (
            "server",
            &["--purpose", "client"],
            &["-purpose", "sslclient"],
        ),
        (
            "client",
            &["--purpose", "client"],
            &["-purpose", "sslclient"],
        ),
        ("client", &[], &["-purpose", "sslserver"]),
        (
            "server",
            &["--at", "@4102444800"],
            &["-attime", "4102444800"],
        ),
        (
            "server",
            &["--at", "@1000000000"],
            &["-attime", "1000000000"],
        ),
        ("expired", &[], &[]),
        ("stranger", &[], &[]),
        ("rsa", &[], &[]),
    ] {
        let cert = file(&format!("{cert}.pem"));
        let asked = ["verify", "-CAfile", &root, "-no-CApath", "-no-CAstore"];
        let asked = [&asked[..], theirs, &[&cert]].concat();
        let verified = openssl.run(asked, b"", SOON)?;
        let verify = ["cert", "verify", "--json", "--cacert", &root];
        let judged = handfast(&[&verify[..], ours, &[&cert]].concat());
        if verified.success() != judged.success() {
            return Err(format!("{cert} {ours:?}: {verified:?} {judged:?}").into());
        }
        // "error 20 at 0 depth lookup: …": of several the first.
        let told = verified.stderr.split("error ").nth(1);
        let number = told
            .and_then(|text| text.split(' ').next())
            .unwrap_or_default();
        let wanted = format!("\"openssl\":{{\"code\":{number},");
        if !verified.success() && !judged.text().contains(&wanted) {
            return Err(format!("{cert} {ours:?}: {verified:?} {judged:?}").into());
        }
    }
    Ok(())
}

/// An authority, one below it, and a leaf that says where that one is published.
fn fetches([openssl]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let file = |name: &str| lab.file(name);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/int.der", listener.local_addr()?);
    lab.write("ca.ext", "basicConstraints=critical,CA:TRUE\n");
    let ext = format!("subjectAltName=DNS:a.test\nauthorityInfoAccess=caIssuers;URI:{url}\n");
    lab.write("leaf.ext", ext);
    let (key, top) = (file("top.key"), file("top.pem"));
    let root = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Top", "-days", "9",
    ];
    good(openssl.run(
        [&root[..], &["-keyout", &key, "-out", &top]].concat(),
        b"",
        SOON,
    )?)?;
    for (name, issuer, ext) in [("int", "top", "ca.ext"), ("leaf", "int", "leaf.ext")] {
        let subject = format!("/CN={name}");
        let request = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", &subject];
        let to = [
            "-keyout",
            &file(&format!("{name}.key")),
            "-out",
            &file("csr"),
        ];
        good(openssl.run([&request[..], &to].concat(), b"", SOON)?)?;
        let (above, key) = (
            file(&format!("{issuer}.pem")),
            file(&format!("{issuer}.key")),
        );
        let sign = [
            "x509",
            "-req",
            "-in",
            &file("csr"),
            "-CA",
            &above,
            "-CAkey",
            &key,
        ];
        let to = [
            "-days",
            "9",
            "-extfile",
            &file(ext),
            "-out",
            &file(&format!("{name}.pem")),
        ];
        good(openssl.run([&sign[..], &to].concat(), b"", SOON)?)?;
    }
    convert(&[&file("int.pem"), "-o", &file("int.der")])?;
    serve(listener, std::fs::read(file("int.der"))?);
    let leaf = file("leaf.pem");
    let bundle = |more: &[&str]| {
        handfast(&[&["cert", "bundle", "--cacert", &top, &leaf][..], more].concat())
    };
    let without = bundle(&[]);
    if without.code != Some(1) || !without.stderr.contains(&url) {
        return Err(format!("{without:?}").into());
    }
    // A certificate may not make us talk to machines of our own, unless that is asked for.
    let refused = bundle(&["--fetch"]);
    if refused.code != Some(1) || !refused.stderr.contains("fetched: ") {
        return Err(format!("{refused:?}").into());
    }
    let whole = good(bundle(&["--fetch", "--fetch-private"]))?;
    let wanted = [&leaf, &file("int.pem")].map(std::fs::read_to_string);
    let wanted = wanted.into_iter().collect::<Result<String, _>>()?;
    same(&whole.stdout, wanted.as_bytes(), "bundle")?;
    let verify = [
        "cert", "verify", "--cacert", &top, "--name", "a.test", &leaf,
    ];
    if handfast(&verify).code != Some(1) {
        return Err("verified without the one between".into());
    }
    let verified = handfast(&[&verify[..], &["--fetch", "--fetch-private"]].concat());
    let text = good(verified)?.text();
    if !text.contains("CN=int") {
        return Err(text.into());
    }
    Ok(())
}

/// Answers every request with these bytes.
fn serve(listener: TcpListener, body: Vec<u8>) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let length = body.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body));
        }
    });
}

fn python([python]: [Program; 1]) -> Result<(), Failed> {
    let lab = Lab::new();
    let file = |name: &str| lab.file(name);
    let pw = lab.write("pw", PASSWORD);
    let (cert, key) = (file("server.pem"), file("server.key"));
    convert(&[
        &cert,
        "--key",
        &key,
        "--out-pass-file",
        &pw,
        "--name",
        "Ann",
        "-o",
        &file("a.p12"),
    ])?;
    convert(&[&key, "--out-pass-file", &pw, "-o", &file("a.key")])?;
    convert(&[&cert, "-o", &file("a.p7b")])?;
    let script = lab.write("script.py", PYTHON);
    let folder = file("");
    good(python.run([&script, &folder, PASSWORD], b"", SOON)?)?;
    for (theirs, ending) in [("b.p12", "p12"), ("b.key", "key"), ("b.p7b", "p7b")] {
        let theirs = file(theirs);
        let arguments = ["cert", "match", &cert, &theirs, "--pass-file", &pw];
        let outcome = good(handfast(&arguments))?;
        if !outcome.text().contains("of one key") {
            return Err(format!("{ending}: {outcome:?}").into());
        }
    }
    Ok(())
}

const PYTHON: &str = r#"
import sys
from cryptography import x509
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

folder, password = sys.argv[1], sys.argv[2].encode()
read = lambda name: open(folder + "/" + name, "rb").read()
def write(name, data):
    open(folder + "/" + name, "wb").write(data)
cert = x509.load_pem_x509_certificate(read("server.pem"))
key = s.load_pem_private_key(read("server.key"), None)
plain = lambda key: key.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())

opened = pkcs12.load_pkcs12(read("a.p12"), password)
assert plain(opened.key) == plain(key)
assert opened.cert.certificate == cert and opened.cert.friendly_name == b"Ann"
assert plain(s.load_pem_private_key(read("a.key"), password)) == plain(key)
assert pkcs7.load_pem_pkcs7_certificates(read("a.p7b")) == [cert]

best = s.BestAvailableEncryption(password)
write("b.p12", pkcs12.serialize_key_and_certificates(b"Bob", key, cert, None, best))
write("b.key", key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, best))
write("b.p7b", pkcs7.serialize_certificates([cert], s.Encoding.DER))
"#;

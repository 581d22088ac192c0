//! What `cert new` and `cert csr` make, in the hands of OpenSSL, GnuTLS, curl and Python's
//! `cryptography`; and what those make, asked for again by us.

use crate::lab::{SOON, Serving, command};
use handfast_testkit::peer::{Folder, Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};
use std::fs;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial(
            "requests::openssl_verifies_and_signs_what_we_ask_for",
            ["openssl"],
            openssl_signs,
        ),
        trial(
            "requests::certtool_verifies_and_signs_what_we_ask_for",
            ["certtool"],
            certtool_signs,
        ),
        trial(
            "requests::what_openssl_issued_is_asked_for_again",
            ["openssl"],
            from_openssl,
        ),
        trial(
            "requests::clients_told_of_a_self_signed_certificate_take_it",
            ["openssl", "curl", "gnutls-cli"],
            self_signed,
        ),
    ];
    let name = "requests::pythons_cryptography_reads_what_we_ask_for";
    trials.push(match Program::find("python3") {
        Some(found) if !has_cryptography(&found) => Trial::test(name, || Ok(()))
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

fn good(outcome: Outcome) -> Result<Outcome, Failed> {
    if outcome.success() {
        Ok(outcome)
    } else {
        Err(format!("{outcome:?}").into())
    }
}

fn says(outcome: &Outcome, words: &str) -> Result<(), Failed> {
    let said = outcome.text() + &outcome.stderr;
    if said.contains(words) {
        Ok(())
    } else {
        Err(format!("{words}: {outcome:?}").into())
    }
}

fn handfast(arguments: &[&str]) -> Result<Outcome, Failed> {
    good(command().run(arguments, b"", SOON)?)
}

/// A folder with OpenSSL's own authority, if there is an OpenSSL.
struct Desk(Folder);

impl Desk {
    fn new() -> Result<Self, Failed> {
        let desk = Self(Folder::new()?);
        desk.0.write("pw", "correct horse")?;
        Ok(desk)
    }

    fn file(&self, name: &str) -> String {
        self.0.file(name)
    }

    fn authority(&self, openssl: &Program) -> Result<(), Failed> {
        let (key, pem) = (self.file("ca.key"), self.file("ca.pem"));
        let words = [
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/CN=Their CA",
            "-keyout",
            &key,
            "-out",
            &pem,
        ];
        good(openssl.run(words, b"", SOON)?).map(drop)
    }

    /// `cert csr` with a new key of a kind, encrypted.
    fn ask(&self, kind: &str) -> Result<[String; 2], Failed> {
        let [csr, key] = ["csr", "key"].map(|ending| self.file(&format!("{kind}.{ending}")));
        let words = [
            "cert",
            "csr",
            "--key-type",
            kind,
            "-o",
            &csr,
            "--out-pass-file",
            &self.file("pw"),
            "--subject",
            "CN=www.peer.test,O=Acme",
            "--must-staple",
        ];
        handfast(&[&words[..], &NAMES].concat())?;
        Ok([csr, key])
    }

    /// The certificate that came back fits the key, and is verified.
    fn fits(&self, kind: &str, root: &str) -> Result<(), Failed> {
        let [csr, key, pem] = ["csr", "key", "pem"].map(|end| self.file(&format!("{kind}.{end}")));
        let pw = self.file("pw");
        let matched = handfast(&["cert", "match", "--pass-file", &pw, &csr, &key, &pem])?;
        says(&matched, "of one key")?;
        let verify = [
            "cert",
            "verify",
            "--cacert",
            root,
            "--name",
            "www.peer.test",
            &pem,
        ];
        handfast(&verify).map(drop)
    }
}

const NAMES: [&str; 4] = [
    "www.peer.test",
    "10.1.2.3",
    "mail:ada@peer.test",
    "uri:https://peer.test/x",
];
/// Kinds of keys that OpenSSL 3.0 and GnuTLS 3.7 know.
const KINDS: [&str; 5] = ["p256", "p384", "p521", "rsa2048", "ed25519"];

fn openssl_signs([openssl]: [Program; 1]) -> Result<(), Failed> {
    let desk = Desk::new()?;
    desk.authority(&openssl)?;
    let (ca, ca_key) = (desk.file("ca.pem"), desk.file("ca.key"));
    let pass = format!("file:{}", desk.file("pw"));
    for kind in KINDS {
        let [csr, key] = desk.ask(kind)?;
        let words = ["req", "-in", &csr, "-verify", "-noout", "-text"];
        let shown = good(openssl.run(words, b"", SOON)?)?;
        for part in [
            "verify OK",
            "O = Acme",
            "DNS:www.peer.test",
            "IP Address:10.1.2.3",
            "email:ada@peer.test",
            "URI:https://peer.test/x",
            "status_request",
            "TLS Web Server Authentication",
        ] {
            says(&shown, part)?;
        }
        good(openssl.run(["pkey", "-in", &key, "-passin", &pass, "-noout"], b"", SOON)?)?;
        let pem = desk.file(&format!("{kind}.pem"));
        let words = [
            "x509",
            "-req",
            "-in",
            &csr,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-days",
            "9",
            "-copy_extensions",
            "copyall",
            "-out",
            &pem,
        ];
        good(openssl.run(words, b"", SOON)?)?;
        desk.fits(kind, &ca)?;
    }
    // One letter changed, and it is no longer their maker's.
    let text = fs::read(desk.file("p256.csr"))?;
    let contents =
        handfast_pki::load::Contents::read(&text, None).map_err(|fault| fault.to_string())?;
    let mut der = contents.requests.first().ok_or("a request")?.clone();
    let at = der
        .windows(4)
        .position(|part| part == b"Acme")
        .ok_or("a subject")?;
    *der.get_mut(at).ok_or("a letter")? = b'B';
    let changed = desk.0.write("changed.der", der)?;
    let words = [
        "req", "-inform", "DER", "-in", &changed, "-verify", "-noout",
    ];
    let outcome = openssl.run(words, b"", SOON)?;
    says(&outcome, "verify failure")
}

fn certtool_signs([certtool]: [Program; 1]) -> Result<(), Failed> {
    let desk = Desk::new()?;
    let template = desk.0.write(
        "ca.cfg",
        "cn = \"Their CA\"\nca\ncert_signing_key\nexpiration_days = 30\n",
    )?;
    let ours = desk
        .0
        .write("leaf.cfg", "honor_crq_extensions\nexpiration_days = 9\n")?;
    let (ca, ca_key) = (desk.file("ca.pem"), desk.file("ca.key"));
    let words = [
        "--generate-privkey",
        "--key-type",
        "ecdsa",
        "--outfile",
        &ca_key,
    ];
    good(certtool.run(words, b"", SOON)?)?;
    let words = [
        "--generate-self-signed",
        "--load-privkey",
        &ca_key,
        "--template",
        &template,
        "--outfile",
        &ca,
    ];
    good(certtool.run(words, b"", SOON)?)?;
    for kind in KINDS {
        let [csr, _] = desk.ask(kind)?;
        let shown = good(certtool.run(["--crq-info", "--infile", &csr], b"", SOON)?)?;
        for part in [
            "Self signature: verified",
            "DNSname: www.peer.test",
            "IPAddress: 10.1.2.3",
        ] {
            says(&shown, part)?;
        }
        let pem = desk.file(&format!("{kind}.pem"));
        let words = [
            "--generate-certificate",
            "--load-request",
            &csr,
            "--load-ca-certificate",
            &ca,
            "--load-ca-privkey",
            &ca_key,
            "--template",
            &ours,
            "--outfile",
            &pem,
        ];
        good(certtool.run(words, b"", SOON)?)?;
        desk.fits(kind, &ca)?;
    }
    Ok(())
}

fn from_openssl([openssl]: [Program; 1]) -> Result<(), Failed> {
    let desk = Desk::new()?;
    let (key, pem, csr) = (
        desk.file("their.key"),
        desk.file("their.pem"),
        desk.file("their.csr"),
    );
    let words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "9",
        "-subj",
        "/C=DE/O=Acme/CN=old.peer.test",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        "subjectAltName=DNS:old.peer.test,IP:::1,email:a@peer.test",
        "-addext",
        "extendedKeyUsage=clientAuth",
        "-addext",
        "tlsfeature=status_request",
        "-keyout",
        &key,
        "-out",
        &pem,
    ];
    good(openssl.run(words, b"", SOON)?)?;
    handfast(&["cert", "csr", "--from", &pem, "--key", &key, "-o", &csr])?;
    let words = ["req", "-in", &csr, "-verify", "-noout", "-text"];
    let shown = good(openssl.run(words, b"", SOON)?)?;
    for part in [
        "verify OK",
        "C = DE, O = Acme, CN = old.peer.test",
        "DNS:old.peer.test",
        "IP Address:0:0:0:0:0:0:0:1",
        "email:a@peer.test",
        "TLS Web Client Authentication",
        "status_request",
    ] {
        says(&shown, part)?;
    }
    // It vouches for itself, so it is renewed by itself.
    handfast(&["cert", "renew", &pem, "--key", &key, "--days", "20"])?;
    let words = ["x509", "-in", &pem, "-noout", "-text"];
    let shown = good(openssl.run(words, b"", SOON)?)?;
    for part in [
        "C = DE, O = Acme, CN = old.peer.test",
        "DNS:old.peer.test",
        "TLS Web Client",
    ] {
        says(&shown, part)?;
    }
    good(openssl.run(["verify", "-CAfile", &pem, &pem], b"", SOON)?).map(drop)
}

fn self_signed([openssl, curl, gnutls]: [Program; 3]) -> Result<(), Failed> {
    let desk = Desk::new()?;
    for kind in ["p256", "rsa2048"] {
        let [pem, key] = ["pem", "key"].map(|ending| desk.file(&format!("{kind}.{ending}")));
        let made = handfast(&["cert", "new", "--key-type", kind, "-o", &pem, "localhost"])?;
        good(openssl.run(
            [
                "verify",
                "-CAfile",
                &pem,
                "-verify_hostname",
                "localhost",
                &pem,
            ],
            b"",
            SOON,
        )?)?;
        let site = desk.0.path().display().to_string();
        let serving = Serving::start(&[&site, "--cert", &pem, "--key", &key]);
        let (url, page) = (serving.url("/"), desk.file("page"));
        let words = ["-sS", "-o", &page, "--cacert", &pem, &url];
        good(curl.run(words, b"", SOON)?)?;
        // Nobody else believes it: curl's 60 is ours.
        let alone = curl.run(["-sS", "-o", &page, &url], b"", SOON)?;
        if alone.code != Some(60) {
            return Err(format!("{alone:?}").into());
        }
        let pin = made.text();
        let pin = pin
            .split("--pin ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let pin = pin.ok_or("a pin")?;
        let words = ["-sS", "-k", "-o", &page, "--pinnedpubkey", pin, &url];
        good(curl.run(words, b"", SOON)?)?;
        let (port, host) = (serving.port().to_string(), "localhost");
        let words = ["--x509cafile", &pem, "-p", &port, host];
        good(gnutls.run(words, b"", SOON)?)?;
    }
    Ok(())
}

fn python([python]: [Program; 1]) -> Result<(), Failed> {
    let desk = Desk::new()?;
    let script = desk.0.write("read.py", PYTHON)?;
    for kind in KINDS {
        let [csr, key] = desk.ask(kind)?;
        let outcome = good(python.run([&script, &csr, &key], b"", SOON)?)?;
        says(
            &outcome,
            "valid ['www.peer.test'] ['10.1.2.3'] ['ada@peer.test'] Acme same",
        )?;
    }
    Ok(())
}

const PYTHON: &str = r#"
import sys
from cryptography import x509
from cryptography.hazmat.primitives import serialization as s
csr = x509.load_pem_x509_csr(open(sys.argv[1], "rb").read())
key = s.load_pem_private_key(open(sys.argv[2], "rb").read(), b"correct horse")
names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
spki = lambda key: key.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
print(
    "valid" if csr.is_signature_valid else "invalid",
    names.get_values_for_type(x509.DNSName),
    [str(one) for one in names.get_values_for_type(x509.IPAddress)],
    names.get_values_for_type(x509.RFC822Name),
    csr.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value,
    "same" if spki(csr.public_key()) == spki(key.public_key()) else "other",
)
"#;

//! `handfast cert new`, `csr` and `renew`.

use crate::lab::{SOON, Serving, command};
use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::load;
use handfast_testkit::peer::{Folder, Outcome};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A folder in which the command runs.
struct Desk(Folder);

impl Desk {
    fn new() -> Self {
        Self(Folder::new().unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut program = command().command();
        program.args(arguments).current_dir(self.0.path());
        let output = program.stdin(std::process::Stdio::null()).output().unwrap();
        Outcome {
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs what must end well.
    fn good(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
        outcome.text()
    }

    /// Runs what must fail, and say why.
    fn bad(&self, arguments: &[&str], code: i32, words: &str) {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
        assert!(outcome.stderr.contains("try:"), "{outcome:?}");
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&[arguments, &["--json"]].concat());
        assert!(outcome.stderr.is_empty(), "{outcome:?}");
        serde_json::from_slice(&outcome.stdout).unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn has(&self, name: &str) -> bool {
        self.0.path().join(name).exists()
    }

    fn mode(&self, name: &str) -> u32 {
        let data = fs::metadata(self.0.path().join(name)).unwrap();
        data.permissions().mode() & 0o777
    }

    /// The key, the names and the end of a file's first certificate.
    fn certificate(&self, name: &str) -> Seen {
        let ders = load::certificates(&self.bytes(name)).unwrap();
        let view = Certificate::parse(&ders[0]).unwrap();
        Seen {
            subject: view.subject().to_string(),
            names: view
                .subject_alt_names()
                .map(|name| name.to_string())
                .collect(),
            key: view.spki().to_vec(),
            serial: view.serial().to_vec(),
            end: view.validity().not_after.0,
        }
    }

    fn key(&self, name: &str, password: Option<&[u8]>) -> Vec<u8> {
        let key = load::private_key(&self.bytes(name), password).unwrap();
        key.public_spki().to_vec()
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    subject: String,
    names: Vec<String>,
    key: Vec<u8>,
    serial: Vec<u8>,
    end: i64,
}

#[test]
fn a_self_signed_certificate_serves_those_who_are_told_of_it() {
    let desk = Desk::new();
    let said = desk.good(&["cert", "new", "localhost", "127.0.0.1"]);
    for part in [
        "self-signed",
        "nobody vouches for it",
        "sha256//",
        "--cacert localhost.pem",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(desk.mode("localhost.key"), 0o600);
    let pin = desk.json(&["cert", "new", "other.test"])["result"]["pin"].clone();
    assert!(pin.as_str().unwrap().starts_with("sha256//"), "{pin}");
    let [cert, key, site] = ["localhost.pem", "localhost.key", ""].map(|name| desk.0.file(name));
    let serving = Serving::start(&[&site, "--cert", &cert, "--key", &key]);
    let url = serving.url("/");
    assert_eq!(desk.run(&["get", &url]).code, Some(60));
    desk.good(&["get", "--cacert", "localhost.pem", &url]);
    desk.good(&[
        "get",
        "--cacert",
        "localhost.pem",
        &url.replace("localhost", "127.0.0.1"),
    ]);
    let own = said
        .split("--pin ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    desk.good(&["get", "-k", "--pin", own, &url]);
    let other = pin.as_str().unwrap();
    assert_eq!(
        desk.run(&["get", "-k", "--pin", other, &url]).code,
        Some(60)
    );
}

#[test]
fn no_key_is_written_over_unless_that_is_said() {
    let desk = Desk::new();
    desk.good(&["cert", "new", "a.test"]);
    let before = (desk.bytes("a.test.pem"), desk.bytes("a.test.key"));
    desk.bad(&["cert", "new", "a.test"], 2, "a.test.pem is there already");
    // Only the key is there, and would be lost.
    desk.bad(&["cert", "csr", "a.test"], 2, "a.test.key is there already");
    assert!(!desk.has("a.test.csr"));
    desk.bad(
        &["cert", "new", "b.test", "-o", "missing/b.pem"],
        2,
        "no such folder",
    );
    desk.bad(
        &["cert", "new", "b.test", "-o", "b.key"],
        2,
        "where its key lies",
    );
    assert_eq!((desk.bytes("a.test.pem"), desk.bytes("a.test.key")), before);
    desk.good(&["cert", "new", "a.test", "--force"]);
    assert_ne!(desk.bytes("a.test.key"), before.1);
    // With a key of one's own nothing is written but the certificate.
    let key = desk.bytes("a.test.key");
    desk.good(&[
        "cert",
        "new",
        "a.test",
        "--key",
        "a.test.key",
        "-o",
        "own.pem",
    ]);
    assert_eq!(desk.bytes("a.test.key"), key);
    assert_eq!(
        desk.certificate("own.pem").key,
        desk.key("a.test.key", None)
    );
    assert!(!desk.has("own.key"));
}

#[test]
fn every_kind_of_key_makes_certificates_and_requests_that_match() {
    let desk = Desk::new();
    for kind in [
        "p256",
        "p384",
        "p521",
        "rsa2048",
        "rsa3072",
        "ed25519",
        "ml-dsa-44",
        "ml-dsa-65",
        "ml-dsa-87",
    ] {
        let name = format!("{kind}.test");
        let [pem, key, csr] = ["pem", "key", "csr"].map(|ending| format!("{name}.{ending}"));
        desk.good(&["cert", "new", &name, "--key-type", kind]);
        desk.good(&["cert", "csr", "--from", &pem, "--key", &key]);
        let said = desk.good(&["cert", "match", &pem, &key, &csr]);
        assert!(
            said.starts_with("of one key") && said.lines().count() == 4,
            "{said}"
        );
        let der = &load::Contents::read(&desk.bytes(&csr), None)
            .unwrap()
            .requests[0];
        assert!(
            CertificationRequest::parse(der)
                .unwrap()
                .is_signed_by_its_key(),
            "{kind}"
        );
        // A new key is of the same kind.
        let other = format!("other.{name}.csr");
        desk.good(&["cert", "csr", "--from", &pem, "-o", &other]);
        let outcome = desk.run(&["cert", "match", &pem, &other]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(desk.key(&format!("other.{name}.key"), None) != desk.key(&key, None));
    }
}

#[test]
fn names_of_every_kind_are_asked_for() {
    let desk = Desk::new();
    let names = [
        "b\u{fc}cher.test",
        "*.wild.test",
        "127.0.0.1",
        "::1",
        "mail:a@b.test",
        "uri:https://b.test/x",
        "upn:a@corp.test",
        "rid:1.2.3",
        "dir:CN=x",
    ];
    let csr = [
        &[
            "cert",
            "csr",
            "-o",
            "all.csr",
            "--must-staple",
            "--profile",
            "both",
        ][..],
        &names,
    ]
    .concat();
    desk.good(&csr);
    desk.good(&[&["cert", "new", "-o", "new.pem"][..], &names].concat());
    let der = &load::Contents::read(&desk.bytes("all.csr"), None)
        .unwrap()
        .requests[0];
    let view = CertificationRequest::parse(der).unwrap();
    let asked: Vec<_> = view
        .subject_alt_names()
        .map(|name| name.to_string())
        .collect();
    assert_eq!(asked.len(), names.len());
    assert_eq!(
        asked[..4],
        ["xn--bcher-kva.test", "*.wild.test", "127.0.0.1", "::1"]
    );
    assert!(view.tls_features().must_staple());
    assert_eq!(desk.certificate("new.pem").names, asked);
    // And once more of what a certificate holds.
    desk.good(&["cert", "csr", "--from", "new.pem", "-o", "again.csr"]);
    let der = &load::Contents::read(&desk.bytes("again.csr"), None)
        .unwrap()
        .requests[0];
    let again: Vec<_> = CertificationRequest::parse(der)
        .unwrap()
        .subject_alt_names()
        .map(|name| name.to_string())
        .collect();
    assert_eq!(again, asked);
    for (arguments, words) in [
        (&["a b"][..], "a b"),
        (&["--subject", "nonsense", "a.test"], "--subject nonsense"),
        (&["--profile", "intermediate", "x"], "authority"),
        (&["--from", "missing.pem"], "missing.pem"),
    ] {
        desk.bad(&[&["cert", "csr"][..], arguments].concat(), 2, words);
    }
}

#[test]
fn a_request_says_who_by_its_subject_and_goes_to_standard_output() {
    let desk = Desk::new();
    desk.good(&["cert", "new", "a.test"]);
    let subject = "CN=www.a.test,O=Acme,C=DE";
    let text = desk.good(&[
        "cert",
        "csr",
        "--subject",
        subject,
        "www.a.test",
        "--key",
        "a.test.key",
        "-o",
        "-",
    ]);
    assert!(
        text.starts_with("-----BEGIN CERTIFICATE REQUEST-----"),
        "{text}"
    );
    let der = &load::Contents::read(text.as_bytes(), None)
        .unwrap()
        .requests[0];
    let view = CertificationRequest::parse(der).unwrap();
    assert_eq!(view.subject().to_string(), subject);
    assert_eq!(view.spki(), desk.key("a.test.key", None));
    desk.bad(
        &["cert", "csr", "a.test", "-o", "-"],
        2,
        "would have no file",
    );
}

#[test]
fn keys_are_encrypted_and_opened_by_their_password() {
    let desk = Desk::new();
    for (file, word) in [("pw", "correct horse\n"), ("wrong", "battery\n")] {
        desk.0.write(file, word).unwrap();
    }
    desk.good(&["cert", "csr", "a.test", "--out-pass-file", "pw"]);
    assert!(
        desk.bytes("a.test.key")
            .starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    );
    assert_eq!(desk.mode("a.test.key"), 0o600);
    desk.key("a.test.key", Some(b"correct horse"));
    let again = |more: &[&str]| {
        let words = [
            "cert",
            "csr",
            "a.test",
            "--key",
            "a.test.key",
            "-o",
            "b.csr",
            "--force",
        ];
        desk.run(&[&words[..], more].concat())
    };
    for (more, wanted) in [
        (&[][..], 58),
        (&["--pass-file", "wrong"], 58),
        (&["--pass-file", "pw"], 0),
    ] {
        let outcome = again(more);
        assert_eq!(outcome.code, Some(wanted), "{outcome:?}");
        assert!(
            wanted == 0 || outcome.stderr.contains("--pass-file"),
            "{outcome:?}"
        );
    }
    desk.good(&["cert", "new", "c.test", "--p12", "--out-pass-file", "pw"]);
    let opened = load::pkcs12(&desk.bytes("c.test.p12"), b"correct horse").unwrap();
    assert_eq!(opened.chain().len(), 1);
    assert_eq!(desk.mode("c.test.p12"), 0o600);
}

#[test]
fn an_authority_is_no_self_signed_certificate_of_a_server() {
    let desk = Desk::new();
    desk.bad(
        &["cert", "new", "x", "--profile", "intermediate"],
        2,
        "none of an authority",
    );
    desk.good(&["ca", "init"]);
    for verb in ["csr", "renew"] {
        let flag: &[&str] = if verb == "csr" { &["--from"] } else { &[] };
        let arguments = [&["cert", verb], flag, &[".handfast/root.pem"]].concat();
        desk.bad(&arguments, 2, "an authority's certificate");
    }
}

#[test]
fn what_vouches_for_itself_is_renewed_by_its_own_key() {
    let desk = Desk::new();
    desk.good(&["cert", "new", "a.test", "10.0.0.1", "--days", "5"]);
    let (before, key) = (desk.certificate("a.test.pem"), desk.bytes("a.test.key"));
    let file = desk.bytes("a.test.pem");
    desk.good(&["cert", "renew", "a.test.pem", "--days", "50"]);
    let after = desk.certificate("a.test.pem");
    assert_eq!(
        (&after.subject, &after.names, &after.key),
        (&before.subject, &before.names, &before.key)
    );
    assert_ne!(after.serial, before.serial);
    assert!(after.end > before.end + 40 * 86_400);
    assert_eq!(desk.bytes("a.test.key"), key);
    assert_eq!(desk.bytes("a.test.pem.old"), file);
    // Life as before, unless it is said.
    desk.good(&["cert", "renew", "a.test.pem"]);
    let again = desk.certificate("a.test.pem");
    assert!((again.end - after.end).abs() < 60, "{again:?}\n{after:?}");
    // Without its key, nobody can.
    fs::rename(desk.0.path().join("a.test.key"), desk.0.path().join("k")).unwrap();
    desk.bad(&["cert", "renew", "a.test.pem"], 2, "its key signs it");
    desk.good(&[
        "cert",
        "renew",
        "a.test.pem",
        "--key",
        "k",
        "--new-key",
        "--key-type",
        "p384",
    ]);
    assert_eq!(desk.certificate("a.test.pem").key, desk.key("k", None));
    assert_eq!(desk.bytes("k.old"), key);
    assert_eq!(desk.mode("k"), 0o600);
}

#[test]
fn ones_own_authority_renews_what_it_issued() {
    let desk = Desk::new();
    desk.good(&["ca", "init"]);
    desk.good(&["ca", "issue", "api.local", "--days", "5"]);
    let before = desk.certificate("api.local.pem");
    let verify = [
        "cert",
        "verify",
        "--cacert",
        ".handfast/root.pem",
        "--name",
        "api.local",
        "api.local.pem",
    ];
    desk.good(&verify);
    let document = desk.json(&["cert", "renew", "api.local.pem", "--days", "60"]);
    assert_eq!(document["schema"], "handfast.cert.renew/1");
    let result = &document["result"];
    assert_eq!(
        (&result["renewed"], &result["by"]),
        (&true.into(), &".handfast".into())
    );
    assert_eq!(result["certificate"]["old"], "api.local.pem.old");
    let after = desk.certificate("api.local.pem");
    assert_eq!((&after.names, &after.key), (&before.names, &before.key));
    desk.good(&verify);
    desk.good(&["cert", "match", "api.local.pem", "api.local.key"]);
    // Recorded, as what was issued at first.
    let listed = desk.json(&["ca", "list"]).to_string();
    assert!(
        listed.contains(result["after"]["serial"].as_str().unwrap()),
        "{listed}"
    );
    desk.good(&["cert", "renew", "api.local.pem", "--new-key"]);
    assert_ne!(desk.certificate("api.local.pem").key, before.key);
    desk.good(&verify);
    desk.good(&["cert", "match", "api.local.pem", "api.local.key"]);
    desk.good(&["cert", "match", "api.local.pem.old", "api.local.key.old"]);
}

#[test]
fn what_has_long_to_go_is_left_as_it_is() {
    let desk = Desk::new();
    desk.good(&["ca", "init"]);
    desk.good(&["ca", "issue", "api.local", "--days", "90"]);
    let file = desk.bytes("api.local.pem");
    let said = desk.good(&["cert", "renew", "--if-needed", "30d", "api.local.pem"]);
    assert!(said.contains("nothing to do"), "{said}");
    let document = desk.json(&["cert", "renew", "--if-needed", "30d", "api.local.pem"]);
    assert_eq!(
        (&document["result"]["renewed"], &document["exit"]),
        (&false.into(), &0.into())
    );
    assert_eq!(desk.bytes("api.local.pem"), file);
    assert!(!desk.has("api.local.pem.old"));
    desk.good(&["cert", "renew", "--if-needed", "91d", "api.local.pem"]);
    assert_ne!(desk.bytes("api.local.pem"), file);
}

#[test]
fn what_is_revoked_has_no_successor_however_long_it_had_to_go() {
    let desk = Desk::new();
    desk.good(&["ca", "init"]);
    desk.good(&["ca", "issue", "api.local"]);
    desk.good(&["ca", "revoke", "api.local"]);
    for more in [&[][..], &["--if-needed", "30d"]] {
        let arguments = [&["cert", "renew", "api.local.pem"][..], more].concat();
        desk.bad(&arguments, 2, "revoked");
    }
    assert!(!desk.has("api.local.pem.old"));
}

#[test]
fn what_cannot_be_renewed_here_stays_and_says_where_it_can() {
    let desk = Desk::new();
    desk.good(&["ca", "init", "--ca-dir", "one"]);
    desk.good(&["ca", "init", "--ca-dir", "two"]);
    desk.good(&["ca", "issue", "--ca-dir", "one", "api.local"]);
    let file = desk.bytes("api.local.pem");
    let renew = ["cert", "renew", "api.local.pem"];
    desk.bad(&renew, 2, "no authority");
    desk.bad(
        &[&renew[..], &["--ca-dir", "two"]].concat(),
        2,
        "two has not issued",
    );
    let outcome = desk.run(&[&renew[..], &["--ca-dir", "two"]].concat());
    assert!(
        outcome
            .stderr
            .contains("handfast cert csr --from api.local.pem"),
        "{outcome:?}"
    );
    desk.good(&["cert", "new", "other.test"]);
    let foreign = [&renew[..], &["--ca-dir", "one", "--key", "other.test.key"]].concat();
    desk.bad(&foreign, 58, "is not the key of");
    let both = [desk.bytes("api.local.pem"), desk.bytes("api.local.key")].concat();
    desk.0.write("both.pem", both).unwrap();
    desk.bad(
        &["cert", "renew", "both.pem", "--ca-dir", "one"],
        2,
        "a private key too",
    );
    assert_eq!(desk.bytes("api.local.pem"), file);
    assert!(!desk.has("api.local.pem.old") && !desk.has("both.pem.old"));
    desk.good(&[&renew[..], &["--ca-dir", "one"]].concat());
}

#[test]
fn the_authoritys_pass_phrase_is_asked_for_and_der_stays_der() {
    let desk = Desk::new();
    desk.0.write("pw", "correct horse").unwrap();
    desk.good(&["ca", "init", "--pass-file", "pw"]);
    desk.good(&["ca", "issue", "api.local", "--pass-file", "pw"]);
    let chain = load::certificates(&desk.bytes("api.local.pem")).unwrap();
    desk.0.write("api.local.der", &chain[0]).unwrap();
    let renew = ["cert", "renew", "api.local.der", "--key", "api.local.key"];
    let outcome = desk.run(&renew);
    assert_eq!(outcome.code, Some(58), "{outcome:?}");
    assert_eq!(desk.bytes("api.local.der"), &*chain[0]);
    desk.good(&[&renew[..], &["--ca-pass-file", "pw"]].concat());
    let renewed = desk.bytes("api.local.der");
    assert_eq!(renewed[0], 0x30);
    assert_eq!(load::certificates(&renewed).unwrap().len(), 1);
    assert_ne!(renewed, &*chain[0]);
}

#[test]
fn a_program_reads_what_was_asked_for_in_one_document() {
    let desk = Desk::new();
    let document = desk.json(&["cert", "csr", "api.local", "127.0.0.1"]);
    assert_eq!(document["schema"], "handfast.cert.csr/1");
    assert_eq!(document["result"]["files"]["key"], "api.local.key");
    assert_eq!(document["result"]["purposes"][0], "serverAuth");
    let help = command().run(["cert", "csr", "--help"], b"", SOON).unwrap();
    assert!(help.text().contains("Examples:"), "{help:?}");
}

#[test]
fn a_successor_whose_file_cannot_be_written_is_told_by_its_serial() {
    let desk = Desk::new();
    desk.good(&["ca", "init"]);
    desk.good(&["ca", "issue", "api.local"]);
    let before = (desk.bytes("api.local.pem"), desk.bytes("api.local.key"));
    fs::create_dir_all(desk.0.path().join("api.local.pem.old/full")).unwrap();
    let outcome = desk.run(&["cert", "renew", "api.local.pem", "--new-key"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let serial = outcome.stderr.split("recorded, serial ").nth(1).unwrap();
    let serial = serial.split(';').next().unwrap();
    assert_eq!(
        (desk.bytes("api.local.pem"), desk.bytes("api.local.key")),
        before
    );
    // Nothing else is left of it, and the hint is good.
    assert!(!desk.has("api.local.key.old"));
    desk.good(&["ca", "revoke", serial, "--reason", "superseded"]);
}

#[test]
fn a_key_that_was_encrypted_stays_so_and_is_let_be_where_it_is_not_needed() {
    let desk = Desk::new();
    desk.0.write("pw", "correct horse").unwrap();
    desk.good(&["ca", "init"]);
    desk.good(&["ca", "issue", "api.local", "--out-pass-file", "pw"]);
    let key = desk.bytes("api.local.key");
    // Nobody is there to type a password, and the key does not change.
    desk.good(&["cert", "renew", "api.local.pem"]);
    assert_eq!(desk.bytes("api.local.key"), key);
    let named = ["cert", "renew", "api.local.pem", "--key", "api.local.key"];
    desk.bad(&named, 58, "api.local.key");
    desk.bad(
        &["cert", "renew", "api.local.pem", "--new-key"],
        58,
        "api.local.key",
    );
    desk.good(&[
        "cert",
        "renew",
        "api.local.pem",
        "--new-key",
        "--pass-file",
        "pw",
    ]);
    assert_ne!(desk.bytes("api.local.key"), key);
    assert!(load::private_key(&desk.bytes("api.local.key"), None).is_err());
    let own = desk.key("api.local.key", Some(b"correct horse"));
    assert_eq!(desk.certificate("api.local.pem").key, own);
    desk.0.write("other", "battery staple").unwrap();
    desk.good(&[
        "cert",
        "renew",
        "api.local.pem",
        "--new-key",
        "--pass-file",
        "pw",
        "--out-pass-file",
        "other",
    ]);
    desk.key("api.local.key", Some(b"battery staple"));
}

#[test]
fn a_new_key_has_a_file() {
    let desk = Desk::new();
    desk.bad(
        &["cert", "new", "a.test", "-o", "-"],
        2,
        "would have no file",
    );
    assert_eq!(fs::read_dir(desk.0.path()).unwrap().count(), 0);
    desk.good(&["cert", "new", "a.test"]);
    let text = desk.good(&["cert", "new", "a.test", "--key", "a.test.key", "-o", "-"]);
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----"), "{text}");
    assert!(
        text.trim_end().ends_with("-----END CERTIFICATE-----"),
        "{text}"
    );
}

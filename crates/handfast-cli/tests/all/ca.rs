//! `ca init`, `issue`, `list`: an authority of one's own, as a user runs it.

use crate::lab::{Lab, Serving, command, handfast};
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use handfast_pki::load;
use handfast_testkit::peer::Outcome;
use serde_json::Value;
use std::process::Stdio;

/// A folder with an authority in `ca`, and the command run in it.
pub(crate) struct Own {
    pub(crate) lab: Lab,
}

impl Own {
    pub(crate) fn new(flags: &[&str]) -> Self {
        let own = Self { lab: Lab::new() };
        let made = own.ca("init", flags);
        assert!(made.success(), "{made:?}");
        own
    }

    /// Runs `handfast ca VERB --ca-dir …`.
    pub(crate) fn ca(&self, verb: &str, arguments: &[&str]) -> Outcome {
        let dir = self.file("ca");
        handfast(&[&["ca", verb, "--ca-dir", &dir], arguments].concat())
    }

    /// The same, its one document read.
    pub(crate) fn json(&self, verb: &str, arguments: &[&str]) -> Value {
        let outcome = self.ca(verb, &[&["--json"], arguments].concat());
        let document: Value = serde_json::from_str(&outcome.text())
            .unwrap_or_else(|fault| panic!("{fault}: {outcome:?}"));
        assert_eq!(document["schema"], format!("handfast.ca.{verb}/1"));
        document
    }

    /// Issues a certificate into `STEM.pem`, and gives what was told.
    pub(crate) fn issue(&self, stem: &str, arguments: &[&str]) -> Value {
        let file = self.file(&format!("{stem}.pem"));
        let told = self.json("issue", &[&["-o", &file], arguments].concat());
        assert_eq!(told["exit"], 0, "{told}");
        told["result"]["certificate"].clone()
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.lab.file(name)
    }
}

#[test]
fn one_command_makes_an_authority_and_one_more_a_certificate_that_serves() {
    let own = Own::new(&[]);
    let serial = own.issue("api", &["localhost", "127.0.0.1"])["serial"].clone();
    assert_eq!(serial.as_str().unwrap().len(), 32, "128 bits: {serial}");
    let (cert, key, root) = (
        own.file("api.pem"),
        own.file("api.key"),
        own.file("ca/root.pem"),
    );
    let server = Serving::start(&[&own.file("site"), "--cert", &cert, "--key", &key]);
    let page = handfast(&["get", "--cacert", &root, &server.url("/a%20b.txt")]);
    assert_eq!(page.text(), "hello\n", "{page:?}");
    let chain = load::certificates(&std::fs::read(&cert).unwrap()).unwrap();
    assert_eq!(chain.len(), 2, "the leaf and the authority below the root");
    let leaf = Certificate::parse(&chain[0]).unwrap();
    let names: Vec<_> = leaf.subject_alt_names().collect();
    assert_eq!(names.len(), 2);
    let days = (leaf.validity().not_after.0 - leaf.validity().not_before.0) / 86_400;
    assert_eq!(days, 90);
}

#[cfg(unix)]
#[test]
fn a_key_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let own = Own::new(&[]);
    own.issue("api", &["api.local"]);
    for name in ["api.key", "ca/root.key", "ca/issuing.key", "ca/ca.db"] {
        let mode = std::fs::metadata(own.file(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn what_is_printed_names_files_names_validity_and_what_to_do_next() {
    let own = Own::new(&[]);
    let issued = own.ca(
        "issue",
        &["-o", &own.file("api.pem"), "api.local", "127.0.0.1"],
    );
    let text = issued.text();
    for words in [
        "api.pem",
        "api.key",
        "ca/root.pem",
        "api.local, 127.0.0.1",
        "90 days",
        "handfast serve --cert",
        "handfast get --cacert",
    ] {
        assert!(text.contains(words), "{words}: {issued:?}");
    }
}

#[test]
fn names_of_every_kind_are_told_apart() {
    let own = Own::new(&["--any-name"]);
    let names = [
        "ada",
        "ada@example.test",
        "spiffe://example.test/ada",
        "::1",
        "host.example.test",
        "upn:ada@corp.test",
        "rid:1.2.3.4",
        "dir:CN=Ada,O=Acme",
    ];
    let issued = own.issue("ada", &[&["--client"], &names[..]].concat());
    assert_eq!(issued["profile"], "client");
    let chain = load::certificates(&std::fs::read(own.file("ada.pem")).unwrap()).unwrap();
    let leaf = Certificate::parse(&chain[0]).unwrap();
    assert_eq!(leaf.subject().common_name().as_deref(), Some("ada"));
    let kinds: Vec<_> = leaf.subject_alt_names().map(|name| name.kind()).collect();
    let wanted = [
        "rfc822Name",
        "uniformResourceIdentifier",
        "iPAddress",
        "dNSName",
        "otherName",
        "registeredID",
        "directoryName",
    ];
    assert_eq!(kinds, wanted);
    let mut mails = leaf.subject_alt_names();
    assert!(mails.any(|name| matches!(name, GeneralName::Mail("ada@example.test"))));
}

#[test]
fn a_name_outside_the_constraints_is_refused_and_nothing_is_left_behind() {
    let own = Own::new(&["--permit-name", "example.org"]);
    own.issue("allowed", &["www.example.org"]);
    let file = own.file("refused.pem");
    let refused = own.ca("issue", &["-o", &file, "www.example.com"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("www.example.com"), "{refused:?}");
    assert!(refused.stderr.contains("--permit-name"), "{refused:?}");
    assert!(!std::path::Path::new(&file).exists());
    let listed = own.json("list", &["www.example.com"]);
    assert_eq!(listed["result"]["certificates"], Value::Array(Vec::new()));
    // Without limits the same name is none of the authority's concern.
    let free = Own::new(&["--any-name"]);
    free.issue("free", &["www.example.com"]);
}

#[test]
fn files_are_never_written_over_unasked() {
    let own = Own::new(&[]);
    own.lab.write("api.key", "mine");
    let file = own.file("api.pem");
    let refused = own.ca("issue", &["-o", &file, "api.local"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("api.key is there already"),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(own.file("api.key")).unwrap(), b"mine");
    let listed = own.json("list", &["api.local"]);
    assert_eq!(
        listed["result"]["certificates"],
        Value::Array(Vec::new()),
        "checked first"
    );
    let forced = own.ca("issue", &["--force", "-o", &file, "api.local"]);
    assert!(forced.success(), "{forced:?}");
}

#[test]
fn an_encrypted_authority_asks_for_its_pass_phrase_and_says_when_it_is_wrong() {
    let lab = Lab::new();
    let right = lab.write("right", "a pass phrase\n");
    let wrong = lab.write("wrong", "another\n");
    let own = Own { lab };
    assert!(own.ca("init", &["--pass-file", &right]).success());
    let file = own.file("api.pem");
    for (flags, words) in [
        (&[][..], "--pass-file"),
        (&["--pass-file", &wrong], "does not open"),
    ] {
        let refused = own.ca("issue", &[&["-o", &file, "api.local"], flags].concat());
        assert_eq!(refused.code, Some(58), "{refused:?}");
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
        assert!(refused.stderr.contains("issuing.key"), "{refused:?}");
        assert!(!std::path::Path::new(&file).exists());
    }
    let issued = own.ca("issue", &["-o", &file, "--pass-file", &right, "api.local"]);
    assert!(issued.success(), "{issued:?}");
    // Listing needs no key.
    assert!(own.ca("list", &[]).text().contains("api.local"));
}

#[test]
fn an_authority_is_not_made_where_one_is() {
    let own = Own::new(&["--root-only"]);
    let root = std::fs::read(own.file("ca/root.pem")).unwrap();
    let again = own.ca("init", &[]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.stderr.contains("handfast ca show"), "{again:?}");
    assert_eq!(std::fs::read(own.file("ca/root.pem")).unwrap(), root);
    assert!(!std::path::Path::new(&own.file("ca/issuing.pem")).exists());
}

#[test]
fn an_authority_that_is_missing_is_told_with_what_to_do() {
    let own = Own { lab: Lab::new() };
    for verb in ["list", "show", "issue"] {
        let arguments: &[&str] = if verb == "issue" { &["api.local"] } else { &[] };
        let missing = own.ca(verb, arguments);
        assert_eq!(missing.code, Some(2), "{verb}: {missing:?}");
        assert!(
            missing.stderr.contains("handfast ca init"),
            "{verb}: {missing:?}"
        );
    }
}

#[test]
fn keys_of_every_kind_issue_and_are_issued_to() {
    for kind in ["p384", "p521", "ed25519", "rsa2048", "ml-dsa-65"] {
        let own = Own::new(&["--key-type", kind]);
        let file = own.file("api.pem");
        let told = own.ca("issue", &["--key-type", kind, "-o", &file, "api.local"]);
        assert!(told.success(), "{kind}: {told:?}");
        let root = own.file("ca/root.pem");
        let verified = handfast(&[
            "cert",
            "verify",
            "--cacert",
            &root,
            "--name",
            "api.local",
            &file,
        ]);
        assert!(verified.success(), "{kind}: {verified:?}");
    }
}

#[test]
fn a_pkcs12_file_holds_certificate_chain_and_key() {
    let own = Own::new(&[]);
    let pass = own.lab.write("pw", "secret\n");
    let file = own.file("ada.p12");
    let flags = ["--client", "--p12", "--out-pass-file", &pass, "-o", &file];
    let told = own.ca(
        "issue",
        &[&flags[..], &["ada", "ada@example.test"]].concat(),
    );
    assert!(told.success(), "{told:?}");
    let read = load::pkcs12(&std::fs::read(&file).unwrap(), b"secret").unwrap();
    assert_eq!(read.chain().len(), 2);
    // Without a password there is no such file.
    let none = own.ca("issue", &["--p12", "api.local"]);
    assert_eq!(none.code, Some(2), "{none:?}");
}

#[test]
fn the_list_filters_by_state_and_by_profile() {
    let own = Own::new(&[]);
    own.issue("api", &["api.local"]);
    own.issue("short", &["--hours", "2", "short.local"]);
    own.issue("ada", &["--client", "ada", "ada@example.test"]);
    let names = |arguments: &[&str]| {
        let listed = own.json("list", arguments);
        let rows = listed["result"]["certificates"].as_array().unwrap().clone();
        let names = rows
            .iter()
            .map(|row| row["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&["--profile", "client"]), ["ada"]);
    assert_eq!(names(&["--expiring", "1d"]), ["short.local"]);
    assert_eq!(names(&["ada@example.test"]), ["ada"]);
    assert!(names(&["--revoked"]).is_empty() && names(&["--expired"]).is_empty());
    assert_eq!(names(&[]).len(), 5, "the authorities are on the list too");
    let text = own.ca("list", &["--profile", "server"]).text();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("NAME"), "{text}");
    let row = text.lines().find(|line| line.starts_with("api.local"));
    let cells: Vec<_> = row.unwrap().split_whitespace().collect();
    assert_eq!(&cells[1..3], ["server", "valid"], "{text}");
    assert!(["89", "90"].contains(&cells[3]), "{text}");
}

#[test]
fn two_commands_at_once_issue_two_certificates() {
    let own = Own::new(&[]);
    let dir = own.file("ca");
    let start = |name: &str| {
        let file = own.file(&format!("{name}.pem"));
        let host = format!("{name}.local");
        let mut issue = command().command();
        issue.args(["ca", "issue", "--ca-dir", &dir, "-o", &file, &host]);
        issue.stdout(Stdio::null()).spawn().unwrap()
    };
    let running: Vec<_> = ["a", "b", "c", "d"].into_iter().map(start).collect();
    for mut one in running {
        assert!(one.wait().unwrap().success());
    }
    let listed = own.json("list", &["--profile", "server"]);
    let rows = listed["result"]["certificates"].as_array().unwrap().clone();
    let mut serials: Vec<_> = rows.iter().map(|row| row["serial"].to_string()).collect();
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 4);
}

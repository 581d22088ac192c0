//! `handfast cert verify`, `match`, `convert`, `bundle`.

use crate::lab::{Lab, handfast};
use handfast_testkit::peer::Outcome;
use std::path::Path;

fn cert(arguments: &[&str]) -> Outcome {
    handfast(&[&["cert"], arguments].concat())
}

fn code(outcome: &Outcome) -> Option<i32> {
    outcome.code
}

#[test]
fn a_file_is_verified_and_the_path_told() {
    let lab = Lab::new();
    let (root, server) = (lab.file("root.pem"), lab.file("server.pem"));
    let verify = |more: &[&str]| cert(&[&["verify", "--cacert", &root, &server], more].concat());
    let outcome = verify(&["--name", "localhost"]);
    assert_eq!(code(&outcome), Some(0), "{outcome:?}");
    for part in [
        "verified: localhost, as a server",
        "leaf",
        "anchor, in",
        "CN=Lab root",
    ] {
        assert!(outcome.text().contains(part), "{part}: {outcome:?}");
    }
    for (more, why) in [
        (&["--name", "other.test"][..], "RFC 9525"),
        (&["--at", "+2y"], "expired"),
        (&["--at", "2001-01-01"], "not valid before"),
        (&["--purpose", "client"], "clientAuth"),
        (&["--revocation", "hard"], "revo"),
    ] {
        let outcome = verify(more);
        let wanted = if more[0] == "--revocation" { 91 } else { 1 };
        assert_eq!(code(&outcome), Some(wanted), "{outcome:?}");
        assert!(outcome.text().contains(why), "{why}: {outcome:?}");
        assert!(outcome.text().contains("remedy:"), "{outcome:?}");
    }
    let outcome = cert(&[
        "verify",
        "--cacert",
        &lab.file("root.pem"),
        &lab.file("stranger.pem"),
    ]);
    assert_eq!(code(&outcome), Some(1), "{outcome:?}");
}

#[test]
fn whom_to_trust_is_named_as_for_connections() {
    let lab = Lab::new();
    let (root, server) = (lab.file("root.pem"), lab.file("server.pem"));
    for (trust, wanted) in [(&*root, 0), ("none", 1), ("mozilla", 1)] {
        let outcome = cert(&["verify", "--trust", trust, &server]);
        assert_eq!(code(&outcome), Some(wanted), "{trust}: {outcome:?}");
    }
    let outcome = cert(&["bundle", "--trust", &root, &server]);
    assert_eq!(code(&outcome), Some(0), "{outcome:?}");
    let outcome = cert(&["lint", "--trust", "none", "--json", &server]);
    assert!(
        outcome.text().contains("cert.lint.chain.incomplete"),
        "{outcome:?}"
    );
}

#[test]
fn a_refusal_is_one_document_with_a_finding() {
    let lab = Lab::new();
    let (root, server) = (lab.file("root.pem"), lab.file("expired.pem"));
    let outcome = cert(&["verify", "--json", "--cacert", &root, &server]);
    assert_eq!(code(&outcome), Some(1), "{outcome:?}");
    let text = outcome.text();
    for part in [
        r#""schema":"handfast.cert.verify/1""#,
        r#""verified":false"#,
        r#""reason":"expired""#,
        r#""id":"cert.verify.expired""#,
        r#""exit":1"#,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn live_hosts_are_judged_by_their_own_name() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let root = lab.file("root.pem");
    let target = format!("localhost:{}", server.port());
    let outcome = cert(&["verify", "--cacert", &root, &target]);
    assert_eq!(code(&outcome), Some(0), "{outcome:?}");
    assert!(
        outcome.text().contains("verified: localhost"),
        "{outcome:?}"
    );
    let outcome = cert(&["verify", "--cacert", &root, "--name", "other.test", &target]);
    assert_eq!(code(&outcome), Some(60), "{outcome:?}");
    let outcome = cert(&[
        "verify",
        "--cacert",
        &root,
        &target,
        &lab.file("expired.pem"),
    ]);
    assert_eq!(
        code(&outcome),
        Some(1),
        "of several the first that is not good: {outcome:?}"
    );
}

#[test]
fn what_belongs_together_is_found_and_strangers_are_named() {
    let lab = Lab::new();
    let file = |name: &str| lab.file(name);
    let outcome = cert(&[
        "match",
        &file("server.pem"),
        &file("server.key"),
        &file("root.pem"),
    ]);
    assert_eq!(code(&outcome), Some(0), "{outcome:?}");
    assert!(outcome.text().contains("of one key"), "{outcome:?}");
    assert!(
        outcome.text().contains("each issued by the next"),
        "{outcome:?}"
    );
    let outcome = cert(&["match", &file("server.pem"), &file("client.key")]);
    assert_eq!(code(&outcome), Some(1), "{outcome:?}");
    assert!(
        outcome.text().contains("belongs to nothing else here"),
        "{outcome:?}"
    );
    let outcome = cert(&["match", "--json", &file("server.pem"), &file("client.key")]);
    assert!(
        outcome.text().contains(r#""id":"cert.match.stranger""#),
        "{outcome:?}"
    );
    let outcome = cert(&["match", &file("server.key")]);
    assert_eq!(code(&outcome), Some(2), "one thing alone: {outcome:?}");
}

#[test]
fn formats_are_converted_there_and_back() {
    let lab = Lab::new();
    let file = |name: &str| lab.file(name);
    let password = lab.write("password", "correct hörse\n");
    let convert = |arguments: &[&str]| {
        let outcome = cert(&[&["convert"], arguments].concat());
        assert_eq!(code(&outcome), Some(0), "{arguments:?}: {outcome:?}");
    };
    let (server, key) = (file("server.pem"), file("server.key"));
    convert(&[&server, "-o", &file("a.p7b")]);
    convert(&[&file("a.p7b"), "-o", &file("b.pem")]);
    assert_eq!(
        std::fs::read(file("b.pem")).unwrap(),
        std::fs::read(&server).unwrap()
    );
    convert(&[&server, "-o", &file("a.der")]);
    convert(&[
        &server,
        "--key",
        &key,
        "--out-pass-file",
        &password,
        "-o",
        &file("a.p12"),
    ]);
    convert(&[
        &file("a.p12"),
        "--pass-file",
        &password,
        "--out-pass-file",
        &password,
        "-o",
        &file("c.key"),
    ]);
    let encrypted = std::fs::read_to_string(file("c.key")).unwrap();
    assert!(encrypted.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    convert(&[
        &file("c.key"),
        "--pass-file",
        &password,
        "--unencrypted-key",
        "-o",
        &file("d.key"),
    ]);
    convert(&[&file("d.key"), "-o", &file("d.pub")]);
    convert(&[&server, "-o", &file("e.pub"), "--to", "public"]);
    assert_eq!(
        std::fs::read(file("d.pub")).unwrap(),
        std::fs::read(file("e.pub")).unwrap()
    );
    let outcome = cert(&[
        "match",
        &server,
        &file("d.key"),
        &file("a.der"),
        &file("d.pub"),
    ]);
    assert_eq!(code(&outcome), Some(0), "{outcome:?}");
    assert!(!outcome.text().contains("each issued"), "{outcome:?}");
}

#[test]
fn nothing_is_written_over_and_no_key_is_laid_open_unasked() {
    let lab = Lab::new();
    let file = |name: &str| lab.file(name);
    let (server, key) = (file("server.pem"), file("server.key"));
    let password = lab.write("password", "secret");
    let refused = |arguments: &[&str], why: &str| {
        let outcome = cert(&[&["convert"], arguments].concat());
        let wanted = if why == "--pass-file" { 58 } else { 2 };
        assert_eq!(code(&outcome), Some(wanted), "{outcome:?}");
        assert!(outcome.stderr.contains(why), "{why}: {outcome:?}");
    };
    let before = std::fs::read(&key).unwrap();
    refused(&[&server, "-o", &key, "--to", "pem"], "is there already");
    assert_eq!(std::fs::read(&key).unwrap(), before);
    refused(
        &[&server, "--key", &key, "-o", &file("a.p12")],
        "no password",
    );
    refused(&[&server, "-o", &file("a")], "--to");
    let p12 = [
        &server as &str,
        "--key",
        &key,
        "--out-pass-file",
        &password,
        "-o",
        &file("a.p12"),
    ];
    assert_eq!(code(&cert(&[&["convert"], &p12[..]].concat())), Some(0));
    let read = [
        &file("a.p12") as &str,
        "--pass-file",
        &password,
        "-o",
        &file("b.pem"),
    ];
    refused(&read, "--unencrypted-key");
    assert!(!Path::new(&file("b.pem")).exists());
    refused(&[&file("a.p12"), "-o", &file("b.pem")], "--pass-file");
    let other = [
        &file("client.pem") as &str,
        "--key",
        &key,
        "--out-pass-file",
        &password,
    ];
    let outcome = cert(&[&["convert"], &other[..], &["-o", &file("c.p12")]].concat());
    assert_eq!(code(&outcome), Some(58), "{outcome:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(file("a.p12"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let left = std::fs::read_dir(lab.folder.path()).unwrap();
    for entry in left {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains(".new-"), "{name}");
    }
}

#[test]
fn a_bundle_is_ordered_and_says_what_it_leaves_out() {
    let lab = Lab::new();
    let file = |name: &str| lab.file(name);
    let (root, server, client) = (file("root.pem"), file("server.pem"), file("client.pem"));
    let outcome = cert(&["bundle", &root, &server, &client, &server]);
    assert_eq!(code(&outcome), Some(0), "{outcome:?}");
    assert_eq!(outcome.text(), std::fs::read_to_string(&server).unwrap());
    for part in [
        "the root CN=Lab root",
        "1 that stood there twice",
        "is not above it",
    ] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
    }
    let outcome = cert(&["bundle", "--root", &root, &server, "-o", &file("full.pem")]);
    assert_eq!(code(&outcome), Some(0), "{outcome:?}");
    let full = std::fs::read_to_string(file("full.pem")).unwrap();
    assert_eq!(full.matches("BEGIN CERTIFICATE").count(), 2);
    let outcome = cert(&["bundle", &server, "-o", &file("short.pem")]);
    assert_eq!(code(&outcome), Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("not complete"), "{outcome:?}");
    let outcome = cert(&["bundle", "--cacert", &root, &server]);
    assert_eq!(
        code(&outcome),
        Some(0),
        "a root that is trusted: {outcome:?}"
    );
    let outcome = cert(&["bundle", &server, "-o", &file("full.pem")]);
    assert_eq!(code(&outcome), Some(2), "it is there already: {outcome:?}");
}

#[test]
fn a_certificate_of_a_web_page_names_its_line() {
    let lab = Lab::new();
    let page = std::fs::read_to_string(lab.file("server.pem")).unwrap();
    let page = lab.write("page.pem", page.replacen("\nMII", "\n\u{a0}MII", 1));
    for verb in ["verify", "bundle", "match"] {
        let outcome = cert(&[verb, &page]);
        assert_eq!(code(&outcome), Some(2), "{outcome:?}");
        assert!(
            outcome.stderr.contains("line 2: a non-breaking space"),
            "{outcome:?}"
        );
    }
}

#[test]
fn every_fault_of_a_bad_certificate_is_found() {
    let lab = Lab::new();
    let bad = lab.write("bad.pem", BAD);
    let outcome = cert(&["lint", "--rules", "web", "--at", "2026-12-01", &bad]);
    assert_eq!(code(&outcome), Some(1), "{outcome:?}");
    let text = outcome.text();
    for id in [
        "validity.too_long",
        "signature.sha1",
        "key.small",
        "serial.zero",
        "usage.signature",
        "usage.agreement",
        "usage.not_critical",
        "name.wildcard_wide",
        "name.wildcard_part",
        "name.internal",
        "name.address_as_dns",
        "name.malformed",
        "name.underscore",
        "name.duplicate",
        "name.common_name",
        "purpose.missing",
        "self_signed",
    ] {
        assert!(text.contains(&format!("cert.lint.{id},")), "{id}: {text}");
    }
    for id in ["expired", "expiring", "chain.", "key_id."] {
        assert!(!text.contains(&format!("cert.lint.{id}")), "{id}: {text}");
    }
    // Fewer rules find less.
    let outcome = cert(&["lint", "--rules", "path", "--at", "2026-12-01", &bad]);
    assert!(!outcome.text().contains("too_long"), "{outcome:?}");
    assert!(outcome.text().contains("key.small"), "{outcome:?}");
}

#[test]
fn a_good_chain_passes_and_a_disordered_one_does_not() {
    let lab = Lab::new();
    let file = |name: &str| lab.file(name);
    let (root, server) = (file("root.pem"), file("server.pem"));
    let outcome = cert(&["lint", "--cacert", &root, &server]);
    assert_eq!(code(&outcome), Some(0), "{outcome:?}");
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    let mixed = [&root, &server, &server].map(|path| read(path)).concat();
    let mixed = lab.write("mixed.pem", mixed + &read(&file("client.pem")));
    let outcome = cert(&["lint", "--json", "--fail-on", "warning", &mixed]);
    assert_eq!(code(&outcome), Some(1), "{outcome:?}");
    assert!(
        outcome.text().contains("cert.lint.chain.duplicate"),
        "{outcome:?}"
    );
    let mixed = [&server, &file("client.pem"), &root]
        .map(|path| read(path))
        .concat();
    let mixed = lab.write("mixed2.pem", mixed);
    let outcome = cert(&["lint", "--json", &mixed]);
    for id in ["chain.stranger", "chain.root"] {
        assert!(
            outcome.text().contains(&format!("cert.lint.{id}")),
            "{id}: {outcome:?}"
        );
    }
    for (at, id) in [("+360d", "validity.expiring"), ("+2y", "validity.expired")] {
        let outcome = cert(&["lint", "--cacert", &root, "--at", at, &server]);
        assert!(outcome.text().contains(id), "{id}: {outcome:?}");
    }
}

#[test]
fn bytes_that_are_no_certificate_are_a_finding() {
    let lab = Lab::new();
    let text = std::fs::read_to_string(lab.file("server.pem")).unwrap();
    let mut lines: Vec<_> = text.lines().collect();
    lines.remove(4);
    let broken = lab.write("broken.pem", lines.join("\n"));
    let outcome = cert(&["lint", &broken]);
    assert_eq!(code(&outcome), Some(1), "{outcome:?}");
    assert!(
        outcome.text().contains("cert.lint.malformed"),
        "{outcome:?}"
    );
    assert!(outcome.text().contains("line "), "{outcome:?}");
}

/// RSA of 1,024 bits, SHA-1, serial number 0, 900 days, names of all wrong kinds; made with
/// OpenSSL, its key thrown away.
const BAD: &str = "\
-----BEGIN CERTIFICATE-----
MIICRzCCAbCgAwIBAgIBADANBgkqhkiG9w0BAQUFADAVMRMwEQYDVQQDDAphLmJf
Yy50ZXN0MB4XDTI2MTEyMTE0MTAyNFoXDTI5MDUwOTE0MTAyNFowFTETMBEGA1UE
AwwKYS5iX2MudGVzdDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAx7Xk8AGy
utrYkAmd0cU1JOPdnHgVFUfRzR4UN96tyO/s6jUa8Ava7/I4oxcvr6bSUBXtBxei
d0p+lB2PwPxdIwJ7HhuozeUSURHoYMxbiUTsXrmjWwySAlZGRQ8N1GaRK7tqTChx
weOlFfpSyLPWHNLr6tnwGB+SVJKKOcvQ1VcCAwEAAaOBpjCBozAdBgNVHQ4EFgQU
AXehvQHTWpuZ6O4xoM5jYqyuYq0wHwYDVR0jBBgwFoAUAXehvQHTWpuZ6O4xoM5j
YqyuYq0wSQYDVR0RBEIwQIIFKi5jb22CCWYqLngudGVzdIIIeF95LnRlc3SCCDEw
LjAuMC4xhwQKAAABggh4X3kudGVzdIIIaHR0cDovL2EwCwYDVR0PBAQDAgMIMAkG
A1UdEwQCMAAwDQYJKoZIhvcNAQEFBQADgYEAN1SLpivYVAluQfSHfKv/VtlNnfFk
9VZjwvI43Cd7CIGiD6aVOEFNSdRRcpEZ4wlSh4vziN1uH2tyxoV8YZ/uQFzOa3fk
W8jpWzsE3KNV8+dCgTl5lzhYAH3CFQOilb78dpyt0Zs6LKwb1jGRdnqhi7rZcVwg
FewFUWP+BfA3goU=
-----END CERTIFICATE-----
";

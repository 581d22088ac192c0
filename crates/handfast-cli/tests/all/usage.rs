//! How the command is called, and what it says of itself.

use crate::lab::{Lab, command, handfast};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn help_and_the_handshake_fit_80_columns() {
    let fits = |text: &str, what: &str| {
        for line in text.lines() {
            let columns = line.chars().count();
            assert!(columns <= 80, "{what}: {columns} columns: {line}");
        }
    };
    for verb in [
        &[][..],
        &["get"],
        &["connect"],
        &["serve"],
        &["demo"],
        &["cert"],
        &["cert", "verify"],
        &["cert", "lint"],
        &["cert", "match"],
        &["cert", "convert"],
        &["cert", "bundle"],
        &["cert", "inspect"],
        &["ca"],
        &["ca", "init"],
        &["ca", "issue"],
        &["ca", "list"],
        &["ca", "show"],
        &["ca", "revoke"],
        &["ca", "crl"],
        &["ca", "sign"],
        &["ca", "import"],
        &["ca", "export"],
        &["ca", "renew"],
        &["ca", "ocsp"],
        &["ca", "audit"],
        &["list"],
        &["list", "policies"],
        &["list", "museum"],
    ] {
        for flag in ["-h", "--help"] {
            let outcome = handfast(&[verb, &[flag]].concat());
            assert!(outcome.success() && outcome.text().lines().count() > 10);
            fits(&outcome.text(), flag);
        }
    }
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for limit in ["1.2", "1.3"] {
        let target = format!("localhost:{}", server.port());
        let outcome = lab.trusting("connect", &["-v", "--max", limit, &target]);
        assert!(outcome.success() && outcome.stderr.contains("chain     0 CN=localhost"));
        assert!(!outcome.stderr.contains("not understood"), "{outcome:?}");
        fits(&outcome.stderr, limit);
    }
}

#[test]
fn every_example_of_a_help_stands_in_one_line_to_be_pasted() {
    for (noun, verb) in [
        ("cert", "verify"),
        ("cert", "lint"),
        ("cert", "match"),
        ("cert", "convert"),
        ("cert", "bundle"),
        ("cert", "inspect"),
        ("ca", "init"),
        ("ca", "issue"),
        ("ca", "list"),
        ("ca", "show"),
        ("ca", "revoke"),
        ("ca", "crl"),
        ("ca", "sign"),
        ("ca", "import"),
        ("ca", "export"),
        ("ca", "renew"),
        ("ca", "ocsp"),
        ("ca", "audit"),
    ] {
        let mut help = command().command();
        help.args([noun, verb, "--help"]).env("COLUMNS", "80");
        let text = String::from_utf8(help.output().unwrap().stdout).unwrap();
        let (_, examples) = text.split_once("Examples:\n").unwrap();
        assert!(examples.lines().count() >= 2, "{verb}: {examples}");
        for line in examples.lines() {
            let is_whole = line.starts_with(&format!("  handfast {noun} {verb}"));
            assert!(is_whole && line.len() <= 78, "{verb}: {line}");
        }
    }
}

#[test]
fn every_message_of_tls12_is_explained_in_its_place() {
    let lab = Lab::new();
    let server = lab.serve(&["--client-ca", &lab.file("root.pem")]);
    let (cert, key) = (lab.file("client.pem"), lab.file("client.key"));
    let asked = ["-v", "--max", "1.2", "--cert", &cert, "--key", &key];
    let outcome = lab.trusting("get", &[&asked[..], &[&server.url("/a%20b.txt")]].concat());
    assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
    let mut rest = &*outcome.stderr;
    for step in [
        "→ ClientHello",
        "← ServerHello",
        "ECDHE to agree on keys, ECDSA to sign",
        "← Certificate ",
        "← ServerKeyExchange",
        "← CertificateRequest",
        "asks the client who it is",
        "← ServerHelloDone",
        "→ Certificate ",
        "“Ann”, says “Lab root”",
        "→ ClientKeyExchange",
        "→ CertificateVerify",
        "→ ChangeCipherSpec",
        "→ Finished",
        "← NewSessionTicket",
        "← ChangeCipherSpec",
        "← Finished",
        "* session   full handshake",
    ] {
        let at = rest.find(step);
        let at = at.unwrap_or_else(|| panic!("no {step:?} in {rest}"));
        rest = rest.get(at..).unwrap_or_default();
    }
}

#[test]
fn flags_of_curl_mean_the_same() {
    let quick = ["get", "-s", "-m", "5", "-x", "http://127.0.0.1:1", "a.test"];
    let outcome = handfast(&quick);
    assert!(
        outcome.code == Some(7) && outcome.stderr.contains("127.0.0.1:1"),
        "{outcome:?}"
    );
    let never = handfast(&["get", "-m", "0", "a.test"]);
    assert!(
        never.code == Some(2) && never.stderr.contains("seconds above 0"),
        "{never:?}"
    );
}

#[test]
fn files_that_cannot_be_used_come_with_what_to_do() {
    let lab = Lab::new();
    let (server, folder) = (lab.serve(&[]), lab.file("site"));
    for flags in [
        &["--cacert", "/no/such/file"][..],
        &["--cacert", &folder],
        &["--cacert", &lab.file("root.pem"), "-T", "/no/such/file"],
        &["--cacert", &lab.file("client.key")],
        &["--keylog", "/no/such/file"],
        &["--keylog", &folder],
    ] {
        let outcome = handfast(&[&["get", &server.url("/")], flags].concat());
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains("try: "), "{outcome:?}");
        let file = flags.last().unwrap();
        assert!(outcome.stderr.contains(file), "{outcome:?}");
    }
}

#[test]
fn a_server_on_every_address_says_so() {
    let lab = Lab::new();
    let mut serve = command().command();
    serve.args(["serve", "--listen", "0.0.0.0:0", &lab.file("site")]);
    serve.args(["--ca-dir", &lab.file("ca")]);
    let mut child = serve.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let lines: Vec<String> = lines.map_while(Result::ok).take(4).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let said = lines.join("\n");
    for words in [
        "https://localhost:",
        "on every address of this machine, port ",
        "with --name",
        "development authority",
    ] {
        assert!(said.contains(words), "{words} is missing in {said}");
    }
}

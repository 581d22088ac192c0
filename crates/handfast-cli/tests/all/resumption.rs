//! Coming back: `connect --resume`, redirects, and what `serve` keeps.

use crate::lab::{Lab, SOON, Serving, command, handfast, handfast_alone};
use serde_json::Value;

/// `connect --resume FILE` with nothing to send.
fn connect(lab: &Lab, server: &Serving, file: &str, more: &[&str]) -> Value {
    let (root, target) = (lab.file("root.pem"), format!("localhost:{}", server.port()));
    let asked = [
        &["connect", "--json", "--cacert", &root, "--resume", file],
        more,
        &[&target],
    ]
    .concat();
    let outcome = handfast_alone(&asked);
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    serde_json::from_slice(&outcome.stdout).unwrap()
}

#[test]
fn a_session_is_kept_in_a_file_and_used_by_the_next_process() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for (limit, version, resumption) in [("1.3", "TLS 1.3", "psk"), ("1.2", "TLS 1.2", "ticket")] {
        let file = lab.file(version);
        let mut before = Vec::new();
        for at in 0..3 {
            let document = connect(&lab, &server, &file, &["--max", limit]);
            let result = &document["result"];
            assert_eq!(result["version"], version);
            let wanted = if at == 0 {
                Value::Null
            } else {
                resumption.into()
            };
            assert_eq!(result["resumption"], wanted, "{version} {at}: {result}");
            assert_eq!(result["verified"], true);
            assert_eq!(result["session_file"]["offered"], at > 0);
            assert_eq!(result["session_file"]["kept"], true);
            let bytes = std::fs::read(&file).unwrap();
            // Before TLS 1.3 a session serves until it expires.
            assert!(limit == "1.2" || bytes != before, "a new session each time");
            before = bytes;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "only its owner may read it");
        }
    }
    let left = std::fs::read_dir(lab.folder.path()).unwrap();
    let mut left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!left.any(|name| name.contains(".new-")));
}

#[test]
fn a_request_on_a_resumed_connection_is_logged_as_such() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (root, file) = (lab.file("root.pem"), lab.file("session"));
    let target = format!("localhost:{}", server.port());
    let asked = ["connect", "--cacert", &root, "--resume", &file, &target];
    for (path, resumption, words) in [
        ("/one", Value::Null, "full handshake"),
        ("/two", "psk".into(), "resumed by PSK"),
    ] {
        let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
        let outcome = command().run(asked, request.as_bytes(), SOON).unwrap();
        assert!(
            outcome.success() && outcome.stderr.contains(words),
            "{outcome:?}"
        );
        assert!(outcome.stderr.contains("is kept in "), "{outcome:?}");
        assert_eq!(
            server.logged(|line| line["path"] == path)["resumption"],
            resumption
        );
    }
}

#[test]
fn a_session_that_is_good_no_longer_costs_a_full_handshake() {
    let lab = Lab::new();
    let file = lab.file("session");
    for limit in ["1.3", "1.2"] {
        let port = {
            let server = lab.serve(&[]);
            std::fs::write(&file, "").unwrap();
            connect(&lab, &server, &file, &["--max", limit]);
            server.port()
        };
        // The keys of tickets die with the server.
        let again = lab.serve(&["--listen", &port.to_string()]);
        let (root, target) = (lab.file("root.pem"), format!("localhost:{}", again.port()));
        let asked = ["connect", "--cacert", &root, "--resume", &file, &target];
        let outcome = handfast_alone(&asked);
        let said = String::from_utf8(outcome.stderr).unwrap();
        assert_eq!(outcome.status.code(), Some(0), "{said}");
        for words in [
            "session   full handshake",
            "good no longer",
            "is kept in ",
            &file,
        ] {
            assert!(said.contains(words), "{words} is missing in {said}");
        }
        assert!(!connect(&lab, &again, &file, &[])["result"]["resumption"].is_null());
    }
}

#[test]
fn a_file_with_anything_else_is_named_and_left_as_it_is() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let good = lab.file("good");
    connect(&lab, &server, &good, &[]);
    let good = std::fs::read_to_string(&good).unwrap();
    let (session, target) = ("\"session\":\"", format!("localhost:{}", server.port()));
    let damaged = good.replace(session, &format!("{session}AAAA"));
    let elsewhere = good.replace(&target, "other.test:443");
    for (content, words) in [
        ("my notes\n", "something else than a session"),
        (
            "{\"schema\":\"handfast.get/1\"}",
            "something else than a session",
        ),
        (&damaged, "cannot be read"),
        (
            &elsewhere,
            "a session for other.test:443, not for localhost:",
        ),
    ] {
        let file = lab.write("file", content);
        let outcome = lab.trusting("connect", &["--resume", &file, &target]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(
            outcome.stderr.contains(words) && outcome.stderr.contains(&file),
            "{outcome:?}"
        );
        assert!(outcome.stderr.contains("try: "), "{outcome:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
    }
    let nowhere = lab.file("none/session");
    let outcome = lab.trusting("connect", &["--resume", &nowhere, &target]);
    assert!(
        outcome.code == Some(2) && outcome.stderr.contains("there is no folder"),
        "{outcome:?}"
    );
    let anyone = handfast(&["connect", "-k", "--resume", &nowhere, &target]);
    assert!(
        anyone.code == Some(2) && anyone.stderr.contains("--resume with -k"),
        "{anyone:?}"
    );
}

#[test]
fn a_redirect_to_the_same_host_comes_back_to_it() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    for (limit, resumption) in [("1.3", "psk"), ("1.2", "ticket")] {
        let asked = ["-L", "--json", "--max", limit, &server.url("/sub")];
        let outcome = lab.trusting("get", &asked);
        let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
        assert_eq!(
            document["result"]["tls"]["resumption"], resumption,
            "{outcome:?}"
        );
        server.logged(|line| line["path"] == "/sub/" && line["resumption"] == resumption);
    }
}

#[test]
fn a_session_that_belongs_to_other_settings_is_left_as_it_is() {
    let lab = Lab::new();
    let root = lab.file("root.pem");
    let server = lab.serve(&["--client-ca", &root]);
    lab.keep("bob", &lab.client("Bob", None));
    let (target, file) = (format!("localhost:{}", server.port()), lab.file("session"));
    let own = ["client.pem", "client.key", "bob.pem", "bob.key"].map(|name| lab.file(name));
    let [ann, ann_key, bob, bob_key] = &own;
    let ann = ["--cert", ann, "--key", ann_key];
    let bob = ["--cert", bob, "--key", bob_key];
    connect(&lab, &server, &file, &ann);
    let kept = std::fs::read_to_string(&file).unwrap();
    let other = lab.file("stranger.pem");
    let asked = ["connect", "--resume", &file, &target];
    for (more, words, remedy) in [
        (vec![], "another client certificate", "--cert"),
        (bob.to_vec(), "another client certificate", "--cert"),
        (
            [&ann[..], &["--sni", "127.0.0.1"]].concat(),
            "a server of another name",
            "--sni",
        ),
        (
            [&ann[..], &["--cacert", &other]].concat(),
            "verified by other authorities",
            "--cacert",
        ),
        (
            [&ann[..], &["--max", "1.2"]].concat(),
            "a session of TLS 1.3",
            "--max",
        ),
        (
            [&ann[..], &["--suites", "TLS_CHACHA20_POLY1305_SHA256"]].concat(),
            "which is not offered",
            "--suites",
        ),
    ] {
        let outcome = handfast(&[&asked, &["--cacert", &root][..], &more].concat());
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        let said = outcome.stderr.split_whitespace().collect::<Vec<_>>();
        let said = said.join(" ");
        assert!(
            said.contains(words) && said.contains(&format!("give the same {remedy}"))
                || said.contains(&format!("and {remedy}")),
            "{said}"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
    }
    let back = connect(&lab, &server, &file, &ann);
    assert_eq!(back["result"]["resumption"], "psk");
    assert_eq!(back["result"]["signature"], Value::Null);
    assert!(back["result"]["key_exchange"].is_string());
}

#[test]
fn what_is_told_of_a_connection_that_goes_on_has_happened_on_it() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let (root, target) = (lab.file("root.pem"), format!("localhost:{}", server.port()));
    for (limit, words) in [
        ("1.3", ", nothing signed this time"),
        ("1.2", "keys from the session: no key exchange"),
    ] {
        let file = lab.file(limit);
        let first = connect(&lab, &server, &file, &["--max", limit]);
        assert!(first["result"]["signature"].is_string());
        let asked = [
            "connect", "--cacert", &root, "--resume", &file, "--max", limit, &target,
        ];
        let outcome = handfast(&asked);
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert!(!outcome.stderr.contains("signature "), "{outcome:?}");
        assert!(outcome.stderr.contains("on the first visit"), "{outcome:?}");
    }
}

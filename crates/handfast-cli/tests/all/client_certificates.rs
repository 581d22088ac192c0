//! Whom a client shows itself as, and whom `serve` lets in.

use crate::lab::{Lab, SOON, Serving, command, handfast, year};
use handfast_ca::authority::Authority;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_testkit::peer::Outcome;
use serde_json::Value;

/// A second authority `second.pem`, which vouches for `bob.pem`.
fn second(lab: &Lab) {
    let second = Authority::new("Second root", year(), KeyKind::EcP256).unwrap();
    lab.write("second.pem", second.root_pem());
    let bob = second.issue_client("Bob", None, year(), KeyKind::EcP256);
    lab.keep("bob", &bob.unwrap());
}

fn serve(lab: &Lab, authority: &str, more: &[&str]) -> Serving {
    let authority = lab.file(authority);
    lab.serve(&[&["--client-ca", &authority], more].concat())
}

#[test]
fn the_certificate_is_shown_whose_authority_the_server_names() {
    let lab = Lab::new();
    second(&lab);
    let file = |name: &str| lab.file(name);
    let (ann, bob) = ("client", "bob");
    for version in ["1.2", "1.3"] {
        for (authority, who) in [("root.pem", "CN=Ann"), ("second.pem", "CN=Bob")] {
            let server = serve(&lab, authority, &["--max", version]);
            for order in [[ann, bob], [bob, ann]] {
                let path = format!("/a%20b.txt?{}", order.join("-"));
                let mut asked = vec![server.url(&path)];
                for name in order {
                    asked.extend(["--cert".to_owned(), file(&format!("{name}.pem"))]);
                    asked.extend(["--key".to_owned(), file(&format!("{name}.key"))]);
                }
                let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
                let outcome = lab.trusting("get", &asked);
                assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
                let line = server.logged(|line| line["path"] == path.as_str());
                assert_eq!(line["client"], who, "{line}");
            }
        }
    }
}

/// A request with a certificate of the lab, and a session in `file`.
fn ask(lab: &Lab, server: &Serving, who: &str, file: &str, more: &[&str]) -> Outcome {
    let (root, target) = (lab.file("root.pem"), format!("localhost:{}", server.port()));
    let (cert, key) = (
        lab.file(&format!("{who}.pem")),
        lab.file(&format!("{who}.key")),
    );
    let asked = [
        "connect", "--cacert", &root, "--resume", file, "--cert", &cert, "--key", &key,
    ];
    let request = b"GET /a%20b.txt HTTP/1.0\r\nHost: localhost\r\n\r\n";
    let asked = [&asked, more, &[&target]].concat();
    command().run(asked, request, SOON).unwrap()
}

#[test]
fn only_whom_allow_names_is_served_resumed_or_not() {
    let lab = Lab::new();
    lab.keep("ada", &lab.client("Ada", Some("ada@lab.test")));
    lab.keep("eve", &lab.client("ada@lab.test", Some("eve@lab.test")));
    let host = AlternativeName::dns("mallory.evil.test");
    lab.keep("mallory", &lab.client_for("ada@lab.test", host));
    let address = AlternativeName::ip([127, 0, 0, 1]);
    lab.keep("laptop", &lab.client_for("Ann", address));
    for (limit, resumption) in [("1.3", "psk"), ("1.2", "ticket")] {
        let server = serve(
            &lab,
            "root.pem",
            &["--allow", "ada@lab.test", "--allow", "Ann"],
        );
        for (who, subject, refused) in [
            ("ada", "CN=Ada", None),
            ("client", "CN=Ann", None),
            // Its common name is Ada's address, but the address that it is for is not.
            ("eve", "CN=ada@lab.test", Some("eve@lab.test")),
            // Nor is it Ada's where it is for a host or for an address alone.
            ("mallory", "CN=ada@lab.test", Some("mallory.evil.test")),
            ("laptop", "CN=Ann", Some("")),
        ] {
            let (allowed, file) = (refused.is_none(), lab.file(&format!("{who}{limit}")));
            for kind in [Value::Null, resumption.into()] {
                let outcome = ask(&lab, &server, who, &file, &["--max", limit]);
                let text = outcome.text();
                let status = if allowed { 200 } else { 403 };
                assert!(
                    text.starts_with(&format!("HTTP/1.0 {status} ")),
                    "{outcome:?}"
                );
                assert_eq!(text.ends_with("\r\n\r\nhello\n"), allowed, "{outcome:?}");
                if let Some(names) = refused {
                    let joint = if names.is_empty() { "" } else { ", " };
                    let words = format!("names {subject}{joint}{names}.");
                    assert!(text.contains(&words), "{outcome:?}");
                    let typed = format!("let you in: --allow {names}.");
                    let named = text.contains(&typed) || text.contains("no --allow can name it");
                    assert!(named, "{outcome:?}");
                }
                let line = server.logged(|line| {
                    let whom = (&line["client"], &line["status"]);
                    whom == (&subject.into(), &status.into()) && line["resumption"] == kind
                });
                assert_eq!(line["allowed"], allowed);
            }
        }
    }
}

#[test]
fn without_a_certificate_nobody_gets_as_far_as_a_page() {
    let lab = Lab::new();
    let server = serve(&lab, "root.pem", &["--allow", "Ann"]);
    for limit in ["1.2", "1.3"] {
        let outcome = lab.trusting("get", &["--max", limit, &server.url("/")]);
        assert_eq!(outcome.code, Some(35), "{outcome:?}");
        assert!(outcome.stdout.is_empty(), "{outcome:?}");
    }
    let alone = handfast(&["serve", "--allow", "Ann", "."]);
    assert!(
        alone.code == Some(2) && alone.stderr.contains("--client-ca"),
        "{alone:?}"
    );
}

#[test]
fn each_key_stands_after_its_certificate() {
    let lab = Lab::new();
    let (cert, key) = (lab.file("client.pem"), lab.file("client.key"));
    let url = "https://localhost:1/";
    let before = handfast(&["get", "--key", &key, "--cert", &cert, url]);
    assert!(
        before.code == Some(2) && before.stderr.contains("before every --cert"),
        "{before:?}"
    );
    let twice = handfast(&["get", "--cert", &cert, "--key", &key, "--key", &key, url]);
    assert!(
        twice.code == Some(2) && twice.stderr.contains("has a --key already"),
        "{twice:?}"
    );
    let none = handfast(&["get", "--cert", &cert, "--cert", &cert, "--key", &key, url]);
    assert!(
        none.code == Some(58) && none.stderr.contains("name the key's file"),
        "{none:?}"
    );
}

#[test]
fn a_server_that_wants_a_certificate_is_told_apart_in_both_versions() {
    let lab = Lab::new();
    let server = serve(&lab, "root.pem", &[]);
    let target = format!("localhost:{}", server.port());
    for limit in ["1.2", "1.3"] {
        let outcome = lab.trusting("connect", &["--max", limit, &target]);
        assert_eq!(outcome.code, Some(35), "{outcome:?}");
        let said = outcome.stderr.split_whitespace().collect::<Vec<_>>();
        let said = said.join(" ");
        for words in [
            "wanted a client certificate and got none",
            "it takes certificates by: CN=Lab root",
            "give --cert FILE and --key FILE",
        ] {
            assert!(said.contains(words), "{limit}: {words} in {said}");
        }
        assert!(!said.contains("--groups"), "{said}");
    }
}

#[test]
fn an_own_certificate_that_the_server_refuses_is_named() {
    let lab = Lab::new();
    second(&lab);
    let past = Validity {
        not_before_unix: 1_000_000_000,
        not_after_unix: 1_000_086_400,
    };
    let mut profile = Profile::client("Old", None, past, KeyKind::EcP256);
    profile.names.clear();
    lab.keep("old", &lab.of(&profile));
    let server = serve(&lab, "root.pem", &[]);
    let target = format!("localhost:{}", server.port());
    for limit in ["1.2", "1.3"] {
        for (who, words) in [
            ("old", ["it is your own", "2001-09-10"]),
            ("bob", ["your certificate was shown", "by: CN=Lab root"]),
        ] {
            let (cert, key) = (
                lab.file(&format!("{who}.pem")),
                lab.file(&format!("{who}.key")),
            );
            let asked = ["--max", limit, "--cert", &cert, "--key", &key, &target];
            let outcome = lab.trusting("connect", &asked);
            let said = outcome.stderr.split_whitespace().collect::<Vec<_>>();
            let said = said.join(" ");
            for words in words {
                assert!(said.contains(words), "{limit} {who}: {words} in {said}");
            }
        }
    }
}

#[test]
fn doubtful_certificates_are_warned_of_when_the_server_starts() {
    let lab = Lab::new();
    let file = |name: &str| lab.file(name);
    let site = format!("other.test={}", file("site"));
    let (cert, key) = (file("server.pem"), file("server.key"));
    let (old, old_key) = (file("expired.pem"), file("expired.key"));
    let (leaf, plain) = (file("client.pem"), file("site"));
    // A list that is none, so that no server stays: warnings come before that.
    let root = file("root.pem");
    let last = ["--listen", "0", "--client-ca", &root, "--crl", &root];
    for (asked, words) in [
        (
            vec!["--host", &site, "--cert", &cert, "--key", &key],
            "it is not for other.test",
        ),
        (
            vec![&plain, "--cert", &old, "--key", &old_key],
            "expired since 2001-09-10",
        ),
        (
            vec![&plain, "--cert", &cert, "--key", &key, "--client-ca", &leaf],
            "is no authority's",
        ),
    ] {
        let outcome = handfast(&[&["serve"], &*asked, &last].concat());
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        let said = outcome.stderr.split_whitespace().collect::<Vec<_>>();
        let said = said.join(" ");
        assert!(
            said.contains("warning:") && said.contains(words),
            "{outcome:?}"
        );
    }
    let good = ["serve", &plain, "--cert", &cert, "--key", &key];
    assert!(
        !handfast(&[&good, &last[..]].concat())
            .stderr
            .contains("warning:")
    );
}

#[test]
fn an_allow_that_can_fit_nobody_is_refused() {
    let lab = Lab::new();
    for allow in ["CN=Bob", "*.example.org", " bob"] {
        let root = lab.file("root.pem");
        let outcome = handfast(&["serve", "--client-ca", &root, "--allow", allow, "."]);
        assert!(
            outcome.code == Some(2) && outcome.stderr.contains("whole host name"),
            "{outcome:?}"
        );
    }
}

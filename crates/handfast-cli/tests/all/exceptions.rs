//! `--exceptions`: what is relaxed for one peer is told, and what the file says wrong is named.

use crate::lab::{Lab, SOON, Serving, handfast};
use crate::trust::hashed;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_pki::load::to_pem;
use handfast_pki::pin::Pin;
use handfast_testkit::peer::Outcome;
use handfast_testkit::revocation::world::World;
use serde_json::Value;
use std::time::{Duration, Instant};

fn expired(lab: &Lab) -> Serving {
    let (cert, key) = (lab.file("expired.pem"), lab.file("expired.key"));
    Serving::start(&[&lab.file("site"), "--cert", &cert, "--key", &key])
}

fn file(lab: &Lab, text: &str) -> String {
    let path = lab.file("exceptions.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn entry(peer: &str, relax: &str, until: &str) -> String {
    format!("[[exception]]\n{peer}\nrelax = \"{relax}\"\nreason = \"a test\"\nuntil = {until}\n")
}

#[test]
fn an_expired_certificate_passes_by_name_or_pin_and_each_use_is_told() {
    let lab = Lab::new();
    let server = expired(&lab);
    let pem = std::fs::read(lab.file("expired.pem")).unwrap();
    let leaf = handfast_pki::load::certificates(&pem).unwrap();
    let pin = format!("pin = \"{}\"", Pin::of_certificate(&leaf[0]));
    for peer in ["peer = \"localhost\"", &pin] {
        let file = file(&lab, &entry(peer, "expired", "2099-01-01"));
        let asked = ["--exceptions", &file, &server.url("/a%20b.txt")];
        let outcome = lab.trusting("get", &asked);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        for words in [
            "let through by an exception: expired for",
            "2099-01-01",
            "(a test)",
        ] {
            assert!(outcome.stderr.contains(words), "{outcome:?}");
        }
        let outcome = lab.trusting("get", &[&["-v"], &asked[..]].concat());
        let verified = "verified, but for what an exception lets pass: expired";
        let said: Vec<_> = outcome.stderr.split_whitespace().collect();
        let said = said.join(" ").replace(" * ", " ");
        assert!(said.contains(verified), "{outcome:?}");
        let outcome = lab.trusting("get", &[&["--json"], &asked[..]].concat());
        let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
        let told = document.to_string();
        assert!(told.contains("\"relaxed\":\"expired\""), "{told}");
    }
}

#[test]
fn a_refusal_names_the_exception_that_would_let_it_pass_and_it_does() {
    let lab = Lab::new();
    let server = expired(&lab);
    let refused = lab.trusting("get", &["-v", &server.url("/a%20b.txt")]);
    assert_eq!(refused.code, Some(60), "{refused:?}");
    let report = refused.stderr.replace('\n', " ");
    let (_, exception) = report.split_once("with exception = ").unwrap();
    let (exception, rest) = exception.split_once(" in it").unwrap();
    assert!(rest.contains("that lets in this one peer"), "{rest}");
    let filled = exception
        .replace("WHY", "a test")
        .replace("YYYY-MM-DD", "2099-01-01");
    let file = file(&lab, &format!("exception = {filled}\n"));
    let passed = lab.trusting("get", &["--exceptions", &file, &server.url("/a%20b.txt")]);
    assert_eq!(passed.text(), "hello\n", "{passed:?}");
}

#[test]
fn suites_groups_and_schemes_may_be_called_as_openssl_does() {
    let lab = Lab::new();
    for relax in [
        "suite ECDHE-RSA-AES128-SHA",
        "group secp521r1",
        "group P-521",
        "scheme RSA+SHA1",
    ] {
        let file = file(&lab, &entry("peer = \"localhost\"", relax, "2099-01-01"));
        let outcome = lab.trusting("get", &["--exceptions", &file, "https://localhost:1/"]);
        // Nobody is there: the file was read.
        assert_eq!(outcome.code, Some(7), "{relax}: {outcome:?}");
    }
}

#[test]
fn for_another_peer_another_rule_or_another_time_nothing_passes() {
    let lab = Lab::new();
    let server = expired(&lab);
    for (peer, relax, until) in [
        ("peer = \"other.test\"", "expired", "2099-01-01"),
        ("peer = \"localhost\"", "not-yet-valid", "2099-01-01"),
        ("peer = \"localhost\"", "expired", "2026-01-01"),
    ] {
        let file = file(&lab, &entry(peer, relax, until));
        let outcome = lab.trusting("get", &["--exceptions", &file, &server.url("/")]);
        assert_eq!(outcome.code, Some(60), "{outcome:?}");
        let is_over = until.starts_with("2026");
        assert_eq!(outcome.stderr.contains("is over since 2026-01-01"), is_over);
    }
}

#[test]
fn what_the_file_says_wrong_is_named_with_its_place() {
    let lab = Lab::new();
    let good = entry("peer = \"localhost\"", "expired", "2099-01-01");
    for (text, words) in [
        (String::new(), "holds no [[exception]]"),
        ("[[exception]]\npeer = 1".to_owned(), "line 2"),
        (good.replace("expired", "everything"), "names no rule"),
        // What OpenSSL calls so.
        (
            good.replace("expired", "X509_V_ERR_CERT_HAS_EXPIRED"),
            "\"expired\" may be meant",
        ),
        (
            good.replace("expired", "self-signed certificate"),
            "\"roots FILE\" may be meant",
        ),
        (
            good.replace("expired", "suite TLS_NONE"),
            "no suite that is known",
        ),
        (good.replace("expired", "version 9"), "version 9"),
        (
            good.replace("expired", "expired soon"),
            "nothing stands behind",
        ),
        (good.replace("2099-01-01", "12:00:00"), "neither a day"),
        (
            good.replace("2099-01-01", "2099-01-01T12:00:00"),
            "neither a day",
        ),
        (good.replace("localhost", "a_b c"), "a_b c"),
        (
            good.replace("peer =", "pin ="),
            "exception 1: pin localhost",
        ),
        (good.replace("a test", " "), "no reason"),
        (good.clone() + &good, "twice"),
        (good.replace("reason =", "because ="), "because"),
        (good.replace("expired", "roots missing.pem"), "missing.pem"),
    ] {
        let file = file(&lab, &text);
        let outcome = lab.trusting("get", &["--exceptions", &file, "https://localhost:1/"]);
        assert_eq!(outcome.code, Some(2), "{text}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
    }
    let older = file(&lab, &good.replace("expired", "version 1.0"));
    let asked = [
        "--min",
        "1.2",
        "--exceptions",
        &older,
        "https://localhost:1/",
    ];
    let outcome = lab.trusting("get", &asked);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("--min leaves out"), "{outcome:?}");
    let file = file(&lab, &good);
    let outcome = lab.trusting(
        "get",
        &["-k", "--exceptions", &file, "https://localhost:1/"],
    );
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("-k accepts every server"),
        "{outcome:?}"
    );
}

/// A client whose certificate is over, as `NAME.pem`.
fn ended_client(lab: &Lab, name: &str) -> Pin {
    let past = Validity {
        not_before_unix: 1_000_000_000,
        not_after_unix: 1_000_086_400,
    };
    let mut profile = Profile::client(name, None, past, KeyKind::EcP256);
    profile.names.push(AlternativeName::dns(name));
    let issued = lab.of(&profile);
    lab.keep(name, &issued);
    Pin::of_certificate(&issued.chain()[0])
}

fn ask_as(lab: &Lab, server: &Serving, name: &str) -> Outcome {
    let (cert, key) = (
        lab.file(&format!("{name}.pem")),
        lab.file(&format!("{name}.key")),
    );
    lab.trusting(
        "get",
        &["--cert", &cert, "--key", &key, &server.url("/a%20b.txt")],
    )
}

#[test]
fn a_client_is_let_in_by_its_name_or_pin_and_each_use_is_logged() {
    let lab = Lab::new();
    let pin = format!("pin = \"{}\"", ended_client(&lab, "gauge.test"));
    ended_client(&lab, "other.test");
    let root = lab.file("root.pem");
    for peer in ["peer = \"gauge.test\"", &pin] {
        let file = file(&lab, &entry(peer, "expired", "2099-01-01"));
        for more in [&[][..], &["--protect", "/"]] {
            let flags = ["--client-ca", &root, "--exceptions", &file];
            let server = lab.serve(&[&flags, more].concat());
            server.logged(|line| {
                line["schema"] == "handfast.serve.exceptions/1"
                    && line["exceptions"][0]["until"] == "2099-01-01"
            });
            for _ in 0..2 {
                let outcome = ask_as(&lab, &server, "gauge.test");
                assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
            }
            for schema in ["handfast.serve.excepted/1", "handfast.serve.request/1"] {
                let line = server.logged(|line| line["schema"] == schema);
                assert_eq!(line["client"], "CN=gauge.test", "{line}");
                assert_eq!(line["exceptions"][0]["relaxed"], "expired", "{line}");
                assert_eq!(line["exceptions"][0]["reason"], "a test", "{line}");
            }
            let outcome = ask_as(&lab, &server, "other.test");
            assert_ne!(outcome.code, Some(0), "{outcome:?}");
            // Who meets all rules needs none.
            let outcome = ask_as(&lab, &server, "client");
            assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
            let line = server.logged(|line| line["client"] == "CN=Ann");
            assert_eq!(line["exceptions"], serde_json::json!([]), "{line}");
        }
    }
}

#[test]
fn exceptions_of_clients_come_and_go_while_the_server_runs() {
    let lab = Lab::new();
    ended_client(&lab, "gauge.test");
    let until = |until: &str| entry("peer = \"gauge.test\"", "expired", until);
    let path = file(&lab, &until("2026-01-01"));
    let root = lab.file("root.pem");
    let server = lab.serve(&["--client-ca", &root, "--exceptions", &path]);
    let lets_in = || ask_as(&lab, &server, "gauge.test").code == Some(0);
    let wait_until = |wanted: bool| {
        let start = Instant::now();
        while lets_in() != wanted {
            assert!(start.elapsed() < SOON, "{wanted}: {:?}", server.all_said());
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    assert!(!lets_in());
    server.said("is over since 2026-01-01");
    file(&lab, &until("2099-01-01"));
    wait_until(true);
    // What cannot be read leaves what holds.
    file(&lab, "[[exception]]");
    server.said("the exceptions read before stay in force");
    assert!(lets_in());
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3);
    file(&lab, &until(&soon.to_string()));
    server.said("it does nothing any more");
    assert!(!lets_in());
    file(&lab, &until("2099-12-01"));
    wait_until(true);
    file(&lab, "");
    wait_until(false);
    server.said("nothing is relaxed");
}

#[test]
fn what_no_client_can_be_excepted_from_is_named() {
    let lab = Lab::new();
    let (root, site) = (lab.file("root.pem"), lab.file("site"));
    for (relax, words) in [
        ("version 1.0", "for all of them it takes --policy"),
        ("small-rsa-key", "exception 1: relax = \"small-rsa-key\""),
        ("common-name", "no name is wanted of a client"),
        ("other-name a.test", "--allow says whom to serve"),
    ] {
        let file = file(&lab, &entry("peer = \"a.test\"", relax, "2099-01-01"));
        let flags = ["serve", &site, "--client-ca", &root, "--exceptions", &file];
        let outcome = handfast(&flags);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
    }
    let idle = file(
        &lab,
        &entry("peer = \"a.test\"", "revocation-unknown", "2099-01-01"),
    );
    let server = lab.serve(&["--client-ca", &root, "--exceptions", &idle]);
    server.said("without --crl nothing is asked about revocation");
    let outcome = handfast(&["serve", &site, "--exceptions", &idle]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("--client-ca"), "{outcome:?}");
}

#[test]
fn whoever_judges_instead_of_the_config_heeds_exceptions_too() {
    let lab = Lab::new();
    let server = expired(&lab);
    let url = server.url("/a%20b.txt");
    let known = lab.file("known");
    let (root, hashed) = (lab.file("root.pem"), hashed(&lab));
    for judge in [
        &["--cacert", &root, "--revocation", "soft"][..],
        &["--cacert", &root, "--fetch-issuers"],
        &["--cacert", &root, "--tofu", &known],
        &["--trust", "none", "--tofu", &known],
        &["--trust", &hashed],
    ] {
        for (peer, code) in [("localhost", 0), ("other.test", 60)] {
            let peer = format!("peer = \"{peer}\"");
            let file = file(&lab, &entry(&peer, "expired", "2099-01-01"));
            let asked = ["get", "--json", "--exceptions", &file, &url];
            let outcome = handfast(&[&asked, judge].concat());
            assert_eq!(outcome.code, Some(code), "{judge:?}: {outcome:?}");
            let told = outcome.text().contains("\"relaxed\":\"expired\"");
            assert_eq!(told, code == 0, "{judge:?}: {outcome:?}");
        }
    }
    // The key that was kept counts, whatever is relaxed.
    let other = Serving::start(&[
        &lab.file("site"),
        "--cert",
        &lab.file("stranger.pem"),
        "--key",
        &lab.file("stranger.key"),
    ]);
    let line = std::fs::read_to_string(&known).unwrap();
    let moved = line.replace(&server.port().to_string(), &other.port().to_string());
    std::fs::write(&known, moved).unwrap();
    let stranger = format!("roots {}", lab.file("stranger.pem"));
    let file = file(
        &lab,
        &entry("peer = \"localhost\"", &stranger, "2099-01-01"),
    );
    let asked = [
        "get",
        "--exceptions",
        &file,
        "--trust",
        "none",
        &other.url("/"),
    ];
    let outcome = handfast(&[&asked[..], &["--tofu", &known]].concat());
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    let outcome = handfast(&[&asked[..], &["--tofu", &lab.file("fresh")]].concat());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    // It is vouched for, so no key was taken from a stranger.
    assert!(!lab.folder.path().join("fresh").exists(), "{outcome:?}");
}

#[test]
fn revocation_need_not_be_known_of_the_server_that_is_named_and_what_is_revoked_is_refused() {
    let lab = Lab::new();
    let world = World::new();
    let pem = |der: &[u8]| to_pem("CERTIFICATE", der).to_string();
    let root = lab.write("world.pem", pem(&world.root));
    let chain = pem(&world.leaf) + &pem(&world.issuer);
    let chain = lab.write("leaf.pem", chain);
    let key = world.leaf_key.to_pkcs8_der().unwrap();
    let key = lab.write("leaf.key", to_pem("PRIVATE KEY", &key).as_bytes());
    let list = world.revoking(1).signed_by(&world.issuer_key);
    let crl = lab.write("revoking.crl", to_pem("X509 CRL", &list).as_bytes());
    let server = Serving::start(&[&lab.file("site"), "--cert", &chain, "--key", &key]);
    let url = server.url("/a%20b.txt");
    let entry = entry("peer = \"localhost\"", "revocation-unknown", "2099-01-01");
    let file = file(&lab, &entry);
    let hard = ["get", "--cacert", &root, "--revocation", "hard", &url];
    let with = [&hard[..], &["--exceptions", &file]].concat();
    let refused = handfast(&hard);
    assert_eq!(refused.code, Some(91), "{refused:?}");
    let outcome = handfast(&with);
    assert_eq!(outcome.text(), "hello\n", "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("let through by an exception: revocation-unknown")
    );
    let outcome = handfast(&[&with[..], &["--crl", &crl]].concat());
    assert_eq!(outcome.code, Some(91), "{outcome:?}");
    assert!(outcome.stderr.contains("revoked"), "{outcome:?}");
}

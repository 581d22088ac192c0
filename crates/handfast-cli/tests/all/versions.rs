//! `--min` and `--max`.

use crate::lab::{Lab, handfast};
use crate::scripted::{End, Scripted};
use handfast::obsolete::MUSEUM;
use handfast::{CipherSuite, ServerConfig};
use serde_json::Value;

#[test]
fn both_ends_keep_to_the_versions_that_are_left_to_them() {
    let lab = Lab::new();
    for (served, asked, agreed) in [
        (&[][..], &[][..], "TLS 1.3"),
        (&[], &["--max", "1.2"], "TLS 1.2"),
        (&["--max", "1.2"], &[], "TLS 1.2"),
        (&["--min", "1.3"], &["--min", "1.2"], "TLS 1.3"),
    ] {
        let server = lab.serve(served);
        let target = format!("localhost:{}", server.port());
        let connected = lab.trusting("connect", &[asked, &["--json", &target]].concat());
        let document: Value = serde_json::from_slice(&connected.stdout).unwrap();
        assert_eq!(document["result"]["version"], agreed, "{connected:?}");
        let url = server.url("/a%20b.txt");
        let got = lab.trusting("get", &[asked, &["--json", &url]].concat());
        let document: Value = serde_json::from_slice(&got.stdout).unwrap();
        assert_eq!(document["result"]["tls"]["version"], agreed, "{got:?}");
    }
}

#[test]
fn no_version_in_common_is_said_by_either_end() {
    let lab = Lab::new();
    for (served, asked) in [
        (["--min", "1.3"], ["--max", "1.2"]),
        (["--max", "1.2"], ["--min", "1.3"]),
    ] {
        let server = lab.serve(&served);
        let outcome = lab.trusting("get", &[&asked[..], &[&server.url("/")]].concat());
        assert_eq!(outcome.code, Some(35), "{outcome:?}");
        assert!(
            outcome.stderr.contains("none of the versions"),
            "{outcome:?}"
        );
        let remedy = format!("leave out your {}", asked.join(" "));
        assert!(outcome.stderr.contains(&remedy), "{outcome:?}");
        let line = server.logged(|line| line["why"].is_string());
        assert!(line["why"].as_str().unwrap().contains("version"), "{line}");
    }
}

#[test]
fn a_version_that_is_left_nothing_to_offer_is_refused_with_what_to_do() {
    for flags in [
        [
            "--min",
            "1.3",
            "--suites",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ],
        ["--max", "1.2", "--suites", "TLS_AES_128_GCM_SHA256"],
        ["--max", "1.2", "--groups", "X25519MLKEM768"],
    ] {
        let outcome = handfast(&[&["get", "-k", "https://localhost:1/"], &flags[..]].concat());
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(
            outcome.stderr.contains("leave one of them out"),
            "{outcome:?}"
        );
    }
}

#[test]
fn versions_that_are_not_spoken_here_are_refused_before_anything_is_done() {
    for verb in [
        &["get", "https://localhost:1/"][..],
        &["connect", "localhost:1"],
        &["serve", "."],
    ] {
        for (flags, words) in [
            (&["--min", "ssl3"][..], "--policy museum allows it"),
            (&["--max", "tls1.0"], "--policy obsolete allows it"),
            (&["--min", "1.1"], "TLS 1.1 is spoken only by name"),
            (
                &["--max", "1.0", "--policy", "compatible"],
                "--policy obsolete allows it",
            ),
            (
                &["--max", "ssl3", "--policy", "obsolete"],
                "--policy museum allows it",
            ),
            (&["--min", "1.3", "--max", "1.2"], "nothing lies between"),
            (
                &["--max", "2.0"],
                "[possible values: ssl3, 1.0, 1.1, 1.2, 1.3]",
            ),
        ] {
            let outcome = handfast(&[verb, flags].concat());
            assert_eq!(outcome.code, Some(2), "{outcome:?}");
            assert!(outcome.stderr.contains(words), "{outcome:?}");
        }
    }
}

#[test]
fn an_old_device_is_reached_by_its_version_and_serves_by_it() {
    let lab = Lab::new();
    // Elliptic curves came with TLS 1.0: what SSL 3.0 speaks wants a key of RSA.
    let rsa = [
        "cert",
        "new",
        "--key-type",
        "rsa2048",
        "--days",
        "7",
        "localhost",
    ];
    let made = handfast(&[&rsa[..], &["-o", &lab.file("rsa.pem")]].concat());
    assert!(made.success(), "{made:?}");
    let (cert, key, site) = (lab.file("rsa.pem"), lab.file("rsa.key"), lab.file("site"));
    for (policy, version, words) in [
        ("obsolete", "1.1", "TLS 1.1"),
        ("obsolete", "tls1.0", "TLS 1.0"),
        ("museum", "ssl3", "SSL 3.0"),
    ] {
        let named = ["--policy", policy, "--max", version];
        let own = [&named[..], &["--cert", &cert, "--key", &key, &site]].concat();
        let server = crate::lab::Serving::start(&own);
        let target = format!("localhost:{}", server.port());
        let flags = [&named[..], &["--cacert", &cert, "--json", &target]].concat();
        let connected = handfast(&[&["connect"], &flags[..]].concat());
        let document: Value = serde_json::from_slice(&connected.stdout).unwrap();
        assert_eq!(document["result"]["version"], words, "{connected:?}");
        // A client that offers more finds the one that there is; without a policy, none.
        let url = server.url("/a%20b.txt");
        for (flags, code) in [(&["--policy", policy, "--max", "1.2"][..], 0), (&[], 35)] {
            let got = handfast(&[&["get", "--cacert", &cert], flags, &[&url]].concat());
            assert_eq!(got.code, Some(code), "{got:?}");
        }
        let shown = handfast(&[&["cert", "inspect"], &named[..], &[&target]].concat());
        assert!(
            shown.success() && shown.text().contains("localhost"),
            "{shown:?}"
        );
    }
}

const OBSOLETE: [&str; 2] = ["--suites", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"];

#[test]
fn what_is_obsolete_is_agreed_on_where_both_ends_have_a_policy_that_says_so() {
    let lab = Lab::new();
    let policy = ["--policy", "compatible"];
    let server = lab.serve(&policy);
    let url = server.url("/a%20b.txt");
    let asked = [&policy[..], &OBSOLETE, &["--json", "--max", "1.2", &url]].concat();
    let got = lab.trusting("get", &asked);
    let document: Value = serde_json::from_slice(&got.stdout).unwrap();
    assert_eq!(document["result"]["tls"]["suite"], OBSOLETE[1], "{got:?}");
    assert!(
        got.stderr.contains("--policy compatible lets in AES-CBC"),
        "{got:?}"
    );
    // Of its own accord nobody takes it.
    let got = lab.trusting("get", &["--json", "--max", "1.2", &url]);
    let document: Value = serde_json::from_slice(&got.stdout).unwrap();
    let suite = document["result"]["tls"]["suite"].as_str().unwrap();
    assert!(suite.contains("GCM"), "{suite}");
    assert!(!got.stderr.contains("--policy"), "{got:?}");
    let modern = lab.serve(&[]);
    let url = modern.url("/");
    let asked = [&policy[..], &OBSOLETE, &["--max", "1.2", &url]].concat();
    let got = lab.trusting("get", &asked);
    assert_eq!(got.code, Some(35), "{got:?}");
}

#[test]
fn what_is_obsolete_cannot_be_named_without_a_policy() {
    let got = handfast(&[&["get", "-k", "https://localhost:1/"], &OBSOLETE[..]].concat());
    assert_eq!(got.code, Some(2), "{got:?}");
    assert!(got.stderr.contains("is obsolete"), "{got:?}");
    assert!(got.stderr.contains("--policy compatible"), "{got:?}");
}

const ANONYMOUS: [&str; 4] = [
    "--policy",
    "museum",
    "--suites",
    "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
];

#[test]
fn a_server_that_shows_nothing_is_said_to_be_anyone_and_taken_with_k_alone() {
    let mut config = ServerConfig::without_credential();
    config.common.obsolete = Some(&MUSEUM);
    config.common.suites = vec![CipherSuite::TLS_ECDH_ANON_WITH_AES_128_CBC_SHA];
    config.alpn_optional = true;
    let server = Scripted::with(config.check().unwrap(), |_| {
        let page = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage";
        (page.to_owned(), End::Closed)
    });
    let (url, target) = (
        server.url("/"),
        format!("localhost:{}", server.address.port()),
    );
    let anyone = "NOT VERIFIED (-k): the suite is anonymous";
    let connected = handfast(&[&["connect", "-k"], &ANONYMOUS[..], &[&target]].concat());
    assert!(connected.success(), "{connected:?}");
    assert!(connected.stderr.contains(anyone), "{connected:?}");
    assert!(!connected.stderr.contains("would have been"));
    for word in ["RC4", "NULL", "anonymous"] {
        assert!(connected.stderr.contains(word), "{word}: {connected:?}");
    }
    let got = handfast(&[&["get", "-k"], &ANONYMOUS[..], &[&url]].concat());
    assert_eq!(
        (got.code, got.text().as_str()),
        (Some(0), "page"),
        "{got:?}"
    );
    let said = "localhost is NOT verified: the suite is anonymous";
    assert!(got.stderr.contains(said), "{got:?}");
    // Without -k, and beside suites that the server would be known by, nothing is sent.
    let mixed = format!("TLS_AES_128_GCM_SHA256,{}", ANONYMOUS[3]);
    let beside = ["-k", "--policy", "museum", "--suites", &mixed];
    for (flags, hint) in [(&ANONYMOUS[..], "-k takes anyone"), (&beside, "alone")] {
        let refused = handfast(&[&["get"], flags, &[&url]].concat());
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains(hint), "{refused:?}");
    }
    assert_eq!(server.requests.lock().unwrap().len(), 1);
}

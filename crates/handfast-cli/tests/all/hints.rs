//! What a refusal of something old says: what to do, by the policy that was named.

use crate::lab::{Lab, Serving, handfast};

#[test]
fn hints_name_the_next_policy_and_never_the_one_that_was_named() {
    let lab = Lab::new();
    let (cert, key, site) = (lab.file("rsa.pem"), lab.file("rsa.key"), lab.file("site"));
    let made = handfast(&[
        "cert",
        "new",
        "--key-type",
        "rsa2048",
        "--days",
        "7",
        "-o",
        &cert,
        "localhost",
    ]);
    assert!(made.success(), "{made:?}");
    let own = ["--cert", &cert, "--key", &key, &site];
    let ssl3 = Serving::start(&[&["--policy", "museum", "--max", "ssl3"], &own[..]].concat());
    let tls10 = Serving::start(&[&["--policy", "obsolete", "--max", "1.0"], &own[..]].concat());
    for (server, policy, says) in [
        (&ssl3, "modern", "museum"),
        (&ssl3, "compatible", "museum"),
        (&ssl3, "obsolete", "--policy museum"),
        (&ssl3, "museum", "--max ssl3"),
        (&tls10, "modern", "obsolete"),
        (&tls10, "compatible", "--policy obsolete"),
    ] {
        let target = format!("localhost:{}", server.port());
        for verb in [&["connect", "-k"][..], &["cert", "inspect"]] {
            let got = handfast(&[verb, &["--policy", policy, &target]].concat());
            if got.success() {
                continue;
            }
            assert_eq!(got.code, Some(35), "{got:?}");
            let (_, hint) = got.stderr.split_once("try: ").unwrap();
            assert!(hint.contains(says), "{policy}: {hint}");
            let own = format!("--policy {policy} ");
            assert!(!hint.contains(&own), "{policy}: {hint}");
        }
    }
    // The control: what the hint says reaches the peer.
    let target = format!("localhost:{}", ssl3.port());
    let got = handfast(&[
        "connect", "-k", "--policy", "museum", "--max", "ssl3", &target,
    ]);
    assert!(got.success(), "{got:?}");
}

#[test]
fn a_suite_that_was_named_is_told_by_the_least_policy_that_takes_it() {
    for (suite, policy, says) in [
        (
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "modern",
            "--policy compatible allows it",
        ),
        (
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
            "compatible",
            "--policy obsolete allows it",
        ),
        (
            "TLS_RSA_WITH_RC4_128_SHA",
            "obsolete",
            "--policy museum --suites TLS_RSA_WITH_RC4_128_SHA allows it",
        ),
        (
            "TLS_RSA_WITH_DES_CBC_SHA",
            "museum",
            "handfast list museum des",
        ),
        ("TLS_PSK_WITH_AES_128_CBC_SHA", "obsolete", "--psk FILE"),
    ] {
        let flags = ["-k", "--policy", policy, "--suites", suite, "localhost:1"];
        let got = handfast(&[&["connect"], &flags[..]].concat());
        assert_eq!(got.code, Some(2), "{got:?}");
        assert!(got.stderr.contains(says), "{suite}: {got:?}");
    }
}

#[test]
fn the_museum_says_what_its_policy_speaks_after_all() {
    for (word, says) in [
        ("rc4", "--suites names it"),
        ("ssl3", "--max ssl3"),
        (
            "TLS_RSA_WITH_RC4_128_SHA",
            "--policy museum --suites TLS_RSA",
        ),
    ] {
        let listed = handfast(&["list", "museum", word]);
        assert!(
            listed.success() && listed.text().contains(says),
            "{listed:?}"
        );
        assert!(listed.text().lines().all(|line| line.chars().count() <= 80));
    }
    // The control: what nobody speaks.
    let des = handfast(&["list", "museum", "des"]).text();
    assert!(!des.contains("after all"), "{des}");
}

#[test]
fn the_lesson_of_rsa_names_the_extended_master_secret_and_no_iv() {
    let lesson = handfast(&["demo", "--only", "rsa"]);
    assert!(lesson.success(), "{lesson:?}");
    let words: Vec<_> = lesson
        .text()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let text = words.join(" ");
    assert!(text.contains("comes the extended master secret"), "{text}");
    assert!(!text.contains("key and IV"), "{text}");
}

/// What a hint says is given no place by a flag that was given is told to be so.
#[test]
fn no_hint_contradicts_a_flag_without_saying_so() {
    let lab = Lab::new();
    let old = lab.serve(&["--policy", "obsolete", "--max", "1.0"]);
    let old = format!("localhost:{}", old.port());
    let new = lab.serve(&["--min", "1.3"]);
    let new_target = format!("localhost:{}", new.port());
    let named = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    for (target, flags, says) in [
        (
            &old,
            &["--policy", "fips-140-3"][..],
            "have the peer's operator",
        ),
        (
            &old,
            &["--policy", "obsolete", "--min", "1.2"],
            "leave out your --min 1.2",
        ),
        (&new_target, &["--suites", named], "leave out your --suites"),
        (&new_target, &["--max", "1.2"], "leave out your --max 1.2"),
    ] {
        let asked = [&["connect", "-k", "-v"], flags, &[target]].concat();
        let got = handfast(&asked);
        assert_eq!(got.code, Some(35), "{flags:?}: {got:?}");
        let said: Vec<_> = got.stderr.split_whitespace().collect();
        let said = said.join(" ");
        let (_, hint) = said.split_once("try: ").unwrap();
        let (first, _) = hint.split_once(" or: ").unwrap_or((hint, ""));
        assert!(first.contains(says), "{flags:?}: {first}");
        // Whatever names another policy says what that does to the one that was given.
        let (_, report) = hint.split_once("remedy: ").unwrap();
        for remedy in report.split(" or: ") {
            if flags.contains(&"fips-140-3") && remedy.contains("--policy ") {
                assert!(
                    remedy.contains("your --policy fips-140-3 forbids it"),
                    "{remedy}"
                );
            }
            let repeats = flags.contains(&"obsolete") && remedy.contains("--policy obsolete");
            assert!(!repeats, "{remedy}");
        }
    }
    // The control: a server that a preset leaves something in common with is reached as the hint says.
    let got = handfast(&["connect", "-k", "--policy", "obsolete", &old]);
    assert!(got.success(), "{got:?}");
}

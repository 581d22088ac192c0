//! `--ciphers`, `--groups` and `--sigalgs` as OpenSSL has them, and `list suites`.

use crate::lab::{Lab, handfast};
use serde_json::Value;

fn json(words: &[&str]) -> Value {
    let listed = handfast(&[&["list", "suites"], words, &["--json"]].concat());
    assert!(listed.success() && listed.stderr.is_empty(), "{listed:?}");
    serde_json::from_slice(&listed.stdout).unwrap()
}

fn names<'a>(rows: &'a Value, key: &str) -> Vec<&'a str> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[key].as_str().unwrap_or_default())
        .collect()
}

#[test]
fn a_string_chooses_what_is_agreed_on() {
    let lab = Lab::new();
    let server = lab.serve(&["--policy", "compatible"]);
    let target = format!("localhost:{}", server.port());
    let suite = |flags: &[&str]| {
        let asked = [flags, &["--max", "1.2", "--json", &target]].concat();
        let outcome = lab.trusting("connect", &asked);
        let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
        document["result"]["suite"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        suite(&["--ciphers", "ECDHE+AES256:-SHA384"]),
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    );
    assert_eq!(
        suite(&["--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305:bogus "]),
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    );
}

#[test]
fn a_servers_string_limits_what_it_takes() {
    let lab = Lab::new();
    let server = lab.serve(&["--ciphers", "CHACHA20", "--groups", "P-384"]);
    let host = format!("localhost:{}", server.port());
    let outcome = lab.trusting("connect", &["--max", "1.2", "--json", &host]);
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(
        document["result"]["suite"], "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "{document}"
    );
    let refused = lab.trusting("connect", &["--max", "1.2", "--ciphers", "AESGCM", &host]);
    assert_eq!(refused.code, Some(35), "{refused:?}");
    let refused = lab.trusting("connect", &["--groups", "x25519:?quantum", &host]);
    assert_eq!(refused.code, Some(35), "{refused:?}");
}

#[test]
fn what_was_named_and_cannot_be_had_is_told() {
    let flags = [
        "get",
        "--ciphers",
        "AES12-SHA:AES128-SHA:ECDHE+AESGCM",
        "https://localhost:1/",
    ];
    let outcome = handfast(&flags);
    for words in [
        "--ciphers: AES12-SHA: nothing has this name; the nearest is AES128-SHA",
        "--ciphers: TLS_RSA_WITH_AES_128_CBC_SHA: needs the policy compatible",
    ] {
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}

#[test]
fn a_security_level_holds_for_versions_groups_and_signatures_that_are_named() {
    let flags = [
        "connect",
        "--policy",
        "obsolete",
        "--ciphers",
        "ECDHE:@SECLEVEL=4",
        "--groups",
        "*x25519:*P-384",
        "--sigalgs",
        "ECDSA+SHA256:ECDSA+SHA384",
        "localhost:1",
    ];
    let outcome = handfast(&flags);
    for name in ["TLS 1.1", "TLS 1.0", "x25519", "ecdsa_secp256r1_sha256"] {
        let words = format!("--ciphers: {name}: below security level 4");
        assert!(outcome.stderr.contains(&words), "{words} {outcome:?}");
    }
    assert!(!outcome.stderr.contains("secp384r1"), "{outcome:?}");
    assert!(!outcome.stderr.contains("--groups"), "{outcome:?}");
    // Nothing listens there: the flags were taken.
    assert_eq!(outcome.code, Some(7), "{outcome:?}");
    for (flag, list, of) in [
        ("--groups", "x25519", "groups"),
        ("--sigalgs", "ECDSA+SHA256", "signature schemes"),
        ("--max", "1.1", "versions"),
    ] {
        let level = ["--policy", "obsolete", "--ciphers", "ALL:@SECLEVEL=4"];
        let flags = [&["connect"], &level[..], &[flag, list, "localhost:1"]].concat();
        let outcome = handfast(&flags);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        let words = format!("nothing is left of the {of}");
        assert!(outcome.stderr.contains(&words), "{outcome:?}");
    }
}

#[test]
fn a_string_of_which_nothing_is_left_ends_the_command() {
    let outcome = handfast(&["get", "--ciphers", "kRSA", "https://localhost:1/"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("--policy compatible"),
        "{outcome:?}"
    );
    for (flag, string, words) in [
        ("--ciphers", "AES:@STRENGHT", "the nearest is STRENGTH"),
        ("--groups", "x25519,P-265", "the nearest is P-256"),
        ("--sigalgs", "RSA+SHA265", "the nearest is RSA+SHA256"),
    ] {
        let outcome = handfast(&["connect", flag, string, "localhost:1"]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}

#[test]
fn a_list_shows_what_a_string_means_and_what_drops_out() {
    let document = json(&["HIGH:-aNULL:-eNULL:-PSK:RC4-SHA:RC4-MD5"]);
    assert_eq!(document["schema"], "handfast.list.suites/1");
    let result = &document["result"];
    assert_eq!(
        names(&result["suites"], "openssl")[0],
        "ECDHE-ECDSA-AES256-GCM-SHA384"
    );
    let dropped = result["dropped"].as_array().unwrap();
    let rc4 = dropped
        .iter()
        .find(|row| row["openssl"] == "RC4-SHA")
        .unwrap();
    assert_eq!(
        (rc4["reason"].as_str(), rc4["needs"].as_str()),
        (Some("needs-policy"), Some("museum"))
    );
    assert_eq!(rc4["by_name"], true);
    // With it they come last.
    let museum = json(&["RC4-SHA:RC4-MD5:AES128-SHA:ADH", "--policy", "museum"]);
    assert_eq!(
        names(&museum["result"]["suites"], "openssl"),
        ["AES128-SHA", "RC4-SHA", "RC4-MD5"]
    );
    let reasons = names(&museum["result"]["dropped"], "reason");
    assert!(reasons.contains(&"anonymous"), "{reasons:?}");
}

#[test]
fn priority_strings_of_gnutls_are_shown() {
    let document = json(&[
        "--gnutls",
        "SECURE192:-VERS-ALL:+VERS-TLS1.2:%COMPAT",
        "--policy",
        "museum",
    ]);
    let result = &document["result"];
    assert_eq!(result["language"], "gnutls");
    let names = names(&result["suites"], "openssl");
    assert_eq!(names[0], "ECDHE-ECDSA-AES256-GCM-SHA384");
    assert_eq!(result["beside"]["versions"], serde_json::json!(["TLS 1.2"]));
    assert_eq!(result["dropped"][0]["reason"], "not-read", "{result}");
    let outcome = handfast(&["list", "suites", "--gnutls", "@SYSTEM"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    // Nobody goes on by a string of which nothing is left, whoever wrote it.
    for words in [
        &["--gnutls", "NONE"][..],
        &["--gnutls", "NORMAL:-CIPHER-ALL"],
        &["DES"],
    ] {
        let outcome = handfast(&[&["list", "suites"], words].concat());
        assert_eq!(outcome.code, Some(2), "{words:?}: {outcome:?}");
        assert!(outcome.stderr.contains("no suite is left"), "{outcome:?}");
    }
    // What it is without a policy is shown, and no success.
    for (json, says) in [(&[][..], "nothing is left"), (&["--json"], "\"exit\":1")] {
        let outcome = handfast(&[&["list", "suites", "RC4-SHA"], json].concat());
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.text().contains(says), "{outcome:?}");
    }
}

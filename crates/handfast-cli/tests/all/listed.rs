//! `list policies` and `list museum`.

use crate::lab::{Lab, handfast};
use handfast::CipherSuite;
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE};
use serde_json::Value;

fn json(words: &[&str]) -> Value {
    let listed = handfast(&[&["list"], words, &["--json"]].concat());
    assert!(listed.success() && listed.stderr.is_empty(), "{listed:?}");
    serde_json::from_slice(&listed.stdout).unwrap()
}

/// The names under a key, of one policy.
fn names(policy: &Value, key: &str) -> Vec<String> {
    let rows = policy[key].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn each_policy_allows_what_the_one_before_it_does_and_more() {
    let document = json(&["policies"]);
    assert_eq!(document["schema"], "handfast.list.policies/1");
    let policies = document["result"]["policies"].as_array().unwrap();
    let order: Vec<_> = policies.iter().map(|one| one["name"].clone()).collect();
    assert_eq!(order, ["modern", "compatible", "obsolete", "museum"]);
    assert_eq!(policies[0]["default"], true);
    assert!(policies[0]["warning"].is_null());
    for pair in policies.windows(2) {
        assert!(pair[1]["warning"].as_str().unwrap().len() > 20);
        for key in ["versions", "suites", "groups", "schemes"] {
            let (fewer, more) = (names(&pair[0], key), names(&pair[1], key));
            assert!(fewer.iter().all(|name| more.contains(name)), "{key}");
        }
        let much = |policy| names(policy, "suites").len() + names(policy, "versions").len();
        assert!(much(&pair[0]) < much(&pair[1]));
    }
    // By another way: what the policies of the engine name is there, from then on.
    for (at, policy) in [(1, &COMPATIBLE), (2, &OBSOLETE), (3, &MUSEUM)] {
        for suite in policy.suites() {
            let name = suite.to_string();
            assert!(names(&policies[at], "suites").contains(&name), "{name}");
            assert!(!names(&policies[0], "suites").contains(&name), "{name}");
        }
        for version in policy.versions() {
            let name = version.to_string();
            assert!(names(&policies[at], "versions").contains(&name), "{name}");
        }
    }
    let ways = |at: usize| policies[at]["key_exchanges"].as_array().unwrap().clone();
    assert!(!ways(0).contains(&"RSA".into()) && ways(1).contains(&"RSA".into()));
}

#[test]
fn what_is_listed_can_be_asked_for_and_nothing_else() {
    let document = json(&["policies"]);
    let policies = document["result"]["policies"].as_array().unwrap();
    // Nobody listens there: settings that are good come as far as to find that out.
    let port = handfast_testkit::peer::free_port().unwrap();
    let url = format!("https://127.0.0.1:{port}/");
    for policy in policies {
        let (word, allowed) = (policy["name"].as_str().unwrap(), names(policy, "suites"));
        for suite in [
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
            CipherSuite::TLS_RSA_WITH_DES_CBC_SHA,
            CipherSuite::TLS_RSA_WITH_CAMELLIA_128_CBC_SHA,
        ] {
            let name = suite.to_string();
            let got = handfast(&["get", "-k", "--policy", word, "--suites", &name, &url]);
            let wanted = if allowed.contains(&name) { 7 } else { 2 };
            assert_eq!(got.code, Some(wanted), "{word} {name}: {got:?}");
        }
    }
}

#[test]
fn a_person_reads_the_same_in_80_columns() {
    for words in [
        &["policies"][..],
        &["policies", "obsolete"],
        &["museum"],
        &["museum", "gost"],
    ] {
        let listed = handfast(&[&["list"], words].concat());
        assert!(listed.success() && listed.stderr.is_empty(), "{listed:?}");
        let text = listed.text();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }
    let whole = handfast(&["list", "policies", "obsolete"]).text();
    let all = handfast(&["list", "policies"]).text();
    for suite in OBSOLETE.suites() {
        assert!(whole.contains(&format!("  {suite}*")), "{suite}");
        // In the list of all it stands once, under the policy that brings it.
        assert_eq!(all.matches(&format!("  {suite}*")).count(), 1, "{suite}");
    }
}

#[test]
fn the_museum_says_why_not_and_what_instead() {
    let document = json(&["museum"]);
    assert_eq!(document["schema"], "handfast.list.museum/1");
    let exhibits = document["result"]["exhibits"].as_array().unwrap();
    let ids: Vec<_> = exhibits
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    for id in [
        "ssl2",
        "export",
        "fortezza",
        "des",
        "idea",
        "krb5",
        "srp",
        "camellia",
        "seed",
        "aria",
        "gost",
        "static-dh",
        "static-ecdh",
        "dss",
        "compression",
    ] {
        assert!(ids.contains(&id), "{id}");
    }
    for exhibit in exhibits {
        for key in ["name", "because", "instead", "source"] {
            assert!(exhibit[key].as_str().unwrap().len() > 2, "{exhibit}");
        }
        assert!(!exhibit["codes"].as_array().unwrap().is_empty());
    }
    let des = handfast(&["list", "museum", "des"]).text();
    assert!(des.contains("TLS_RSA_WITH_DES_CBC_SHA (0x0009)"), "{des}");
    assert!(
        des.contains("SSL_CK_DES_64_CBC_WITH_MD5 (0x060040)"),
        "{des}"
    );
    let unknown = handfast(&["list", "museum", "rot13"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(
        unknown.stderr.contains("the ids are ssl2, export"),
        "{unknown:?}"
    );
}

#[test]
fn each_use_of_a_policy_prints_one_line_and_modern_none() {
    let lab = Lab::new();
    let server = lab.serve(&[]);
    let target = format!("localhost:{}", server.port());
    let url = server.url("/a%20b.txt");
    for (word, lines) in [
        ("modern", 0),
        ("compatible", 1),
        ("obsolete", 1),
        ("museum", 1),
    ] {
        for (verb, where_to) in [("get", &url), ("connect", &target)] {
            let outcome = lab.trusting(verb, &["--policy", word, where_to]);
            assert!(outcome.success(), "{outcome:?}");
            let warned = outcome
                .stderr
                .lines()
                .filter(|line| line.contains("warning:"));
            assert_eq!(warned.count(), lines, "{verb}: {outcome:?}");
            let said = format!("warning: --policy {word} lets in");
            assert_eq!(outcome.stderr.matches(&said).count(), lines, "{outcome:?}");
            let quiet = lab.trusting(verb, &["-q", "--policy", word, where_to]);
            assert!(!quiet.stderr.contains("--policy"), "{quiet:?}");
        }
        let served = lab.serve(&["--policy", word]);
        let got = lab.trusting("get", &[&served.url("/a%20b.txt")]);
        assert!(got.success(), "{got:?}");
        let said = format!("warning: --policy {word} lets in");
        if lines > 0 {
            served.said(&said);
        }
        let all = served.all_said();
        let warned = all.iter().filter(|line| line.contains("--policy"));
        assert_eq!(warned.count(), lines, "{all:?}");
    }
}

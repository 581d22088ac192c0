//! `handfast lint`, and presets by `--policy`.

use crate::lab::{Lab, handfast};
use serde_json::Value;

#[test]
fn a_profile_that_is_not_kept_to_is_told_by_id_section_and_remedy() {
    let weak = "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA";
    let words = ["lint", weak, "--profile", "mozilla-intermediate", "--json"];
    let linted = handfast(&words);
    assert_eq!(linted.code, Some(1), "{linted:?}");
    let document: Value = serde_json::from_slice(&linted.stdout).unwrap();
    assert_eq!(document["schema"], "handfast.lint/1");
    assert_eq!(document["exit"], 1);
    assert_eq!(document["result"]["language"], "ciphers");
    assert_eq!(document["result"]["profiles"][0]["met"], false);
    let findings = document["findings"].as_array().unwrap();
    let outside = findings
        .iter()
        .find(|one| one["id"] == "policy.suite")
        .unwrap();
    assert_eq!(outside["evidence"][0], "TLS_RSA_WITH_AES_128_CBC_SHA");
    assert_eq!(outside["policy"], "mozilla-intermediate-6.0-2026-04");
    for one in findings {
        assert!(
            one["section"].as_str().unwrap().len() > 3 && one["fix"].is_string(),
            "{one}"
        );
    }
    let strong = "ECDHE-RSA-AES128-GCM-SHA256";
    let control = handfast(&["lint", strong, "--profile", "mozilla-intermediate"]);
    assert_eq!(control.code, Some(0), "{control:?}");
}

#[test]
fn wrong_names_are_answered_with_the_nearest() {
    for (words, says) in [
        (&["lint", "x", "--profile", "cnsa2"][..], "cnsa-2.0"),
        (
            &["get", "--policy", "mozila-modern", "https://localhost:1/"],
            "mozilla-modern",
        ),
        (&["list", "policies", "obsolet"], "obsolete"),
        (&["lint", "fips-140"], "fips-140-3"),
    ] {
        let ended = handfast(words);
        let said = ended.stderr.clone();
        assert_eq!(ended.code, Some(2), "{words:?} {said}");
        assert!(said.contains(says), "{words:?} {said}");
    }
}

#[test]
fn what_flags_ask_for_outside_of_a_preset_is_refused_by_name() {
    for (flags, says) in [
        (&["--groups", "x25519"][..], "x25519"),
        (
            &["--suites", "TLS_AES_128_GCM_SHA256"],
            "TLS_AES_128_GCM_SHA256",
        ),
        (&["--sigalgs", "ed25519"], "ed25519"),
    ] {
        let words = [
            &["get", "--policy", "cnsa-1.0", "https://localhost:1/"],
            flags,
        ]
        .concat();
        let ended = handfast(&words);
        let said = ended.stderr.clone();
        assert_eq!(ended.code, Some(2), "{said}");
        assert!(said.contains(says) && said.contains("RFC 9151"), "{said}");
    }
}

#[test]
fn every_preset_is_listed_with_its_rules() {
    let listed = handfast(&["list", "policies", "--json"]);
    let document: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let presets = document["result"]["presets"].as_array().unwrap();
    assert_eq!(presets.len(), handfast_policy::preset::ALL.len());
    for preset in presets {
        let name = preset["name"].as_str().unwrap();
        let one = handfast(&["list", "policies", name]);
        let text = String::from_utf8_lossy(&one.stdout).into_owned();
        assert!(text.starts_with(name) && text.contains("source"), "{text}");
    }
}

#[test]
fn a_file_that_is_missing_a_folder_or_no_text_is_named() {
    let lab = Lab::new();
    let (missing, folder) = (lab.file("missing.conf"), lab.file("site"));
    let binary = lab.file("binary.conf");
    std::fs::write(&binary, [0xff, 0xfe, 0, 1]).unwrap();
    for (path, says) in [
        (&missing, "no such file"),
        (&folder, "directory"),
        (&binary, "is no text"),
    ] {
        let linted = handfast(&["lint", path]);
        assert_eq!(linted.code, Some(2), "{linted:?}");
        let said = linted.stderr.to_lowercase();
        assert!(said.contains(&path.to_lowercase()), "{path}: {linted:?}");
        assert!(said.contains(says) && said.contains("try: "), "{linted:?}");
    }
    // The control: what has slashes and is a list of groups is read as one.
    let groups = handfast(&["lint", "--as", "groups", "x25519/P-256"]);
    assert_eq!(groups.code, Some(0), "{groups:?}");
}

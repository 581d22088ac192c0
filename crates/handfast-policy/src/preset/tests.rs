//! Names, and that nothing that was released has changed.

use super::{ALL, find, names};
use crate::policy::{List, Policy, Reach};
use core::fmt::{Debug, Write};
use handfast::ProtocolVersion;
use handfast::config::Common;
use handfast_pki::fingerprint::sha256;

/// A policy as text, all that it says by number.
fn canonical(policy: &Policy) -> String {
    fn list<T: Debug>(text: &mut String, what: &str, list: &List<T>, code: impl Fn(&T) -> u16) {
        let codes = |list: &[T]| -> String {
            list.iter()
                .map(|one| format!(" {:04x}", code(one)))
                .collect()
        };
        let (sets, also) = (codes(list.sets), codes(list.also));
        let _ = writeln!(text, "{what}:{sets} |{also} ({:?})", list.section);
    }
    let mut text = format!("{} of {}\n", policy.name, policy.family);
    list(&mut text, "versions", &policy.versions, |one| one.0);
    list(&mut text, "suites", &policy.suites, |one| one.0);
    list(&mut text, "groups", &policy.groups, |one| one.0);
    list(&mut text, "schemes", &policy.schemes, |one| one.0);
    let _ = writeln!(text, "{} {:?}", policy.allowance, policy.keeps_order);
    if let Some(rules) = policy.certificates() {
        let signatures = crate::policy::SIGNATURES.iter();
        let signatures: Vec<_> = signatures
            .filter(|one| rules.accepts_signature(**one))
            .collect();
        let reach = if rules.reach() == Reach::OwnLeaf {
            "own"
        } else {
            "whole"
        };
        let (keys, bits, sizes) = (rules.keys(), rules.rsa_bits(), rules.rsa_sizes);
        let _ = writeln!(
            text,
            "{reach} {keys} {bits:?} {sizes:?} {signatures:?} {:?} {}",
            rules.days_max(),
            rules.section()
        );
    }
    let _ = writeln!(
        text,
        "{:?} {:?} {:?} {:?}",
        policy.no_early_data,
        policy.no_shared_keys,
        policy.no_key_without_exchange,
        policy.knows_its_peer
    );
    if let Some(section) = policy.extended_master_secret {
        let _ = writeln!(text, "extended master secret {section}");
    }
    text
}

/// SHA-256 of what each policy said when it was released, its first half. A line here never changes:
/// what must change becomes another policy with another date.
const RELEASED: &[(&str, &str)] = &[
    (
        "handfast-modern-2026-11",
        "ae10be19ead813cf331886074693cced",
    ),
    ("fips-140-3-2026-11", "23d99e46432f85d2739bcfe8f3ee4fbc"),
    ("cnsa-1.0-2026-11", "3ceb7d4626b2bb56ce9083aad7e40cee"),
    ("cnsa-2.0-2026-11", "b27688b25d32a36b900512be472182e5"),
    (
        "wpa3-enterprise-192-2026-11",
        "8c3725fe297f0b6dd2556e3fae7977b6",
    ),
    (
        "mozilla-modern-5.7-2023-05",
        "7fe1dd0e258124ed7509ef2a80ad8a54",
    ),
    (
        "mozilla-modern-6.0-2026-04",
        "ed69bca6408e93791acf5e7675befdaa",
    ),
    (
        "mozilla-intermediate-5.7-2023-05",
        "798f77b97d02343540e79cc92a071199",
    ),
    (
        "mozilla-intermediate-6.0-2026-04",
        "2e618191cebbf613e7f9e18d5af25026",
    ),
    (
        "mozilla-old-5.7-2023-05",
        "8b34966c9db58d7604acc55fd5b80626",
    ),
    (
        "mozilla-old-5.8-2026-04",
        "3aa0f33b35770b703cdc27a0ee90931e",
    ),
    ("boringssl-fips-202205", "fe6b4f7552c7e5156e90bd95d3f3c0b8"),
    (
        "boringssl-wpa3-192-202304",
        "d03d69b6b2a276c8ab14bbc8e0995cb3",
    ),
    ("boringssl-cnsa-202407", "50bafc0b17326743ff339d968cc04034"),
    ("boringssl-cnsa1-202603", "750f51ecefda53bcdca16c746d084f38"),
    ("boringssl-cnsa2-202603", "a1037caf59237c96af96cd5334b4355d"),
];

#[test]
fn no_policy_that_was_released_has_changed() {
    let digest = |policy: &Policy| -> String {
        let digest = sha256(canonical(policy).as_bytes());
        digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let now: Vec<_> = ALL
        .iter()
        .map(|policy| (policy.name(), digest(policy)))
        .collect();
    let changed = now.iter().filter(|(name, digest)| {
        let kept = RELEASED.iter().find(|(kept, _)| kept == name);
        kept.is_none_or(|(_, kept)| kept != digest)
    });
    let changed: String = changed
        .map(|(name, digest)| {
            format!(
                "    (\"{name}\", \"{digest}\"),\n{}",
                canonical(find(name).unwrap())
            )
        })
        .collect();
    assert!(
        changed.is_empty(),
        "these say something else than when they were released:\n{changed}"
    );
    if cfg!(feature = "legacy") {
        for (name, _) in RELEASED {
            assert!(now.iter().any(|(one, _)| one == name), "{name} is gone");
        }
    }
}

#[test]
fn control_a_rule_that_changes_changes_the_text() {
    let one = canonical(find("cnsa-1.0").unwrap());
    assert!(
        one.contains("1302") && one.contains("[3072, 4096]"),
        "{one}"
    );
    assert_ne!(one, canonical(find("cnsa-2.0").unwrap()));
}

#[test]
fn every_name_is_found_and_means_one_policy() {
    let all: Vec<_> = names().collect();
    for (at, name) in all.iter().enumerate() {
        assert!(!all[..at].contains(name), "{name} twice");
        let policy = find(name).unwrap();
        let is_its =
            policy.name() == *name || policy.family() == *name || policy.aliases().contains(name);
        assert!(is_its, "{name} is {policy}");
        assert_eq!(find(&name.to_uppercase()).unwrap().name(), policy.name());
    }
    for policy in ALL {
        assert!(policy.is_there(), "{policy}");
        assert!(policy.name().starts_with(policy.family()), "{policy}");
        assert!(
            !policy.title().is_empty() && policy.url().starts_with("https://"),
            "{policy}"
        );
    }
}

#[test]
fn a_family_means_its_newest() {
    assert_eq!(
        find("mozilla-modern").unwrap().name(),
        "mozilla-modern-6.0-2026-04"
    );
    let intermediate = find("mozilla-intermediate").unwrap();
    assert_eq!(intermediate.name(), "mozilla-intermediate-6.0-2026-04");
    #[cfg(feature = "legacy")]
    assert_eq!(
        find("mozilla-old").unwrap().name(),
        "mozilla-old-5.8-2026-04"
    );
    #[cfg(not(feature = "legacy"))]
    assert!(
        find("mozilla-old")
            .unwrap_err()
            .to_string()
            .contains("feature `legacy`")
    );
}

#[test]
fn unknown_names_get_the_nearest() {
    for (word, nearest) in [
        ("cnsa2.0", Some("cnsa-2.0")),
        ("fips140-3", Some("fips-140-3")),
        ("mozilla-intermediat", Some("mozilla-intermediate")),
        ("postfix", None),
        ("", None),
        ("\u{1b}[31m", None),
    ] {
        let unknown = find(word).unwrap_err();
        assert_eq!(unknown.nearest(), nearest, "{word}");
        assert!(!unknown.to_string().contains('\u{1b}'));
    }
    assert!(find(&"x".repeat(100_000)).unwrap_err().to_string().len() < 200);
}

#[test]
fn the_modern_preset_is_what_a_config_holds_by_itself() {
    let (own, preset) = (Common::default(), find("handfast-modern").unwrap());
    assert_eq!(own.versions, preset.versions().sets());
    assert_eq!(own.suites, preset.suites().sets());
    assert_eq!(own.groups, preset.groups().sets());
    assert_eq!(own.schemes, preset.schemes().sets());
}

#[test]
fn what_a_policy_sets_it_allows() {
    for policy in ALL {
        assert!(
            policy
                .versions()
                .sets()
                .iter()
                .all(|one| policy.versions().allows(*one))
        );
        assert!(
            policy
                .suites()
                .sets()
                .iter()
                .all(|one| policy.suites().allows(*one))
        );
        let twice = policy
            .suites()
            .also()
            .iter()
            .find(|one| policy.suites().sets().contains(one));
        assert_eq!(twice, None, "{policy}");
        let twice = policy
            .groups()
            .also()
            .iter()
            .find(|one| policy.groups().sets().contains(one));
        assert_eq!(twice, None, "{policy}");
        let settings = policy.settings();
        assert_eq!(settings.fit(policy.allowance()).dropped, [], "{policy}");
        assert!(!policy.versions().sets().contains(&ProtocolVersion::SSL_3_0));
    }
}

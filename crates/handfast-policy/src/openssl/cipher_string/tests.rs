use super::*;
use crate::openssl::{name, suite};
use proptest::prelude::*;

fn names(text: &str) -> Vec<String> {
    let settings = ciphers(text).unwrap();
    let suites = settings.suites.unwrap().into_iter();
    suites.map(|one| name(one.item).unwrap()).collect()
}

fn fault(text: &str) -> (Fault, usize) {
    let bad = ciphers(text).unwrap_err();
    (bad.fault, bad.at)
}

/// Whole lists are held against OpenSSL itself in tests/peers.
#[test]
fn the_strings_of_the_issue_are_read() {
    let high = names("HIGH:-aNULL:-eNULL:-PSK:RC4-SHA:RC4-MD5");
    assert!(high.ends_with(&["RC4-SHA".to_owned(), "RC4-MD5".to_owned()]));
    assert!(
        !high
            .iter()
            .any(|name| name.contains("PSK") || name.starts_with("ADH"))
    );
    assert_eq!(names("ECDH+AES128 "), names("kECDHE+AES128"));
    assert!(names("kEDH").contains(&"ADH-AES128-SHA".to_owned()));
    assert!(!names("DHE").contains(&"ADH-AES128-SHA".to_owned()));
}

#[test]
fn the_usual_list_is_openssls() {
    assert_eq!(
        names("DEFAULT:!PSK:!SRP:!kRSA:!SHA:!SHA256:!SHA384"),
        [
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-RSA-AES256-GCM-SHA384",
            "DHE-RSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "ECDHE-RSA-CHACHA20-POLY1305",
            "DHE-RSA-CHACHA20-POLY1305",
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "DHE-RSA-AES128-GCM-SHA256",
        ]
    );
}

#[test]
fn operators_do_what_they_say() {
    assert_eq!(
        names("AES128-SHA:AES256-SHA:+AES128-SHA"),
        ["AES256-SHA", "AES128-SHA"]
    );
    assert_eq!(
        names("AES128-SHA:AES256-SHA:-AES128:AES128-SHA"),
        ["AES256-SHA", "AES128-SHA"]
    );
    assert_eq!(
        names("AES128-SHA:AES256-SHA:!AES128:AES128-SHA"),
        ["AES256-SHA"]
    );
    assert_eq!(
        names("AES128-SHA:AES256-SHA:@STRENGTH"),
        ["AES256-SHA", "AES128-SHA"]
    );
    assert_eq!(names("kRSA+AES128+SHA"), ["AES128-SHA"]);
    assert_eq!(ciphers("AES").unwrap().security_level, None);
    assert_eq!(ciphers("AES@SECLEVEL=3").unwrap().security_level, Some(3));
}

#[test]
fn words_that_mean_nothing_are_passed_over_and_told() {
    let settings = ciphers("AES12-SHA:AES128-SHA:TLS_AES_128_GCM_SHA256:EXPORT").unwrap();
    assert_eq!(settings.suites.unwrap().len(), 1);
    let dropped: Vec<_> = settings.dropped.iter().map(ToString::to_string).collect();
    assert_eq!(
        dropped,
        [
            "AES12-SHA: nothing has this name; the nearest is AES128-SHA",
            "TLS_AES_128_GCM_SHA256: suites of TLS 1.3 are chosen by a list of their own",
            "EXPORT: nothing has this name",
        ]
    );
}

#[test]
fn what_openssl_refuses_is_refused_with_its_place() {
    assert_eq!(fault("AES:+ SHA"), (Fault::WordMissing, 5));
    assert_eq!(fault("AES+"), (Fault::WordMissing, 4));
    assert_eq!(fault("AES:\u{e9}"), (Fault::WordMissing, 4));
    assert_eq!(fault("AES:@STRENGHT"), (Fault::Command, 5));
    assert_eq!(fault("AES:@SECLEVEL=6"), (Fault::Level, 5));
    assert_eq!(fault("AES:!ALL"), (Fault::NoSuite, 0));
    assert_eq!(fault(""), (Fault::NoSuite, 0));
    let bad = ciphers("AES:@STRENGHT").unwrap_err();
    assert_eq!(
        bad.to_string(),
        "@STRENGHT at byte 5 is no command; the nearest is STRENGTH"
    );
}

#[test]
fn what_stands_in_brackets_ranks_equal() {
    let settings =
        ciphers("AES256-SHA:[CHACHA20+ECDHE|AES128-SHA|AES256-SHA]:AES128-SHA256").unwrap();
    let suites = settings.suites.unwrap();
    let ranks: Vec<_> = suites
        .iter()
        .map(|one| (name(one.item).unwrap(), one.as_before))
        .collect();
    let ranks: Vec<_> = ranks
        .iter()
        .map(|(name, as_before)| (name.as_str(), *as_before))
        .collect();
    assert_eq!(
        ranks,
        [
            ("AES256-SHA", false),
            ("ECDHE-ECDSA-CHACHA20-POLY1305", false),
            ("ECDHE-RSA-CHACHA20-POLY1305", true),
            ("AES128-SHA", true),
            ("AES128-SHA256", false),
        ]
    );
    assert_eq!(fault("[AES128-SHA"), (Fault::GroupOpen, 11));
    assert_eq!(fault("[AES128-SHA]AES"), (Fault::AfterGroup, 12));
    assert_eq!(fault("[AES128-SHA|!AES]"), (Fault::InGroup, 12));
    assert_eq!(fault("[AES128-SHA]:+AES"), (Fault::OrderedGroup, 13));
    assert_eq!(fault("[AES128-SHA]:@STRENGTH"), (Fault::OrderedGroup, 13));
    assert!(ciphers("ALL:!AES:[AES128-SHA|CHACHA20]").is_ok());
}

#[test]
fn a_suite_is_named_by_its_own_name_alone() {
    let by_name = |text: &str, of: &str| {
        let suites = ciphers(text).unwrap().suites.unwrap();
        let of = suite(of).unwrap();
        suites.iter().any(|one| one.item == of && one.by_name)
    };
    assert!(!by_name("ADH", "ADH-AES128-SHA"));
    assert!(by_name("ADH-AES128-SHA", "ADH-AES128-SHA"));
    assert!(by_name(
        "TLS_DH_anon_WITH_AES_128_CBC_SHA",
        "ADH-AES128-SHA"
    ));
    assert!(by_name("ADH:ADH-AES128-SHA", "ADH-AES128-SHA"));
    assert!(!by_name("ADH-AES128-SHA:-ADH:ADH", "ADH-AES128-SHA"));
    assert!(!by_name("ADH:+ADH-AES128-SHA", "ADH-AES128-SHA"));
}

#[test]
fn suites_that_openssl_lacks_are_named_as_iana_does_and_by_no_word() {
    let ours = "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256";
    let suites = ciphers(ours).unwrap().suites.unwrap();
    assert_eq!(
        suites[0].item,
        CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256
    );
    let all = ciphers("ALL:COMPLEMENTOFALL").unwrap().suites.unwrap();
    assert!(!all.iter().any(|one| one.item == suites[0].item));
    assert_eq!(name(suites[0].item), None);
}

#[test]
fn names_go_both_ways() {
    let named = CipherSuite::ALL
        .iter()
        .filter_map(|suite| Some((*suite, name(*suite)?)));
    let mut count = 0;
    for (of, name) in named {
        assert_eq!(suite(&name), Some(of), "{name}");
        count += 1;
    }
    assert!(count > 170, "{count}");
}

#[test]
fn suite_b_stands_alone() {
    let settings = ciphers("SUITEB192:ALL").unwrap();
    assert_eq!(settings.suites.unwrap().len(), 1);
    assert_eq!(
        settings.groups.unwrap(),
        Ranked::each(&[NamedGroup::SECP384R1])
    );
    assert_eq!(
        settings.schemes.unwrap(),
        [SignatureScheme::ECDSA_SECP384R1_SHA384]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_string_is_too_odd(text in any::<String>()) {
        for edition in [Edition::V3_0, Edition::V3_6, Edition::V4_0] {
            let _ = ciphers_as(&text, edition);
        }
    }

    #[test]
    fn no_string_of_known_parts_is_too_odd(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("ALL"), Just("AES"), Just("ADH"), Just("AES128-SHA"), Just("!"), Just("-"),
                Just("+"), Just(":"), Just("["), Just("]"), Just("|"), Just("@"), Just("STRENGTH"),
                Just("SECLEVEL="), Just("3"), Just(" "), Just("DEFAULT"), Just("\u{e9}"), Just("_"),
            ],
            0..20,
        )
    ) {
        if let Ok(settings) = ciphers(&parts.concat()) {
            let fitted = settings.fit(crate::Allowance::Museum);
            let suites = settings.suites.unwrap();
            prop_assert!(!suites.is_empty());
            prop_assert!(!suites[0].as_before);
            for (at, one) in suites.iter().enumerate() {
                prop_assert!(!suites[..at].iter().any(|other| other.item == one.item));
            }
            fitted.suites.unwrap();
        }
    }
}

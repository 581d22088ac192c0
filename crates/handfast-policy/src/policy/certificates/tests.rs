//! A policy on top of rules that ask for more, or for something else: both hold.

use super::SIGNATURES;
use crate::policy::{Policy, Reach, Rule, Violations};
use crate::preset::{self, ALL};
use handfast::config::{ClientAuth, Trust, Verification};
use handfast::{ClientConfig, Roots};
use handfast_pki::algorithm::SignatureAlgorithm;
use handfast_pki::verify::key_kinds::KeyKinds;
use handfast_pki::verify::policy::Policy as Verifying;

fn is_strict(algorithm: SignatureAlgorithm) -> bool {
    use SignatureAlgorithm::{EcdsaSha256, EcdsaSha384, RsaPkcs1Sha512};
    matches!(algorithm, EcdsaSha256 | EcdsaSha384 | RsaPkcs1Sha512)
}

/// Stricter than some policies in each way, wider than others.
fn strict() -> Verifying {
    Verifying {
        rsa_bits_min: 4096,
        rsa_bits_max: 7168,
        keys: KeyKinds::of(&[KeyKinds::EC_P384, KeyKinds::RSA]),
        signatures: is_strict,
        ..Verifying::MODERN
    }
}

fn judging() -> Verification {
    Verification::chain(Trust::Roots(Roots::new())).with_policy(strict())
}

fn assert_no_wider(policy: &Policy, held: &Verification) {
    let (held, strict) = (held.policy().unwrap(), strict());
    let rules = policy
        .certificates()
        .filter(|rules| rules.reach() == Reach::WholeChain);
    assert!(held.rsa_bits_min >= 4096, "{policy}");
    assert!(held.rsa_bits_max <= 7168, "{policy}");
    assert!(held.keys.are_among(strict.keys), "{policy} {}", held.keys);
    if let Some(rules) = rules {
        assert_eq!(rules.wider(held), [""; 0], "{policy}");
    }
    for algorithm in SIGNATURES.iter().copied() {
        let allowed = rules.is_none_or(|rules| rules.accepts_signature(algorithm));
        let by_both = is_strict(algorithm) && allowed;
        assert_eq!(
            held.accepts_signature(algorithm),
            by_both,
            "{policy} {algorithm:?}"
        );
    }
}

#[test]
fn a_policy_lets_pass_nothing_that_stricter_rules_refuse() {
    for policy in ALL {
        for narrows in [false, true] {
            let mut config = ClientConfig::with_verification(judging());
            match narrows {
                true => policy.narrow(&mut config),
                false => policy.apply(&mut config),
            }
            assert_no_wider(policy, &config.verification);
        }
    }
}

#[test]
fn what_is_asked_of_clients_stays_as_strict() {
    let credential = handfast_testkit::config::credential(handfast_testkit::certificates::server(
        handfast_testkit::certificates::KeyKind::EcP256,
    ));
    for policy in ALL {
        let mut config = handfast::ServerConfig::new(credential.clone());
        config.client_auth = ClientAuth::Request(judging());
        config.later_client_auth = ClientAuth::Require(judging());
        policy.apply(&mut config);
        for auth in [&config.client_auth, &config.later_client_auth] {
            assert_no_wider(policy, auth.verification().unwrap());
        }
    }
}

#[test]
fn of_two_policies_one_after_the_other_both_hold_for_certificates() {
    let mut pairs = 0;
    for first in ALL {
        for second in ALL {
            let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
            first.apply(&mut config);
            second.narrow(&mut config);
            for policy in [first, second] {
                let found = policy.check(&config).err();
                let found = found.iter().flat_map(Violations::all);
                let wider: Vec<_> = found.filter(|one| one.rule == Rule::Verification).collect();
                assert!(wider.is_empty(), "{first} {second} {wider:?}");
            }
            pairs += 1;
        }
    }
    assert!(pairs > 100);
}

#[test]
fn control_without_stricter_rules_a_policy_takes_all_that_it_allows() {
    let policy = preset::find("fips-140-3").unwrap();
    let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
    policy.apply(&mut config);
    let held = config.verification.policy().unwrap();
    assert_eq!((held.rsa_bits_min, held.rsa_bits_max), (2048, 8192));
    assert_eq!(held.keys, KeyKinds::ALL);
    let modern = SIGNATURES.iter().copied();
    assert!(modern.into_iter().all(|one| held.accepts_signature(one)));
}

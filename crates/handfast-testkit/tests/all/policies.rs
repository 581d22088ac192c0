//! Policies in configs: what they set passes their own check, and each rule of each policy is broken
//! once and found.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::policy_golden::KINDS;
use handfast::config::{
    CertificateType, ClientAuth, Ech, Exception, Peer, PreSharedKey, Relaxed, Trust, Verification,
};
use handfast::{
    CipherSuite, ClientConfig, Credential, Error, Fault, NamedGroup, ProtocolVersion, Roots,
    ServerConfig, ServerName, SignatureScheme,
};
use handfast_ca::authority::Authority;
use handfast_ca::profile::Validity;
use handfast_pki::verify::exceptions::Exceptions;
use handfast_pki::verify::key_kinds::KeyKinds;
use handfast_pki::verify::policy::Policy as Verifying;
use handfast_policy::policy::{Policy, Reach, Rule, Violation};
use handfast_policy::preset;
use handfast_testkit::certificates::{KeyKind, names, now_unix};
use handfast_testkit::config::credential;
use handfast_testkit::liar::NotExtended;
use handfast_testkit::pair::{Delivery, Pair};
use std::sync::{Arc, OnceLock};

const DAY: u64 = 86_400;

/// A credential below an authority of the same kind of key, and the root that it ends at.
fn issued(kind: KeyKind, days: u64) -> (Credential, Roots) {
    let valid = |days: u64| Validity {
        not_before_unix: now_unix() - 3600,
        not_after_unix: now_unix() - 3600 + days * DAY,
    };
    let root = Authority::new("policies", valid(3650), kind).unwrap();
    let leaf = root.issue_server(&names(), valid(days), kind).unwrap();
    let mut roots = Roots::new();
    roots.add(root.root_der().clone()).unwrap();
    (credential(&leaf), roots)
}

/// The first kind of key that a policy takes, made once.
fn fitting(policy: &Policy) -> &'static (Credential, Roots) {
    static MADE: [OnceLock<(Credential, Roots)>; 4] = [const { OnceLock::new() }; 4];
    let mut made = MADE.iter().zip(KINDS);
    made.find_map(|(made, (kind, scheme))| {
        let made = made.get_or_init(|| issued(*kind, 80));
        let mut config = ServerConfig::new(made.0.clone());
        policy.apply(&mut config);
        let fits = policy.schemes().allows(*scheme) && policy.check(&config).is_ok();
        fits.then_some(made)
    })
    .unwrap()
}

fn client(policy: &Policy) -> ClientConfig {
    let mut config = ClientConfig::new(Trust::Roots(fitting(policy).1.clone()));
    policy.apply(&mut config);
    config
}

fn server(policy: &Policy) -> ServerConfig {
    let mut config = ServerConfig::new(fitting(policy).0.clone());
    config.client_auth = ClientAuth::Request(Verification::chain(Trust::Roots(Roots::new())));
    policy.apply(&mut config);
    config
}

/// What is found once a config is changed.
fn broken(policy: &Policy, change: impl Fn(&mut ClientConfig)) -> Vec<Violation> {
    let mut config = client(policy);
    change(&mut config);
    let found = policy.check(&config);
    found
        .err()
        .map(|found| found.all().to_vec())
        .unwrap_or_default()
}

/// The same of a server.
fn broken_server(policy: &Policy, change: impl Fn(&mut ServerConfig)) -> Vec<Violation> {
    let mut config = server(policy);
    change(&mut config);
    let found = policy.check(&config);
    found
        .err()
        .map(|found| found.all().to_vec())
        .unwrap_or_default()
}

fn has(found: &[Violation], rule: Rule, what: &str) -> bool {
    found.iter().any(|one| {
        assert!(!one.section.is_empty() && !one.remedy.is_empty());
        one.rule == rule && one.what.contains(what)
    })
}

#[test]
fn what_a_policy_sets_passes_its_check_and_the_engines() {
    for policy in preset::ALL {
        policy.check(&client(policy)).unwrap();
        policy.check(&server(policy)).unwrap();
        client(policy).check().unwrap();
        server(policy).check().unwrap();
    }
}

#[test]
fn both_ends_of_a_policy_get_on_with_each_other() {
    for policy in preset::ALL {
        let (client, server) = (client(policy), server(policy));
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let agreed = pair.client.connection.negotiated().unwrap();
        assert!(policy.versions().allows(agreed.version), "{policy}");
        assert!(policy.suites().allows(agreed.suite), "{policy}");
        assert!(policy.groups().allows(agreed.group), "{policy}");
    }
}

#[test]
fn a_stray_entry_of_each_list_is_found_by_name() {
    for policy in preset::ALL {
        if policy.versions().section().is_some() {
            let all = ProtocolVersion::ALL.iter();
            let stray = *all
                .clone()
                .find(|one| !policy.versions().allows(**one))
                .unwrap();
            let found = broken(policy, |config| config.common.versions.push(stray));
            assert!(
                has(&found, Rule::Version, &stray.to_string()),
                "{policy} {stray}"
            );
        }
        if policy.suites().section().is_some() {
            for stray in CipherSuite::ALL
                .iter()
                .filter(|one| !policy.suites().allows(**one))
            {
                let found = broken(policy, |config| config.common.suites.push(*stray));
                assert!(
                    has(&found, Rule::Suite, &stray.to_string()),
                    "{policy} {stray}"
                );
            }
        }
        if policy.groups().section().is_some() {
            for stray in NamedGroup::ALL
                .iter()
                .filter(|one| !policy.groups().allows(**one))
            {
                let found = broken(policy, |config| config.common.groups.push(*stray));
                assert!(
                    has(&found, Rule::Group, &stray.to_string()),
                    "{policy} {stray}"
                );
            }
        }
        if policy.schemes().section().is_some() {
            let all = SignatureScheme::ALL.iter();
            for stray in all.filter(|one| !policy.schemes().allows(**one)) {
                let found = broken(policy, |config| config.common.schemes.push(*stray));
                assert!(
                    has(&found, Rule::Scheme, &stray.to_string()),
                    "{policy} {stray}"
                );
            }
        }
    }
}

#[test]
fn what_a_policy_allows_without_setting_it_passes() {
    for policy in preset::ALL {
        let found = broken(policy, |config| {
            config.common.suites.extend(policy.suites().also());
            config.common.groups.extend(policy.groups().also());
            config.common.schemes.extend(policy.schemes().also());
        });
        assert_eq!(found, [], "{policy}");
    }
}

#[test]
fn a_list_with_nothing_of_the_policy_is_told_what_to_name() {
    let policy = &preset::CNSA_2_0_2026_11;
    let found = broken(policy, |config| {
        config.common.groups = vec![NamedGroup::X25519];
    });
    assert!(has(&found, Rule::Group, "x25519") && has(&found, Rule::NothingLeft, "groups"));
    assert!(found.iter().any(|one| one.remedy.contains("MLKEM1024")));
}

#[test]
fn another_order_is_found_where_it_counts() {
    let ordered = preset::find("cnsa-202407").unwrap();
    let turn = |config: &mut ClientConfig| config.common.suites.reverse();
    assert!(has(&broken(ordered, turn), Rule::SuiteOrder, "before"));
    assert_eq!(broken(preset::find("cnsa-1.0").unwrap(), turn), []);
}

#[test]
fn an_order_that_counts_is_left_to_no_client() {
    let suites = [
        CipherSuite::TLS_AES_256_GCM_SHA384,
        CipherSuite::TLS_AES_128_GCM_SHA256,
    ];
    let foreign = CipherSuite::TLS_AES_128_CCM_SHA256;
    let mut judged = 0;
    for policy in preset::ALL {
        let counts = suites.iter().all(|suite| policy.suites().allows(*suite))
            && has(
                &broken(policy, |config| config.common.suites.reverse()),
                Rule::SuiteOrder,
                "",
            );
        let equal = |set: &[CipherSuite]| {
            broken_server(policy, |config| {
                config.common.equal_suites = vec![set.to_vec()];
            })
        };
        let found = has(&equal(&suites), Rule::SuiteOrder, "equal_suites");
        assert_eq!(found, counts, "{policy}");
        judged += usize::from(counts);
        // One that is not offered makes no choice, and a client's are nobody's concern.
        assert_eq!(equal(&[suites[0], foreign]), [], "control {policy}");
        let by_client = broken(policy, |config| {
            config.common.equal_suites = vec![suites.to_vec()];
        });
        assert_eq!(by_client, [], "control {policy}");
    }
    assert!(judged > 0);
}

#[test]
fn forbidden_settings_are_found_and_switched_off() {
    let mut judged = 0;
    for policy in preset::ALL {
        let key = || PreSharedKey::new(b"somebody", &[7; 48]).unwrap();
        let cnsa = policy.family().starts_with("cnsa") || policy.family().starts_with("wpa3");
        let modern = policy.family() == "handfast-modern";
        let rules = [
            (
                Rule::EarlyData,
                cnsa,
                broken(policy, |config| config.early_data = true),
            ),
            (
                Rule::SharedKeys,
                cnsa,
                broken(policy, |config| config.psks = vec![key()]),
            ),
            (
                Rule::SharedKeys,
                cnsa,
                broken(policy, |config| config.ask_for_psk = true),
            ),
            (
                Rule::SharedKeyAlone,
                cnsa || modern,
                broken(policy, |config| {
                    config.danger_psk_without_key_exchange = true;
                }),
            ),
            (
                Rule::UnknownPeer,
                cnsa || modern,
                broken(policy, |config| {
                    config.verification = Verification::danger_accept_anyone();
                }),
            ),
            (
                Rule::EarlyData,
                cnsa,
                broken_server(policy, |config| config.max_early_data = 1),
            ),
            (
                Rule::SharedKeys,
                cnsa,
                broken_server(policy, |config| config.psks = vec![key()]),
            ),
            (
                Rule::UnknownPeer,
                cnsa || modern,
                broken_server(policy, |config| {
                    let anyone = Verification::danger_accept_anyone();
                    config.later_client_auth = ClientAuth::Request(anyone);
                }),
            ),
        ];
        for (rule, forbidden, found) in rules {
            assert_eq!(
                has(&found, rule, ""),
                forbidden,
                "{policy} {rule:?} {found:?}"
            );
            judged += usize::from(forbidden);
        }
        let mut config = client(policy);
        config.early_data = true;
        policy.apply(&mut config);
        assert_eq!(config.early_data, !cnsa, "{policy}");
    }
    assert_eq!(judged, 3 * 8 + 3);
}

#[test]
fn exceptions_are_found() {
    for policy in preset::ALL {
        let found = broken(policy, |config| {
            let peer = Peer::Name(ServerName::parse("old.test").unwrap());
            let expired =
                Exception::danger_relax(peer, Relaxed::Expired, "on its way", 4_000_000_000);
            config.exceptions = vec![expired];
        });
        assert!(
            has(&found, Rule::Exception, "old.test"),
            "{policy} {found:?}"
        );
    }
}

#[test]
fn settings_that_no_list_shows_are_found_and_taken_back() {
    let mut judged = 0;
    for policy in preset::ALL {
        let rules_chains = policy
            .certificates()
            .is_some_and(|one| one.reach() == Reach::WholeChain);
        let named = broken(policy, |config| config.common.danger_any_key_usage = true);
        assert!(
            has(&named, Rule::Weakened, "danger_any_key_usage"),
            "{policy}"
        );
        let single = broken(policy, |config| {
            config.common.danger_single.danger_small_rsa();
        });
        assert!(has(&single, Rule::Weakened, "danger_single"), "{policy}");
        let raw = broken(policy, |config| {
            config
                .server_certificate_types
                .push(CertificateType::RAW_PUBLIC_KEY);
        });
        assert_eq!(has(&raw, Rule::RawKey, "peer"), rules_chains, "{policy}");
        judged += usize::from(rules_chains);
        let hidden = broken(policy, |config| config.ech = Ech::Grease);
        let forbids = !policy.groups().allows(NamedGroup::X25519);
        assert_eq!(has(&hidden, Rule::Ech, "X25519"), forbids, "{policy}");
        judged += usize::from(forbids);

        let mut config = client(policy);
        config.common.allow_obsolete(&handfast::obsolete::MUSEUM);
        config.common.danger_any_key_usage = true;
        config.common.delegated_schemes = vec![SignatureScheme::ED25519];
        policy.apply(&mut config);
        let left = policy.check(&config).err();
        let left = left.map(|found| found.all().to_vec()).unwrap_or_default();
        assert!(!has(&left, Rule::Weakened, ""), "{policy} {left:?}");
        assert!(!has(&left, Rule::Scheme, ""), "{policy} {left:?}");
    }
    assert!(judged > 8, "{judged}");
}

/// FIPS 140-3 approves the keys of TLS 1.2 with the extended master secret alone.
#[test]
fn a_peer_without_the_extended_master_secret_is_refused_where_the_policy_asks_for_it() {
    let older = [ProtocolVersion::TLS_1_2];
    let mut judged = 0;
    for policy in preset::ALL {
        let asks = policy.extended_master_secret().is_some();
        let unset = broken(policy, |config| {
            config.common.require_extended_master_secret = false;
        });
        let is_found = has(&unset, Rule::ExtendedMasterSecret, "is unset");
        assert_eq!(is_found, asks, "{policy}");
        if !policy.versions().allows(older[0]) {
            continue;
        }
        let mut client = client(policy);
        client.common.versions = older.to_vec();
        client.common.require_extended_master_secret = false;
        client.common.danger_script = Some(Arc::new(NotExtended));
        let server = server(policy).check().unwrap();
        let mut pair = Pair::new(&client.check().unwrap(), &server);
        pair.run(Delivery::Whole);
        let absent = Error::Fault(Fault::ExtendedMasterSecretAbsent);
        assert_eq!(pair.server.error, asks.then_some(absent), "{policy}");
        judged += usize::from(asks);
    }
    assert_eq!(judged, 1, "FIPS 140-3");
}

#[test]
fn wider_rules_for_certificates_are_found() {
    let wide = Verifying {
        rsa_bits_min: 1024,
        exceptions: Exceptions::danger_allow(&[Exceptions::SHA1, Exceptions::RSA_1024]),
        ..Verifying::MODERN
    };
    for policy in preset::ALL {
        let chain = policy
            .certificates()
            .filter(|one| one.reach() == Reach::WholeChain);
        let found = broken(policy, |config| {
            config.verification = config.verification.clone().with_policy(wide.clone());
        });
        assert_eq!(
            has(&found, Rule::Verification, "SHA-1"),
            chain.is_some(),
            "{policy}"
        );
        let Some(chain) = chain else { continue };
        let narrow = Verifying {
            keys: KeyKinds::of(&[KeyKinds::EC_P384]),
            ..chain.verifying().unwrap()
        };
        let found = broken(policy, |config| {
            config.verification = config.verification.clone().with_policy(narrow.clone());
        });
        let stricter = chain.keys() != KeyKinds::ML_DSA_87;
        assert_eq!(found.is_empty(), stricter, "{policy} {found:?}");
    }
}

#[test]
fn credentials_that_do_not_fit_are_found_by_key_signature_scheme_and_life() {
    let shown = |policy: &Policy, credential: &Credential| {
        let mut config = server(policy);
        config.credentials = vec![credential.clone()];
        policy.apply(&mut config);
        let found = policy.check(&config);
        found
            .err()
            .map(|found| found.all().to_vec())
            .unwrap_or_default()
    };
    let (p256, _) = issued(KeyKind::EcP256, 80);
    let (ed25519, _) = issued(KeyKind::Ed25519, 80);
    let (small, _) = issued(KeyKind::Rsa { bits: 2048 }, 80);
    let (long, _) = issued(KeyKind::EcP256, 400);
    for family in ["cnsa-1.0", "cnsa-2.0", "wpa3-enterprise-192"] {
        let policy = preset::find(family).unwrap();
        let found = shown(policy, &p256);
        assert!(
            has(&found, Rule::CredentialKey, "EcP256"),
            "{family} {found:?}"
        );
        assert!(
            has(&found, Rule::CredentialSignature, "EcdsaSha256"),
            "{family} {found:?}"
        );
        let found = shown(policy, &small);
        assert!(
            has(&found, Rule::CredentialKey, "2048 bits"),
            "{family} {found:?}"
        );
    }
    // Below TLS 1.3 a key on P-256 signs with SHA-384 as well, so only 2.0 finds its scheme.
    let found = shown(preset::find("cnsa-2.0").unwrap(), &p256);
    assert!(
        has(&found, Rule::CredentialScheme, "ecdsa_secp256r1_sha256"),
        "{found:?}"
    );
    let found = shown(preset::find("fips-202205").unwrap(), &ed25519);
    assert!(has(&found, Rule::CredentialScheme, "ed25519"), "{found:?}");
    for family in ["mozilla-modern", "mozilla-intermediate"] {
        let policy = preset::find(family).unwrap();
        let found = shown(policy, &long);
        assert!(has(&found, Rule::CredentialLife, "400 days"), "{found:?}");
        assert!(has(
            &shown(policy, &ed25519),
            Rule::CredentialKey,
            "Ed25519"
        ));
        assert_eq!(shown(policy, &p256), [], "control");
    }
    let old = preset::find("mozilla-old").unwrap();
    assert!(has(&shown(old, &p256), Rule::CredentialKey, "EcP256"));
    assert_eq!(shown(old, &small), [], "control");
    assert!(has(
        &shown(preset::find("mozilla-modern").unwrap(), &small),
        Rule::CredentialKey,
        "RSA"
    ));
}

#[test]
fn a_peer_whose_certificate_breaks_the_policy_is_refused() {
    // The client trusts the root; under CNSA 1.0 its key is of a kind that does not do.
    let policy = preset::find("cnsa-1.0").unwrap();
    for (kind, does) in [
        (KeyKind::EcP384, true),
        (KeyKind::Rsa { bits: 2048 }, false),
    ] {
        let (shown, roots) = issued(kind, 80);
        let mut config = ClientConfig::new(Trust::Roots(roots));
        policy.apply(&mut config);
        let mut server = ServerConfig::new(shown);
        policy.apply(&mut server);
        let mut pair = Pair::new(&config.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        assert_eq!(pair.client.error.is_none(), does, "{kind:?}");
    }
}

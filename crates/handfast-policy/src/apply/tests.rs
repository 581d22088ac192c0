use super::*;
use handfast::{NamedGroup, SignatureScheme};

const GCM: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
const CHACHA: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256;
const CAMELLIA: CipherSuite = CipherSuite::TLS_RSA_WITH_CAMELLIA_128_CBC_SHA;

fn of_suites(suites: Vec<Ranked<CipherSuite>>) -> Settings {
    Settings {
        suites: Some(suites),
        ..Settings::default()
    }
}

#[test]
fn what_was_not_spoken_of_stays() {
    let mut common = Common::default();
    let before = common.clone();
    let dropped = of_suites(Ranked::each(&[CHACHA]))
        .apply(&mut common)
        .unwrap();
    assert_eq!(dropped, []);
    let newest: Vec<_> = before
        .suites
        .iter()
        .copied()
        .filter(|one| is_tls13(*one))
        .collect();
    assert_eq!(common.suites, [&newest[..], &[CHACHA]].concat());
    assert_eq!(common.groups, before.groups);
    assert_eq!(common.schemes, before.schemes);
    assert_eq!(common.versions, before.versions);
}

#[test]
fn nothing_left_leaves_the_config_alone_and_says_why() {
    let mut common = Common::default();
    let before = common.suites.clone();
    let nothing = of_suites(Ranked::each(&[CAMELLIA]))
        .apply(&mut common)
        .unwrap_err();
    assert_eq!(nothing.of, "suites");
    assert_eq!(nothing.dropped[0].reason, Reason::NotImplemented);
    assert_eq!(nothing.needs(), None);
    assert_eq!(common.suites, before);
}

#[test]
fn a_rank_outlives_what_drops_out_of_it() {
    let joined = |item, as_before| Ranked {
        as_before,
        ..Ranked::new(item)
    };
    let settings = of_suites(vec![
        joined(CAMELLIA, false),
        joined(GCM, true),
        joined(CHACHA, true),
    ]);
    let fitted = settings.fit(Allowance::Modern);
    assert_eq!(
        fitted.suites.unwrap(),
        [joined(GCM, false), joined(CHACHA, true)]
    );
}

#[test]
fn equal_ranks_are_put_into_the_config() {
    let mut common = Common::default();
    let settings = crate::openssl::ciphers(
        "ECDHE-RSA-AES128-GCM-SHA256:[ECDHE-RSA-AES256-GCM-SHA384|ECDHE-RSA-CHACHA20-POLY1305]",
    );
    settings.unwrap().apply(&mut common).unwrap();
    let set = [CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, CHACHA];
    assert_eq!(common.equal_suites, [set.to_vec()]);
    of_suites(Ranked::each(&set)).apply(&mut common).unwrap();
    assert_eq!(common.equal_suites, [[]; 0]);
}

#[test]
fn an_order_of_tls13_suites_that_is_named_is_left_to_no_client() {
    let newest = [
        CipherSuite::TLS_AES_256_GCM_SHA384,
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    ];
    let mut common = Common {
        equal_suites: vec![newest.to_vec()],
        ..Common::default()
    };
    let older = of_suites(Ranked::each(&[GCM]));
    older.apply(&mut common).unwrap();
    assert_eq!(common.equal_suites, [newest.to_vec()]);
    let named = Settings {
        tls13_suites: Some(newest.to_vec()),
        ..older
    };
    named.apply(&mut common).unwrap();
    assert_eq!(common.equal_suites, [[]; 0]);
}

#[test]
fn groups_and_schemes_take_the_place_of_the_configs() {
    let settings = Settings {
        groups: Some(Ranked::each(&[NamedGroup::SECP521R1, NamedGroup::X448])),
        schemes: Some(vec![SignatureScheme::ED448, SignatureScheme::ED25519]),
        tls13_suites: Some(vec![CipherSuite::TLS_AES_256_GCM_SHA384]),
        ..Settings::default()
    };
    let mut common = Common::default();
    let dropped = settings.apply(&mut common).unwrap();
    let dropped: Vec<_> = dropped.iter().map(ToString::to_string).collect();
    assert_eq!(dropped, ["x448: not implemented", "ed448: not implemented"]);
    assert_eq!(common.groups, [NamedGroup::SECP521R1]);
    assert_eq!(common.schemes, [SignatureScheme::ED25519]);
    assert_eq!(common.suites[0], CipherSuite::TLS_AES_256_GCM_SHA384);
    assert!(!is_tls13(common.suites[1]));
}

#[cfg(feature = "legacy")]
mod legacy {
    use super::*;

    const RC4: CipherSuite = CipherSuite::TLS_RSA_WITH_RC4_128_MD5;
    const RSA: CipherSuite = CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA;
    const ANON: CipherSuite = CipherSuite::TLS_DH_ANON_WITH_AES_128_CBC_SHA;

    #[test]
    fn old_suites_drop_out_unless_the_config_lets_them_in() {
        let settings = of_suites(Ranked::each(&[RC4, RSA, GCM]));
        let mut common = Common::default();
        let dropped = settings.apply(&mut common).unwrap();
        assert_eq!(dropped[0].reason, Reason::Needs(Allowance::Museum));
        assert_eq!(dropped[1].reason, Reason::Needs(Allowance::Compatible));
        assert!(!common.suites.contains(&RSA));
        common.allow_obsolete(&handfast::obsolete::COMPATIBLE);
        settings.apply(&mut common).unwrap();
        assert!(common.suites.ends_with(&[RSA, GCM]));
        common.allow_obsolete(&handfast::obsolete::MUSEUM);
        assert_eq!(settings.apply(&mut common).unwrap(), []);
        assert!(common.suites.ends_with(&[RSA, GCM, RC4]));
    }

    #[test]
    fn a_security_level_drops_versions_before_tls12() {
        for level in 0..=5 {
            let mut common = Common::default();
            common.allow_obsolete(&handfast::obsolete::MUSEUM);
            let before = common.versions.clone();
            let settings = crate::openssl::ciphers(&format!("ALL:@SECLEVEL={level}")).unwrap();
            let Ok(dropped) = settings.apply(&mut common) else {
                // Nothing of the config's groups has 256 bits.
                assert_eq!((level, &common.versions), (5, &before));
                continue;
            };
            let old: Vec<_> = before[2..].iter().copied().map(Item::Version).collect();
            let told = dropped
                .iter()
                .filter(|one| matches!(one.item, Item::Version(_)));
            let told: Vec<_> = told.collect();
            if level == 0 {
                assert_eq!(common.versions, before);
                assert!(told.is_empty());
                continue;
            }
            assert_eq!(
                common.versions,
                [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2]
            );
            assert!(
                told.iter()
                    .all(|one| one.reason == Reason::SecurityLevel(level))
            );
            let told: Vec<_> = told.iter().map(|one| one.item.clone()).collect();
            assert_eq!(told, old, "SSL 3.0, TLS 1.0 and 1.1");
        }
    }

    #[test]
    fn a_level_that_leaves_no_version_says_so() {
        let mut common = Common::default();
        common.allow_obsolete(&handfast::obsolete::OBSOLETE);
        common.versions = vec![ProtocolVersion::TLS_1_1, ProtocolVersion::TLS_1_0];
        let settings = crate::openssl::ciphers("ALL:@SECLEVEL=1").unwrap();
        let nothing = settings.apply(&mut common).unwrap_err();
        assert_eq!(nothing.of, "versions");
        assert_eq!(common.versions.len(), 2);
    }

    #[test]
    fn anonymous_suites_stay_only_where_they_were_named_by_themselves() {
        let by_word = Ranked {
            by_name: false,
            ..Ranked::new(ANON)
        };
        let fitted = of_suites(vec![by_word, Ranked::new(GCM)]).fit(Allowance::Museum);
        assert_eq!(fitted.dropped[0].reason, Reason::Anonymous);
        assert_eq!(fitted.suites.unwrap(), [Ranked::new(GCM)]);
        let fitted = of_suites(Ranked::each(&[ANON, GCM])).fit(Allowance::Museum);
        assert_eq!(fitted.suites.unwrap(), Ranked::each(&[GCM, ANON]));
    }

    #[test]
    fn what_comes_last_leaves_its_rank_whole() {
        let settings =
            crate::openssl::ciphers("AES128-SHA:[RC4-MD5|AES256-SHA|AES128-SHA256]").unwrap();
        let suites = settings.fit(Allowance::Museum).suites.unwrap();
        let ranks: Vec<_> = suites.iter().map(|one| one.as_before).collect();
        assert_eq!(ranks, [false, false, true, false]);
        assert_eq!(suites[3].item, RC4);
    }

    #[test]
    fn what_would_be_enough_is_told() {
        let nothing = of_suites(Ranked::each(&[RC4, RSA]));
        let nothing = nothing.apply(&mut Common::default()).unwrap_err();
        assert_eq!(nothing.needs(), Some(Allowance::Compatible));
    }

    #[test]
    fn every_policy_lets_in_what_it_says() {
        for allowance in Allowance::ALL {
            let mut common = Common::default();
            if let Some(policy) = allowance.policy() {
                common.allow_obsolete(policy);
            }
            assert_eq!(Allowance::of(&common), allowance);
            for suite in &common.suites {
                assert!(Allowance::for_suite(*suite) <= Some(allowance), "{suite}");
            }
            for version in &common.versions {
                assert!(Allowance::for_version(*version) <= Some(allowance));
            }
            for scheme in &common.schemes {
                assert!(Allowance::for_scheme(*scheme) <= Some(allowance));
            }
        }
    }
}

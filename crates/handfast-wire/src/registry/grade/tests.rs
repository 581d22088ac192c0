use super::*;
use crate::registry::{AlertDescription, HandshakeType};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

fn suites(grade: Grade) -> Vec<CipherSuite> {
    let fits = |suite: &&CipherSuite| suite.grade() == Some(grade);
    CipherSuite::ALL.iter().filter(fits).copied().collect()
}

#[test]
fn the_recommended_suites_are_forward_secret_aeads_with_certificates() {
    assert_eq!(
        suites(Grade::Recommended),
        [
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
    );
}

#[test]
fn only_signals_are_reserved_among_suites() {
    assert_eq!(
        suites(Grade::Reserved),
        [
            CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV,
            CipherSuite::TLS_FALLBACK_SCSV
        ]
    );
}

#[test]
fn each_weakness_is_found_in_the_name() {
    let cases = [
        (CipherSuite::TLS_NULL_WITH_NULL_NULL, Grade::Broken),
        (CipherSuite::TLS_RSA_WITH_NULL_SHA256, Grade::Broken),
        (CipherSuite::TLS_SHA256_SHA256, Grade::Broken),
        (
            CipherSuite::TLS_ECDH_ANON_WITH_AES_128_CBC_SHA,
            Grade::Broken,
        ),
        (
            CipherSuite::TLS_RSA_EXPORT_WITH_DES40_CBC_SHA,
            Grade::Broken,
        ),
        (CipherSuite::TLS_ECDHE_RSA_WITH_RC4_128_SHA, Grade::Broken),
        (CipherSuite::TLS_RSA_WITH_DES_CBC_SHA, Grade::Broken),
        (
            CipherSuite::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
            Grade::Broken,
        ),
        (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, Grade::Weak),
        (CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256, Grade::Weak),
        (CipherSuite::TLS_DH_RSA_WITH_AES_128_GCM_SHA256, Grade::Weak),
        (CipherSuite::TLS_PSK_WITH_AES_128_GCM_SHA256, Grade::Weak),
        (CipherSuite::TLS_AES_128_CCM_8_SHA256, Grade::Weak),
        (CipherSuite::TLS_AES_128_CCM_SHA256, Grade::Acceptable),
        (
            CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
            Grade::Acceptable,
        ),
        (
            CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256,
            Grade::Acceptable,
        ),
    ];
    for (suite, grade) in cases {
        assert_eq!(suite.grade(), Some(grade), "{suite}");
    }
    assert_eq!(CipherSuite(0x0a0a).grade(), None);
}

#[test]
fn the_reasons_say_why() {
    let reasons: Vec<_> = CipherSuite::TLS_RSA_WITH_RC4_128_MD5
        .reasons()
        .map(|reason| reason.because)
        .collect();
    assert_eq!(
        reasons,
        [
            "RC4's output is biased (RFC 7465)",
            "MD5 is broken (RFC 6151)",
            "no forward secrecy: the server's key opens every recording",
        ]
    );
}

#[test]
fn ecdsa_and_the_hash_signatures_are_not_taken_for_dsa() {
    assert_eq!(
        SignatureScheme::ECDSA_SECP256R1_SHA256.grade(),
        Some(Grade::Recommended)
    );
    assert_eq!(SignatureScheme::MLDSA65.grade(), Some(Grade::Recommended));
    assert_eq!(
        SignatureScheme::SLHDSA_SHA2_128S.grade(),
        Some(Grade::Acceptable)
    );
    assert_eq!(SignatureScheme::DSA_SHA256.grade(), Some(Grade::Weak));
    assert_eq!(SignatureScheme::ECDSA_SHA1.grade(), Some(Grade::Broken));
    assert_eq!(
        SignatureScheme::RSA_PKCS1_SHA256.grade(),
        Some(Grade::Acceptable)
    );
}

#[test]
fn groups_and_the_rest_follow_their_rules() {
    assert_eq!(NamedGroup::X25519MLKEM768.grade(), Some(Grade::Recommended));
    assert_eq!(NamedGroup::MLKEM768.grade(), Some(Grade::Acceptable));
    assert_eq!(NamedGroup::MLKEM512X25519.grade(), Some(Grade::Acceptable));
    assert_eq!(NamedGroup::SECP256R1.grade(), Some(Grade::Recommended));
    assert_eq!(NamedGroup::SECP256K1.grade(), Some(Grade::Weak));
    assert_eq!(NamedGroup::SECT163K1.grade(), Some(Grade::Broken));
    assert_eq!(ProtocolVersion::SSL_3_0.grade(), Some(Grade::Broken));
    assert_eq!(ProtocolVersion::DTLS_1_0.grade(), Some(Grade::Weak));
    assert_eq!(ProtocolVersion::TLS_1_3.grade(), Some(Grade::Recommended));
    assert_eq!(CompressionMethod::DEFLATE.grade(), Some(Grade::Broken));
    assert_eq!(
        EcPointFormat::UNCOMPRESSED.grade(),
        Some(Grade::Recommended)
    );
    assert_eq!(PskKeyExchangeMode::PSK_KE.grade(), Some(Grade::Weak));
    assert_eq!(
        PskKeyExchangeMode::PSK_DHE_KE.grade(),
        Some(Grade::Recommended)
    );
    assert_eq!(ExtensionType::HEARTBEAT.grade(), Some(Grade::Weak));
}

/// Every rule earns its place: some row is held by it.
#[test]
fn no_rule_is_idle() {
    fn idle<'r, T: Copy>(
        rules: &'r [Reason],
        rows: &[T],
        name: fn(T) -> Option<&'static str>,
    ) -> Vec<&'r str> {
        let fits = |rule: &&Reason| !rows.iter().any(|row| rule.fits(name(*row).unwrap()));
        rules.iter().filter(fits).map(|rule| rule.part).collect()
    }
    assert_eq!(
        idle(CIPHER_SUITES, CipherSuite::ALL, CipherSuite::name),
        [""; 0]
    );
    assert_eq!(
        idle(NAMED_GROUPS, NamedGroup::ALL, NamedGroup::name),
        [""; 0]
    );
    assert_eq!(
        idle(VERSIONS, ProtocolVersion::ALL, ProtocolVersion::name),
        [""; 0]
    );
    assert_eq!(
        idle(EXTENSIONS, ExtensionType::ALL, ExtensionType::name),
        [""; 0]
    );
    // The last two name bare algorithms, which no scheme does.
    assert_eq!(
        idle(SIGNATURES, SignatureScheme::ALL, SignatureScheme::name),
        ["^anonymous", "^none"]
    );
}

#[test]
fn numbers_and_names_are_unique_and_in_order() {
    macro_rules! unique {
        ($($type:ident),*) => {$(
            assert!($type::ALL.is_sorted_by(|one, next| one.0 < next.0), stringify!($type));
            let names: BTreeSet<_> = $type::ALL.iter().map(|row| row.name()).collect();
            assert_eq!(names.len(), $type::ALL.len(), stringify!($type));
        )*};
    }
    unique!(
        CipherSuite,
        NamedGroup,
        SignatureScheme,
        ExtensionType,
        HandshakeType
    );
    unique!(AlertDescription, HashAlgorithm, SignatureAlgorithm);
    unique!(ClientCertificateType, CertificateType);
}

#[test]
fn the_registries_are_whole() {
    assert_eq!(CipherSuite::ALL.len(), 421);
    let registered = CipherSuite::ALL.iter().filter(|row| row.is_registered());
    assert_eq!(registered.count(), 356);
    assert_eq!(NamedGroup::ALL.len(), 60);
    assert_eq!(SignatureScheme::ALL.len(), 58);
    assert_eq!(ExtensionType::ALL.len(), 74);
    assert_eq!(AlertDescription::ALL.len(), 37);
}

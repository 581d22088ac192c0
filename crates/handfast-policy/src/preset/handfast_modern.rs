//! What Handfast offers by itself, held fast.

use crate::allowance::Allowance;
use crate::policy::{Certificates, List, Policy, Reach};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_pki::algorithm::SignatureAlgorithm;
use handfast_pki::verify::key_kinds::KeyKinds;

/// What a config of Handfast holds before anybody touches it, as of November 2026: TLS 1.3 and 1.2,
/// AEADs with ephemeral keys, a post-quantum hybrid first.
///
/// The defaults move on with Handfast's releases; this does not.
pub static HANDFAST_MODERN_2026_11: Policy = Policy {
    name: "handfast-modern-2026-11",
    family: "handfast-modern",
    aliases: &[],
    title: "what Handfast offers by itself",
    source: "Handfast 0.1, `config::Common::default`",
    url: "https://docs.rs/handfast",
    limits: "Handfast's own judgement; no standard's",
    allowance: Allowance::Modern,
    versions: List::only(OWN, &[ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2]),
    suites: List::only(
        OWN,
        &[
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ],
    ),
    groups: List {
        also: &[
            NamedGroup::SECP256R1MLKEM768,
            NamedGroup::SECP384R1MLKEM1024,
            NamedGroup::MLKEM768,
            NamedGroup::MLKEM1024,
            NamedGroup::SECP521R1,
        ],
        ..List::only(
            OWN,
            &[
                NamedGroup::X25519MLKEM768,
                NamedGroup::X25519,
                NamedGroup::SECP256R1,
                NamedGroup::SECP384R1,
            ],
        )
    },
    schemes: List {
        also: &[
            SignatureScheme::MLDSA44,
            SignatureScheme::MLDSA65,
            SignatureScheme::MLDSA87,
        ],
        ..List::only(
            OWN,
            &[
                SignatureScheme::ECDSA_SECP256R1_SHA256,
                SignatureScheme::ECDSA_SECP384R1_SHA384,
                SignatureScheme::ECDSA_SECP521R1_SHA512,
                SignatureScheme::ED25519,
                SignatureScheme::RSA_PSS_RSAE_SHA256,
                SignatureScheme::RSA_PSS_RSAE_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA512,
                SignatureScheme::RSA_PSS_PSS_SHA256,
                SignatureScheme::RSA_PSS_PSS_SHA384,
                SignatureScheme::RSA_PSS_PSS_SHA512,
                SignatureScheme::RSA_PKCS1_SHA256,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
            ],
        )
    },
    keeps_order: None,
    certificates: Some(Certificates {
        section: OWN,
        reach: Reach::WholeChain,
        keys: KeyKinds::ALL,
        rsa_bits: (2048, 8192),
        rsa_sizes: &[],
        signatures: is_modern,
        days_max: None,
    }),
    no_early_data: None,
    no_shared_keys: None,
    no_key_without_exchange: Some(OWN),
    knows_its_peer: Some(OWN),
    extended_master_secret: None,
};

const OWN: &str = "Handfast's own";

fn is_modern(algorithm: SignatureAlgorithm) -> bool {
    !matches!(
        algorithm,
        SignatureAlgorithm::RsaPkcs1Sha1 | SignatureAlgorithm::EcdsaSha1
    )
}

//! WPA3-Enterprise, 192-bit mode.

use crate::allowance::Allowance;
use crate::policy::{Certificates, List, Policy, Reach};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_pki::algorithm::SignatureAlgorithm;
use handfast_pki::verify::key_kinds::KeyKinds;

/// What the 192-bit mode of WPA3-Enterprise lets EAP-TLS use: Wi-Fi Alliance, WPA3 Specification,
/// section 3.5, <https://www.wi-fi.org/discover-wi-fi/security>.
///
/// | rule | from |
/// |---|---|
/// | TLS 1.3 and 1.2 | EAP-TLS: RFC 9190, RFC 5216 |
/// | AES-256-GCM with SHA-384: ECDHE, beside it DHE | section 3.5 |
/// | P-384; fields of 3072 bits or more | section 3.5 |
/// | ECDSA on P-384, RSA with SHA-384 or SHA-512 | section 3.5 |
/// | keys on P-384, or RSA of 3072 bits or more, all along the chain | section 3.5 |
/// | the peer is known | RFC 9190 section 2.1 |
pub static WPA3_ENTERPRISE_192_2026_11: Policy = Policy {
    name: "wpa3-enterprise-192-2026-11",
    family: "wpa3-enterprise-192",
    aliases: &[],
    title: "the 192-bit mode of WPA3-Enterprise",
    source: "Wi-Fi Alliance, WPA3 Specification s3.5",
    url: "https://www.wi-fi.org/discover-wi-fi/security",
    limits: "what EAP-TLS is made of; the Wi-Fi side (GCMP-256, BIP-GMAC-256) is not TLS's",
    allowance: Allowance::Modern,
    versions: List::only(
        "RFC 9190 s2, RFC 5216",
        &[ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2],
    ),
    suites: List {
        also: &[CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384],
        ..List::only(
            SECTION,
            &[
                CipherSuite::TLS_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            ],
        )
    },
    groups: List {
        also: &[
            NamedGroup::FFDHE3072,
            NamedGroup::FFDHE4096,
            NamedGroup::FFDHE6144,
            NamedGroup::FFDHE8192,
        ],
        ..List::only(SECTION, &[NamedGroup::SECP384R1])
    },
    schemes: List {
        also: &[
            SignatureScheme::RSA_PSS_PSS_SHA384,
            SignatureScheme::RSA_PSS_PSS_SHA512,
        ],
        ..List::only(
            SECTION,
            &[
                SignatureScheme::ECDSA_SECP384R1_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA512,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
            ],
        )
    },
    keeps_order: None,
    certificates: Some(Certificates {
        section: SECTION,
        reach: Reach::WholeChain,
        keys: KeyKinds::of(&[KeyKinds::EC_P384, KeyKinds::RSA, KeyKinds::RSA_PSS]),
        rsa_bits: (3072, 8192),
        rsa_sizes: &[],
        signatures: is_of_192_bits,
        days_max: None,
    }),
    no_early_data: Some("RFC 9190 s2"),
    no_shared_keys: Some("RFC 9190 s2"),
    no_key_without_exchange: Some("RFC 9190 s2"),
    knows_its_peer: Some("RFC 9190 s2.1"),
    extended_master_secret: None,
};

const SECTION: &str = "WPA3 Specification s3.5";

fn is_of_192_bits(algorithm: SignatureAlgorithm) -> bool {
    matches!(
        algorithm,
        SignatureAlgorithm::EcdsaSha384
            | SignatureAlgorithm::RsaPkcs1Sha384
            | SignatureAlgorithm::RsaPkcs1Sha512
            | SignatureAlgorithm::RsaPssSha384
            | SignatureAlgorithm::RsaPssSha512
    )
}

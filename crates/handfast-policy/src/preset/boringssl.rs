//! What BoringSSL's compliance policies set, for whoever has to match it.
//!
//! BoringSSL documents that none of them judges certificates.

use crate::allowance::Allowance;
use crate::policy::{List, Policy};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// `ssl_compliance_policy_fips_202205`.
pub static FIPS_202205: Policy = Policy {
    name: "boringssl-fips-202205",
    family: "boringssl-fips",
    aliases: &["fips-202205"],
    title: "BoringSSL's policy for SP 800-52 r2",
    suites: List::only(
        HEADER,
        &[
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
    ),
    groups: List::only(HEADER, &[NamedGroup::SECP256R1, NamedGroup::SECP384R1]),
    schemes: List::only(
        HEADER,
        &[
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::ECDSA_SECP256R1_SHA256,
            SignatureScheme::ECDSA_SECP384R1_SHA384,
            SignatureScheme::RSA_PSS_RSAE_SHA256,
            SignatureScheme::RSA_PSS_RSAE_SHA384,
            SignatureScheme::RSA_PSS_RSAE_SHA512,
        ],
    ),
    ..BARE
};

/// `ssl_compliance_policy_wpa3_192_202304`.
pub static WPA3_192_202304: Policy = Policy {
    name: "boringssl-wpa3-192-202304",
    family: "boringssl-wpa3-192",
    aliases: &["wpa-202304", "wpa3-192-202304"],
    title: "BoringSSL's policy for WPA3-Enterprise",
    suites: List::only(HEADER, AES_256),
    groups: List::only(HEADER, &[NamedGroup::SECP384R1]),
    schemes: List::only(
        HEADER,
        &[
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::ECDSA_SECP384R1_SHA384,
            SignatureScheme::RSA_PSS_RSAE_SHA384,
            SignatureScheme::RSA_PSS_RSAE_SHA512,
        ],
    ),
    ..BARE
};

/// `ssl_compliance_policy_cnsa_202407`: AES-256 before AES-128 before ChaCha20 in TLS 1.3, and nothing
/// else.
pub static CNSA_202407: Policy = Policy {
    name: "boringssl-cnsa-202407",
    family: "boringssl-cnsa",
    aliases: &["cnsa-202407"],
    title: "BoringSSL's policy that prefers AES-256",
    versions: List::UNSAID,
    suites: List {
        sets: &[
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ],
        ..List::UNSAID
    },
    keeps_order: Some(HEADER),
    ..BARE
};

/// `ssl_compliance_policy_cnsa1_202603`.
#[cfg(feature = "legacy")]
pub static CNSA1_202603: Policy = Policy {
    name: "boringssl-cnsa1-202603",
    family: "boringssl-cnsa1",
    aliases: &["cnsa1-202603"],
    title: "BoringSSL's policy for CNSA 1.0, with ML-KEM-1024",
    allowance: Allowance::Compatible,
    suites: List::only(
        HEADER,
        &[
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
        ],
    ),
    groups: List::only(HEADER, &[NamedGroup::MLKEM1024, NamedGroup::SECP384R1]),
    schemes: List::only(HEADER, CNSA_SCHEMES),
    ..BARE
};

/// `ssl_compliance_policy_cnsa2_202603`.
pub static CNSA2_202603: Policy = Policy {
    name: "boringssl-cnsa2-202603",
    family: "boringssl-cnsa2",
    aliases: &["cnsa2-202603"],
    title: "BoringSSL's policy for CNSA 2.0, with classical signatures",
    versions: List::only(HEADER, &[ProtocolVersion::TLS_1_3]),
    suites: List::only(HEADER, &[CipherSuite::TLS_AES_256_GCM_SHA384]),
    groups: List::only(HEADER, &[NamedGroup::MLKEM1024]),
    schemes: List::only(HEADER, CNSA_SCHEMES),
    ..BARE
};

const BARE: Policy = Policy {
    name: "",
    family: "",
    aliases: &[],
    title: "",
    source: "BoringSSL, include/openssl/ssl.h",
    url: "https://boringssl.googlesource.com/boringssl/+/refs/heads/main/include/openssl/ssl.h",
    limits: "what BoringSSL sets; it aids with a standard and does not promise it",
    allowance: Allowance::Modern,
    versions: List::only(
        HEADER,
        &[ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2],
    ),
    suites: List::UNSAID,
    groups: List::UNSAID,
    schemes: List::UNSAID,
    keeps_order: None,
    certificates: None,
    no_early_data: None,
    no_shared_keys: None,
    no_key_without_exchange: None,
    knows_its_peer: None,
    extended_master_secret: None,
};

const HEADER: &str = "BoringSSL ssl.h, ssl_compliance_policy_t";

/// AES-256-GCM with ephemeral keys.
const AES_256: &[CipherSuite] = &[
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];

const CNSA_SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PKCS1_SHA384,
];

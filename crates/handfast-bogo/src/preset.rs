//! The policies that the runner knows by name: suites, groups and schemes that
//! take the place of the flags' own, as far as they are there.

use crate::settings::Policy;
use handfast::{CipherSuite, NamedGroup, SignatureScheme};

/// What a policy leaves.
pub(crate) struct Preset {
    pub(crate) suites: &'static [CipherSuite],
    /// Empty: the flags' own.
    pub(crate) groups: &'static [NamedGroup],
    /// Empty: the flags' own.
    pub(crate) schemes: &'static [SignatureScheme],
}

/// The lists of a policy.
pub(crate) const fn of(policy: Policy) -> Preset {
    match policy {
        Policy::Fips202205 => Preset {
            suites: &[
                CipherSuite::TLS_AES_128_GCM_SHA256,
                CipherSuite::TLS_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            ],
            groups: &[NamedGroup::SECP256R1, NamedGroup::SECP384R1],
            schemes: &[
                SignatureScheme::RSA_PKCS1_SHA256,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
                SignatureScheme::ECDSA_SECP256R1_SHA256,
                SignatureScheme::ECDSA_SECP384R1_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA256,
                SignatureScheme::RSA_PSS_RSAE_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA512,
            ],
        },
        Policy::Wpa202304 => Preset {
            suites: AES_256,
            groups: &[NamedGroup::SECP384R1],
            schemes: &[
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
                SignatureScheme::ECDSA_SECP384R1_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA512,
            ],
        },
        Policy::Cnsa202407 => Preset {
            suites: &[
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
            groups: &[],
            schemes: &[],
        },
        Policy::Cnsa1202603 => Preset {
            suites: AES_256_OR_RSA,
            groups: &[NamedGroup::MLKEM1024, NamedGroup::SECP384R1],
            schemes: CNSA_SCHEMES,
        },
        Policy::Cnsa2202603 => Preset {
            suites: AES_256,
            groups: &[NamedGroup::MLKEM1024],
            schemes: CNSA_SCHEMES,
        },
    }
}

/// AES-256-GCM with ephemeral keys, or under RSA key exchange.
const AES_256_OR_RSA: &[CipherSuite] = &[
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
];

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

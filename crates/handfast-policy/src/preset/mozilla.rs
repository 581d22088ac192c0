//! Mozilla's Server Side TLS.
//!
//! The guidelines are for servers, so what they ask of certificates is asked of one's own. They also
//! speak of HSTS, of stapling and of whose order counts, which no list of TLS holds.

use crate::allowance::Allowance;
use crate::policy::{Certificates, List, Policy, Reach};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion};
use handfast_pki::algorithm::SignatureAlgorithm;
use handfast_pki::verify::key_kinds::KeyKinds;

/// Modern, version 5.7 of May 2023: <https://ssl-config.mozilla.org/guidelines/5.7.json>.
///
/// | rule | field of the guideline |
/// |---|---|
/// | TLS 1.3 alone | `tls_versions` |
/// | its three suites | `ciphersuites` |
/// | X25519, P-256, P-384 | `tls_curves` |
/// | ECDSA certificates on P-256 or P-384, signed by ECDSA, for 90 days | `certificate_types`, `certificate_curves`, `certificate_signatures`, `maximum_certificate_lifespan` |
pub static MOZILLA_MODERN_5_7_2023_05: Policy = Policy {
    name: "mozilla-modern-5.7-2023-05",
    aliases: &["mozilla-modern-5.7"],
    groups: List::only(CURVES, CLASSICAL),
    ..modern(V5_7)
};

/// Modern, version 6.0 of April 2026: <https://ssl-config.mozilla.org/guidelines/6.0.json>.
/// As [5.7](MOZILLA_MODERN_5_7_2023_05), with X25519MLKEM768 first (`tls_curves`).
pub static MOZILLA_MODERN_6_0_2026_04: Policy = Policy {
    name: "mozilla-modern-6.0-2026-04",
    aliases: &["mozilla-modern-6.0"],
    groups: List::only(CURVES, HYBRID),
    ..modern(V6_0)
};

/// Intermediate, version 5.7 of May 2023: <https://ssl-config.mozilla.org/guidelines/5.7.json>.
///
/// | rule | field of the guideline |
/// |---|---|
/// | TLS 1.3 and 1.2 | `tls_versions` |
/// | AEADs with ephemeral keys, DHE last | `ciphersuites`, `ciphers` |
/// | X25519, P-256, P-384 | `tls_curves` |
/// | ECDSA on P-256 or P-384, or RSA from 2048 bits, for 366 days | `certificate_types`, `certificate_curves`, `rsa_key_size`, `certificate_signatures`, `maximum_certificate_lifespan` |
#[cfg(feature = "legacy")]
pub static MOZILLA_INTERMEDIATE_5_7_2023_05: Policy = Policy {
    name: "mozilla-intermediate-5.7-2023-05",
    aliases: &["mozilla-intermediate-5.7"],
    allowance: Allowance::Compatible,
    suites: List::only(
        CIPHERS,
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
            CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ],
    ),
    groups: List {
        also: FIELDS,
        ..List::only(CURVES, CLASSICAL)
    },
    ..intermediate(V5_7)
};

/// Intermediate, version 6.0 of April 2026: <https://ssl-config.mozilla.org/guidelines/6.0.json>.
///
/// As [5.7](https://ssl-config.mozilla.org/guidelines/5.7.json), without DHE (`ciphers`) and with
/// X25519MLKEM768 first (`tls_curves`).
pub static MOZILLA_INTERMEDIATE_6_0_2026_04: Policy = Policy {
    name: "mozilla-intermediate-6.0-2026-04",
    aliases: &["mozilla-intermediate-6.0"],
    groups: List::only(CURVES, HYBRID),
    ..intermediate(V6_0)
};

/// Old, version 5.7 of May 2023: <https://ssl-config.mozilla.org/guidelines/5.7.json>.
///
/// | rule | field of the guideline |
/// |---|---|
/// | TLS 1.0 to 1.3 | `tls_versions` |
/// | down to CBC, RSA key exchange and Triple DES | `ciphersuites`, `ciphers` |
/// | X25519, P-256, P-384 | `tls_curves` |
/// | RSA from 2048 bits signed by RSA with SHA-256, for 366 days | `certificate_types`, `rsa_key_size`, `certificate_signatures`, `maximum_certificate_lifespan` |
#[cfg(feature = "legacy")]
pub static MOZILLA_OLD_5_7_2023_05: Policy = Policy {
    name: "mozilla-old-5.7-2023-05",
    aliases: &["mozilla-old-5.7"],
    suites: List::only(
        CIPHERS,
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
            CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
            CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
            CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
            CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA256,
            CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA256,
            CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA,
            CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
        ],
    ),
    groups: List {
        also: FIELDS,
        ..List::only(CURVES, CLASSICAL)
    },
    ..old(V5_7)
};

/// Old, version 5.8 of April 2026, the last that has it:
/// <https://ssl-config.mozilla.org/guidelines/5.8.json>. As [5.7](MOZILLA_OLD_5_7_2023_05), without
/// DHE (`ciphers`) and with X25519MLKEM768 first (`tls_curves`).
#[cfg(feature = "legacy")]
pub static MOZILLA_OLD_5_8_2026_04: Policy = Policy {
    name: "mozilla-old-5.8-2026-04",
    aliases: &["mozilla-old-5.8"],
    groups: List::only(CURVES, HYBRID),
    ..old(V5_8)
};

/// A version of the guidelines: what it is called, and where it is.
struct Guideline(&'static str, &'static str);

const V5_7: Guideline = Guideline(
    "Mozilla Server Side TLS 5.7 (May 2023)",
    "https://ssl-config.mozilla.org/guidelines/5.7.json",
);
#[cfg(feature = "legacy")]
const V5_8: Guideline = Guideline(
    "Mozilla Server Side TLS 5.8 (April 2026)",
    "https://ssl-config.mozilla.org/guidelines/5.8.json",
);
const V6_0: Guideline = Guideline(
    "Mozilla Server Side TLS 6.0 (April 2026)",
    "https://ssl-config.mozilla.org/guidelines/6.0.json",
);

const fn modern(Guideline(source, url): Guideline) -> Policy {
    Policy {
        name: "",
        family: "mozilla-modern",
        aliases: &[],
        title: "Mozilla's modern configuration of servers",
        source,
        url,
        limits: LIMITS,
        allowance: Allowance::Modern,
        versions: List::only(VERSIONS, &[ProtocolVersion::TLS_1_3]),
        suites: List::only(
            CIPHERS,
            &[
                CipherSuite::TLS_AES_128_GCM_SHA256,
                CipherSuite::TLS_AES_256_GCM_SHA384,
                CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
            ],
        ),
        groups: List::UNSAID,
        schemes: List::UNSAID,
        keeps_order: None,
        certificates: Some(Certificates {
            section: CERTIFICATES,
            reach: Reach::OwnLeaf,
            keys: KeyKinds::of(&[KeyKinds::EC_P256, KeyKinds::EC_P384]),
            rsa_bits: (2048, 8192),
            rsa_sizes: &[],
            signatures: is_ecdsa,
            days_max: Some(90),
        }),
        no_early_data: None,
        no_shared_keys: None,
        no_key_without_exchange: None,
        knows_its_peer: None,
        extended_master_secret: None,
    }
}

const fn intermediate(guideline: Guideline) -> Policy {
    Policy {
        family: "mozilla-intermediate",
        title: "Mozilla's intermediate configuration of servers",
        versions: List::only(
            VERSIONS,
            &[ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2],
        ),
        suites: List::only(
            CIPHERS,
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
        certificates: Some(Certificates {
            section: CERTIFICATES,
            reach: Reach::OwnLeaf,
            keys: KeyKinds::of(&[KeyKinds::EC_P256, KeyKinds::EC_P384, KeyKinds::RSA]),
            rsa_bits: (2048, 8192),
            rsa_sizes: &[],
            signatures: is_ecdsa_or_rsa_sha256,
            days_max: Some(366),
        }),
        ..modern(guideline)
    }
}

#[cfg(feature = "legacy")]
const fn old(guideline: Guideline) -> Policy {
    Policy {
        family: "mozilla-old",
        title: "Mozilla's old configuration of servers",
        allowance: Allowance::Obsolete,
        versions: List::only(
            VERSIONS,
            &[
                ProtocolVersion::TLS_1_3,
                ProtocolVersion::TLS_1_2,
                ProtocolVersion::TLS_1_1,
                ProtocolVersion::TLS_1_0,
            ],
        ),
        suites: List::only(
            CIPHERS,
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
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
                CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA256,
                CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA256,
                CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
                CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA,
                CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
            ],
        ),
        certificates: Some(Certificates {
            section: CERTIFICATES,
            reach: Reach::OwnLeaf,
            keys: KeyKinds::RSA,
            rsa_bits: (2048, 8192),
            rsa_sizes: &[],
            signatures: is_rsa_sha256,
            days_max: Some(366),
        }),
        ..modern(guideline)
    }
}

const LIMITS: &str =
    "lists and certificates alone: HSTS, stapling and whose order counts are yours to set";
const VERSIONS: &str = "tls_versions";
const CIPHERS: &str = "ciphersuites, ciphers";
const CURVES: &str = "tls_curves";
const CERTIFICATES: &str = "certificate_types, certificate_curves, rsa_key_size, \
                            certificate_signatures, maximum_certificate_lifespan";

const CLASSICAL: &[NamedGroup] = &[
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
];

const HYBRID: &[NamedGroup] = &[
    NamedGroup::X25519MLKEM768,
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
];

/// What the DHE suites of 5.7 go with: `dh_param_size` of 2048 and more. Its old configuration lets 1024 in,
/// which is left out here.
#[cfg(feature = "legacy")]
const FIELDS: &[NamedGroup] = &[
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
    NamedGroup::FFDHE6144,
    NamedGroup::FFDHE8192,
];

fn is_ecdsa(algorithm: SignatureAlgorithm) -> bool {
    matches!(
        algorithm,
        SignatureAlgorithm::EcdsaSha256
            | SignatureAlgorithm::EcdsaSha384
            | SignatureAlgorithm::EcdsaSha512
    )
}

#[cfg(feature = "legacy")]
fn is_rsa_sha256(algorithm: SignatureAlgorithm) -> bool {
    algorithm == SignatureAlgorithm::RsaPkcs1Sha256
}

fn is_ecdsa_or_rsa_sha256(algorithm: SignatureAlgorithm) -> bool {
    is_ecdsa(algorithm) || algorithm == SignatureAlgorithm::RsaPkcs1Sha256
}

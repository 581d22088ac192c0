//! Algorithms that FIPS 140-3 approves.

use crate::allowance::Allowance;
use crate::policy::{Certificates, List, Policy, Reach};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_pki::algorithm::SignatureAlgorithm;
use handfast_pki::verify::key_kinds::KeyKinds;

/// What of TLS is made of approved algorithms alone, as FIPS 140-3 counts them (SP 800-140C), by NIST's
/// guidelines for TLS (SP 800-52 revision 2, <https://doi.org/10.6028/NIST.SP.800-52r2>).
///
/// | rule | section |
/// |---|---|
/// | TLS 1.3 and 1.2 | SP 800-52r2 section 3.1 |
/// | AES with ephemeral keys; no RSA key transport (SP 800-131A r2 section 6), no ChaCha20 | section 3.3.1 |
/// | NIST's curves and fields (SP 800-56A r3 appendix D), ML-KEM (FIPS 203), and hybrids whose first part is approved (SP 800-56C r2 section 2) | section 3.4.2.2 |
/// | signatures of FIPS 186-5 and FIPS 204, RSA from 2048 bits, no SHA-1 | section 3.2.1 |
/// | TLS 1.2 with the extended master secret alone (RFC 7627) | FIPS 140-3 Implementation Guidance D.Q |
///
/// These are *algorithms*. FIPS 140-3 validates modules; this is none, and names none. Section 3.3.1.1.2
/// also lists `TLS_DHE_RSA_WITH_AES_128_CCM_8` and `..._256_CCM_8`, which are not implemented here.
pub static FIPS_140_3_2026_11: Policy = Policy {
    name: "fips-140-3-2026-11",
    family: "fips-140-3",
    aliases: &["fips-140-3-algorithms-2026-11"],
    title: "algorithms that FIPS 140-3 approves",
    source: "NIST SP 800-52 revision 2, with FIPS 203, 204 and 186-5",
    url: "https://doi.org/10.6028/NIST.SP.800-52r2",
    limits: "algorithms alone: no validated module is used, so this is no FIPS mode",
    allowance: Allowance::Modern,
    versions: List::only(
        "SP 800-52r2 s3.1",
        &[ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2],
    ),
    suites: List {
        also: SUITES_TOO,
        ..List::only(
            "SP 800-52r2 s3.3.1",
            &[
                CipherSuite::TLS_AES_256_GCM_SHA384,
                CipherSuite::TLS_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ],
        )
    },
    groups: List {
        also: &[
            NamedGroup::MLKEM768,
            NamedGroup::MLKEM1024,
            NamedGroup::MLKEM512,
            NamedGroup::FFDHE2048,
            NamedGroup::FFDHE3072,
            NamedGroup::FFDHE4096,
            NamedGroup::FFDHE6144,
            NamedGroup::FFDHE8192,
        ],
        ..List::only(
            "SP 800-52r2 s3.4.2.2, SP 800-56A r3 appendix D, FIPS 203",
            &[
                NamedGroup::SECP256R1MLKEM768,
                NamedGroup::X25519MLKEM768,
                NamedGroup::SECP384R1MLKEM1024,
                NamedGroup::SECP256R1,
                NamedGroup::SECP384R1,
                NamedGroup::SECP521R1,
            ],
        )
    },
    schemes: List {
        also: &[
            SignatureScheme::ED25519,
            SignatureScheme::MLDSA44,
            SignatureScheme::MLDSA65,
            SignatureScheme::MLDSA87,
        ],
        ..List::only(
            "SP 800-52r2 s3.2.1, FIPS 186-5, FIPS 204",
            &[
                SignatureScheme::ECDSA_SECP256R1_SHA256,
                SignatureScheme::ECDSA_SECP384R1_SHA384,
                SignatureScheme::ECDSA_SECP521R1_SHA512,
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
        section: "SP 800-52r2 s3.2.1, FIPS 186-5 s5.1",
        reach: Reach::WholeChain,
        keys: KeyKinds::ALL,
        rsa_bits: (2048, 8192),
        rsa_sizes: &[],
        signatures: is_approved,
        days_max: None,
    }),
    no_early_data: None,
    no_shared_keys: None,
    no_key_without_exchange: None,
    knows_its_peer: None,
    extended_master_secret: Some("FIPS 140-3 IG D.Q"),
};

fn is_approved(algorithm: SignatureAlgorithm) -> bool {
    !matches!(
        algorithm,
        SignatureAlgorithm::RsaPkcs1Sha1 | SignatureAlgorithm::EcdsaSha1
    )
}

/// What is approved, and not offered: other modes of AES with ephemeral keys.
const SUITES_TOO: &[CipherSuite] = &[
    CipherSuite::TLS_AES_128_CCM_SHA256,
    CipherSuite::TLS_AES_128_CCM_8_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CCM,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CCM,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CCM,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
];

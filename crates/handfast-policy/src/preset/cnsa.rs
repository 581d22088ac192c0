//! The NSA's Commercial National Security Algorithm Suites in TLS.

use crate::allowance::Allowance;
use crate::policy::{Certificates, List, Policy, Reach};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_pki::algorithm::SignatureAlgorithm;
use handfast_pki::verify::key_kinds::KeyKinds;

/// CNSA 1.0 in TLS 1.2 and 1.3: RFC 9151, <https://www.rfc-editor.org/rfc/rfc9151>.
///
/// | rule | section of RFC 9151 |
/// |---|---|
/// | TLS 1.3 and 1.2 | 5 |
/// | AES-256-GCM with SHA-384; ECDHE, beside it DHE and RSA key transport in TLS 1.2 | 6, 7 |
/// | P-384, beside it ffdhe3072 and ffdhe4096 | 5.1, 5.3 |
/// | ECDSA on P-384 and RSA, with SHA-384 | 6.2, 7.1 |
/// | keys on P-384 or RSA of 3072 or 4096 bits, signed with SHA-384 | 5.2, 5.4, 6.3 |
/// | no early data | 7.3 |
/// | shared keys only beside a key exchange; never instead of certificates; the server is known | 7.4, 4.2 |
///
/// Suites without perfect forward secrecy and finite fields are allowed by it, and not offered here.
pub static CNSA_1_0_2026_11: Policy = Policy {
    name: "cnsa-1.0-2026-11",
    family: "cnsa-1.0",
    aliases: &["rfc9151"],
    title: "the NSA's CNSA 1.0 in TLS",
    source: "RFC 9151",
    url: "https://www.rfc-editor.org/rfc/rfc9151",
    limits: "algorithms and settings alone: National Security Systems also need validated products",
    allowance: Allowance::Modern,
    versions: List::only(
        "RFC 9151 s5",
        &[ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2],
    ),
    suites: List {
        also: &[
            CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
        ],
        ..List::only(
            "RFC 9151 s6 and s7",
            &[
                CipherSuite::TLS_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            ],
        )
    },
    groups: List {
        also: &[NamedGroup::FFDHE3072, NamedGroup::FFDHE4096],
        ..List::only("RFC 9151 s5.1 and s5.3", &[NamedGroup::SECP384R1])
    },
    schemes: List {
        also: &[SignatureScheme::RSA_PSS_PSS_SHA384],
        ..List::only(
            "RFC 9151 s6.2 and s7.1",
            &[
                SignatureScheme::ECDSA_SECP384R1_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA384,
                SignatureScheme::RSA_PKCS1_SHA384,
            ],
        )
    },
    keeps_order: None,
    certificates: Some(Certificates {
        section: "RFC 9151 s5.2, s5.4 and s6.3",
        reach: Reach::WholeChain,
        keys: KeyKinds::of(&[KeyKinds::EC_P384, KeyKinds::RSA, KeyKinds::RSA_PSS]),
        rsa_bits: (3072, 4096),
        rsa_sizes: &[3072, 4096],
        signatures: is_sha384,
        days_max: None,
    }),
    no_early_data: Some("RFC 9151 s7.3"),
    no_shared_keys: Some("RFC 9151 s4.2"),
    no_key_without_exchange: Some("RFC 9151 s7.4"),
    knows_its_peer: Some("RFC 9151 s4.2"),
    extended_master_secret: None,
};

/// CNSA 2.0 in TLS 1.3: the NSA's advisory of September 2022 (PP-22-1338) as
/// draft-becker-cnsa2-tls-profile applies it, <https://datatracker.ietf.org/doc/draft-becker-cnsa2-tls-profile/>.
///
/// | rule | from |
/// |---|---|
/// | TLS 1.3 alone | the draft |
/// | AES-256-GCM with SHA-384 | the advisory's table, the draft |
/// | ML-KEM-1024 alone, never a hybrid | the advisory's table, the draft |
/// | ML-DSA-87, in handshakes and in certificates | the advisory's table, the draft |
/// | no early data, no shared keys from outside in place of certificates | the draft |
///
/// The draft (revision 05 of July 2026) is no RFC yet; when it is, there will be another policy beside this
/// one.
pub static CNSA_2_0_2026_11: Policy = Policy {
    name: "cnsa-2.0-2026-11",
    family: "cnsa-2.0",
    aliases: &[],
    title: "the NSA's CNSA 2.0 in TLS 1.3, post-quantum throughout",
    source: "draft-becker-cnsa2-tls-profile, NSA advisory PP-22-1338",
    url: "https://datatracker.ietf.org/doc/draft-becker-cnsa2-tls-profile/",
    limits: "follows a draft; National Security Systems also need validated products",
    allowance: Allowance::Modern,
    versions: List::only(DRAFT, &[ProtocolVersion::TLS_1_3]),
    suites: List::only(DRAFT, &[CipherSuite::TLS_AES_256_GCM_SHA384]),
    groups: List::only(DRAFT, &[NamedGroup::MLKEM1024]),
    schemes: List::only(DRAFT, &[SignatureScheme::MLDSA87]),
    keeps_order: None,
    certificates: Some(Certificates {
        section: DRAFT,
        reach: Reach::WholeChain,
        keys: KeyKinds::ML_DSA_87,
        rsa_bits: (2048, 8192),
        rsa_sizes: &[],
        signatures: is_ml_dsa_87,
        days_max: None,
    }),
    no_early_data: Some(DRAFT),
    no_shared_keys: Some(DRAFT),
    no_key_without_exchange: Some(DRAFT),
    knows_its_peer: Some(DRAFT),
    extended_master_secret: None,
};

const DRAFT: &str = "draft-becker-cnsa2-tls-profile";

fn is_sha384(algorithm: SignatureAlgorithm) -> bool {
    matches!(
        algorithm,
        SignatureAlgorithm::EcdsaSha384
            | SignatureAlgorithm::RsaPkcs1Sha384
            | SignatureAlgorithm::RsaPssSha384
    )
}

fn is_ml_dsa_87(algorithm: SignatureAlgorithm) -> bool {
    algorithm == SignatureAlgorithm::MlDsa87
}

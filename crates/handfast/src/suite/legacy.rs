//! The suites of TLS 1.2 that are not current: without an AEAD (RFC 8422 section 6, RFC 5289
//! section 3.1, RFC 5246 appendix A.5), without forward secrecy, or in a finite field that the server
//! chooses (RFC 5288, RFC 7905). They are offered and
//! taken only where a policy of `obsolete` names them.

use crate::suite::row::{Authentication, KeyExchange, Protects, Suite};
use handfast_crypto::aead::AeadAlgorithm;
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_wire::registry::{CipherSuite, ProtocolVersion};

/// What protects the records, its name, and the PRF's hash: SHA-256 where the suite names no
/// better one (RFC 5246 section 5).
pub(super) type Protected = (Protects, &'static str, (HashAlgorithm, &'static str));

const SHA256: (HashAlgorithm, &str) = (HashAlgorithm::Sha256, "SHA-256");
const SHA384: (HashAlgorithm, &str) = (HashAlgorithm::Sha384, "SHA-384");

pub(super) const AES_128_SHA: Protected = (
    Protects::Block(BulkCipher::Aes128Cbc, HashAlgorithm::Sha1),
    "AES-128-CBC with HMAC-SHA-1",
    SHA256,
);
pub(super) const AES_256_SHA: Protected = (
    Protects::Block(BulkCipher::Aes256Cbc, HashAlgorithm::Sha1),
    "AES-256-CBC with HMAC-SHA-1",
    SHA256,
);
pub(super) const AES_128_SHA256: Protected = (
    Protects::Block(BulkCipher::Aes128Cbc, HashAlgorithm::Sha256),
    "AES-128-CBC with HMAC-SHA-256",
    SHA256,
);
pub(super) const AES_256_SHA256: Protected = (
    Protects::Block(BulkCipher::Aes256Cbc, HashAlgorithm::Sha256),
    "AES-256-CBC with HMAC-SHA-256",
    SHA256,
);
pub(super) const AES_256_SHA384: Protected = (
    Protects::Block(BulkCipher::Aes256Cbc, HashAlgorithm::Sha384),
    "AES-256-CBC with HMAC-SHA-384",
    SHA384,
);
pub(super) const TRIPLE_DES_SHA: Protected = (
    Protects::Block(BulkCipher::TripleDesCbc, HashAlgorithm::Sha1),
    "3DES-EDE-CBC with HMAC-SHA-1",
    SHA256,
);
/// AEADs, under key exchanges that are not current.
pub(super) const AES_128_GCM: Protected = (
    Protects::Aead(AeadAlgorithm::Aes128Gcm),
    "AES-128-GCM",
    SHA256,
);
pub(super) const AES_256_GCM: Protected = (
    Protects::Aead(AeadAlgorithm::Aes256Gcm),
    "AES-256-GCM",
    SHA384,
);
pub(super) const AES_128_CCM: Protected = (
    Protects::Aead(AeadAlgorithm::Aes128Ccm),
    "AES-128-CCM",
    SHA256,
);
pub(super) const AES_128_CCM_8: Protected = (
    Protects::Aead(AeadAlgorithm::Aes128Ccm8),
    "AES-128-CCM-8",
    SHA256,
);
pub(super) const CHACHA20: Protected = (
    Protects::Aead(AeadAlgorithm::ChaCha20Poly1305),
    "ChaCha20-Poly1305",
    SHA256,
);

use Authentication::{Ecdsa, Rsa};
use CipherSuite as S;
use KeyExchange::{Dhe, Ecdhe};

pub(super) const SUITES: &[Suite] = &[
    row(
        S::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        Ecdhe,
        Ecdsa,
        AES_128_SHA,
    ),
    row(
        S::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        Ecdhe,
        Ecdsa,
        AES_256_SHA,
    ),
    row(
        S::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        Ecdhe,
        Ecdsa,
        AES_128_SHA256,
    ),
    row(
        S::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        Ecdhe,
        Ecdsa,
        AES_256_SHA384,
    ),
    row(
        S::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA,
        Ecdhe,
        Ecdsa,
        TRIPLE_DES_SHA,
    ),
    row(
        S::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        Ecdhe,
        Rsa,
        AES_128_SHA,
    ),
    row(
        S::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        Ecdhe,
        Rsa,
        AES_256_SHA,
    ),
    row(
        S::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        Ecdhe,
        Rsa,
        AES_128_SHA256,
    ),
    row(
        S::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
        Ecdhe,
        Rsa,
        AES_256_SHA384,
    ),
    row(
        S::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
        Ecdhe,
        Rsa,
        TRIPLE_DES_SHA,
    ),
    row(
        S::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
        Dhe,
        Rsa,
        AES_128_GCM,
    ),
    row(
        S::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
        Dhe,
        Rsa,
        AES_256_GCM,
    ),
    row(
        S::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        Dhe,
        Rsa,
        CHACHA20,
    ),
    row(
        S::TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
        Dhe,
        Rsa,
        AES_128_SHA256,
    ),
    row(
        S::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
        Dhe,
        Rsa,
        AES_256_SHA256,
    ),
    row(S::TLS_DHE_RSA_WITH_AES_128_CBC_SHA, Dhe, Rsa, AES_128_SHA),
    row(S::TLS_DHE_RSA_WITH_AES_256_CBC_SHA, Dhe, Rsa, AES_256_SHA),
    row(
        S::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,
        Dhe,
        Rsa,
        TRIPLE_DES_SHA,
    ),
    row(
        S::TLS_RSA_WITH_AES_128_GCM_SHA256,
        KeyExchange::Rsa,
        Rsa,
        AES_128_GCM,
    ),
    row(
        S::TLS_RSA_WITH_AES_256_GCM_SHA384,
        KeyExchange::Rsa,
        Rsa,
        AES_256_GCM,
    ),
    row(
        S::TLS_RSA_WITH_AES_128_CBC_SHA256,
        KeyExchange::Rsa,
        Rsa,
        AES_128_SHA256,
    ),
    row(
        S::TLS_RSA_WITH_AES_256_CBC_SHA256,
        KeyExchange::Rsa,
        Rsa,
        AES_256_SHA256,
    ),
    row(
        S::TLS_RSA_WITH_AES_128_CBC_SHA,
        KeyExchange::Rsa,
        Rsa,
        AES_128_SHA,
    ),
    row(
        S::TLS_RSA_WITH_AES_256_CBC_SHA,
        KeyExchange::Rsa,
        Rsa,
        AES_256_SHA,
    ),
    row(
        S::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
        KeyExchange::Rsa,
        Rsa,
        TRIPLE_DES_SHA,
    ),
];

pub(super) const fn row(
    code: CipherSuite,
    key_exchange: KeyExchange,
    authentication: Authentication,
    (protects, name, hash): Protected,
) -> Suite {
    Suite {
        code,
        key_exchange,
        protects,
        hash: hash.0,
        authentication,
        shares_key: false,
        oldest: oldest(key_exchange, protects),
        names: (name, hash.1),
    }
}

/// AEADs and MACs other than SHA-1's and MD5's came with TLS 1.2 (RFC 5246 section 6.2.3.3, RFC 5289), curves
/// with TLS 1.0 (RFC 8422); everything else is as old as SSL 3.0.
pub(super) const fn oldest(key_exchange: KeyExchange, protects: Protects) -> ProtocolVersion {
    match (protects, key_exchange) {
        (Protects::Block(_, HashAlgorithm::Sha1), Ecdhe) => ProtocolVersion::TLS_1_0,
        (Protects::Block(_, HashAlgorithm::Sha1 | HashAlgorithm::Md5), _) => {
            ProtocolVersion::SSL_3_0
        }
        _ => ProtocolVersion::TLS_1_2,
    }
}

//! The suites of TLS 1.2 without an AEAD (RFC 8422 section 6, RFC 5289 section 3.1): offered and
//! taken only where a policy of [`crate::obsolete`] names them.

use crate::suite::row::{Authentication, Protects, Suite};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_wire::registry::CipherSuite;

/// A cipher and a MAC, and their names.
type Block = (BulkCipher, HashAlgorithm, &'static str);

const AES_128_SHA: Block = (
    BulkCipher::Aes128Cbc,
    HashAlgorithm::Sha1,
    "AES-128-CBC with HMAC-SHA-1",
);
const AES_256_SHA: Block = (
    BulkCipher::Aes256Cbc,
    HashAlgorithm::Sha1,
    "AES-256-CBC with HMAC-SHA-1",
);
const AES_128_SHA256: Block = (
    BulkCipher::Aes128Cbc,
    HashAlgorithm::Sha256,
    "AES-128-CBC with HMAC-SHA-256",
);
const AES_256_SHA384: Block = (
    BulkCipher::Aes256Cbc,
    HashAlgorithm::Sha384,
    "AES-256-CBC with HMAC-SHA-384",
);
const TRIPLE_DES_SHA: Block = (
    BulkCipher::TripleDesCbc,
    HashAlgorithm::Sha1,
    "3DES-EDE-CBC with HMAC-SHA-1",
);

use Authentication::{Ecdsa, Rsa};
use CipherSuite as S;

pub(super) const SUITES: &[Suite] = &[
    row(S::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, Ecdsa, AES_128_SHA),
    row(S::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, Ecdsa, AES_256_SHA),
    row(
        S::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        Ecdsa,
        AES_128_SHA256,
    ),
    row(
        S::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        Ecdsa,
        AES_256_SHA384,
    ),
    row(
        S::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA,
        Ecdsa,
        TRIPLE_DES_SHA,
    ),
    row(S::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, Rsa, AES_128_SHA),
    row(S::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, Rsa, AES_256_SHA),
    row(
        S::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        Rsa,
        AES_128_SHA256,
    ),
    row(
        S::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
        Rsa,
        AES_256_SHA384,
    ),
    row(S::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, Rsa, TRIPLE_DES_SHA),
];

const fn row(code: CipherSuite, authentication: Authentication, block: Block) -> Suite {
    let (cipher, mac, name) = block;
    // The PRF's hash is SHA-256 where the suite names none better (RFC 5246 section 5).
    let hash = match mac {
        HashAlgorithm::Sha384 => (HashAlgorithm::Sha384, "SHA-384"),
        _ => (HashAlgorithm::Sha256, "SHA-256"),
    };
    Suite {
        code,
        protects: Protects::Block(cipher, mac),
        hash: hash.0,
        authentication,
        names: (name, hash.1),
    }
}

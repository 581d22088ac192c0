//! The cipher suites of TLS 1.3 (RFC 8446 appendix B.4).

use handfast_crypto::aead::AeadAlgorithm;
use handfast_crypto::hash::HashAlgorithm;
use handfast_wire::registry::CipherSuite;

/// A suite of TLS 1.3.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suite {
    pub(crate) code: CipherSuite,
    pub(crate) aead: AeadAlgorithm,
    pub(crate) hash: HashAlgorithm,
    /// The names of cipher and hash.
    names: (&'static str, &'static str),
}

const AES_128_GCM: (AeadAlgorithm, &str) = (AeadAlgorithm::Aes128Gcm, "AES-128-GCM");
const AES_256_GCM: (AeadAlgorithm, &str) = (AeadAlgorithm::Aes256Gcm, "AES-256-GCM");
const CHACHA20: (AeadAlgorithm, &str) = (AeadAlgorithm::ChaCha20Poly1305, "ChaCha20-Poly1305");
const AES_128_CCM: (AeadAlgorithm, &str) = (AeadAlgorithm::Aes128Ccm, "AES-128-CCM");
const AES_128_CCM_8: (AeadAlgorithm, &str) = (AeadAlgorithm::Aes128Ccm8, "AES-128-CCM-8");
const SHA256: (HashAlgorithm, &str) = (HashAlgorithm::Sha256, "SHA-256");
const SHA384: (HashAlgorithm, &str) = (HashAlgorithm::Sha384, "SHA-384");

const SUITES: &[Suite] = &[
    row(CipherSuite::TLS_AES_128_GCM_SHA256, AES_128_GCM, SHA256),
    row(CipherSuite::TLS_AES_256_GCM_SHA384, AES_256_GCM, SHA384),
    row(CipherSuite::TLS_CHACHA20_POLY1305_SHA256, CHACHA20, SHA256),
    row(CipherSuite::TLS_AES_128_CCM_SHA256, AES_128_CCM, SHA256),
    row(CipherSuite::TLS_AES_128_CCM_8_SHA256, AES_128_CCM_8, SHA256),
];

const fn row(
    code: CipherSuite,
    aead: (AeadAlgorithm, &'static str),
    hash: (HashAlgorithm, &'static str),
) -> Suite {
    Suite {
        code,
        aead: aead.0,
        hash: hash.0,
        names: (aead.1, hash.1),
    }
}

/// The row of a suite, when the engine knows it.
pub(crate) fn find(code: CipherSuite) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.code == code)
}

/// The four parts that a suite names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteParts {
    /// How keys are agreed on; "any group" in TLS 1.3.
    pub key_exchange: &'static str,
    /// How the peer proves who it is; "any scheme" in TLS 1.3.
    pub authentication: &'static str,
    /// The record cipher.
    pub cipher: &'static str,
    /// The hash of the key schedule.
    pub hash: &'static str,
}

/// The four parts of a suite that the engine knows.
///
/// ```
/// let parts = handfast::suite::parts(handfast::CipherSuite::TLS_AES_128_GCM_SHA256).unwrap();
/// assert_eq!((parts.cipher, parts.hash), ("AES-128-GCM", "SHA-256"));
/// ```
#[must_use]
pub fn parts(code: CipherSuite) -> Option<SuiteParts> {
    let suite = find(code)?;
    let (cipher, hash) = suite.names;
    Some(SuiteParts {
        key_exchange: "any group",
        authentication: "any scheme",
        cipher,
        hash,
    })
}

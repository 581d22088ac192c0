//! The cipher suites: those of TLS 1.3 (RFC 8446 appendix B.4), and those of
//! TLS 1.2 with ephemeral keys and authenticated encryption (RFC 5289, RFC 7905).

#[cfg(feature = "legacy")]
use crate::suite::legacy;
use crate::suite::row::{Authentication, KeyExchange, Suite, row};
#[cfg(feature = "legacy")]
use crate::suite::{streams, without_certificate};
use handfast_crypto::aead::AeadAlgorithm;
use handfast_crypto::hash::HashAlgorithm;
use handfast_wire::registry::CipherSuite;

const AES_128_GCM: (AeadAlgorithm, &str) = (AeadAlgorithm::Aes128Gcm, "AES-128-GCM");
const AES_256_GCM: (AeadAlgorithm, &str) = (AeadAlgorithm::Aes256Gcm, "AES-256-GCM");
const CHACHA20: (AeadAlgorithm, &str) = (AeadAlgorithm::ChaCha20Poly1305, "ChaCha20-Poly1305");
const AES_128_CCM: (AeadAlgorithm, &str) = (AeadAlgorithm::Aes128Ccm, "AES-128-CCM");
const AES_128_CCM_8: (AeadAlgorithm, &str) = (AeadAlgorithm::Aes128Ccm8, "AES-128-CCM-8");
const SHA256: (HashAlgorithm, &str) = (HashAlgorithm::Sha256, "SHA-256");
const SHA384: (HashAlgorithm, &str) = (HashAlgorithm::Sha384, "SHA-384");

const SUITES: &[Suite] = &[
    row(
        CipherSuite::TLS_AES_128_GCM_SHA256,
        Authentication::Any,
        AES_128_GCM,
        SHA256,
    ),
    row(
        CipherSuite::TLS_AES_256_GCM_SHA384,
        Authentication::Any,
        AES_256_GCM,
        SHA384,
    ),
    row(
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        Authentication::Any,
        CHACHA20,
        SHA256,
    ),
    row(
        CipherSuite::TLS_AES_128_CCM_SHA256,
        Authentication::Any,
        AES_128_CCM,
        SHA256,
    ),
    row(
        CipherSuite::TLS_AES_128_CCM_8_SHA256,
        Authentication::Any,
        AES_128_CCM_8,
        SHA256,
    ),
    row(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Authentication::Ecdsa,
        AES_128_GCM,
        SHA256,
    ),
    row(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        Authentication::Ecdsa,
        AES_256_GCM,
        SHA384,
    ),
    row(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        Authentication::Ecdsa,
        CHACHA20,
        SHA256,
    ),
    row(
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        Authentication::Rsa,
        AES_128_GCM,
        SHA256,
    ),
    row(
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        Authentication::Rsa,
        AES_256_GCM,
        SHA384,
    ),
    row(
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        Authentication::Rsa,
        CHACHA20,
        SHA256,
    ),
];

/// The row of a suite, when the engine knows it.
pub(crate) fn find(code: CipherSuite) -> Option<&'static Suite> {
    let found = SUITES.iter().find(|suite| suite.code == code);
    #[cfg(feature = "legacy")]
    let found = found.or_else(|| {
        let mut others = legacy::SUITES
            .iter()
            .chain(without_certificate::SUITES)
            .chain(streams::SUITES);
        others.find(|suite| suite.code == code)
    });
    found
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
    let key_exchange = match suite.key_exchange {
        KeyExchange::Any => "any group",
        KeyExchange::Ecdhe => "ECDHE",
        #[cfg(feature = "legacy")]
        KeyExchange::Dhe => "DHE",
        #[cfg(feature = "legacy")]
        KeyExchange::Rsa => "RSA",
        #[cfg(feature = "legacy")]
        KeyExchange::Psk => "PSK",
    };
    let authentication = match suite.authentication {
        Authentication::Any => "any scheme",
        Authentication::Ecdsa => "ECDSA",
        #[cfg(feature = "legacy")]
        Authentication::Rsa if suite.shares_key() => "RSA and PSK",
        Authentication::Rsa => "RSA",
        #[cfg(feature = "legacy")]
        Authentication::Nobody if suite.shares_key() => "PSK",
        #[cfg(feature = "legacy")]
        Authentication::Nobody => "nobody",
    };
    Some(SuiteParts {
        key_exchange,
        authentication,
        cipher,
        hash,
    })
}

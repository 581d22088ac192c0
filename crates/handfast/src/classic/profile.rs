//! What differs between the versions of the family: one row each.

use crate::suite::{Protects, Suite};
use handfast_crypto::aead::AeadAlgorithm;
use handfast_crypto::hash::HashAlgorithm;
use handfast_wire::registry::ProtocolVersion;

/// The row of one version.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) version: ProtocolVersion,
    /// The hash of PRF, Finished and signatures' transcript, given the suite.
    pub(crate) prf_hash: fn(&Suite) -> HashAlgorithm,
    /// What the key block is cut into, given the suite.
    pub(crate) key_lengths: fn(&Suite) -> KeyLengths,
}

/// What a Finished holds (RFC 5246 section 7.4.9). It is sent, so it is no secret.
pub(crate) type VerifyData = [u8; 12];

/// Bytes of each kind that one side of a key block holds (RFC 5246 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyLengths {
    /// Nothing where the cipher authenticates by itself.
    pub(crate) mac_key: usize,
    pub(crate) key: usize,
    /// Only what no record carries.
    pub(crate) iv: usize,
}

/// RFC 5246.
pub(crate) const TLS12: Profile = Profile {
    version: ProtocolVersion::TLS_1_2,
    prf_hash: |suite| suite.hash,
    key_lengths: |suite| match suite.protects {
        Protects::Aead(aead) => KeyLengths {
            mac_key: 0,
            key: aead.key_len(),
            iv: fixed_iv_len(aead),
        },
        #[cfg(feature = "legacy")]
        Protects::Block(cipher, hash) => KeyLengths {
            mac_key: hash.output_len(),
            key: cipher.key_len(),
            // Each record bears an IV of its own.
            iv: 0,
        },
    },
};

/// Bytes of IV from the key block: the rest of the nonce is in the record for
/// GCM (RFC 5288 section 3); ChaCha20-Poly1305 has none there (RFC 7905).
const fn fixed_iv_len(aead: AeadAlgorithm) -> usize {
    match aead {
        AeadAlgorithm::ChaCha20Poly1305 => 12,
        _ => 4,
    }
}

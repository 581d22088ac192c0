//! Record protection: seal and open, in place or in one pass out of place.
//!
//! These are the hot paths. Each call adds a few instructions to the library's own.

use crate::ffi::ccm::CcmKey;
use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};

/// Nonce length of every AEAD here, in bytes.
pub const NONCE_LEN: usize = 12;

/// The longest tag, in bytes.
pub const MAX_TAG_LEN: usize = 16;

/// The longest key, in bytes.
pub const MAX_KEY_LEN: usize = 32;

/// An AEAD of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AeadAlgorithm {
    /// AES-128 in Galois/Counter mode (RFC 5116).
    Aes128Gcm,
    /// AES-256 in Galois/Counter mode (RFC 5116).
    Aes256Gcm,
    /// ChaCha20 with Poly1305 (RFC 8439).
    ChaCha20Poly1305,
    /// AES-128 in CCM mode with a tag of 16 bytes (RFC 6655).
    Aes128Ccm,
    /// AES-128 in CCM mode with a tag of 8 bytes (RFC 6655): for constrained devices.
    Aes128Ccm8,
}

impl AeadAlgorithm {
    /// Key length in bytes.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Ccm | Self::Aes128Ccm8 => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// Nonce length in bytes: 12 for all.
    #[must_use]
    pub const fn nonce_len(self) -> usize {
        NONCE_LEN
    }

    /// Tag length in bytes: 8 for [`AeadAlgorithm::Aes128Ccm8`], else 16.
    #[must_use]
    pub const fn tag_len(self) -> usize {
        match self {
            Self::Aes128Ccm8 => 8,
            _ => MAX_TAG_LEN,
        }
    }

    /// How many full-size records one key may protect before it must be changed.
    ///
    /// GCM: 2^24.5 rounded down (RFC 8446 s5.5). ChaCha20-Poly1305: the sequence number wraps
    /// first. CCM: 2^23 (RFC 9147 s4.5.3, after RFC 9001 B.1.2).
    #[must_use]
    pub const fn confidentiality_limit(self) -> u64 {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => 23_726_566,
            Self::ChaCha20Poly1305 => u64::MAX,
            Self::Aes128Ccm | Self::Aes128Ccm8 => 1 << 23,
        }
    }
}

/// A key that seals and opens. Wiped on drop; does not print.
///
/// The key schedule lives in one heap block of the library and is never moved; this handle is a
/// few words. Safe to use from several threads at once.
pub struct AeadKey {
    context: Context,
    algorithm: AeadAlgorithm,
}

enum Context {
    Library(LessSafeKey),
    Ccm(CcmKey),
}

impl AeadKey {
    /// Sets up `key`.
    ///
    /// # Errors
    /// [`BadKeyLength`] if `key` has not [`AeadAlgorithm::key_len`] bytes.
    pub fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Result<Self, BadKeyLength> {
        let library = |algorithm, key| {
            UnboundKey::new(algorithm, key)
                .map(|key| Context::Library(LessSafeKey::new(key)))
                .map_err(|_| BadKeyLength)
        };
        let context = match algorithm {
            AeadAlgorithm::Aes128Gcm => library(&AES_128_GCM, key)?,
            AeadAlgorithm::Aes256Gcm => library(&AES_256_GCM, key)?,
            AeadAlgorithm::ChaCha20Poly1305 => library(&CHACHA20_POLY1305, key)?,
            AeadAlgorithm::Aes128Ccm | AeadAlgorithm::Aes128Ccm8 => {
                let key = key.try_into().map_err(|_| BadKeyLength)?;
                Context::Ccm(CcmKey::new(key, algorithm.tag_len()))
            }
        };
        Ok(Self { context, algorithm })
    }

    /// Which AEAD this is.
    #[must_use]
    pub const fn algorithm(&self) -> AeadAlgorithm {
        self.algorithm
    }

    /// Encrypts `in_out` in place and writes the tag.
    ///
    /// # Errors
    /// [`SealFailed`] if `tag_out` has not [`AeadAlgorithm::tag_len`] bytes or `in_out` is too
    /// long for the algorithm; nothing may then be sent.
    #[inline]
    pub fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
        tag_out: &mut [u8],
    ) -> Result<(), SealFailed> {
        if tag_out.len() != self.algorithm.tag_len() {
            return Err(SealFailed);
        }
        match &self.context {
            Context::Library(key) => {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                // The tag goes straight to its place, not through a value.
                key.seal_in_place_scatter(nonce, Aad::from(aad), in_out, &[], tag_out)
                    .map_err(|_| SealFailed)
            }
            Context::Ccm(key) => key
                .seal(nonce, aad, in_out, tag_out)
                .map_err(|()| SealFailed),
        }
    }

    /// Encrypts `plaintext` followed by `extra_in` (TLS 1.3's content type and padding) in one
    /// pass: the first goes to `out`, the second and the tag to `extra_out_and_tag`.
    ///
    /// # Errors
    /// [`SealFailed`] if `out` is not as long as `plaintext`, `extra_out_and_tag` not as long as
    /// `extra_in` and the tag, or the input too long for the algorithm.
    #[inline]
    pub fn seal_scatter(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
        extra_in: &[u8],
        out: &mut [u8],
        extra_out_and_tag: &mut [u8],
    ) -> Result<(), SealFailed> {
        match &self.context {
            Context::Library(key) => {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                key.seal_out_of_place_scatter(
                    nonce,
                    Aad::from(aad),
                    plaintext,
                    out,
                    extra_in,
                    extra_out_and_tag,
                )
                .map_err(|_| SealFailed)
            }
            Context::Ccm(key) => key
                .seal_scatter(nonce, aad, plaintext, extra_in, out, extra_out_and_tag)
                .map_err(|()| SealFailed),
        }
    }

    /// Opens `in_out`, ciphertext followed by its tag, in place; gives the plaintext's length,
    /// which stands at the start of `in_out`.
    ///
    /// # Errors
    /// [`OpenFailed`] if the tag is not right, or there is no room for one. The contents of
    /// `in_out` are then worthless.
    #[inline]
    pub fn open_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<usize, OpenFailed> {
        match &self.context {
            Context::Library(key) => {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                key.open_in_place(nonce, Aad::from(aad), in_out)
                    .map(|plaintext| plaintext.len())
                    .map_err(|_| OpenFailed)
            }
            Context::Ccm(key) => key.open(nonce, aad, in_out).map_err(|()| OpenFailed),
        }
    }
}

impl core::fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AeadKey({:?})", self.algorithm)
    }
}

/// The key has not the algorithm's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadKeyLength;

/// Sealing failed: a slice has the wrong length. It is our own mistake, never a peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealFailed;

/// The record does not open: wrong key, wrong nonce, or changed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFailed;

impl core::fmt::Display for BadKeyLength {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the key has not the algorithm's length")
    }
}

impl core::fmt::Display for SealFailed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("sealing failed: a buffer has the wrong length")
    }
}

impl core::fmt::Display for OpenFailed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the record does not open under this key")
    }
}

impl core::error::Error for BadKeyLength {}
impl core::error::Error for SealFailed {}
impl core::error::Error for OpenFailed {}

#[cfg(test)]
mod tests;

//! Record protection: seal and open, in place or in one pass out of place.
//!
//! These are the hot paths. Each call adds a few instructions to the library's own.

mod algorithm;

pub use algorithm::{AeadAlgorithm, MAX_KEY_LEN, MAX_TAG_LEN, NONCE_LEN};

use crate::ffi::aead::{AeadContext, KeyBytes};
use crate::ffi::ccm::CcmKey;

/// A key that seals and opens. Wiped on drop; does not print.
///
/// The key schedule lives in one heap block of the library and is never moved; this handle is a
/// few words. Safe to use from several threads at once.
pub struct AeadKey {
    context: Context,
    algorithm: AeadAlgorithm,
}

enum Context {
    Library(AeadContext),
    Ccm(CcmKey),
}

impl AeadKey {
    /// Sets up `key`.
    ///
    /// # Errors
    /// [`BadKeyLength`] if `key` has not [`AeadAlgorithm::key_len`] bytes.
    pub fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Result<Self, BadKeyLength> {
        let context = match algorithm {
            AeadAlgorithm::Aes128Ccm | AeadAlgorithm::Aes128Ccm8 => {
                let key = key.try_into().map_err(|_| BadKeyLength)?;
                Context::Ccm(CcmKey::new(key, algorithm.tag_len()))
            }
            AeadAlgorithm::Aes128Gcm
            | AeadAlgorithm::Aes256Gcm
            | AeadAlgorithm::ChaCha20Poly1305 => {
                Context::Library(AeadContext::new(algorithm, key).map_err(|()| BadKeyLength)?)
            }
        };
        Ok(Self { context, algorithm })
    }

    /// The bytes of the key alone; nothing for CCM, which has no more than them.
    pub(crate) fn key_bytes(&self) -> Option<KeyBytes> {
        match &self.context {
            Context::Library(context) => KeyBytes::new(self.algorithm, context.key()).ok(),
            Context::Ccm(_) => None,
        }
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
        match &self.context {
            Context::Library(context) => context.seal_in_place(nonce, aad, in_out, tag_out),
            Context::Ccm(key) => key.seal(nonce, aad, in_out, tag_out),
        }
        .map_err(|()| SealFailed)
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
            Context::Library(context) => {
                context.seal_scatter(nonce, aad, plaintext, extra_in, out, extra_out_and_tag)
            }
            Context::Ccm(key) => {
                key.seal_scatter(nonce, aad, plaintext, extra_in, out, extra_out_and_tag)
            }
        }
        .map_err(|()| SealFailed)
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
            Context::Library(context) => context.open_in_place(nonce, aad, in_out),
            Context::Ccm(key) => key.open(nonce, aad, in_out),
        }
        .map_err(|()| OpenFailed)
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

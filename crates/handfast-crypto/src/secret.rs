//! Secrets of fixed capacity: wiped when dropped, never printed, never copied by accident.
//!
//! Moving a secret by value may leave a copy of it on the stack, so keep it where it was made (in
//! the handshake's heap block, say) and pass references.

use crate::ffi::compare::equal;
use crate::ffi::wipe::wipe;
use core::fmt;

/// The longest secret of any version (of SHA-384's length, or a master secret), in bytes: a
/// [`Secret`]'s capacity.
pub const SECRET_CAPACITY: usize = 48;

/// The longest shared secret (ffdhe8192's), in bytes: a [`SharedSecret`]'s capacity.
pub const SHARED_SECRET_CAPACITY: usize = 1024;

/// A secret of at most 48 bytes, such as one stage of the TLS 1.3 key schedule. Wiped on drop.
///
/// It has no `Clone` (see [`Secret::duplicate`]) and its `Debug` shows the length only.
pub struct Secret {
    bytes: [u8; SECRET_CAPACITY],
    len: u8,
}

impl Secret {
    /// A secret of `len` zero bytes, to be written into.
    ///
    /// # Panics
    /// If `len` is over 48: lengths here are those of hashes and keys, never a peer's word.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most the capacity, and no other conversion is const"
    )]
    pub const fn zeros(len: usize) -> Self {
        assert!(len <= SECRET_CAPACITY, "a secret has at most 48 bytes");
        Self {
            bytes: [0; SECRET_CAPACITY],
            len: len as u8,
        }
    }

    /// A copy of `bytes`.
    ///
    /// # Errors
    /// [`SecretTooLong`] if there are more than 48 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, SecretTooLong> {
        if bytes.len() > SECRET_CAPACITY {
            return Err(SecretTooLong);
        }
        let mut secret = Self::zeros(bytes.len());
        secret.as_mut_bytes().copy_from_slice(bytes);
        Ok(secret)
    }

    /// The secret bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len()]
    }

    /// The secret bytes, to be written into.
    #[must_use]
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        let len = self.len();
        &mut self.bytes[..len]
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether it has no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Wipes what is there and takes on `len` zero bytes, in place.
    ///
    /// # Panics
    /// If `len` is over 48, as [`Secret::zeros`].
    pub fn reset(&mut self, len: usize) {
        assert!(len <= SECRET_CAPACITY, "a secret has at most 48 bytes");
        wipe(&mut self.bytes);
        self.len = Self::zeros(len).len;
    }

    /// A second copy, asked for by name.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            bytes: self.bytes,
            len: self.len,
        }
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        wipe(&mut self.bytes);
    }
}

impl zeroize::ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.len)
    }
}

/// More bytes than a [`Secret`] or [`SharedSecret`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretTooLong;

impl fmt::Display for SecretTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the secret is longer than its place")
    }
}

impl core::error::Error for SecretTooLong {}

/// Secret bytes of a number that is known beforehand, wiped in one call when dropped.
pub struct SecretArray<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> SecretArray<BYTES> {
    /// Zeros, to be written over.
    #[must_use]
    pub const fn zeros() -> Self {
        Self([0; BYTES])
    }

    /// The secret bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// The bytes, to be written over.
    #[must_use]
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl<const BYTES: usize> Drop for SecretArray<BYTES> {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl<const BYTES: usize> zeroize::ZeroizeOnDrop for SecretArray<BYTES> {}

/// What a key agreement yields: up to 1,024 bytes (ffdhe8192), on the heap, wiped on drop.
///
/// Its `Debug` shows the length only.
pub struct SharedSecret {
    bytes: Box<[u8]>,
}

impl SharedSecret {
    /// `len` zero bytes, to be written into in place.
    pub(crate) fn zeros(len: usize) -> Self {
        debug_assert!(len <= SHARED_SECRET_CAPACITY);
        Self {
            bytes: vec![0; len].into_boxed_slice(),
        }
    }

    pub(crate) fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// A copy of `bytes`, for agreements made elsewhere (a hardware module, a test).
    ///
    /// # Errors
    /// [`SecretTooLong`] if there are more than 1,024 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, SecretTooLong> {
        if bytes.len() > SHARED_SECRET_CAPACITY {
            return Err(SecretTooLong);
        }
        Ok(Self {
            bytes: bytes.into(),
        })
    }

    /// The secret bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The secret without its leading zero bytes: TLS 1.2's premaster secret of finite-field
    /// Diffie-Hellman (RFC 5246 s8.1.2). The strip shows in timing (the Raccoon attack), which is
    /// why TLS 1.3 and fresh keys avoid it.
    #[must_use]
    pub fn without_leading_zeros(&self) -> &[u8] {
        let zeros = self.bytes.iter().take_while(|byte| **byte == 0).count();
        self.bytes.get(zeros..).unwrap_or_default()
    }
}

impl Drop for SharedSecret {
    fn drop(&mut self) {
        wipe(&mut self.bytes);
    }
}

impl zeroize::ZeroizeOnDrop for SharedSecret {}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedSecret({} bytes)", self.bytes.len())
    }
}

/// Secret bytes of any number, wiped in one call when dropped. Their place is fixed: they can
/// be cut off, not added to, since growing would leave a copy behind.
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes over bytes, where they lie.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to be written over.
    #[must_use]
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Keeps the first `len` bytes and wipes the rest.
    pub fn truncate(&mut self, len: usize) {
        wipe(self.0.get_mut(len..).unwrap_or_default());
        self.0.truncate(len);
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl zeroize::ZeroizeOnDrop for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes)", self.0.len())
    }
}

/// Whether `a` and `b` are equal, in a time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    equal(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let secret = Secret::from_slice(&[0xab; 32]).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(32 bytes)");
        let shared = SharedSecret::from_slice(&[0xab; 32]).unwrap();
        assert_eq!(format!("{shared:?}"), "SharedSecret(32 bytes)");
    }

    #[test]
    fn bytes_cut_off_are_gone() {
        let mut secret = SecretBytes::new(vec![9; 20]);
        secret.truncate(12);
        secret.truncate(30);
        assert_eq!(secret.as_bytes(), [9; 12]);
        assert_eq!(format!("{secret:?}"), "SecretBytes(12 bytes)");
    }

    #[test]
    fn a_secret_over_48_bytes_is_refused() {
        assert_eq!(Secret::from_slice(&[0; 49]).err(), Some(SecretTooLong));
        assert_eq!(Secret::from_slice(&[7; 48]).unwrap().as_bytes(), [7; 48]);
        assert!(SharedSecret::from_slice(&[0; 1025]).is_err());
    }

    #[test]
    fn reset_leaves_no_old_byte() {
        let mut secret = Secret::from_slice(&[9; 48]).unwrap();
        secret.reset(32);
        assert_eq!(secret.as_bytes(), [0; 32]);
        assert_eq!(secret.bytes, [0; SECRET_CAPACITY]);
    }

    #[test]
    fn equality_needs_equal_length_and_bytes() {
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"ab"));
        assert!(constant_time_eq(b"", b""));
    }

    #[test]
    fn leading_zeros_are_stripped_on_demand_only() {
        let shared = SharedSecret::from_slice(&[0, 0, 1, 0]).unwrap();
        assert_eq!(shared.as_bytes(), [0, 0, 1, 0]);
        assert_eq!(shared.without_leading_zeros(), [1, 0]);
    }
}

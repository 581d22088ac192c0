//! Secrets that valgrind watches: with the feature `taint`, on x86-64, memcheck takes what
//! [`secret`] names for memory that was never written, and reports every branch and every address
//! that comes to depend on it. Without the feature nothing of it is there.
//!
//! What the record protection decrypts itself and what RSA gives is marked where it comes to be;
//! what may be told after all, that a record was refused, is released where it is told.
//! `cargo xtask constant-time` runs it, beside code that leaks.

/// From here on these bytes are a secret.
#[inline]
pub fn secret(bytes: &[u8]) {
    #[cfg(all(feature = "taint", target_arch = "x86_64"))]
    crate::ffi::taint::make_undefined(bytes);
    let _ = bytes;
}

/// From here on anyone may know these bytes.
#[inline]
pub fn public(bytes: &[u8]) {
    #[cfg(all(feature = "taint", target_arch = "x86_64"))]
    crate::ffi::taint::make_defined(bytes);
    let _ = bytes;
}

/// True where valgrind watches.
#[must_use]
pub fn is_watched() -> bool {
    #[cfg(all(feature = "taint", target_arch = "x86_64"))]
    return crate::ffi::taint::is_watched();
    #[cfg(not(all(feature = "taint", target_arch = "x86_64")))]
    false
}

/// A number that anyone may know.
#[inline]
pub(super) fn told(number: u32) -> u32 {
    #[cfg(all(feature = "taint", target_arch = "x86_64"))]
    {
        let bytes = number.to_ne_bytes();
        public(&bytes);
        u32::from_ne_bytes(core::hint::black_box(bytes))
    }
    #[cfg(not(all(feature = "taint", target_arch = "x86_64")))]
    number
}

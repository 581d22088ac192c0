//! Comparison in constant time, by the library's own: what hides its steps from a compiler in Rust
//! stores and loads each byte.

use aws_lc_sys::CRYPTO_memcmp;

/// Whether `a` and `b` are equal, in a time that depends on their lengths only.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    // SAFETY: both slices have as many bytes as the function reads of each.
    a.len() == b.len()
        && unsafe { CRYPTO_memcmp(a.as_ptr().cast(), b.as_ptr().cast(), a.len()) } == 0
}

//! Wiping memory: one call that the optimiser keeps, many times faster than a loop of volatile
//! writes, which shows where each HMAC wipes four contexts.

use aws_lc_sys::{OPENSSL_cleanse, SHA_CTX, SHA256_CTX, SHA512_CTX};

/// Types without padding that matters, for which all zeros is a value.
pub(crate) trait Wipeable {}
impl<const LEN: usize> Wipeable for [u8; LEN] {}
impl<const LEN: usize> Wipeable for [u32; LEN] {}
impl<const LEN: usize> Wipeable for [u64; LEN] {}
impl Wipeable for [u8] {}
impl Wipeable for SHA_CTX {}
impl Wipeable for SHA256_CTX {}
impl Wipeable for SHA512_CTX {}

/// Overwrites all of `value` with zeros.
#[inline]
pub(crate) fn wipe<T: Wipeable + ?Sized>(value: &mut T) {
    let len = size_of_val(value);
    // SAFETY: writes zeros over the `len` bytes of a live value, which are a value of its type.
    unsafe { OPENSSL_cleanse(core::ptr::from_mut(value).cast(), len) };
}

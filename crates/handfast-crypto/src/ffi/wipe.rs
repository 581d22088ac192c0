//! Wiping memory in one call; a volatile store for every byte costs more than a block of SHA-256.

use aws_lc_sys::OPENSSL_cleanse;

/// Overwrites `bytes` with zeros; the compiler cannot leave it out.
#[inline]
pub(crate) fn wipe(bytes: &mut [u8]) {
    // SAFETY: pointer and length name one live slice that is ours alone, and any byte is a value.
    unsafe { OPENSSL_cleanse(bytes.as_mut_ptr().cast(), bytes.len()) };
}

/// Overwrites `words` with zeros, as [`wipe`].
#[inline]
pub(crate) fn wipe_words<W: Word>(words: &mut [W]) {
    // SAFETY: as in `wipe`; a `Word` is an integer, for which all zeros is a value.
    unsafe { OPENSSL_cleanse(words.as_mut_ptr().cast(), size_of_val(words)) };
}

/// Integers, which any bytes make.
pub(crate) trait Word {}
impl Word for u32 {}
impl Word for u64 {}

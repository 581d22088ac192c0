//! The AEADs that the library has as such, called without anything between.
//!
//! A context and its key lie in one block of the library's heap, which is wiped when it is freed.
//! The key is kept so that a context which waits can be reduced to it.

use crate::aead::{AeadAlgorithm, NONCE_LEN};
use aws_lc_sys::{
    EVP_AEAD, EVP_AEAD_CTX, EVP_AEAD_CTX_aead, EVP_AEAD_CTX_cleanup, EVP_AEAD_CTX_init,
    EVP_AEAD_CTX_open_gather, EVP_AEAD_CTX_seal_scatter, EVP_AEAD_CTX_zero, EVP_AEAD_key_length,
    EVP_aead_aes_128_gcm, EVP_aead_aes_256_gcm, EVP_aead_chacha20_poly1305, OPENSSL_free,
    OPENSSL_malloc,
};
use core::alloc::Layout;
use core::ptr::{NonNull, null_mut};

/// A key set up, ready to seal and open; some 600 bytes.
pub(crate) struct AeadContext {
    /// The context, and behind it the bytes of its key.
    block: NonNull<EVP_AEAD_CTX>,
}

/// The bytes of a key and nothing else.
pub(crate) struct KeyBytes {
    /// As many bytes as the algorithm's keys have.
    block: NonNull<u8>,
    algorithm: AeadAlgorithm,
}

const CONTEXT: usize = size_of::<EVP_AEAD_CTX>();

/// The tag's length, of all three.
const TAG: usize = 16;

impl AeadContext {
    /// Sets up `key`, of the algorithm's length. CCM is not among those the library has as AEADs.
    pub(crate) fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Result<Self, ()> {
        let aead = method(algorithm).ok_or(())?;
        if key.len() != algorithm.key_len() {
            return Err(());
        }
        let block = allocate(CONTEXT + key.len()).cast::<EVP_AEAD_CTX>();
        // SAFETY: the block is fresh, large enough for a context and the key behind it, and aligned
        // for the words of which a context is made; `key` lies elsewhere.
        unsafe {
            EVP_AEAD_CTX_zero(block.as_ptr());
            key_behind(block).copy_from_nonoverlapping(NonNull::from(key).cast(), key.len());
        }
        // From here on the block is freed when dropped. What the zeroed context has, `drop` bears.
        let context = Self { block };
        // SAFETY: the context is zeroed, the method static, the key has the method's length.
        let done = unsafe {
            EVP_AEAD_CTX_init(
                block.as_ptr(),
                aead,
                key.as_ptr(),
                key.len(),
                TAG,
                null_mut(),
            )
        };
        if done == 1 { Ok(context) } else { Err(()) }
    }

    /// Encrypts `in_out` in place and writes the tag.
    #[inline]
    pub(crate) fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
        tag_out: &mut [u8],
    ) -> Result<(), ()> {
        if tag_out.len() != TAG {
            return Err(());
        }
        let text = in_out.as_mut_ptr();
        let mut tag_len = 0;
        // SAFETY: the context is set up and only read. Input and output are the same bytes, which
        // the library allows; tag, nonce and associated data are live slices beside them, given
        // with their lengths. There is no extra input.
        let done = unsafe {
            EVP_AEAD_CTX_seal_scatter(
                self.block.as_ptr(),
                text,
                tag_out.as_mut_ptr(),
                &mut tag_len,
                tag_out.len(),
                nonce.as_ptr(),
                nonce.len(),
                text,
                in_out.len(),
                nonce.as_ptr(),
                0,
                aad.as_ptr(),
                aad.len(),
            )
        };
        if done == 1 { Ok(()) } else { Err(()) }
    }

    /// Encrypts `plaintext` to `out`, then `extra_in` and the tag to `extra_out_and_tag`.
    #[inline]
    pub(crate) fn seal_scatter(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
        extra_in: &[u8],
        out: &mut [u8],
        extra_out_and_tag: &mut [u8],
    ) -> Result<(), ()> {
        if out.len() != plaintext.len()
            || extra_out_and_tag.len().checked_sub(TAG) != Some(extra_in.len())
        {
            return Err(());
        }
        let mut tag_len = 0;
        // SAFETY: the context is set up and only read. All others are live slices that do not
        // overlap where one is written, given with their lengths; `out` has the plaintext's
        // length, the last one the extra input's and a tag's.
        let done = unsafe {
            EVP_AEAD_CTX_seal_scatter(
                self.block.as_ptr(),
                out.as_mut_ptr(),
                extra_out_and_tag.as_mut_ptr(),
                &mut tag_len,
                extra_out_and_tag.len(),
                nonce.as_ptr(),
                nonce.len(),
                plaintext.as_ptr(),
                plaintext.len(),
                extra_in.as_ptr(),
                extra_in.len(),
                aad.as_ptr(),
                aad.len(),
            )
        };
        if done == 1 { Ok(()) } else { Err(()) }
    }

    /// Opens ciphertext followed by its tag, in place; gives the plaintext's length.
    #[inline]
    pub(crate) fn open_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<usize, ()> {
        let len = in_out.len().checked_sub(TAG).ok_or(())?;
        let (text, tag) = in_out.split_at_mut_checked(len).ok_or(())?;
        let start = text.as_mut_ptr();
        // SAFETY: the context is set up and only read. Input and output are the same bytes, which
        // the library allows; the others are live slices beside them, given with their lengths.
        let done = unsafe {
            EVP_AEAD_CTX_open_gather(
                self.block.as_ptr(),
                start,
                nonce.as_ptr(),
                nonce.len(),
                start,
                len,
                tag.as_ptr(),
                tag.len(),
                aad.as_ptr(),
                aad.len(),
            )
        };
        if done == 1 { Ok(len) } else { Err(()) }
    }

    /// The bytes of the key, of as many as the algorithm's keys have.
    pub(crate) fn key(&self) -> &[u8] {
        // SAFETY: the context is set up, so it names its method; `new` wrote as many bytes behind
        // it as the method's keys have, and nobody changes them.
        unsafe {
            let len = EVP_AEAD_key_length(EVP_AEAD_CTX_aead(self.block.as_ptr()));
            core::slice::from_raw_parts(key_behind(self.block).as_ptr(), len)
        }
    }
}

/// Where the key lies.
///
/// # Safety
/// `block` is one that [`AeadContext::new`] allocated.
unsafe fn key_behind(block: NonNull<EVP_AEAD_CTX>) -> NonNull<u8> {
    // SAFETY: the block is longer than a context.
    unsafe { block.cast::<u8>().add(CONTEXT) }
}

impl Drop for AeadContext {
    fn drop(&mut self) {
        // SAFETY: the context is set up, or zeroed, which the library leaves alone; the block is
        // ours, freed once, and its bytes are wiped by the library first.
        unsafe {
            EVP_AEAD_CTX_cleanup(self.block.as_ptr());
            OPENSSL_free(self.block.as_ptr().cast());
        }
    }
}

impl KeyBytes {
    /// A copy of `key`, which must have the algorithm's length.
    pub(crate) fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Result<Self, ()> {
        if key.len() != algorithm.key_len() {
            return Err(());
        }
        let block = allocate(key.len());
        // SAFETY: the block is fresh and has as many bytes as `key`.
        unsafe { block.copy_from_nonoverlapping(NonNull::from(key).cast(), key.len()) };
        Ok(Self { block, algorithm })
    }

    pub(crate) fn algorithm(&self) -> AeadAlgorithm {
        self.algorithm
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        // SAFETY: `new` wrote so many bytes, and nobody changes them while `self` lives.
        unsafe { core::slice::from_raw_parts(self.block.as_ptr(), self.algorithm.key_len()) }
    }
}

impl Drop for KeyBytes {
    fn drop(&mut self) {
        // SAFETY: ours, freed once; the library wipes what it frees.
        unsafe { OPENSSL_free(self.block.as_ptr().cast()) }
    }
}

// SAFETY: plain memory with one owner, which belongs to no thread.
unsafe impl Send for AeadContext {}
// SAFETY: shared, it is only read: the library's functions for these three take a `const` context
// and are documented as safe to call at once.
unsafe impl Sync for AeadContext {}
// SAFETY: as above.
unsafe impl Send for KeyBytes {}
// SAFETY: shared, it is only read.
unsafe impl Sync for KeyBytes {}

/// The library's table for an algorithm.
fn method(algorithm: AeadAlgorithm) -> Option<*const EVP_AEAD> {
    // SAFETY: the functions give static tables.
    unsafe {
        match algorithm {
            AeadAlgorithm::Aes128Gcm => Some(EVP_aead_aes_128_gcm()),
            AeadAlgorithm::Aes256Gcm => Some(EVP_aead_aes_256_gcm()),
            AeadAlgorithm::ChaCha20Poly1305 => Some(EVP_aead_chacha20_poly1305()),
            AeadAlgorithm::Aes128Ccm | AeadAlgorithm::Aes128Ccm8 => None,
        }
    }
}

/// Memory of the library's heap, aligned for words of 64 bits. Without memory the program ends, as it does
/// for a `Box`.
fn allocate(len: usize) -> NonNull<u8> {
    // SAFETY: allocates; null is told apart below.
    let block = unsafe { OPENSSL_malloc(len) };
    match NonNull::new(block.cast()) {
        Some(block) => block,
        None => std::alloc::handle_alloc_error(
            Layout::array::<u8>(len).unwrap_or_else(|_| Layout::new::<EVP_AEAD_CTX>()),
        ),
    }
}

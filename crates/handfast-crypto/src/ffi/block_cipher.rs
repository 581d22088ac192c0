//! The library's own protection of TLS records by a block cipher and HMAC (MAC-then-encrypt, opened
//! in constant time), and the bare ciphers for what it lacks.

use super::owned::{Owned, owned, succeeded};
use crate::hash::HashAlgorithm;
use crate::legacy::cipher::BulkCipher;
use crate::legacy::protection::IvRule;
use aws_lc_sys::{
    EVP_AEAD, EVP_AEAD_CTX, EVP_AEAD_CTX_cleanup, EVP_AEAD_CTX_init_with_direction,
    EVP_AEAD_CTX_open, EVP_AEAD_CTX_zero, EVP_CIPHER, EVP_CIPHER_CTX, EVP_CIPHER_CTX_new,
    EVP_CIPHER_CTX_set_padding, EVP_CipherInit_ex, EVP_CipherUpdate, EVP_aead_aes_128_cbc_sha1_tls,
    EVP_aead_aes_128_cbc_sha1_tls_implicit_iv, EVP_aead_aes_128_cbc_sha256_tls,
    EVP_aead_aes_128_cbc_sha256_tls_implicit_iv, EVP_aead_aes_256_cbc_sha1_tls,
    EVP_aead_aes_256_cbc_sha1_tls_implicit_iv, EVP_aead_aes_256_cbc_sha384_tls,
    EVP_aead_des_ede3_cbc_sha1_tls, EVP_aead_des_ede3_cbc_sha1_tls_implicit_iv, EVP_aes_128_cbc,
    EVP_aes_256_cbc, EVP_des_ede3_cbc, EVP_rc4, evp_aead_direction_t_evp_aead_open,
    evp_aead_direction_t_evp_aead_seal,
};
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};

/// Which way records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Seal,
    Open,
}

/// One direction of records, MAC and all. Chained IVs it keeps to itself.
pub(crate) struct TlsBlockContext(Box<EVP_AEAD_CTX>);

impl TlsBlockContext {
    /// Nothing where the library lacks it, or a key has another length than it must have. `keys`
    /// are the MAC's, the cipher's, and the first IV where IVs are chained.
    pub(crate) fn new(
        (cipher, hash, iv): (BulkCipher, HashAlgorithm, IvRule),
        keys: &[&[u8]; 3],
        way: Way,
    ) -> Option<Self> {
        let aead = match iv {
            IvRule::InRecord => method(cipher, hash),
            IvRule::Chained => chained(cipher, hash),
        }?;
        let joined = zeroize::Zeroizing::new(keys.concat());
        let direction = match way {
            Way::Seal => evp_aead_direction_t_evp_aead_seal,
            Way::Open => evp_aead_direction_t_evp_aead_open,
        };
        // SAFETY: a C struct of integers and pointers, for which all zeros is a value.
        let zeroed = unsafe { MaybeUninit::<EVP_AEAD_CTX>::zeroed().assume_init() };
        let mut context = Self(Box::new(zeroed));
        // SAFETY: the context lies in a box of its own; the method is static; key and length name
        // one live slice, whose length the library compares.
        let done = unsafe {
            EVP_AEAD_CTX_zero(&mut *context.0);
            EVP_AEAD_CTX_init_with_direction(
                &mut *context.0,
                aead,
                joined.as_ptr(),
                joined.len(),
                0,
                direction,
            )
        };
        (done == 1).then_some(context)
    }

    /// Encrypts `content` to `out`, and MAC and padding to `tail`, of which it gives the length.
    /// Our own sealing is held to it: that can pad more than it must, which the library cannot.
    #[cfg(test)]
    pub(crate) fn seal(
        &mut self,
        iv: &[u8],
        header: &[u8],
        content: &[u8],
        out: &mut [u8],
        tail: &mut [u8],
    ) -> Result<usize, ()> {
        if out.len() != content.len() {
            return Err(());
        }
        let mut written = 0;
        // SAFETY: all are live slices that do not overlap, given with their lengths; `out` has the
        // content's. The library refuses a `tail` that is too short. There is no extra input.
        succeeded(unsafe {
            aws_lc_sys::EVP_AEAD_CTX_seal_scatter(
                &*self.0,
                out.as_mut_ptr(),
                tail.as_mut_ptr(),
                &mut written,
                tail.len(),
                iv.as_ptr(),
                iv.len(),
                content.as_ptr(),
                content.len(),
                null(),
                0,
                header.as_ptr(),
                header.len(),
            )
        })?;
        Ok(written)
    }

    /// Opens `body` where it lies, and gives the content's length. In constant time as to where
    /// padding and MAC stand.
    pub(crate) fn open(&mut self, iv: &[u8], header: &[u8], body: &mut [u8]) -> Result<usize, ()> {
        let mut length = 0;
        let start = body.as_mut_ptr();
        // SAFETY: input and output are the same bytes, which the library allows; the others are
        // live slices beside them, given with their lengths.
        succeeded(unsafe {
            EVP_AEAD_CTX_open(
                &*self.0,
                start,
                &mut length,
                body.len(),
                iv.as_ptr(),
                iv.len(),
                start,
                body.len(),
                header.as_ptr(),
                header.len(),
            )
        })?;
        Ok(length)
    }
}

impl Drop for TlsBlockContext {
    fn drop(&mut self) {
        // SAFETY: set up, or zeroed, which the library leaves alone; cleaned up once.
        unsafe { EVP_AEAD_CTX_cleanup(&mut *self.0) };
    }
}

// SAFETY: plain memory and objects of the library with one owner, which belong to no thread.
unsafe impl Send for TlsBlockContext {}
// SAFETY: every method wants it alone; shared, nothing can be done with it.
unsafe impl Sync for TlsBlockContext {}

/// With an IV in every record.
fn method(cipher: BulkCipher, hash: HashAlgorithm) -> Option<*const EVP_AEAD> {
    // SAFETY: the functions give static tables.
    unsafe {
        Some(match (cipher, hash) {
            (BulkCipher::Aes128Cbc, HashAlgorithm::Sha1) => EVP_aead_aes_128_cbc_sha1_tls(),
            (BulkCipher::Aes128Cbc, HashAlgorithm::Sha256) => EVP_aead_aes_128_cbc_sha256_tls(),
            (BulkCipher::Aes256Cbc, HashAlgorithm::Sha1) => EVP_aead_aes_256_cbc_sha1_tls(),
            (BulkCipher::Aes256Cbc, HashAlgorithm::Sha384) => EVP_aead_aes_256_cbc_sha384_tls(),
            (BulkCipher::TripleDesCbc, HashAlgorithm::Sha1) => EVP_aead_des_ede3_cbc_sha1_tls(),
            _ => return None,
        })
    }
}

/// With the last block of the record before as IV. The hashes of TLS 1.2 do not come with it.
fn chained(cipher: BulkCipher, hash: HashAlgorithm) -> Option<*const EVP_AEAD> {
    // SAFETY: as in `method`.
    unsafe {
        Some(match (cipher, hash) {
            (BulkCipher::Aes128Cbc, HashAlgorithm::Sha1) => {
                EVP_aead_aes_128_cbc_sha1_tls_implicit_iv()
            }
            (BulkCipher::Aes128Cbc, HashAlgorithm::Sha256) => {
                EVP_aead_aes_128_cbc_sha256_tls_implicit_iv()
            }
            (BulkCipher::Aes256Cbc, HashAlgorithm::Sha1) => {
                EVP_aead_aes_256_cbc_sha1_tls_implicit_iv()
            }
            (BulkCipher::TripleDesCbc, HashAlgorithm::Sha1) => {
                EVP_aead_des_ede3_cbc_sha1_tls_implicit_iv()
            }
            _ => return None,
        })
    }
}

/// A cipher with its key, one way, without padding.
pub(crate) struct CipherContext {
    context: Owned<EVP_CIPHER_CTX>,
    block_len: usize,
}

impl CipherContext {
    /// Sets up `key`, which must have the cipher's length, and the first IV: a block's length, or
    /// nothing where each run brings its own. Nothing comes back where there is no cipher.
    pub(crate) fn new(
        cipher: BulkCipher,
        key: &[u8],
        iv: &[u8],
        way: Way,
    ) -> Result<Option<Self>, ()> {
        let Some(bare) = bare(cipher) else {
            return Ok(None);
        };
        let block_len = cipher.block_len();
        if key.len() != cipher.key_len() || !(iv.is_empty() || iv.len() == block_len) {
            return Err(());
        }
        // SAFETY: allocates; null is refused by `owned`.
        let context = owned(unsafe { EVP_CIPHER_CTX_new() })?;
        let encrypts = c_int::from(way == Way::Seal);
        let iv = if iv.is_empty() { null() } else { iv.as_ptr() };
        // SAFETY: the cipher is static, the key has its length, the IV is null or has its length.
        succeeded(unsafe {
            EVP_CipherInit_ex(
                context.as_ptr(),
                bare,
                null_mut(),
                key.as_ptr(),
                iv,
                encrypts,
            )
        })?;
        // SAFETY: a context that was set up; padding is TLS's, not the library's.
        succeeded(unsafe { EVP_CIPHER_CTX_set_padding(context.as_ptr(), 0) })?;
        Ok(Some(Self { context, block_len }))
    }

    /// Encrypts or decrypts whole blocks where they lie. `iv` has a block's length, or none: then
    /// the cipher goes on where it was, a block cipher with the last block of ciphertext.
    pub(crate) fn run(&mut self, iv: &[u8], blocks: &mut [u8]) -> Result<(), ()> {
        if !blocks.len().is_multiple_of(self.block_len) {
            return Err(());
        }
        if !iv.is_empty() {
            self.restart(iv)?;
        }
        let length = c_int::try_from(blocks.len()).map_err(|_| ())?;
        let mut written = 0;
        let start = blocks.as_mut_ptr();
        // SAFETY: in place, which the library allows; whole blocks without padding give as many
        // bytes as they are.
        succeeded(unsafe {
            EVP_CipherUpdate(self.context.as_ptr(), start, &mut written, start, length)
        })?;
        if written == length { Ok(()) } else { Err(()) }
    }

    /// Takes another IV.
    fn restart(&mut self, iv: &[u8]) -> Result<(), ()> {
        if iv.len() != self.block_len {
            return Err(());
        }
        // SAFETY: a null cipher and key keep those set before, -1 the direction; the IV has the
        // length of a block.
        succeeded(unsafe {
            EVP_CipherInit_ex(
                self.context.as_ptr(),
                null(),
                null_mut(),
                null(),
                iv.as_ptr(),
                -1,
            )
        })
    }
}

// SAFETY: every method wants it alone; shared, nothing can be done with it.
unsafe impl Sync for CipherContext {}

fn bare(cipher: BulkCipher) -> Option<*const EVP_CIPHER> {
    // SAFETY: the functions give static tables.
    unsafe {
        Some(match cipher {
            BulkCipher::Aes128Cbc => EVP_aes_128_cbc(),
            BulkCipher::Aes256Cbc => EVP_aes_256_cbc(),
            BulkCipher::TripleDesCbc => EVP_des_ede3_cbc(),
            BulkCipher::Rc4 => EVP_rc4(),
            BulkCipher::Null => return None,
        })
    }
}

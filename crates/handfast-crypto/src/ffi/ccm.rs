//! AES-128-CCM with TLS's nonce of 12 bytes (RFC 6655), which the library has as a cipher only.
//!
//! The suites are off by default and served by few peers, so each record sets up its own context:
//! simple and free of shared state, at the price of one allocation.

use super::owned::{Owned, owned, succeeded};
use aws_lc_sys::{
    EVP_CIPHER_CTX, EVP_CIPHER_CTX_ctrl, EVP_CIPHER_CTX_new, EVP_CTRL_AEAD_GET_TAG,
    EVP_CTRL_AEAD_SET_IVLEN, EVP_CTRL_AEAD_SET_TAG, EVP_CipherInit_ex, EVP_CipherUpdate,
    EVP_aes_128_ccm,
};
use core::ffi::c_int;
use core::ptr::{null, null_mut};
use zeroize::Zeroizing;

/// A key of AES-128-CCM.
pub(crate) struct CcmKey(Box<Kept>);

struct Kept {
    key: Zeroizing<[u8; 16]>,
    tag_len: usize,
}

enum Direction<'a> {
    Seal,
    Open { tag: &'a mut [u8] },
}

impl CcmKey {
    pub(crate) fn new(key: &[u8; 16], tag_len: usize) -> Self {
        Self(Box::new(Kept {
            key: Zeroizing::new(*key),
            tag_len,
        }))
    }

    /// Encrypts in place; `tag_out` has the tag's length.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
        tag_out: &mut [u8],
    ) -> Result<(), ()> {
        if tag_out.len() != self.0.tag_len {
            return Err(());
        }
        let context = self.run(nonce, aad, in_out, Direction::Seal)?;
        control(
            &context,
            EVP_CTRL_AEAD_GET_TAG,
            self.0.tag_len,
            Some(tag_out),
        )
    }

    /// Encrypts `plaintext` and `extra_in` as one message. CCM wants it in one piece, so it is
    /// joined on the heap first.
    pub(crate) fn seal_scatter(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
        extra_in: &[u8],
        out: &mut [u8],
        extra_out_and_tag: &mut [u8],
    ) -> Result<(), ()> {
        if out.len() != plaintext.len()
            || extra_out_and_tag.len() != extra_in.len() + self.0.tag_len
        {
            return Err(());
        }
        let mut joined = Zeroizing::new([plaintext, extra_in].concat());
        let (extra_out, tag) = extra_out_and_tag.split_at_mut(extra_in.len());
        self.seal(nonce, aad, &mut joined, tag)?;
        let (first, second) = joined.split_at(plaintext.len());
        out.copy_from_slice(first);
        extra_out.copy_from_slice(second);
        Ok(())
    }

    /// Opens ciphertext followed by its tag, in place; gives the plaintext's length.
    pub(crate) fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<usize, ()> {
        let len = in_out.len().checked_sub(self.0.tag_len).ok_or(())?;
        let (ciphertext, tag) = in_out.split_at_mut(len);
        self.run(nonce, aad, ciphertext, Direction::Open { tag })?;
        Ok(len)
    }

    fn run(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
        direction: Direction<'_>,
    ) -> Result<Owned<EVP_CIPHER_CTX>, ()> {
        let encrypts = c_int::from(matches!(direction, Direction::Seal));
        // SAFETY: allocates; null is refused by `owned`.
        let context = owned(unsafe { EVP_CIPHER_CTX_new() })?;
        // SAFETY: a fresh context takes its cipher first; no key or nonce yet, so both are null.
        succeeded(unsafe {
            EVP_CipherInit_ex(
                context.as_ptr(),
                EVP_aes_128_ccm(),
                null_mut(),
                null(),
                null(),
                encrypts,
            )
        })?;
        control(&context, EVP_CTRL_AEAD_SET_IVLEN, nonce.len(), None)?;
        let tag = match direction {
            Direction::Seal => None,
            Direction::Open { tag } => Some(tag),
        };
        control(&context, EVP_CTRL_AEAD_SET_TAG, self.0.tag_len, tag)?;
        // SAFETY: the key has the 16 bytes of AES-128 and the nonce the 12 set above; both are
        // only read. A null cipher keeps the one set before.
        succeeded(unsafe {
            EVP_CipherInit_ex(
                context.as_ptr(),
                null(),
                null_mut(),
                self.0.key.as_ptr(),
                nonce.as_ptr(),
                encrypts,
            )
        })?;
        let total = c_int::try_from(in_out.len()).map_err(|_| ())?;
        let aad_len = c_int::try_from(aad.len()).map_err(|_| ())?;
        let mut written = 0;
        // CCM's protocol of three calls: the length, the associated data, the message at once.
        // SAFETY: no output and no input only announces the length.
        succeeded(unsafe {
            EVP_CipherUpdate(context.as_ptr(), null_mut(), &mut written, null(), total)
        })?;
        // SAFETY: no output marks the input, one live slice, as associated data.
        succeeded(unsafe {
            EVP_CipherUpdate(
                context.as_ptr(),
                null_mut(),
                &mut written,
                aad.as_ptr(),
                aad_len,
            )
        })?;
        let message = in_out.as_mut_ptr();
        // SAFETY: one pass in place, which writes `total` bytes over the `total` bytes it reads; a
        // slice of no bytes still gives a pointer that is not null.
        succeeded(unsafe {
            EVP_CipherUpdate(context.as_ptr(), message, &mut written, message, total)
        })?;
        Ok(context)
    }
}

/// One control call; `bytes`, if given, has `len` bytes.
fn control(
    context: &Owned<EVP_CIPHER_CTX>,
    command: c_int,
    len: usize,
    bytes: Option<&mut [u8]>,
) -> Result<(), ()> {
    let len_arg = c_int::try_from(len).map_err(|_| ())?;
    let pointer = match bytes {
        Some(bytes) if bytes.len() == len => bytes.as_mut_ptr(),
        Some(_) => return Err(()),
        None => null_mut(),
    };
    // SAFETY: the three commands used here read or write `len` bytes at `pointer` and nothing
    // else; the length was compared above, and null means "no bytes" to them.
    succeeded(unsafe { EVP_CIPHER_CTX_ctrl(context.as_ptr(), command, len_arg, pointer.cast()) })
}

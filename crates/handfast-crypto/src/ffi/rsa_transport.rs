//! RSA for the transport of keys: PKCS #1 v1.5 encryption, and the bare private operation.

use super::owned::succeeded;
use super::sign::Pkey;
use super::verify::RsaPublic;
use aws_lc_sys::{RSA_NO_PADDING, RSA_PKCS1_PADDING, RSA_decrypt, RSA_encrypt, RSA_size};
use core::ffi::c_int;

impl RsaPublic {
    /// Encrypts with random padding (RFC 8017 section 7.2.1).
    pub(crate) fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, ()> {
        self.encrypt_as(plain, RSA_PKCS1_PADDING)
    }

    /// The bare public operation.
    pub(crate) fn encrypt_bare(&self, padded: &[u8]) -> Result<Vec<u8>, ()> {
        self.encrypt_as(padded, RSA_NO_PADDING)
    }

    fn encrypt_as(&self, plain: &[u8], padding: c_int) -> Result<Vec<u8>, ()> {
        // SAFETY: reads a live key.
        let size = usize::try_from(unsafe { RSA_size(self.as_ptr()) }).map_err(|_| ())?;
        let mut out = vec![0; size];
        let mut written = 0;
        // SAFETY: both slices are given with their lengths; the output has the key's size.
        succeeded(unsafe {
            RSA_encrypt(
                self.as_ptr(),
                &mut written,
                out.as_mut_ptr(),
                out.len(),
                plain.as_ptr(),
                plain.len(),
                padding,
            )
        })?;
        out.truncate(written);
        Ok(out)
    }
}

impl Pkey {
    /// Bytes of the modulus, of an RSA key.
    pub(crate) fn rsa_size(&self) -> Option<usize> {
        let rsa = self.rsa().ok()?;
        // SAFETY: reads a live key.
        usize::try_from(unsafe { RSA_size(rsa) }).ok()
    }

    /// The bare private operation, blinded by the library; `out` has the key's size. Of what is
    /// received only that makes it fail which anyone can see: a wrong length, the numbers 0, 1 and
    /// n - 1, and one that is not below the modulus.
    pub(crate) fn rsa_raw(&self, input: &[u8], out: &mut [u8]) -> Result<(), ()> {
        let rsa = self.rsa()?;
        let mut written = 0;
        // SAFETY: both slices are given with their lengths; the library refuses an output shorter
        // than the key.
        succeeded(unsafe {
            RSA_decrypt(
                rsa,
                &mut written,
                out.as_mut_ptr(),
                out.len(),
                input.as_ptr(),
                input.len(),
                RSA_NO_PADDING,
            )
        })?;
        if written == out.len() {
            Ok(())
        } else {
            Err(())
        }
    }
}

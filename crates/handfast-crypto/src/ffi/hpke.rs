//! HPKE (RFC 9180), base mode: one key pair of the recipient, and a context at each end.

use super::owned::{Owned, owned, succeeded};
use crate::hpke::{HpkeAead, HpkeSuite, Kdf, Kem};
use aws_lc_sys::{
    EVP_HPKE_AEAD, EVP_HPKE_CTX, EVP_HPKE_CTX_new, EVP_HPKE_CTX_open, EVP_HPKE_CTX_seal,
    EVP_HPKE_CTX_setup_recipient, EVP_HPKE_CTX_setup_sender_with_seed_for_testing, EVP_HPKE_KDF,
    EVP_HPKE_KEM, EVP_HPKE_KEY, EVP_HPKE_KEY_init, EVP_HPKE_KEY_new, EVP_HPKE_KEY_public_key,
    EVP_hpke_aes_128_gcm, EVP_hpke_aes_256_gcm, EVP_hpke_chacha20_poly1305, EVP_hpke_hkdf_sha256,
    EVP_hpke_hkdf_sha384, EVP_hpke_x25519_hkdf_sha256,
};

/// A recipient's key pair.
pub(crate) struct KeyPair(Owned<EVP_HPKE_KEY>);

/// A context, of a sender or of a recipient, with the number of its next message.
pub(crate) struct Context(Owned<EVP_HPKE_CTX>);

impl KeyPair {
    /// From the private key, of the length that the KEM gives.
    pub(crate) fn new(kem: Kem, private: &[u8]) -> Result<Self, ()> {
        // SAFETY: allocates; null is refused by `owned`.
        let key = owned(unsafe { EVP_HPKE_KEY_new() })?;
        // SAFETY: the key is fresh, the KEM static, the slice stands beside its length, which the
        // library checks.
        succeeded(unsafe {
            EVP_HPKE_KEY_init(
                key.as_ptr(),
                kem_method(kem),
                private.as_ptr(),
                private.len(),
            )
        })?;
        Ok(Self(key))
    }

    /// The public key, in the KEM's encoding.
    pub(crate) fn public(&self, kem: Kem) -> Result<Vec<u8>, ()> {
        let mut out = vec![0; kem.public_len()];
        let mut len = 0;
        // SAFETY: the key is set up; at most as many bytes are written as the vector has.
        succeeded(unsafe {
            EVP_HPKE_KEY_public_key(self.0.as_ptr(), out.as_mut_ptr(), &mut len, out.len())
        })?;
        if len == out.len() { Ok(out) } else { Err(()) }
    }
}

impl Context {
    /// A sender's, whose short-lived key follows from `seed`; writes what the recipient needs of it.
    ///
    /// The library says *for testing* of seeds that are given: here they are as fresh and as secret
    /// as those that it would draw itself, from the source that the caller's config names.
    pub(crate) fn sender(
        suite: HpkeSuite,
        peer_public: &[u8],
        info: &[u8],
        seed: &[u8],
        enc: &mut [u8],
    ) -> Result<Self, ()> {
        // SAFETY: allocates; null is refused by `owned`.
        let context = owned(unsafe { EVP_HPKE_CTX_new() })?;
        let mut len = 0;
        // SAFETY: the context is fresh, the methods static, and each slice stands beside its length,
        // which bounds what is read and written.
        succeeded(unsafe {
            EVP_HPKE_CTX_setup_sender_with_seed_for_testing(
                context.as_ptr(),
                enc.as_mut_ptr(),
                &mut len,
                enc.len(),
                kem_method(suite.kem),
                kdf_method(suite.kdf),
                aead_method(suite.aead),
                peer_public.as_ptr(),
                peer_public.len(),
                info.as_ptr(),
                info.len(),
                seed.as_ptr(),
                seed.len(),
            )
        })?;
        if len == enc.len() {
            Ok(Self(context))
        } else {
            Err(())
        }
    }

    /// A recipient's.
    pub(crate) fn recipient(
        suite: HpkeSuite,
        key: &KeyPair,
        enc: &[u8],
        info: &[u8],
    ) -> Result<Self, ()> {
        // SAFETY: allocates; null is refused by `owned`.
        let context = owned(unsafe { EVP_HPKE_CTX_new() })?;
        // SAFETY: the context is fresh, the key set up and only read, the methods static, and each
        // slice stands beside its length.
        succeeded(unsafe {
            EVP_HPKE_CTX_setup_recipient(
                context.as_ptr(),
                key.0.as_ptr(),
                kdf_method(suite.kdf),
                aead_method(suite.aead),
                enc.as_ptr(),
                enc.len(),
                info.as_ptr(),
                info.len(),
            )
        })?;
        Ok(Self(context))
    }

    /// Seals to `out`, which must have the plaintext's length and a tag's.
    pub(crate) fn seal(&mut self, aad: &[u8], plaintext: &[u8], out: &mut [u8]) -> Result<(), ()> {
        let mut len = 0;
        // SAFETY: the context is a sender's, which nobody else has; the slices do not overlap and stand
        // beside their lengths.
        succeeded(unsafe {
            EVP_HPKE_CTX_seal(
                self.0.as_ptr(),
                out.as_mut_ptr(),
                &mut len,
                out.len(),
                plaintext.as_ptr(),
                plaintext.len(),
                aad.as_ptr(),
                aad.len(),
            )
        })?;
        if len == out.len() { Ok(()) } else { Err(()) }
    }

    /// Opens to `out`, which must have the ciphertext's length; gives how many bytes came out.
    pub(crate) fn open(
        &mut self,
        aad: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, ()> {
        let mut len = 0;
        // SAFETY: the context is a recipient's, which nobody else has; the slices do not overlap and
        // stand beside their lengths.
        succeeded(unsafe {
            EVP_HPKE_CTX_open(
                self.0.as_ptr(),
                out.as_mut_ptr(),
                &mut len,
                out.len(),
                ciphertext.as_ptr(),
                ciphertext.len(),
                aad.as_ptr(),
                aad.len(),
            )
        })?;
        Ok(len)
    }
}

// SAFETY: shared, a key pair is only read: the library takes it as `const`.
unsafe impl Sync for KeyPair {}
// SAFETY: a shared context does nothing; sealing and opening take it exclusively.
unsafe impl Sync for Context {}

fn kem_method(kem: Kem) -> *const EVP_HPKE_KEM {
    // SAFETY: the functions give static tables.
    unsafe {
        match kem {
            Kem::X25519HkdfSha256 => EVP_hpke_x25519_hkdf_sha256(),
        }
    }
}

fn kdf_method(kdf: Kdf) -> *const EVP_HPKE_KDF {
    // SAFETY: the functions give static tables.
    unsafe {
        match kdf {
            Kdf::HkdfSha256 => EVP_hpke_hkdf_sha256(),
            Kdf::HkdfSha384 => EVP_hpke_hkdf_sha384(),
        }
    }
}

fn aead_method(aead: HpkeAead) -> *const EVP_HPKE_AEAD {
    // SAFETY: the functions give static tables.
    unsafe {
        match aead {
            HpkeAead::Aes128Gcm => EVP_hpke_aes_128_gcm(),
            HpkeAead::Aes256Gcm => EVP_hpke_aes_256_gcm(),
            HpkeAead::ChaCha20Poly1305 => EVP_hpke_chacha20_poly1305(),
        }
    }
}

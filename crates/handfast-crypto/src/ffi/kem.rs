//! ML-KEM (FIPS 203) with the seeds as arguments.

use super::owned::{Owned, owned, succeeded};
use aws_lc_sys::{
    EVP_PKEY, EVP_PKEY_CTX, EVP_PKEY_CTX_kem_set_params, EVP_PKEY_CTX_new, EVP_PKEY_CTX_new_id,
    EVP_PKEY_KEM, EVP_PKEY_decapsulate, EVP_PKEY_encapsulate_deterministic,
    EVP_PKEY_get_raw_public_key, EVP_PKEY_kem_new_raw_public_key, EVP_PKEY_keygen_deterministic,
    EVP_PKEY_keygen_init, NID_MLKEM768, NID_MLKEM1024,
};
use core::ffi::c_int;
use core::ptr::null_mut;

/// Length of the seed of a key pair (FIPS 203's d and z), in bytes.
pub(crate) const KEY_SEED_LEN: usize = 64;
/// Length of the seed of an encapsulation (FIPS 203's m), in bytes.
pub(crate) const ENCAPSULATION_SEED_LEN: usize = 32;
/// Length of the shared secret in bytes.
pub(crate) const SHARED_LEN: usize = 32;

/// A parameter set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kem {
    MlKem768,
    MlKem1024,
}

impl Kem {
    /// Length of the encapsulation key in bytes.
    pub(crate) const fn public_len(self) -> usize {
        match self {
            Self::MlKem768 => 1184,
            Self::MlKem1024 => 1568,
        }
    }

    /// Length of the ciphertext in bytes.
    pub(crate) const fn ciphertext_len(self) -> usize {
        match self {
            Self::MlKem768 => 1088,
            Self::MlKem1024 => 1568,
        }
    }

    fn nid(self) -> c_int {
        match self {
            Self::MlKem768 => NID_MLKEM768,
            Self::MlKem1024 => NID_MLKEM1024,
        }
    }

    /// Encapsulates to `peer`: writes the ciphertext and the shared secret. A key of the wrong
    /// length, or one that fails FIPS 203's modulus check, is an error.
    pub(crate) fn encapsulate(
        self,
        peer: &[u8],
        seed: &[u8; ENCAPSULATION_SEED_LEN],
        ciphertext: &mut [u8],
        shared: &mut [u8; SHARED_LEN],
    ) -> Result<(), ()> {
        if peer.len() != self.public_len() || ciphertext.len() != self.ciphertext_len() {
            return Err(());
        }
        // SAFETY: copies the slice into a new object; null is refused by `owned`.
        let key = owned(unsafe {
            EVP_PKEY_kem_new_raw_public_key(self.nid(), peer.as_ptr(), peer.len())
        })?;
        let context = context_of(&key)?;
        let (mut ciphertext_len, mut shared_len) = (ciphertext.len(), shared.len());
        let mut seed_len = seed.len();
        // SAFETY: each pointer stands beside its slice's length, which bounds what is read and
        // written.
        succeeded(unsafe {
            EVP_PKEY_encapsulate_deterministic(
                context.as_ptr(),
                ciphertext.as_mut_ptr(),
                &mut ciphertext_len,
                shared.as_mut_ptr(),
                &mut shared_len,
                seed.as_ptr(),
                &mut seed_len,
            )
        })?;
        if ciphertext_len == ciphertext.len() && shared_len == shared.len() {
            Ok(())
        } else {
            Err(())
        }
    }
}

/// A decapsulation key.
pub(crate) struct KemKey {
    key: Owned<EVP_PKEY>,
    kem: Kem,
}

impl KemKey {
    /// The key pair of `seed`; writes the encapsulation key.
    pub(crate) fn from_seed(
        kem: Kem,
        seed: &[u8; KEY_SEED_LEN],
        public: &mut [u8],
    ) -> Result<Self, ()> {
        // SAFETY: allocates a context for key generation; null is refused by `owned`.
        let context = owned(unsafe { EVP_PKEY_CTX_new_id(EVP_PKEY_KEM, null_mut()) })?;
        // SAFETY: the context is fresh.
        succeeded(unsafe { EVP_PKEY_keygen_init(context.as_ptr()) })?;
        // SAFETY: sets a number in the context.
        succeeded(unsafe { EVP_PKEY_CTX_kem_set_params(context.as_ptr(), kem.nid()) })?;
        let mut pointer = null_mut();
        let mut seed_len = seed.len();
        // SAFETY: reads the seed by its length and gives a new object in `pointer`.
        succeeded(unsafe {
            EVP_PKEY_keygen_deterministic(
                context.as_ptr(),
                &mut pointer,
                seed.as_ptr(),
                &mut seed_len,
            )
        })?;
        let key = owned(pointer)?;
        let mut public_len = public.len();
        // SAFETY: writes at most the length it is told.
        succeeded(unsafe {
            EVP_PKEY_get_raw_public_key(key.as_ptr(), public.as_mut_ptr(), &mut public_len)
        })?;
        if public_len == public.len() {
            Ok(Self { key, kem })
        } else {
            Err(())
        }
    }

    /// Opens a ciphertext. One of the right length always gives a secret: FIPS 203 rejects
    /// implicitly.
    pub(crate) fn decapsulate(
        &self,
        ciphertext: &[u8],
        shared: &mut [u8; SHARED_LEN],
    ) -> Result<(), ()> {
        if ciphertext.len() != self.kem.ciphertext_len() {
            return Err(());
        }
        let context = context_of(&self.key)?;
        let mut shared_len = shared.len();
        // SAFETY: reads the ciphertext and writes the secret, each by its length.
        succeeded(unsafe {
            EVP_PKEY_decapsulate(
                context.as_ptr(),
                shared.as_mut_ptr(),
                &mut shared_len,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        })?;
        if shared_len == shared.len() {
            Ok(())
        } else {
            Err(())
        }
    }
}

fn context_of(key: &Owned<EVP_PKEY>) -> Result<Owned<EVP_PKEY_CTX>, ()> {
    // SAFETY: the context takes a reference of its own to the key; null is refused by `owned`.
    owned(unsafe { EVP_PKEY_CTX_new(key.as_ptr(), null_mut()) })
}

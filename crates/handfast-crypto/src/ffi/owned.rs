//! Owners of the library's heap objects: freed once, when dropped.

use core::ffi::c_int;
use core::ptr::NonNull;

/// An object of the C library and the duty to free it.
pub(crate) struct Owned<T: Freed>(NonNull<T>);

/// A type that the library allocates and frees by a function of its own.
pub(crate) trait Freed {
    /// Frees `object`.
    ///
    /// # Safety
    /// `object` came from the library, is not null and not used afterwards.
    unsafe fn free(object: *mut Self);
}

/// Takes ownership; null (the library failed, or memory ran out) is an error.
pub(crate) fn owned<T: Freed>(pointer: *mut T) -> Result<Owned<T>, ()> {
    NonNull::new(pointer).map(Owned).ok_or(())
}

/// The library's way to say yes: 1.
pub(super) fn succeeded(result: c_int) -> Result<(), ()> {
    if result == 1 { Ok(()) } else { Err(()) }
}

impl<T: Freed> Owned<T> {
    /// The object, for the library's functions. Only `ffi` passes it on.
    pub(super) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Freed> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `owned` took the object over; nobody frees it elsewhere.
        unsafe { T::free(self.0.as_ptr()) }
    }
}

macro_rules! freed {
    ($($type:ident => $free:ident),* $(,)?) => {$(
        impl Freed for aws_lc_sys::$type {
            unsafe fn free(object: *mut Self) {
                // SAFETY: as the trait demands of the caller.
                unsafe { aws_lc_sys::$free(object) }
            }
        }
    )*};
}

freed! {
    BIGNUM => BN_clear_free,
    BN_CTX => BN_CTX_free,
    DH => DH_free,
    EC_KEY => EC_KEY_free,
    EC_POINT => EC_POINT_free,
    ECDSA_SIG => ECDSA_SIG_free,
    EVP_CIPHER_CTX => EVP_CIPHER_CTX_free,
    EVP_HPKE_CTX => EVP_HPKE_CTX_free,
    EVP_HPKE_KEY => EVP_HPKE_KEY_free,
    EVP_MD_CTX => EVP_MD_CTX_free,
    EVP_PKEY => EVP_PKEY_free,
    EVP_PKEY_CTX => EVP_PKEY_CTX_free,
    RSA => RSA_free,
    X509 => X509_free,
}

// SAFETY: the library's objects belong to no thread; one owner at a time may use them anywhere.
unsafe impl<T: Freed> Send for Owned<T> {}

/// Objects that several threads may use at once: keys, which the library only reads once they are
/// made, and whose lazily computed parts it guards by locks of its own.
pub(crate) trait Shareable: Freed {}
impl Shareable for aws_lc_sys::DH {}
impl Shareable for aws_lc_sys::EC_KEY {}
impl Shareable for aws_lc_sys::EVP_PKEY {}
impl Shareable for aws_lc_sys::RSA {}

// SAFETY: as `Shareable` says.
unsafe impl<T: Shareable> Sync for Owned<T> {}

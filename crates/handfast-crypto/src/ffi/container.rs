//! Encrypted PKCS#8 and PKCS#12, and reading the library's errors about them.

use super::evp::allocated;
use super::owned::{Owned, owned};
use super::sign::Pkey;
use aws_lc_sys::{
    CBS, CBS_init, CBS_len, CIPHER_R_BAD_DECRYPT, DIGEST_R_UNKNOWN_HASH, ERR_GET_LIB,
    ERR_GET_REASON, ERR_LIB_CIPHER, ERR_LIB_DIGEST, ERR_LIB_EVP, ERR_LIB_PKCS8, ERR_LIB_PKCS12,
    ERR_clear_error, ERR_get_error, EVP_R_DECODE_ERROR, EVP_R_UNSUPPORTED_ALGORITHM, OPENSSL_STACK,
    OPENSSL_sk_free, OPENSSL_sk_new_null, OPENSSL_sk_pop, PKCS8_R_INCORRECT_PASSWORD,
    PKCS8_R_INVALID_CHARACTERS, PKCS8_R_METHOD_NOT_SUPPORTED, PKCS8_R_MISSING_MAC,
    PKCS8_R_MULTIPLE_PRIVATE_KEYS_IN_PKCS12, PKCS8_R_PKCS12_PUBLIC_KEY_INTEGRITY_NOT_SUPPORTED,
    PKCS8_R_UNKNOWN_ALGORITHM, PKCS8_R_UNKNOWN_CIPHER, PKCS8_R_UNKNOWN_CIPHER_ALGORITHM,
    PKCS8_R_UNKNOWN_DIGEST, PKCS8_R_UNKNOWN_HASH, PKCS8_R_UNSUPPORTED_CIPHER,
    PKCS8_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION, PKCS8_R_UNSUPPORTED_KEYLENGTH,
    PKCS8_R_UNSUPPORTED_OPTIONS, PKCS8_R_UNSUPPORTED_PRF,
    PKCS8_R_UNSUPPORTED_PRIVATE_KEY_ALGORITHM, PKCS8_R_UNSUPPORTED_SALT_TYPE,
    PKCS8_parse_encrypted_private_key, PKCS12_R_MAC_VERIFY_FAILURE, PKCS12_get_key_and_certs, X509,
    i2d_X509,
};
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use zeroize::Zeroizing;

/// What the library's errors amount to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    WrongPassword,
    Malformed,
    Unsupported,
    MissingMac,
}

/// Opens an EncryptedPrivateKeyInfo; trailing bytes are an error.
pub(crate) fn decrypt_pkcs8(der: &[u8], password: &[u8]) -> Result<Pkey, Refusal> {
    let mut input = view(der);
    // SAFETY: empties this thread's list of errors, so that those read below are of this call.
    unsafe { ERR_clear_error() };
    // SAFETY: reads the view of `der` and the password by its length.
    let key = unsafe {
        PKCS8_parse_encrypted_private_key(
            input.as_mut_ptr(),
            password.as_ptr().cast(),
            password.len(),
        )
    };
    let key = owned(key).map_err(|()| refusal(true))?;
    // SAFETY: `view` initialised it.
    if unsafe { CBS_len(input.as_ptr()) } != 0 {
        return Err(Refusal::Malformed);
    }
    Ok(Pkey::from_owned(key))
}

/// Opens a PKCS#12 file: the key, if any, and the certificates in the file's order.
pub(crate) fn open_pkcs12(
    der: &[u8],
    password: &[u8],
) -> Result<(Option<Pkey>, Vec<Vec<u8>>), Refusal> {
    let mut terminated = Zeroizing::new(Vec::with_capacity(password.len() + 1));
    terminated.extend_from_slice(password);
    terminated.push(0);
    // A password with a zero byte inside cannot be one that the file was made with.
    let password = CStr::from_bytes_with_nul(&terminated).map_err(|_| Refusal::WrongPassword)?;

    let certificates = Certificates::new().map_err(|()| Refusal::Malformed)?;
    let mut input = view(der);
    let mut key = null_mut();
    // SAFETY: empties this thread's list of errors, so that those read below are of this call.
    unsafe { ERR_clear_error() };
    // SAFETY: reads the view of `der` and a terminated string; gives a key in `key`, and puts
    // certificates that become ours on the stack, which is of that type.
    let opened = unsafe {
        PKCS12_get_key_and_certs(
            &mut key,
            certificates.0.cast(),
            input.as_mut_ptr(),
            password.as_ptr(),
        )
    };
    if opened != 1 {
        return Err(refusal(false));
    }
    let key = owned(key).ok().map(Pkey::from_owned);
    let certificates = certificates.encoded().map_err(|()| Refusal::Malformed)?;
    Ok((key, certificates))
}

/// A stack of certificates, each ours.
struct Certificates(*mut OPENSSL_STACK);

impl Certificates {
    fn new() -> Result<Self, ()> {
        // SAFETY: allocates an empty stack.
        let stack = unsafe { OPENSSL_sk_new_null() };
        if stack.is_null() {
            Err(())
        } else {
            Ok(Self(stack))
        }
    }

    fn pop(&self) -> Option<Owned<X509>> {
        // SAFETY: gives the last certificate, or null when there is none.
        owned(unsafe { OPENSSL_sk_pop(self.0) }.cast()).ok()
    }

    fn encoded(self) -> Result<Vec<Vec<u8>>, ()> {
        let mut encoded = Vec::new();
        while let Some(certificate) = self.pop() {
            encoded.push(allocated(|start, len| {
                // SAFETY: allocates the encoding of a live certificate.
                let written = unsafe { i2d_X509(certificate.as_ptr(), start) };
                let fits = usize::try_from(written).ok().filter(|len| *len > 0);
                // SAFETY: `len` is the live counter beside `start`.
                unsafe { *len = fits.unwrap_or_default() };
                i32::from(fits.is_some())
            })?);
        }
        encoded.reverse();
        Ok(encoded)
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        while self.pop().is_some() {}
        // SAFETY: the stack is ours and empty.
        unsafe { OPENSSL_sk_free(self.0) };
    }
}

fn view(bytes: &[u8]) -> MaybeUninit<CBS> {
    let mut view = MaybeUninit::<CBS>::zeroed();
    // SAFETY: makes `view` name the slice; the callers drop it before the slice.
    unsafe { CBS_init(view.as_mut_ptr(), bytes.as_ptr(), bytes.len()) };
    view
}

/// Reads all errors of the last call. With `unchecked` contents (PKCS#8 has no checksum) plaintext
/// that makes no sense means a wrong password.
fn refusal(unchecked: bool) -> Refusal {
    let mut refusal = Refusal::Malformed;
    loop {
        // SAFETY: takes one error from this thread's list.
        let error = unsafe { ERR_get_error() };
        if error == 0 {
            return refusal;
        }
        match (ERR_GET_LIB(error), ERR_GET_REASON(error)) {
            (ERR_LIB_CIPHER, CIPHER_R_BAD_DECRYPT)
            | (ERR_LIB_PKCS12, PKCS12_R_MAC_VERIFY_FAILURE)
            | (ERR_LIB_PKCS8, PKCS8_R_INCORRECT_PASSWORD | PKCS8_R_INVALID_CHARACTERS) => {
                refusal = Refusal::WrongPassword;
            }
            (ERR_LIB_EVP, EVP_R_DECODE_ERROR) if unchecked => refusal = Refusal::WrongPassword,
            (ERR_LIB_PKCS8, PKCS8_R_MISSING_MAC) => refusal = Refusal::MissingMac,
            (ERR_LIB_DIGEST, DIGEST_R_UNKNOWN_HASH)
            | (ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM)
            | (
                ERR_LIB_PKCS8,
                PKCS8_R_METHOD_NOT_SUPPORTED
                | PKCS8_R_MULTIPLE_PRIVATE_KEYS_IN_PKCS12
                | PKCS8_R_PKCS12_PUBLIC_KEY_INTEGRITY_NOT_SUPPORTED
                | PKCS8_R_UNKNOWN_ALGORITHM
                | PKCS8_R_UNKNOWN_CIPHER
                | PKCS8_R_UNKNOWN_CIPHER_ALGORITHM
                | PKCS8_R_UNKNOWN_DIGEST
                | PKCS8_R_UNKNOWN_HASH
                | PKCS8_R_UNSUPPORTED_CIPHER
                | PKCS8_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION
                | PKCS8_R_UNSUPPORTED_KEYLENGTH
                | PKCS8_R_UNSUPPORTED_OPTIONS
                | PKCS8_R_UNSUPPORTED_PRF
                | PKCS8_R_UNSUPPORTED_PRIVATE_KEY_ALGORITHM
                | PKCS8_R_UNSUPPORTED_SALT_TYPE,
            ) if refusal == Refusal::Malformed => refusal = Refusal::Unsupported,
            _ => {}
        }
    }
}

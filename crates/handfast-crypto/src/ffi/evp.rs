//! The library's numbers and tables for our names, and its buffers.

use crate::hash::HashAlgorithm;
use crate::signature::KeyKind;
use aws_lc_sys::{
    CBB, CBB_cleanup, CBB_finish, CBB_init, EVP_MD, EVP_sha1, EVP_sha256, EVP_sha384, EVP_sha512,
    NID_MLDSA44, NID_MLDSA65, NID_MLDSA87, NID_sha1, NID_sha256, NID_sha384, NID_sha512,
    OPENSSL_free,
};
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr::null_mut;

/// A hash's number and its table.
pub(super) fn signature_hash(hash: HashAlgorithm) -> (c_int, *const EVP_MD) {
    // SAFETY: the functions give static tables.
    unsafe {
        match hash {
            #[cfg(feature = "legacy")]
            HashAlgorithm::Md5 => (aws_lc_sys::NID_md5, aws_lc_sys::EVP_md5()),
            HashAlgorithm::Sha1 => (NID_sha1, EVP_sha1()),
            HashAlgorithm::Sha256 => (NID_sha256, EVP_sha256()),
            HashAlgorithm::Sha384 => (NID_sha384, EVP_sha384()),
            HashAlgorithm::Sha512 => (NID_sha512, EVP_sha512()),
        }
    }
}

/// The number of an ML-DSA parameter set.
pub(super) fn ml_dsa_nid(kind: KeyKind) -> Option<c_int> {
    match kind {
        KeyKind::MlDsa44 => Some(NID_MLDSA44),
        KeyKind::MlDsa65 => Some(NID_MLDSA65),
        KeyKind::MlDsa87 => Some(NID_MLDSA87),
        _ => None,
    }
}

/// What `write` puts into a builder of the library.
pub(super) fn written(write: impl FnOnce(*mut CBB) -> c_int) -> Result<Vec<u8>, ()> {
    let mut builder = MaybeUninit::<CBB>::zeroed();
    // SAFETY: initialises the builder, which does not move until it is finished or cleaned up.
    if unsafe { CBB_init(builder.as_mut_ptr(), 0) } != 1 {
        return Err(());
    }
    if write(builder.as_mut_ptr()) != 1 {
        // SAFETY: the builder is initialised and not finished.
        unsafe { CBB_cleanup(builder.as_mut_ptr()) };
        return Err(());
    }
    let (mut start, mut len) = (null_mut(), 0);
    // SAFETY: as above; on success the bytes become ours.
    if unsafe { CBB_finish(builder.as_mut_ptr(), &mut start, &mut len) } != 1 {
        // SAFETY: as above.
        unsafe { CBB_cleanup(builder.as_mut_ptr()) };
        return Err(());
    }
    Ok(take(start, len))
}

/// What `allocate` makes the library allocate.
pub(super) fn allocated(
    allocate: impl FnOnce(*mut *mut u8, *mut usize) -> c_int,
) -> Result<Vec<u8>, ()> {
    let (mut start, mut len) = (null_mut(), 0);
    if allocate(&mut start, &mut len) != 1 {
        return Err(());
    }
    Ok(take(start, len))
}

/// Copies the library's bytes and frees them; the library wipes what it frees.
fn take(start: *mut u8, len: usize) -> Vec<u8> {
    if start.is_null() {
        return Vec::new();
    }
    // SAFETY: the library handed over `len` bytes at `start`, which is not null.
    let bytes = unsafe { core::slice::from_raw_parts(start, len) }.to_vec();
    // SAFETY: allocated by the library, ours to free, not used again.
    unsafe { OPENSSL_free(start.cast()) };
    bytes
}

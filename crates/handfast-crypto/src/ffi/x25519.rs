//! X25519 (RFC 7748) on plain byte arrays.

use aws_lc_sys::{X25519, X25519_public_from_private};

/// The public value of `private`.
pub(crate) fn public(private: &[u8; 32], public: &mut [u8; 32]) {
    // SAFETY: the function reads 32 bytes and writes 32; it cannot fail.
    unsafe { X25519_public_from_private(public.as_mut_ptr(), private.as_ptr()) };
}

/// The shared secret; an all-zero one (a peer's point of small order) is an error.
pub(crate) fn agree(private: &[u8; 32], peer: &[u8; 32], out: &mut [u8; 32]) -> Result<(), ()> {
    // SAFETY: the function reads two arrays of 32 bytes and writes one.
    let result = unsafe { X25519(out.as_mut_ptr(), private.as_ptr(), peer.as_ptr()) };
    if result == 1 { Ok(()) } else { Err(()) }
}

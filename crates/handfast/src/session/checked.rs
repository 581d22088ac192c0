//! Sessions in the form in which they leave the process: with a digest behind them, so
//! that damage in a store means a full handshake, not a secret that fits nowhere.
//!
//! It is there for accidents. Who may write to a store can read its secrets too, and
//! needs no forgery; so the digest has no key.

use handfast_crypto::hash::{HashAlgorithm, digest};

/// Bytes of the digest that are kept: of damaged forms one in 2^64 is taken for whole.
pub(crate) const CHECK: usize = 8;

/// Appends the digest of all that stands there; room for it should be there.
pub(crate) fn append(bytes: &mut Vec<u8>) {
    let check = check(bytes);
    bytes.extend_from_slice(&check);
}

/// What stands before the digest, if it is what was written.
pub(crate) fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (form, kept) = bytes.split_last_chunk::<CHECK>()?;
    (check(form) == *kept).then_some(form)
}

fn check(form: &[u8]) -> [u8; CHECK] {
    let digest = digest(HashAlgorithm::Sha256, &[form]);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

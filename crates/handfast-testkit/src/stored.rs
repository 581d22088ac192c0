//! Sessions as they are stored, changed by somebody who knows their form.

use handfast_crypto::hash::{HashAlgorithm, digest};

/// Bytes of the digest at the end.
const CHECK: usize = 8;

/// The same bytes with the digest that belongs to them: a session that was changed by who
/// knows how, not by accident.
#[must_use]
pub fn checked_again(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len().saturating_sub(CHECK));
    let digest = digest(HashAlgorithm::Sha256, &[&bytes]);
    bytes.extend(digest.as_ref().iter().take(CHECK));
    bytes
}

//! Base64url without padding (RFC 7515 section 2).

use crate::jws::fault::JwsFault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Base64url without padding (RFC 7515 section 2).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Base64url without padding, strictly: no other character, no stray bits at the end.
///
/// # Errors
/// [`JwsFault::Base64`], which names `what`.
pub fn decode(text: &str, what: &'static str) -> Result<Vec<u8>, JwsFault> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| JwsFault::Base64 { what })
}

//! What answers a challenge (RFC 8555 section 8.1).

use crate::jws::base64url::encode;
use crate::jws::jwk::Jwk;
use handfast_crypto::hash::{HashAlgorithm, digest};

/// What answers a challenge (RFC 8555 section 8.1): its token, and the account's key.
#[must_use]
pub fn key_authorization(token: &str, key: &Jwk) -> String {
    format!("{token}.{}", key.thumbprint())
}

/// The value of the TXT record that answers a dns-01 challenge (RFC 8555 section 8.4).
#[must_use]
pub fn dns_value(key_authorization: &str) -> String {
    encode(digest(HashAlgorithm::Sha256, &[key_authorization.as_bytes()]).as_bytes())
}

/// The contents of a certificate's acmeIdentifier extension that answer a tls-alpn-01 challenge
/// (RFC 8737 section 3).
#[must_use]
pub fn alpn_value(key_authorization: &str) -> [u8; 32] {
    let digest = digest(HashAlgorithm::Sha256, &[key_authorization.as_bytes()]);
    digest.as_bytes().try_into().unwrap_or_default()
}

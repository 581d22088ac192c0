//! Signed requests: flattened JWS (RFC 7515) as RFC 8555 section 6.2 narrows it.
//!
//! [`sign`] makes one. What was received is [`Jws::read`] into an [`Unverified`], which shows its
//! header only; its payload comes out of [`Unverified::verify`], by a key that the caller has
//! chosen. The algorithm follows from the kind of key: a header that names another is refused, so
//! no key is ever used in a way that it is not for.
//!
//! ```
//! use handfast_acme::jws::{Identity, Jwk, Jws, sign};
//! use handfast_crypto::signature::{KeyKind, PrivateKey};
//!
//! let key = PrivateKey::generate(KeyKind::EcP256)?;
//! let url = "https://ca.test/acme/new-order";
//! let account = Identity::Account("https://ca.test/acme/account/1");
//! let body = sign(&key, account, Some("bm9uY2U"), url, b"{}")?.to_json();
//!
//! let received = Jws::read(body.as_bytes())?.open()?;
//! assert_eq!(received.header().kid.as_deref(), Some("https://ca.test/acme/account/1"));
//! assert_eq!(received.verify(&Jwk::of(&key)?)?.payload, b"{}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
mod base64url;
mod binding;
mod ecdsa;
mod fault;
mod flattened;
mod jwk;
mod key_authorization;
mod signing;

pub use algorithm::JwsAlgorithm;
pub use base64url::{decode, encode};
pub use binding::{BINDING_ALGORITHM, bind, verify_binding};
pub use fault::JwsFault;
pub use flattened::{Header, Jws, Unverified, Verified};
pub use jwk::Jwk;
pub use key_authorization::{alpn_value, dns_value, key_authorization};
pub use signing::{Identity, sign};

#[cfg(test)]
mod tests;

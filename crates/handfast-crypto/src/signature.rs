//! Signatures: public keys that verify, private keys that sign.
//!
//! Any hash goes with any key here, as certificates need it (P-384 with SHA-256, say); TLS 1.3's
//! narrower pairs are the engine's to enforce. ML-DSA signs with an empty context.
//!
//! ```
//! use handfast_crypto::signature::{KeyKind, PrivateKey, PublicKey, SignatureAlgorithm};
//!
//! let private = PrivateKey::generate(KeyKind::EcP256)?;
//! let signature = private.sign(SignatureAlgorithm::EcdsaSha256, b"message")?;
//! let public = PublicKey::from_spki(private.public_spki())?;
//! public.verify(SignatureAlgorithm::EcdsaSha256, b"message", &signature)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
pub(crate) mod identifier;
mod private_key;
mod public_key;

pub use algorithm::{KeyKind, SignatureAlgorithm};
pub use identifier::UnsupportedKey;
pub use private_key::{KeyFault, PrivateKey, SignFailed};
pub use public_key::{BadSignature, PublicKey};

#[cfg(test)]
mod tests;

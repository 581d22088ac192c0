//! A certificate authority in memory: issues the certificates that Handfast's demo, server and
//! tests use.
//!
//! An [`Authority`](authority::Authority) holds a key and the chain that vouches for it; a
//! [`Profile`](profile::Profile) says what a certificate shall hold; what comes out is
//! [`Issued`](issued::Issued): a chain, leaf first, and its key. Time is an argument everywhere.
//!
//! ```
//! use handfast_ca::authority::Authority;
//! use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
//!
//! let today = Validity::days(1_800_000_000, 90);
//! let root = Authority::new("Example root", today, KeyKind::EcP256)?;
//! let names = [AlternativeName::dns("localhost"), AlternativeName::ip([127, 0, 0, 1])];
//! let server = root.issue_server(&names, today, KeyKind::EcP256)?;
//! assert!(server.chain_pem().starts_with("-----BEGIN CERTIFICATE-----"));
//! # Ok::<(), handfast_ca::error::CaError>(())
//! ```

pub mod authority;
mod encode;
pub mod error;
mod extension;
pub mod issued;
pub mod profile;
mod signature;

//! A certificate authority: certificates, requests, revocation lists and OCSP responses are made
//! here. Nothing here reads a clock, a file or the network.
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

pub mod alternative_name;
pub mod authority;
pub mod crl;
mod encode;
pub mod error;
mod extension;
pub mod issued;
pub mod key;
pub mod ocsp;
pub mod profile;
pub mod purpose;
pub mod request;
pub mod serial;
mod signature;
pub mod subject;
pub mod subtree;
pub mod successor;
mod write;

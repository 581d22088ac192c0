//! What the fuzz targets do with their bytes. A target is one call into here.

#[path = "../../crates/handfast-wire/tests/all/cover.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod cover;
#[path = "../../crates/handfast-wire/tests/all/hold.rs"]
mod hold;

pub mod acme;
pub mod authority;
pub mod beside;
pub mod connection;
pub mod ech;
pub mod edit;
pub mod load;
pub mod pair;
pub mod pki;
pub mod proofs;
pub mod revocation;
pub mod session;
pub mod shown;
pub mod strings;
pub mod wire;

//! What Handfast is tested with: other people's programs as peers, and test certificates.
//!
//! Unpublished. Its `tests/` hold what is tested across crates.

pub mod certificates;
pub mod config;
pub mod constraints;
pub mod delegated;
pub mod ech;
pub mod forge;
pub mod liar;
pub mod made;
pub mod pair;
pub mod peer;
pub mod raw_keys;
pub mod revocation;
pub mod shape;
pub mod stored;
pub mod strikes;
pub mod textbook;
pub mod transparency;
pub mod web;
pub mod witness;

//! Fetching, against servers of the tests' own on loopback.
#![expect(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

mod answering;
mod caching;
mod combined;
mod hostile;
mod issuers;
mod reach;
mod revocation;
mod world;

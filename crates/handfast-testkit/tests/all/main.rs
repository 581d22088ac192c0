//! What is tested across crates: one binary, a module for each suite.

mod handshake;
mod layers;
mod retry;
mod rfc8448;

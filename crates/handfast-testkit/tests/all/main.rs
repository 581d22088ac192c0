//! What is tested across crates: one binary, a module for each suite.

mod classic;
mod golden;
mod handshake;
mod layers;
mod lies;
mod older_hello;
mod replay;
mod resumption;
mod retry;
mod rfc8448;
mod states;

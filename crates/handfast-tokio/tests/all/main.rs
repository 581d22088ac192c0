//! Two engines over transports in memory and over loopback.

#![expect(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

mod early_data;
mod handshake;
mod hyper;
mod listener;
mod pair;
mod renewal;
mod stream;

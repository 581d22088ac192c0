//! The server as a client meets it, without sockets.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says so by panicking"
)]

mod accounts;
mod attacks;
mod both;
mod certificates;
mod findings;
mod lab;
mod orders;

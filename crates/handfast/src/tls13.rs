//! TLS 1.3 (RFC 8446): its states, its key schedule, its traffic.
//!
//! `client` and `server` each hold one `match (state, input)`, which is the
//! diagram of the RFC's appendix A; the files below them are named after the
//! message that they accept. `post_handshake` has a diagram of its own.

mod certificate;
mod certificate_request;
pub(crate) mod client;
mod compressed_certificate;
mod delegated;
pub(crate) mod key_schedule;
pub(crate) mod post_handshake;
pub(crate) mod server;
pub(crate) mod shared;
mod signed_content;
pub(crate) mod traffic;
mod wish;

//! Certificates by ACME (RFC 8555): the protocol of both sides, without sockets.
//!
//! | module | for |
//! |---|---|
//! | [`client`] | getting a certificate and keeping it fresh |
//! | [`jws`] | requests signed by an account's key: flattened JWS, JWK, thumbprints |
//! | [`message`] | what requests and responses hold: directory, account, order, problem |
//! | [`server`] | the authority's side |

pub mod client;
pub mod jws;
pub mod message;
pub mod server;

pub use handfast_crypto::random::{Random, SystemRandom};

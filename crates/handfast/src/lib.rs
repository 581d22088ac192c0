//! A TLS engine that takes bytes, time and randomness and gives bytes and events.
//!
//! The engine opens no socket, reads no clock and starts no thread. A
//! [`Connection`] is fed with [`Connection::receive`] and drained with
//! [`Connection::send`]; [`stream`] drives one over any `Read + Write`.
//!
//! | layer | what it does |
//! |---|---|
//! | [`config`] | plain values that `check()` seals into a [`Client`] or a [`Server`] |
//! | [`connection`] | the halves, events, asks, what was negotiated |
//! | [`ech`] | Encrypted ClientHello: lists of configs, keys |
//! | `hello` | builds and answers Hellos, chooses version, suite, group, credential |
//! | `tls13` | the states of RFC 8446 section 2, its key schedule, its traffic |
//! | `record` | seals and opens records |

mod classic;
pub mod config;
pub mod connection;
pub mod ech;
pub mod fault;
mod handshake;
mod hello;
mod machine;
mod near;
pub mod observe;
#[cfg(feature = "legacy")]
pub mod obsolete;
mod record;
pub mod report;
pub mod session;
#[cfg(feature = "std")]
pub mod stream;
pub mod suite;
pub mod time;
mod tls13;

pub use config::{Client, ClientConfig, ConfigFault, Credential, Server, ServerConfig};
pub use connection::{
    Answer, Ask, AskId, Connection, Event, Negotiated, Received, Receiving, Sending,
};
pub use fault::{Error, Fault, Misuse, OwnFailure};
pub use handfast_crypto::signature::PrivateKey;
pub use handfast_pki::name::ServerName;
pub use handfast_pki::roots::Roots;
pub use handfast_wire::registry::{
    AlertDescription, CertificateCompressionAlgorithm, CipherSuite, NamedGroup, ProtocolVersion,
    SignatureScheme,
};
pub use time::Now;

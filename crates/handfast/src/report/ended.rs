//! What ended a connection, and how far it had come.

use crate::fault::Error;
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion};

/// What ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The engine's own word.
    By(Error),
    /// The peer closed the transport in the middle of the handshake, without an alert.
    HungUp,
    /// Nothing came in time.
    Silence,
}

/// What was agreed on before it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agreed {
    /// The protocol version.
    pub version: Option<ProtocolVersion>,
    /// The cipher suite.
    pub suite: Option<CipherSuite>,
    /// The group of the key exchange.
    pub group: Option<NamedGroup>,
}

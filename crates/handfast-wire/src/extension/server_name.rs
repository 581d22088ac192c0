//! server_name (RFC 6066 section 3).

use crate::codec::{List16, Opaque16};
use crate::registry::NameType;

message! {
    /// One name of the peer.
    pub struct ServerName<'a> {
        /// host_name, the only kind there is.
        name_type: NameType,
        /// ASCII, without a trailing dot.
        name: Opaque16<'a, 1>,
    }
}

/// The names; at most one of each kind, so in practice one.
pub type ServerNameList<'a> = List16<'a, ServerName<'a>, 1>;

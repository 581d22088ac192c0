//! key_share (RFC 8446 section 4.2.8).

use crate::codec::Opaque16;
use crate::registry::NamedGroup;

message! {
    /// One key share.
    pub struct KeyShareEntry<'a> {
        /// The group.
        group: NamedGroup,
        /// The public value, as the group's RFC encodes it.
        key_exchange: Opaque16<'a, 1>,
    }
}

//! pre_shared_key (RFC 8446 section 4.2.11).

use crate::codec::{List16, Opaque8, Opaque16};

message! {
    /// One key that the client could use.
    pub struct PskIdentity<'a> {
        /// A ticket, or an external name.
        identity: Opaque16<'a, 1>,
        /// Milliseconds since the ticket came, plus ticket_age_add.
        obfuscated_ticket_age: u32,
    }
}

/// The MAC that binds a key to this ClientHello.
pub type PskBinderEntry<'a> = Opaque8<'a, 32>;

message! {
    /// The keys that the client could use, and their binders.
    pub struct OfferedPsks<'a> {
        /// The keys.
        identities: List16<'a, PskIdentity<'a>, 7>,
        /// One binder for each.
        binders: List16<'a, PskBinderEntry<'a>, 33>,
    }
}

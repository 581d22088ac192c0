//! The identity of an imported key (RFC 9258 section 4.1).

use crate::codec::Opaque16;
use crate::registry::ProtocolVersion;

message! {
    /// What a key is imported for: it stands in pre_shared_key as an identity.
    pub struct ImportedIdentity<'a> {
        /// The name of the key that both sides have known before.
        external_identity: Opaque16<'a, 1>,
        /// What both sides know of what the key is for.
        context: Opaque16<'a>,
        /// The protocol that the key is imported into.
        target_protocol: ProtocolVersion,
        /// The number of the KDF that the key is imported for (RFC 9258 section 9).
        target_kdf: u16,
    }
}

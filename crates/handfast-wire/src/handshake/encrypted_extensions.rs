//! EncryptedExtensions (RFC 8446 section 4.3.1).

use crate::codec::List16;
use crate::extension::{AlpnProtocols, Empty, Extensions};
use crate::registry::{MaxFragmentLength, NamedGroup};

message! {
    /// The server's answers to extensions that are not needed for the keys.
    pub struct EncryptedExtensions<'a> {
        /// The extensions.
        extensions: Extensions<'a>,
    }
}

extension_set! {
    /// What EncryptedExtensions may hold.
    pub struct EncryptedExtensionsSet<'a> {
        /// The server used the name.
        server_name: Empty = SERVER_NAME,
        /// The length asked for.
        max_fragment_length: MaxFragmentLength = MAX_FRAGMENT_LENGTH,
        /// The server's groups, for next time.
        supported_groups: List16<'a, NamedGroup, 2> = SUPPORTED_GROUPS,
        /// The one protocol chosen.
        alpn: AlpnProtocols<'a> = APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
        /// The largest record that the server takes.
        record_size_limit: u16 = RECORD_SIZE_LIMIT,
        /// Early data is accepted.
        early_data: Empty = EARLY_DATA,
    }
}

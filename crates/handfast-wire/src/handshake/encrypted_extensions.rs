//! EncryptedExtensions (RFC 8446 section 4.3.1).

use crate::codec::List16;
use crate::extension::{AlpnProtocols, EchConfigList, Empty, Extensions, UseSrtp};
use crate::registry::{CertificateType, MaxFragmentLength, NamedGroup};

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
        /// What the client shows, if it is asked (RFC 7250 section 3).
        client_certificate_type: CertificateType = CLIENT_CERTIFICATE_TYPE,
        /// What the server shows (RFC 7250 section 3).
        server_certificate_type: CertificateType = SERVER_CERTIFICATE_TYPE,
        /// The largest record that the server takes.
        record_size_limit: u16 = RECORD_SIZE_LIMIT,
        /// The profile of SRTP chosen (RFC 5764).
        use_srtp: UseSrtp<'a> = USE_SRTP,
        /// Early data is accepted.
        early_data: Empty = EARLY_DATA,
        /// How many tickets the server means to give (RFC 9149).
        ticket_request: u8 = TICKET_REQUEST,
        /// Configs for a client whose encrypted ClientHello did not open (RFC 9849 section 5).
        encrypted_client_hello: EchConfigList<'a> = ENCRYPTED_CLIENT_HELLO,
    }
}

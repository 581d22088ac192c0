//! ServerHello and HelloRetryRequest (RFC 8446 sections 4.1.3 and 4.1.4).

use crate::codec::{Opaque8, Opaque16};
use crate::extension::{AlpnProtocols, Empty, Extensions, KeyShareEntry, SctList, UseSrtp};
use crate::registry::{
    CertificateType, CipherSuite, MaxFragmentLength, NamedGroup, ProtocolVersion,
};

message! {
    /// The server's choice; with [`HELLO_RETRY_REQUEST_RANDOM`], a HelloRetryRequest.
    pub struct ServerHello<'a> {
        /// TLS 1.2 when 1.3 is chosen; see supported_versions.
        legacy_version: ProtocolVersion,
        /// 32 bytes of randomness.
        random: &'a [u8; 32],
        /// The client's legacy_session_id.
        legacy_session_id_echo: Opaque8<'a, 0, 32>,
        /// The suite chosen.
        cipher_suite: CipherSuite,
        /// 0.
        legacy_compression_method: u8,
        /// The extensions.
        extensions: Extensions<'a> = Extensions::read_optional,
    }
}

impl ServerHello<'_> {
    /// True when this is a HelloRetryRequest.
    #[must_use]
    pub fn is_retry_request(&self) -> bool {
        *self.random == HELLO_RETRY_REQUEST_RANDOM
    }
}

extension_set! {
    /// What a ServerHello's extensions hold in TLS 1.3.
    pub struct ServerHelloExtensions<'a> {
        /// The version chosen.
        supported_versions: ProtocolVersion = SUPPORTED_VERSIONS,
        /// The server's key share.
        key_share: KeyShareEntry<'a> = KEY_SHARE,
        /// The position of the pre-shared key chosen.
        pre_shared_key: u16 = PRE_SHARED_KEY,
    }
}

extension_set! {
    /// What a HelloRetryRequest's extensions hold.
    pub struct HelloRetryRequestExtensions<'a> {
        /// The version chosen.
        supported_versions: ProtocolVersion = SUPPORTED_VERSIONS,
        /// The group that the server wants a share of.
        key_share: NamedGroup = KEY_SHARE,
        /// To be given back in the second ClientHello.
        cookie: Opaque16<'a, 1> = COOKIE,
        /// That the encrypted ClientHello was opened (RFC 9849 section 7.2.1).
        encrypted_client_hello: &'a [u8; 8] = ENCRYPTED_CLIENT_HELLO,
    }
}

extension_set! {
    /// What a ServerHello's extensions hold before TLS 1.3.
    pub struct ClassicServerHelloExtensions<'a> {
        /// The server used the name (RFC 6066 section 3).
        server_name: Empty = SERVER_NAME,
        /// The length asked for (RFC 6066 section 4).
        max_fragment_length: MaxFragmentLength = MAX_FRAGMENT_LENGTH,
        /// A CertificateStatus message will follow (RFC 6066 section 8).
        status_request: Empty = STATUS_REQUEST,
        /// Point formats; uncompressed must be among them (RFC 8422 section 5.2).
        ec_point_formats: Opaque8<'a, 1> = EC_POINT_FORMATS,
        /// The one protocol chosen (RFC 7301).
        alpn: AlpnProtocols<'a> = APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
        /// Signed certificate timestamps (RFC 6962 section 3.3.1).
        signed_certificate_timestamp: SctList<'a> = SIGNED_CERTIFICATE_TIMESTAMP,
        /// What the client shows, if it is asked (RFC 7250 section 3).
        client_certificate_type: CertificateType = CLIENT_CERTIFICATE_TYPE,
        /// What the server shows (RFC 7250 section 3).
        server_certificate_type: CertificateType = SERVER_CERTIFICATE_TYPE,
        /// MACs cover what is encrypted (RFC 7366).
        encrypt_then_mac: Empty = ENCRYPT_THEN_MAC,
        /// The master secret will be the extended one (RFC 7627).
        extended_master_secret: Empty = EXTENDED_MASTER_SECRET,
        /// The largest record that the server takes (RFC 8449).
        record_size_limit: u16 = RECORD_SIZE_LIMIT,
        /// A NewSessionTicket will follow (RFC 5077).
        session_ticket: Empty = SESSION_TICKET,
        /// The profile of SRTP chosen (RFC 5764).
        use_srtp: UseSrtp<'a> = USE_SRTP,
        /// Empty in a first handshake (RFC 5746).
        renegotiation_info: Opaque8<'a> = RENEGOTIATION_INFO,
    }
}

/// SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3).
pub const HELLO_RETRY_REQUEST_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

//! ClientHello (RFC 8446 section 4.1.2).

use crate::codec::{List8, List16, Opaque8, Opaque16};
use crate::extension::{
    AlpnProtocols, CertificateStatusRequest, DistinguishedName, Empty, EncryptedClientHello,
    Extensions, KeyShareEntry, OfferedPsks, ServerNameList, TicketRequest, UseSrtp,
};
use crate::registry::{
    CertificateCompressionAlgorithm, CertificateType, CipherSuite, MaxFragmentLength, NamedGroup,
    ProtocolVersion, PskKeyExchangeMode, SignatureScheme,
};

message! {
    /// The client's first message, and its second after a HelloRetryRequest.
    pub struct ClientHello<'a> {
        /// TLS 1.2 when the client knows 1.3; see supported_versions.
        legacy_version: ProtocolVersion,
        /// 32 bytes of randomness.
        random: &'a [u8; 32],
        /// Up to 32 bytes that a TLS 1.3 server echoes.
        legacy_session_id: Opaque8<'a, 0, 32>,
        /// In the client's order of preference.
        cipher_suites: List16<'a, CipherSuite, 2>,
        /// Exactly the null method in TLS 1.3.
        legacy_compression_methods: Opaque8<'a, 1>,
        /// The extensions; SSL 3.0 and early TLS may end before them.
        extensions: Extensions<'a> = Extensions::read_optional,
    }
}

extension_set! {
    /// What a ClientHello's extensions hold.
    pub struct ClientHelloExtensions<'a> {
        /// Whom the client wants to reach (RFC 6066 section 3).
        server_name: ServerNameList<'a> = SERVER_NAME,
        /// A wish for shorter records (RFC 6066 section 4).
        max_fragment_length: MaxFragmentLength = MAX_FRAGMENT_LENGTH,
        /// A wish for a stapled status (RFC 6066 section 8).
        status_request: CertificateStatusRequest<'a> = STATUS_REQUEST,
        /// Groups in order of preference (RFC 8446 section 4.2.7).
        supported_groups: List16<'a, NamedGroup, 2> = SUPPORTED_GROUPS,
        /// Schemes for CertificateVerify (RFC 8446 section 4.2.3).
        signature_algorithms: List16<'a, SignatureScheme, 2> = SIGNATURE_ALGORITHMS,
        /// Application protocols (RFC 7301).
        alpn: AlpnProtocols<'a> = APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
        /// A wish for SCTs (RFC 6962 section 3.3.1).
        signed_certificate_timestamp: Empty = SIGNED_CERTIFICATE_TIMESTAMP,
        /// Schemes of delegated credentials (RFC 9345 section 4.1.1).
        delegated_credential: List16<'a, SignatureScheme, 2> = DELEGATED_CREDENTIAL,
        /// How a certificate may be compressed (RFC 8879 section 3).
        compress_certificate: List8<'a, CertificateCompressionAlgorithm, 2> = COMPRESS_CERTIFICATE,
        /// Types of certificate that the client can show, best first (RFC 7250 section 3).
        client_certificate_type: List8<'a, CertificateType> = CLIENT_CERTIFICATE_TYPE,
        /// Types of certificate that the client takes, best first (RFC 7250 section 3).
        server_certificate_type: List8<'a, CertificateType> = SERVER_CERTIFICATE_TYPE,
        /// The largest record that the client takes (RFC 8449).
        record_size_limit: u16 = RECORD_SIZE_LIMIT,
        /// RFC 7366, for block ciphers.
        encrypt_then_mac: Empty = ENCRYPT_THEN_MAC,
        /// RFC 7627, for TLS 1.2 and below.
        extended_master_secret: Empty = EXTENDED_MASTER_SECRET,
        /// A ticket, or empty to ask for one (RFC 5077).
        session_ticket: &'a [u8] = SESSION_TICKET,
        /// Point formats (RFC 8422 section 5.1.2).
        ec_point_formats: Opaque8<'a, 1> = EC_POINT_FORMATS,
        /// RFC 5746, for TLS 1.2 and below.
        renegotiation_info: Opaque8<'a> = RENEGOTIATION_INFO,
        /// Pre-shared keys; always last (RFC 8446 section 4.2.11).
        pre_shared_key: OfferedPsks<'a> = PRE_SHARED_KEY,
        /// Early data follows (RFC 8446 section 4.2.10).
        early_data: Empty = EARLY_DATA,
        /// Versions in order of preference (RFC 8446 section 4.2.1).
        supported_versions: List8<'a, ProtocolVersion, 2> = SUPPORTED_VERSIONS,
        /// The cookie of a HelloRetryRequest, given back.
        cookie: Opaque16<'a, 1> = COOKIE,
        /// RFC 8446 section 4.2.9.
        psk_key_exchange_modes: List8<'a, PskKeyExchangeMode, 1> = PSK_KEY_EXCHANGE_MODES,
        /// Authorities that the client trusts (RFC 8446 section 4.2.4).
        certificate_authorities: List16<'a, DistinguishedName<'a>, 3> = CERTIFICATE_AUTHORITIES,
        /// The client can be asked for a certificate later (RFC 8446 section 4.2.6).
        post_handshake_auth: Empty = POST_HANDSHAKE_AUTH,
        /// Schemes for signatures in certificates.
        signature_algorithms_cert: List16<'a, SignatureScheme, 2> = SIGNATURE_ALGORITHMS_CERT,
        /// How many tickets the client would like to have (RFC 9149).
        ticket_request: TicketRequest = TICKET_REQUEST,
        /// Profiles of SRTP (RFC 5764).
        use_srtp: UseSrtp<'a> = USE_SRTP,
        /// What QUIC says here (RFC 9001 section 8.2); TLS over anything else has no use for it.
        quic_transport_parameters: &'a [u8] = QUIC_TRANSPORT_PARAMETERS,
        /// Key shares, in order of preference (RFC 8446 section 4.2.8).
        key_share: List16<'a, KeyShareEntry<'a>> = KEY_SHARE,
        /// The ClientHello that is meant, sealed (RFC 9849 section 5).
        encrypted_client_hello: EncryptedClientHello<'a> = ENCRYPTED_CLIENT_HELLO,
    }
}

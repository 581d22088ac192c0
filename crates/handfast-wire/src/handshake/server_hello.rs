//! ServerHello and HelloRetryRequest (RFC 8446 sections 4.1.3 and 4.1.4).

use crate::codec::{Opaque8, Opaque16};
use crate::extension::{Extensions, KeyShareEntry};
use crate::registry::{CipherSuite, NamedGroup, ProtocolVersion};

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
    }
}

/// SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3).
pub const HELLO_RETRY_REQUEST_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

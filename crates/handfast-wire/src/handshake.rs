//! Handshake messages, one file each (RFC 8446 section 4).

mod certificate;
mod certificate_request;
mod certificate_verify;
mod classic_certificate;
mod classic_session_ticket;
mod client_encrypted_extensions;
mod client_hello;
mod client_key_exchange;
mod compressed_certificate;
mod encrypted_extensions;
mod finished;
mod key_update;
mod new_session_ticket;
mod server_hello;
mod server_key_exchange;
mod ssl2_client_hello;

pub use certificate::{Certificate, CertificateEntry, CertificateEntryExtensions};
pub use certificate_request::{CertificateRequest, CertificateRequestExtensions};
pub use certificate_verify::CertificateVerify;
pub use classic_certificate::{
    ClassicCertificate, ClassicCertificateRequest, ClassicRawPublicKey, UnnamedCertificateRequest,
};
pub use classic_session_ticket::ClassicNewSessionTicket;
pub use client_encrypted_extensions::ClientEncryptedExtensionsSet;
pub use client_hello::{ClientHello, ClientHelloExtensions};
pub use client_key_exchange::{
    DheClientKeyExchange, EcdheClientKeyExchange, RsaClientKeyExchange, SharedKeyIdentity,
};
pub use compressed_certificate::{CompressedCertificate, Uint24};
pub use encrypted_extensions::{EncryptedExtensions, EncryptedExtensionsSet};
pub use finished::Finished;
pub use key_update::KeyUpdate;
pub use new_session_ticket::{NewSessionTicket, NewSessionTicketExtensions};
pub use server_hello::{
    ClassicServerHelloExtensions, HELLO_RETRY_REQUEST_RANDOM, HelloRetryRequestExtensions,
    ServerHello, ServerHelloExtensions,
};
pub use server_key_exchange::{
    DheParams, DheServerKeyExchange, EcdheParams, EcdheServerKeyExchange, SharedKeyHint,
};
pub use ssl2_client_hello::{Ssl2ClientHello, Ssl2Header};

use crate::codec::Writer;
use crate::registry::HandshakeType;

/// The four bytes before every handshake message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeHeader {
    /// The message's type.
    pub msg_type: HandshakeType,
    /// The body's length in bytes.
    pub length: u32,
}

impl HandshakeHeader {
    /// The header's length in bytes.
    pub const LENGTH: usize = 4;

    /// Reads the first four bytes of `bytes`; nothing when there are fewer.
    #[must_use]
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        let [msg_type, a, b, c] = *bytes.first_chunk()?;
        Some(Self {
            msg_type: HandshakeType(msg_type),
            length: u32::from_be_bytes([0, a, b, c]),
        })
    }

    /// The header and the body, when `bytes` begin with a whole message.
    #[must_use]
    pub fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let header = Self::peek(bytes)?;
        let end = usize::try_from(header.length)
            .ok()?
            .checked_add(Self::LENGTH)?;
        Some((header, bytes.get(Self::LENGTH..end)?))
    }

    /// Writes a message: its type, its length, and what `body` writes.
    pub fn write(
        msg_type: HandshakeType,
        out: &mut Writer<'_>,
        body: impl FnOnce(&mut Writer<'_>),
    ) {
        out.bytes(&[msg_type.0]);
        out.prefixed::<3>(body);
    }
}

//! Bytes as wire types: what holds for any bytes is what the tests of
//! `handfast-wire` hold them to.

use crate::hold;
use handfast_wire::alert::Alert;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{
    Certificate, CertificateEntryExtensions, CertificateRequest, CertificateRequestExtensions,
    ClientEncryptedExtensionsSet, ClientHello, ClientHelloExtensions, EncryptedExtensions, EncryptedExtensionsSet,
    HandshakeHeader, HelloRetryRequestExtensions, NewSessionTicket, NewSessionTicketExtensions,
    ServerHello, ServerHelloExtensions,
};
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::{ContentType, HandshakeType};

/// One message or structure.
pub fn message<'a, M: Wire<'a> + PartialEq + std::fmt::Debug>(bytes: &'a [u8]) {
    hold::holds::<M>(bytes);
}

/// A message and then its extensions; entries of lists are walked.
pub fn with_extensions(msg_type: HandshakeType, bytes: &[u8]) {
    match msg_type {
        HandshakeType::CLIENT_HELLO => {
            message::<ClientHello>(bytes);
            if let Ok(hello) = ClientHello::decode(bytes) {
                hold::sets_hold(hello.extensions.as_encoded());
                if let Ok(set) = ClientHelloExtensions::read(hello.extensions) {
                    let _ = format!("{set:?}");
                }
            }
        }
        HandshakeType::SERVER_HELLO => {
            message::<ServerHello>(bytes);
            if let Ok(hello) = ServerHello::decode(bytes) {
                hold::sets_hold(hello.extensions.as_encoded());
                let _ = format!("{:?}", ServerHelloExtensions::read(hello.extensions));
            }
        }
        HandshakeType::HELLO_RETRY_REQUEST => {
            message::<ServerHello>(bytes);
            if let Ok(hello) = ServerHello::decode(bytes) {
                let _ = format!("{:?}", HelloRetryRequestExtensions::read(hello.extensions));
            }
        }
        HandshakeType::ENCRYPTED_EXTENSIONS => {
            message::<EncryptedExtensions>(bytes);
            if let Ok(message) = EncryptedExtensions::decode(bytes) {
                let _ = format!("{:?}", EncryptedExtensionsSet::read(message.extensions));
                let of_client = ClientEncryptedExtensionsSet::read(message.extensions);
                let _ = format!("{of_client:?}");
            }
        }
        HandshakeType::CERTIFICATE => {
            message::<Certificate>(bytes);
            if let Ok(message) = Certificate::decode(bytes) {
                for entry in message.entries() {
                    let _ = format!("{:?}", CertificateEntryExtensions::read(entry.extensions));
                }
            }
        }
        HandshakeType::CERTIFICATE_REQUEST => {
            message::<CertificateRequest>(bytes);
            if let Ok(message) = CertificateRequest::decode(bytes) {
                let set = CertificateRequestExtensions::read(message.extensions);
                let _ = format!("{set:?}");
            }
        }
        HandshakeType::NEW_SESSION_TICKET => {
            message::<NewSessionTicket>(bytes);
            if let Ok(message) = NewSessionTicket::decode(bytes) {
                let set = NewSessionTicketExtensions::read(message.extensions);
                let _ = format!("{set:?}");
            }
        }
        _ => hold::everything_holds(bytes),
    }
}

/// A stream of records, and the handshake messages and alerts in them.
pub fn records(mut stream: &[u8]) {
    let mut joined = Vec::new();
    while let Some(header) = RecordHeader::peek(stream) {
        message::<RecordHeader>(&stream[..RecordHeader::LENGTH]);
        let end = RecordHeader::LENGTH + usize::from(header.length);
        let Some(fragment) = stream.get(RecordHeader::LENGTH..end) else {
            break;
        };
        match header.content_type {
            ContentType::HANDSHAKE => joined.extend_from_slice(fragment),
            ContentType::ALERT => message::<Alert>(fragment),
            _ => {}
        }
        stream = &stream[end..];
    }
    let mut rest = &joined[..];
    while let Some((header, body)) = HandshakeHeader::split(rest) {
        with_extensions(header.msg_type, body);
        rest = &rest[HandshakeHeader::LENGTH + body.len()..];
    }
}

//! Handshake messages taken apart, to be put together wrong.
//!
//! Only tests own messages; what is here reads what our own engine wrote, so it panics where
//! that is not what it should be.

use handfast_wire::codec::{Wire, Writer};
use handfast_wire::extension::Extensions;
use handfast_wire::handshake::{
    Certificate, CertificateRequest, ClientHello, EncryptedExtensions, HandshakeHeader,
    NewSessionTicket, ServerHello,
};
use handfast_wire::registry::{ExtensionType, HandshakeType};

/// A handshake message with this body.
#[must_use]
pub fn message(msg_type: HandshakeType, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    HandshakeHeader::write(msg_type, &mut Writer::new(&mut out), |out| out.bytes(body));
    out
}

/// The body of a message.
///
/// # Panics
/// When the message is not whole.
#[must_use]
pub fn body(message: &[u8]) -> Vec<u8> {
    let (_, body) = HandshakeHeader::split(message).expect("a whole message");
    body.to_vec()
}

/// The same message with its body changed.
#[must_use]
pub fn edit_body(message_bytes: &[u8], edit: impl FnOnce(&mut Vec<u8>)) -> Vec<Vec<u8>> {
    let mut content = body(message_bytes);
    edit(&mut content);
    vec![message(HandshakeType(message_bytes[0]), &content)]
}

/// An extension block, in order.
#[derive(Clone, Debug, Default)]
pub struct Block(pub Vec<(ExtensionType, Vec<u8>)>);

impl Block {
    fn of(extensions: Extensions<'_>) -> Self {
        let own = |one: handfast_wire::extension::Extension<'_>| {
            (one.extension_type, one.extension_data.to_vec())
        };
        Self(extensions.iter().map(own).collect())
    }

    /// Appends an extension, even one that is there already.
    pub fn add(&mut self, extension: ExtensionType, content: &[u8]) {
        self.0.push((extension, content.to_vec()));
    }

    /// Takes an extension out.
    pub fn remove(&mut self, extension: ExtensionType) {
        self.0.retain(|(one, _)| *one != extension);
    }

    /// Replaces an extension's content where it stands, or appends it.
    pub fn set(&mut self, extension: ExtensionType, content: &[u8]) {
        match self.0.iter_mut().find(|(one, _)| *one == extension) {
            Some((_, old)) => *old = content.to_vec(),
            None => self.add(extension, content),
        }
    }

    /// The content of an extension.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    pub fn content(&self, extension: ExtensionType) -> &[u8] {
        let found = self.0.iter().find(|(one, _)| *one == extension);
        &found.expect("the extension is there").1
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.prefixed::<2>(|out| {
            for (extension, content) in &self.0 {
                out.bytes(&extension.0.to_be_bytes());
                out.prefixed::<2>(|out| out.bytes(content));
            }
        });
    }
}

/// A ClientHello or ServerHello in parts.
#[derive(Clone, Debug)]
pub struct Hello {
    /// legacy_version.
    pub version: [u8; 2],
    /// The random.
    pub random: [u8; 32],
    /// The session id, or its echo.
    pub session_id: Vec<u8>,
    /// A client's list of suites, or the server's one, as encoded and without a length.
    pub suites: Vec<u8>,
    /// A client's list of methods, or the server's one.
    pub compression: Vec<u8>,
    /// The extensions.
    pub extensions: Block,
}

/// One share in place of all.
///
/// # Panics
/// When the share is longer than its prefix can say.
pub fn set_share(hello: &mut Hello, group: u16, share: &[u8]) {
    let prefix = |length: usize| u16::try_from(length).expect("a share").to_be_bytes();
    let entry = [&group.to_be_bytes()[..], &prefix(share.len()), share].concat();
    let list = [&prefix(entry.len())[..], &entry].concat();
    hello.extensions.set(ExtensionType::KEY_SHARE, &list);
}

/// The same ClientHello with its parts changed.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn client_hello(bytes: &[u8], edit: impl FnOnce(&mut Hello)) -> Vec<Vec<u8>> {
    let content = body(bytes);
    let hello = ClientHello::decode(&content).expect("our own ClientHello");
    let mut parts = Hello {
        version: hello.legacy_version.0.to_be_bytes(),
        random: *hello.random,
        session_id: hello.legacy_session_id.to_vec(),
        suites: hello.cipher_suites.as_encoded().to_vec(),
        compression: hello.legacy_compression_methods.to_vec(),
        extensions: Block::of(hello.extensions),
    };
    edit(&mut parts);
    vec![written(HandshakeType::CLIENT_HELLO, |out| {
        out.bytes(&parts.version);
        out.bytes(&parts.random);
        out.prefixed::<1>(|out| out.bytes(&parts.session_id));
        out.prefixed::<2>(|out| out.bytes(&parts.suites));
        out.prefixed::<1>(|out| out.bytes(&parts.compression));
        parts.extensions.write(out);
    })]
}

/// The same ServerHello or HelloRetryRequest with its parts changed.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn server_hello(bytes: &[u8], edit: impl FnOnce(&mut Hello)) -> Vec<Vec<u8>> {
    let content = body(bytes);
    let hello = ServerHello::decode(&content).expect("our own ServerHello");
    let mut parts = Hello {
        version: hello.legacy_version.0.to_be_bytes(),
        random: *hello.random,
        session_id: hello.legacy_session_id_echo.to_vec(),
        suites: hello.cipher_suite.0.to_be_bytes().to_vec(),
        compression: vec![hello.legacy_compression_method],
        extensions: Block::of(hello.extensions),
    };
    edit(&mut parts);
    vec![written(HandshakeType::SERVER_HELLO, |out| {
        out.bytes(&parts.version);
        out.bytes(&parts.random);
        out.prefixed::<1>(|out| out.bytes(&parts.session_id));
        out.bytes(&parts.suites);
        out.bytes(&parts.compression);
        parts.extensions.write(out);
    })]
}

/// The same EncryptedExtensions with its block changed.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn encrypted_extensions(bytes: &[u8], edit: impl FnOnce(&mut Block)) -> Vec<Vec<u8>> {
    let content = body(bytes);
    let decoded = EncryptedExtensions::decode(&content).expect("our own EncryptedExtensions");
    let mut block = Block::of(decoded.extensions);
    edit(&mut block);
    vec![written(HandshakeType::ENCRYPTED_EXTENSIONS, |out| {
        block.write(out);
    })]
}

/// The same CertificateRequest with its context and block changed.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn certificate_request(
    bytes: &[u8],
    edit: impl FnOnce(&mut Vec<u8>, &mut Block),
) -> Vec<Vec<u8>> {
    let content = body(bytes);
    let decoded = CertificateRequest::decode(&content).expect("our own CertificateRequest");
    let mut context = decoded.certificate_request_context.to_vec();
    let mut block = Block::of(decoded.extensions);
    edit(&mut context, &mut block);
    vec![written(HandshakeType::CERTIFICATE_REQUEST, |out| {
        out.prefixed::<1>(|out| out.bytes(&context));
        block.write(out);
    })]
}

/// A Certificate message in parts.
#[derive(Clone, Debug)]
pub struct Chain {
    /// certificate_request_context.
    pub context: Vec<u8>,
    /// Each certificate's DER and its extensions.
    pub entries: Vec<(Vec<u8>, Block)>,
}

/// The same Certificate with its parts changed.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn certificate(bytes: &[u8], edit: impl FnOnce(&mut Chain)) -> Vec<Vec<u8>> {
    let content = body(bytes);
    let decoded = Certificate::decode(&content).expect("our own Certificate");
    let mut chain = Chain {
        context: decoded.certificate_request_context.to_vec(),
        entries: decoded
            .entries()
            .map(|entry| (entry.cert_data.to_vec(), Block::of(entry.extensions)))
            .collect(),
    };
    edit(&mut chain);
    vec![written(HandshakeType::CERTIFICATE, |out| {
        out.prefixed::<1>(|out| out.bytes(&chain.context));
        out.prefixed::<3>(|out| {
            for (der, block) in &chain.entries {
                out.prefixed::<3>(|out| out.bytes(der));
                block.write(out);
            }
        });
    })]
}

/// A NewSessionTicket that says nothing wrong, but for the block.
#[must_use]
pub fn new_session_ticket(edit: impl FnOnce(&mut Block)) -> Vec<u8> {
    let mut block = Block::default();
    edit(&mut block);
    let ticket = written(HandshakeType::NEW_SESSION_TICKET, |out| {
        out.bytes(&[0, 0, 0x0e, 0x10, 1, 2, 3, 4]);
        out.prefixed::<1>(|out| out.bytes(&[0]));
        out.prefixed::<2>(|out| out.bytes(b"a ticket"));
        block.write(out);
    });
    debug_assert!(NewSessionTicket::decode(&body(&ticket)).is_ok());
    ticket
}

fn written(msg_type: HandshakeType, write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    HandshakeHeader::write(msg_type, &mut Writer::new(&mut out), write);
    out
}

//! Opening an encrypted ClientHello, and making the inner one whole (RFC 9849 sections 5.1 and 7.1).

use crate::connection::Broken;
use crate::ech::key::EchKey;
use crate::fault::Fault;
use handfast_crypto::hpke::Recipient;
use handfast_crypto::secret::SharedSecret;
use handfast_wire::codec::{Opaque8, Reader, Wire, Writer};
use handfast_wire::extension::{
    EchOuter, EchOuterExtensions, EncryptedClientHello, Extensions, ExtensionsWriter,
    HpkeSymmetricCipherSuite,
};
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, HandshakeHeader};
use handfast_wire::registry::{ExtensionType, HandshakeType, ProtocolVersion};

/// A first ClientHello that was opened.
pub(crate) struct Unsealed {
    /// The inner ClientHello, header included.
    pub(crate) inner: Vec<u8>,
    pub(crate) opened: Opened,
}

/// What opens the second ClientHello of the handshake.
pub(crate) struct Opened {
    recipient: Recipient,
    suite: HpkeSymmetricCipherSuite,
    config_id: u8,
    /// The ClientHello around it had this random, by which key logs know it.
    pub(crate) outer_random: [u8; 32],
    /// The ECHConfig and the KEM's shared secret, for a key log.
    pub(crate) logged: Option<(Vec<u8>, SharedSecret)>,
}

/// Opens a first ClientHello, header included, by the key that it names. Nothing where it has none or
/// names none of these, or does not open: then it is answered as it is.
pub(crate) fn open_first(
    keys: &[EchKey],
    message: &[u8],
    is_logged: bool,
) -> Result<Option<Unsealed>, Broken> {
    let Some(hello) = Sealed::read(message)? else {
        return Ok(None);
    };
    let outer = &hello.outer;
    let mut aad = None;
    for key in keys {
        let Some(mut recipient) = key.recipient(outer) else {
            continue;
        };
        let aad: &Vec<u8> = aad.get_or_insert_with(|| hello.aad(message));
        let Ok(encoded) = recipient.open(aad, outer.payload.0) else {
            continue;
        };
        let secret = || key.key().shared_secret(outer.enc.0).ok();
        let logged = is_logged.then(secret).flatten();
        return Ok(Some(Unsealed {
            inner: decode(&encoded, &hello.hello)?,
            opened: Opened {
                recipient,
                suite: outer.cipher_suite,
                config_id: outer.config_id,
                outer_random: *hello.hello.random,
                logged: logged.map(|secret| (key.config().to_vec(), secret)),
            },
        }));
    }
    Ok(None)
}

/// Opens the second ClientHello, header included, of a client whose first one was opened; gives the inner
/// one, header included.
pub(crate) fn open_second(opened: &mut Opened, message: &[u8]) -> Result<Vec<u8>, Broken> {
    let hello = Sealed::read(message)?.ok_or(Fault::EchLeftOut)?;
    let outer = &hello.outer;
    let is_same = outer.cipher_suite == opened.suite && outer.config_id == opened.config_id;
    if !is_same || !outer.enc.0.is_empty() {
        return Err(Fault::EchChanged.into());
    }
    let encoded = opened.recipient.open(&hello.aad(message), outer.payload.0);
    let encoded = encoded.map_err(|_| Fault::EchNotAuthentic)?;
    decode(&encoded, &hello.hello)
}

/// An outer ClientHello.
struct Sealed<'h> {
    hello: ClientHello<'h>,
    outer: EchOuter<'h>,
}

impl<'h> Sealed<'h> {
    /// Nothing where the message is none. What is malformed is told by who answers it; an inner one is
    /// only for servers behind the one that opens it.
    fn read(message: &'h [u8]) -> Result<Option<Self>, Fault> {
        let body = HandshakeHeader::split(message).map(|(_, body)| body);
        let hello = body.and_then(|body| ClientHello::decode(body).ok());
        let kind = ExtensionType::ENCRYPTED_CLIENT_HELLO;
        let found = hello.and_then(|hello| Some((hello, hello.extensions.find(kind)?)));
        let Some((hello, content)) = found else {
            return Ok(None);
        };
        match EncryptedClientHello::decode(content) {
            Ok(EncryptedClientHello::Outer(outer)) => Ok(Some(Self { hello, outer })),
            Ok(EncryptedClientHello::Inner) => Err(Fault::EchInnerInClear),
            Err(_) => Ok(None),
        }
    }

    /// The body with zeros in place of the payload (RFC 9849 section 5.2).
    fn aad(&self, message: &[u8]) -> Vec<u8> {
        let mut aad = message
            .get(HandshakeHeader::LENGTH..)
            .unwrap_or_default()
            .to_vec();
        let block = self.hello.extensions;
        let start = aad.len().saturating_sub(block.as_encoded().len());
        let range = block.range_of(ExtensionType::ENCRYPTED_CLIENT_HELLO);
        let content = range.and_then(|range| aad.get_mut(start..)?.get_mut(range));
        // The payload stands at the extension's end.
        if let Some(content) = content {
            let rest = content.len().saturating_sub(self.outer.payload.0.len());
            content.get_mut(rest..).unwrap_or_default().fill(0);
        }
        aad
    }
}

/// Makes an inner ClientHello whole, header included, and checks what sets it apart.
fn decode(encoded: &[u8], outer: &ClientHello<'_>) -> Result<Vec<u8>, Broken> {
    let malformed = |fault| Broken::decode(Fault::EchInnerMalformed, fault);
    let mut reader = Reader::new(encoded);
    let inner = ClientHello::read(&mut reader).map_err(malformed)?;
    if reader.rest().iter().any(|byte| *byte != 0) {
        return Err(Fault::EchPaddingNotZero.into());
    }
    if !inner.legacy_session_id.0.is_empty() {
        return Err(Fault::EchInnerMalformed.into());
    }
    let mut broken = Ok(());
    let mut message = Vec::with_capacity(encoded.len().saturating_add(1024));
    let mut writer = Writer::new(&mut message);
    HandshakeHeader::write(HandshakeType::CLIENT_HELLO, &mut writer, |out| {
        inner.legacy_version.write(out);
        inner.random.write(out);
        Opaque8::<0, 32>(outer.legacy_session_id.0).write(out);
        inner.cipher_suites.write(out);
        inner.legacy_compression_methods.write(out);
        out.prefixed::<2>(|out| {
            let mut out = ExtensionsWriter::new(out);
            broken = fill_in(inner.extensions, outer.extensions, &mut out);
        });
    });
    broken?;
    writer.finish().map_err(|_| Fault::EchInnerMalformed)?;
    check(&message)?;
    Ok(message)
}

/// Writes the inner extensions, and in place of ech_outer_extensions those of the outer ClientHello that
/// it names. They are named in the outer order, so that the outer ones are walked through once, however
/// many are named (RFC 9849 section 10.12.4), and each is copied once at most.
fn fill_in(
    inner: Extensions<'_>,
    outer: Extensions<'_>,
    out: &mut ExtensionsWriter<'_, '_>,
) -> Result<(), Broken> {
    let mut outer = outer.iter();
    let mut is_filled = false;
    for one in inner.iter() {
        if one.extension_type != ExtensionType::ECH_OUTER_EXTENSIONS {
            out.add(one.extension_type, |out| out.bytes(one.extension_data.0));
            continue;
        }
        if is_filled {
            return Err(Fault::ExtensionTwice.into());
        }
        is_filled = true;
        let names = EchOuterExtensions::decode(one.extension_data.0)
            .map_err(|fault| Broken::decode(Fault::EchInnerMalformed, fault))?;
        for name in names.iter() {
            // It cannot stand in itself.
            if name == ExtensionType::ENCRYPTED_CLIENT_HELLO {
                return Err(Fault::EchOuterExtensionsWrong.into());
            }
            let found = outer.find(|one| one.extension_type == name);
            let found = found.ok_or(Fault::EchOuterExtensionsWrong)?;
            out.add(name, |out| out.bytes(found.extension_data.0));
        }
    }
    Ok(())
}

/// RFC 9849 s7.1: it says that it is the inner one, and offers nothing older than TLS 1.3.
fn check(message: &[u8]) -> Result<(), Broken> {
    let malformed = |fault| Broken::decode(Fault::EchInnerMalformed, fault);
    let (_, body) = HandshakeHeader::split(message).ok_or(Fault::EchInnerMalformed)?;
    let hello = ClientHello::decode(body).map_err(malformed)?;
    let extensions = ClientHelloExtensions::read(hello.extensions).map_err(malformed)?;
    if extensions.encrypted_client_hello != Some(EncryptedClientHello::Inner) {
        return Err(Fault::EchInnerUnmarked.into());
    }
    let versions = extensions.supported_versions;
    let mut versions = versions.ok_or(Fault::EchInnerTooOld)?.iter();
    let is_old = |version: ProtocolVersion| {
        (ProtocolVersion::SSL_3_0..ProtocolVersion::TLS_1_3).contains(&version)
    };
    if versions.any(is_old) {
        return Err(Fault::EchInnerTooOld.into());
    }
    Ok(())
}

//! CompressedCertificate (RFC 8879 section 4): it stands for a Certificate message, and the transcript
//! has it as it came.

use crate::config::{CertificateCompression, CommonPlan, Credential, Found};
use crate::connection::{Broken, limit};
use crate::fault::Fault;
use crate::handshake::input::Message;
use crate::handshake::talk::malformed;
use crate::tls13::certificate::{Wanted, write};
use handfast_wire::codec::{Opaque24, Wire, Writer};
use handfast_wire::handshake::{CompressedCertificate, Uint24};
use handfast_wire::registry::HandshakeType;
use std::borrow::Cow;

/// True for a message that shows certificates: compressed, where this side has offered that.
pub(crate) fn shows_certificates(msg_type: HandshakeType, common: &CommonPlan) -> bool {
    match msg_type {
        HandshakeType::CERTIFICATE => true,
        HandshakeType::COMPRESSED_CERTIFICATE => !common.encoded_compression.is_empty(),
        _ => false,
    }
}

/// The body of the Certificate message that the peer has sent, in either form.
pub(crate) fn body<'m>(message: Message<'m>, common: &CommonPlan) -> Result<Cow<'m, [u8]>, Broken> {
    if message.msg_type != HandshakeType::COMPRESSED_CERTIFICATE {
        return Ok(Cow::Borrowed(message.body));
    }
    let packed = CompressedCertificate::decode(message.body)
        .map_err(malformed(Fault::CompressedCertificateMalformed))?;
    let mut own = common.set.certificate_compression.iter();
    let own = own
        .find(|one| one.algorithm() == packed.algorithm)
        .ok_or(Fault::CertificateCompressionUnknown)?;
    let length = usize::try_from(packed.uncompressed_length.0).unwrap_or(usize::MAX);
    // RFC 8879 s5: before anything is allocated.
    if length > limit(HandshakeType::CERTIFICATE) {
        return Err(Fault::CertificateExpandsTooFar.into());
    }
    let mut body = vec![0; length];
    own.codec()
        .decompress(&packed.compressed_certificate_message, &mut body)
        .map_err(|_| Fault::CertificateDecompression)?;
    Ok(Cow::Owned(body))
}

/// The body of a CompressedCertificate that shows the credential; nothing where compressing gives
/// nothing. Where no context of the peer's is in it, it is made once.
pub(crate) fn of<'c>(
    credential: &'c Credential,
    by: &CertificateCompression,
    context: &[u8],
    wanted: Wanted,
) -> Option<Cow<'c, [u8]>> {
    if !context.is_empty() {
        return make(credential, by, context, wanted).map(Cow::Owned);
    }
    let variant = wanted.variant(credential);
    let make = || make(credential, by, context, wanted);
    match credential.0.compressed.get_or_make(by, variant, make) {
        Found::Known(message) => message.map(Cow::Borrowed),
        Found::Made(message) => message.map(Cow::Owned),
    }
}

fn make(
    credential: &Credential,
    by: &CertificateCompression,
    context: &[u8],
    wanted: Wanted,
) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(credential.length());
    let mut writer = Writer::new(&mut plain);
    write(context, Some(credential), wanted, &mut writer);
    writer.finish().ok()?;
    let packed = by
        .codec()
        .compress(&plain)
        .filter(|packed| !packed.is_empty())?;
    let message = CompressedCertificate {
        algorithm: by.algorithm(),
        uncompressed_length: Uint24(u32::try_from(plain.len()).ok()?),
        compressed_certificate_message: Opaque24(&packed),
    };
    let mut body = Vec::with_capacity(packed.len().saturating_add(8));
    let mut writer = Writer::new(&mut body);
    message.write(&mut writer);
    writer.finish().ok()?;
    Some(body)
}

//! Certificates that pass compressed (RFC 8879): what they stand for.

use handfast::config::CertificateCompression;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::CompressedCertificate;
use handfast_wire::registry::CertificateCompressionAlgorithm;

/// The body of a Certificate message, and how it came.
pub(crate) struct Unpacked {
    pub(crate) algorithm: CertificateCompressionAlgorithm,
    pub(crate) body: Vec<u8>,
}

/// Bytes of a Certificate message, at most; the engine takes no more.
const MOST: u32 = 100 * 1024;

/// What a CompressedCertificate stands for; nothing where that cannot be had.
pub(crate) fn unpacked(body: &[u8]) -> Option<Unpacked> {
    let message = CompressedCertificate::decode(body).ok()?;
    let length = Some(message.uncompressed_length.0).filter(|length| *length <= MOST)?;
    let mut all = CertificateCompression::all().into_iter();
    let codec = all.find(|one| one.algorithm() == message.algorithm)?;
    let mut body = vec![0; usize::try_from(length).ok()?];
    let packed = message.compressed_certificate_message;
    codec.codec().decompress(&packed, &mut body).ok()?;
    Some(Unpacked {
        algorithm: message.algorithm,
        body,
    })
}

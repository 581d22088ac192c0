//! CompressedCertificate (RFC 8879 section 4).

use crate::codec::{DecodeFault, Opaque24, Reader, Recorder, Wire, Writer};
use crate::registry::CertificateCompressionAlgorithm;

message! {
    /// A Certificate message, compressed.
    pub struct CompressedCertificate<'a> {
        /// How it is compressed.
        algorithm: CertificateCompressionAlgorithm,
        /// Bytes of the Certificate message, its header left out.
        uncompressed_length: Uint24,
        /// What the algorithm has made of it.
        compressed_certificate_message: Opaque24<'a, 1>,
    }
}

/// A number of three bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uint24(
    /// Less than 2^24; of more, the low three bytes are written.
    pub u32,
);

impl<'a> Wire<'a> for Uint24 {
    const SIZE: Option<usize> = Some(3);

    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        reader.u24().map(Self)
    }
    fn write(&self, out: &mut Writer<'_>) {
        let [_, high, middle, low] = self.0.to_be_bytes();
        out.bytes(&[high, middle, low]);
    }
}

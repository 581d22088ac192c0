//! ZLIB (RFC 1950), by `flate2` over `miniz_oxide`: safe code all the way down.

use crate::config::compression::codec::{CertificateCodec, DecompressionFailed};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use handfast_wire::registry::CertificateCompressionAlgorithm;

#[derive(Debug)]
pub(super) struct Zlib;

impl CertificateCodec for Zlib {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::ZLIB
    }

    fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
        // What takes more room than this is shown as it is.
        let mut out = Vec::with_capacity(message.len());
        let mut codec = Compress::new(Compression::best(), true);
        let status = codec.compress_vec(message, &mut out, FlushCompress::Finish);
        (matches!(status, Ok(Status::StreamEnd)) && out.len() < message.len()).then_some(out)
    }

    fn decompress(&self, compressed: &[u8], out: &mut [u8]) -> Result<(), DecompressionFailed> {
        // The state is 11 KiB and the output its own window: a bomb finds no more memory than `out`.
        let mut codec = Decompress::new(true);
        let status = codec.decompress(compressed, out, FlushDecompress::Finish);
        let whole = |total: u64, bytes: &[u8]| usize::try_from(total) == Ok(bytes.len());
        if matches!(status, Ok(Status::StreamEnd))
            && whole(codec.total_in(), compressed)
            && whole(codec.total_out(), out)
        {
            Ok(())
        } else {
            Err(DecompressionFailed)
        }
    }
}

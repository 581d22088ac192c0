//! Zstandard (RFC 8878), by the crate `ruzstd`: no C on what a stranger sends.

use crate::config::compression::codec::{CertificateCodec, DecompressionFailed};
use handfast_wire::registry::CertificateCompressionAlgorithm;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::Read;

#[derive(Debug)]
pub(super) struct Zstd;

/// Before every frame (RFC 8878 section 3.1.1).
const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();
/// In a frame's descriptor: the window is as long as the content, and no descriptor says how long.
const SINGLE_SEGMENT: u8 = 0x20;

impl CertificateCodec for Zstd {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::ZSTD
    }

    fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
        let out = compress_to_vec(message, CompressionLevel::Fastest);
        (out.len() < message.len()).then_some(out)
    }

    fn decompress(&self, compressed: &[u8], out: &mut [u8]) -> Result<(), DecompressionFailed> {
        let (head, rest) = compressed
            .split_first_chunk::<6>()
            .ok_or(DecompressionFailed)?;
        let head = with_little_window(*head, out.len());
        let mut source = head.chain(rest);
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(window_bytes(window_for(out.len())));
        decoder
            .reset(&mut source)
            .map_err(|_| DecompressionFailed)?;
        let mut is_over = false;
        while !is_over {
            let strategy = BlockDecodingStrategy::UptoBlocks(1);
            is_over = decoder
                .decode_blocks(&mut source, strategy)
                .map_err(|_| DecompressionFailed)?;
            // The window holds all that may come: what leaves it before the end is too much.
            if !is_over && decoder.can_collect() > 0 {
                return Err(DecompressionFailed);
            }
        }
        let is_followed = source.read(&mut [0]).map_or(true, |bytes| bytes > 0);
        if is_followed || decoder.can_collect() != out.len() {
            return Err(DecompressionFailed);
        }
        decoder.read_exact(out).map_err(|_| DecompressionFailed)?;
        match decoder.get_checksum_from_data() {
            Some(said) if decoder.get_calculated_checksum() != Some(said) => {
                Err(DecompressionFailed)
            }
            _ => Ok(()),
        }
    }
}

/// The beginning of a frame, with a window of no more than what comes out of it: an encoder that did not
/// know how long its input is says megabytes, which the decoder would take at once. No frame that is
/// right reaches further back than its beginning.
fn with_little_window(mut head: [u8; 6], content: usize) -> [u8; 6] {
    let [m0, m1, m2, m3, descriptor, window] = &mut head;
    let has_window = *descriptor & SINGLE_SEGMENT == 0;
    if has_window && [*m0, *m1, *m2, *m3] == MAGIC {
        *window = (*window).min(window_for(content));
    }
    head
}

/// The descriptor of the shortest window that holds so many bytes.
fn window_for(bytes: usize) -> u8 {
    let holds = |descriptor: &u8| {
        usize::try_from(window_bytes(*descriptor)).is_ok_and(|window| window >= bytes)
    };
    (0..=u8::MAX).find(holds).unwrap_or(u8::MAX)
}

/// The window that a descriptor says (RFC 8878 section 3.1.1.1.2).
fn window_bytes(descriptor: u8) -> u64 {
    let base = 1_u64 << (10 + (descriptor >> 3));
    base + base / 8 * u64::from(descriptor & 7)
}

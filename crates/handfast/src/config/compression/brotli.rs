//! Brotli (RFC 7932), by the crate `brotli`: safe code all the way down.

use crate::config::compression::codec::{CertificateCodec, DecompressionFailed};
use brotli::enc::BrotliEncoderParams;
use brotli::{
    Allocator, BrotliDecompressStream, BrotliResult, BrotliState, HuffmanCode, SliceWrapper,
    SliceWrapperMut,
};
use handfast_wire::registry::CertificateCompressionAlgorithm;

#[derive(Debug)]
pub(super) struct Brotli;

/// Bytes of Huffman tables that a decompression may take, at most: honest certificates take some
/// 40 KiB, the format lets a bomb ask for 6 MiB.
const MOST_TABLES: usize = 512 * 1024;

impl CertificateCodec for Brotli {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::BROTLI
    }

    fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
        let params = BrotliEncoderParams {
            quality: 11,
            // A window that holds the longest message.
            lgwin: 18,
            size_hint: message.len(),
            ..BrotliEncoderParams::default()
        };
        let mut out = Vec::with_capacity(message.len());
        brotli::BrotliCompress(&mut &*message, &mut out, &params).ok()?;
        (out.len() < message.len()).then_some(out)
    }

    fn decompress(&self, compressed: &[u8], out: &mut [u8]) -> Result<(), DecompressionFailed> {
        // The window grows with what comes out of it, in steps that double: room for two of them.
        let window = out.len().next_power_of_two().saturating_add(4096);
        let mut state = BrotliState::new_strict(
            Within(window.saturating_mul(2)),
            Within(MOST_TABLES),
            Within(MOST_TABLES),
        );
        let (mut left_in, mut read) = (compressed.len(), 0);
        let (mut left_out, mut written, mut total) = (out.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut left_in,
            &mut read,
            compressed,
            &mut left_out,
            &mut written,
            out,
            &mut total,
            &mut state,
        );
        match result {
            BrotliResult::ResultSuccess if left_in == 0 && left_out == 0 => Ok(()),
            _ => Err(DecompressionFailed),
        }
    }
}

/// Gives out so many bytes, and then no more.
struct Within(usize);

/// Memory that was given out.
struct Given<T>(Vec<T>);

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> SliceWrapper<T> for Given<T> {
    fn slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> SliceWrapperMut<T> for Given<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl Within {
    fn give<T: Clone + Default>(&mut self, entries: usize) -> Given<T> {
        let bytes = entries.saturating_mul(size_of::<T>());
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                Given(vec![T::default(); entries])
            }
            // An empty cell is a failed allocation, and ends the decompression.
            None => Given::default(),
        }
    }

    fn take_back<T>(&mut self, given: &Given<T>) {
        let bytes = given.0.len().saturating_mul(size_of::<T>());
        self.0 = self.0.saturating_add(bytes);
    }
}

impl Allocator<u8> for Within {
    type AllocatedMemory = Given<u8>;

    fn alloc_cell(&mut self, len: usize) -> Given<u8> {
        self.give(len)
    }

    fn free_cell(&mut self, data: Given<u8>) {
        self.take_back(&data);
    }
}

impl Allocator<u32> for Within {
    type AllocatedMemory = Given<u32>;

    fn alloc_cell(&mut self, len: usize) -> Given<u32> {
        self.give(len)
    }

    fn free_cell(&mut self, data: Given<u32>) {
        self.take_back(&data);
    }
}

impl Allocator<HuffmanCode> for Within {
    type AllocatedMemory = Given<HuffmanCode>;

    fn alloc_cell(&mut self, len: usize) -> Given<HuffmanCode> {
        self.give(len)
    }

    fn free_cell(&mut self, data: Given<HuffmanCode>) {
        self.take_back(&data);
    }
}

//! The writer.

use alloc::vec::Vec;
use core::fmt;

/// A part does not fit the length prefix that the RFC gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part is longer than its length prefix can say")
    }
}

impl core::error::Error for TooLong {}

/// Appends to a vector and fills in length prefixes afterwards.
pub struct Writer<'o> {
    out: &'o mut Vec<u8>,
    too_long: bool,
}

impl<'o> Writer<'o> {
    /// A writer that appends to `out`.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            too_long: false,
        }
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends a body behind its length in `WIDTH` bytes (1, 2 or 3).
    pub fn prefixed<const WIDTH: usize>(&mut self, body: impl FnOnce(&mut Writer<'_>)) {
        let start = self.out.len();
        self.out.extend_from_slice(&[0; WIDTH]);
        let mut inner = Writer {
            out: &mut *self.out,
            too_long: false,
        };
        body(&mut inner);
        let inner_too_long = inner.too_long;
        let length = (self.out.len() - start).saturating_sub(WIDTH).to_be_bytes();
        let (high, low) = length.split_at(length.len().saturating_sub(WIDTH));
        self.too_long |= inner_too_long || high.iter().any(|byte| *byte != 0);
        for (slot, byte) in self.out.iter_mut().skip(start).zip(low) {
            *slot = *byte;
        }
    }

    /// Appends how many bytes these are, in `WIDTH` bytes (1, 2 or 3), where the length does not
    /// stand before them.
    pub fn length_of<const WIDTH: usize>(&mut self, bytes: &[u8]) {
        let length = bytes.len().to_be_bytes();
        let (high, low) = length.split_at(length.len().saturating_sub(WIDTH));
        self.too_long |= high.iter().any(|byte| *byte != 0);
        self.bytes(low);
    }

    /// As [`Writer::prefixed`], but of an empty body nothing is written, not even its length.
    pub fn prefixed_unless_empty<const WIDTH: usize>(
        &mut self,
        body: impl FnOnce(&mut Writer<'_>),
    ) {
        let start = self.out.len();
        self.prefixed::<WIDTH>(body);
        if self.out.len().saturating_sub(start) == WIDTH {
            self.out.truncate(start);
        }
    }

    /// Bytes in the vector, those that stood there before included.
    #[must_use]
    pub fn position(&self) -> usize {
        self.out.len()
    }

    /// Ends the writing.
    ///
    /// # Errors
    /// [`TooLong`] when a body did not fit its prefix; the bytes are then useless.
    pub fn finish(self) -> Result<(), TooLong> {
        if self.too_long { Err(TooLong) } else { Ok(()) }
    }
}

//! The transport in memory: where records go to and come from.

use std::io::{Read, Write};

/// Where a side puts its records.
///
/// As a socket does, it takes bytes from the memory where the side has them;
/// the copy that a kernel then makes is nobody's. It keeps the bytes only when
/// the other side is to read them.
#[derive(Default)]
pub struct Sink {
    bytes: Vec<u8>,
    keep: bool,
    at: usize,
}

impl Sink {
    pub fn keeping() -> Self {
        Self {
            keep: true,
            ..Self::default()
        }
    }

    /// Keeps, in memory of that size that is there already.
    pub fn with_room(length: usize) -> Self {
        Self {
            bytes: vec![0; length],
            keep: true,
            at: 0,
        }
    }

    /// Appends to `bytes`.
    pub fn keeping_in(bytes: Vec<u8>) -> Self {
        Self {
            at: bytes.len(),
            bytes,
            keep: true,
        }
    }

    pub fn discarding() -> Self {
        Self::default()
    }

    /// Memory for a side that writes where it is told to.
    pub fn room(&mut self, length: usize) -> &mut [u8] {
        if self.bytes.len() < self.at + length {
            self.bytes.resize(self.at + length, 0);
        }
        &mut self.bytes[self.at..]
    }

    /// That many bytes of the room were written.
    pub fn wrote(&mut self, length: usize) {
        if self.keep {
            self.at += length;
        }
    }

    pub fn take(mut self) -> Vec<u8> {
        self.bytes.truncate(self.at);
        self.bytes
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.keep {
            self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
            self.at += bytes.len();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Where a side reads from: never beyond the record that is being read, as if
/// each had arrived alone.
pub struct Source {
    bytes: Vec<u8>,
    at: usize,
    end: usize,
}

impl Source {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            at: 0,
            end: 0,
        }
    }

    /// The memory, for another use.
    pub fn into_cleared(mut self) -> Vec<u8> {
        self.bytes.clear();
        self.bytes
    }
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.end {
            let Some(header) = self.bytes.get(self.at..self.at + 5) else {
                return Err(std::io::ErrorKind::WouldBlock.into());
            };
            self.end = self.at + 5 + usize::from(u16::from_be_bytes([header[3], header[4]]));
        }
        let length = out.len().min(self.end - self.at);
        out[..length].copy_from_slice(&self.bytes[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

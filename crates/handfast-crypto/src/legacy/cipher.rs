//! The ciphers by name.

/// A cipher without authentication of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BulkCipher {
    /// AES-128 in CBC mode (RFC 5246 section 6.2.3.2).
    Aes128Cbc,
    /// AES-256 in CBC mode.
    Aes256Cbc,
    /// Triple DES in CBC mode: blocks of 64 bits, which repeat after some gigabytes (SWEET32).
    TripleDesCbc,
}

impl BulkCipher {
    /// Bytes of a key.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Cbc => 16,
            Self::TripleDesCbc => 24,
            Self::Aes256Cbc => 32,
        }
    }

    /// Bytes of a block, and of an IV.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::TripleDesCbc => 8,
            Self::Aes128Cbc | Self::Aes256Cbc => 16,
        }
    }
}

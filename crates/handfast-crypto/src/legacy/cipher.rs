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
    /// RC4 with a key of 128 bits, one stream for all records. Its bytes are biased, and plaintext
    /// that is sent often enough can be read off (RFC 7465).
    Rc4,
    /// No encryption at all: anyone may read, nobody may change.
    Null,
}

impl BulkCipher {
    /// Bytes of a key.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Null => 0,
            Self::Aes128Cbc | Self::Rc4 => 16,
            Self::TripleDesCbc => 24,
            Self::Aes256Cbc => 32,
        }
    }

    /// Bytes of a block; 1 where there are no blocks, and so neither padding nor IV.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::Rc4 | Self::Null => 1,
            Self::TripleDesCbc => 8,
            Self::Aes128Cbc | Self::Aes256Cbc => 16,
        }
    }

    /// True for block ciphers, in CBC mode all of them.
    #[must_use]
    pub const fn has_blocks(self) -> bool {
        self.block_len() > 1
    }
}

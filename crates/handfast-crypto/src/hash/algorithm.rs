//! The hash functions by name.

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// MD5, for what TLS 1.1 and older fix (feature `legacy`): collisions are found in seconds.
    #[cfg(feature = "legacy")]
    Md5,
    /// SHA-1, for identifiers only (OCSP's CertID, key identifiers) and for what old protocol
    /// versions fix; it resists no collision search.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// Length of the hash in bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Length of the block that HMAC pads its key to, in bytes.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5 => 64,
            Self::Sha1 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }
}

//! The AEADs of TLS and their measures.

/// Nonce length of every AEAD here, in bytes.
pub const NONCE_LEN: usize = 12;

/// The longest tag, in bytes.
pub const MAX_TAG_LEN: usize = 16;

/// The longest key, in bytes.
pub const MAX_KEY_LEN: usize = 32;

/// An AEAD of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AeadAlgorithm {
    /// AES-128 in Galois/Counter mode (RFC 5116).
    Aes128Gcm,
    /// AES-256 in Galois/Counter mode (RFC 5116).
    Aes256Gcm,
    /// ChaCha20 with Poly1305 (RFC 8439).
    ChaCha20Poly1305,
    /// AES-128 in CCM mode with a tag of 16 bytes (RFC 6655).
    Aes128Ccm,
    /// AES-128 in CCM mode with a tag of 8 bytes (RFC 6655): for constrained devices.
    Aes128Ccm8,
}

impl AeadAlgorithm {
    /// Key length in bytes.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Ccm | Self::Aes128Ccm8 => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// Nonce length in bytes: 12 for all.
    #[must_use]
    pub const fn nonce_len(self) -> usize {
        NONCE_LEN
    }

    /// Tag length in bytes: 8 for [`AeadAlgorithm::Aes128Ccm8`], else 16.
    #[must_use]
    pub const fn tag_len(self) -> usize {
        match self {
            Self::Aes128Ccm8 => 8,
            _ => MAX_TAG_LEN,
        }
    }

    /// How many full-size records one key may protect before it must be changed.
    ///
    /// GCM: 2^24.5 rounded down (RFC 8446 s5.5). ChaCha20-Poly1305: the sequence number wraps
    /// first. CCM: 2^23 (RFC 9147 s4.5.3, after RFC 9001 B.1.2).
    #[must_use]
    pub const fn confidentiality_limit(self) -> u64 {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => 23_726_566,
            Self::ChaCha20Poly1305 => u64::MAX,
            Self::Aes128Ccm | Self::Aes128Ccm8 => 1 << 23,
        }
    }
}

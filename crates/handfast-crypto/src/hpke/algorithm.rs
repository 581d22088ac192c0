//! HPKE's algorithms (RFC 9180 section 7).

/// How the shared secret comes about (RFC 9180 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kem {
    /// DHKEM(X25519, HKDF-SHA256).
    X25519HkdfSha256,
}

impl Kem {
    /// The KEM of a code point; nothing where the library has none.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            0x0020 => Some(Self::X25519HkdfSha256),
            _ => None,
        }
    }

    /// The code point.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::X25519HkdfSha256 => 0x0020,
        }
    }

    /// Bytes of a public key.
    #[must_use]
    pub const fn public_len(self) -> usize {
        match self {
            Self::X25519HkdfSha256 => 32,
        }
    }

    /// Bytes of a private key.
    #[must_use]
    pub const fn private_len(self) -> usize {
        match self {
            Self::X25519HkdfSha256 => 32,
        }
    }

    /// Bytes of `enc`, which the sender gives the recipient.
    #[must_use]
    pub const fn enc_len(self) -> usize {
        match self {
            Self::X25519HkdfSha256 => 32,
        }
    }
}

/// How keys are derived (RFC 9180 section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kdf {
    /// HKDF-SHA256.
    HkdfSha256,
    /// HKDF-SHA384.
    HkdfSha384,
}

impl Kdf {
    /// The KDF of a code point; nothing where the library has none.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            0x0001 => Some(Self::HkdfSha256),
            0x0002 => Some(Self::HkdfSha384),
            _ => None,
        }
    }

    /// The code point.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::HkdfSha256 => 0x0001,
            Self::HkdfSha384 => 0x0002,
        }
    }
}

/// What messages are sealed with (RFC 9180 section 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HpkeAead {
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// ChaCha20-Poly1305.
    ChaCha20Poly1305,
}

impl HpkeAead {
    /// The AEAD of a code point; nothing where the library has none.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            0x0001 => Some(Self::Aes128Gcm),
            0x0002 => Some(Self::Aes256Gcm),
            0x0003 => Some(Self::ChaCha20Poly1305),
            _ => None,
        }
    }

    /// The code point.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Aes128Gcm => 0x0001,
            Self::Aes256Gcm => 0x0002,
            Self::ChaCha20Poly1305 => 0x0003,
        }
    }
}

/// A KEM, a KDF and an AEAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HpkeSuite {
    /// How the shared secret comes about.
    pub kem: Kem,
    /// How keys are derived.
    pub kdf: Kdf,
    /// What messages are sealed with.
    pub aead: HpkeAead,
}

//! Algorithms of JWS (RFC 7518 section 3.1, RFC 8037 section 3.1).

use handfast_crypto::signature::{KeyKind, SignatureAlgorithm};

/// How an account's key signs. Each kind of key has one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwsAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// Ed25519.
    EdDsa,
}

impl JwsAlgorithm {
    /// All of them, in the order in which a server names them.
    pub const ALL: [Self; 5] = [
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Rs256,
    ];

    /// The algorithm of keys of a kind, if ACME's accounts may have such.
    #[must_use]
    pub const fn of(kind: KeyKind) -> Option<Self> {
        Some(match kind {
            KeyKind::EcP256 => Self::Es256,
            KeyKind::EcP384 => Self::Es384,
            KeyKind::EcP521 => Self::Es512,
            KeyKind::Rsa { .. } => Self::Rs256,
            KeyKind::Ed25519 => Self::EdDsa,
            _ => return None,
        })
    }

    /// The algorithm of that name, spelled exactly so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Its name in a header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(crate) const fn signature(self) -> SignatureAlgorithm {
        match self {
            Self::Es256 => SignatureAlgorithm::EcdsaSha256,
            Self::Es384 => SignatureAlgorithm::EcdsaSha384,
            Self::Es512 => SignatureAlgorithm::EcdsaSha512,
            Self::Rs256 => SignatureAlgorithm::RsaPkcs1Sha256,
            Self::EdDsa => SignatureAlgorithm::Ed25519,
        }
    }

    /// How long each of the two numbers of an ECDSA signature, and of a point, is written
    /// (RFC 7518 sections 3.4 and 6.2.1.2).
    pub(crate) const fn coordinate_bytes(self) -> Option<usize> {
        match self {
            Self::Es256 => Some(32),
            Self::Es384 => Some(48),
            Self::Es512 => Some(66),
            Self::Rs256 | Self::EdDsa => None,
        }
    }
}

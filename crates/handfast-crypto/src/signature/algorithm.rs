//! Signature algorithms and kinds of key, by name.

use crate::hash::HashAlgorithm;

/// A signature algorithm: a method and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSA PKCS#1 v1.5 over MD5 and SHA-1 side by side, without a DigestInfo: what TLS 1.1 and older
    /// sign by (RFC 2246 section 4.7). The *message* is the 36 bytes of both hashes, since SSL 3.0
    /// makes them in its own way. By [`legacy::sign`](crate::legacy::sign) alone.
    #[cfg(feature = "legacy")]
    RsaPkcs1Md5Sha1,
    /// RSA PKCS#1 v1.5 with SHA-1. Verified only, for the exceptions that a caller names; made by
    /// `legacy::sign` alone (feature `legacy`).
    RsaPkcs1Sha1,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8446 s4.2.3).
    RsaPssSha256,
    /// RSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes.
    RsaPssSha384,
    /// RSA-PSS with SHA-512, MGF1 with SHA-512 and a salt of 64 bytes.
    RsaPssSha512,
    /// ECDSA with SHA-1. Verified only, for the exceptions that a caller names; made by
    /// `legacy::sign` alone (feature `legacy`).
    EcdsaSha1,
    /// ECDSA with SHA-256, on any curve.
    EcdsaSha256,
    /// ECDSA with SHA-384, on any curve.
    EcdsaSha384,
    /// ECDSA with SHA-512, on any curve.
    EcdsaSha512,
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ML-DSA-44 (FIPS 204), pure, with an empty context.
    MlDsa44,
    /// ML-DSA-65 (FIPS 204), pure, with an empty context.
    MlDsa65,
    /// ML-DSA-87 (FIPS 204), pure, with an empty context.
    MlDsa87,
}

/// What an algorithm does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// MD5 and SHA-1, both made already.
    #[cfg(feature = "legacy")]
    RsaPkcs1Both,
    RsaPkcs1(HashAlgorithm),
    RsaPss(HashAlgorithm),
    Ecdsa(HashAlgorithm),
    /// Signs the message itself; each such algorithm has one kind of key.
    Whole(KeyKind),
}

impl SignatureAlgorithm {
    /// The hash that is applied to the message first; `None` for Ed25519 and ML-DSA, which take
    /// the message whole, and for MD5 with SHA-1, which are made before.
    #[must_use]
    pub const fn hash(self) -> Option<HashAlgorithm> {
        match self.method() {
            Method::RsaPkcs1(hash) | Method::RsaPss(hash) | Method::Ecdsa(hash) => Some(hash),
            Method::Whole(_) => None,
            #[cfg(feature = "legacy")]
            Method::RsaPkcs1Both => None,
        }
    }

    /// True for what `PrivateKey::sign` refuses: algorithms that no current peer asks for.
    pub(crate) const fn is_obsolete(self) -> bool {
        match self.method() {
            #[cfg(feature = "legacy")]
            Method::RsaPkcs1Both => true,
            Method::RsaPkcs1(hash) | Method::Ecdsa(hash) => matches!(hash, HashAlgorithm::Sha1),
            _ => false,
        }
    }

    pub(crate) const fn method(self) -> Method {
        match self {
            #[cfg(feature = "legacy")]
            Self::RsaPkcs1Md5Sha1 => Method::RsaPkcs1Both,
            Self::RsaPkcs1Sha1 => Method::RsaPkcs1(HashAlgorithm::Sha1),
            Self::RsaPkcs1Sha256 => Method::RsaPkcs1(HashAlgorithm::Sha256),
            Self::RsaPkcs1Sha384 => Method::RsaPkcs1(HashAlgorithm::Sha384),
            Self::RsaPkcs1Sha512 => Method::RsaPkcs1(HashAlgorithm::Sha512),
            Self::RsaPssSha256 => Method::RsaPss(HashAlgorithm::Sha256),
            Self::RsaPssSha384 => Method::RsaPss(HashAlgorithm::Sha384),
            Self::RsaPssSha512 => Method::RsaPss(HashAlgorithm::Sha512),
            Self::EcdsaSha1 => Method::Ecdsa(HashAlgorithm::Sha1),
            Self::EcdsaSha256 => Method::Ecdsa(HashAlgorithm::Sha256),
            Self::EcdsaSha384 => Method::Ecdsa(HashAlgorithm::Sha384),
            Self::EcdsaSha512 => Method::Ecdsa(HashAlgorithm::Sha512),
            Self::Ed25519 => Method::Whole(KeyKind::Ed25519),
            Self::MlDsa44 => Method::Whole(KeyKind::MlDsa44),
            Self::MlDsa65 => Method::Whole(KeyKind::MlDsa65),
            Self::MlDsa87 => Method::Whole(KeyKind::MlDsa87),
        }
    }
}

/// A kind of key, public or private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA (rsaEncryption): signs with PKCS#1 v1.5 and PSS.
    Rsa {
        /// Length of the modulus in bits.
        bits: u32,
    },
    /// RSA restricted to PSS (id-RSASSA-PSS, RFC 4055).
    RsaPss {
        /// Length of the modulus in bits.
        bits: u32,
    },
    /// NIST P-256.
    EcP256,
    /// NIST P-384.
    EcP384,
    /// NIST P-521.
    EcP521,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// ML-DSA-44 (FIPS 204).
    MlDsa44,
    /// ML-DSA-65 (FIPS 204).
    MlDsa65,
    /// ML-DSA-87 (FIPS 204).
    MlDsa87,
}

impl KeyKind {
    /// Whether keys of this kind make signatures of `algorithm`.
    #[must_use]
    pub fn suits(self, algorithm: SignatureAlgorithm) -> bool {
        match algorithm.method() {
            #[cfg(feature = "legacy")]
            Method::RsaPkcs1Both => matches!(self, Self::Rsa { .. }),
            Method::RsaPkcs1(_) => matches!(self, Self::Rsa { .. }),
            Method::RsaPss(_) => matches!(self, Self::Rsa { .. } | Self::RsaPss { .. }),
            Method::Ecdsa(_) => matches!(self, Self::EcP256 | Self::EcP384 | Self::EcP521),
            Method::Whole(kind) => self == kind,
        }
    }
}

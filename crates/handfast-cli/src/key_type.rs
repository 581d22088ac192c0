//! Kinds of keys, as flags name them: `--key-type`.

use clap::ValueEnum;
use handfast_ca::profile::KeyKind;

/// A kind of key to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyType {
    /// ECDSA on P-256, which everybody speaks
    #[default]
    P256,
    /// ECDSA on P-384
    P384,
    /// ECDSA on P-521, which browsers do not take
    P521,
    /// RSA of 2048 bits, for old peers
    Rsa2048,
    /// RSA of 3072 bits
    Rsa3072,
    /// RSA of 4096 bits
    Rsa4096,
    /// Ed25519, which browsers do not take
    Ed25519,
    /// ML-DSA-44, post-quantum, for peers that speak it
    #[value(name = "ml-dsa-44")]
    MlDsa44,
    /// ML-DSA-65, post-quantum
    #[value(name = "ml-dsa-65")]
    MlDsa65,
    /// ML-DSA-87, post-quantum
    #[value(name = "ml-dsa-87")]
    MlDsa87,
}

impl KeyType {
    /// As the libraries name it.
    pub(crate) fn kind(self) -> KeyKind {
        match self {
            Self::P256 => KeyKind::EcP256,
            Self::P384 => KeyKind::EcP384,
            Self::P521 => KeyKind::EcP521,
            Self::Rsa2048 => KeyKind::Rsa { bits: 2048 },
            Self::Rsa3072 => KeyKind::Rsa { bits: 3072 },
            Self::Rsa4096 => KeyKind::Rsa { bits: 4096 },
            Self::Ed25519 => KeyKind::Ed25519,
            Self::MlDsa44 => KeyKind::MlDsa44,
            Self::MlDsa65 => KeyKind::MlDsa65,
            Self::MlDsa87 => KeyKind::MlDsa87,
        }
    }

    /// In words: `P-256`.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Rsa2048 => "RSA 2048",
            Self::Rsa3072 => "RSA 3072",
            Self::Rsa4096 => "RSA 4096",
            Self::Ed25519 => "Ed25519",
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        }
    }
}

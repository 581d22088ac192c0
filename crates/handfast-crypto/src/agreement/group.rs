//! The groups by name, and what each is made of.

use crate::ffi::dh::FiniteField;
use crate::ffi::ec::Curve;
use crate::ffi::kem::{Kem, SHARED_LEN};

/// A group of TLS's `NamedGroup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// X25519 (RFC 7748).
    X25519,
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// ML-KEM-768 and X25519, in that order (RFC 10024).
    X25519MlKem768,
    /// P-256 and ML-KEM-768, in that order (RFC 10024).
    SecP256r1MlKem768,
    /// P-384 and ML-KEM-1024, in that order (RFC 10024).
    SecP384r1MlKem1024,
    /// ML-KEM-768 alone (FIPS 203).
    MlKem768,
    /// ML-KEM-1024 alone (FIPS 203).
    MlKem1024,
    /// Finite field, 2048 bits (RFC 7919).
    Ffdhe2048,
    /// Finite field, 3072 bits (RFC 7919).
    Ffdhe3072,
    /// Finite field, 4096 bits (RFC 7919).
    Ffdhe4096,
    /// Finite field, 8192 bits (RFC 7919).
    Ffdhe8192,
}

impl Group {
    /// Length of a client's `key_exchange` in bytes.
    #[must_use]
    pub const fn public_len_client(self) -> usize {
        let parts = self.parts();
        let kem = match parts.kem {
            Some(kem) => kem.public_len(),
            None => 0,
        };
        kem + parts.classical_public_len()
    }

    /// Length of a server's `key_exchange` in bytes: a KEM answers with a ciphertext.
    #[must_use]
    pub const fn public_len_server(self) -> usize {
        let parts = self.parts();
        let kem = match parts.kem {
            Some(kem) => kem.ciphertext_len(),
            None => 0,
        };
        kem + parts.classical_public_len()
    }

    /// The classical group inside a hybrid; `None` for what is no hybrid.
    #[must_use]
    pub const fn classical_part(self) -> Option<Self> {
        match self {
            Self::X25519MlKem768 => Some(Self::X25519),
            Self::SecP256r1MlKem768 => Some(Self::P256),
            Self::SecP384r1MlKem1024 => Some(Self::P384),
            _ => None,
        }
    }

    /// Whether it withstands a quantum computer, as far as is known: whether ML-KEM is in it.
    #[must_use]
    pub const fn is_post_quantum(self) -> bool {
        self.parts().kem.is_some()
    }

    /// The one table: what each group is made of.
    pub(crate) const fn parts(self) -> Parts {
        const fn classical(classical: Classical) -> Parts {
            Parts {
                kem: None,
                classical: Some(classical),
                kem_first: false,
            }
        }
        const fn kem(kem: Kem) -> Parts {
            Parts {
                kem: Some(kem),
                classical: None,
                kem_first: true,
            }
        }
        const fn hybrid(kem: Kem, classical: Classical, kem_first: bool) -> Parts {
            Parts {
                kem: Some(kem),
                classical: Some(classical),
                kem_first,
            }
        }
        match self {
            Self::X25519 => classical(Classical::X25519),
            Self::P256 => classical(Classical::Curve(Curve::P256)),
            Self::P384 => classical(Classical::Curve(Curve::P384)),
            Self::P521 => classical(Classical::Curve(Curve::P521)),
            // RFC 10024: here the post-quantum part comes first, in the other two second.
            Self::X25519MlKem768 => hybrid(Kem::MlKem768, Classical::X25519, true),
            Self::SecP256r1MlKem768 => hybrid(Kem::MlKem768, Classical::Curve(Curve::P256), false),
            Self::SecP384r1MlKem1024 => {
                hybrid(Kem::MlKem1024, Classical::Curve(Curve::P384), false)
            }
            Self::MlKem768 => kem(Kem::MlKem768),
            Self::MlKem1024 => kem(Kem::MlKem1024),
            Self::Ffdhe2048 => classical(Classical::Field(FiniteField::Ffdhe2048)),
            Self::Ffdhe3072 => classical(Classical::Field(FiniteField::Ffdhe3072)),
            Self::Ffdhe4096 => classical(Classical::Field(FiniteField::Ffdhe4096)),
            Self::Ffdhe8192 => classical(Classical::Field(FiniteField::Ffdhe8192)),
        }
    }
}

/// What a group is made of.
pub(crate) struct Parts {
    pub(crate) kem: Option<Kem>,
    pub(crate) classical: Option<Classical>,
    kem_first: bool,
}

/// The Diffie-Hellman part of a group.
#[derive(Clone, Copy)]
pub(crate) enum Classical {
    X25519,
    Curve(Curve),
    Field(FiniteField),
}

impl Parts {
    pub(crate) const fn classical_public_len(&self) -> usize {
        match self.classical {
            Some(Classical::X25519) => 32,
            Some(Classical::Curve(curve)) => curve.point_len(),
            Some(Classical::Field(field)) => field.prime_len(),
            None => 0,
        }
    }

    /// Length of the shared secret in bytes.
    pub(crate) const fn secret_len(&self) -> usize {
        let classical = match self.classical {
            Some(Classical::X25519) => 32,
            Some(Classical::Curve(curve)) => curve.field_len(),
            Some(Classical::Field(field)) => field.prime_len(),
            None => 0,
        };
        if self.kem.is_some() {
            classical + SHARED_LEN
        } else {
            classical
        }
    }

    /// A share's KEM part, of `kem_len` bytes, and its classical part.
    pub(crate) fn split<'a>(
        &self,
        share: &'a [u8],
        kem_len: usize,
    ) -> Option<(&'a [u8], &'a [u8])> {
        if self.kem_first {
            share.split_at_checked(kem_len)
        } else {
            share
                .split_at_checked(self.classical_public_len())
                .map(|(classical, kem)| (kem, classical))
        }
    }

    /// The same of a share or a secret that is to be written.
    pub(crate) fn split_mut<'a>(
        &self,
        whole: &'a mut [u8],
        kem_len: usize,
    ) -> Option<(&'a mut [u8], &'a mut [u8])> {
        if self.kem_first {
            whole.split_at_mut_checked(kem_len)
        } else {
            let classical_len = whole.len().checked_sub(kem_len)?;
            whole
                .split_at_mut_checked(classical_len)
                .map(|(classical, kem)| (kem, classical))
        }
    }

    /// Bytes of the KEM's part of a secret.
    pub(crate) const fn kem_secret_len(&self) -> usize {
        if self.kem.is_some() { SHARED_LEN } else { 0 }
    }
}

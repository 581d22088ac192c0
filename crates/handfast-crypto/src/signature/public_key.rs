//! Public keys: what a SubjectPublicKeyInfo holds, and checking signatures with it.

use crate::ffi::verify::{EcPublic, MlDsaPublic, RsaPublic, verify_ed25519};
use crate::hash::digest;
use crate::signature::algorithm::{KeyKind, Method, SignatureAlgorithm};
use crate::signature::identifier::{Identifier, UnsupportedKey, rsa_bits, spki_parts};

/// A public key that verifies signatures.
pub struct PublicKey {
    key: Key,
    kind: KeyKind,
    identifier: Identifier,
}

enum Key {
    Rsa(RsaPublic),
    Ec(EcPublic),
    Ed25519([u8; 32]),
    MlDsa(MlDsaPublic),
}

impl PublicKey {
    /// The key, where it is one that also encrypts.
    #[cfg(feature = "legacy")]
    pub(crate) fn as_rsa(&self) -> Option<&RsaPublic> {
        match (&self.key, self.kind) {
            (Key::Rsa(key), KeyKind::Rsa { .. }) => Some(key),
            _ => None,
        }
    }

    /// Reads a key from the two parts of a SubjectPublicKeyInfo: the contents of its
    /// AlgorithmIdentifier (the SEQUENCE without tag and length), and the bytes of the BIT STRING.
    ///
    /// # Errors
    /// [`UnsupportedKey`] for unknown algorithms and curves, parameters that do not belong, points
    /// that are not uncompressed or not on the curve, and RSA exponents that are even or outside
    /// 3..2^33-1.
    pub fn new(
        algorithm_identifier: &[u8],
        subject_public_key: &[u8],
    ) -> Result<Self, UnsupportedKey> {
        let identifier = Identifier::read(algorithm_identifier)?;
        let rsa = || RsaPublic::from_der(subject_public_key);
        let ml_dsa = |kind| MlDsaPublic::from_raw(kind, subject_public_key).map(Key::MlDsa);
        let (key, kind) = match identifier {
            Identifier::Rsa => rsa().map(|key| {
                let bits = key.bits();
                (Key::Rsa(key), KeyKind::Rsa { bits })
            }),
            Identifier::RsaPss(_) => rsa().map(|key| {
                let bits = key.bits();
                (Key::Rsa(key), KeyKind::RsaPss { bits })
            }),
            Identifier::Ec(curve) => EcPublic::from_point(curve, subject_public_key)
                .map(|key| (Key::Ec(key), curve.key_kind())),
            Identifier::Ed25519 => subject_public_key
                .try_into()
                .map(|key| (Key::Ed25519(key), KeyKind::Ed25519))
                .map_err(|_| ()),
            Identifier::MlDsa44 => ml_dsa(KeyKind::MlDsa44).map(|key| (key, KeyKind::MlDsa44)),
            Identifier::MlDsa65 => ml_dsa(KeyKind::MlDsa65).map(|key| (key, KeyKind::MlDsa65)),
            Identifier::MlDsa87 => ml_dsa(KeyKind::MlDsa87).map(|key| (key, KeyKind::MlDsa87)),
        }
        .map_err(|()| UnsupportedKey)?;
        Ok(Self {
            key,
            kind,
            identifier,
        })
    }

    /// Reads a complete SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// As [`PublicKey::new`].
    pub fn from_spki(spki: &[u8]) -> Result<Self, UnsupportedKey> {
        let (identifier, key) = spki_parts(spki).ok_or(UnsupportedKey)?;
        Self::new(identifier, key)
    }

    /// The kind of a key, told by its encoding alone: neither a point nor an exponent is looked at,
    /// so [`PublicKey::new`] may refuse what this names.
    ///
    /// # Errors
    /// [`UnsupportedKey`] for unknown algorithms and curves, parameters that do not belong, and an
    /// RSA key without a positive modulus.
    pub fn kind_of(
        algorithm_identifier: &[u8],
        subject_public_key: &[u8],
    ) -> Result<KeyKind, UnsupportedKey> {
        let rsa_bits = || rsa_bits(subject_public_key).ok_or(UnsupportedKey);
        Ok(match Identifier::read(algorithm_identifier)? {
            Identifier::Rsa => KeyKind::Rsa { bits: rsa_bits()? },
            Identifier::RsaPss(_) => KeyKind::RsaPss { bits: rsa_bits()? },
            Identifier::Ec(curve) => curve.key_kind(),
            Identifier::Ed25519 => KeyKind::Ed25519,
            Identifier::MlDsa44 => KeyKind::MlDsa44,
            Identifier::MlDsa65 => KeyKind::MlDsa65,
            Identifier::MlDsa87 => KeyKind::MlDsa87,
        })
    }

    /// The kind of key.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// True for a key whose signatures [`PublicKey::verify`] takes: of RSA keys, those
    /// of 2048 to 8192 bits.
    #[must_use]
    pub fn has_strength(&self) -> bool {
        match &self.key {
            Key::Rsa(key) => allowed(key, RSA_MIN_BITS),
            _ => true,
        }
    }

    /// Checks that `signature` is this key's over `message`.
    ///
    /// # Errors
    /// [`BadSignature`] if it is not, if the algorithm does not suit the key (a PSS key's
    /// restriction included), or if an RSA key has not 2048 to 8192 bits.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        self.verify_with_minimum(algorithm, message, signature, RSA_MIN_BITS)
    }

    /// As [`PublicKey::verify`], but RSA keys may be as short as 1024 bits, which a well-funded
    /// attacker can factor.
    ///
    /// # Errors
    /// As [`PublicKey::verify`].
    pub fn verify_danger_small_rsa(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        self.verify_with_minimum(algorithm, message, signature, RSA_DANGER_MIN_BITS)
    }

    /// Checks a signature of TLS 1.1 and older, by a key of at least 1024 bits if it is RSA.
    #[cfg(feature = "legacy")]
    pub(crate) fn verify_obsolete(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        match (&self.key, self.kind, algorithm.method()) {
            (Key::Rsa(key), KeyKind::Rsa { .. }, Method::RsaPkcs1Both)
                if allowed(key, RSA_DANGER_MIN_BITS) =>
            {
                key.verify_pkcs1_both(message, signature)
                    .map_err(|()| BadSignature)
            }
            _ => self.verify_danger_small_rsa(algorithm, message, signature),
        }
    }

    fn verify_with_minimum(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
        rsa_min_bits: u32,
    ) -> Result<(), BadSignature> {
        if !self.kind.suits(algorithm) {
            return Err(BadSignature);
        }
        let verified = match (&self.key, algorithm.method()) {
            (Key::Rsa(key), Method::RsaPkcs1(hash)) if allowed(key, rsa_min_bits) => {
                key.verify_pkcs1(hash, digest(hash, &[message]).as_bytes(), signature)
            }
            (Key::Rsa(key), Method::RsaPss(hash)) if allowed(key, rsa_min_bits) => {
                if matches!(self.identifier, Identifier::RsaPss(Some(only)) if only != hash) {
                    return Err(BadSignature);
                }
                key.verify_pss(hash, digest(hash, &[message]).as_bytes(), signature)
            }
            (Key::Ec(key), Method::Ecdsa(hash)) => {
                key.verify(digest(hash, &[message]).as_bytes(), signature)
            }
            (Key::Ed25519(key), Method::Whole(_)) => verify_ed25519(key, message, signature),
            (Key::MlDsa(key), Method::Whole(_)) => key.verify(message, signature),
            _ => Err(()),
        };
        verified.map_err(|()| BadSignature)
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicKey({:?})", self.kind)
    }
}

/// The signature is not this key's over this message by this algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;

impl core::fmt::Display for BadSignature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the signature does not verify")
    }
}

impl core::error::Error for BadSignature {}

fn allowed(key: &RsaPublic, min_bits: u32) -> bool {
    (min_bits..=RSA_MAX_BITS).contains(&key.bits())
}

/// Shorter keys are refused in the WebPKI (Baseline Requirements s6.1.5).
const RSA_MIN_BITS: u32 = 2048;
/// The shortest that even the danger path takes.
const RSA_DANGER_MIN_BITS: u32 = 1024;
/// A bound on the work that a peer's key can cause.
const RSA_MAX_BITS: u32 = 8192;

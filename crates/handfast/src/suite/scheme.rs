//! Signature schemes and the keys they go with (RFC 8446 section 4.2.3, RFC
//! 5246 section 7.4.1.4.1, RFC 8422 section 5.1.3).

use crate::fault::OwnFailure;
use crate::suite::family::Family;
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::sign::{sign_obsolete, verify_obsolete};
use handfast_crypto::signature::{
    BadSignature, KeyKind, PrivateKey, PublicKey, SignFailed, SignatureAlgorithm,
};
use handfast_wire::registry::SignatureScheme;

/// Which keys a scheme signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Rsa,
    RsaPss,
    P256,
    P384,
    P521,
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

/// Which families sign handshakes with a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum In {
    Both,
    Tls13,
    /// TLS 1.3, and clients alone (RFC 9963 section 3).
    Client,
    /// TLS 1.3 knows these in certificates only.
    Classic,
    /// The older family, and only where a policy of `obsolete` allows.
    #[cfg(feature = "legacy")]
    Obsolete,
}

struct Row(SignatureScheme, SignatureAlgorithm, Key, In);

use SignatureAlgorithm as Algorithm;
use SignatureScheme as Scheme;

const SCHEMES: &[Row] = &[
    Row(
        Scheme::ECDSA_SECP256R1_SHA256,
        Algorithm::EcdsaSha256,
        Key::P256,
        In::Both,
    ),
    Row(
        Scheme::ECDSA_SECP384R1_SHA384,
        Algorithm::EcdsaSha384,
        Key::P384,
        In::Both,
    ),
    Row(
        Scheme::ECDSA_SECP521R1_SHA512,
        Algorithm::EcdsaSha512,
        Key::P521,
        In::Both,
    ),
    Row(Scheme::ED25519, Algorithm::Ed25519, Key::Ed25519, In::Both),
    Row(
        Scheme::RSA_PSS_RSAE_SHA256,
        Algorithm::RsaPssSha256,
        Key::Rsa,
        In::Both,
    ),
    Row(
        Scheme::RSA_PSS_RSAE_SHA384,
        Algorithm::RsaPssSha384,
        Key::Rsa,
        In::Both,
    ),
    Row(
        Scheme::RSA_PSS_RSAE_SHA512,
        Algorithm::RsaPssSha512,
        Key::Rsa,
        In::Both,
    ),
    Row(
        Scheme::RSA_PSS_PSS_SHA256,
        Algorithm::RsaPssSha256,
        Key::RsaPss,
        In::Both,
    ),
    Row(
        Scheme::RSA_PSS_PSS_SHA384,
        Algorithm::RsaPssSha384,
        Key::RsaPss,
        In::Both,
    ),
    Row(
        Scheme::RSA_PSS_PSS_SHA512,
        Algorithm::RsaPssSha512,
        Key::RsaPss,
        In::Both,
    ),
    Row(
        Scheme::RSA_PKCS1_SHA256,
        Algorithm::RsaPkcs1Sha256,
        Key::Rsa,
        In::Classic,
    ),
    Row(
        Scheme::RSA_PKCS1_SHA384,
        Algorithm::RsaPkcs1Sha384,
        Key::Rsa,
        In::Classic,
    ),
    Row(
        Scheme::RSA_PKCS1_SHA512,
        Algorithm::RsaPkcs1Sha512,
        Key::Rsa,
        In::Classic,
    ),
    Row(Scheme::MLDSA44, Algorithm::MlDsa44, Key::MlDsa44, In::Tls13),
    Row(Scheme::MLDSA65, Algorithm::MlDsa65, Key::MlDsa65, In::Tls13),
    Row(Scheme::MLDSA87, Algorithm::MlDsa87, Key::MlDsa87, In::Tls13),
    Row(
        Scheme::RSA_PKCS1_SHA256_LEGACY,
        Algorithm::RsaPkcs1Sha256,
        Key::Rsa,
        In::Client,
    ),
    Row(
        Scheme::RSA_PKCS1_SHA384_LEGACY,
        Algorithm::RsaPkcs1Sha384,
        Key::Rsa,
        In::Client,
    ),
    Row(
        Scheme::RSA_PKCS1_SHA512_LEGACY,
        Algorithm::RsaPkcs1Sha512,
        Key::Rsa,
        In::Client,
    ),
    #[cfg(feature = "legacy")]
    Row(
        Scheme::RSA_PKCS1_SHA1,
        Algorithm::RsaPkcs1Sha1,
        Key::Rsa,
        In::Obsolete,
    ),
    #[cfg(feature = "legacy")]
    Row(
        Scheme::ECDSA_SHA1,
        Algorithm::EcdsaSha1,
        Key::P256,
        In::Obsolete,
    ),
    // What TLS 1.1 and older imply: no Hello names it.
    #[cfg(feature = "legacy")]
    Row(
        Scheme::RSA_PKCS1_MD5_SHA1,
        Algorithm::RsaPkcs1Md5Sha1,
        Key::Rsa,
        In::Obsolete,
    ),
];

/// True for a scheme that the engine has, so that a config may name it without a policy.
#[must_use]
pub fn has(scheme: SignatureScheme) -> bool {
    is_known(scheme)
}

/// True for a scheme that may be named in a config.
pub(crate) fn is_known(scheme: SignatureScheme) -> bool {
    !is_obsolete(scheme) && SCHEMES.iter().any(|row| row.0 == scheme)
}

/// True for a scheme that no server signs with: RFC 9963's, for clients whose keys lie in devices that
/// know no newer padding.
pub(crate) fn is_for_clients(scheme: SignatureScheme) -> bool {
    let mut rows = SCHEMES.iter();
    rows.any(|row| row.0 == scheme && row.3 == In::Client)
}

/// True for a scheme that a policy of `obsolete` must allow.
#[cfg(feature = "legacy")]
pub(crate) fn is_obsolete(scheme: SignatureScheme) -> bool {
    let mut rows = SCHEMES.iter();
    rows.any(|row| row.0 == scheme && row.3 == In::Obsolete)
}

#[cfg(not(feature = "legacy"))]
pub(crate) fn is_obsolete(_: SignatureScheme) -> bool {
    false
}

/// The algorithm of a scheme, when the family signs handshakes with it.
pub(crate) fn find(scheme: SignatureScheme, family: Family) -> Option<SignatureAlgorithm> {
    row_of(scheme, family).map(|row| row.1)
}

/// True when a key of this kind can sign with the scheme. In TLS 1.3 a curve
/// belongs to its hash; before, any curve goes with any hash.
pub(crate) fn suits(scheme: SignatureScheme, kind: KeyKind, family: Family) -> bool {
    let (Some(row), Some(key)) = (row_of(scheme, family), key_of(kind)) else {
        return false;
    };
    let is_curve = |key| matches!(key, Key::P256 | Key::P384 | Key::P521);
    let fits = row.2 == key || (family == Family::Classic && is_curve(key) && is_curve(row.2));
    fits && has_room(kind, row.1)
}

/// Signs as the engine itself would: for those who hold the key and answer
/// [`crate::Ask::Sign`] with it. For `RSA_PKCS1_MD5_SHA1`, which TLS 1.1 and older imply, the
/// message is the 36 bytes of both hashes.
///
/// # Errors
/// [`OwnFailure::Crypto`] when the engine does not know the scheme, or it does not suit the key.
pub fn sign(
    key: &PrivateKey,
    scheme: SignatureScheme,
    message: &[u8],
) -> Result<Vec<u8>, OwnFailure> {
    let row = SCHEMES
        .iter()
        .find(|row| row.0 == scheme)
        .ok_or(OwnFailure::Crypto)?;
    made(key, row, message).map_err(|_| OwnFailure::Crypto)
}

#[cfg(not(feature = "legacy"))]
fn made(key: &PrivateKey, row: &Row, message: &[u8]) -> Result<Vec<u8>, SignFailed> {
    key.sign(row.1, message)
}

#[cfg(feature = "legacy")]
fn made(key: &PrivateKey, row: &Row, message: &[u8]) -> Result<Vec<u8>, SignFailed> {
    match row.3 {
        In::Obsolete => sign_obsolete(key, row.1, message),
        In::Both | In::Tls13 | In::Client | In::Classic => key.sign(row.1, message),
    }
}

/// Checks a signature by any algorithm that a scheme of ours has.
///
/// # Errors
/// [`BadSignature`].
pub(crate) fn verify(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    #[cfg(feature = "legacy")]
    if algorithm == SignatureAlgorithm::RsaPkcs1Md5Sha1
        || matches!(key.kind(), KeyKind::Rsa { bits: ..2048 })
    {
        // Whether so short a key does was asked before.
        return verify_obsolete(key, algorithm, message, signature);
    }
    key.verify(algorithm, message, signature)
}

fn row_of(scheme: SignatureScheme, family: Family) -> Option<&'static Row> {
    let signs = |row: &&Row| match row.3 {
        In::Both => true,
        In::Tls13 | In::Client => family == Family::Tls13,
        In::Classic => family == Family::Classic,
        #[cfg(feature = "legacy")]
        In::Obsolete => family == Family::Classic,
    };
    SCHEMES.iter().filter(signs).find(|row| row.0 == scheme)
}

fn key_of(kind: KeyKind) -> Option<Key> {
    Some(match kind {
        KeyKind::Rsa { .. } => Key::Rsa,
        KeyKind::RsaPss { .. } => Key::RsaPss,
        KeyKind::EcP256 => Key::P256,
        KeyKind::EcP384 => Key::P384,
        KeyKind::EcP521 => Key::P521,
        KeyKind::Ed25519 => Key::Ed25519,
        KeyKind::MlDsa44 => Key::MlDsa44,
        KeyKind::MlDsa65 => Key::MlDsa65,
        KeyKind::MlDsa87 => Key::MlDsa87,
        // A kind that has no scheme here.
        _ => return None,
    })
}

/// True unless the key is RSA and too short for the salt and hash of PSS
/// (RFC 8017 section 9.1.1).
fn has_room(kind: KeyKind, algorithm: SignatureAlgorithm) -> bool {
    let (KeyKind::Rsa { bits } | KeyKind::RsaPss { bits }) = kind else {
        return true;
    };
    let hash_bytes: u32 = match algorithm {
        SignatureAlgorithm::RsaPssSha384 => 48,
        SignatureAlgorithm::RsaPssSha512 => 64,
        _ => 32,
    };
    bits.saturating_sub(1).div_ceil(8) >= 2 * hash_bytes + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_belongs_to_its_hash_in_tls13_only() {
        let kind = KeyKind::EcP384;
        assert!(!suits(Scheme::ECDSA_SECP256R1_SHA256, kind, Family::Tls13));
        assert!(suits(Scheme::ECDSA_SECP256R1_SHA256, kind, Family::Classic));
        assert!(!suits(Scheme::ED25519, kind, Family::Classic));
    }

    #[cfg(feature = "legacy")]
    #[test]
    fn obsolete_schemes_are_classic_and_no_config_knows_them_by_itself() {
        let (rsa, curve) = (KeyKind::Rsa { bits: 2048 }, KeyKind::EcP384);
        for (scheme, suitable, other) in [
            (Scheme::RSA_PKCS1_SHA1, rsa, curve),
            (Scheme::ECDSA_SHA1, curve, rsa),
            (Scheme::RSA_PKCS1_MD5_SHA1, rsa, curve),
        ] {
            assert!(is_obsolete(scheme) && !is_known(scheme));
            assert!(suits(scheme, suitable, Family::Classic));
            assert!(!suits(scheme, suitable, Family::Tls13));
            assert!(!suits(scheme, other, Family::Classic));
        }
        let small = KeyKind::Rsa { bits: 1024 };
        assert!(suits(Scheme::RSA_PKCS1_MD5_SHA1, small, Family::Classic));
    }

    #[cfg(feature = "legacy")]
    #[test]
    fn what_is_signed_by_an_obsolete_scheme_verifies() {
        for (kind, scheme, message) in [
            (
                KeyKind::Rsa { bits: 2048 },
                Scheme::RSA_PKCS1_SHA1,
                &b"abc"[..],
            ),
            (KeyKind::EcP256, Scheme::ECDSA_SHA1, b"abc"),
            (
                KeyKind::Rsa { bits: 2048 },
                Scheme::RSA_PKCS1_MD5_SHA1,
                &[7; 36],
            ),
        ] {
            let key = PrivateKey::generate(kind).unwrap();
            let signature = sign(&key, scheme, message).unwrap();
            let algorithm = find(scheme, Family::Classic).unwrap();
            let key = PublicKey::from_spki(key.public_spki()).unwrap();
            assert_eq!(verify(&key, algorithm, message, &signature), Ok(()));
            assert!(verify(&key, algorithm, b"other", &signature).is_err());
        }
    }

    #[test]
    fn pkcs1_signs_no_tls13_handshake() {
        let kind = KeyKind::Rsa { bits: 2048 };
        assert!(is_known(Scheme::RSA_PKCS1_SHA256));
        assert!(!suits(Scheme::RSA_PKCS1_SHA256, kind, Family::Tls13));
        assert!(suits(Scheme::RSA_PKCS1_SHA256, kind, Family::Classic));
    }
}

//! Signature schemes of TLS 1.3 and the keys they go with (RFC 8446 section 4.2.3).

use crate::fault::OwnFailure;
use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};
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

const SCHEMES: &[(SignatureScheme, SignatureAlgorithm, Key)] = &[
    (
        SignatureScheme::ECDSA_SECP256R1_SHA256,
        SignatureAlgorithm::EcdsaSha256,
        Key::P256,
    ),
    (
        SignatureScheme::ECDSA_SECP384R1_SHA384,
        SignatureAlgorithm::EcdsaSha384,
        Key::P384,
    ),
    (
        SignatureScheme::ECDSA_SECP521R1_SHA512,
        SignatureAlgorithm::EcdsaSha512,
        Key::P521,
    ),
    (
        SignatureScheme::ED25519,
        SignatureAlgorithm::Ed25519,
        Key::Ed25519,
    ),
    (
        SignatureScheme::RSA_PSS_RSAE_SHA256,
        SignatureAlgorithm::RsaPssSha256,
        Key::Rsa,
    ),
    (
        SignatureScheme::RSA_PSS_RSAE_SHA384,
        SignatureAlgorithm::RsaPssSha384,
        Key::Rsa,
    ),
    (
        SignatureScheme::RSA_PSS_RSAE_SHA512,
        SignatureAlgorithm::RsaPssSha512,
        Key::Rsa,
    ),
    (
        SignatureScheme::RSA_PSS_PSS_SHA256,
        SignatureAlgorithm::RsaPssSha256,
        Key::RsaPss,
    ),
    (
        SignatureScheme::RSA_PSS_PSS_SHA384,
        SignatureAlgorithm::RsaPssSha384,
        Key::RsaPss,
    ),
    (
        SignatureScheme::RSA_PSS_PSS_SHA512,
        SignatureAlgorithm::RsaPssSha512,
        Key::RsaPss,
    ),
    (
        SignatureScheme::MLDSA44,
        SignatureAlgorithm::MlDsa44,
        Key::MlDsa44,
    ),
    (
        SignatureScheme::MLDSA65,
        SignatureAlgorithm::MlDsa65,
        Key::MlDsa65,
    ),
    (
        SignatureScheme::MLDSA87,
        SignatureAlgorithm::MlDsa87,
        Key::MlDsa87,
    ),
];

/// The algorithm of a scheme, when TLS 1.3 signs handshakes with it.
pub(crate) fn find(scheme: SignatureScheme) -> Option<SignatureAlgorithm> {
    SCHEMES
        .iter()
        .find(|(code, _, _)| *code == scheme)
        .map(|(_, algorithm, _)| *algorithm)
}

/// Signs as the engine itself would: for those who hold the key and answer
/// [`crate::Ask::Sign`] with it.
///
/// # Errors
/// [`OwnFailure::Crypto`] when the scheme is none of TLS 1.3, or does not suit the key.
pub fn sign(
    key: &PrivateKey,
    scheme: SignatureScheme,
    message: &[u8],
) -> Result<Vec<u8>, OwnFailure> {
    let algorithm = find(scheme).ok_or(OwnFailure::Crypto)?;
    key.sign(algorithm, message).map_err(|_| OwnFailure::Crypto)
}

/// True when a key of this kind can sign with the scheme in TLS 1.3, where a
/// curve belongs to its hash.
pub(crate) fn suits(scheme: SignatureScheme, kind: KeyKind) -> bool {
    let wanted = match kind {
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
        _ => return false,
    };
    SCHEMES.iter().any(|(code, algorithm, key)| {
        *code == scheme && *key == wanted && has_room(kind, *algorithm)
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
    use super::suits;
    use handfast_crypto::signature::KeyKind;
    use handfast_wire::registry::SignatureScheme;

    #[test]
    fn a_short_rsa_key_has_no_room_for_the_longest_hash() {
        let schemes = [
            SignatureScheme::RSA_PSS_RSAE_SHA256,
            SignatureScheme::RSA_PSS_RSAE_SHA384,
            SignatureScheme::RSA_PSS_RSAE_SHA512,
        ];
        let fitting = |bits| schemes.map(|scheme| suits(scheme, KeyKind::Rsa { bits }));
        assert_eq!(fitting(1024), [true, true, false]);
        assert_eq!(fitting(1033), [true, true, false]);
        assert_eq!(fitting(1034), [true, true, true]);
        assert_eq!(fitting(2048), [true, true, true]);
    }

    #[test]
    fn a_curve_goes_with_its_own_hash_alone() {
        assert!(suits(
            SignatureScheme::ECDSA_SECP256R1_SHA256,
            KeyKind::EcP256
        ));
        assert!(!suits(
            SignatureScheme::ECDSA_SECP384R1_SHA384,
            KeyKind::EcP256
        ));
    }
}

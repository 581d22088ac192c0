//! How a key signs certificates: with which algorithm, named how.

use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};

use crate::error::CaError;
use crate::write::{Der, bits, oid, sequence};

/// What is signed, the algorithm's identifier and the signature: a certificate, a request, a list
/// or a response (RFC 5280 section 4.1.1 and its like).
pub(crate) fn sign(key: &PrivateKey, tbs: &[u8]) -> Der {
    sign_with(key, tbs, &[])
}

/// As [`sign`], with something behind the signature.
pub(crate) fn sign_with(key: &PrivateKey, tbs: &[u8], behind: &[u8]) -> Der {
    let (algorithm, identifier) = algorithm(key.kind())?;
    let signature = key.sign(algorithm, tbs).map_err(|_| CaError::Key)?;
    sequence(&[tbs, &identifier, &bits(&signature)?, behind])
}

/// The algorithm a key of this kind signs certificates with, and its AlgorithmIdentifier.
pub(crate) fn algorithm(kind: KeyKind) -> Result<(SignatureAlgorithm, Vec<u8>), CaError> {
    let (algorithm, number) = match kind {
        // RFC 4055 sections 5 and 3.1.
        KeyKind::Rsa { .. } => (SignatureAlgorithm::RsaPkcs1Sha256, "1.2.840.113549.1.1.11"),
        KeyKind::RsaPss { .. } => (SignatureAlgorithm::RsaPssSha256, "1.2.840.113549.1.1.10"),
        // RFC 5758 section 3.2.
        KeyKind::EcP256 => (SignatureAlgorithm::EcdsaSha256, "1.2.840.10045.4.3.2"),
        KeyKind::EcP384 => (SignatureAlgorithm::EcdsaSha384, "1.2.840.10045.4.3.3"),
        KeyKind::EcP521 => (SignatureAlgorithm::EcdsaSha512, "1.2.840.10045.4.3.4"),
        // RFC 8410 section 3.
        KeyKind::Ed25519 => (SignatureAlgorithm::Ed25519, "1.3.101.112"),
        // RFC 9881 section 2.
        KeyKind::MlDsa44 => (SignatureAlgorithm::MlDsa44, "2.16.840.1.101.3.4.3.17"),
        KeyKind::MlDsa65 => (SignatureAlgorithm::MlDsa65, "2.16.840.1.101.3.4.3.18"),
        KeyKind::MlDsa87 => (SignatureAlgorithm::MlDsa87, "2.16.840.1.101.3.4.3.19"),
        _ => return Err(CaError::Key),
    };
    let parameters: &[u8] = match kind {
        KeyKind::Rsa { .. } => &[5, 0],
        KeyKind::RsaPss { .. } => &PSS_SHA256,
        // All others have none, not even NULL.
        _ => &[],
    };
    Ok((algorithm, sequence(&[&oid(number)?, parameters])?))
}

/// RSASSA-PSS-params (RFC 4055 section 3.1): SHA-256, MGF1 with SHA-256, a salt of 32 bytes.
const PSS_SHA256: [u8; 54] = [
    0x30, 0x34, // SEQUENCE
    0xa0, 0x0f, 0x30, 0x0d, // [0] hashAlgorithm
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, // SHA-256
    0xa1, 0x1c, 0x30, 0x1a, // [1] maskGenAlgorithm
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, // MGF1
    0x30, 0x0d, // with
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, // SHA-256
    0xa2, 0x03, 0x02, 0x01, 0x20, // [2] saltLength
];

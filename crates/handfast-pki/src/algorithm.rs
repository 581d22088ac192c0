//! Which signature an AlgorithmIdentifier means (RFC 4055, 5758, 8410, 9881).

pub mod identifier;

use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::CertificateFault;
/// The kinds of key and the algorithms that policies speak of.
pub use handfast_crypto::signature::{KeyKind, SignatureAlgorithm};

const FIELD: &str = "signatureAlgorithm";

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4];
const ECDSA_SHA2: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const ML_DSA: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3];
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];

/// The algorithm that the contents of an AlgorithmIdentifier name, if it is one we know with
/// parameters as its RFC wants them.
pub(crate) fn signature_algorithm(identifier: &[u8]) -> Option<SignatureAlgorithm> {
    let mut cursor = Cursor::new(identifier, 0);
    let oid = cursor.expect(tag::OID, FIELD).ok()?.value;
    let parameters = if cursor.is_empty() {
        None
    } else {
        Some(cursor.element(FIELD).ok()?)
    };
    cursor.finish(FIELD).ok()?;
    let (last, family) = oid.split_last()?;
    match (family, last) {
        // RFC 4055 s5: NULL, and absent is to be accepted as well.
        (RSA, 0x05) => is_null_or_absent(parameters).then_some(SignatureAlgorithm::RsaPkcs1Sha1),
        (RSA, 0x0b) => is_null_or_absent(parameters).then_some(SignatureAlgorithm::RsaPkcs1Sha256),
        (RSA, 0x0c) => is_null_or_absent(parameters).then_some(SignatureAlgorithm::RsaPkcs1Sha384),
        (RSA, 0x0d) => is_null_or_absent(parameters).then_some(SignatureAlgorithm::RsaPkcs1Sha512),
        (RSA, 0x0a) => pss(&parameters?).ok().flatten(),
        _ if parameters.is_some() => None,
        (ECDSA, 1) => Some(SignatureAlgorithm::EcdsaSha1),
        (ECDSA_SHA2, 2) => Some(SignatureAlgorithm::EcdsaSha256),
        (ECDSA_SHA2, 3) => Some(SignatureAlgorithm::EcdsaSha384),
        (ECDSA_SHA2, 4) => Some(SignatureAlgorithm::EcdsaSha512),
        (ML_DSA, 17) => Some(SignatureAlgorithm::MlDsa44),
        (ML_DSA, 18) => Some(SignatureAlgorithm::MlDsa65),
        (ML_DSA, 19) => Some(SignatureAlgorithm::MlDsa87),
        _ if oid == ED25519 => Some(SignatureAlgorithm::Ed25519),
        _ => None,
    }
}

/// The algorithm in words.
pub(crate) fn algorithm_name(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha1 => "RSA with SHA-1",
        SignatureAlgorithm::RsaPkcs1Sha256 => "RSA with SHA-256",
        SignatureAlgorithm::RsaPkcs1Sha384 => "RSA with SHA-384",
        SignatureAlgorithm::RsaPkcs1Sha512 => "RSA with SHA-512",
        SignatureAlgorithm::RsaPssSha256 => "RSA-PSS with SHA-256",
        SignatureAlgorithm::RsaPssSha384 => "RSA-PSS with SHA-384",
        SignatureAlgorithm::RsaPssSha512 => "RSA-PSS with SHA-512",
        SignatureAlgorithm::EcdsaSha1 => "ECDSA with SHA-1",
        SignatureAlgorithm::EcdsaSha256 => "ECDSA with SHA-256",
        SignatureAlgorithm::EcdsaSha384 => "ECDSA with SHA-384",
        SignatureAlgorithm::EcdsaSha512 => "ECDSA with SHA-512",
        SignatureAlgorithm::Ed25519 => "Ed25519",
        SignatureAlgorithm::MlDsa44 => "ML-DSA-44",
        SignatureAlgorithm::MlDsa65 => "ML-DSA-65",
        SignatureAlgorithm::MlDsa87 => "ML-DSA-87",
        _ => "an algorithm without a name here",
    }
}

fn is_null_or_absent(parameters: Option<Tlv<'_>>) -> bool {
    parameters.is_none_or(|element| element.tag == tag::NULL && element.value.is_empty())
}

/// RFC 4055 s3.1. Only the three sets that TLS 1.3 names: one SHA-2 hash for message and mask, and
/// a salt as long as the hash. The defaults mean SHA-1, so nothing may be left out.
fn pss(parameters: &Tlv<'_>) -> Result<Option<SignatureAlgorithm>, CertificateFault> {
    let mut cursor = parameters.cursor();
    let hash = explicit(&mut cursor, 0)?;
    let mask = explicit(&mut cursor, 1)?;
    let salt = explicit(&mut cursor, 2)?;
    cursor.finish(FIELD)?;
    let mut mask = mask.cursor();
    let generator = mask.expect(tag::OID, FIELD)?;
    let mask_hash = sha2(&mask.expect(tag::SEQUENCE, FIELD)?)?;
    mask.finish(FIELD)?;
    let hash = sha2(&hash)?;
    if generator.value != MGF1 || mask_hash != hash {
        return Ok(None);
    }
    Ok(match (hash, salt.tag, salt.value) {
        (Some(1), tag::INTEGER, [32]) => Some(SignatureAlgorithm::RsaPssSha256),
        (Some(2), tag::INTEGER, [48]) => Some(SignatureAlgorithm::RsaPssSha384),
        (Some(3), tag::INTEGER, [64]) => Some(SignatureAlgorithm::RsaPssSha512),
        _ => None,
    })
}

/// The element inside `[number]`.
fn explicit<'a>(cursor: &mut Cursor<'a>, number: u8) -> Result<Tlv<'a>, CertificateFault> {
    let outer = cursor.expect(tag::constructed(number), FIELD)?;
    let mut inside = outer.cursor();
    let element = inside.element(FIELD)?;
    inside.finish(FIELD)?;
    Ok(element)
}

/// The last arc of a SHA-2 hash: 1 is SHA-256, 2 SHA-384, 3 SHA-512.
fn sha2(identifier: &Tlv<'_>) -> Result<Option<u8>, CertificateFault> {
    let mut inside = identifier.cursor();
    let oid = inside.expect(tag::OID, FIELD)?.value;
    let null = inside.optional(tag::NULL, FIELD)?;
    inside.finish(FIELD)?;
    if null.is_some_and(|element| !element.value.is_empty()) {
        return Ok(None);
    }
    Ok(match oid.split_last() {
        Some((last, family)) if family == SHA2 => Some(*last),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::signature_algorithm;
    use handfast_crypto::signature::SignatureAlgorithm;

    const IDENTIFIER: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

    #[test]
    fn ecdsa_takes_no_parameters() {
        assert_eq!(
            signature_algorithm(IDENTIFIER),
            Some(SignatureAlgorithm::EcdsaSha256)
        );
        assert_eq!(signature_algorithm(&[IDENTIFIER, &[5, 0]].concat()), None);
    }

    #[test]
    fn pss_wants_one_hash_and_a_salt_of_its_length() {
        let sha256 = [0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0];
        let identifier = |salt: u8, mask_hash: u8| {
            let mut mask = sha256;
            mask[12] = mask_hash;
            let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
            let head = [&oid[..], &[0x0a, 0x30, 52, 0xa0, 15][..], &sha256[..]].concat();
            let generator = [&[0xa1, 28, 0x30, 26][..], &oid[..], &[8]].concat();
            [&head[..], &generator[..], &mask[..], &[0xa2, 3, 2, 1, salt]].concat()
        };
        let wanted = Some(SignatureAlgorithm::RsaPssSha256);
        assert_eq!(signature_algorithm(&identifier(32, 1)), wanted);
        assert_eq!(signature_algorithm(&identifier(20, 1)), None);
        assert_eq!(signature_algorithm(&identifier(32, 2)), None);
    }
}

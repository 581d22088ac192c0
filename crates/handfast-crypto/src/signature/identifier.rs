//! AlgorithmIdentifiers of public keys (RFC 5280 s4.1.2.7), read byte for byte.

use crate::ffi::ec::Curve;
use crate::hash::HashAlgorithm;
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

/// What an AlgorithmIdentifier names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identifier {
    Rsa,
    /// With the hash that the key is restricted to, if it is (RFC 4055 s1.2).
    RsaPss(Option<HashAlgorithm>),
    Ec(Curve),
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl Identifier {
    /// Reads the contents of the SEQUENCE.
    pub(crate) fn read(contents: &[u8]) -> Result<Self, UnsupportedKey> {
        let mut reader = SliceReader::new(contents).map_err(|_| UnsupportedKey)?;
        let oid = value(&mut reader, Tag::ObjectIdentifier).ok_or(UnsupportedKey)?;
        let absent = reader.is_finished();
        let identifier = match oid {
            // RFC 3279 s2.3.1: the parameters are NULL.
            RSA_ENCRYPTION => value(&mut reader, Tag::Null).map(|_| Self::Rsa),
            RSASSA_PSS if absent => Some(Self::RsaPss(None)),
            RSASSA_PSS => value(&mut reader, Tag::Sequence)
                .and_then(pss_hash)
                .map(|hash| Self::RsaPss(Some(hash))),
            // RFC 5480 s2.1.1: the parameters name the curve.
            EC_PUBLIC_KEY => value(&mut reader, Tag::ObjectIdentifier)
                .and_then(curve)
                .map(Self::Ec),
            ED25519 => Some(Self::Ed25519),
            ML_DSA_44 => Some(Self::MlDsa44),
            ML_DSA_65 => Some(Self::MlDsa65),
            ML_DSA_87 => Some(Self::MlDsa87),
            _ => None,
        };
        // RFC 8410 s3, RFC 9881 s2: where no parameters belong, none may stand.
        identifier
            .filter(|_| reader.is_finished())
            .ok_or(UnsupportedKey)
    }
}

/// The key is of a kind that is not known here, or its encoding is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsupportedKey;

impl core::fmt::Display for UnsupportedKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the key is of an unknown kind or wrongly encoded")
    }
}

impl core::error::Error for UnsupportedKey {}

/// A SubjectPublicKeyInfo's parts: the AlgorithmIdentifier's contents and the BIT STRING's bytes.
pub(crate) fn spki_parts(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = SliceReader::new(spki).ok()?;
    let contents = value(&mut outer, Tag::Sequence).filter(|_| outer.is_finished())?;
    let mut reader = SliceReader::new(contents).ok()?;
    let identifier = value(&mut reader, Tag::Sequence)?;
    // X.690 s8.6.2: the first byte counts unused bits; whole bytes have none.
    match value(&mut reader, Tag::BitString).filter(|_| reader.is_finished())? {
        [0, key @ ..] => Some((identifier, key)),
        _ => None,
    }
}

/// How long the modulus of an RSAPublicKey is (RFC 8017 A.1.1), which must be positive.
pub(crate) fn rsa_bits(der: &[u8]) -> Option<u32> {
    let mut outer = SliceReader::new(der).ok()?;
    let mut numbers = SliceReader::new(value(&mut outer, Tag::Sequence)?).ok()?;
    let modulus = value(&mut numbers, Tag::Integer)?;
    let magnitude = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let positive = magnitude.len() < modulus.len() || modulus.first()? & 0x80 == 0;
    let unused = magnitude.first().filter(|_| positive)?.leading_zeros();
    u32::try_from(magnitude.len())
        .ok()?
        .checked_mul(8)?
        .checked_sub(unused)
}

/// The next element's contents, if it has this tag.
pub(crate) fn value<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> Option<&'a [u8]> {
    let element = AnyRef::decode(reader).ok()?;
    (element.tag() == tag).then(|| element.value())
}

/// A DER element.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    let bytes = len.to_be_bytes();
    let significant = bytes.iter().skip_while(|byte| **byte == 0);
    if len < 0x80 {
        out.extend(significant.copied().next().or(Some(0)));
    } else {
        let count = significant.clone().fold(0u8, |count, _| count + 1);
        out.push(0x80 | count);
        out.extend(significant);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

fn curve(oid: &[u8]) -> Option<Curve> {
    match oid {
        P256 => Some(Curve::P256),
        P384 => Some(Curve::P384),
        P521 => Some(Curve::P521),
        _ => None,
    }
}

/// RSASSA-PSS-params (RFC 4055 s3.1) that TLS can use: one hash for message and mask, and a salt
/// no longer than it. The defaults mean SHA-1, which is not supported.
fn pss_hash(params: &[u8]) -> Option<HashAlgorithm> {
    let mut reader = SliceReader::new(params).ok()?;
    let hash = hash(inside(value(&mut reader, context(0))?, Tag::Sequence)?)?;
    let mut mask =
        SliceReader::new(inside(value(&mut reader, context(1))?, Tag::Sequence)?).ok()?;
    let mask_function = value(&mut mask, Tag::ObjectIdentifier)?;
    let mask_hash = self::hash(value(&mut mask, Tag::Sequence)?)?;
    let salt_len = match inside(value(&mut reader, context(2))?, Tag::Integer)? {
        [len] => usize::from(*len),
        _ => return None,
    };
    let usable = mask_function == MGF1
        && mask_hash == hash
        && mask.is_finished()
        && reader.is_finished()
        && salt_len <= hash.output_len();
    usable.then_some(hash)
}

fn hash(identifier: &[u8]) -> Option<HashAlgorithm> {
    let mut reader = SliceReader::new(identifier).ok()?;
    let hash = match value(&mut reader, Tag::ObjectIdentifier)? {
        SHA256 => HashAlgorithm::Sha256,
        SHA384 => HashAlgorithm::Sha384,
        SHA512 => HashAlgorithm::Sha512,
        _ => return None,
    };
    // RFC 4055 s2.1: NULL or absent, both are met.
    if !reader.is_finished() {
        value(&mut reader, Tag::Null)?;
    }
    reader.is_finished().then_some(hash)
}

/// The contents of the one element that `contents` holds.
fn inside(contents: &[u8], tag: Tag) -> Option<&[u8]> {
    let mut reader = SliceReader::new(contents).ok()?;
    value(&mut reader, tag).filter(|_| reader.is_finished())
}

fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.113549.1.1.10
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// 1.2.840.113549.1.1.8
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.132.0.34
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// 1.3.132.0.35
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 2.16.840.1.101.3.4.3.17
const ML_DSA_44: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11];
/// 2.16.840.1.101.3.4.3.18
const ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12];
/// 2.16.840.1.101.3.4.3.19
const ML_DSA_87: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13];
/// 2.16.840.1.101.3.4.2.1
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// 2.16.840.1.101.3.4.2.2
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
/// 2.16.840.1.101.3.4.2.3
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];

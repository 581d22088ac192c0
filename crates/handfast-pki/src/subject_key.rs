//! What a SubjectPublicKeyInfo says of its key (RFC 5280 s4.1.2.7, RFC 3279, RFC 5480), for any
//! kind of key, whether anything here can use it or not.

use crate::algorithm::identifier::AlgorithmIdentifier;
use crate::certificate::SubjectPublicKeyInfo;
use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::{CertificateFault, Problem};
use crate::oid::Oid;
use crate::registry;

/// A public key, read but not checked: a point may lie on no curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectKey<'a> {
    /// The kind of key.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// The bytes of the BIT STRING.
    pub bytes: &'a [u8],
    /// What they hold.
    pub details: KeyDetails<'a>,
}

/// What a key's bytes and parameters hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyDetails<'a> {
    /// RSA, for any padding or for PSS alone: big-endian numbers without leading zeros.
    Rsa {
        /// The modulus.
        modulus: &'a [u8],
        /// The public exponent.
        exponent: &'a [u8],
    },
    /// A point of a named curve.
    Ec {
        /// Which curve.
        curve: Oid<'a>,
    },
    /// A point of a curve that is spelled out, which RFC 5480 s2.1.1 forbids.
    EcExplicit,
    /// DSA: the prime modulus, if the key brings its parameters along.
    Dsa {
        /// p, big-endian without leading zeros.
        prime: Option<&'a [u8]>,
    },
    /// A kind whose algorithm says everything, or that is not known.
    Other,
}

impl<'a> SubjectKey<'a> {
    /// Reads a SubjectPublicKeyInfo, which must fill `spki` to its last byte.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the field and the byte, counted from the start of `spki`.
    pub fn parse(spki: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut cursor = Cursor::new(spki, 0);
        let info = SubjectPublicKeyInfo::read(&mut cursor)?;
        cursor.finish(FIELD)?;
        let algorithm = AlgorithmIdentifier::parse(info.algorithm)?;
        let details = match algorithm.oid.0 {
            RSA_ENCRYPTION | RSASSA_PSS => read_rsa(info.key)?,
            EC_PUBLIC_KEY => read_curve(algorithm.parameters)?,
            DSA => KeyDetails::Dsa {
                prime: algorithm.parameters.map(read_prime).transpose()?,
            },
            _ => KeyDetails::Other,
        };
        Ok(Self {
            algorithm,
            bytes: info.key,
            details,
        })
    }

    /// The length by which keys of its kind are compared, in bits: of RSA and DSA the modulus's,
    /// of curves the field's.
    #[must_use]
    pub fn bits(&self) -> Option<usize> {
        match self.details {
            KeyDetails::Rsa { modulus, .. } => Some(length_bits(modulus)),
            KeyDetails::Dsa { prime } => prime.map(length_bits),
            KeyDetails::Ec { curve } => registry::curve_name(curve).map(|(_, bits)| bits.into()),
            KeyDetails::EcExplicit => None,
            KeyDetails::Other => match self.algorithm.name()? {
                "Ed25519" | "X25519" => Some(256),
                "Ed448" | "X448" => Some(456),
                _ => None,
            },
        }
    }
}

/// The length of a big-endian number without leading zeros.
fn length_bits(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |byte| byte.leading_zeros());
    (number.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or(0))
}

/// RSAPublicKey (RFC 8017 A.1.1).
fn read_rsa(key: &[u8]) -> Result<KeyDetails<'_>, CertificateFault> {
    let mut outer = Cursor::new(key, 0);
    let list = outer.expect(tag::SEQUENCE, RSA)?;
    outer.finish(RSA)?;
    let mut inside = list.cursor();
    let modulus = unsigned(&inside.expect(tag::INTEGER, RSA)?, RSA)?;
    let exponent = unsigned(&inside.expect(tag::INTEGER, RSA)?, RSA)?;
    inside.finish(RSA)?;
    Ok(KeyDetails::Rsa { modulus, exponent })
}

/// ECParameters (RFC 5480 s2.1.1).
fn read_curve(parameters: Option<&[u8]>) -> Result<KeyDetails<'_>, CertificateFault> {
    const FIELD: &str = "ECParameters";
    let mut cursor = Cursor::new(parameters.unwrap_or_default(), 0);
    let element = cursor.element(FIELD)?;
    cursor.finish(FIELD)?;
    match element.tag {
        tag::OID => Ok(KeyDetails::Ec {
            curve: Oid(element.oid(FIELD)?),
        }),
        tag::SEQUENCE => Ok(KeyDetails::EcExplicit),
        found => {
            let wanted = tag::OID;
            Err(element.fault(Problem::Tag { wanted, found }, FIELD))
        }
    }
}

/// The first number of Dss-Parms (RFC 3279 s2.3.2).
fn read_prime(parameters: &[u8]) -> Result<&[u8], CertificateFault> {
    const FIELD: &str = "Dss-Parms";
    let mut outer = Cursor::new(parameters, 0);
    let mut inside = outer.expect(tag::SEQUENCE, FIELD)?.cursor();
    outer.finish(FIELD)?;
    unsigned(&inside.expect(tag::INTEGER, FIELD)?, FIELD)
}

fn unsigned<'a>(number: &Tlv<'a>, field: &'static str) -> Result<&'a [u8], CertificateFault> {
    match number.integer(field)? {
        [0x80..=0xff, ..] => Err(number.fault(Problem::Integer, field)),
        [0, rest @ ..] => Ok(rest),
        bytes => Ok(bytes),
    }
}

const FIELD: &str = "subjectPublicKeyInfo";
const RSA: &str = "RSAPublicKey";
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0a];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Certificate;

    const RSA_CERTIFICATE: &[u8] = include_bytes!("../testdata/rsa.der");
    const EC_CERTIFICATE: &[u8] = include_bytes!("../testdata/leaf.der");

    #[test]
    fn keys_tell_their_kind_and_size_and_no_prefix_of_them_is_read() {
        let rsa = Certificate::parse(RSA_CERTIFICATE).unwrap();
        let key = SubjectKey::parse(rsa.spki()).unwrap();
        let exponent = match key.details {
            KeyDetails::Rsa { exponent, .. } => exponent,
            _ => &[],
        };
        assert_eq!((key.bits(), exponent), (Some(2048), &[1, 0, 1][..]));
        assert_eq!(key.algorithm.name(), Some("rsaEncryption"));
        let ec = Certificate::parse(EC_CERTIFICATE).unwrap();
        let key = SubjectKey::parse(ec.spki()).unwrap();
        assert_eq!((key.bits(), key.bytes.len()), (Some(256), 65));
        for spki in [rsa.spki(), ec.spki()] {
            for end in 0..spki.len() {
                assert!(SubjectKey::parse(&spki[..end]).is_err(), "{end}");
            }
        }
    }

    #[test]
    fn an_rsa_key_that_is_none_is_refused_with_field_and_byte() {
        let info = |key: &[u8]| {
            let length = u8::try_from(key.len()).unwrap();
            let algorithm = [&[0x30, 13, 6, 9][..], RSA_ENCRYPTION, &[5, 0]].concat();
            let bits = [&[3, length + 1, 0][..], key].concat();
            let whole = length + 1 + 2 + 15;
            [&[0x30, whole][..], &algorithm, &bits].concat()
        };
        let good = info(&[0x30, 6, 2, 1, 5, 2, 1, 3]);
        assert_eq!(SubjectKey::parse(&good).unwrap().bits(), Some(3));
        for (key, byte) in [(&[0x30, 3, 2, 1, 0xff][..], 2), (&[0x30, 3, 2, 1, 5], 5)] {
            let fault = SubjectKey::parse(&info(key)).unwrap_err();
            assert_eq!((fault.field, fault.byte), (RSA, byte));
        }
    }
}

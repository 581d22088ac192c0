//! Public keys as JSON (RFC 7517, RFC 7518 section 6, RFC 8037 section 2) and as X.509 has them.

use crate::jws::algorithm::JwsAlgorithm;
use crate::jws::base64url::{decode, encode};
use crate::jws::fault::JwsFault;
use der::Encode;
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::signature::{PrivateKey, PublicKey};
use handfast_pki::subject_key::{KeyDetails, SubjectKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

/// A public key of an account. Whatever form it came in, it is kept as the one DER of its
/// SubjectPublicKeyInfo, so keys are the same exactly where their bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    spki: Vec<u8>,
    algorithm: JwsAlgorithm,
    members: Members,
}

/// The members that a thumbprint covers (RFC 7638 section 3.2), in the order of their names.
/// Others, as `alg` or `use`, are of no interest here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
enum Members {
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    #[serde(rename = "RSA")]
    Rsa { e: String, n: String },
    #[serde(rename = "OKP")]
    Okp { crv: String, x: String },
}

impl Jwk {
    /// The public half of a key.
    ///
    /// # Errors
    /// [`JwsFault::Key`] for a kind of key that ACME does not use.
    pub fn of(key: &PrivateKey) -> Result<Self, JwsFault> {
        Self::from_spki(key.public_spki())
    }

    /// A key from its SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`JwsFault::Key`] if it is malformed, no point of its curve, RSA of another length than 2048
    /// to 8192 bits, or of a kind that ACME does not use.
    pub fn from_spki(spki: &[u8]) -> Result<Self, JwsFault> {
        let public = PublicKey::from_spki(spki).map_err(|_| JwsFault::Key)?;
        if !public.has_strength() {
            return Err(JwsFault::Key);
        }
        let algorithm = JwsAlgorithm::of(public.kind()).ok_or(JwsFault::Key)?;
        let key = SubjectKey::parse(spki).map_err(|_| JwsFault::Key)?;
        let members = match (algorithm, key.details) {
            (_, KeyDetails::Rsa { modulus, exponent }) => Members::Rsa {
                e: encode(exponent),
                n: encode(modulus),
            },
            (JwsAlgorithm::EdDsa, _) => Members::Okp {
                crv: ED25519_NAME.to_owned(),
                x: encode(key.bytes),
            },
            (algorithm, _) => {
                let (curve, bytes) = curve_of(algorithm).ok_or(JwsFault::Key)?;
                // SEC 1 section 2.3.3: 4, x, y. Compressed points were refused above.
                let point = key.bytes.get(1..).and_then(|xy| xy.split_at_checked(bytes));
                let (x, y) = point.ok_or(JwsFault::Key)?;
                Members::Ec {
                    crv: curve.to_owned(),
                    x: encode(x),
                    y: encode(y),
                }
            }
        };
        Ok(Self {
            spki: spki.to_vec(),
            algorithm,
            members,
        })
    }

    /// The key as a complete SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> JwsAlgorithm {
        self.algorithm
    }

    /// Its thumbprint (RFC 7638) by SHA-256, in base64url, as key authorizations hold it
    /// (RFC 8555 section 8.1).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // RFC 7638 section 3: no space, members in the order of their names. All values are
        // base64url or names of curves: nothing in them needs escaping.
        let text = match &self.members {
            Members::Ec { crv, x, y } => {
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Members::Rsa { e, n } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Members::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
        };
        encode(digest(HashAlgorithm::Sha256, &[text.as_bytes()]).as_bytes())
    }

    fn from_members(members: &Members) -> Result<Self, JwsFault> {
        let spki = match members {
            Members::Ec { crv, x, y } => ec_spki(crv, x, y)?,
            Members::Rsa { e, n } => rsa_spki(n, e)?,
            Members::Okp { crv, x } if crv == ED25519_NAME => {
                info(ED25519, None, &decode(x, "jwk.x")?)?
            }
            Members::Okp { .. } => return Err(JwsFault::Key),
        };
        Self::from_spki(&spki)
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::deserialize(deserializer)?;
        Self::from_members(&members).map_err(serde::de::Error::custom)
    }
}

/// RFC 7518 section 6.2.1: each coordinate has its full length.
fn ec_spki(curve: &str, x: &str, y: &str) -> Result<Vec<u8>, JwsFault> {
    let (_, oid, bytes) = CURVES
        .iter()
        .find(|(name, _, _)| *name == curve)
        .ok_or(JwsFault::Key)?;
    let (x, y) = (decode(x, "jwk.x")?, decode(y, "jwk.y")?);
    if x.len() != *bytes || y.len() != *bytes {
        return Err(JwsFault::Key);
    }
    let point = [&[4][..], &x, &y].concat();
    info(EC_PUBLIC_KEY, Some(AnyRef::from(oid)), &point)
}

/// RSAPublicKey (RFC 8017 A.1.1).
#[derive(der::Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

fn rsa_spki(modulus: &str, exponent: &str) -> Result<Vec<u8>, JwsFault> {
    let (modulus, exponent) = (decode(modulus, "jwk.n")?, decode(exponent, "jwk.e")?);
    let key = || -> der::Result<Vec<u8>> {
        RsaPublicKey {
            modulus: UintRef::new(&modulus)?,
            exponent: UintRef::new(&exponent)?,
        }
        .to_der()
    };
    let key = key().map_err(|_| JwsFault::Key)?;
    info(RSA_ENCRYPTION, Some(AnyRef::NULL), &key)
}

fn info(
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'_>>,
    key: &[u8],
) -> Result<Vec<u8>, JwsFault> {
    let write = || -> der::Result<Vec<u8>> {
        SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef { oid, parameters },
            subject_public_key: BitStringRef::from_bytes(key)?,
        }
        .to_der()
    };
    write().map_err(|_| JwsFault::Key)
}

fn curve_of(algorithm: JwsAlgorithm) -> Option<(&'static str, usize)> {
    let bytes = algorithm.coordinate_bytes()?;
    let (name, _, _) = CURVES.iter().find(|(_, _, length)| *length == bytes)?;
    Some((name, bytes))
}

/// RFC 7518 section 6.2.1.1: a curve's name, its identifier, how long a coordinate is.
const CURVES: &[(&str, ObjectIdentifier, usize)] = &[
    (
        "P-256",
        ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        32,
    ),
    ("P-384", ObjectIdentifier::new_unwrap("1.3.132.0.34"), 48),
    ("P-521", ObjectIdentifier::new_unwrap("1.3.132.0.35"), 66),
];
const ED25519_NAME: &str = "Ed25519";
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

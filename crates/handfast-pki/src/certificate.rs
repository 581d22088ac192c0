//! A borrowed view of an X.509 certificate (RFC 5280 s4.1).
//!
//! One pass over strict DER, without allocation. Names, keys and extensions stay where they are:
//! what is compared or signed is always the bytes received, never an encoding of our own.
//!
//! ```text
//! Certificate = SEQUENCE { tbs, signatureAlgorithm, signature }
//! tbs = SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject, spki, …, [3] ext }
//! ```

use crate::algorithm::signature_algorithm;
use crate::cursor::{Cursor, Tlv, tag};
use crate::distinguished_name::DistinguishedName;
use crate::extension::policy::{CertificatePolicies, PolicyConstraints, PolicyMappings};
use crate::extension::tls_feature::TlsFeatures;
use crate::extension::{BasicConstraints, Extension, Extensions, KeyUsage, purposes};
use crate::fault::{CertificateFault, Problem};
use crate::general_name::GeneralNames;
use crate::oid::{self, Oid};
use crate::time::{UnixTime, Validity};
use handfast_crypto::signature::{KeyKind, PublicKey, SignatureAlgorithm, UnsupportedKey};

/// The largest certificate that is read, in bytes.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// A certificate, read but not judged: nothing here says that it can be trusted.
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    der: &'a [u8],
    tbs: &'a [u8],
    version: u8,
    serial: &'a [u8],
    signature_algorithm: &'a [u8],
    issuer: DistinguishedName<'a>,
    validity: Validity,
    subject: DistinguishedName<'a>,
    spki: &'a [u8],
    key_algorithm: &'a [u8],
    subject_public_key: &'a [u8],
    pub(crate) extensions: Extensions<'a>,
    signature: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Reads one certificate, which must fill `der` to its last byte.
    ///
    /// ```
    /// use handfast_pki::certificate::Certificate;
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der");
    /// let der = std::fs::read(path)?;
    /// let leaf = Certificate::parse(&der)?;
    /// assert_eq!(leaf.subject_alt_names().next().unwrap().to_string(), "example.test");
    ///
    /// let fault = Certificate::parse(&der[..100]).unwrap_err();
    /// assert_eq!(fault.to_string(), "Certificate at byte 0: it is longer than the bytes that remain");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`CertificateFault`] names the field and the byte that is not strict DER or not as
    /// RFC 5280 s4.1 lays it out.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateFault> {
        const FIELD: &str = "Certificate";
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(CertificateFault {
                problem: Problem::TooLarge {
                    limit: MAX_CERTIFICATE_BYTES,
                },
                field: FIELD,
                byte: 0,
            });
        }
        let mut file = Cursor::new(der, 0);
        let whole = file.expect(tag::SEQUENCE, FIELD)?;
        file.finish(FIELD)?;
        let mut outer = whole.cursor();
        let tbs = outer.expect(tag::SEQUENCE, "tbsCertificate")?;
        let algorithm = outer.expect(tag::SEQUENCE, "signatureAlgorithm")?;
        let signature = outer
            .expect(tag::BIT_STRING, "signatureValue")?
            .bit_string_bytes("signatureValue")?;
        outer.finish(FIELD)?;
        Self::read_tbs(der, &tbs, &algorithm, signature)
    }

    fn read_tbs(
        der: &'a [u8],
        tbs: &Tlv<'a>,
        algorithm: &Tlv<'a>,
        signature: &'a [u8],
    ) -> Result<Self, CertificateFault> {
        const SUBJECT: &str = "tbsCertificate.subject";
        const ISSUER: &str = "tbsCertificate.issuer";
        const SERIAL: &str = "tbsCertificate.serialNumber";
        let mut inside = tbs.cursor();
        let version = read_version(&mut inside)?;
        let serial = inside.expect(tag::INTEGER, SERIAL)?.integer(SERIAL)?;
        let inner = inside.expect(tag::SEQUENCE, "tbsCertificate.signature")?;
        // RFC 5280 s4.1.1.2: the outer one is not signed, so it must repeat the inner one.
        if inner.value != algorithm.value {
            let problem = Problem::SignatureAlgorithmDiffers;
            return Err(inner.fault(problem, "tbsCertificate.signature"));
        }
        let issuer = DistinguishedName::check(&inside.expect(tag::SEQUENCE, ISSUER)?, ISSUER)?;
        let validity = Validity::read(&mut inside)?;
        let subject = DistinguishedName::check(&inside.expect(tag::SEQUENCE, SUBJECT)?, SUBJECT)?;
        let key = SubjectPublicKeyInfo::read(&mut inside)?;
        inside.optional(tag::context(1), "tbsCertificate.issuerUniqueID")?;
        inside.optional(tag::context(2), "tbsCertificate.subjectUniqueID")?;
        let extensions = match inside.optional(tag::constructed(3), "tbsCertificate.extensions")? {
            Some(element) if version < 3 => {
                let problem = Problem::ExtensionsNeedVersion3;
                return Err(element.fault(problem, "tbsCertificate.extensions"));
            }
            Some(element) => Extensions::read(&element)?,
            None => Extensions::none(),
        };
        inside.finish("tbsCertificate")?;
        Ok(Self {
            der,
            tbs: tbs.raw,
            version,
            serial,
            signature_algorithm: algorithm.value,
            issuer,
            validity,
            subject,
            spki: key.whole,
            key_algorithm: key.algorithm,
            subject_public_key: key.key,
            extensions,
            signature,
        })
    }

    /// What stands for an anchor that is a name and a key alone (RFC 5280 s6.1.1 (d)): an authority
    /// without limits but its name constraints, and without bytes of its own.
    pub(crate) fn of_anchor(
        subject: &'a [u8],
        spki: &'a [u8],
        name_constraints: Option<&'a [u8]>,
    ) -> Result<Self, CertificateFault> {
        let subject = DistinguishedName::parse(subject)?;
        let mut cursor = Cursor::new(spki, 0);
        let key = SubjectPublicKeyInfo::read(&mut cursor)?;
        cursor.finish("subjectPublicKeyInfo")?;
        let mut extensions = Extensions::none();
        extensions.basic_constraints = Some(BasicConstraints {
            ca: true,
            path_length: None,
        });
        if let Some(der) = name_constraints {
            const FIELD: &str = "nameConstraints";
            let mut cursor = Cursor::new(der, 0);
            extensions.name_constraints = Some(cursor.expect(tag::SEQUENCE, FIELD)?);
            cursor.finish(FIELD)?;
        }
        let (not_before, not_after) = (UnixTime(i64::MIN), UnixTime(i64::MAX));
        Ok(Self {
            der: &[],
            tbs: &[],
            version: 3,
            serial: &[],
            signature_algorithm: &[],
            issuer: subject,
            validity: Validity {
                not_before,
                not_after,
            },
            subject,
            spki: key.whole,
            key_algorithm: key.algorithm,
            subject_public_key: key.key,
            extensions,
            signature: &[],
        })
    }

    /// The certificate whole.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The signed part, header included: what the issuer's signature covers.
    #[must_use]
    pub fn tbs(&self) -> &'a [u8] {
        self.tbs
    }

    /// 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The serial number, a big-endian two's complement number in fewest bytes.
    #[must_use]
    pub fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// The contents of the signature's AlgorithmIdentifier.
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.signature_algorithm
    }

    /// The signature's algorithm, when it is one that this crate knows.
    #[must_use]
    pub fn known_signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        signature_algorithm(self.signature_algorithm)
    }

    /// The issuer's signature over [`Self::tbs`].
    #[must_use]
    pub fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// Who issued the certificate.
    #[must_use]
    pub fn issuer(&self) -> DistinguishedName<'a> {
        self.issuer
    }

    /// Whom the certificate is about.
    #[must_use]
    pub fn subject(&self) -> DistinguishedName<'a> {
        self.subject
    }

    /// When the certificate is valid.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The SubjectPublicKeyInfo whole, header included.
    #[must_use]
    pub fn spki(&self) -> &'a [u8] {
        self.spki
    }

    /// The contents of the key's AlgorithmIdentifier.
    #[must_use]
    pub fn key_algorithm(&self) -> &'a [u8] {
        self.key_algorithm
    }

    /// The bytes of the key's BIT STRING.
    #[must_use]
    pub fn subject_public_key(&self) -> &'a [u8] {
        self.subject_public_key
    }

    /// The key, ready to check signatures.
    ///
    /// # Errors
    /// [`UnsupportedKey`] if the key is malformed or of a kind that is not known.
    pub fn public_key(&self) -> Result<PublicKey, UnsupportedKey> {
        PublicKey::new(self.key_algorithm, self.subject_public_key)
    }

    /// The kind of the key, told without reading the key itself, which may still be malformed.
    ///
    /// # Errors
    /// [`UnsupportedKey`] if the key is of a kind that is not known.
    pub fn key_kind(&self) -> Result<KeyKind, UnsupportedKey> {
        PublicKey::kind_of(self.key_algorithm, self.subject_public_key)
    }

    /// The subject's alternative names, in the order received; already checked.
    #[must_use]
    pub fn subject_alt_names(&self) -> GeneralNames<'a> {
        self.extensions.subject_alt_names.clone()
    }

    /// basicConstraints, if present.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    /// tlsFeature (RFC 7633): what the server is bound to answer; empty without the extension.
    #[must_use]
    pub fn tls_features(&self) -> TlsFeatures<'a> {
        self.extensions.tls_features
    }

    /// keyUsage, if present; without it every usage is allowed.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// The purposes of extKeyUsage, if present; without it every purpose is allowed.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<impl Iterator<Item = Oid<'a>> + use<'a>> {
        let list = self.extensions.extended_key_usage.as_ref()?;
        Some(purposes(list))
    }

    /// The policies under which it was issued, in the order received, if there are any.
    #[must_use]
    pub fn policies(&self) -> Option<CertificatePolicies<'a>> {
        self.extensions.policies()
    }

    /// The policies that an authority holds to be worth the same, if it says so.
    #[must_use]
    pub fn policy_mappings(&self) -> Option<PolicyMappings<'a>> {
        self.extensions.policy_mappings()
    }

    /// policyConstraints, if present.
    #[must_use]
    pub fn policy_constraints(&self) -> Option<PolicyConstraints> {
        self.extensions.policy_constraints()
    }

    /// inhibitAnyPolicy, if present: after how many more certificates, self-issued ones not
    /// counted, anyPolicy stands for nothing (RFC 5280 s4.2.1.14).
    #[must_use]
    pub fn inhibit_any_policy(&self) -> Option<u32> {
        self.extensions.inhibit_any_policy()
    }

    /// Whether its key may vouch for delegated credentials (RFC 9345 section 4.2): the DelegationUsage
    /// extension is there, and keyUsage says digitalSignature.
    #[must_use]
    pub fn lets_delegate(&self) -> bool {
        let marked = self.extensions.value(oid::DELEGATION_USAGE);
        let usage = self.extensions.key_usage;
        marked.is_some_and(|value| value.value == [tag::NULL, 0])
            && usage.is_some_and(|usage| usage.allows(KeyUsage::DIGITAL_SIGNATURE))
    }

    /// Every extension, in the order received.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        self.extensions.iter()
    }

    /// Whether subject and issuer are the same name (RFC 5280 s3.2 calls it self-issued).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

/// Version is `[0]` around an INTEGER; DER leaves out the default, version 1.
fn read_version(cursor: &mut Cursor<'_>) -> Result<u8, CertificateFault> {
    const FIELD: &str = "tbsCertificate.version";
    let Some(explicit) = cursor.optional(tag::constructed(0), FIELD)? else {
        return Ok(1);
    };
    let mut inside = explicit.cursor();
    let number = inside.expect(tag::INTEGER, FIELD)?;
    inside.finish(FIELD)?;
    match number.value {
        [1] => Ok(2),
        [2] => Ok(3),
        _ => Err(number.fault(Problem::Version, FIELD)),
    }
}

/// Checks that these bytes are one SubjectPublicKeyInfo in strict DER, to their last byte. The key in
/// it may be of any kind.
///
/// ```
/// use handfast_pki::certificate::{Certificate, check_public_key_info};
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der");
/// let der = std::fs::read(path)?;
/// assert!(check_public_key_info(Certificate::parse(&der)?.spki()).is_ok());
/// assert!(check_public_key_info(&der).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CertificateFault`] says at which byte they are none.
pub fn check_public_key_info(der: &[u8]) -> Result<(), CertificateFault> {
    let mut cursor = Cursor::new(der, 0);
    SubjectPublicKeyInfo::read(&mut cursor)?;
    cursor.finish("subjectPublicKeyInfo")
}

/// The three views of a public key that others ask for.
pub(crate) struct SubjectPublicKeyInfo<'a> {
    pub(crate) whole: &'a [u8],
    pub(crate) algorithm: &'a [u8],
    pub(crate) key: &'a [u8],
}

impl<'a> SubjectPublicKeyInfo<'a> {
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, CertificateFault> {
        const FIELD: &str = "tbsCertificate.subjectPublicKeyInfo";
        let whole = cursor.expect(tag::SEQUENCE, FIELD)?;
        let mut inside = whole.cursor();
        let algorithm = inside.expect(tag::SEQUENCE, FIELD)?.value;
        let key = inside
            .expect(tag::BIT_STRING, FIELD)?
            .bit_string_bytes(FIELD)?;
        inside.finish(FIELD)?;
        Ok(Self {
            whole: whole.raw,
            algorithm,
            key,
        })
    }
}

#[cfg(test)]
mod tests;

//! A borrowed view of a certificate signing request (PKCS#10, RFC 2986).
//!
//! ```text
//! CertificationRequest = SEQUENCE { info, signatureAlgorithm, signature }
//! info = SEQUENCE { version, subject, subjectPKInfo, [0] attributes }
//! ```

use crate::algorithm::signature_algorithm;
use crate::certificate::SubjectPublicKeyInfo;
use crate::cursor::{Cursor, Tlv, tag};
use crate::distinguished_name::DistinguishedName;
use crate::extension::tls_feature::TlsFeatures;
use crate::extension::{BasicConstraints, Extension, Extensions, KeyUsage, purposes};
use crate::fault::{CertificateFault, Problem};
use crate::general_name::GeneralNames;
use crate::oid::Oid;
use handfast_crypto::signature::{PublicKey, SignatureAlgorithm, UnsupportedKey};

/// The largest request that is read, in bytes.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// A request, read but not judged: see [`CertificationRequest::is_signed_by_its_key`].
#[derive(Clone, Debug)]
pub struct CertificationRequest<'a> {
    der: &'a [u8],
    info: &'a [u8],
    subject: DistinguishedName<'a>,
    spki: &'a [u8],
    key_algorithm: &'a [u8],
    subject_public_key: &'a [u8],
    extensions: Extensions<'a>,
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
}

impl<'a> CertificationRequest<'a> {
    /// Reads one request, which must fill `der` to its last byte.
    ///
    /// ```
    /// use handfast_pki::certification_request::CertificationRequest;
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.csr");
    /// let der = std::fs::read(path)?;
    /// let request = CertificationRequest::parse(&der)?;
    /// assert_eq!(request.subject().to_string(), "CN=example.test");
    /// assert_eq!(request.subject_alt_names().count(), 2);
    /// assert!(request.is_signed_by_its_key());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`CertificateFault`] names the field and the byte that is not strict DER or not as
    /// RFC 2986 s4 lays it out.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateFault> {
        const INFO: &str = "certificationRequestInfo";
        const SUBJECT: &str = "certificationRequestInfo.subject";
        let mut file = Cursor::new(der, 0);
        if der.len() > MAX_REQUEST_BYTES {
            return Err(file.fault(
                Problem::TooLarge {
                    limit: MAX_REQUEST_BYTES,
                },
                FIELD,
            ));
        }
        let whole = file.expect(tag::SEQUENCE, FIELD)?;
        file.finish(FIELD)?;
        let mut outer = whole.cursor();
        let info = outer.expect(tag::SEQUENCE, INFO)?;
        let algorithm = outer.expect(tag::SEQUENCE, "signatureAlgorithm")?;
        let signature = outer
            .expect(tag::BIT_STRING, "signature")?
            .bit_string_bytes("signature")?;
        outer.finish(FIELD)?;
        let mut inside = info.cursor();
        // RFC 2986 s4.1: version 1 is written as 0; there is no other.
        let version = inside.expect(tag::INTEGER, "certificationRequestInfo.version")?;
        if version.value != [0] {
            return Err(version.fault(Problem::Version, "certificationRequestInfo.version"));
        }
        let subject = DistinguishedName::check(&inside.expect(tag::SEQUENCE, SUBJECT)?, SUBJECT)?;
        let key = SubjectPublicKeyInfo::read(&mut inside)?;
        // Some programs leave out an empty list, which is not optional.
        let attributes = inside.optional(tag::constructed(0), ATTRIBUTES)?;
        inside.finish(INFO)?;
        Ok(Self {
            der,
            info: info.raw,
            subject,
            spki: key.whole,
            key_algorithm: key.algorithm,
            subject_public_key: key.key,
            extensions: match attributes {
                Some(list) => read_attributes(&list)?,
                None => Extensions::none(),
            },
            signature_algorithm: algorithm.value,
            signature,
        })
    }

    /// The request whole.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// Whom the certificate is to be about.
    #[must_use]
    pub fn subject(&self) -> DistinguishedName<'a> {
        self.subject
    }

    /// The SubjectPublicKeyInfo whole, header included.
    #[must_use]
    pub fn spki(&self) -> &'a [u8] {
        self.spki
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

    /// The alternative names asked for (RFC 2985 s5.4.2: extensionRequest).
    #[must_use]
    pub fn subject_alt_names(&self) -> GeneralNames<'a> {
        self.extensions.subject_alt_names.clone()
    }

    /// The purposes asked for.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<impl Iterator<Item = Oid<'a>> + use<'a>> {
        let list = self.extensions.extended_key_usage?;
        Some(purposes(&list))
    }

    /// The key usage asked for.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// The features of TLS asked for, of which must-staple is one.
    #[must_use]
    pub fn tls_features(&self) -> TlsFeatures<'a> {
        self.extensions.tls_features
    }

    /// Whether it is to be an authority's certificate, if that is said.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    /// Every extension asked for, in the order received.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        self.extensions.iter()
    }

    /// The contents of the signature's AlgorithmIdentifier.
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.signature_algorithm
    }

    /// The byte at which the signature's own bytes begin: they are the last in the request.
    #[must_use]
    pub fn signature_byte(&self) -> usize {
        self.der.len().saturating_sub(self.signature.len())
    }

    /// The signature's algorithm, when it is one that this crate knows.
    #[must_use]
    pub fn known_signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        signature_algorithm(self.signature_algorithm)
    }

    /// Whether whoever made the request holds its key (RFC 2986 s4.2).
    #[must_use]
    pub fn is_signed_by_its_key(&self) -> bool {
        match (self.known_signature_algorithm(), self.public_key()) {
            (Some(algorithm), Ok(key)) => key.verify(algorithm, self.info, self.signature).is_ok(),
            _ => false,
        }
    }
}

/// Of the attributes only extensionRequest (1.2.840.113549.1.9.14) is looked into.
fn read_attributes<'a>(list: &Tlv<'a>) -> Result<Extensions<'a>, CertificateFault> {
    const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
    let mut cursor = list.cursor();
    let mut extensions = None;
    while !cursor.is_empty() {
        let attribute = cursor.expect(tag::SEQUENCE, ATTRIBUTES)?;
        let mut inside = attribute.cursor();
        let oid = inside.expect(tag::OID, ATTRIBUTES)?.oid(ATTRIBUTES)?;
        let values = inside.expect(tag::SET, ATTRIBUTES)?;
        inside.finish(ATTRIBUTES)?;
        if oid != EXTENSION_REQUEST {
            continue;
        }
        if extensions.is_some() {
            return Err(attribute.fault(Problem::DuplicateExtension, ATTRIBUTES));
        }
        // The SET holds one list of extensions, as the [3] of a certificate does.
        extensions = Some(Extensions::read(&values)?);
    }
    Ok(extensions.unwrap_or_else(Extensions::none))
}

const FIELD: &str = "CertificationRequest";
const ATTRIBUTES: &str = "certificationRequestInfo.attributes";

#[cfg(test)]
mod tests {
    use super::CertificationRequest;

    const REQUEST: &[u8] = include_bytes!("../testdata/leaf.csr");

    #[test]
    fn a_request_of_openssl_tells_its_names_and_its_key() {
        let request = CertificationRequest::parse(REQUEST).expect("the request");
        let names: Vec<_> = request
            .subject_alt_names()
            .map(|name| name.to_string())
            .collect();
        assert_eq!(names, ["example.test", "192.0.2.1"]);
        assert!(request.is_signed_by_its_key());
        assert_eq!(request.der(), REQUEST);
    }

    #[test]
    fn every_prefix_and_every_longer_request_is_refused() {
        for len in 0..REQUEST.len() {
            assert!(CertificationRequest::parse(&REQUEST[..len]).is_err());
        }
        let longer = [REQUEST, &[0]].concat();
        assert!(CertificationRequest::parse(&longer).is_err());
    }

    #[test]
    fn a_changed_request_is_not_signed_by_its_key() {
        let mut changed = REQUEST.to_vec();
        let at = changed
            .windows(7)
            .position(|part| part == b"example")
            .expect("the name");
        changed[at] = b'E';
        let request = CertificationRequest::parse(&changed).expect("a request");
        assert!(!request.is_signed_by_its_key());
    }
}

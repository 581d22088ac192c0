//! Everything that a file holds.

use crate::certificate::Certificate;
use crate::certification_request::CertificationRequest;
use crate::crl::Crl;
use crate::cursor::{Cursor, tag};
use crate::load::detect::{Format, detect};
use crate::load::fault::{LoadFault, LoadProblem};
use crate::load::key::{key_from_der, open_container};
use crate::load::pem::{self, Block};
use crate::load::pkcs7::Pkcs7;
use crate::load::pkcs12::has_plain_key;
use crate::load::trust_marks::TrustMarks;
use crate::ocsp::OcspResponse;
use crate::verify::purpose::Purpose;
use crate::write::element;
use handfast_crypto::signature::{PrivateKey, PublicKey};
use rustls_pki_types::CertificateDer;

/// What a file holds, each kind in the file's order.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Contents {
    /// Certificates: of PEM, DER, PKCS#7 or PKCS#12 (where the key's own comes first).
    pub certificates: Vec<CertificateDer<'static>>,
    /// Private keys.
    pub keys: Vec<PrivateKey>,
    /// Whether a key was encrypted.
    pub encrypted: bool,
    /// Signing requests in DER; each can be read ([`CertificationRequest::parse`]).
    pub requests: Vec<Vec<u8>>,
    /// Public keys, each a SubjectPublicKeyInfo in DER.
    pub public_keys: Vec<Vec<u8>>,
    /// CRLs in DER; each can be read ([`Crl::parse`]).
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses in DER; each can be read ([`OcspResponse::parse`]).
    pub ocsp_responses: Vec<Vec<u8>>,
    /// The labels of PEM blocks that were passed over.
    pub others: Vec<String>,
}

impl Contents {
    /// Reads a file of any format that is known here.
    ///
    /// ```
    /// use handfast_pki::load::Contents;
    ///
    /// # let path = |name| format!("{}/testdata/{name}", env!("CARGO_MANIFEST_DIR"));
    /// let contents = Contents::read(&std::fs::read(path("leaf.p12"))?, Some(b"secret"))?;
    /// assert_eq!((contents.certificates.len(), contents.keys.len()), (2, 1));
    /// assert!(contents.encrypted);
    ///
    /// let fault = Contents::read(b"<html>", None).unwrap_err();
    /// assert_eq!(
    ///     fault.to_string(),
    ///     "no certificate, key, request or revocation list here, but a web page"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LoadFault`]: broken PEM, a part that cannot be read, a password that is missing or wrong,
    /// or nothing of any kind.
    pub fn read(bytes: &[u8], password: Option<&[u8]>) -> Result<Self, LoadFault> {
        let mut contents = Self::default();
        if pem::is_pem(bytes) {
            for block in pem::blocks(bytes)? {
                contents.take(block, password)?;
            }
        } else {
            contents.take_der(bytes, password)?;
        }
        if contents.is_empty() {
            return Err(LoadFault::nothing(ANYTHING, contents.others));
        }
        Ok(contents)
    }

    /// Whether there is nothing of any kind.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
            && self.keys.is_empty()
            && self.requests.is_empty()
            && self.public_keys.is_empty()
            && self.crls.is_empty()
            && self.ocsp_responses.is_empty()
    }

    fn take(&mut self, block: Block, password: Option<&[u8]>) -> Result<(), LoadFault> {
        let at = |problem| LoadFault::at_line(block.line, problem);
        match block.label.as_str() {
            "X509 CRL" => self.crls.push(crl(&block)?),
            "OCSP RESPONSE" => {
                check_response(&block.der).map_err(|problem| in_block(&block, problem))?;
                self.ocsp_responses.push(block.der.to_vec());
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                check_request(&block.der).map_err(|problem| in_block(&block, problem))?;
                self.requests.push(block.der.to_vec());
            }
            "PUBLIC KEY" => self.public_keys.push(spki(&block.der).map_err(at)?),
            "RSA PUBLIC KEY" => self.public_keys.push(rsa_spki(&block.der).map_err(at)?),
            label if is_certificate(label) => {
                let found = certificate(&block, self.certificates.len())?;
                self.certificates.push(found);
            }
            label if is_pkcs7(label) => {
                self.take_pkcs7(&block.der)
                    .map_err(|problem| in_block(&block, problem))?;
            }
            label if label.ends_with("PRIVATE KEY") => {
                if block.has_headers {
                    return Err(at(LoadProblem::UnknownEncryption));
                }
                self.take_key(&block.der, password).map_err(at)?;
            }
            _ => self.others.push(block.label),
        }
        Ok(())
    }

    fn take_der(&mut self, bytes: &[u8], password: Option<&[u8]>) -> Result<(), LoadFault> {
        match detect(bytes) {
            Format::Crl => {
                Crl::parse(bytes).map_err(|fault| LoadFault::new(LoadProblem::Crl(fault)))?;
                self.crls.push(bytes.to_vec());
            }
            Format::Request => {
                check_request(bytes).map_err(LoadFault::new)?;
                self.requests.push(bytes.to_vec());
            }
            Format::OcspResponse => {
                check_response(bytes).map_err(LoadFault::new)?;
                self.ocsp_responses.push(bytes.to_vec());
            }
            Format::PublicKey => self.public_keys.push(spki(bytes).map_err(LoadFault::new)?),
            Format::RsaPublicKey => {
                self.public_keys
                    .push(rsa_spki(bytes).map_err(LoadFault::new)?);
            }
            Format::Pkcs7 => self.take_pkcs7(bytes).map_err(LoadFault::new)?,
            Format::Pkcs12 => {
                let opened = open_container(bytes, password).map_err(LoadFault::new)?;
                self.encrypted = !has_plain_key(bytes);
                self.keys.extend(opened.key);
                let certificates = opened.certificates.into_iter();
                self.certificates
                    .extend(certificates.map(CertificateDer::from));
            }
            Format::Pkcs8 | Format::EncryptedPkcs8 | Format::Pkcs1 | Format::Sec1 => {
                self.take_key(bytes, password).map_err(LoadFault::new)?;
            }
            format @ (Format::Certificate | Format::Unknown) => match Certificate::parse(bytes) {
                Ok(_) => self.certificates.push(CertificateDer::from(bytes.to_vec())),
                // What is no text is taken for damaged DER: the fault says where it breaks.
                Err(fault) if format == Format::Certificate || !is_text(bytes) => {
                    return Err(LoadFault::new(LoadProblem::Certificate(fault)));
                }
                Err(_) => return Err(LoadFault::nothing(ANYTHING, Vec::new())),
            },
            other => return Err(LoadFault::nothing(ANYTHING, vec![other.to_string()])),
        }
        Ok(())
    }

    fn take_key(&mut self, der: &[u8], password: Option<&[u8]>) -> Result<(), LoadProblem> {
        self.encrypted |= detect(der) == Format::EncryptedPkcs8;
        self.keys.push(key_from_der(der, password)?);
        Ok(())
    }

    fn take_pkcs7(&mut self, der: &[u8]) -> Result<(), LoadProblem> {
        let (certificates, crls) = read_pkcs7(der)?;
        self.certificates.extend(certificates);
        self.crls.extend(crls);
        Ok(())
    }
}

/// Whether bytes are text, and not one character of it that begins DER.
fn is_text(bytes: &[u8]) -> bool {
    let control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    bytes != [tag::SEQUENCE] && std::str::from_utf8(bytes).is_ok() && !bytes.iter().any(control)
}

/// Whether blocks of this label hold one certificate.
pub(crate) fn is_certificate(label: &str) -> bool {
    matches!(
        label,
        "CERTIFICATE" | "X509 CERTIFICATE" | TRUSTED_CERTIFICATE
    )
}

/// Whether blocks of this label hold PKCS#7.
pub(crate) fn is_pkcs7(label: &str) -> bool {
    matches!(label, "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS")
}

/// The certificate of a block, which comes after `before` others.
pub(crate) fn certificate(
    block: &Block,
    before: usize,
) -> Result<CertificateDer<'static>, LoadFault> {
    // What it is trusted for, after it, is asked where it is to be an anchor.
    let (der, _) = parts(block);
    match Certificate::parse(der) {
        Ok(_) => Ok(CertificateDer::from(der.to_vec())),
        Err(fault) => Err(LoadFault {
            line: Some(block.line_of(fault.byte)),
            certificate: Some(before + 1),
            problem: LoadProblem::Certificate(fault),
        }),
    }
}

/// The certificate of a block as an anchor for `purpose`, which comes after `before` others.
pub(crate) fn anchor(
    block: &Block,
    before: usize,
    purpose: Purpose,
) -> Result<CertificateDer<'static>, LoadFault> {
    let found = certificate(block, before)?;
    let fault = |line, problem| LoadFault {
        line: Some(line),
        certificate: Some(before + 1),
        problem,
    };
    let marks = TrustMarks::read(parts(block).1)
        .map_err(|why| fault(block.line_of(why.byte), LoadProblem::TrustMarks(why)))?;
    if marks.allow(purpose) {
        return Ok(found);
    }
    let subject = Certificate::parse(&found).map(|one| one.subject().to_string());
    Err(fault(
        block.line,
        LoadProblem::Distrusted {
            subject: subject.unwrap_or_default(),
            purpose: purpose.name(),
        },
    ))
}

/// The bytes of a block's certificate, and what stands after it.
fn parts(block: &Block) -> (&[u8], Cursor<'_>) {
    let der = block.der.as_slice();
    let mut rest = Cursor::new(der, 0);
    if block.label == TRUSTED_CERTIFICATE
        && let Ok(first) = rest.expect(tag::SEQUENCE, "Certificate")
    {
        return (first.raw, rest);
    }
    (der, Cursor::new(&[], der.len()))
}

/// The CRL of a block.
pub(crate) fn crl(block: &Block) -> Result<Vec<u8>, LoadFault> {
    match Crl::parse(&block.der) {
        Ok(_) => Ok(block.der.to_vec()),
        Err(fault) => Err(in_block(block, LoadProblem::Crl(fault))),
    }
}

/// The certificates and CRLs of PKCS#7.
pub(crate) fn read_pkcs7(
    der: &[u8],
) -> Result<(Vec<CertificateDer<'static>>, Vec<Vec<u8>>), LoadProblem> {
    let read = Pkcs7::read(der).map_err(LoadProblem::Pkcs7)?;
    let mut certificates = Vec::new();
    for member in read.certificates {
        Certificate::parse(member.raw).map_err(|mut fault| {
            fault.byte = fault.byte.saturating_add(member.at);
            LoadProblem::Certificate(fault)
        })?;
        certificates.push(CertificateDer::from(member.raw.to_vec()));
    }
    let mut crls = Vec::new();
    for member in read.crls {
        Crl::parse(member.raw).map_err(|mut fault| {
            fault.byte = fault.byte.saturating_add(member.at);
            LoadProblem::Crl(fault)
        })?;
        crls.push(member.raw.to_vec());
    }
    Ok((certificates, crls))
}

fn check_request(der: &[u8]) -> Result<(), LoadProblem> {
    CertificationRequest::parse(der)
        .map(drop)
        .map_err(LoadProblem::Request)
}

fn check_response(der: &[u8]) -> Result<(), LoadProblem> {
    OcspResponse::parse(der)
        .map(drop)
        .map_err(LoadProblem::OcspResponse)
}

/// The fault of a block's contents, at its line.
pub(crate) fn in_block(block: &Block, problem: LoadProblem) -> LoadFault {
    let line = match problem {
        LoadProblem::Certificate(fault)
        | LoadProblem::Crl(fault)
        | LoadProblem::Request(fault)
        | LoadProblem::OcspResponse(fault)
        | LoadProblem::DhParameters(fault)
        | LoadProblem::Pkcs7(fault) => block.line_of(fault.byte),
        _ => block.line,
    };
    LoadFault::at_line(line, problem)
}

/// A SubjectPublicKeyInfo.
fn spki(der: &[u8]) -> Result<Vec<u8>, LoadProblem> {
    match PublicKey::from_spki(der) {
        Ok(_) => Ok(der.to_vec()),
        Err(_) => Err(LoadProblem::PublicKey),
    }
}

/// An RSAPublicKey (RFC 8017 appendix A.1.1) as SubjectPublicKeyInfo.
fn rsa_spki(der: &[u8]) -> Result<Vec<u8>, LoadProblem> {
    let algorithm = element(
        tag::SEQUENCE,
        &[&element(tag::OID, &[RSA_ENCRYPTION]), &[tag::NULL, 0]],
    );
    let bits = element(tag::BIT_STRING, &[&[0], der]);
    spki(&element(tag::SEQUENCE, &[&algorithm, &bits]))
}

const TRUSTED_CERTIFICATE: &str = "TRUSTED CERTIFICATE";
const ANYTHING: &str = "certificate, key, request or revocation list";
/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

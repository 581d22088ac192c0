//! Certificates, keys, requests and revocation lists from the bytes of files: PEM, DER, PKCS#7,
//! PKCS#12. And the bytes to write.
//!
//! Nothing here opens a file. A fault names the thing, the line or certificate, and the remedy.

mod contents;
mod credential;
mod detect;
mod dh_parameters;
pub mod fault;
mod key;
mod pem;
mod pkcs12;
mod pkcs7;
mod trust_marks;
mod write;

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::cursor::tag;
use crate::load::contents::{
    anchor, certificate, crl, in_block, is_certificate, is_pkcs7, read_pkcs7,
};
use crate::load::fault::{LoadFault, LoadProblem};
use crate::load::key::{key_from_der, open_container};
use crate::load::pem::Block;
use crate::verify::purpose::Purpose;
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

pub use crate::load::contents::Contents;
pub use crate::load::credential::Credential;
pub use crate::load::detect::{Format, detect};
pub use crate::load::dh_parameters::{DhParameters, dh_parameters};
pub use crate::load::pkcs7::to_pkcs7;
pub use crate::load::write::{to_encrypted_pkcs8, to_pem, to_pkcs12};
pub use handfast_crypto::random::{Random, SystemRandom};

/// Every certificate, in order: of a PEM file all `CERTIFICATE` and `PKCS7` blocks, of a DER file
/// the one, or those of PKCS#7. Text and other blocks around them are passed over.
///
/// ```
/// use handfast_pki::load::{Credential, certificates, private_key};
///
/// # let path = |name| format!("{}/testdata/{name}", env!("CARGO_MANIFEST_DIR"));
/// let chain = certificates(&std::fs::read(path("leaf.der"))?)?;
/// let key = private_key(&std::fs::read(path("leaf-key.encrypted.der"))?, Some(b"secret"))?;
/// let credential = Credential::new(chain, key)?;
/// assert_eq!(credential.chain().len(), 1);
///
/// let fault = certificates(b"hello").unwrap_err();
/// assert_eq!(fault.to_string(), "no certificate here: give PEM or DER");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LoadFault`]: broken PEM, a block that is no certificate, or none at all.
pub fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, LoadFault> {
    all(bytes, certificate)
}

/// As [`certificates`], for a file whose certificates are to be trusted to vouch for others for a
/// purpose. Only a `TRUSTED CERTIFICATE` block can say for what its certificate is trusted.
///
/// # Errors
/// [`LoadFault`], also where a certificate is marked as not to be trusted for the purpose
/// ([`LoadProblem::Distrusted`]), or its marks cannot be read.
pub fn anchors(bytes: &[u8], purpose: Purpose) -> Result<Vec<CertificateDer<'static>>, LoadFault> {
    all(bytes, |block, before| anchor(block, before, purpose))
}

fn all(
    bytes: &[u8],
    one: impl Fn(&Block, usize) -> Result<CertificateDer<'static>, LoadFault>,
) -> Result<Vec<CertificateDer<'static>>, LoadFault> {
    if !pem::is_pem(bytes) {
        return certificates_of_der(bytes);
    }
    let mut found = Vec::new();
    let mut others = Vec::new();
    for block in pem::blocks(bytes)? {
        if is_certificate(&block.label) {
            found.push(one(&block, found.len())?);
        } else if is_pkcs7(&block.label) {
            let read = read_pkcs7(&block.der).map_err(|problem| in_block(&block, problem))?;
            found.extend(read.0);
        } else {
            others.push(block.label);
        }
    }
    if found.is_empty() {
        return Err(LoadFault::nothing("certificate", others));
    }
    Ok(found)
}

fn certificates_of_der(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, LoadFault> {
    match detect(bytes) {
        Format::Pkcs7 => {
            let (found, _) = read_pkcs7(bytes).map_err(LoadFault::new)?;
            if found.is_empty() {
                return Err(LoadFault::nothing(
                    "certificate",
                    vec!["empty PKCS#7".to_owned()],
                ));
            }
            return Ok(found);
        }
        Format::Certificate | Format::Unknown => {}
        other => return Err(LoadFault::nothing("certificate", vec![other.to_string()])),
    }
    match Certificate::parse(bytes) {
        Ok(_) => Ok(vec![CertificateDer::from(bytes.to_vec())]),
        // A file that does not even begin like DER is something else altogether.
        Err(_) if bytes.first() != Some(&tag::SEQUENCE) => {
            Err(LoadFault::nothing("certificate", Vec::new()))
        }
        Err(fault) => Err(LoadFault::new(LoadProblem::Certificate(fault))),
    }
}

/// Every certificate revocation list, in DER, in order: of a PEM file all `X509 CRL` blocks, of a
/// DER file the one; of PKCS#7 all. Each can be read ([`Crl::parse`]).
///
/// # Errors
/// [`LoadFault`]: broken PEM, a block that is no CRL, or none at all.
pub fn crls(bytes: &[u8]) -> Result<Vec<Vec<u8>>, LoadFault> {
    const WANTED: &str = "revocation list";
    let mut found = Vec::new();
    let mut others = Vec::new();
    if pem::is_pem(bytes) {
        for block in pem::blocks(bytes)? {
            if block.label == "X509 CRL" {
                found.push(crl(&block)?);
            } else if is_pkcs7(&block.label) {
                let read = read_pkcs7(&block.der).map_err(|problem| in_block(&block, problem))?;
                found.extend(read.1);
            } else {
                others.push(block.label);
            }
        }
    } else {
        match detect(bytes) {
            Format::Pkcs7 => found = read_pkcs7(bytes).map_err(LoadFault::new)?.1,
            Format::Crl => {
                Crl::parse(bytes).map_err(|fault| LoadFault::new(LoadProblem::Crl(fault)))?;
                found.push(bytes.to_vec());
            }
            Format::Unknown | Format::Empty => match Crl::parse(bytes) {
                Err(fault) if bytes.first() == Some(&tag::SEQUENCE) => {
                    return Err(LoadFault::new(LoadProblem::Crl(fault)));
                }
                _ => {}
            },
            other => others.push(other.to_string()),
        }
    }
    if found.is_empty() {
        return Err(LoadFault::nothing(WANTED, others));
    }
    Ok(found)
}

/// The contents of the PEM blocks (RFC 7468) that bear a label, in order: for what is not read here.
///
/// # Errors
/// [`LoadFault`]: broken PEM.
pub fn labelled(bytes: &[u8], label: &str) -> Result<Vec<Zeroizing<Vec<u8>>>, LoadFault> {
    let blocks = pem::blocks(bytes)?.into_iter();
    let bearing = blocks.filter(|block| block.label == label);
    Ok(bearing.map(|block| block.der).collect())
}

/// The one private key: PKCS#8, PKCS#1 or SEC1, in PEM or DER; PKCS#8 may be encrypted.
///
/// # Errors
/// [`LoadFault`]: broken PEM, no key or several, an unknown kind of key, a password that is
/// missing or wrong.
pub fn private_key(bytes: &[u8], password: Option<&[u8]>) -> Result<PrivateKey, LoadFault> {
    if !pem::is_pem(bytes) {
        return key_from_der(bytes, password).map_err(LoadFault::new);
    }
    let (keys, others): (Vec<Block>, Vec<Block>) = pem::blocks(bytes)?
        .into_iter()
        .partition(|block| block.label.ends_with("PRIVATE KEY"));
    match keys.as_slice() {
        [] => {
            let labels = others.into_iter().map(|block| block.label);
            Err(LoadFault::nothing("private key", labels.collect()))
        }
        [key] => {
            let problem = |problem| LoadFault::at_line(key.line, problem);
            if key.has_headers {
                return Err(problem(LoadProblem::UnknownEncryption));
            }
            key_from_der(&key.der, password).map_err(problem)
        }
        [_, second, ..] => Err(LoadFault::at_line(second.line, LoadProblem::SeveralKeys)),
    }
}

/// The key and certificates of a PKCS#12 container; the key's own certificate comes first.
///
/// # Errors
/// [`LoadFault`]: a wrong password, a container that is malformed or lacks key or certificate,
/// or a key that belongs to none of the certificates.
pub fn pkcs12(bytes: &[u8], password: &[u8]) -> Result<Credential, LoadFault> {
    let opened = open_container(bytes, Some(password)).map_err(LoadFault::new)?;
    let key = opened
        .key
        .ok_or_else(|| LoadFault::nothing("private key", Vec::new()))?;
    let chain = opened.certificates.into_iter().map(CertificateDer::from);
    Credential::new(chain.collect(), key)
}

#[cfg(test)]
mod tests;

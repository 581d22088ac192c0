//! Certificates and keys from the bytes of files, PEM or DER.
//!
//! Nothing here opens a file. A fault names the thing, the line or certificate, and the remedy.

mod credential;
pub mod fault;
mod pem;

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::cursor::tag;
use crate::load::fault::{LoadFault, LoadProblem};
use crate::load::pem::Block;
use handfast_crypto::container::{ContainerFault, decrypt_pkcs8, open_pkcs12};
use handfast_crypto::signature::{KeyFault, PrivateKey};
use rustls_pki_types::CertificateDer;

pub use crate::load::credential::Credential;

/// Every certificate, in order: of a PEM file all `CERTIFICATE` blocks, of a DER file the one.
/// Text and other blocks around them are passed over.
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
    if !pem::is_pem(bytes) {
        return match Certificate::parse(bytes) {
            Ok(_) => Ok(vec![CertificateDer::from(bytes.to_vec())]),
            // A file that does not even begin like DER is something else altogether.
            Err(_) if bytes.first() != Some(&tag::SEQUENCE) => {
                Err(nothing("certificate", Vec::new()))
            }
            Err(fault) => Err(LoadFault::new(LoadProblem::Certificate(fault))),
        };
    }
    let mut found = Vec::new();
    let mut others = Vec::new();
    for block in pem::blocks(bytes)? {
        if !matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE") {
            others.push(block.label);
            continue;
        }
        if let Err(fault) = Certificate::parse(&block.der) {
            return Err(LoadFault {
                line: Some(block.line_of(fault.byte)),
                certificate: Some(found.len() + 1),
                problem: LoadProblem::Certificate(fault),
            });
        }
        found.push(CertificateDer::from(block.der.to_vec()));
    }
    if found.is_empty() {
        return Err(nothing("certificate", others));
    }
    Ok(found)
}

/// Every certificate revocation list, in DER, in order: of a PEM file all `X509 CRL` blocks, of a
/// DER file the one. Each can be read ([`Crl::parse`]).
///
/// # Errors
/// [`LoadFault`]: broken PEM, a block that is no CRL, or none at all.
pub fn crls(bytes: &[u8]) -> Result<Vec<Vec<u8>>, LoadFault> {
    if !pem::is_pem(bytes) {
        return match Crl::parse(bytes) {
            Ok(_) => Ok(vec![bytes.to_vec()]),
            Err(_) if bytes.first() != Some(&tag::SEQUENCE) => {
                Err(nothing("revocation list", Vec::new()))
            }
            Err(fault) => Err(LoadFault::new(LoadProblem::Crl(fault))),
        };
    }
    let mut found = Vec::new();
    let mut others = Vec::new();
    for block in pem::blocks(bytes)? {
        if block.label != "X509 CRL" {
            others.push(block.label);
            continue;
        }
        if let Err(fault) = Crl::parse(&block.der) {
            let line = block.line_of(fault.byte);
            return Err(LoadFault::at_line(line, LoadProblem::Crl(fault)));
        }
        found.push(block.der.to_vec());
    }
    if found.is_empty() {
        return Err(nothing("revocation list", others));
    }
    Ok(found)
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
            Err(nothing("private key", labels.collect()))
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
    let opened = open_pkcs12(bytes, password).map_err(|fault| {
        LoadFault::new(match fault {
            ContainerFault::WrongPassword => LoadProblem::WrongPassword,
            ContainerFault::Unsupported => LoadProblem::UnknownEncryption,
            _ => LoadProblem::Container,
        })
    })?;
    let key = opened
        .key
        .ok_or_else(|| nothing("private key", Vec::new()))?;
    let chain = opened.certificates.into_iter().map(CertificateDer::from);
    Credential::new(chain.collect(), key)
}

fn key_from_der(der: &[u8], password: Option<&[u8]>) -> Result<PrivateKey, LoadProblem> {
    match PrivateKey::from_der(der) {
        Ok(key) => Ok(key),
        Err(KeyFault::Encrypted) => {
            let password = password.ok_or(LoadProblem::PasswordNeeded)?;
            decrypt_pkcs8(der, password).map_err(|fault| match fault {
                ContainerFault::WrongPassword => LoadProblem::WrongPassword,
                ContainerFault::Unsupported => LoadProblem::UnknownEncryption,
                _ => LoadProblem::Key,
            })
        }
        Err(_) => Err(LoadProblem::Key),
    }
}

fn nothing(wanted: &'static str, found: Vec<String>) -> LoadFault {
    LoadFault::new(LoadProblem::Nothing { wanted, found })
}

#[cfg(test)]
mod tests;

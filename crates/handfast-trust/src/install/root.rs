//! The certificate that is to be trusted.

use crate::fault::{TrustFault, TrustProblem};
use crate::install::fault::RootFault;
use crate::install::reach::Reach;
use core::fmt::Write;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::{danger_sha1, sha256};
use handfast_pki::load::{certificates, to_pem};
use rustls_pki_types::CertificateDer;
use std::fs;
use std::path::{Path, PathBuf};

/// A root: a certificate that vouches for itself and may vouch for others.
#[derive(Clone, Debug)]
pub struct Root {
    der: CertificateDer<'static>,
    subject: String,
    reach: Reach,
    /// Where it was read, with no link in it that could be moved.
    source: Option<PathBuf>,
    /// Whether that file holds what is written into stores, byte for byte.
    source_is_pem: bool,
}

impl Root {
    /// Reads a file that holds one certificate, PEM or DER.
    ///
    /// # Errors
    /// [`RootFault`]: the file cannot be read, holds several, or what it holds is no root.
    pub fn read(path: &Path) -> Result<Self, RootFault> {
        let file = |problem| RootFault::Unread(TrustFault::new(path, problem));
        let bytes = fs::read(path).map_err(|error| file(TrustProblem::Io(error)))?;
        let found = certificates(&bytes).map_err(|fault| file(TrustProblem::Load(fault)))?;
        let [der] = <[_; 1]>::try_from(found).map_err(|found| RootFault::Several(found.len()))?;
        let mut root = Self::from_der(der)?;
        root.source_is_pem = root.pem().as_bytes() == bytes;
        root.source = fs::canonicalize(path).ok();
        Ok(root)
    }

    /// A certificate that is at hand.
    ///
    /// # Errors
    /// [`RootFault`]: it is no root.
    pub fn from_der(der: CertificateDer<'static>) -> Result<Self, RootFault> {
        let certificate = Certificate::parse(&der).map_err(RootFault::Certificate)?;
        let subject = certificate.subject().to_string();
        if !certificate.is_self_issued() {
            let issuer = certificate.issuer().to_string();
            return Err(RootFault::NotARoot { subject, issuer });
        }
        // RFC 5280 s4.2.1.9: without it the key signs no certificates.
        if !certificate
            .basic_constraints()
            .is_some_and(|known| known.ca)
        {
            return Err(RootFault::NoAuthority { subject });
        }
        if !signs_itself(&certificate) {
            return Err(RootFault::BadSignature { subject });
        }
        let reach = Reach::of(&certificate);
        Ok(Self {
            der,
            subject,
            reach,
            source: None,
            source_is_pem: false,
        })
    }

    /// The one of a fingerprint among certificates in DER.
    pub(crate) fn among(ders: Vec<Vec<u8>>, fingerprint: &str) -> Option<Self> {
        let mut ders = ders.into_iter();
        let found = ders.find(|der| hex(&sha256(der)) == fingerprint)?;
        Self::from_der(CertificateDer::from(found)).ok()
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate in PEM, as it is written into stores.
    #[must_use]
    pub fn pem(&self) -> String {
        to_pem("CERTIFICATE", &self.der).to_string()
    }

    /// Whose it is.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What it may vouch for.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// When it is valid: first and last second, in Unix time.
    #[must_use]
    pub fn validity(&self) -> (i64, i64) {
        match Certificate::parse(&self.der) {
            Ok(certificate) => {
                let validity = certificate.validity();
                (validity.not_before.0, validity.not_after.0)
            }
            // It was parsed when it was read.
            Err(_) => (0, 0),
        }
    }

    /// SHA-256 of its DER, in small hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex(&sha256(&self.der))
    }

    /// SHA-1 of its DER, by which Windows and macOS find a certificate that is to be removed.
    #[must_use]
    pub fn danger_sha1(&self) -> String {
        hex(&danger_sha1(&self.der))
    }

    /// What its files and entries are called: `handfast-` and its fingerprint.
    #[must_use]
    pub fn entry(&self) -> String {
        format!("{PREFIX}{}", self.fingerprint())
    }

    /// Where it was read, as an absolute path.
    #[must_use]
    pub fn source(&self) -> Option<&Path> {
        self.source.as_deref()
    }

    /// Where it was read, if a copy of that file is what is to be written.
    pub(crate) fn pem_source(&self) -> Option<&Path> {
        self.source().filter(|_| self.source_is_pem)
    }
}

fn signs_itself(certificate: &Certificate<'_>) -> bool {
    let (Some(algorithm), Ok(key)) = (
        certificate.known_signature_algorithm(),
        certificate.public_key(),
    ) else {
        return false;
    };
    let (tbs, signature) = (certificate.tbs(), certificate.signature());
    // Nothing is believed by it: who may vouch is what the person says.
    key.verify_danger_small_rsa(algorithm, tbs, signature)
        .is_ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// How the names of entries begin.
pub(crate) const PREFIX: &str = "handfast-";

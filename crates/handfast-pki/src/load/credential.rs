//! A key with its certificates.

use crate::certificate::{Certificate, SubjectPublicKeyInfo};
use crate::cursor::Cursor;
use crate::load::fault::{LoadFault, LoadProblem};
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;
use std::fmt;

/// A private key and the certificates that go with it: what one end shows of itself.
pub struct Credential {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKey,
}

impl Credential {
    /// Joins a key and its chain: the key's own certificate first, then its issuer, and so on.
    ///
    /// # Errors
    /// [`LoadFault`]: a chain that is empty, cannot be read, or does not begin with the key's
    /// certificate.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKey) -> Result<Self, LoadFault> {
        let mut own = None;
        let mut first_subject = None;
        for (index, der) in chain.iter().enumerate() {
            let certificate = Certificate::parse(der).map_err(|fault| LoadFault {
                line: None,
                certificate: Some(index + 1),
                problem: LoadProblem::Certificate(fault),
            })?;
            if own.is_none() && belongs(&certificate, &key) {
                own = Some(index);
            }
            first_subject.get_or_insert_with(|| certificate.subject().to_string());
        }
        let problem = match (own, first_subject) {
            (Some(0), _) => return Ok(Self { chain, key }),
            (Some(index), _) => LoadProblem::WrongOrder { place: index + 1 },
            (None, Some(subject)) => LoadProblem::KeyMismatch { subject },
            (None, None) => LoadProblem::EmptyChain,
        };
        Err(LoadFault::new(problem))
    }

    /// The certificates, the key's own first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Both parts.
    #[must_use]
    pub fn into_parts(self) -> (Vec<CertificateDer<'static>>, PrivateKey) {
        (self.chain, self.key)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Credential({} certificates and their key)",
            self.chain.len()
        )
    }
}

/// Whether the certificate speaks of this key. The key's bits decide: its algorithm may be written
/// in two ways (RSA for any padding, or for PSS alone).
fn belongs(certificate: &Certificate<'_>, key: &PrivateKey) -> bool {
    SubjectPublicKeyInfo::read(&mut Cursor::new(key.public_spki(), 0))
        .is_ok_and(|own| own.key == certificate.subject_public_key())
}

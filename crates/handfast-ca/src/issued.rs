//! A certificate with its chain and its key.

use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use x509_cert::der::pem::{LineEnding, encode_string};

use crate::error::CaError;

/// A certificate, those above it, and its key.
#[derive(Debug)]
pub struct Issued {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKey,
}

impl Issued {
    /// Leaf first, up to but without the root; a self-signed certificate alone.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The chain as PEM, leaf first.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(certificate_pem).collect()
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The key as PKCS#8.
    ///
    /// # Errors
    /// [`CaError::Key`] if the crypto library cannot write it.
    pub fn key_der(&self) -> Result<PrivateKeyDer<'static>, CaError> {
        let der = self.key.to_pkcs8_der().map_err(|_| CaError::Key)?;
        Ok(PrivatePkcs8KeyDer::from(der.to_vec()).into())
    }

    /// The key as PKCS#8 in PEM.
    ///
    /// # Errors
    /// [`CaError::Key`] if the crypto library cannot write it.
    pub fn key_pem(&self) -> Result<String, CaError> {
        Ok(pem("PRIVATE KEY", self.key_der()?.secret_der()))
    }

    /// A chain, leaf first, and the leaf's key, as they were made elsewhere.
    #[must_use]
    pub fn from_parts(chain: Vec<CertificateDer<'static>>, key: PrivateKey) -> Self {
        Self { chain, key }
    }

    /// Gives the chain and the key away.
    #[must_use]
    pub fn into_parts(self) -> (Vec<CertificateDer<'static>>, PrivateKey) {
        (self.chain, self.key)
    }
}

/// A certificate as PEM.
#[must_use]
pub fn certificate_pem(der: &CertificateDer<'_>) -> String {
    pem("CERTIFICATE", der)
}

fn pem(label: &str, der: &[u8]) -> String {
    // It fails only for a label that is not ASCII or for a length past usize.
    encode_string(label, LineEnding::LF, der).expect("the label is ASCII")
}

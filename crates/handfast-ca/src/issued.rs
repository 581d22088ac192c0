//! A certificate with its chain and its key.

use handfast_crypto::signature::PrivateKey;
use handfast_pki::load::to_pem;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::error::CaError;
use crate::key;

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
        Ok(key::write(&self.key, None)?.to_string())
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
    to_pem("CERTIFICATE", der).to_string()
}

//! One of the folder's authorities: its certificate, and its key once it is asked for.

use crate::error::StoreError;
use crate::files;
use crate::row::Level;
use handfast_ca::authority::Authority;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use handfast_pki::load;
use handfast_pki::load::fault::LoadProblem;
use rustls_pki_types::CertificateDer;
use std::path::{Path, PathBuf};

/// One of the folder's authorities.
#[derive(Debug)]
pub(crate) struct Tier {
    /// Its row in the database.
    pub(crate) id: i64,
    pub(crate) certificate: CertificateDer<'static>,
    /// Those in its file after its own: between it and the root.
    pub(crate) above: Vec<CertificateDer<'static>>,
    pub(crate) certificate_file: PathBuf,
    key_file: PathBuf,
    /// Its last second.
    pub(crate) not_after: u64,
    authority: Option<Authority>,
}

impl Tier {
    /// Reads the certificate; the key stays where it is until something is to be signed.
    pub(crate) fn read(folder: &Path, level: Level) -> Result<Self, StoreError> {
        let certificate_file = folder.join(certificate_file(level));
        let unreadable = |why: &dyn std::fmt::Display| StoreError::Unreadable {
            path: certificate_file.clone(),
            why: why.to_string(),
        };
        let bytes = files::read(&certificate_file)?;
        let found = load::certificates(&bytes).map_err(|fault| unreadable(&fault))?;
        let (certificate, above) = found
            .split_first()
            .ok_or_else(|| unreadable(&"it holds no certificate"))?;
        let (certificate, above) = (certificate.clone(), above.to_vec());
        let view = Certificate::parse(&certificate).map_err(|fault| unreadable(&fault))?;
        let validity = view.validity();
        Ok(Self {
            id: 0,
            not_after: u64::try_from(validity.not_after.0).unwrap_or(0),
            key_file: folder.join(key_file(level)),
            certificate,
            above,
            certificate_file,
            authority: None,
        })
    }

    /// As the database knows it.
    pub(crate) fn fingerprint(&self) -> Vec<u8> {
        sha256(&self.certificate)
    }

    /// The authority with its key, which is read at the first call. `root` stands above all, if
    /// this is not the root.
    pub(crate) fn signer(
        &mut self,
        root: Option<&CertificateDer<'static>>,
        pass: Option<&[u8]>,
    ) -> Result<&Authority, StoreError> {
        if self.authority.is_none() {
            self.authority = Some(self.load(root, pass)?);
        }
        self.authority.as_ref().ok_or(StoreError::KeyMissing {
            path: self.key_file.clone(),
        })
    }

    fn load(
        &self,
        root: Option<&CertificateDer<'static>>,
        pass: Option<&[u8]>,
    ) -> Result<Authority, StoreError> {
        let path = self.key_file.clone();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => zeroize::Zeroizing::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::KeyMissing { path });
            }
            Err(error) => return Err(files::fault("read", &path, error)),
        };
        let key = load::private_key(&bytes, pass).map_err(|fault| match fault.problem {
            LoadProblem::PasswordNeeded => StoreError::PassNeeded { path: path.clone() },
            LoadProblem::WrongPassword => StoreError::WrongPass { path: path.clone() },
            _ => StoreError::Unreadable {
                path: path.clone(),
                why: fault.to_string(),
            },
        })?;
        let own = Certificate::parse(&self.certificate);
        if own.is_ok_and(|own| own.spki() != key.public_spki()) {
            return Err(StoreError::KeyMismatch {
                path,
                certificate: self.certificate_file.clone(),
            });
        }
        let own = [&self.certificate].into_iter();
        let chain = own.chain(&self.above).chain(root).cloned();
        Ok(Authority::restore(chain.collect(), key)?)
    }
}

/// The name of a level's certificate file.
pub(crate) fn certificate_file(level: Level) -> &'static str {
    match level {
        Level::Root => "root.pem",
        Level::Issuing => "issuing.pem",
    }
}

/// The name of a level's key file.
pub(crate) fn key_file(level: Level) -> &'static str {
    match level {
        Level::Root => "root.key",
        Level::Issuing => "issuing.key",
    }
}

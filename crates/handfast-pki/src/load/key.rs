//! Private keys, plain and encrypted.

use crate::load::fault::LoadProblem;
use handfast_crypto::container::{ContainerFault, Pkcs12, decrypt_pkcs8, open_pkcs12};
use handfast_crypto::signature::{KeyFault, PrivateKey};

/// A key in PKCS#8, PKCS#1 or SEC1.
pub(crate) fn key_from_der(der: &[u8], password: Option<&[u8]>) -> Result<PrivateKey, LoadProblem> {
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

/// A PKCS#12 container. Without a password the empty one is tried.
pub(crate) fn open_container(bytes: &[u8], password: Option<&[u8]>) -> Result<Pkcs12, LoadProblem> {
    open_pkcs12(bytes, password.unwrap_or_default()).map_err(|fault| match fault {
        ContainerFault::WrongPassword if password.is_none() => LoadProblem::PasswordNeeded,
        ContainerFault::WrongPassword => LoadProblem::WrongPassword,
        ContainerFault::Unsupported => LoadProblem::ContainerEncryption,
        ContainerFault::MissingMac => LoadProblem::MissingMac,
        _ => LoadProblem::Container,
    })
}

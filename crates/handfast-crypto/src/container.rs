//! Encrypted keys: PKCS#8's EncryptedPrivateKeyInfo (RFC 5958 s3) and PKCS#12 (RFC 7292).
//!
//! The library opens both; what it cannot open (a cipher or derivation it lacks) is told apart
//! from a wrong password and from a damaged file as far as the formats allow.

mod seal;

use crate::ffi::container::{self, Refusal};
use crate::signature::{KeyFault, PrivateKey};

pub use crate::container::seal::{encrypt_pkcs8, seal_pkcs12};

/// Opens an encrypted PKCS#8 key in DER. The password is taken as UTF-8 bytes.
///
/// The format carries no checksum: a wrong password shows as padding or contents that make no
/// sense, so damage to the encrypted part is reported as [`ContainerFault::WrongPassword`] too.
/// An id-RSASSA-PSS key loses its restriction to one hash, if it has one.
///
/// # Errors
/// [`ContainerFault`].
pub fn decrypt_pkcs8(der: &[u8], password: &[u8]) -> Result<PrivateKey, ContainerFault> {
    let key = container::decrypt_pkcs8(der, password)?;
    Ok(PrivateKey::from_library(key, None)?)
}

/// What a PKCS#12 file holds.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pkcs12 {
    /// The private key, if there is one.
    pub key: Option<PrivateKey>,
    /// The certificates in DER: the key's own first, then the others as they stand in the file.
    pub certificates: Vec<Vec<u8>>,
}

/// Opens a PKCS#12 file. Its checksum is verified first, so a wrong password is told from damage
/// to the file's structure, though not from damage to its contents.
///
/// # Errors
/// [`ContainerFault`]; a file with two private keys, or sealed by a public key, is
/// [`ContainerFault::Unsupported`].
pub fn open_pkcs12(der: &[u8], password: &[u8]) -> Result<Pkcs12, ContainerFault> {
    let (key, mut certificates) = container::open_pkcs12(der, password)?;
    let key = key
        .map(|key| PrivateKey::from_library(key, None))
        .transpose()?;
    if let Some(key) = &key {
        // A certificate for the key holds its SubjectPublicKeyInfo byte for byte.
        let spki = key.public_spki();
        let holds =
            |certificate: &Vec<u8>| certificate.windows(spki.len()).any(|part| part == spki);
        if let Some(leaf) = certificates.iter().position(holds) {
            certificates[..=leaf].rotate_right(1);
        }
    }
    Ok(Pkcs12 { key, certificates })
}

/// Why a container does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContainerFault {
    /// The password is wrong, or the encrypted contents are damaged.
    WrongPassword,
    /// The file is not what it should be.
    Malformed,
    /// A cipher, derivation or kind of key that is not supported.
    Unsupported,
    /// A PKCS#12 file without a MAC: nothing says whether it is whole, or the password right.
    MissingMac,
}

impl core::fmt::Display for ContainerFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::WrongPassword => "the password is wrong (or the encrypted contents are damaged)",
            Self::Malformed => "the file is damaged or of another format",
            Self::Unsupported => "the file uses a cipher, derivation or key that is not supported",
            Self::MissingMac => "the container has no MAC",
        })
    }
}

impl core::error::Error for ContainerFault {}

impl From<Refusal> for ContainerFault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::WrongPassword => Self::WrongPassword,
            Refusal::Malformed => Self::Malformed,
            Refusal::Unsupported => Self::Unsupported,
            Refusal::MissingMac => Self::MissingMac,
        }
    }
}

impl From<KeyFault> for ContainerFault {
    fn from(_: KeyFault) -> Self {
        Self::Unsupported
    }
}

#[cfg(test)]
mod tests;

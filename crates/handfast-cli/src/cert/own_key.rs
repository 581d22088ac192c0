//! A private key in a file of one's own.

use crate::cert::pile::unreadable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use handfast::PrivateKey;
use handfast_pki::load::fault::LoadProblem;
use handfast_pki::load::private_key;
use std::path::Path;
use zeroize::Zeroizing;

/// Reads it, an encrypted one with its password.
pub(crate) fn read(path: &Path, password: Option<&[u8]>) -> Result<PrivateKey, Failure> {
    let bytes = Zeroizing::new(load::read(Exit::Usage, path)?);
    private_key(&bytes, password)
        .map_err(|fault| unreadable(&path.display().to_string(), &fault, password))
}

/// The same, with the password in the first line of a file.
pub(crate) fn opened(path: &Path, pass_file: Option<&Path>) -> Result<PrivateKey, Failure> {
    let password = load::password(pass_file)?;
    read(path, password.as_deref().map(Vec::as_slice))
}

/// Whether the key in a file is encrypted.
pub(crate) fn is_encrypted(path: &Path) -> bool {
    let bytes = load::bytes(path).map(Zeroizing::new);
    bytes.is_ok_and(|bytes| {
        let read = private_key(&bytes, None);
        read.is_err_and(|fault| matches!(fault.problem, LoadProblem::PasswordNeeded))
    })
}

/// The kind of a key in words: `P-256`.
pub(crate) fn words(key: &PrivateKey) -> String {
    use handfast_ca::profile::KeyKind;
    match key.kind() {
        KeyKind::EcP256 => "P-256".to_owned(),
        KeyKind::EcP384 => "P-384".to_owned(),
        KeyKind::EcP521 => "P-521".to_owned(),
        KeyKind::Rsa { bits } => format!("RSA {bits}"),
        KeyKind::RsaPss { bits } => format!("RSA-PSS {bits}"),
        other => format!("{other:?}"),
    }
}

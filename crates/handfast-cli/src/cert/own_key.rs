//! A private key in a file of one's own.

use crate::cert::pile::unreadable;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use handfast::PrivateKey;
use handfast_pki::load::private_key;
use std::fs;
use std::path::Path;

/// Reads it; an encrypted one with the password in the first line of a file.
pub(crate) fn read(path: &Path, pass_file: Option<&Path>) -> Result<PrivateKey, Failure> {
    let bytes = zeroize::Zeroizing::new(
        fs::read(path).map_err(|error| Failure::file(Exit::Usage, "read", path, &error))?,
    );
    let password = load::password(pass_file)?;
    let password = password.as_deref().map(Vec::as_slice);
    private_key(&bytes, password)
        .map_err(|fault| unreadable(&path.display().to_string(), &fault, password))
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

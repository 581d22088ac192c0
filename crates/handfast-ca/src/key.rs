//! Private keys: made, read from files' bytes, and written, with or without a pass phrase.

use handfast_crypto::random::SystemRandom;
use handfast_crypto::signature::PrivateKey;
use handfast_pki::load::{private_key, to_encrypted_pkcs8, to_pem};
use zeroize::Zeroizing;

use crate::error::CaError;
use crate::profile::KeyKind;

/// A new key.
///
/// # Errors
/// [`CaError::Key`] for RSA lengths that are not made: other than multiples of 128 from 2048 to
/// 8192 bits.
pub fn generate(kind: KeyKind) -> Result<PrivateKey, CaError> {
    PrivateKey::generate(kind).map_err(|_| CaError::Key)
}

/// A key in PEM or DER: PKCS#8, PKCS#1 or SEC1; PKCS#8 may be encrypted.
///
/// ```
/// use handfast_ca::{key, profile::KeyKind};
///
/// let made = key::generate(KeyKind::EcP256)?;
/// let text = key::write(&made, Some(b"a pass phrase"))?;
/// assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
/// let read = key::read(text.as_bytes(), Some(b"a pass phrase"))?;
/// assert_eq!(read.public_spki(), made.public_spki());
/// assert!(key::read(text.as_bytes(), Some(b"another")).is_err());
/// # Ok::<(), handfast_ca::error::CaError>(())
/// ```
///
/// # Errors
/// [`CaError::KeyFile`] says what is wrong: no key, several, a pass phrase missing or wrong.
pub fn read(bytes: &[u8], pass: Option<&[u8]>) -> Result<PrivateKey, CaError> {
    private_key(bytes, pass).map_err(CaError::KeyFile)
}

/// The key as PKCS#8 in PEM, encrypted if there is a pass phrase: PBES2 with AES-256 and 600,000
/// rounds of PBKDF2 with HMAC-SHA-256. Wiped on drop.
///
/// # Errors
/// [`CaError::Key`] if the crypto library cannot write it.
pub fn write(key: &PrivateKey, pass: Option<&[u8]>) -> Result<Zeroizing<String>, CaError> {
    match pass {
        Some(pass) => {
            let der = to_encrypted_pkcs8(key, pass, &mut SystemRandom).map_err(|_| CaError::Key)?;
            Ok(to_pem("ENCRYPTED PRIVATE KEY", &der))
        }
        None => {
            let der = key.to_pkcs8_der().map_err(|_| CaError::Key)?;
            Ok(to_pem("PRIVATE KEY", &der))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_kind_are_read_as_they_were_written() {
        for kind in [
            KeyKind::EcP256,
            KeyKind::EcP384,
            KeyKind::EcP521,
            KeyKind::Rsa { bits: 2048 },
            KeyKind::RsaPss { bits: 2048 },
            KeyKind::Ed25519,
            KeyKind::MlDsa44,
            KeyKind::MlDsa65,
            KeyKind::MlDsa87,
        ] {
            let made = generate(kind).unwrap();
            for pass in [None, Some(&b"secret"[..])] {
                let text = write(&made, pass).unwrap();
                let read = read(text.as_bytes(), pass).unwrap();
                assert_eq!(read.public_spki(), made.public_spki(), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_missing_and_a_wrong_pass_phrase_are_said() {
        let text = write(&generate(KeyKind::EcP256).unwrap(), Some(b"one")).unwrap();
        let why = |pass: Option<&[u8]>| read(text.as_bytes(), pass).unwrap_err().to_string();
        assert!(why(None).contains("password"), "{}", why(None));
        assert!(why(Some(b"two")).contains("does not open the key"));
        assert!(generate(KeyKind::Rsa { bits: 1024 }).is_err());
    }
}

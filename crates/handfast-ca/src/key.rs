//! Private keys: made, read from files' bytes, and written, with or without a pass phrase.

use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;
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

/// A P-256 key that follows from another key and a context: the same each time, and nothing about
/// it is known to who has not the other key. An authority that serves under a certificate of its
/// own need not keep that certificate's key anywhere, as whoever holds the authority's key could
/// make such certificates anyway.
///
/// ```
/// use handfast_ca::{key, profile::KeyKind};
///
/// let from = key::generate(KeyKind::Ed25519)?;
/// let one = key::derived(&from, b"a")?;
/// assert_eq!(one.public_spki(), key::derived(&from, b"a")?.public_spki());
/// assert_ne!(one.public_spki(), key::derived(&from, b"b")?.public_spki());
/// # Ok::<(), handfast_ca::error::CaError>(())
/// ```
///
/// # Errors
/// [`CaError::Key`] if the crypto library cannot write the one key or read the other.
pub fn derived(from: &PrivateKey, context: &[u8]) -> Result<PrivateKey, CaError> {
    let secret = from.to_pkcs8_der().map_err(|_| CaError::Key)?;
    let expand = HmacKey::extract(HashAlgorithm::Sha256, b"handfast derived key", &secret);
    // RFC 5915 section 3: the curve stands behind the scalar.
    let mut sec1 = Zeroizing::new([0; SEC1_HEAD.len() + 32 + SEC1_CURVE.len()]);
    for attempt in 0..=u8::MAX {
        let (head, rest) = sec1.split_at_mut(SEC1_HEAD.len());
        let (scalar, curve) = rest.split_at_mut(32);
        head.copy_from_slice(SEC1_HEAD);
        curve.copy_from_slice(SEC1_CURVE);
        let info: [&[u8]; 3] = [b"P-256", context, &[attempt]];
        expand.expand(&info, scalar).map_err(|_| CaError::Key)?;
        // One of 2^32 is no scalar below the group's order.
        if let Ok(key) = PrivateKey::from_der(sec1.as_slice()) {
            return Ok(key);
        }
    }
    Err(CaError::Key)
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

/// ECPrivateKey up to its 32 octets, and the curve's name, prime256v1.
const SEC1_HEAD: &[u8] = &[0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
const SEC1_CURVE: &[u8] = &[
    0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_key_signs_as_any_other() {
        use handfast_crypto::signature::{PublicKey, SignatureAlgorithm};
        let from = generate(KeyKind::EcP256).unwrap();
        let key = derived(&from, b"context").unwrap();
        assert_eq!(key.kind(), KeyKind::EcP256);
        assert_ne!(key.public_spki(), from.public_spki());
        let text = write(&key, None).unwrap();
        let again = read(text.as_bytes(), None).unwrap();
        assert_eq!(again.public_spki(), key.public_spki());
        let algorithm = SignatureAlgorithm::EcdsaSha256;
        let signature = key.sign(algorithm, b"words").unwrap();
        let public = PublicKey::from_spki(key.public_spki()).unwrap();
        assert!(public.verify(algorithm, b"words", &signature).is_ok());
    }

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

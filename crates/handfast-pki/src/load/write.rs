//! PEM (RFC 7468) and encrypted keys written.

use crate::load::fault::{LoadFault, LoadProblem};
use base64ct::{Base64, Encoding};
use handfast_crypto::container::{encrypt_pkcs8, seal_pkcs12};
use handfast_crypto::random::Random;
use handfast_crypto::signature::PrivateKey;
use zeroize::Zeroizing;

/// DER as one PEM block, in lines of 64 characters; wiped on drop, as it may be a key.
///
/// ```
/// let text = handfast_pki::load::to_pem("PUBLIC KEY", &[0; 51]);
/// assert!(text.starts_with("-----BEGIN PUBLIC KEY-----\nAAAA"));
/// assert_eq!(text.lines().map(str::len).max(), Some(64));
/// ```
#[must_use]
pub fn to_pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    // 48 bytes make a line of 64 characters. All room at once: nothing is left behind elsewhere.
    let room = der.len().div_ceil(48).saturating_mul(65) + 2 * label.len() + 40;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for line in der.chunks(48) {
        let mut buffer = Zeroizing::new([0; 64]);
        // The buffer holds what 48 bytes make.
        text.push_str(Base64::encode(line, &mut *buffer).unwrap_or_default());
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// The key as encrypted PKCS#8 in DER (RFC 5958 s3): PBES2 with AES-256 and 600,000 rounds of
/// PBKDF2 with HMAC-SHA-256.
///
/// # Errors
/// [`LoadProblem::NotWritten`]: a key that the crypto library does not write, or no randomness.
pub fn to_encrypted_pkcs8(
    key: &PrivateKey,
    password: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, LoadFault> {
    encrypt_pkcs8(key, password, random).map_err(|_| LoadFault::new(LoadProblem::NotWritten))
}

/// A PKCS#12 container in DER (RFC 7292): the certificates, the key's own first, and the key, both
/// encrypted with AES-256, under a SHA-256 MAC. `name` is the friendly name that programs show.
///
/// # Errors
/// [`LoadProblem::NotWritten`]: a key that the crypto library does not write, no randomness, or a
/// password that is not UTF-8.
pub fn to_pkcs12(
    key: Option<&PrivateKey>,
    certificates: &[&[u8]],
    name: Option<&str>,
    password: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, LoadFault> {
    seal_pkcs12(key, certificates, name, password, random)
        .map_err(|_| LoadFault::new(LoadProblem::NotWritten))
}

//! Digests by which people and programs name certificates and keys.

use handfast_crypto::hash::{HashAlgorithm, digest};

/// SHA-256 of a certificate's DER names the certificate; of its SubjectPublicKeyInfo, the key, as
/// pins do (RFC 7469 s2.4).
///
/// ```
/// let empty = handfast_pki::fingerprint::sha256(b"");
/// assert_eq!(empty[..4], [0xe3, 0xb0, 0xc4, 0x42]);
/// ```
#[must_use]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(HashAlgorithm::Sha256, &[bytes]).as_bytes().to_vec()
}

/// SHA-1, as old lists name certificates. Whoever can choose both may make two things of one
/// name: not for deciding anything.
#[must_use]
pub fn danger_sha1(bytes: &[u8]) -> Vec<u8> {
    digest(HashAlgorithm::Sha1, &[bytes]).as_bytes().to_vec()
}

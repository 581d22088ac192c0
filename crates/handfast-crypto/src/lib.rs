//! The one crate of Handfast that names a crypto library.
//!
//! Everything cryptographic that Handfast does goes through here, and everything here comes from
//! AWS-LC: through its safe Rust crate where that has what TLS needs, through its C functions in
//! [`ffi`](self)'s one fenced folder where it has not. No curve, cipher or hash is implemented in
//! this project.
//!
//! The enums of this crate are its own: TLS code points are mapped to them by the engine, object
//! identifiers by the certificate crate. Randomness is an argument ([`random::Random`]) wherever
//! the library lets one inject it.
//!
//! | module | for |
//! |---|---|
//! | [`random`] | where randomness comes from |
//! | [`secret`] | fixed-size secrets that are wiped and never print |
//! | [`hash`] | SHA-1 (identifiers), SHA-256, SHA-384, SHA-512, forkable; MD5 with the feature `legacy` |
//! | [`hkdf`] | HMAC and HKDF, with saved key states |
//! | [`aead`] | record protection: AES-GCM, ChaCha20-Poly1305, AES-CCM |
//! | [`record_key`] | the same for one direction of a connection, at rest while nothing is said |
//! | [`signature`] | RSA, ECDSA, Ed25519 and ML-DSA; keys in and out |
//! | [`container`] | encrypted PKCS#8, PKCS#12: opened and written |
//! | `legacy` | what TLS 1.2 and older need: CBC with HMAC, hashes, PRFs and signatures by MD5 and SHA-1 (feature `legacy`) |
//! | [`agreement`] | key shares: X25519, NIST curves, ML-KEM, hybrids, finite fields |

pub mod aead;
pub mod agreement;
pub mod container;
#[expect(
    unsafe_code,
    reason = "the one fenced folder: every call of the C library stands there, with its SAFETY note"
)]
mod ffi;
pub mod hash;
pub mod hkdf;
pub mod hpke;
#[cfg(feature = "legacy")]
pub mod legacy;
pub mod random;
pub mod record_key;
pub mod secret;
pub mod signature;

#[cfg(test)]
mod tests {
    /// Bytes of a hexadecimal string, spaces ignored.
    pub(crate) fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }
}

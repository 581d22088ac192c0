//! Private keys: loading, making and signing.

use crate::ffi::sign::{Encoding, Pkey};
use crate::hash::digest;
use crate::signature::algorithm::{KeyKind, Method, SignatureAlgorithm};
use crate::signature::identifier::{element, spki_parts, value};
use core::fmt;
use der::{Reader, SliceReader, Tag};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A private key. Cloning shares it; it is wiped when the last clone goes, and never prints.
#[derive(Clone)]
pub struct PrivateKey {
    inner: Arc<Inner>,
}

struct Inner {
    key: Pkey,
    kind: KeyKind,
    spki: Vec<u8>,
    /// The AlgorithmIdentifier of an id-RSASSA-PSS key, which the library does not write.
    pss_identifier: Option<Vec<u8>>,
}

impl PrivateKey {
    /// Makes a new key with the library's own randomness. RSA takes a while: some 50 ms to
    /// seconds.
    ///
    /// # Errors
    /// [`KeyFault::Unsupported`] for RSA lengths other than multiples of 128 from 2048 to 8192
    /// bits.
    pub fn generate(kind: KeyKind) -> Result<Self, KeyFault> {
        if let KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } = kind {
            let usual = (2048..=8192).contains(&bits) && bits % 128 == 0;
            if !usual {
                return Err(KeyFault::Unsupported);
            }
        }
        let key = Pkey::generate(kind).map_err(|()| KeyFault::Unsupported)?;
        let pss_identifier =
            matches!(kind, KeyKind::RsaPss { .. }).then(|| element(SEQUENCE, &[RSASSA_PSS]));
        Self::from_library(key, pss_identifier)
    }

    /// Reads a key in DER: PKCS#8 (RFC 5208, RFC 5958), PKCS#1's RSAPrivateKey (RFC 8017) or
    /// SEC 1's ECPrivateKey (RFC 5915), whichever it is. The key's own consistency is checked.
    ///
    /// # Errors
    /// [`KeyFault`]; an encrypted PKCS#8 file is [`KeyFault::Encrypted`].
    pub fn from_der(der: &[u8]) -> Result<Self, KeyFault> {
        let (encoding, pss_identifier) = sniff(der).ok_or(KeyFault::Malformed)?;
        let encoding = encoding.ok_or(KeyFault::Encrypted)?;
        let key = Pkey::from_der(encoding, der).map_err(|()| KeyFault::Malformed)?;
        Self::from_library(key, pss_identifier)
    }

    pub(crate) fn from_library(
        key: Pkey,
        pss_identifier: Option<Vec<u8>>,
    ) -> Result<Self, KeyFault> {
        let kind = key.kind().ok_or(KeyFault::Unsupported)?;
        let pss_identifier = match kind {
            KeyKind::RsaPss { .. } => {
                Some(pss_identifier.unwrap_or_else(|| element(SEQUENCE, &[RSASSA_PSS])))
            }
            _ => None,
        };
        let spki = match &pss_identifier {
            Some(identifier) => key.rsa_public_der().map(|public| {
                let bits = element(BIT_STRING, &[&[0], &public]);
                element(SEQUENCE, &[identifier, &bits])
            }),
            None => key.spki(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                spki: spki.map_err(|()| KeyFault::Unsupported)?,
                key,
                kind,
                pss_identifier,
            }),
        })
    }

    /// The kind of key.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.inner.kind
    }

    #[cfg(feature = "legacy")]
    pub(crate) fn library_key(&self) -> &Pkey {
        &self.inner.key
    }

    /// The public key as a complete SubjectPublicKeyInfo in DER, the very bytes that a
    /// certificate for this key holds.
    #[must_use]
    pub fn public_spki(&self) -> &[u8] {
        &self.inner.spki
    }

    /// The public key's own bytes: what the BIT STRING in [`PrivateKey::public_spki`] holds.
    #[must_use]
    pub fn subject_public_key(&self) -> &[u8] {
        spki_parts(&self.inner.spki).map_or(&[], |(_, key)| key)
    }

    /// Signs `message`. ECDSA's nonce and PSS's salt come from the library's own randomness.
    ///
    /// # Errors
    /// [`SignFailed::WrongAlgorithm`] if the algorithm does not suit the key, or uses SHA-1,
    /// which only `legacy::sign` signs with; [`SignFailed::Own`] if the library fails.
    pub fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, SignFailed> {
        if algorithm.is_obsolete() {
            return Err(SignFailed::WrongAlgorithm);
        }
        self.sign_any(algorithm, message)
    }

    /// Signs by any algorithm that suits the key.
    pub(crate) fn sign_any(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, SignFailed> {
        if !self.inner.kind.suits(algorithm) {
            return Err(SignFailed::WrongAlgorithm);
        }
        let key = &self.inner.key;
        match algorithm.method() {
            #[cfg(feature = "legacy")]
            Method::RsaPkcs1Both => key.sign_pkcs1_both(message),
            Method::RsaPkcs1(hash) => key.sign_pkcs1(hash, digest(hash, &[message]).as_bytes()),
            Method::RsaPss(hash) => key.sign_pss(hash, digest(hash, &[message]).as_bytes()),
            Method::Ecdsa(hash) => key.sign_ecdsa(digest(hash, &[message]).as_bytes()),
            Method::Whole(_) => key.sign_whole(message),
        }
        .map_err(|()| SignFailed::Own)
    }

    /// The key as PKCS#8 in DER, in a buffer that is wiped when dropped.
    ///
    /// # Errors
    /// [`KeyFault::Unsupported`] if the library cannot write it.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let der = match &self.inner.pss_identifier {
            Some(identifier) => self.inner.key.rsa_private_der().map(|private| {
                let octets = Zeroizing::new(element(OCTET_STRING, &[&private]));
                Zeroizing::new(element(SEQUENCE, &[VERSION_0, identifier, &octets]))
            }),
            None => self.inner.key.pkcs8(),
        };
        der.map_err(|()| KeyFault::Unsupported)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({:?})", self.inner.kind)
    }
}

/// Why there is no private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// Not PKCS#8, PKCS#1 or SEC 1, or a key that contradicts itself.
    Malformed,
    /// A key of a kind, length or curve that is not supported.
    Unsupported,
    /// An encrypted PKCS#8 file: see
    /// [`container::decrypt_pkcs8`](crate::container::decrypt_pkcs8).
    Encrypted,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a private key in PKCS#8, PKCS#1 or SEC 1, or a damaged one",
            Self::Unsupported => "a private key of a kind, length or curve that is not supported",
            Self::Encrypted => "the private key is encrypted: its password is needed",
        })
    }
}

impl core::error::Error for KeyFault {}

/// Why there is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignFailed {
    /// The algorithm does not suit the key, or is one that is only verified.
    WrongAlgorithm,
    /// The library failed.
    Own,
}

impl fmt::Display for SignFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongAlgorithm => "this key does not make signatures of this algorithm",
            Self::Own => "the crypto library could not sign",
        })
    }
}

impl core::error::Error for SignFailed {}

/// What the file is, by its first elements: no encoding means encrypted. For an id-RSASSA-PSS key
/// its AlgorithmIdentifier comes along.
fn sniff(der: &[u8]) -> Option<(Option<Encoding>, Option<Vec<u8>>)> {
    let mut outer = SliceReader::new(der).ok()?;
    let contents = value(&mut outer, Tag::Sequence).filter(|_| outer.is_finished())?;
    let mut reader = SliceReader::new(contents).ok()?;
    if value(&mut reader, Tag::Integer).is_none() {
        let mut reader = SliceReader::new(contents).ok()?;
        value(&mut reader, Tag::Sequence)?;
        value(&mut reader, Tag::OctetString)?;
        return Some((None, None));
    }
    match Tag::peek(&reader).ok()? {
        Tag::Sequence => {
            let identifier = value(&mut reader, Tag::Sequence)?;
            let pss = identifier.starts_with(RSASSA_PSS);
            let identifier = pss.then(|| element(SEQUENCE, &[identifier]));
            Some((Some(Encoding::Pkcs8), identifier))
        }
        Tag::Integer => Some((Some(Encoding::Pkcs1), None)),
        Tag::OctetString => Some((Some(Encoding::Sec1), None)),
        _ => None,
    }
}

/// id-RSASSA-PSS, 1.2.840.113549.1.1.10, as an element.
const RSASSA_PSS: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,
];
/// INTEGER 0: PKCS#8's version.
const VERSION_0: &[u8] = &[0x02, 0x01, 0x00];
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;

//! Certificates.

use crate::made::der::{
    ECDSA_SHA256, bits, element, extension, extension_of, name, sequence, time,
};
use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};

/// What a certificate says, each part in DER.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The version's element, or nothing for version 1.
    pub version: Vec<u8>,
    /// The serial number's bytes.
    pub serial: Vec<u8>,
    /// The subject.
    pub subject: Vec<u8>,
    /// The issuer.
    pub issuer: Vec<u8>,
    /// First valid second, in Unix time.
    pub not_before: i64,
    /// Last valid second, in Unix time.
    pub not_after: i64,
    /// The SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// The AlgorithmIdentifier that it shows, inside and outside.
    pub algorithm: Vec<u8>,
    /// How it is signed.
    pub signs: SignatureAlgorithm,
    /// Extensions, whole.
    pub extensions: Vec<Vec<u8>>,
}

impl Draft {
    /// One for the key with these common names, valid from 1999 to 2049, of serial number 1 and
    /// without extensions.
    #[must_use]
    pub fn new(subject: &str, issuer: &str, spki: &[u8]) -> Self {
        Self {
            version: vec![0xa0, 3, 2, 1, 2],
            serial: vec![1],
            subject: name(subject),
            issuer: name(issuer),
            not_before: 946_000_000,
            not_after: 2_500_000_000,
            spki: spki.to_vec(),
            algorithm: ECDSA_SHA256.to_vec(),
            signs: SignatureAlgorithm::EcdsaSha256,
            extensions: vec![],
        }
    }

    /// With one more extension.
    #[must_use]
    pub fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    /// With another serial number.
    #[must_use]
    pub fn numbered(mut self, serial: &[u8]) -> Self {
        self.serial = serial.to_vec();
        self
    }

    /// The part that is signed.
    #[must_use]
    pub fn tbs(&self) -> Vec<u8> {
        let extensions = match self.extensions[..] {
            [] => vec![],
            _ => element(0xa3, &[&sequence(&[&self.extensions.concat()])]),
        };
        sequence(&[
            &self.version,
            &element(2, &[&self.serial]),
            &self.algorithm,
            &self.issuer,
            &sequence(&[&time(self.not_before), &time(self.not_after)]),
            &self.subject,
            &self.spki,
            &extensions,
        ])
    }

    /// The certificate, signed.
    ///
    /// # Panics
    /// If the key does not sign in this way.
    #[must_use]
    pub fn signed_by(&self, signer: &PrivateKey) -> Vec<u8> {
        let tbs = self.tbs();
        let signature = signer.sign(self.signs, &tbs).expect("a signature");
        self.with_signature(&tbs, signature.as_ref())
    }

    /// The certificate with anything for a signature.
    #[must_use]
    pub fn with_signature(&self, tbs: &[u8], signature: &[u8]) -> Vec<u8> {
        sequence(&[tbs, &self.algorithm, &bits(signature)])
    }
}

/// A new P-256 key.
///
/// # Panics
/// If none can be made.
#[must_use]
pub fn key() -> PrivateKey {
    PrivateKey::generate(KeyKind::EcP256).expect("a key")
}

/// basicConstraints of an authority.
#[must_use]
pub fn authority(path_length: Option<u8>) -> Vec<u8> {
    let length = path_length.map(|length| vec![2, 1, length]);
    let value = sequence(&[&[1, 1, 0xff], &length.unwrap_or_default()]);
    extension(19, true, &value)
}

/// keyUsage of an authority: keyCertSign and cRLSign.
#[must_use]
pub fn signs_all() -> Vec<u8> {
    extension(15, true, &[3, 2, 1, 0x06])
}

/// subjectKeyIdentifier.
#[must_use]
pub fn key_id(id: &[u8]) -> Vec<u8> {
    extension(14, false, &element(4, &[id]))
}

/// authorityKeyIdentifier of a key alone.
#[must_use]
pub fn issuer_key_id(id: &[u8]) -> Vec<u8> {
    extension(35, false, &sequence(&[&element(0x80, &[id])]))
}

/// subjectAltName around general names in DER.
#[must_use]
pub fn alternative_names(names: &[Vec<u8>]) -> Vec<u8> {
    extension(17, false, &sequence(&[&names.concat()]))
}

/// A dNSName.
#[must_use]
pub fn dns(text: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x82, &[text.as_ref()])
}

/// An rfc822Name.
#[must_use]
pub fn mail(text: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x81, &[text.as_ref()])
}

/// A uniformResourceIdentifier.
#[must_use]
pub fn uri(text: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x86, &[text.as_ref()])
}

/// An iPAddress; in a constraint, address and mask.
#[must_use]
pub fn ip(octets: &[u8]) -> Vec<u8> {
    element(0x87, &[octets])
}

/// A directoryName.
#[must_use]
pub fn directory(name: &[u8]) -> Vec<u8> {
    element(0xa4, &[name])
}

/// nameConstraints with these bases.
#[must_use]
pub fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let list = |tag, bases: &[Vec<u8>]| match bases {
        [] => vec![],
        some => {
            let subtrees: Vec<_> = some.iter().map(|base| sequence(&[base])).collect();
            element(tag, &[&subtrees.concat()])
        }
    };
    let value = sequence(&[&list(0xa0, permitted), &list(0xa1, excluded)]);
    extension(30, true, &value)
}

/// extKeyUsage of one purpose below id-kp: 1 for servers, 2 for clients, 9 for OCSP.
#[must_use]
pub fn purpose(last: u8) -> Vec<u8> {
    let oid = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, last];
    extension(37, false, &sequence(&[&oid]))
}

/// ocsp-nocheck (RFC 6960 s4.2.2.2.1).
#[must_use]
pub fn no_check() -> Vec<u8> {
    extension_of(&[0x2b, 6, 1, 5, 5, 7, 48, 1, 5], false, &[5, 0])
}

//! CRLs (RFC 5280 s5).

use crate::made::certificate;
use crate::made::der::{ECDSA_SHA256, bits, element, extension, name, sequence, time};
use handfast_crypto::signature::{PrivateKey, SignatureAlgorithm};

/// What a CRL says.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The issuer in DER.
    pub issuer: Vec<u8>,
    /// In Unix time.
    pub this_update: i64,
    /// In Unix time.
    pub next_update: i64,
    /// Entries, whole.
    pub entries: Vec<Vec<u8>>,
    /// Extensions, whole, the number first.
    pub extensions: Vec<Vec<u8>>,
}

impl Draft {
    /// An empty one with number 5.
    #[must_use]
    pub fn new(issuer: &str, this_update: i64, next_update: i64) -> Self {
        Self {
            issuer: name(issuer),
            this_update,
            next_update,
            entries: vec![],
            extensions: vec![number(5)],
        }
    }

    /// With one more entry.
    #[must_use]
    pub fn and(mut self, entry: Vec<u8>) -> Self {
        self.entries.push(entry);
        self
    }

    /// With one more extension.
    #[must_use]
    pub fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    /// As a delta with this number on the CRL of that number.
    #[must_use]
    pub fn delta(mut self, own: u8, base: u8) -> Self {
        if let Some(first) = self.extensions.first_mut() {
            *first = number(own);
        }
        self.with(extension(27, true, &[2, 1, base]))
    }

    /// The CRL, signed with ecdsa-with-SHA256.
    ///
    /// # Panics
    /// If the key does not sign.
    #[must_use]
    pub fn signed_by(&self, signer: &PrivateKey) -> Vec<u8> {
        let entries = match self.entries[..] {
            [] => vec![],
            _ => sequence(&[&self.entries.concat()]),
        };
        let extensions = element(0xa0, &[&sequence(&[&self.extensions.concat()])]);
        let tbs = sequence(&[
            &[2, 1, 1],
            ECDSA_SHA256,
            &self.issuer,
            &time(self.this_update),
            &time(self.next_update),
            &entries,
            &extensions,
        ]);
        let signature = signer.sign(SignatureAlgorithm::EcdsaSha256, &tbs);
        let signature = bits(signature.expect("a signature").as_ref());
        sequence(&[&tbs, ECDSA_SHA256, &signature])
    }
}

/// cRLNumber.
#[must_use]
pub fn number(own: u8) -> Vec<u8> {
    extension(20, false, &[2, 1, own])
}

/// An entry: the serial number's bytes, since when in Unix time, extensions.
#[must_use]
pub fn entry(serial: &[u8], since: i64, extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => vec![],
        some => sequence(&[&some.concat()]),
    };
    sequence(&[&element(2, &[serial]), &time(since), &extensions])
}

/// reasonCode of an entry.
#[must_use]
pub fn reason(code: u8) -> Vec<u8> {
    extension(21, false, &[0x0a, 1, code])
}

/// certificateIssuer of an entry.
#[must_use]
pub fn entry_issuer(common_name: &str) -> Vec<u8> {
    let names = sequence(&[&certificate::directory(&name(common_name))]);
    extension(29, true, &names)
}

/// issuingDistributionPoint around its fields: [`full_name`], then those under `[1]` to `[5]`.
#[must_use]
pub fn scope(fields: &[&[u8]]) -> Vec<u8> {
    extension(28, true, &sequence(fields))
}

/// `[0]` around a full name that is a URI.
#[must_use]
pub fn full_name(uri: &str) -> Vec<u8> {
    element(0xa0, &[&element(0xa0, &[&certificate::uri(uri)])])
}

/// `[2]` of a distribution point: who signs the CRL in the issuer's place.
#[must_use]
pub fn crl_issuer(common_name: &str) -> Vec<u8> {
    element(0xa2, &[&certificate::directory(&name(common_name))])
}

/// cRLDistributionPoints, each the fields of one point.
#[must_use]
pub fn points(points: &[&[Vec<u8>]]) -> Vec<u8> {
    let points: Vec<_> = points
        .iter()
        .map(|fields| sequence(&[&fields.concat()]))
        .collect();
    extension(31, false, &sequence(&[&points.concat()]))
}

//! CRLs made while a test runs.

use super::super::made::{ECDSA_SHA256, element, extension, name};
use handfast_crypto::signature::{PrivateKey, SignatureAlgorithm};

pub(super) const PAST: &str = "20291201000000Z";
pub(super) const SOON: &str = "20300201000000Z";

pub(super) fn time(text: &str) -> Vec<u8> {
    element(0x18, &[text.as_bytes()])
}

/// What a CRL says; tests change one thing.
#[derive(Clone)]
pub(super) struct List {
    pub(super) issuer: &'static str,
    pub(super) this_update: &'static str,
    pub(super) next_update: &'static str,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) extensions: Vec<Vec<u8>>,
}

impl List {
    /// An empty one, of today, with number 5.
    pub(super) fn new() -> Self {
        Self {
            issuer: "root",
            this_update: PAST,
            next_update: SOON,
            entries: vec![],
            extensions: vec![number(5)],
        }
    }

    /// With the leaf on it.
    pub(super) fn revoking(reason: u8) -> Self {
        Self::new().and(entry(1, &[reason_code(reason)]))
    }

    pub(super) fn and(mut self, entry: Vec<u8>) -> Self {
        self.entries.push(entry);
        self
    }

    pub(super) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    /// With another number.
    pub(super) fn numbered(mut self, own: u8) -> Self {
        self.extensions[0] = number(own);
        self
    }

    /// As a delta on the CRL of this number.
    pub(super) fn delta(self, base: u8) -> Self {
        self.with(extension(27, true, &[2, 1, base]))
    }

    pub(super) fn signed_by(&self, signer: &PrivateKey) -> Vec<u8> {
        let entries = match self.entries[..] {
            [] => vec![],
            _ => element(0x30, &[&self.entries.concat()]),
        };
        let extensions = element(0xa0, &[&element(0x30, &[&self.extensions.concat()])]);
        let tbs = element(
            0x30,
            &[
                &[2, 1, 1],
                ECDSA_SHA256,
                &name(self.issuer),
                &time(self.this_update),
                &time(self.next_update),
                &entries,
                &extensions,
            ],
        );
        signed(&tbs, signer, &[])
    }
}

/// What was signed, the algorithm, the signature, and what comes after it.
pub(super) fn signed(tbs: &[u8], signer: &PrivateKey, after: &[u8]) -> Vec<u8> {
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    let signature = signer.sign(algorithm, tbs).expect("a signature");
    let signature = element(3, &[&[0], signature.as_ref()]);
    element(0x30, &[tbs, ECDSA_SHA256, &signature, after])
}

pub(super) fn number(own: u8) -> Vec<u8> {
    extension(20, false, &[2, 1, own])
}

pub(super) fn entry(serial: u8, extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => vec![],
        some => element(0x30, &[&some.concat()]),
    };
    element(0x30, &[&[2, 1, serial], &time(PAST), &extensions])
}

pub(super) fn reason_code(code: u8) -> Vec<u8> {
    extension(21, false, &[0x0a, 1, code])
}

/// certificateIssuer with one distinguished name.
pub(super) fn entry_issuer(text: &str) -> Vec<u8> {
    let names = element(0x30, &[&element(0xa4, &[&name(text)])]);
    extension(29, true, &names)
}

/// issuingDistributionPoint around these fields.
pub(super) fn scope(fields: &[&[u8]]) -> Vec<u8> {
    extension(28, true, &element(0x30, fields))
}

/// `[0]` around a full name that is a URI.
pub(super) fn uri(text: &str) -> Vec<u8> {
    let name = element(0x86, &[text.as_bytes()]);
    element(0xa0, &[&element(0xa0, &[&name])])
}

/// `[2]` around a distinguished name: who signs CRLs in the issuer's place.
pub(super) fn signs_there(text: &str) -> Vec<u8> {
    element(0xa2, &[&element(0xa4, &[&name(text)])])
}

/// cRLDistributionPoints, each the fields of one point.
pub(super) fn points(points: &[&[Vec<u8>]]) -> Vec<u8> {
    let points: Vec<_> = points
        .iter()
        .map(|fields| element(0x30, &[&fields.concat()]))
        .collect();
    extension(31, false, &element(0x30, &[&points.concat()]))
}

//! OCSP responses (RFC 6960 s4.2.1).

use crate::made::der::{
    ECDSA_SHA256, bits, element, extension_of, generalized_time, name, sequence,
};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::signature::{PrivateKey, SignatureAlgorithm};
use handfast_pki::certificate::Certificate;

/// CertStatus good.
pub const GOOD: &[u8] = &[0x80, 0];
/// CertStatus unknown.
pub const UNKNOWN: &[u8] = &[0x82, 0];

/// CertStatus revoked, since when in Unix time.
#[must_use]
pub fn revoked(since: i64, reason: u8) -> Vec<u8> {
    let reason = element(0xa0, &[&[0x0a, 1, reason]]);
    element(0xa1, &[&generalized_time(since), &reason])
}

/// What a response about one certificate says.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The certificate, in DER, whose name and key the identifier holds.
    pub issuer: Vec<u8>,
    /// The serial number that it is about.
    pub serial: Vec<u8>,
    /// The CertStatus.
    pub status: Vec<u8>,
    /// In Unix time.
    pub produced_at: i64,
    /// In Unix time.
    pub this_update: i64,
    /// In Unix time.
    pub next_update: Option<i64>,
    /// The common name of who answers.
    pub responder: String,
    /// The nonce that comes back.
    pub nonce: Option<Vec<u8>>,
    /// Further extensions of the response, whole.
    pub extensions: Vec<Vec<u8>>,
    /// Extensions of what is said about the certificate, whole.
    pub single_extensions: Vec<Vec<u8>>,
    /// Certificates that go along.
    pub certificates: Vec<Vec<u8>>,
}

impl Draft {
    /// "good", answered by the issuer of this common name.
    #[must_use]
    pub fn new(issuer: &[u8], responder: &str, serial: &[u8], this_update: i64, next: i64) -> Self {
        Self {
            issuer: issuer.to_vec(),
            serial: serial.to_vec(),
            status: GOOD.to_vec(),
            produced_at: this_update,
            this_update,
            next_update: Some(next),
            responder: responder.to_owned(),
            nonce: None,
            extensions: vec![],
            single_extensions: vec![],
            certificates: vec![],
        }
    }

    /// With another status.
    #[must_use]
    pub fn saying(mut self, status: &[u8]) -> Self {
        self.status = status.to_vec();
        self
    }

    /// The response, signed with ecdsa-with-SHA256.
    ///
    /// # Panics
    /// If the issuer's certificate cannot be read or the key does not sign.
    #[must_use]
    pub fn signed_by(&self, signer: &PrivateKey) -> Vec<u8> {
        let single_extensions = match self.single_extensions[..] {
            [] => vec![],
            _ => element(0xa1, &[&sequence(&[&self.single_extensions.concat()])]),
        };
        let single = sequence(&[
            &self.id(),
            &self.status,
            &generalized_time(self.this_update),
            &self
                .next_update
                .map_or(vec![], |next| element(0xa0, &[&generalized_time(next)])),
            &single_extensions,
        ]);
        let nonce = self.nonce.as_ref().map(|nonce| {
            let value = element(4, &[nonce]);
            extension_of(&[0x2b, 6, 1, 5, 5, 7, 48, 1, 2], false, &value)
        });
        let extensions = [nonce.unwrap_or_default(), self.extensions.concat()].concat();
        let extensions = match extensions[..] {
            [] => vec![],
            _ => element(0xa1, &[&sequence(&[&extensions])]),
        };
        let data = sequence(&[
            &element(0xa1, &[&name(&self.responder)]),
            &generalized_time(self.produced_at),
            &sequence(&[&single]),
            &extensions,
        ]);
        let certificates = match self.certificates[..] {
            [] => vec![],
            _ => element(0xa0, &[&sequence(&[&self.certificates.concat()])]),
        };
        let signature = signer.sign(SignatureAlgorithm::EcdsaSha256, &data);
        let signature = bits(signature.expect("a signature").as_ref());
        let basic = sequence(&[&data, ECDSA_SHA256, &signature, &certificates]);
        let oid = [6, 9, 0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
        let bytes = sequence(&[&oid, &element(4, &[&basic])]);
        sequence(&[&[0x0a, 1, 0], &element(0xa0, &[&bytes])])
    }

    /// CertID, hashed with SHA-1 as everybody does it.
    fn id(&self) -> Vec<u8> {
        const SHA1: &[u8] = &[0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0];
        let issuer = Certificate::parse(&self.issuer).expect("the issuer");
        let name = digest(HashAlgorithm::Sha1, &[issuer.subject().der()]);
        let key = digest(HashAlgorithm::Sha1, &[issuer.subject_public_key()]);
        sequence(&[
            SHA1,
            &element(4, &[name.as_bytes()]),
            &element(4, &[key.as_bytes()]),
            &element(2, &[&self.serial]),
        ])
    }
}

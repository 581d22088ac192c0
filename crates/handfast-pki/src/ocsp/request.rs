//! Asking a responder (OCSPRequest, RFC 6960 s4.1.1). Where to send it is the caller's business.

use crate::certificate::Certificate;
use crate::cursor::tag;
use crate::ocsp::certificate_id::{SHA1, SHA256};
use crate::oid::OCSP_NONCE;
use crate::write::element;
use handfast_crypto::hash::{HashAlgorithm, digest};

/// With which hash a request names a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdHash {
    /// What every responder understands (RFC 5019 s2.1.1).
    #[default]
    Sha1,
    /// What newer ones understand as well.
    Sha256,
}

/// A request for the status of `certificate`, which `issuer` issued, in DER. The nonce, if one is
/// given, should be 32 fresh random bytes (RFC 9654 s2.1).
#[must_use]
pub fn ocsp_request(
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
    hash: IdHash,
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    let (algorithm, oid) = match hash {
        IdHash::Sha1 => (HashAlgorithm::Sha1, SHA1),
        IdHash::Sha256 => (HashAlgorithm::Sha256, SHA256),
    };
    let identifier = element(
        tag::SEQUENCE,
        &[&element(tag::OID, &[oid]), &[tag::NULL, 0]],
    );
    let name = digest(algorithm, &[certificate.issuer().der()]);
    let key = digest(algorithm, &[issuer.subject_public_key()]);
    let id = element(
        tag::SEQUENCE,
        &[
            &identifier,
            &element(tag::OCTET_STRING, &[name.as_bytes()]),
            &element(tag::OCTET_STRING, &[key.as_bytes()]),
            &element(tag::INTEGER, &[certificate.serial()]),
        ],
    );
    let list = element(tag::SEQUENCE, &[&element(tag::SEQUENCE, &[&id])]);
    let extensions = nonce.map_or(Vec::new(), |nonce| {
        let value = element(tag::OCTET_STRING, &[&element(tag::OCTET_STRING, &[nonce])]);
        let extension = element(tag::SEQUENCE, &[&element(tag::OID, &[OCSP_NONCE]), &value]);
        let list = element(tag::SEQUENCE, &[&extension]);
        element(tag::constructed(2), &[&list])
    });
    let tbs = element(tag::SEQUENCE, &[&list, &extensions]);
    element(tag::SEQUENCE, &[&tbs])
}

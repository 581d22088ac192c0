//! Whether clients will believe a certificate: asked before it is recorded.

use crate::error::StoreError;
use handfast_pki::certificate::Certificate;
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use rustls_pki_types::CertificateDer;
use std::path::Path;

/// Judges the chain as a client would who has the root, as soon as all of it is valid.
pub(crate) fn check(
    chain: &[CertificateDer<'static>],
    root: &CertificateDer<'static>,
    issuer_file: &Path,
) -> Result<(), StoreError> {
    let unacceptable = |why: &dyn std::fmt::Display| StoreError::Unacceptable {
        why: why.to_string(),
    };
    let mut at_unix_s = 0;
    for one in chain.iter().chain([root]) {
        let one = Certificate::parse(one).map_err(|fault| unacceptable(&fault))?;
        at_unix_s = one.validity().not_before.0.max(at_unix_s);
    }
    let mut roots = Roots::new();
    roots
        .add(root.clone())
        .map_err(|fault| unacceptable(&fault))?;
    let chain: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
    let request = Request {
        chain: &chain,
        roots: &roots,
        purpose: Purpose::Any,
        key_usage: None,
        name: None,
        at_unix_s,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    };
    let Err(rejection) = verify(&request) else {
        return Ok(());
    };
    match rejection.reason() {
        reason @ (Reason::NameNotPermitted { .. } | Reason::NameExcluded { .. }) => {
            Err(StoreError::NotPermitted {
                path: issuer_file.to_owned(),
                why: reason.to_string(),
            })
        }
        reason => Err(unacceptable(reason)),
    }
}

/// Whether this key signed it.
pub(crate) fn signed_by(
    certificate: &CertificateDer<'static>,
    issuer: &CertificateDer<'static>,
) -> Result<(), StoreError> {
    let unacceptable = |why: &dyn std::fmt::Display| StoreError::Unacceptable {
        why: why.to_string(),
    };
    let one = Certificate::parse(certificate).map_err(|fault| unacceptable(&fault))?;
    let other = Certificate::parse(issuer).map_err(|fault| unacceptable(&fault))?;
    let algorithm = one.known_signature_algorithm();
    let key = other.public_key().map_err(|fault| unacceptable(&fault))?;
    let is_signed = algorithm
        .is_some_and(|algorithm| key.verify(algorithm, one.tbs(), one.signature()).is_ok());
    if is_signed && one.issuer() == other.subject() {
        return Ok(());
    }
    Err(unacceptable(&format!(
        "it was not issued by {}",
        other.subject()
    )))
}

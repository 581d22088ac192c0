//! Whether certificates and a key are an authority's.

use handfast_crypto::signature::PrivateKey;
use handfast_pki::certificate::Certificate;
use handfast_pki::extension::KeyUsage;
use handfast_pki::subject_key::SubjectKey;
use rustls_pki_types::CertificateDer;

use crate::error::CaError;

/// RFC 5280 section 6.1.4 (k) and (n).
pub(super) fn may_issue(certificate: &Certificate<'_>) -> bool {
    let usage = certificate.key_usage();
    certificate.basic_constraints().is_some_and(|one| one.ca)
        && usage.is_none_or(|usage| usage.allows(KeyUsage::KEY_CERT_SIGN))
}

/// RFC 5280 section 4.2.1.3: cRLSign, where key usage says anything.
pub(super) fn may_sign_lists(certificate: &Certificate<'_>) -> bool {
    let usage = certificate.key_usage();
    usage.is_none_or(|usage| usage.allows(KeyUsage::CRL_SIGN))
}

/// Whether each certificate is issued by the next, and the key belongs to the first, which may
/// issue others.
pub(super) fn check_chain(chain: &[CertificateDer<'_>], key: &PrivateKey) -> Result<(), CaError> {
    let mut read = Vec::new();
    for (index, der) in chain.iter().enumerate() {
        let fault = |fault| CaError::BadChain { index, fault };
        read.push(Certificate::parse(der).map_err(fault)?);
    }
    let own = read.first().ok_or(CaError::NoCertificate)?;
    // The key's bits decide: its algorithm may be written in two ways (RSA for any padding, or
    // for PSS alone).
    let key = SubjectKey::parse(key.public_spki()).map_err(CaError::Unreadable)?;
    if key.bytes != own.subject_public_key() {
        return Err(CaError::Foreign);
    }
    if !may_issue(own) {
        return Err(CaError::NotAnAuthority(own.subject().to_string()));
    }
    for (index, (below, above)) in read.iter().zip(read.iter().skip(1)).enumerate() {
        let is_named = below.issuer().der() == above.subject().der();
        let is_signed = below.known_signature_algorithm().is_some_and(|algorithm| {
            let key = above.public_key();
            key.is_ok_and(|key| {
                key.verify(algorithm, below.tbs(), below.signature())
                    .is_ok()
            })
        });
        if !(is_named && is_signed) {
            return Err(CaError::BrokenChain { index });
        }
    }
    Ok(())
}

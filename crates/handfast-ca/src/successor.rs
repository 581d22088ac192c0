//! What a certificate's successor has to hold, too.

use handfast_pki::certificate::Certificate;

use crate::error::CaError;
use crate::purpose::Purpose;

/// The uses of a certificate that is to have a successor, or a request for one. What is not known
/// here could not be issued again, and to leave it out would give another certificate: without its
/// one use it would be good for all of them (RFC 5280 section 4.2.1.12).
///
/// # Errors
/// [`CaError::NotKept`] for a use that is not known here, and for a critical extension that is not.
pub fn purposes(certificate: &Certificate<'_>) -> Result<Vec<Purpose>, CaError> {
    for extension in certificate.extensions().filter(|one| one.critical) {
        let oid = extension.oid.to_string();
        if !KEPT.contains(&oid.as_str()) {
            let name = extension.name().map_or(oid, str::to_owned);
            return Err(CaError::NotKept(format!("the critical extension {name}")));
        }
    }
    let uses = certificate.extended_key_usage().into_iter().flatten();
    let uses = uses.map(|oid| {
        let oid = oid.to_string();
        Purpose::parse(&oid).ok_or_else(|| CaError::NotKept(format!("the use {oid}")))
    });
    uses.collect()
}

/// Extensions that are read and issued again, or whose content is the issuer's to say.
const KEPT: [&str; 6] = [
    // keyUsage, subjectAltName, basicConstraints, certificatePolicies, extKeyUsage, tlsFeature.
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.32",
    "2.5.29.37",
    "1.3.6.1.5.5.7.1.24",
];

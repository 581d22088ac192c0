//! What clients will not like about the OCSP responses of `--staple`.

use crate::summary::date;
use handfast::stream::now;
use handfast_pki::certificate::Certificate;
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::ocsp::single::CertificateStatus;

/// What is wrong with what is stapled to a certificate, or with nothing being.
pub(super) fn doubt(leaf: &[u8], staple: Option<&[u8]>) -> Option<String> {
    let leaf = Certificate::parse(leaf).ok()?;
    let Some(staple) = staple else {
        let owed = leaf.tls_features().must_staple();
        return owed.then(|| {
            "it must come with a stapled OCSP response (tlsFeature): give it one by --staple, or \
             clients will refuse it"
                .to_owned()
        });
    };
    let Ok(OcspResponse::Basic(basic)) = OcspResponse::parse(staple) else {
        return None;
    };
    let mut responses = basic.responses();
    let Some(own) = responses.find(|one| one.id.serial == leaf.serial()) else {
        return Some("the OCSP response is about another certificate".to_owned());
    };
    let now = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    match (own.status, own.next_update) {
        (CertificateStatus::Revoked { since, .. }, _) => {
            let since = date(since.0);
            Some(format!(
                "the OCSP response says revoked since {since}: clients will refuse it"
            ))
        }
        (CertificateStatus::Unknown, _) => {
            Some("the OCSP response says that the certificate is unknown".to_owned())
        }
        (CertificateStatus::Good, Some(due)) if now > due.0 => {
            let due = date(due.0);
            Some(format!(
                "a newer OCSP response was due on {due}: clients take no notice of this"
            ))
        }
        _ => None,
    }
}

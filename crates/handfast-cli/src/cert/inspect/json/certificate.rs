//! Certificates and requests as JSON.

use crate::cert::inspect::json::extension::extensions;
use crate::cert::inspect::json::key::{key, signature};
use crate::cert::inspect::json::name::{all, distinguished};
use crate::cert::inspect::shown::{hex, serial};
use crate::cert::inspect::validity::Standing;
use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::fingerprint::{danger_sha1, sha256};
use serde_json::{Value, json};

/// A certificate, but for what is known of where it came from.
pub(super) fn certificate(certificate: &Certificate<'_>, now_s: i64) -> Value {
    let validity = certificate.validity();
    let standing = Standing::of(validity, now_s);
    let mut value = json!({
        "version": certificate.version(),
        "serial": serial(certificate.serial()),
        "subject": distinguished(certificate.subject()),
        "issuer": distinguished(certificate.issuer()),
        "self_issued": certificate.is_self_issued(),
        "not_before": validity.not_before.to_string(),
        "not_after": validity.not_after.to_string(),
        "validity": { "state": standing.name(), "days_left": standing.days_left() },
        "key": key(certificate.spki()),
        "signature": {
            "algorithm": signature(certificate.signature_algorithm()),
            "value": hex(certificate.signature()),
        },
        "fingerprints": {
            "sha256": hex(&sha256(certificate.der())),
            "sha1": hex(&danger_sha1(certificate.der())),
        },
    });
    extensions(certificate, &mut value);
    value
}

/// A request for a certificate.
pub(super) fn request(request: &CertificationRequest<'_>) -> Value {
    json!({
        "subject": distinguished(request.subject()),
        "key": key(request.spki()),
        "subject_alt_names": all(request.subject_alt_names()),
        "signed_by_its_key": request.is_signed_by_its_key(),
        "fingerprints": { "sha256": hex(&sha256(request.der())) },
    })
}

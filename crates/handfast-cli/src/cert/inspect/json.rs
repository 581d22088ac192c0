//! What was found, as JSON: complete, each thing once.

mod certificate;
mod extension;
mod key;
mod name;
mod revocation;

use crate::cert::inspect::finding::{Finding, findings};
use crate::cert::inspect::found::{Found, Thing};
use crate::cert::inspect::shown::base64;
use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::crl::Crl;
use handfast_pki::ocsp::OcspResponse;
use serde_json::{Value, json};

/// One thing.
pub(super) fn item(found: &Found, now_s: i64) -> Value {
    let (kind, der, mut value) = match &found.thing {
        Thing::Certificate(der) => ("certificate", Some(der), certificate_json(der, now_s)),
        Thing::Request(der) => (
            "certification_request",
            Some(der),
            CertificationRequest::parse(der).map_or_else(fault, |one| certificate::request(&one)),
        ),
        Thing::Crl(der) => (
            "crl",
            Some(der),
            Crl::parse(der).map_or_else(fault, |one| revocation::crl(&one)),
        ),
        Thing::OcspResponse(der) => (
            "ocsp_response",
            Some(der),
            OcspResponse::parse(der).map_or_else(fault, |one| revocation::response(&one)),
        ),
        Thing::PublicKey(spki) => ("public_key", Some(spki), json!({ "key": key::key(spki) })),
        Thing::PrivateKey { key, encrypted } => (
            "private_key",
            None,
            json!({ "key": key::key(key.public_spki()), "encrypted": encrypted }),
        ),
    };
    if let Some(object) = value.as_object_mut() {
        object.insert("kind".to_owned(), kind.into());
        object.insert("source".to_owned(), found.source.clone().into());
        object.insert("place".to_owned(), found.place.into());
        object.insert("der".to_owned(), der.map(|der| base64(der)).into());
    }
    value
}

fn certificate_json(der: &[u8], now_s: i64) -> Value {
    let certificate = match Certificate::parse(der) {
        Ok(certificate) => certificate,
        Err(why) => return fault(why),
    };
    let mut value = certificate::certificate(&certificate, now_s);
    let found = findings(&certificate, now_s);
    value["findings"] = found.iter().map(finding).collect();
    value
}

fn finding(finding: &Finding) -> Value {
    json!({
        "id": finding.id,
        "severity": finding.severity.name(),
        "title": finding.title,
        "evidence": finding.evidence,
        "fix": finding.fix,
    })
}

/// Files are read strictly before they come here; what a host sent may be anything.
fn fault(fault: impl ToString) -> Value {
    json!({ "error": fault.to_string() })
}

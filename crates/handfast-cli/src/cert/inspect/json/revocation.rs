//! CRLs and OCSP responses as JSON.

use crate::cert::inspect::json::key::signature;
use crate::cert::inspect::json::name::distinguished;
use crate::cert::inspect::shown::{base64, hex, number, serial};
use handfast_pki::crl::Crl;
use handfast_pki::crl::entry::RevokedCertificate;
use handfast_pki::fingerprint::sha256;
use handfast_pki::ocsp::single::{CertificateStatus, SingleResponse};
use handfast_pki::ocsp::{BasicResponse, OcspResponse, ResponderId};
use handfast_pki::registry;
use serde_json::{Value, json};

/// A revocation list, with every entry.
pub(super) fn crl(crl: &Crl<'_>) -> Value {
    let revoked: Vec<_> = crl.revoked().map(|one| entry(&one)).collect();
    json!({
        "issuer": distinguished(crl.issuer()),
        "number": number(crl.number()),
        "base_number": crl.base_number().map(number),
        "this_update": crl.this_update().to_string(),
        "next_update": crl.next_update().to_string(),
        "indirect": crl.is_indirect(),
        "signature": {
            "algorithm": signature(crl.signature_algorithm()),
            "value": hex(crl.signature()),
        },
        "revoked": revoked,
        "fingerprints": { "sha256": hex(&sha256(crl.der())) },
    })
}

fn entry(entry: &RevokedCertificate<'_>) -> Value {
    json!({
        "serial": serial(entry.serial),
        "since": entry.since.to_string(),
        "reason": entry.reason.name(),
        "invalid_since": entry.invalid_since.map(|time| time.to_string()),
    })
}

/// An OCSP response.
pub(super) fn response(response: &OcspResponse<'_>) -> Value {
    match response {
        OcspResponse::Refused(status) => json!({ "status": status.to_string() }),
        OcspResponse::Basic(basic) => answered(basic),
    }
}

fn answered(basic: &BasicResponse<'_>) -> Value {
    let responder = match basic.responder() {
        ResponderId::Name(name) => json!({ "name": distinguished(name) }),
        ResponderId::Key(hash) => json!({ "key_sha1": hex(hash) }),
    };
    let responses: Vec<_> = basic.responses().map(|one| single(&one)).collect();
    let certificates: Vec<_> = basic.certificates().map(base64).collect();
    json!({
        "status": "successful",
        "responder": responder,
        "produced_at": basic.produced_at().to_string(),
        "nonce": basic.nonce().map(hex),
        "signature": {
            "algorithm": signature(basic.signature_algorithm()),
            "value": hex(basic.signature()),
        },
        "responses": responses,
        "certificates": certificates,
    })
}

fn single(single: &SingleResponse<'_>) -> Value {
    let (status, since, reason) = match single.status {
        CertificateStatus::Good => ("good", None, None),
        CertificateStatus::Revoked { since, reason } => {
            ("revoked", Some(since.to_string()), Some(reason.name()))
        }
        CertificateStatus::Unknown => ("unknown", None, None),
    };
    let hash = single.id.hash_algorithm();
    json!({
        "serial": serial(single.id.serial),
        "hash_algorithm": registry::algorithm_name(hash)
            .map_or_else(|| hash.to_string(), str::to_owned),
        "issuer_name_hash": hex(single.id.name_hash()),
        "issuer_key_hash": hex(single.id.key_hash()),
        "status": status,
        "since": since,
        "reason": reason,
        "this_update": single.this_update.to_string(),
        "next_update": single.next_update.map(|time| time.to_string()),
    })
}

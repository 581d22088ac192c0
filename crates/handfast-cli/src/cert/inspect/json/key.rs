//! Keys and algorithms as JSON.

use crate::cert::inspect::shown::{hex, number, pin};
use handfast_pki::algorithm::identifier::AlgorithmIdentifier;
use handfast_pki::fingerprint::sha256;
use handfast_pki::registry;
use handfast_pki::subject_key::{KeyDetails, SubjectKey};
use serde_json::{Value, json};

/// A SubjectPublicKeyInfo.
pub(super) fn key(spki: &[u8]) -> Value {
    let mut value = json!({ "spki_sha256": hex(&sha256(spki)), "pin": pin(spki) });
    let key = match SubjectKey::parse(spki) {
        Ok(key) => key,
        Err(fault) => {
            value["error"] = fault.to_string().into();
            return value;
        }
    };
    value["algorithm"] = algorithm(&key.algorithm);
    value["bits"] = key.bits().into();
    match key.details {
        KeyDetails::Rsa { modulus, exponent } => {
            value["modulus"] = hex(modulus).into();
            value["exponent"] = number(exponent).into();
        }
        KeyDetails::Ec { curve } => {
            value["curve"] = json!({
                "oid": curve.to_string(),
                "name": registry::curve_name(curve).map(|(name, _)| name),
            });
            value["point"] = hex(key.bytes).into();
        }
        _ => value["bytes"] = hex(key.bytes).into(),
    }
    value
}

/// An AlgorithmIdentifier, by its contents.
pub(super) fn signature(contents: &[u8]) -> Value {
    match AlgorithmIdentifier::parse(contents) {
        Ok(identifier) => algorithm(&identifier),
        Err(fault) => json!({ "error": fault.to_string(), "hex": hex(contents) }),
    }
}

fn algorithm(identifier: &AlgorithmIdentifier<'_>) -> Value {
    let mut value = json!({
        "oid": identifier.oid.to_string(),
        "name": identifier.name(),
        "parameters": identifier.parameters.map(hex),
    });
    match identifier.pss() {
        Ok(Some(pss)) => {
            value["pss"] = json!({
                "hash": named(pss.hash),
                "mask_generator": named(pss.mask_generator),
                "mask_hash": named(pss.mask_hash),
                "salt_length": pss.salt_length,
                "trailer": pss.trailer,
            });
        }
        Ok(None) => {}
        Err(fault) => value["error"] = fault.to_string().into(),
    }
    value
}

fn named(oid: handfast_pki::oid::Oid<'_>) -> Value {
    json!({ "oid": oid.to_string(), "name": registry::algorithm_name(oid) })
}

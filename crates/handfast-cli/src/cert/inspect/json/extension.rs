//! Extensions as JSON: those that are understood by their fields, all of them in a list.

use crate::cert::inspect::json::name::{all, attribute, general};
use crate::cert::inspect::read::is_read;
use crate::cert::inspect::shown::{hex, number, serial};
use handfast_pki::certificate::Certificate;
use handfast_pki::distribution_point::DistributionPoint;
use handfast_pki::extension::Extension;
use handfast_pki::extension::access::AccessDescription;
use handfast_pki::extension::policy::{PolicyInformation, Qualifier};
use handfast_pki::fault::CertificateFault;
use handfast_pki::registry;
use handfast_pki::sct::{SctList, SerializedSct};
use handfast_pki::time::UnixTime;
use serde_json::{Map, Value, json};

/// Adds what the extensions say.
pub(super) fn extensions(certificate: &Certificate<'_>, value: &mut Value) {
    let Some(object) = value.as_object_mut() else {
        return;
    };
    let mut into = Fields {
        object,
        broken: Vec::new(),
    };
    usage(certificate, &mut into);
    policies(certificate, &mut into);
    places(certificate, &mut into);
    identifiers(certificate, &mut into);
    let broken = std::mem::take(&mut into.broken);
    let list = certificate.extensions().map(|one| {
        let fault = broken.iter().find(|fault| one.name() == Some(fault.field));
        listed(&one, fault)
    });
    let list = list.collect();
    into.put("extensions", list);
}

/// The fields of a certificate, and what could not be read for them.
struct Fields<'v> {
    object: &'v mut Map<String, Value>,
    broken: Vec<CertificateFault>,
}

impl Fields<'_> {
    fn put(&mut self, name: &str, value: Value) {
        self.object.insert(name.to_owned(), value);
    }

    /// Puts what could be read, and keeps why it could not.
    fn read<T>(
        &mut self,
        name: &str,
        read: Result<T, CertificateFault>,
        value: impl FnOnce(T) -> Value,
    ) {
        match read {
            Ok(read) => self.put(name, value(read)),
            Err(fault) => {
                self.put(name, Value::Null);
                self.broken.push(fault);
            }
        }
    }
}

/// One extension; its bytes only where no field says what they hold.
fn listed(extension: &Extension<'_>, fault: Option<&CertificateFault>) -> Value {
    let is_read = is_read(extension);
    json!({
        "oid": extension.oid.to_string(),
        "name": extension.name(),
        "critical": extension.critical,
        "hex": (!is_read || fault.is_some()).then(|| hex(extension.value)),
        "error": fault.map(ToString::to_string),
    })
}

fn usage(certificate: &Certificate<'_>, into: &mut Fields<'_>) {
    let constraints = certificate.basic_constraints();
    let constraints =
        constraints.map(|one| json!({ "ca": one.ca, "path_length": one.path_length }));
    into.put("basic_constraints", constraints.into());
    let usage = certificate.key_usage();
    let usage: Option<Vec<_>> = usage.map(|usage| usage.names().collect());
    into.put("key_usage", usage.into());
    let purposes = certificate.extended_key_usage().map(|list| {
        list.map(|oid| json!({ "oid": oid.to_string(), "name": registry::purpose_name(oid) }))
            .collect::<Vec<_>>()
    });
    into.put("extended_key_usage", purposes.into());
    into.put("subject_alt_names", all(certificate.subject_alt_names()));
    into.read("issuer_alt_names", certificate.issuer_alt_names(), all);
    into.read("name_constraints", certificate.name_subtrees(), |found| {
        found.map_or(
            Value::Null,
            |found| json!({ "permitted": all(found.permitted), "excluded": all(found.excluded) }),
        )
    });
}

fn policies(certificate: &Certificate<'_>, into: &mut Fields<'_>) {
    let policies = certificate.policies().into_iter().flatten();
    into.put("policies", policies.map(|one| policy(&one)).collect());
    let mappings = certificate.policy_mappings().into_iter().flatten();
    let mappings = mappings.map(|one| {
        json!({
            "issuer_domain": one.issuer_domain.to_string(),
            "subject_domain": one.subject_domain.to_string(),
        })
    });
    into.put("policy_mappings", mappings.collect());
    let constraints = certificate.policy_constraints().map(|one| {
        json!({
            "require_explicit_policy": one.require_explicit_policy,
            "inhibit_policy_mapping": one.inhibit_policy_mapping,
        })
    });
    into.put("policy_constraints", constraints.into());
    into.put(
        "inhibit_any_policy",
        certificate.inhibit_any_policy().into(),
    );
}

fn policy(policy: &PolicyInformation<'_>) -> Value {
    let (mut cps, mut notices, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for qualifier in policy.qualifiers() {
        match qualifier {
            Ok(Qualifier::Cps(uri)) => cps.push(uri.to_owned()),
            Ok(Qualifier::UserNotice(notice)) => notices.push(json!({
                "text": notice.text(),
                "organization": notice.organization(),
                "numbers": notice.numbers().map(number).collect::<Vec<_>>(),
            })),
            Ok(Qualifier::Other { id, value }) => {
                others.push(json!({ "oid": id.to_string(), "hex": hex(value) }));
            }
            Ok(_) => {}
            Err(fault) => others.push(json!({ "error": fault.to_string() })),
        }
    }
    json!({
        "oid": policy.id().to_string(),
        "name": registry::policy_name(policy.id()),
        "cps": cps,
        "notices": notices,
        "other_qualifiers": others,
    })
}

/// Where more is to be had.
fn places(certificate: &Certificate<'_>, into: &mut Fields<'_>) {
    let access =
        |list: Vec<AccessDescription<'_>>| -> Value { list.iter().map(description).collect() };
    into.read(
        "authority_info_access",
        certificate.authority_info_access(),
        access,
    );
    into.read(
        "subject_info_access",
        certificate.subject_info_access(),
        access,
    );
    let points = |list: Vec<DistributionPoint<'_>>| -> Value { list.iter().map(point).collect() };
    into.read(
        "crl_distribution_points",
        certificate.distribution_points(),
        points,
    );
    into.read("freshest_crl", certificate.freshest_crl(), points);
    let urls = json!({
        "ca_issuers": certificate.ca_issuer_urls().unwrap_or_default(),
        "ocsp": certificate.ocsp_urls().unwrap_or_default(),
        "crl": certificate.crl_urls().unwrap_or_default(),
    });
    into.put("urls", urls);
}

fn description(description: &AccessDescription<'_>) -> Value {
    json!({
        "oid": description.method.to_string(),
        "name": description.name(),
        "location": general(&description.location),
    })
}

fn point(point: &DistributionPoint<'_>) -> Value {
    let relative: Vec<_> = point.relative_name().map(|one| attribute(&one)).collect();
    json!({
        "full_names": all(point.full_names()),
        "relative_name": (!relative.is_empty()).then_some(relative),
        "reasons": point.reasons().map(|reasons| reasons.names().collect::<Vec<_>>()),
        "crl_issuers": all(point.crl_issuers()),
    })
}

fn identifiers(certificate: &Certificate<'_>, into: &mut Fields<'_>) {
    into.read(
        "authority_key_id",
        certificate.authority_key_identifier(),
        |found| {
            found.map_or(Value::Null, |found| {
                json!({
                    "key_id": found.key_id.map(hex),
                    "issuer": all(found.issuer),
                    "serial": found.serial.map(serial),
                })
            })
        },
    );
    let own = certificate.subject_key_identifier().map(hex);
    into.put("subject_key_id", own.into());
    let features: Vec<_> = certificate.tls_features().iter().collect();
    into.put("tls_features", features.into());
    into.read("scts", SctList::of_certificate(certificate), |list| {
        list.map_or(Value::Null, |list| {
            list.iter().map(|one| sct(&one)).collect()
        })
    });
}

fn sct(sct: &SerializedSct<'_>) -> Value {
    match sct {
        SerializedSct::V1(sct) => json!({
            "version": 1,
            "log_id": sct.log_id.to_string(),
            "timestamp_ms": sct.timestamp_ms,
            "time": i64::try_from(sct.timestamp_ms / 1000).map(|at| UnixTime(at).to_string()).ok(),
            "extensions": hex(sct.extensions),
            "hash_algorithm": sct.hash_algorithm,
            "signature_algorithm": sct.signature_algorithm,
            "signature": hex(sct.signature),
        }),
        SerializedSct::Unknown { version, bytes } => {
            json!({ "version": version.saturating_add(1), "hex": hex(bytes) })
        }
        _ => Value::Null,
    }
}

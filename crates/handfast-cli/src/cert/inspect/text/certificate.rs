//! Certificates and requests for people.

use crate::cert::inspect::finding::{Severity, findings};
use crate::cert::inspect::found::Found;
use crate::cert::inspect::read::is_read;
use crate::cert::inspect::shown::{colons, hex, named, pin, plain, serial_words};
use crate::cert::inspect::text::{GREEN, Page, RED, YELLOW, key_words};
use crate::cert::inspect::validity::Standing;
use handfast_pki::algorithm::identifier::AlgorithmIdentifier;
use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::distribution_point::DistributionPoint;
use handfast_pki::extension::policy::{PolicyInformation, Qualifier};
use handfast_pki::fingerprint::{danger_sha1, sha256};
use handfast_pki::general_name::GeneralName;
use handfast_pki::registry;
use handfast_pki::sct::{SctList, SerializedSct};
use handfast_pki::time::UnixTime;

impl Page {
    pub(super) fn certificate(&mut self, found: &Found, certificate: &Certificate<'_>, now_s: i64) {
        let title = certificate.subject().to_string();
        let first = certificate.subject_alt_names().next();
        let title = certificate
            .subject()
            .common_name()
            .map(|name| plain(&name))
            .or(first.map(|name| name.to_string()))
            .unwrap_or(title);
        self.title(&title, found, "certificate");
        for finding in findings(certificate, now_s) {
            let style = if finding.severity >= Severity::Medium {
                RED
            } else {
                YELLOW
            };
            self.styled(
                "!",
                &format!("{} ({})", finding.title, finding.evidence),
                style,
            );
        }
        self.line("subject", &certificate.subject().to_string());
        let issuer = certificate.issuer().to_string();
        let own = if certificate.is_self_issued() {
            " (itself)"
        } else {
            ""
        };
        self.line("issuer", &format!("{issuer}{own}"));
        self.line("names", &names(certificate.subject_alt_names()));
        self.validity(certificate, now_s);
        self.line("key", &key_words(certificate.spki()));
        self.line("signature", &signature(certificate.signature_algorithm()));
        self.line("authority", &authority(certificate));
        self.line("usage", &usage(certificate));
        self.constraints(certificate);
        let policies = certificate.policies().into_iter().flatten();
        self.lines("policies", policies.map(|one| policy(&one)));
        self.places(certificate);
        self.timestamps(certificate);
        self.others(certificate);
        self.line("serial", &serial_words(certificate.serial()));
        let key_id = certificate.subject_key_identifier().map(colons);
        self.line("key id", &key_id.unwrap_or_default());
        if let Ok(Some(issuer)) = certificate.authority_key_identifier() {
            let id = issuer.key_id.map(colons).unwrap_or_default();
            self.line("issuer's key", &id);
        }
        self.line("SHA-256", &colons(&sha256(certificate.der())));
        self.line("SHA-1", &colons(&danger_sha1(certificate.der())));
        self.line("pin", &pin(certificate.spki()));
    }

    pub(super) fn request(&mut self, found: &Found, request: &CertificationRequest<'_>) {
        let subject = request.subject().to_string();
        self.title(&subject, found, "request for a certificate");
        if request.is_signed_by_its_key() {
            self.styled("proof", "signed by its own key", GREEN);
        } else {
            let text = "NOT signed by its own key: whoever made it may not hold the key";
            self.styled("proof", text, RED);
        }
        self.line("names", &names(request.subject_alt_names()));
        self.line("key", &key_words(request.spki()));
        self.line("SHA-256", &colons(&sha256(request.der())));
        self.key_names(request.spki());
    }

    fn validity(&mut self, certificate: &Certificate<'_>, now_s: i64) {
        let validity = certificate.validity();
        let standing = Standing::of(validity, now_s);
        let style = match standing {
            Standing::Valid { .. } if standing.ends_soon() => YELLOW,
            Standing::Valid { .. } => GREEN,
            _ => RED,
        };
        let (from, until) = (validity.not_before, validity.not_after);
        let text = format!("{} ({from} to {until})", standing.words());
        self.styled("valid", &text, style);
    }

    fn constraints(&mut self, certificate: &Certificate<'_>) {
        if let Ok(Some(subtrees)) = certificate.name_subtrees() {
            self.line("may name", &names(subtrees.permitted));
            self.line("may not name", &names(subtrees.excluded));
        }
        let mut words = Vec::new();
        if let Some(one) = certificate.policy_constraints() {
            let explicit = one.require_explicit_policy;
            words.extend(explicit.map(|skip| format!("a policy is required after {skip}")));
            let mapping = one.inhibit_policy_mapping;
            words.extend(mapping.map(|skip| format!("no mapping after {skip}")));
        }
        let any = certificate.inhibit_any_policy();
        words.extend(any.map(|skip| format!("anyPolicy means nothing after {skip}")));
        let mappings = certificate.policy_mappings().into_iter().flatten();
        words.extend(mappings.map(|one| format!("{} = {}", one.issuer_domain, one.subject_domain)));
        self.line("policy rules", &words.join(", "));
    }

    fn places(&mut self, certificate: &Certificate<'_>) {
        let list = certificate.authority_info_access().unwrap_or_default();
        for one in list
            .iter()
            .chain(&certificate.subject_info_access().unwrap_or_default())
        {
            let label = match one.name() {
                Some("ocsp") => "OCSP".to_owned(),
                Some("caIssuers") => "issuer at".to_owned(),
                name => named(one.method, name),
            };
            self.line(&label, &one.location.to_string());
        }
        let points = certificate.distribution_points().unwrap_or_default();
        self.lines("CRL", points.iter().map(point));
        let points = certificate.freshest_crl().unwrap_or_default();
        self.lines("delta CRL", points.iter().map(point));
    }

    fn timestamps(&mut self, certificate: &Certificate<'_>) {
        let Ok(Some(list)) = SctList::of_certificate(certificate) else {
            return;
        };
        let scts = list.iter().map(|one| match one {
            SerializedSct::V1(sct) => {
                let at = i64::try_from(sct.timestamp_ms / 1000).unwrap_or(i64::MAX);
                format!("{} by log {}", UnixTime(at), sct.log_id)
            }
            _ => "of a version that is not known".to_owned(),
        });
        self.lines("logged", scts);
    }

    /// What has no line of its own.
    fn others(&mut self, certificate: &Certificate<'_>) {
        let features: Vec<_> = certificate.tls_features().iter().collect();
        if certificate.tls_features().must_staple() {
            self.line(
                "must staple",
                "an OCSP response has to come with it (tlsFeature)",
            );
        } else if !features.is_empty() {
            self.line("TLS features", &format!("{features:?}"));
        }
        let others = certificate.extensions().filter(|one| !is_read(one));
        let others = others.map(|one| {
            let critical = if one.critical { ", critical" } else { "" };
            let name = named(one.oid, one.name());
            let start = one.value.get(..SHOWN_BYTES).unwrap_or(one.value);
            let more = if start.len() < one.value.len() {
                "…"
            } else {
                ""
            };
            format!("{name}{critical}: {}{more}", hex(start))
        });
        self.lines("extension", others);
    }
}

fn names<'a>(names: impl IntoIterator<Item = GeneralName<'a>>) -> String {
    let words = names.into_iter().map(|name| match name {
        GeneralName::Dns(_) | GeneralName::Ip(_) | GeneralName::Other { .. } => name.to_string(),
        _ => format!("{} {name}", short_kind(&name)),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn short_kind(name: &GeneralName<'_>) -> &'static str {
    match name {
        GeneralName::Mail(_) => "mail",
        GeneralName::Uri(_) => "URI",
        GeneralName::Directory(_) => "directory",
        _ => name.kind(),
    }
}

fn signature(contents: &[u8]) -> String {
    let Ok(algorithm) = AlgorithmIdentifier::parse(contents) else {
        return "unreadable".to_owned();
    };
    let name = named(algorithm.oid, algorithm.name());
    match algorithm.pss() {
        Ok(Some(pss)) => {
            let hash = named(pss.hash, registry::algorithm_name(pss.hash));
            let mask = named(pss.mask_hash, registry::algorithm_name(pss.mask_hash));
            let salt = pss.salt_length;
            format!("{name}, {hash}, MGF1 with {mask}, a salt of {salt} bytes")
        }
        Ok(None) => name,
        Err(fault) => format!("{name}: {fault}"),
    }
}

fn authority(certificate: &Certificate<'_>) -> String {
    match certificate.basic_constraints() {
        Some(one) if one.ca => match one.path_length {
            Some(0) => "yes, for no further authority (path length 0)".to_owned(),
            Some(length) => format!("yes, path length {length}"),
            None => "yes".to_owned(),
        },
        Some(_) => "no".to_owned(),
        None => "no (not said)".to_owned(),
    }
}

fn usage(certificate: &Certificate<'_>) -> String {
    let usage = certificate.key_usage();
    let mut words: Vec<_> = usage
        .into_iter()
        .flat_map(|usage| usage.names().map(str::to_owned))
        .collect();
    let purposes = certificate.extended_key_usage().into_iter().flatten();
    words.extend(purposes.map(|oid| named(oid, registry::purpose_name(oid))));
    words.join(", ")
}

fn policy(policy: &PolicyInformation<'_>) -> String {
    let id = policy.id();
    let mut text = match registry::policy_name(id) {
        Some(name) => format!("{name}, {id}"),
        None => id.to_string(),
    };
    for qualifier in policy.qualifiers() {
        match qualifier {
            Ok(Qualifier::Cps(uri)) => text += &format!("; see {}", plain(uri)),
            Ok(Qualifier::UserNotice(notice)) => {
                if let Some(notice) = notice.text() {
                    text += &format!("; notice: {}", plain(&notice));
                }
            }
            Ok(_) => {}
            Err(fault) => text += &format!("; unreadable: {fault}"),
        }
    }
    text
}

fn point(point: &DistributionPoint<'_>) -> String {
    let mut words: Vec<_> = point.full_names().map(|name| name.to_string()).collect();
    let relative = point.relative_name();
    words.extend(relative.map(|one| {
        let name = named(one.oid(), one.name());
        format!("{name}={} below the issuer's name", plain(&one.text()))
    }));
    if let Some(reasons) = point.reasons() {
        let reasons: Vec<_> = reasons.names().collect();
        words.push(format!("for {}", reasons.join(", ")));
    }
    words.extend(point.crl_issuers().map(|name| format!("signed by {name}")));
    words.join(", ")
}

/// Bytes of an extension that nobody knows.
const SHOWN_BYTES: usize = 32;

//! What whoever looks at a certificate should see first. Nothing here is a verdict: `cert lint`
//! knows more rules, and `cert verify` asks who stands behind it.

use crate::cert::inspect::shown::{named, number, plain};
use crate::cert::inspect::validity::Standing;
use handfast_pki::algorithm::identifier::AlgorithmIdentifier;
use handfast_pki::certificate::Certificate;
use handfast_pki::distinguished_name::{DistinguishedName, is_unprintable};
use handfast_pki::fault::CertificateFault;
use handfast_pki::oid::Oid;
use handfast_pki::sct::SctList;
use handfast_pki::subject_key::{KeyDetails, SubjectKey};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    Low,
    Medium,
    High,
}

impl Severity {
    /// For programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One thing to see.
#[derive(Debug)]
pub(super) struct Finding {
    /// Never changes its meaning.
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    /// One line, lower-case, without a full stop.
    pub(super) title: String,
    /// What in the certificate says so.
    pub(super) evidence: String,
    pub(super) fix: &'static str,
}

/// What is to be seen, the worst first.
pub(super) fn findings(certificate: &Certificate<'_>, now_s: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    validity(certificate, now_s, &mut found);
    signature(certificate, &mut found);
    key(certificate, &mut found);
    shape(certificate, &mut found);
    names(certificate, &mut found);
    extensions(certificate, &mut found);
    found.sort_by_key(|one| std::cmp::Reverse(one.severity));
    found
}

fn validity(certificate: &Certificate<'_>, now_s: i64, found: &mut Vec<Finding>) {
    let validity = certificate.validity();
    let standing = Standing::of(validity, now_s);
    let (id, severity, evidence, fix) = match standing {
        Standing::Expired(_) => (
            "cert.validity.expired",
            Severity::High,
            format!("notAfter {}", validity.not_after),
            "renew it",
        ),
        Standing::NotYet(_) => (
            "cert.validity.not_yet",
            Severity::High,
            format!("notBefore {}", validity.not_before),
            "wait, or set the clock",
        ),
        Standing::Never => (
            "cert.validity.never",
            Severity::High,
            format!(
                "notBefore {}, notAfter {}",
                validity.not_before, validity.not_after
            ),
            "have it issued anew",
        ),
        Standing::Valid { .. } if standing.ends_soon() => (
            "cert.validity.ends_soon",
            Severity::Low,
            format!("notAfter {}", validity.not_after),
            "renew it",
        ),
        Standing::Valid { .. } => return,
    };
    found.push(Finding {
        id,
        severity,
        title: standing.words(),
        evidence,
        fix,
    });
}

/// Nobody needs a root's signature on itself.
fn signature(certificate: &Certificate<'_>, found: &mut Vec<Finding>) {
    let Ok(algorithm) = AlgorithmIdentifier::parse(certificate.signature_algorithm()) else {
        return;
    };
    let name = named(algorithm.oid, algorithm.name());
    let hash = match algorithm.pss() {
        Ok(Some(pss)) => pss.hash.to_string(),
        _ => String::new(),
    };
    let lower = name.to_ascii_lowercase();
    let weak = ["md2", "md4", "md5", "sha1"]
        .iter()
        .any(|one| lower.contains(one));
    if (weak || hash == SHA1) && !certificate.is_self_issued() {
        found.push(Finding {
            id: "cert.signature.weak",
            severity: Severity::High,
            title: format!("signed with a broken hash: {name}"),
            evidence: algorithm.oid.to_string(),
            fix: "have it issued anew, with SHA-256 or better",
        });
    }
}

fn key(certificate: &Certificate<'_>, found: &mut Vec<Finding>) {
    let mut add = |id, severity, title: String, evidence: String, fix| {
        found.push(Finding {
            id,
            severity,
            title,
            evidence,
            fix,
        });
    };
    let key = match SubjectKey::parse(certificate.spki()) {
        Ok(key) => key,
        Err(fault) => {
            return add(
                "cert.key.unreadable",
                Severity::High,
                "the public key cannot be read".to_owned(),
                fault.to_string(),
                "have it issued anew",
            );
        }
    };
    let bits = key.bits().unwrap_or(usize::MAX);
    let least = match key.details {
        KeyDetails::Rsa { .. } | KeyDetails::Dsa { .. } => 2048,
        KeyDetails::Ec { .. } => 224,
        _ => 0,
    };
    let name = named(key.algorithm.oid, key.algorithm.name());
    if bits < least {
        add(
            "cert.key.small",
            Severity::High,
            format!("a key of {bits} bits can be broken"),
            name,
            "make a new key: P-256, or RSA with 2048 bits or more",
        );
    }
    match key.details {
        KeyDetails::Rsa { exponent, .. } if matches!(exponent, [] | [0..=2] | [.., _]) => {
            let last = exponent.last().copied().unwrap_or(0);
            if exponent.len() <= 1 && last < 3 || last & 1 == 0 {
                add(
                    "cert.key.exponent",
                    Severity::High,
                    "the RSA exponent makes no key".to_owned(),
                    number(exponent),
                    "make a new key with exponent 65537",
                );
            }
        }
        KeyDetails::EcExplicit => add(
            "cert.key.explicit_curve",
            Severity::High,
            "the key spells out a curve instead of naming one".to_owned(),
            "RFC 5480 s2.1.1".to_owned(),
            "make a new key on a named curve, such as P-256",
        ),
        _ => {}
    }
}

fn shape(certificate: &Certificate<'_>, found: &mut Vec<Finding>) {
    let mut add = |id, severity, title: &str, evidence: String, fix| {
        found.push(Finding {
            id,
            severity,
            title: title.to_owned(),
            evidence,
            fix,
        });
    };
    if certificate.version() < 3 {
        add(
            "cert.version.old",
            Severity::Medium,
            "an X.509 certificate of an old version, which says neither for whom nor for what",
            format!("version {}", certificate.version()),
            "have it issued anew, as version 3",
        );
    }
    match certificate.serial() {
        [0] => add(
            "cert.serial.zero",
            Severity::Low,
            "the serial number is zero",
            "RFC 5280 s4.1.2.2".to_owned(),
            "have it issued anew",
        ),
        [0x80..=0xff, ..] => add(
            "cert.serial.negative",
            Severity::Low,
            "the serial number is negative",
            "RFC 5280 s4.1.2.2".to_owned(),
            "have it issued anew",
        ),
        _ => {}
    }
    let constraints = certificate.basic_constraints();
    let is_ca = constraints.is_some_and(|one| one.ca);
    let serves = certificate
        .extended_key_usage()
        .is_some_and(|mut purposes| {
            purposes.any(|one| handfast_pki::registry::purpose_name(one) == Some("serverAuth"))
        });
    if !is_ca && serves && certificate.subject_alt_names().next().is_none() {
        add(
            "cert.names.none",
            Severity::High,
            "a server's certificate without names: clients do not look at the common name",
            "RFC 9525 s2".to_owned(),
            "have it issued with subjectAltName",
        );
    }
}

fn names(certificate: &Certificate<'_>, found: &mut Vec<Finding>) {
    let both = [
        ("subject", certificate.subject()),
        ("issuer", certificate.issuer()),
    ];
    for (whose, name) in both {
        if let Some(text) = hidden(name) {
            found.push(Finding {
                id: "cert.name.hidden",
                severity: Severity::Medium,
                title: format!("the {whose} holds characters that cannot be seen"),
                evidence: text,
                fix: "trust it only if you know why they are there",
            });
        }
        let broken = name.attributes().find(|one| !one.is_well_formed());
        if let Some(attribute) = broken {
            found.push(Finding {
                id: "cert.name.encoding",
                severity: Severity::Low,
                title: format!("the {whose} holds characters that its encoding does not have"),
                evidence: format!(
                    "{}={} as {}",
                    named(attribute.oid(), attribute.name()),
                    plain(&attribute.text()),
                    attribute.string_type().unwrap_or("an unknown type")
                ),
                fix: "have it issued anew: some programs will refuse it",
            });
        }
    }
}

fn hidden(name: DistinguishedName<'_>) -> Option<String> {
    let mut texts = name.attributes().map(|one| one.text());
    let text = texts.find(|text| text.contains(is_unprintable))?;
    Some(plain(&text))
}

fn extensions(certificate: &Certificate<'_>, found: &mut Vec<Finding>) {
    for extension in certificate.extensions() {
        if extension.name().is_none() && extension.critical {
            found.push(Finding {
                id: "cert.extension.unknown_critical",
                severity: Severity::Medium,
                title: "a critical extension that is not known: programs must refuse it".to_owned(),
                evidence: extension.oid.to_string(),
                fix: "use it only with programs that know the extension",
            });
        }
        if extension.name() == Some("precertificatePoison") {
            found.push(Finding {
                id: "cert.precertificate",
                severity: Severity::High,
                title: "a precertificate, made for a log: no server can use it".to_owned(),
                evidence: Oid(extension.oid.0).to_string(),
                fix: "use the certificate that was issued after it",
            });
        }
    }
    let malformed: [Option<CertificateFault>; 7] = [
        certificate.authority_info_access().err(),
        certificate.subject_info_access().err(),
        certificate.distribution_points().err(),
        certificate.freshest_crl().err(),
        certificate.authority_key_identifier().err(),
        certificate.name_subtrees().err(),
        SctList::of_certificate(certificate).err(),
    ];
    for fault in malformed.into_iter().flatten() {
        found.push(Finding {
            id: "cert.extension.malformed",
            severity: Severity::Medium,
            title: format!("{} cannot be read", fault.field),
            evidence: fault.to_string(),
            fix: "have it issued anew",
        });
    }
}

const SHA1: &str = "1.3.14.3.2.26";

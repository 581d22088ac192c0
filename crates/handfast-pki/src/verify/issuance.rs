//! Rules for issuers, enforced only where a policy asks for them by name.
//!
//! RFC 5280 s4 tells authorities what to write; s6, which every verification follows, ignores much
//! of it. Certificates made by hand break these rules daily, so they are not on by default.

pub(crate) mod finding;
mod names;
mod web;

use crate::certificate::Certificate;
use crate::extension::{KeyUsage, Known};
use crate::general_name::GeneralName;
use crate::name_constraints::NameConstraints;
use crate::verify::issuance::finding::{Findings, is_ca};
use crate::verify::policy::Rules;
use crate::verify::reason::Reason;

pub use crate::verify::issuance::finding::{Finding, Role};
pub use crate::verify::issuance::names::{Constraint, NameOutside, names_fit};

/// All rules of the set that a certificate breaks, in the order in which they are looked at.
///
/// ```
/// use handfast_pki::certificate::Certificate;
/// use handfast_pki::verify::issuance::{Role, findings};
/// use handfast_pki::verify::policy::Rules;
///
/// # let der = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der"))?;
/// let leaf = Certificate::parse(&der)?;
/// assert!(findings(&leaf, Role::Leaf, Rules::Rfc5280).is_empty());
/// let web = findings(&leaf, Role::Leaf, Rules::Web);
/// assert!(web.iter().any(|one| one.rule == "it is valid for longer than the web allows"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn findings(certificate: &Certificate<'_>, role: Role, rules: Rules) -> Vec<Finding> {
    let mut found = Findings::default();
    if rules != Rules::Path {
        check_serial(certificate, &mut found);
        check_key_identifiers(certificate, &mut found);
        check_names(certificate, &mut found);
        check_constraints(certificate, rules, &mut found);
        check_usages(certificate, &mut found);
    }
    if rules == Rules::Web {
        web::check(certificate, role, &mut found);
    }
    found.0
}

/// Checks one certificate of a path against the rule set.
pub(crate) fn check(certificate: &Certificate<'_>, role: Role, rules: Rules) -> Result<(), Reason> {
    if rules == Rules::Path {
        return Ok(());
    }
    let found = findings(certificate, role, rules);
    match found.into_iter().find(|one| one.refused) {
        Some(Finding { section, .. }) if section == web::CA_AS_LEAF => Err(Reason::CaAsLeaf),
        Some(Finding { rule, section, .. }) => Err(Reason::IssuingRule { rule, section }),
        None => Ok(()),
    }
}

fn check_serial(certificate: &Certificate<'_>, found: &mut Findings) {
    const SECTION: &str = "RFC 5280 s4.1.2.2";
    let serial = certificate.serial();
    let negative = serial.first().is_some_and(|byte| byte & 0x80 != 0);
    found.rule(!negative, "the serial number is negative", SECTION);
    found.rule(serial != [0], "the serial number is zero", SECTION);
    let without_sign = serial.strip_prefix(&[0]).unwrap_or(serial);
    let short = without_sign.len() <= 20 && serial.len() <= 20;
    found.rule(short, "the serial number is longer than 20 bytes", SECTION);
}

fn check_key_identifiers(certificate: &Certificate<'_>, found: &mut Findings) {
    let extensions = &certificate.extensions;
    let aki = Known::AuthorityKeyIdentifier;
    let ski = Known::SubjectKeyIdentifier;
    found.rule(
        !extensions.is_critical(aki),
        "authorityKeyIdentifier is critical",
        "RFC 5280 s4.2.1.1",
    );
    found.rule(
        extensions.has(aki) || certificate.is_self_issued(),
        "authorityKeyIdentifier is missing",
        "RFC 5280 s4.2.1.1",
    );
    found.rule(
        !extensions.is_critical(ski),
        "subjectKeyIdentifier is critical",
        "RFC 5280 s4.2.1.2",
    );
    found.rule(
        extensions.has(ski) || !is_ca(certificate),
        "an authority's subjectKeyIdentifier is missing",
        "RFC 5280 s4.2.1.2",
    );
}

fn check_names(certificate: &Certificate<'_>, found: &mut Findings) {
    let extensions = &certificate.extensions;
    let nameless = certificate.subject().is_empty();
    found.rule(
        !(nameless && is_ca(certificate)),
        "an authority has an empty subject",
        "RFC 5280 s4.1.2.6",
    );
    found.rule(
        !nameless || extensions.is_critical(Known::SubjectAltName),
        "the subject is empty and subjectAltName is not critical",
        "RFC 5280 s4.2.1.6",
    );
    let mut names = certificate.subject_alt_names();
    let underscore = names.any(|name| matches!(name, GeneralName::Dns(text) if text.contains('_')));
    found.rule(
        !underscore,
        "a DNS name has an underscore",
        "RFC 5280 s4.2.1.6",
    );
}

fn check_constraints(certificate: &Certificate<'_>, rules: Rules, found: &mut Findings) {
    let extensions = &certificate.extensions;
    let ca = is_ca(certificate);
    found.rule(
        !ca || extensions.is_critical(Known::BasicConstraints),
        "an authority's basicConstraints is not critical",
        "RFC 5280 s4.2.1.9",
    );
    let signs = certificate
        .key_usage()
        .is_some_and(|usage| usage.allows(KeyUsage::KEY_CERT_SIGN));
    found.rule(
        ca || !signs,
        "keyUsage has keyCertSign, but it is no authority",
        "RFC 5280 s4.2.1.9",
    );
    let policy = Known::PolicyConstraints;
    found.rule(
        !extensions.has(policy) || extensions.is_critical(policy),
        "policyConstraints is not critical",
        "RFC 5280 s4.2.1.11",
    );
    let constraints = Known::NameConstraints;
    found.rule(
        !extensions.has(constraints) || ca,
        "nameConstraints on a certificate that is no authority",
        "RFC 5280 s4.2.1.10",
    );
    let dotted = extensions
        .name_constraints
        .as_ref()
        .and_then(|list| NameConstraints::read(list).ok())
        .is_some_and(|constraints| constraints.has_dotted_dns());
    found.rule(
        !dotted,
        "a DNS name constraint begins with a dot",
        "RFC 5280 s4.2.1.10",
    );
    // The CA/Browser Forum allows it, as old verifiers refuse what they do not know.
    found.rule(
        rules == Rules::Web || !extensions.has(constraints) || extensions.is_critical(constraints),
        "nameConstraints is not critical",
        "RFC 5280 s4.2.1.10",
    );
}

/// What the usages say of themselves and of each other.
fn check_usages(certificate: &Certificate<'_>, found: &mut Findings) {
    let extensions = &certificate.extensions;
    let usage = certificate.key_usage();
    found.rule(
        usage != Some(KeyUsage(0)),
        "keyUsage allows nothing",
        "RFC 5280 s4.2.1.3",
    );
    found.advise(
        usage.is_none() || extensions.is_critical(Known::KeyUsage),
        "keyUsage is not critical",
        "RFC 5280 s4.2.1.3",
    );
    found.advise(
        usage.is_some() || !is_ca(certificate),
        "an authority's keyUsage is missing",
        "RFC 5280 s4.2.1.3",
    );
    let constraints = certificate.basic_constraints().unwrap_or_default();
    found.rule(
        constraints.ca || constraints.path_length.is_none(),
        "a path length on a certificate that is no authority",
        "RFC 5280 s4.2.1.9",
    );
    let inhibit = Known::InhibitAnyPolicy;
    found.rule(
        !extensions.has(inhibit) || extensions.is_critical(inhibit),
        "inhibitAnyPolicy is not critical",
        "RFC 5280 s4.2.1.14",
    );
    let mappings = Known::PolicyMappings;
    found.advise(
        !extensions.has(mappings) || extensions.is_critical(mappings),
        "policyMappings is not critical",
        "RFC 5280 s4.2.1.5",
    );
    found.rule(
        !certificate.issuer().is_empty(),
        "the issuer has no name",
        "RFC 5280 s4.1.2.4",
    );
}

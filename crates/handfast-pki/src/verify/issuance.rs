//! Rules for issuers, enforced only where a policy asks for them by name.
//!
//! RFC 5280 s4 tells authorities what to write; s6, which every verification follows, ignores much
//! of it. Certificates made by hand break these rules daily, so they are not on by default.

use crate::certificate::Certificate;
use crate::cursor::{Cursor, tag};
use crate::extension::{KeyUsage, Known};
use crate::fault::CertificateFault;
use crate::general_name::GeneralName;
use crate::name_constraints::NameConstraints;
use crate::oid::{
    ANY_EXTENDED_KEY_USAGE, AUTHORITY_INFO_ACCESS, AUTHORITY_KEY_IDENTIFIER, COMMON_NAME,
};
use crate::verify::policy::Rules;
use crate::verify::reason::Reason;
use handfast_crypto::signature::KeyKind;

/// Where in the path a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Leaf,
    Intermediate,
    Anchor,
}

/// Checks one certificate of a path against the rule set.
pub(crate) fn check(certificate: &Certificate<'_>, role: Role, rules: Rules) -> Result<(), Reason> {
    if rules == Rules::Path {
        return Ok(());
    }
    check_serial(certificate)?;
    check_key_identifiers(certificate)?;
    check_names(certificate)?;
    check_constraints(certificate, rules)?;
    if rules == Rules::Web {
        check_web(certificate, role)?;
    }
    Ok(())
}

/// Gives the reason if a rule is broken.
fn rule(holds: bool, rule: &'static str, section: &'static str) -> Result<(), Reason> {
    if holds {
        Ok(())
    } else {
        Err(Reason::IssuingRule { rule, section })
    }
}

fn check_serial(certificate: &Certificate<'_>) -> Result<(), Reason> {
    const SECTION: &str = "RFC 5280 s4.1.2.2";
    let serial = certificate.serial();
    let negative = serial.first().is_some_and(|byte| byte & 0x80 != 0);
    rule(!negative, "the serial number is negative", SECTION)?;
    rule(serial != [0], "the serial number is zero", SECTION)?;
    let without_sign = serial.strip_prefix(&[0]).unwrap_or(serial);
    let short = without_sign.len() <= 20 && serial.len() <= 20;
    rule(short, "the serial number is longer than 20 bytes", SECTION)
}

fn check_key_identifiers(certificate: &Certificate<'_>) -> Result<(), Reason> {
    let extensions = &certificate.extensions;
    let aki = Known::AuthorityKeyIdentifier;
    let ski = Known::SubjectKeyIdentifier;
    rule(
        !extensions.is_critical(aki),
        "authorityKeyIdentifier is critical",
        "RFC 5280 s4.2.1.1",
    )?;
    rule(
        extensions.has(aki) || certificate.is_self_issued(),
        "authorityKeyIdentifier is missing",
        "RFC 5280 s4.2.1.1",
    )?;
    rule(
        !extensions.is_critical(ski),
        "subjectKeyIdentifier is critical",
        "RFC 5280 s4.2.1.2",
    )?;
    rule(
        extensions.has(ski) || !is_ca(certificate),
        "an authority's subjectKeyIdentifier is missing",
        "RFC 5280 s4.2.1.2",
    )
}

fn check_names(certificate: &Certificate<'_>) -> Result<(), Reason> {
    let extensions = &certificate.extensions;
    let nameless = certificate.subject().is_empty();
    rule(
        !(nameless && is_ca(certificate)),
        "an authority has an empty subject",
        "RFC 5280 s4.1.2.6",
    )?;
    rule(
        !nameless || extensions.is_critical(Known::SubjectAltName),
        "the subject is empty and subjectAltName is not critical",
        "RFC 5280 s4.2.1.6",
    )?;
    let mut names = certificate.subject_alt_names();
    let underscore = names.any(|name| matches!(name, GeneralName::Dns(text) if text.contains('_')));
    rule(
        !underscore,
        "a DNS name has an underscore",
        "RFC 5280 s4.2.1.6",
    )
}

fn check_constraints(certificate: &Certificate<'_>, rules: Rules) -> Result<(), Reason> {
    let extensions = &certificate.extensions;
    let ca = is_ca(certificate);
    rule(
        !ca || extensions.is_critical(Known::BasicConstraints),
        "an authority's basicConstraints is not critical",
        "RFC 5280 s4.2.1.9",
    )?;
    let signs = certificate
        .key_usage()
        .is_some_and(|usage| usage.allows(KeyUsage::KEY_CERT_SIGN));
    rule(
        ca || !signs,
        "keyUsage has keyCertSign, but it is no authority",
        "RFC 5280 s4.2.1.9",
    )?;
    let policy = Known::PolicyConstraints;
    rule(
        !extensions.has(policy) || extensions.is_critical(policy),
        "policyConstraints is not critical",
        "RFC 5280 s4.2.1.11",
    )?;
    let constraints = Known::NameConstraints;
    rule(
        !extensions.has(constraints) || ca,
        "nameConstraints on a certificate that is no authority",
        "RFC 5280 s4.2.1.10",
    )?;
    let dotted = extensions
        .name_constraints
        .as_ref()
        .and_then(|list| NameConstraints::read(list).ok())
        .is_some_and(|constraints| constraints.has_dotted_dns());
    rule(
        !dotted,
        "a DNS name constraint begins with a dot",
        "RFC 5280 s4.2.1.10",
    )?;
    // The CA/Browser Forum allows it, as old verifiers refuse what they do not know.
    rule(
        rules == Rules::Web || !extensions.has(constraints) || extensions.is_critical(constraints),
        "nameConstraints is not critical",
        "RFC 5280 s4.2.1.10",
    )
}

fn check_web(certificate: &Certificate<'_>, role: Role) -> Result<(), Reason> {
    check_web_key(certificate)?;
    rule(
        has_sound_access_info(certificate),
        "authorityInfoAccess is malformed",
        "RFC 5280 s4.2.2.1",
    )?;
    match role {
        Role::Leaf => check_web_leaf(certificate),
        Role::Intermediate => Ok(()),
        Role::Anchor => check_web_root(certificate),
    }
}

fn check_web_key(certificate: &Certificate<'_>) -> Result<(), Reason> {
    let whole_bytes = match certificate.public_key().map(|key| key.kind()) {
        Ok(KeyKind::Rsa { bits } | KeyKind::RsaPss { bits }) => bits % 8 == 0,
        _ => true,
    };
    rule(
        whole_bytes,
        "the RSA modulus is not of whole bytes",
        "CA/Browser Forum BR s6.1.5",
    )
}

fn check_web_leaf(leaf: &Certificate<'_>) -> Result<(), Reason> {
    const SECTION: &str = "CA/Browser Forum BR s7.1.2.7";
    if is_ca(leaf) {
        return Err(Reason::CaAsLeaf);
    }
    let extensions = &leaf.extensions;
    let usages: Option<Vec<_>> = leaf.extended_key_usage().map(Iterator::collect);
    rule(usages.is_some(), "extKeyUsage is missing", SECTION)?;
    let any = usages
        .unwrap_or_default()
        .iter()
        .any(|one| one.0 == ANY_EXTENDED_KEY_USAGE);
    rule(!any, "extKeyUsage allows any purpose", SECTION)?;
    rule(
        !extensions.is_critical(Known::ExtendedKeyUsage),
        "extKeyUsage is critical",
        SECTION,
    )?;
    rule(
        leaf.subject().is_empty() || !extensions.is_critical(Known::SubjectAltName),
        "subjectAltName is critical beside a subject",
        SECTION,
    )?;
    let subject = leaf.subject();
    let mut common_names = subject.attributes().filter(|one| one.kind == COMMON_NAME);
    rule(
        common_names.all(|name| is_alternative_name(leaf, &name.text())),
        "the common name is none of the alternative names, letter for letter",
        "CA/Browser Forum BR s7.1.4.3",
    )
}

fn is_alternative_name(leaf: &Certificate<'_>, text: &str) -> bool {
    leaf.subject_alt_names().any(|name| match name {
        GeneralName::Dns(found) => found == text,
        // Displayed as RFC 5952 and dotted decimals have it.
        GeneralName::Ip(_) => name.ip().is_some_and(|address| address.to_string() == text),
        _ => false,
    })
}

fn check_web_root(root: &Certificate<'_>) -> Result<(), Reason> {
    const SECTION: &str = "CA/Browser Forum BR s7.1.2.1";
    if !root.is_self_issued() {
        return Ok(());
    }
    let extensions = &root.extensions;
    rule(
        !extensions.has(Known::ExtendedKeyUsage),
        "a root has extKeyUsage",
        SECTION,
    )?;
    if !extensions.has(Known::AuthorityKeyIdentifier) {
        return Ok(());
    }
    rule(
        extensions.authority_key_id.is_some(),
        "a root's authorityKeyIdentifier has no keyIdentifier",
        SECTION,
    )?;
    rule(
        extensions.authority_key_id == extensions.subject_key_id,
        "a root's authorityKeyIdentifier is not its subjectKeyIdentifier",
        SECTION,
    )?;
    let value = root
        .extensions()
        .find(|one| one.oid.0 == AUTHORITY_KEY_IDENTIFIER);
    let alone = value.is_some_and(|one| elements(one.value, tag::SEQUENCE).is_ok_and(|n| n == 1));
    rule(
        alone,
        "a root's authorityKeyIdentifier has more than keyIdentifier",
        SECTION,
    )
}

/// How many elements the one constructed element in `bytes` has.
fn elements(bytes: &[u8], tag: u8) -> Result<usize, CertificateFault> {
    const FIELD: &str = "extensions";
    let mut inside = Cursor::new(bytes, 0).expect(tag, FIELD)?.cursor();
    let mut count = 0;
    while !inside.is_empty() {
        inside.element(FIELD)?;
        count += 1;
    }
    Ok(count)
}

fn has_sound_access_info(certificate: &Certificate<'_>) -> bool {
    certificate
        .extensions()
        .filter(|one| one.oid.0 == AUTHORITY_INFO_ACCESS)
        .all(|one| read_access_info(one.value).is_ok())
}

/// AuthorityInfoAccessSyntax: at least one pair of method and location (RFC 5280 s4.2.2.1).
fn read_access_info(value: &[u8]) -> Result<(), CertificateFault> {
    const FIELD: &str = "authorityInfoAccess";
    let mut outer = Cursor::new(value, 0);
    let mut list = outer.expect(tag::SEQUENCE, FIELD)?.cursor();
    outer.finish(FIELD)?;
    loop {
        let mut pair = list.expect(tag::SEQUENCE, FIELD)?.cursor();
        pair.expect(tag::OID, FIELD)?.oid(FIELD)?;
        GeneralName::read(&pair.element(FIELD)?, false, FIELD)?;
        pair.finish(FIELD)?;
        if list.is_empty() {
            return Ok(());
        }
    }
}

fn is_ca(certificate: &Certificate<'_>) -> bool {
    certificate.basic_constraints().is_some_and(|one| one.ca)
}

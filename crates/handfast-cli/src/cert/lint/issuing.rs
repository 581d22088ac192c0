//! The rules for issuers that verification knows, where no row of ours tells more.

use crate::cert::lint::found::{Finding, Found};
use crate::cert::lint::table::{Scope, Severity};
use crate::cert::order::{is_authority, is_self_signed};
use handfast_pki::certificate::Certificate;
use handfast_pki::verify::issuance::{Role, findings};
use handfast_pki::verify::policy::Rules;

/// Adds what [`findings`] tells beside what the other files find.
pub(super) fn check(certificate: &Certificate<'_>, found: &mut Found<'_>) {
    let rules = match found.upto {
        Scope::Path => Rules::Path,
        Scope::Rfc5280 => Rules::Rfc5280,
        Scope::Web => Rules::Web,
    };
    let role = match (is_authority(certificate), is_self_signed(certificate)) {
        (false, _) => Role::Leaf,
        (true, false) => Role::Intermediate,
        (true, true) => Role::Anchor,
    };
    for one in findings(certificate, role, rules) {
        if TOLD.contains(&one.rule) {
            continue;
        }
        found.all.push(Finding {
            id: id(one.rule),
            severity: if one.refused {
                Severity::Error
            } else {
                Severity::Notice
            },
            title: one.rule.to_owned(),
            section: one.section.to_owned(),
            fix: "have it issued anew as the section asks".to_owned(),
            place: found.place.clone(),
            evidence: String::new(),
        });
    }
}

/// `keyUsage allows nothing` is `cert.lint.rule.keyusage_allows_nothing`.
fn id(rule: &str) -> String {
    let words = rule.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    format!("cert.lint.rule.{}", words.join("_").to_ascii_lowercase())
}

/// The rules for which the table has a row, with evidence.
const TOLD: &[&str] = &[
    "the serial number is negative",
    "the serial number is zero",
    "the serial number is longer than 20 bytes",
    "the serial number has less than 64 random bits",
    "authorityKeyIdentifier is critical",
    "authorityKeyIdentifier is missing",
    "subjectKeyIdentifier is critical",
    "an authority's subjectKeyIdentifier is missing",
    "an authority has an empty subject",
    "the subject is empty and subjectAltName is not critical",
    "a DNS name has an underscore",
    "an authority's basicConstraints is not critical",
    "keyUsage has keyCertSign, but it is no authority",
    "keyUsage is not critical",
    "an authority's keyUsage is missing",
    "a path length on a certificate that is no authority",
    "the key is neither RSA nor of P-256, P-384 or P-521",
    "the RSA exponent is less than 65537",
    "it is signed with SHA-1",
    "extKeyUsage is missing",
    "extKeyUsage allows any purpose",
    "it is valid for longer than the web allows",
    "the common name is none of the alternative names, letter for letter",
    "subjectAltName is missing",
];

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn rules_have_ids() {
        assert_eq!(
            id("an authority's extKeyUsage is missing"),
            "cert.lint.rule.an_authority_s_extkeyusage_is_missing"
        );
    }
}

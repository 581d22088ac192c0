//! Rules for issuers: all that are broken are told, and each is silent on the certificate without
//! the fault.

use super::made::{Made, authority, dns_names, element, extension, key};
use crate::certificate::Certificate;
use crate::verify::issuance::{Finding, Role, check, findings};
use crate::verify::policy::Rules;

const SERVER_AUTH: &[u8] = &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
const DOMAIN_VALIDATED: &[u8] = &[0x30, 10, 0x30, 8, 6, 6, 0x67, 0x81, 0x0c, 1, 2, 1];

/// A server's extensions by all the rules; serial and validity are told apart.
fn server() -> Vec<Vec<u8>> {
    vec![
        dns_names(&["leaf"]),
        extension(15, true, &[3, 2, 7, 0x80]),
        extension(37, false, SERVER_AUTH),
        extension(32, false, DOMAIN_VALIDATED),
        extension(35, false, &[0x30, 3, 0x80, 1, 1]),
    ]
}

fn intermediate() -> Vec<Vec<u8>> {
    vec![
        authority(None),
        extension(15, true, &[3, 2, 1, 0x06]),
        extension(37, false, SERVER_AUTH),
        extension(14, false, &[4, 1, 1]),
        extension(35, false, &[0x30, 3, 0x80, 1, 1]),
    ]
}

fn broken(extensions: Vec<Vec<u8>>, role: Role, rules: Rules) -> Vec<Finding> {
    let key = key();
    let der = Made::new("leaf", "issuer", &key)
        .with(extensions)
        .signed_by(&key);
    let certificate = Certificate::parse(&der).expect("a certificate");
    let all = findings(&certificate, role, rules);
    // What is enforced is what is told, and nothing else.
    let refused = all.iter().any(|one| one.refused);
    assert_eq!(check(&certificate, role, rules).is_err(), refused);
    all
}

/// What every made certificate breaks: its serial number is 1.
const ALWAYS: [&str; 1] = ["the serial number has less than 64 random bits"];

fn rules_of(found: &[Finding]) -> Vec<&'static str> {
    let rules = found.iter().map(|one| one.rule);
    rules.filter(|rule| !ALWAYS.contains(rule)).collect()
}

#[test]
fn sound_certificates_break_nothing() {
    let found = broken(server(), Role::Leaf, Rules::Web);
    assert_eq!(found.iter().map(|one| one.rule).collect::<Vec<_>>(), ALWAYS);
    assert!(found.iter().all(|one| !one.refused));
    let found = broken(intermediate(), Role::Intermediate, Rules::Web);
    assert!(rules_of(&found).is_empty(), "{found:?}");
    assert!(broken(vec![dns_names(&["a_b"])], Role::Leaf, Rules::Path).is_empty());
}

/// Which extension is replaced (or comes besides), by what, and what is told of it.
type Row = (Option<usize>, Option<Vec<u8>>, &'static str, bool);

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    let any = element(0x30, &[&[6, 4, 0x55, 0x1d, 37, 0]]);
    let mail = element(0x30, &[&element(0x82, &[b"leaf"]), &element(0x81, &[b"a@b.test"])]);
    let own_policy = [0x30, 6, 0x30, 4, 6, 2, 0x2a, 3];
    let path_length = element(0x30, &[&[2, 1, 0]]);
    let mapping = element(0x30, &[&[0x30, 8, 6, 2, 0x2a, 3, 6, 2, 0x2a, 4]]);
    let key_id = [0x30, 3, 0x80, 1, 1];
    vec![
        (Some(0), None, "subjectAltName is missing", true),
        (Some(0), Some(extension(17, false, &mail)), "subjectAltName names others than servers", false),
        (Some(0), Some(dns_names(&["leaf", "a_b.test"])), "a DNS name has an underscore", true),
        (Some(1), Some(extension(15, true, &[3, 1, 0])), "keyUsage allows nothing", true),
        (Some(1), Some(extension(15, false, &[3, 2, 7, 0x80])), "keyUsage is not critical", false),
        (Some(1), Some(extension(15, true, &[3, 2, 1, 0x82])), "keyUsage has cRLSign, but it is no authority", true),
        (Some(1), Some(extension(15, true, &[3, 2, 2, 0x84])), "keyUsage has keyCertSign, but it is no authority", true),
        (Some(2), None, "extKeyUsage is missing", true),
        (Some(2), Some(extension(37, false, &any)), "extKeyUsage allows any purpose", true),
        (Some(2), Some(extension(37, true, SERVER_AUTH)), "extKeyUsage is critical", true),
        (Some(3), None, "no policy says how the subject was validated", false),
        (Some(3), Some(extension(32, false, &own_policy)), "no policy says how the subject was validated", false),
        (Some(4), Some(extension(35, true, &key_id)), "authorityKeyIdentifier is critical", true),
        (Some(4), Some(extension(35, false, &[0x30, 0])), "authorityKeyIdentifier has no keyIdentifier", false),
        (None, Some(extension(19, true, &path_length)), "a path length on a certificate that is no authority", true),
        (None, Some(extension(54, false, &[2, 1, 0])), "inhibitAnyPolicy is not critical", true),
        (None, Some(extension(33, false, &mapping)), "policyMappings is not critical", false),
    ]
}

#[test]
fn each_rule_is_told_alone() {
    for (place, with, rule, refused) in rows() {
        let mut extensions = server();
        if let Some(place) = place {
            extensions.remove(place);
        }
        extensions.extend(with);
        let found = broken(extensions, Role::Leaf, Rules::Web);
        // Without a name the common name has no other to be.
        let mut told = rules_of(&found);
        told.retain(|one| !one.starts_with("the common name") || rule == *one);
        assert_eq!(told, [rule]);
        let one = found
            .iter()
            .find(|one| one.rule == rule)
            .expect("it is there");
        assert_eq!(one.refused, refused, "{rule}");
    }
}

#[test]
fn the_rules_of_authorities_are_told_alone() {
    for (place, rules) in [
        (
            1,
            &[
                "an authority's keyUsage is missing",
                "an authority's keyUsage is missing or not critical",
            ][..],
        ),
        (2, &["an authority's extKeyUsage is missing"]),
        (3, &["an authority's subjectKeyIdentifier is missing"]),
        (4, &["authorityKeyIdentifier is missing"]),
    ] {
        let mut extensions = intermediate();
        extensions.remove(place);
        let found = broken(extensions, Role::Intermediate, Rules::Web);
        assert_eq!(rules_of(&found), rules);
    }
    let found = broken(intermediate(), Role::Leaf, Rules::Web);
    assert!(rules_of(&found).contains(&"an authority's own certificate, used as the peer's"));
}

#[test]
fn all_broken_rules_are_told_and_not_the_first_alone() {
    let worst = vec![
        dns_names(&["a_b.test"]),
        extension(15, true, &[3, 2, 1, 0x86]),
        extension(37, true, SERVER_AUTH),
    ];
    let found = broken(worst, Role::Leaf, Rules::Web);
    assert!(
        found.iter().filter(|one| one.refused).count() >= 5,
        "{found:?}"
    );
    let sections = found.iter().all(|one| one.section.contains(" s"));
    assert!(sections, "{found:?}");
}

//! Rules of the CA/Browser Forum for the public web (Baseline Requirements 2.1).

use crate::certificate::Certificate;
use crate::cursor::{Cursor, tag};
use crate::extension::{KeyUsage, Known};
use crate::fault::CertificateFault;
use crate::general_name::GeneralName;
use crate::oid::{
    ANY_EXTENDED_KEY_USAGE, AUTHORITY_INFO_ACCESS, AUTHORITY_KEY_IDENTIFIER, COMMON_NAME,
};
use crate::subject_key::{KeyDetails, SubjectKey};
use crate::time::Validity;
use crate::verify::issuance::finding::{Findings, Role, is_ca};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::signature::{KeyKind, SignatureAlgorithm};

/// The one rule whose breaking has a reason of its own.
pub(super) const CA_AS_LEAF: &str = "CA/Browser Forum BR s7.1.2.7.8";

pub(super) fn check(certificate: &Certificate<'_>, role: Role, found: &mut Findings) {
    check_key(certificate, found);
    check_signature(certificate, role, found);
    check_serial(certificate, found);
    found.rule(
        has_sound_access_info(certificate),
        "authorityInfoAccess is malformed",
        "RFC 5280 s4.2.2.1",
    );
    match role {
        Role::Leaf => check_leaf(certificate, found),
        Role::Intermediate => check_intermediate(certificate, found),
        Role::Anchor => check_root(certificate, found),
    }
}

fn check_key(certificate: &Certificate<'_>, found: &mut Findings) {
    const SIZES: &str = "CA/Browser Forum BR s6.1.5";
    let kind = certificate.key_kind();
    let whole_bytes = match kind {
        Ok(KeyKind::Rsa { bits } | KeyKind::RsaPss { bits }) => bits % 8 == 0,
        _ => true,
    };
    found.rule(whole_bytes, "the RSA modulus is not of whole bytes", SIZES);
    // s7.1.3.1: id-RSASSA-PSS, Ed25519 and ML-DSA are no keys of the web.
    let known = matches!(
        kind,
        Ok(KeyKind::Rsa { .. } | KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521)
    );
    found.advise(
        known,
        "the key is neither RSA nor of P-256, P-384 or P-521",
        "CA/Browser Forum BR s7.1.3.1",
    );
    let details = SubjectKey::parse(certificate.spki()).map(|key| key.details);
    let usual = match details {
        // 65,537 and more is what the section asks to be preferred.
        Ok(KeyDetails::Rsa { exponent, .. }) => exponent.len() > 2,
        _ => true,
    };
    let section = "CA/Browser Forum BR s6.1.6";
    found.advise(usual, "the RSA exponent is less than 65537", section);
}

fn check_signature(certificate: &Certificate<'_>, role: Role, found: &mut Findings) {
    const SECTION: &str = "CA/Browser Forum BR s7.1.3.2";
    let Some(algorithm) = certificate.known_signature_algorithm() else {
        return;
    };
    // Nobody checks the signature of a root.
    let sha1 = role != Role::Anchor && algorithm.hash() == Some(HashAlgorithm::Sha1);
    found.rule(!sha1, "it is signed with SHA-1", SECTION);
    let whole = matches!(
        algorithm,
        SignatureAlgorithm::Ed25519
            | SignatureAlgorithm::MlDsa44
            | SignatureAlgorithm::MlDsa65
            | SignatureAlgorithm::MlDsa87
    );
    found.advise(
        !whole,
        "it is signed neither with RSA nor with ECDSA",
        SECTION,
    );
}

fn check_serial(certificate: &Certificate<'_>, found: &mut Findings) {
    // Of 64 random bits the first eight are zero once in 256 times, the first sixteen in 65,536.
    let long = certificate.serial().len() > 6;
    found.advise(
        long,
        "the serial number has less than 64 random bits",
        "CA/Browser Forum BR s7.1",
    );
}

fn check_leaf(leaf: &Certificate<'_>, found: &mut Findings) {
    const SECTION: &str = "CA/Browser Forum BR s7.1.2.7";
    let ca = is_ca(leaf);
    found.rule(
        !ca,
        "an authority's own certificate, used as the peer's",
        CA_AS_LEAF,
    );
    let extensions = &leaf.extensions;
    let usages: Option<Vec<_>> = leaf.extended_key_usage().map(Iterator::collect);
    found.rule(usages.is_some(), "extKeyUsage is missing", SECTION);
    let any = usages
        .unwrap_or_default()
        .iter()
        .any(|one| one.0 == ANY_EXTENDED_KEY_USAGE);
    found.rule(!any, "extKeyUsage allows any purpose", SECTION);
    found.rule(
        !extensions.is_critical(Known::ExtendedKeyUsage),
        "extKeyUsage is critical",
        SECTION,
    );
    found.rule(
        leaf.subject().is_empty() || !extensions.is_critical(Known::SubjectAltName),
        "subjectAltName is critical beside a subject",
        SECTION,
    );
    check_leaf_names(leaf, found);
    found.advise(
        is_short(leaf.validity()),
        "it is valid for longer than the web allows",
        "CA/Browser Forum BR s6.3.2",
    );
    let usage = leaf.key_usage().unwrap_or(KeyUsage(0));
    found.rule(
        ca || !usage.allows(KeyUsage::CRL_SIGN),
        "keyUsage has cRLSign, but it is no authority",
        "CA/Browser Forum BR s7.1.2.7.11",
    );
    let stated = leaf.policies().into_iter().flatten();
    let reserved = stated.into_iter().any(|one| is_reserved_policy(one.id().0));
    found.advise(
        reserved,
        "no policy says how the subject was validated",
        "CA/Browser Forum BR s7.1.2.7.9",
    );
    found.advise(
        extensions.authority_key_id.is_some(),
        "authorityKeyIdentifier has no keyIdentifier",
        "CA/Browser Forum BR s7.1.2.11.1",
    );
}

fn check_leaf_names(leaf: &Certificate<'_>, found: &mut Findings) {
    let subject = leaf.subject();
    let mut common_names = subject.attributes().filter(|one| one.kind == COMMON_NAME);
    found.rule(
        common_names.all(|name| is_alternative_name(leaf, &name.text())),
        "the common name is none of the alternative names, letter for letter",
        "CA/Browser Forum BR s7.1.4.3",
    );
    let section = "CA/Browser Forum BR s7.1.2.7.12";
    let mut names = leaf.subject_alt_names();
    let some = names.next().is_some();
    found.rule(some, "subjectAltName is missing", section);
    let mut names = leaf.subject_alt_names();
    let servers = names.all(|name| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_)));
    found.advise(servers, "subjectAltName names others than servers", section);
}

fn check_intermediate(authority: &Certificate<'_>, found: &mut Findings) {
    let extensions = &authority.extensions;
    let section = "CA/Browser Forum BR s7.1.2.10.7";
    let there = extensions.is_critical(Known::KeyUsage);
    found.advise(
        there,
        "an authority's keyUsage is missing or not critical",
        section,
    );
    let listed = extensions.has(Known::ExtendedKeyUsage);
    let section = "CA/Browser Forum BR s7.1.2.10.6";
    found.advise(listed, "an authority's extKeyUsage is missing", section);
}

/// The longest that a server's certificate may be valid, by when it was issued (s6.3.2); both ends
/// count. What was issued before the first row is not judged.
const LIFETIMES: [(i64, i64); 6] = [
    // 2018-03-01
    (1_519_862_400, 825),
    // 2020-09-01
    (1_598_918_400, 398),
    // 2026-03-15
    (1_773_532_800, 200),
    // 2027-03-15
    (1_805_068_800, 100),
    // 2029-03-15
    (1_868_227_200, 47),
    // No later row.
    (i64::MAX, 47),
];

fn is_short(validity: Validity) -> bool {
    let begin = validity.not_before.0;
    let row = LIFETIMES.iter().rev().find(|(from, _)| *from <= begin);
    let Some((_, days)) = row else {
        return true;
    };
    let seconds = validity.not_after.0.saturating_sub(begin).saturating_add(1);
    seconds <= days * 86_400
}

/// Domain, organization, individual or extended validation (s7.1.6.1).
fn is_reserved_policy(policy: &[u8]) -> bool {
    matches!(
        policy,
        [0x67, 0x81, 0x0c, 1, 1] | [0x67, 0x81, 0x0c, 1, 2, 1..=3]
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

fn check_root(root: &Certificate<'_>, found: &mut Findings) {
    const SECTION: &str = "CA/Browser Forum BR s7.1.2.1";
    if !root.is_self_issued() {
        return;
    }
    let extensions = &root.extensions;
    found.rule(
        !extensions.has(Known::ExtendedKeyUsage),
        "a root has extKeyUsage",
        SECTION,
    );
    if !extensions.has(Known::AuthorityKeyIdentifier) {
        return;
    }
    found.rule(
        extensions.authority_key_id.is_some(),
        "a root's authorityKeyIdentifier has no keyIdentifier",
        SECTION,
    );
    found.rule(
        extensions.authority_key_id == extensions.subject_key_id,
        "a root's authorityKeyIdentifier is not its subjectKeyIdentifier",
        SECTION,
    );
    let value = root
        .extensions()
        .find(|one| one.oid.0 == AUTHORITY_KEY_IDENTIFIER);
    let alone = value.is_some_and(|one| elements(one.value, tag::SEQUENCE).is_ok_and(|n| n == 1));
    found.rule(
        alone,
        "a root's authorityKeyIdentifier has more than keyIdentifier",
        SECTION,
    );
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

#[cfg(test)]
mod tests {
    use super::is_short;
    use crate::time::{UnixTime, Validity};

    #[test]
    fn a_certificate_is_valid_as_long_as_the_web_allowed_when_it_was_issued() {
        const DAY: i64 = 86_400;
        for (begin, days) in [
            (1_519_862_399, None),
            (1_519_862_400, Some(825)),
            (1_598_918_399, Some(825)),
            (1_598_918_400, Some(398)),
            (1_773_532_800, Some(200)),
            (1_805_068_799, Some(200)),
            (1_805_068_800, Some(100)),
            (1_868_227_200, Some(47)),
            (4_000_000_000, Some(47)),
        ] {
            let lasts = |seconds: i64| {
                is_short(Validity {
                    not_before: UnixTime(begin),
                    not_after: UnixTime(begin + seconds - 1),
                })
            };
            let Some(days) = days else {
                assert!(lasts(10_000 * DAY), "{begin}");
                continue;
            };
            assert!(lasts(days * DAY) && !lasts(days * DAY + 1), "{begin}");
        }
    }
}

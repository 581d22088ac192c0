//! The four extensions about certificate policies (RFC 5280 s4.2.1.4, s4.2.1.5, s4.2.1.11 and
//! s4.2.1.14).
//!
//! Their layout is checked when the certificate is read. What stands inside a qualifier is read
//! when asked for: it is meant for people, and decides nothing.

use crate::cursor::{Cursor, Tlv, tag};
use crate::distinguished_name::string_text;
use crate::fault::{CertificateFault, Problem};
use crate::oid::{ANY_POLICY, Oid, QUALIFIER_CPS, QUALIFIER_USER_NOTICE};
use smallvec::SmallVec;

/// The most policies, or pairs of policies, that one certificate may carry (a limit of ours; bridges
/// between governments carry some thirty).
pub const MAX_POLICIES: usize = 256;

const POLICIES: &str = "certificatePolicies";
const QUALIFIER: &str = "certificatePolicies.policyQualifiers";
const NOTICE: &str = "certificatePolicies.userNotice";
const MAPPINGS: &str = "policyMappings";
const CONSTRAINTS: &str = "policyConstraints";
const INHIBIT: &str = "inhibitAnyPolicy";

/// The policies of a certificate, in the order received; already checked.
#[derive(Clone, Debug)]
pub struct CertificatePolicies<'a>(Cursor<'a>);

/// One policy under which a certificate was issued.
#[derive(Clone, Copy, Debug)]
pub struct PolicyInformation<'a> {
    id: Oid<'a>,
    qualifiers: Option<Cursor<'a>>,
}

/// What an issuer says about a policy.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Qualifier<'a> {
    /// Where the certification practice statement is published: a URI, as received.
    Cps(&'a str),
    /// A text to show.
    UserNotice(UserNotice<'a>),
    /// A qualifier that RFC 5280 does not define.
    Other {
        /// Which it is.
        id: Oid<'a>,
        /// Its value in DER.
        value: &'a [u8],
    },
}

/// A text to show, or where it is found (RFC 5280 s4.2.1.4).
#[derive(Clone, Copy, Debug)]
pub struct UserNotice<'a> {
    organization: Option<Tlv<'a>>,
    numbers: Cursor<'a>,
    text: Option<Tlv<'a>>,
}

impl<'a> CertificatePolicies<'a> {
    /// The list of a value that was checked.
    pub(crate) fn of(value: &Tlv<'a>) -> Result<Self, CertificateFault> {
        only_list(value, POLICIES).map(|list| Self(list.cursor()))
    }

    /// Reads the extension's value to its end, so that iterating cannot fail.
    pub(crate) fn check(value: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let list = only_list(value, POLICIES)?;
        let mut cursor = list.cursor();
        let policies = Self(cursor);
        let mut seen: SmallVec<[&[u8]; 8]> = SmallVec::new();
        while !cursor.is_empty() {
            let element = cursor.expect(tag::SEQUENCE, POLICIES)?;
            seen.push(PolicyInformation::read(&element)?.id.0);
            check_count(&list, seen.len(), POLICIES)?;
        }
        // RFC 5280 s4.2.1.4: no policy appears twice.
        seen.sort_unstable();
        if seen.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(list.fault(Problem::DuplicatePolicy, POLICIES));
        }
        Ok(policies)
    }
}

impl<'a> Iterator for CertificatePolicies<'a> {
    type Item = PolicyInformation<'a>;

    fn next(&mut self) -> Option<PolicyInformation<'a>> {
        let element = next_of(&mut self.0)?;
        PolicyInformation::read(&element).ok()
    }
}

impl<'a> PolicyInformation<'a> {
    fn read(element: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut inside = element.cursor();
        let id = Oid(inside.expect(tag::OID, POLICIES)?.oid(POLICIES)?);
        let qualifiers = match inside.optional(tag::SEQUENCE, QUALIFIER)? {
            Some(list) => {
                check_qualifiers(&list)?;
                Some(list.cursor())
            }
            None => None,
        };
        inside.finish(POLICIES)?;
        Ok(Self { id, qualifiers })
    }

    /// Which policy it is.
    #[must_use]
    pub fn id(&self) -> Oid<'a> {
        self.id
    }

    /// Whether it stands for every policy: anyPolicy, 2.5.29.32.0.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.id.0 == ANY_POLICY
    }

    /// What the issuer says about it, in the order received.
    ///
    /// A qualifier whose inside is malformed gives its [`CertificateFault`]; the others follow.
    pub fn qualifiers(&self) -> impl Iterator<Item = Result<Qualifier<'a>, CertificateFault>> {
        let mut list = self.qualifiers;
        std::iter::from_fn(move || {
            let element = next_of(list.as_mut()?)?;
            Some(Qualifier::read(&element))
        })
    }
}

/// Checks the list's layout, whatever is inside of the values.
fn check_qualifiers(list: &Tlv<'_>) -> Result<(), CertificateFault> {
    let mut cursor = list.cursor();
    if cursor.is_empty() {
        return Err(list.fault(Problem::EmptyList, QUALIFIER));
    }
    while !cursor.is_empty() {
        let mut pair = cursor.expect(tag::SEQUENCE, QUALIFIER)?.cursor();
        pair.expect(tag::OID, QUALIFIER)?.oid(QUALIFIER)?;
        pair.element(QUALIFIER)?;
        pair.finish(QUALIFIER)?;
    }
    Ok(())
}

impl<'a> Qualifier<'a> {
    fn read(element: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut pair = element.cursor();
        let id = pair.expect(tag::OID, QUALIFIER)?.value;
        let value = pair.element(QUALIFIER)?;
        Ok(match id {
            QUALIFIER_CPS => Self::Cps(read_uri(&value)?),
            QUALIFIER_USER_NOTICE => Self::UserNotice(UserNotice::read(&value)?),
            _ => Self::Other {
                id: Oid(id),
                value: value.raw,
            },
        })
    }
}

/// CPSuri is an IA5String.
fn read_uri<'a>(value: &Tlv<'a>) -> Result<&'a str, CertificateFault> {
    const FIELD: &str = "certificatePolicies.cPSuri";
    if value.tag != tag::IA5_STRING {
        let (wanted, found) = (tag::IA5_STRING, value.tag);
        return Err(value.fault(Problem::Tag { wanted, found }, FIELD));
    }
    match std::str::from_utf8(value.value) {
        Ok(text) if text.is_ascii() => Ok(text),
        _ => Err(value.fault(Problem::NotAscii, FIELD)),
    }
}

impl<'a> UserNotice<'a> {
    fn read(value: &Tlv<'a>) -> Result<Self, CertificateFault> {
        if value.tag != tag::SEQUENCE {
            let (wanted, found) = (tag::SEQUENCE, value.tag);
            return Err(value.fault(Problem::Tag { wanted, found }, NOTICE));
        }
        let mut notice = Self {
            organization: None,
            numbers: Cursor::new(&[], 0),
            text: None,
        };
        let mut inside = value.cursor();
        if let Some(reference) = inside.optional(tag::SEQUENCE, NOTICE)? {
            let mut reference = reference.cursor();
            let organization = reference.element(NOTICE)?;
            check_text(&organization)?;
            notice.organization = Some(organization);
            let numbers = reference.expect(tag::SEQUENCE, NOTICE)?;
            reference.finish(NOTICE)?;
            notice.numbers = numbers.cursor();
            let mut rest = numbers.cursor();
            while !rest.is_empty() {
                rest.expect(tag::INTEGER, NOTICE)?.integer(NOTICE)?;
            }
        }
        if !inside.is_empty() {
            let text = inside.element(NOTICE)?;
            check_text(&text)?;
            notice.text = Some(text);
        }
        inside.finish(NOTICE)?;
        Ok(notice)
    }

    /// The text to show.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.text.as_ref().map(string_text)
    }

    /// Whose numbered notices are meant.
    #[must_use]
    pub fn organization(&self) -> Option<String> {
        self.organization.as_ref().map(string_text)
    }

    /// The numbers of the organization's notices, each a big-endian two's complement number in
    /// fewest bytes.
    pub fn numbers(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.numbers;
        std::iter::from_fn(move || next_of(&mut rest).map(|number| number.value))
    }
}

/// DisplayText. RFC 5280 limits it to 200 characters; longer ones are in use, and harm nobody.
fn check_text(element: &Tlv<'_>) -> Result<(), CertificateFault> {
    match element.tag {
        tag::IA5_STRING | tag::VISIBLE_STRING | tag::BMP_STRING | tag::UTF8_STRING => Ok(()),
        found => {
            let wanted = tag::UTF8_STRING;
            Err(element.fault(Problem::Tag { wanted, found }, NOTICE))
        }
    }
}

/// The pairs of policyMappings, in the order received; already checked.
#[derive(Clone, Debug)]
pub struct PolicyMappings<'a>(Cursor<'a>);

/// Two policies that an authority holds to be worth the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyMapping<'a> {
    /// The authority's own policy.
    pub issuer_domain: Oid<'a>,
    /// The policy that certificates below it state.
    pub subject_domain: Oid<'a>,
}

impl<'a> PolicyMappings<'a> {
    /// The list of a value that was checked.
    pub(crate) fn of(value: &Tlv<'a>) -> Result<Self, CertificateFault> {
        only_list(value, MAPPINGS).map(|list| Self(list.cursor()))
    }

    /// Reads the extension's value to its end, so that iterating cannot fail.
    pub(crate) fn check(value: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let list = only_list(value, MAPPINGS)?;
        let mut cursor = list.cursor();
        let mut count = 0;
        while !cursor.is_empty() {
            PolicyMapping::read(&cursor.expect(tag::SEQUENCE, MAPPINGS)?)?;
            count += 1;
            check_count(&list, count, MAPPINGS)?;
        }
        Ok(Self(list.cursor()))
    }
}

impl<'a> Iterator for PolicyMappings<'a> {
    type Item = PolicyMapping<'a>;

    fn next(&mut self) -> Option<PolicyMapping<'a>> {
        let element = next_of(&mut self.0)?;
        PolicyMapping::read(&element).ok()
    }
}

impl<'a> PolicyMapping<'a> {
    fn read(element: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut pair = element.cursor();
        let issuer_domain = Oid(pair.expect(tag::OID, MAPPINGS)?.oid(MAPPINGS)?);
        let subject_domain = Oid(pair.expect(tag::OID, MAPPINGS)?.oid(MAPPINGS)?);
        pair.finish(MAPPINGS)?;
        Ok(Self {
            issuer_domain,
            subject_domain,
        })
    }
}

/// policyConstraints: after how many more certificates, self-issued ones not counted, a rule begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// From there on each certificate needs an acceptable policy.
    pub require_explicit_policy: Option<u32>,
    /// From there on nothing is mapped.
    pub inhibit_policy_mapping: Option<u32>,
}

impl PolicyConstraints {
    pub(crate) fn read(value: &Tlv<'_>) -> Result<Self, CertificateFault> {
        let list = only_list(value, CONSTRAINTS)?;
        let mut inside = list.cursor();
        let explicit = inside.optional(tag::context(0), CONSTRAINTS)?;
        let mapping = inside.optional(tag::context(1), CONSTRAINTS)?;
        inside.finish(CONSTRAINTS)?;
        let count = |number: Option<Tlv<'_>>| {
            number
                .map(|number| read_skip_certs(&number, CONSTRAINTS))
                .transpose()
        };
        Ok(Self {
            require_explicit_policy: count(explicit)?,
            inhibit_policy_mapping: count(mapping)?,
        })
    }
}

/// inhibitAnyPolicy: after how many more certificates, self-issued ones not counted, anyPolicy
/// stands for nothing.
pub(crate) fn read_inhibit_any_policy(value: &Tlv<'_>) -> Result<u32, CertificateFault> {
    let mut cursor = value.cursor();
    let number = cursor.expect(tag::INTEGER, INHIBIT)?;
    cursor.finish(INHIBIT)?;
    read_skip_certs(&number, INHIBIT)
}

/// SkipCerts ::= INTEGER (0..MAX); more than fits is as good as for ever.
fn read_skip_certs(number: &Tlv<'_>, field: &'static str) -> Result<u32, CertificateFault> {
    match number.integer(field)? {
        [0x80..=0xff, ..] => Err(number.fault(Problem::SkipCerts, field)),
        bytes if bytes.len() > 4 => Ok(u32::MAX),
        bytes => Ok(bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u32::from(*byte))),
    }
}

/// The one SEQUENCE of the extension's value, which must not be empty.
fn only_list<'a>(value: &Tlv<'a>, field: &'static str) -> Result<Tlv<'a>, CertificateFault> {
    let mut cursor = value.cursor();
    let list = cursor.expect(tag::SEQUENCE, field)?;
    cursor.finish(field)?;
    if list.value.is_empty() {
        return Err(list.fault(Problem::EmptyList, field));
    }
    Ok(list)
}

fn check_count(list: &Tlv<'_>, count: usize, field: &'static str) -> Result<(), CertificateFault> {
    let limit = MAX_POLICIES;
    if count > limit {
        return Err(list.fault(Problem::TooMany { limit }, field));
    }
    Ok(())
}

/// The next element of a checked list.
fn next_of<'a>(cursor: &mut Cursor<'a>) -> Option<Tlv<'a>> {
    if cursor.is_empty() {
        return None;
    }
    cursor.element(POLICIES).ok()
}

#[cfg(test)]
mod tests;

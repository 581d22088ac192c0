//! Extensions (RFC 5280 section 4.2), in the order that most certificates have.

use der::Tag;
use handfast_crypto::signature::KeyKind;

use crate::alternative_name::{AlternativeName, ascii};
use crate::error::CaError;
use crate::profile::{Limits, Pointers, PolicyStatement, Profile};
use crate::purpose::Purpose;
use crate::subtree::Subtree;
use crate::write::{Der, constructed, element, integer, octets, oid, primitive, sequence};

/// The identifiers of the two keys that a certificate joins.
pub(crate) struct KeyIdentifiers<'a> {
    pub(crate) subject: &'a [u8],
    pub(crate) issuer: &'a [u8],
}

/// The extensions that a profile asks for: the SEQUENCE of them.
pub(crate) fn extensions(profile: &Profile, key: KeyKind, identifiers: &KeyIdentifiers<'_>) -> Der {
    let limits = profile.authority.as_ref();
    let nameless = profile.subject.is_empty();
    if nameless && (profile.names.is_empty() || limits.is_some()) {
        return Err(CaError::BadName(String::new()));
    }
    let mut list = vec![
        extension(BASIC_CONSTRAINTS, true, &basic_constraints(limits)?)?,
        extension(KEY_USAGE, true, &key_usage(limits.is_some(), key)?)?,
        extension(SUBJECT_KEY_ID, false, &octets(identifiers.subject)?)?,
        authority_key_id(identifiers.issuer)?,
    ];
    if !profile.purposes.is_empty() {
        list.push(ext_key_usage(&profile.purposes)?);
    }
    if !profile.names.is_empty() {
        // RFC 5280 section 4.2.1.6: critical where the subject is empty.
        list.push(alternative_names(&profile.names, nameless)?);
    }
    if let Some(limits) = limits {
        list.extend(name_constraints(limits)?);
    }
    list.extend(policies(&profile.policies)?);
    list.extend(distribution_points(&profile.pointers)?);
    list.extend(access(&profile.pointers)?);
    if profile.must_staple {
        list.push(must_staple()?);
    }
    if profile.ocsp_no_check {
        list.push(extension(OCSP_NO_CHECK, false, &element(Tag::Null, &[])?)?);
    }
    if profile.delegation {
        let usage = element(Tag::Null, &[])?;
        list.push(extension(DELEGATION_USAGE, false, &usage)?);
    }
    if let Some(digest) = &profile.acme_identifier {
        // RFC 8737 section 3: critical, so that it is good for nothing else.
        list.push(extension(ACME_IDENTIFIER, true, &octets(digest)?)?);
    }
    sequence(&[&list.concat()])
}

/// Extension in DER around its value.
pub(crate) fn extension(number: &str, critical: bool, value: &[u8]) -> Der {
    let number = oid(number)?;
    let value = octets(value)?;
    if critical {
        sequence(&[&number, &element(Tag::Boolean, &[&[0xff]])?, &value])
    } else {
        sequence(&[&number, &value])
    }
}

/// RFC 5280 section 4.2.1.9.
fn basic_constraints(limits: Option<&Limits>) -> Der {
    let Some(limits) = limits else {
        return sequence(&[]);
    };
    let ca = element(Tag::Boolean, &[&[0xff]])?;
    match limits.path_length {
        Some(length) => sequence(&[&ca, &integer(&[length])?]),
        None => sequence(&[&ca]),
    }
}

/// RFC 5280 section 4.2.1.3: digitalSignature (0), keyEncipherment (2), keyCertSign (5), cRLSign
/// (6), counted from the highest bit.
pub(crate) fn key_usage(authority: bool, key: KeyKind) -> Der {
    let (unused, bits) = match (authority, key) {
        // Nothing else: with digitalSignature it would pass for a server itself.
        (true, _) => (1, 0b0000_0110),
        // TLS 1.2's RSA key exchange encrypts to the key.
        (false, KeyKind::Rsa { .. }) => (5, 0b1010_0000),
        (false, _) => (7, 0b1000_0000),
    };
    element(Tag::BitString, &[&[unused, bits]])
}

/// RFC 5280 section 4.2.1.1: by the key alone, as a name could be had by several.
pub(crate) fn authority_key_id(identifier: &[u8]) -> Der {
    let value = sequence(&[&primitive(0, identifier)?])?;
    extension(AUTHORITY_KEY_ID, false, &value)
}

/// RFC 5280 section 4.2.1.12.
pub(crate) fn ext_key_usage(purposes: &[Purpose]) -> Der {
    // RFC 3161 section 2.3: alone, and critical.
    let critical = purposes == [Purpose::TimeStamping];
    let purposes: Result<Vec<_>, _> = purposes.iter().map(|one| oid(one.oid())).collect();
    let value = sequence(&[&purposes?.concat()])?;
    extension(EXT_KEY_USAGE, critical, &value)
}

/// RFC 5280 section 4.2.1.6.
pub(crate) fn alternative_names(names: &[AlternativeName], critical: bool) -> Der {
    let names: Result<Vec<_>, _> = names.iter().map(AlternativeName::write).collect();
    extension(SUBJECT_ALT_NAME, critical, &sequence(&[&names?.concat()])?)
}

/// RFC 7633: status_request (5) alone.
pub(crate) fn must_staple() -> Der {
    extension(TLS_FEATURE, false, &sequence(&[&integer(&[5])?])?)
}

/// RFC 5280 section 4.2.1.10.
fn name_constraints(limits: &Limits) -> Result<Option<Vec<u8>>, CaError> {
    if limits.permitted.is_empty() && limits.excluded.is_empty() {
        return Ok(None);
    }
    let list = |number, sets: &[Subtree]| -> Der {
        if sets.is_empty() {
            return Ok(Vec::new());
        }
        let sets: Result<Vec<_>, _> = sets.iter().map(Subtree::write).collect();
        constructed(number, &[&sets?.concat()])
    };
    let permitted = list(0, &limits.permitted)?;
    let excluded = list(1, &limits.excluded)?;
    let value = sequence(&[&permitted, &excluded])?;
    extension(NAME_CONSTRAINTS, true, &value).map(Some)
}

/// RFC 5280 section 4.2.1.4.
fn policies(policies: &[PolicyStatement]) -> Result<Option<Vec<u8>>, CaError> {
    if policies.is_empty() {
        return Ok(None);
    }
    let mut list = Vec::new();
    for policy in policies {
        let qualifiers = match &policy.practice {
            Some(url) => {
                let url = element(Tag::Ia5String, &[ascii(url)?])?;
                sequence(&[&sequence(&[&oid(QUALIFIER_CPS)?, &url])?])?
            }
            None => Vec::new(),
        };
        list.extend(sequence(&[&oid(&policy.oid)?, &qualifiers])?);
    }
    extension(POLICIES, false, &sequence(&[&list])?).map(Some)
}

/// RFC 5280 section 4.2.1.13: one point with all URLs, as they lead to the same list.
fn distribution_points(pointers: &Pointers) -> Result<Option<Vec<u8>>, CaError> {
    if pointers.crl.is_empty() {
        return Ok(None);
    }
    let urls: Result<Vec<_>, CaError> = pointers.crl.iter().map(|url| url_name(url)).collect();
    let full_name = constructed(0, &[&urls?.concat()])?;
    let point = sequence(&[&constructed(0, &[&full_name])?])?;
    extension(CRL_DISTRIBUTION_POINTS, false, &sequence(&[&point])?).map(Some)
}

/// RFC 5280 section 4.2.2.1.
fn access(pointers: &Pointers) -> Result<Option<Vec<u8>>, CaError> {
    let describe = |method: &str, url: &String| sequence(&[&oid(method)?, &url_name(url)?]);
    let ocsp = pointers.ocsp.iter().map(|url| describe(ACCESS_OCSP, url));
    let issuers = pointers
        .issuers
        .iter()
        .map(|url| describe(ACCESS_ISSUERS, url));
    let all: Result<Vec<_>, _> = ocsp.chain(issuers).collect();
    let all = all?;
    if all.is_empty() {
        return Ok(None);
    }
    extension(AUTHORITY_INFO_ACCESS, false, &sequence(&[&all.concat()])?).map(Some)
}

fn url_name(url: &str) -> Der {
    primitive(6, ascii(url)?)
}

const SUBJECT_KEY_ID: &str = "2.5.29.14";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
const SUBJECT_ALT_NAME: &str = "2.5.29.17";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const NAME_CONSTRAINTS: &str = "2.5.29.30";
const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
const POLICIES: &str = "2.5.29.32";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";
const EXT_KEY_USAGE: &str = "2.5.29.37";
const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";
const DELEGATION_USAGE: &str = "1.3.6.1.4.1.44363.44";
const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
const ACME_IDENTIFIER: &str = "1.3.6.1.5.5.7.1.31";
const ACCESS_OCSP: &str = "1.3.6.1.5.5.7.48.1";
const ACCESS_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
const QUALIFIER_CPS: &str = "1.3.6.1.5.5.7.2.1";

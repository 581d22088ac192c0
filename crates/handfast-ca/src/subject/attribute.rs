//! The types of attributes that are known by name: number, string and limit (RFC 5280 appendix
//! A.1, RFC 4514 section 3).

use der::Tag;

use crate::write::{Der, element, oid, sequence};

/// A type of attribute.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) oid: &'static str,
    /// The kind of string that its values are written as.
    pub(crate) string: Tag,
    /// The most characters that a value has.
    pub(crate) limit: usize,
}

pub(crate) const COMMON_NAME: Kind = kind("CN", "2.5.4.3", Tag::Utf8String, 64);

/// The other types that are known.
const KINDS: &[Kind] = &[
    COMMON_NAME,
    kind("C", "2.5.4.6", Tag::PrintableString, 2),
    kind("O", "2.5.4.10", Tag::Utf8String, 64),
    kind("OU", "2.5.4.11", Tag::Utf8String, 64),
    kind("L", "2.5.4.7", Tag::Utf8String, 128),
    kind("ST", "2.5.4.8", Tag::Utf8String, 128),
    kind("STREET", "2.5.4.9", Tag::Utf8String, 128),
    kind("postalCode", "2.5.4.17", Tag::Utf8String, 40),
    kind("serialNumber", "2.5.4.5", Tag::PrintableString, 64),
    kind("title", "2.5.4.12", Tag::Utf8String, 64),
    kind("SN", "2.5.4.4", Tag::Utf8String, 32_768),
    kind("GN", "2.5.4.42", Tag::Utf8String, 32_768),
    kind("initials", "2.5.4.43", Tag::Utf8String, 32_768),
    kind("pseudonym", "2.5.4.65", Tag::Utf8String, 128),
    kind("dnQualifier", "2.5.4.46", Tag::PrintableString, 64),
    kind("businessCategory", "2.5.4.15", Tag::Utf8String, 128),
    kind("organizationIdentifier", "2.5.4.97", Tag::Utf8String, 256),
    kind("UID", "0.9.2342.19200300.100.1.1", Tag::Utf8String, 256),
    kind("DC", "0.9.2342.19200300.100.1.25", Tag::Ia5String, 63),
    kind("emailAddress", "1.2.840.113549.1.9.1", Tag::Ia5String, 255),
];

/// Other spellings in use.
const SYNONYMS: &[(&str, &str)] = &[
    ("commonName", "CN"),
    ("countryName", "C"),
    ("organizationName", "O"),
    ("organizationalUnitName", "OU"),
    ("localityName", "L"),
    ("stateOrProvinceName", "ST"),
    ("S", "ST"),
    ("streetAddress", "STREET"),
    ("surname", "SN"),
    ("givenName", "GN"),
    ("userId", "UID"),
    ("domainComponent", "DC"),
    ("email", "emailAddress"),
    ("E", "emailAddress"),
];

const fn kind(name: &'static str, oid: &'static str, string: Tag, limit: usize) -> Kind {
    Kind {
        name,
        oid,
        string,
        limit,
    }
}

pub(crate) fn by_oid(oid: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.oid == oid)
}

/// By its name, in any case of letters, or one of its other spellings.
pub(crate) fn by_name(name: &str) -> Option<&'static Kind> {
    let synonym = SYNONYMS.iter().find(|one| one.0.eq_ignore_ascii_case(name));
    let name = synonym.map_or(name, |one| one.1);
    KINDS
        .iter()
        .find(|kind| kind.name.eq_ignore_ascii_case(name))
}

/// AttributeTypeAndValue with a value of the kind's string.
pub(crate) fn write(kind: &Kind, value: &[u8]) -> Der {
    write_value(kind.oid, &element(kind.string, &[value])?)
}

/// AttributeTypeAndValue with a value that is in DER.
pub(crate) fn write_value(number: &str, value: &[u8]) -> Der {
    sequence(&[&oid(number)?, value])
}

//! DER elements, put together with `der`'s headers, lengths, identifiers and times.

use core::time::Duration;

use der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{DateTime, Encode, Header, Length, Tag, TagNumber};

use crate::error::CaError;

/// Bytes in DER, or why there are none.
pub(crate) type Der = Result<Vec<u8>, CaError>;

/// One element around `parts`.
pub(crate) fn element(tag: Tag, parts: &[&[u8]]) -> Der {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let header = Header::new(tag, Length::try_from(length).map_err(encoding)?);
    let mut bytes = Vec::with_capacity(length.saturating_add(6));
    header.encode_to_vec(&mut bytes).map_err(encoding)?;
    for part in parts {
        bytes.extend_from_slice(part);
    }
    Ok(bytes)
}

/// A SEQUENCE of `parts`.
pub(crate) fn sequence(parts: &[&[u8]]) -> Der {
    element(Tag::Sequence, parts)
}

/// `[number]` around whole elements: EXPLICIT, or IMPLICIT in the place of a SEQUENCE.
pub(crate) fn constructed(number: u32, parts: &[&[u8]]) -> Der {
    element(context(number, true), parts)
}

/// `[number]` IMPLICIT, in the place of a primitive element.
pub(crate) fn primitive(number: u32, value: &[u8]) -> Der {
    element(context(number, false), &[value])
}

/// An OCTET STRING.
pub(crate) fn octets(value: &[u8]) -> Der {
    element(Tag::OctetString, &[value])
}

/// A BIT STRING of whole octets.
pub(crate) fn bits(value: &[u8]) -> Der {
    element(Tag::BitString, &[&[0], value])
}

/// An INTEGER that is not negative, from its octets, first the highest.
pub(crate) fn integer(octets: &[u8]) -> Der {
    let start = octets.iter().position(|octet| *octet != 0);
    let significant = start.and_then(|start| octets.get(start..));
    match significant {
        None => element(Tag::Integer, &[&[0]]),
        Some(value) if value.first().is_some_and(|first| first & 0x80 != 0) => {
            element(Tag::Integer, &[&[0], value])
        }
        Some(value) => element(Tag::Integer, &[value]),
    }
}

/// An object identifier from its text.
pub(crate) fn oid(text: &str) -> Der {
    let bad = || CaError::BadIdentifier(text.to_owned());
    let oid = ObjectIdentifier::new(text).map_err(|_| bad())?;
    oid.to_der().map_err(|_| bad())
}

/// RFC 5280 section 4.1.2.5: two digits of the year until 2049, four from 2050 on.
pub(crate) fn time(unix: u64) -> Der {
    let date = date(unix)?;
    UtcTime::from_date_time(date)
        .and_then(|time| time.to_der())
        .or_else(|_| GeneralizedTime::from_date_time(date).to_der())
        .map_err(encoding)
}

/// As OCSP has it: always four digits of the year.
pub(crate) fn generalized_time(unix: u64) -> Der {
    let time = GeneralizedTime::from_date_time(date(unix)?);
    time.to_der().map_err(encoding)
}

fn date(unix: u64) -> Result<DateTime, CaError> {
    DateTime::from_unix_duration(Duration::from_secs(unix)).map_err(|_| CaError::BadTime(unix))
}

fn context(number: u32, constructed: bool) -> Tag {
    let number = TagNumber(number);
    Tag::ContextSpecific {
        constructed,
        number,
    }
}

fn encoding(_: der::Error) -> CaError {
    CaError::Encoding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_from_2050_on_have_four_digits() {
        // The last second of 2049 and the first of 2050.
        assert_eq!(time(2_524_607_999).unwrap()[..2], [0x17, 13]);
        assert_eq!(time(2_524_608_000).unwrap()[..2], [0x18, 15]);
        assert_eq!(generalized_time(0).unwrap(), *b"\x18\x0f19700101000000Z");
        assert_eq!(time(u64::MAX), Err(CaError::BadTime(u64::MAX)));
    }

    #[test]
    fn numbers_are_positive_and_in_fewest_octets() {
        assert_eq!(integer(&[0, 0]).unwrap(), [2, 1, 0]);
        assert_eq!(integer(&[0, 1]).unwrap(), [2, 1, 1]);
        assert_eq!(integer(&[0x80]).unwrap(), [2, 2, 0, 0x80]);
    }

    #[test]
    fn long_elements_say_their_length_in_fewest_octets() {
        assert_eq!(octets(&[0; 127]).unwrap()[..2], [4, 127]);
        assert_eq!(octets(&[0; 128]).unwrap()[..3], [4, 0x81, 128]);
        assert_eq!(constructed(3, &[&[5, 0]]).unwrap(), [0xa3, 2, 5, 0]);
        assert_eq!(primitive(2, b"a").unwrap(), [0x82, 1, b'a']);
        assert!(matches!(oid("1.2.x"), Err(CaError::BadIdentifier(_))));
    }
}

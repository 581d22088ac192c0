//! What the HTTPS record of a host (RFC 9460) holds, as tools print it and zone files have it:
//!
//! ```text
//! ech=AEj+DQ…          example.net. 300 IN HTTPS 1 . alpn="h2" ech=AEj+DQ…
//! 1 . ech="AEj+DQ…"    example.net. 300 IN TYPE65 \# 80 00010000 05004A…   (RFC 3597)
//! ```

use crate::ech::unreadable::EchUnreadable;
use base64ct::{Base64, Encoding};

/// The number of `ech` (RFC 9848 section 3).
const ECH: u16 = 5;

/// The list in the first record that has one; nothing where the text is no record.
pub(super) fn ech_of(text: &str) -> Result<Option<Vec<u8>>, EchUnreadable> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with(';'));
    let words: Vec<&str> = lines
        .flat_map(str::split_ascii_whitespace)
        .map(|word| word.trim_matches(['(', ')', '"']))
        .filter(|word| !word.is_empty())
        .collect();
    let mut is_record = false;
    for (at, word) in words.iter().enumerate() {
        if let Some(value) = word.strip_prefix("ech=") {
            let value = value.trim_matches('"');
            let list = Base64::decode_vec(value)
                .ok()
                .filter(|list| !list.is_empty());
            return list.ok_or(EchUnreadable::RecordMalformed).map(Some);
        }
        if *word == r"\#" {
            is_record = true;
            let behind = words.get(at.saturating_add(1)..).unwrap_or_default();
            let data = of_generic(behind).ok_or(EchUnreadable::RecordMalformed)?;
            if let Some(list) = parameter(&data, ECH)? {
                return Ok(Some(list.to_vec()));
            }
        }
        is_record |= WORDS.iter().any(|one| word.eq_ignore_ascii_case(one))
            || PARAMETERS.iter().any(|one| word.starts_with(one));
    }
    if is_record {
        return Err(EchUnreadable::RecordWithout);
    }
    Ok(None)
}

/// The bytes of the generic form (RFC 3597 section 5): how many, and their digits in any number of words.
fn of_generic(words: &[&str]) -> Option<Vec<u8>> {
    let (length, digits) = words.split_first()?;
    let length: u16 = length.parse().ok()?;
    let mut data = Vec::new();
    let mut digits = digits.iter().flat_map(|word| word.chars());
    while data.len() < usize::from(length) {
        let (high, low) = (digits.next()?.to_digit(16)?, digits.next()?.to_digit(16)?);
        data.push(u8::try_from(high << 4 | low).ok()?);
    }
    Some(data)
}

/// A parameter in the record's data (RFC 9460 section 2.2): a priority, a name, and the parameters.
fn parameter(data: &[u8], wanted: u16) -> Result<Option<&[u8]>, EchUnreadable> {
    let malformed = EchUnreadable::RecordMalformed;
    let (_, mut rest) = data.split_at_checked(2).ok_or(malformed.clone())?;
    loop {
        let (length, behind) = rest.split_first().ok_or(malformed.clone())?;
        let behind = behind.get(usize::from(*length)..);
        rest = behind.ok_or(malformed.clone())?;
        if *length == 0 {
            break;
        }
    }
    while !rest.is_empty() {
        let (key, behind) = number(rest).ok_or(malformed.clone())?;
        let (length, behind) = number(behind).ok_or(malformed.clone())?;
        let value = behind.split_at_checked(length.into());
        let (value, behind) = value.ok_or(malformed.clone())?;
        if key == wanted {
            return Ok(Some(value));
        }
        rest = behind;
    }
    Ok(None)
}

fn number(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, behind) = bytes.split_first_chunk()?;
    Some((u16::from_be_bytes(*number), behind))
}

/// By which a record is known that says nothing of ECH.
const WORDS: [&str; 4] = ["HTTPS", "SVCB", "TYPE65", "TYPE64"];
const PARAMETERS: [&str; 6] = [
    "alpn=",
    "no-default-alpn",
    "port=",
    "ipv4hint=",
    "ipv6hint=",
    "mandatory=",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A record's data: for itself, with an application protocol before the list.
    fn generic(list: &[u8]) -> String {
        let length = u8::try_from(list.len()).unwrap();
        let before = [0, 1, 0, 0, 1, 0, 3, 2, b'h', b'2', 0, 5, 0, length];
        let data = [&before[..], list].concat();
        let digits: String = data.iter().map(|byte| format!("{byte:02X}")).collect();
        format!(r"\# {} {}", data.len(), digits)
    }

    #[test]
    fn the_list_is_found_in_each_form_that_tools_print() {
        let list = [0, 4, 0xfe, 0x0d, 0, 0];
        let base64 = Base64::encode_string(&list);
        let split = generic(&list).replace("0001", "00 01 ( ") + ")";
        for text in [
            format!("ech={base64}"),
            format!("ech=\"{base64}\""),
            format!("1 . alpn=\"h2,h3\" ech={base64}"),
            format!("HTTPS 1 . alpn=h2 ech={base64} ipv4hint=192.0.2.1"),
            format!("a.test.\t300\tIN\tHTTPS\t1 . alpn=\"h2\" ech={base64}"),
            format!(
                "; <<>> DiG <<>> ech=none\na.test. 300 IN HTTPS 0 b.test.\nb.test. 300 IN HTTPS 1 . ech={base64}\n"
            ),
            generic(&list),
            generic(&list).to_lowercase(),
            format!("a.test. 300 IN TYPE65 {split}"),
        ] {
            assert_eq!(ech_of(&text), Ok(Some(list.to_vec())), "{text}");
        }
    }

    #[test]
    fn a_record_without_a_list_or_a_broken_one_is_said_to_be_that() {
        let without = Err(EchUnreadable::RecordWithout);
        for text in [
            "HTTPS 1 . alpn=h2",
            "1 . alpn=h2",
            "a.test. 300 IN HTTPS 0 b.test.",
            r"\# 3 000100",
        ] {
            assert_eq!(ech_of(text), without, "{text}");
        }
        let whole = generic(&[1, 2, 3]);
        let broken = Err(EchUnreadable::RecordMalformed);
        let data = whole.split(' ').next_back().unwrap();
        for length in 0..data.len() / 2 {
            // Between two parameters it is whole.
            if [3, 10].contains(&length) {
                continue;
            }
            let short = format!(r"\# {length} {}", data.split_at(length * 2).0);
            assert_eq!(ech_of(&short), broken, "{short}");
        }
        for text in [
            r"\# 4 0001",
            r"\# x 00",
            r"\#",
            "ech=",
            "ech=?",
            r"\# 2 0g00",
        ] {
            assert_eq!(ech_of(text), broken, "{text}");
        }
        assert_eq!(ech_of("AEj+DQ"), Ok(None));
    }
}

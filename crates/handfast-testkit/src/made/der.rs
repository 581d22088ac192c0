//! DER, written: elements, names, times and extensions.

use handfast_pki::time::UnixTime;

/// AlgorithmIdentifier of ecdsa-with-SHA256.
pub const ECDSA_SHA256: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// One element: a tag, the length in its shortest form, the parts.
#[must_use]
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = contents.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut bytes = vec![tag];
    match (contents.len(), u8::try_from(length.len())) {
        (0, _) => bytes.push(0),
        (0x80.., Ok(count)) => {
            bytes.push(0x80 | count);
            bytes.extend(length);
        }
        _ => bytes.extend(length),
    }
    bytes.extend(contents);
    bytes
}

/// A SEQUENCE.
#[must_use]
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

/// An INTEGER of these big-endian bytes, taken as they are.
#[must_use]
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    element(2, &[bytes])
}

/// An INTEGER that is not negative, in its shortest form.
#[must_use]
pub fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().position(|byte| *byte != 0);
    let digits = digits.map_or(&[0][..], |at| bytes.get(at..).unwrap_or_default());
    match digits.first() {
        Some(0x80..) => element(2, &[&[0], digits]),
        _ => element(2, &[digits]),
    }
}

/// A BIT STRING without unused bits.
#[must_use]
pub fn bits(bytes: &[u8]) -> Vec<u8> {
    element(3, &[&[0], bytes])
}

/// A distinguished name of one common name as UTF8String; none for the empty text.
#[must_use]
pub fn name(text: &str) -> Vec<u8> {
    if text.is_empty() {
        return sequence(&[]);
    }
    name_as(0x0c, text.as_bytes())
}

/// A distinguished name of one common name as a string of any type.
#[must_use]
pub fn name_as(tag: u8, text: &[u8]) -> Vec<u8> {
    let attribute = sequence(&[&[6, 3, 0x55, 4, 3], &element(tag, &[text])]);
    sequence(&[&element(0x31, &[&attribute])])
}

/// A time as RFC 5280 s4.1.2.5 wants it: UTCTime until 2049, GeneralizedTime from 2050 on.
#[must_use]
pub fn time(unix_s: i64) -> Vec<u8> {
    let digits = digits(unix_s);
    match digits.as_bytes() {
        [b'1', b'9', rest @ ..] | [b'2', b'0', rest @ ..] if digits.as_str() < "2050" => {
            element(0x17, &[rest])
        }
        all => element(0x18, &[all]),
    }
}

/// A GeneralizedTime, as OCSP has it throughout.
#[must_use]
pub fn generalized_time(unix_s: i64) -> Vec<u8> {
    element(0x18, &[digits(unix_s).as_bytes()])
}

fn digits(unix_s: i64) -> String {
    let shown = UnixTime(unix_s).to_string();
    shown
        .chars()
        .filter(|one| one.is_ascii_digit() || *one == 'Z')
        .collect()
}

/// An extension below 2.5.29, the value in DER.
#[must_use]
pub fn extension(arc: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    extension_of(&[0x55, 0x1d, arc], critical, value)
}

/// An extension of any object identifier.
#[must_use]
pub fn extension_of(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    sequence(&[&element(6, &[oid]), flag, &element(4, &[value])])
}

/// `bytes` with `from` replaced where it stands first.
///
/// # Panics
/// If it does not stand there.
#[must_use]
pub fn with(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|here| here == from);
    let at = at.expect("the bytes are there");
    let (before, rest) = bytes.split_at(at);
    [before, to, rest.get(from.len()..).unwrap_or_default()].concat()
}

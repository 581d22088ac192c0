//! Bytes, times and foreign text, as they are shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast_pki::distinguished_name::is_unprintable;
use handfast_pki::fingerprint::sha256;
use handfast_pki::oid::Oid;
use std::fmt::Write as _;

/// Foreign text, which may hold anything: what steers a terminal or hides is spelled out.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if is_unprintable(letter) {
            let _ = write!(out, "{}", letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

/// `0a1b`
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// `0A:1B`
pub(crate) fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// A serial number in hexadecimal, whole bytes, with a minus sign where it is negative.
pub(crate) fn serial(bytes: &[u8]) -> String {
    match bytes {
        [0, rest @ ..] if !rest.is_empty() => hex(rest),
        [0x80..=0xff, ..] => {
            let magnitude = hex(&negated(bytes));
            format!("-{}", magnitude.strip_prefix("00").unwrap_or(&magnitude))
        }
        _ => hex(bytes),
    }
}

/// A serial number for people: one that fits into 64 bits in decimals and hexadecimals, as OpenSSL
/// writes it.
pub(crate) fn serial_words(bytes: &[u8]) -> String {
    let short = serial(bytes);
    match short.strip_prefix('-').is_none().then_some(&short) {
        Some(digits) if digits.len() <= 16 => match u64::from_str_radix(digits, 16) {
            Ok(value) => format!("{value} (0x{value:x})"),
            Err(_) => short,
        },
        _ => short,
    }
}

/// The other sign in two's complement.
fn negated(bytes: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let mut out: Vec<_> = bytes
        .iter()
        .rev()
        .map(|byte| {
            let (sum, over) = (!byte).overflowing_add(u8::from(carry));
            carry = over;
            sum
        })
        .collect();
    out.reverse();
    out
}

/// A big-endian number that is not negative, in decimals where it is short.
pub(crate) fn number(bytes: &[u8]) -> String {
    let bytes = match bytes {
        [0, rest @ ..] => rest,
        _ => bytes,
    };
    if bytes.len() > 8 {
        return format!("0x{}", hex(bytes));
    }
    let value = bytes
        .iter()
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    value.to_string()
}

/// Base64 of DER.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A key's pin, as HTTP and curl write it.
pub(crate) fn pin(spki: &[u8]) -> String {
    format!("sha256/{}", base64(&sha256(spki)))
}

/// A name for an identifier, or the identifier.
pub(crate) fn named(oid: Oid<'_>, name: Option<&str>) -> String {
    name.map_or_else(|| oid.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_foreign_text_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[31m\u{202e}b"), r"a\u{1b}[31m\u{202e}b");
        assert_eq!(plain("Zürich\n"), r"Zürich\u{a}");
    }

    #[test]
    fn numbers_and_serials_lose_the_byte_of_their_sign() {
        assert_eq!(number(&[1, 0, 1]), "65537");
        assert_eq!(number(&[0xff; 9]), "0xffffffffffffffffff");
        assert_eq!(serial(&[0, 0x80]), "80");
        assert_eq!((serial(&[0]), serial(&[0xff])), ("00".into(), "-01".into()));
        assert_eq!(
            (serial(&[0x80]), serial(&[0xff, 0])),
            ("-80".into(), "-0100".into())
        );
        assert_eq!(serial(&[0xfb, 0xce, 0x96, 0x86, 0x93]), "-043169796d");
        assert_eq!(serial_words(&[0x10, 0]), "4096 (0x1000)");
        assert_eq!(
            serial_words(&[0, 0xff, 0, 0, 0, 0, 0, 0, 0]),
            "18374686479671623680 (0xff00000000000000)"
        );
        assert_eq!(serial_words(&[1; 9]), "010101010101010101");
        assert_eq!(
            (serial_words(&[]), serial_words(&[0x80])),
            ("".into(), "-80".into())
        );
        assert_eq!(colons(&[1, 0xab]), "01:AB");
    }
}

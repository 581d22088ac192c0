//! How the runner writes values.

use core::str::FromStr;

/// Why a value was not taken: it is not this, which the flag takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueFault(pub(crate) &'static str);

/// A decimal number.
pub(crate) fn number<N: FromStr>(text: &str) -> Result<N, ValueFault> {
    text.parse()
        .map_err(|_| ValueFault("a decimal number in range"))
}

/// Bytes in the standard base64 alphabet (RFC 4648 section 4).
pub(crate) fn base64(text: &str) -> Result<Vec<u8>, ValueFault> {
    const WRONG: ValueFault = ValueFault("base64");
    let body = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - body.len() > 2 {
        return Err(WRONG);
    }
    let mut bytes = Vec::with_capacity(body.len() * 3 / 4);
    // Bits not yet given out, and how many they are: never more than 13.
    let (mut held, mut count) = (0_u16, 0_u32);
    for letter in body.bytes() {
        held = held << 6 | sextet(letter).ok_or(WRONG)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(held >> count).map_err(|_| WRONG)?);
            held &= (1 << count) - 1;
        }
    }
    Ok(bytes)
}

fn sextet(letter: u8) -> Option<u16> {
    Some(u16::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

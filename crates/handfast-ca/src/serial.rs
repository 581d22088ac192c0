//! Serial numbers (RFC 5280 section 4.1.2.2).

use core::fmt;

use handfast_crypto::random::{Random, SystemRandom};

use crate::error::CaError;

/// A certificate's serial number: positive, at most 20 octets.
///
/// Displayed as pairs of hexadecimal digits, as OpenSSL writes it in `index.txt`.
///
/// ```
/// use handfast_ca::serial::SerialNumber;
///
/// let serial = SerialNumber::parse("0a:BC:01")?;
/// assert_eq!(serial.to_string(), "0ABC01");
/// assert_eq!(serial, SerialNumber::parse("abc01")?);
/// # Ok::<(), handfast_ca::error::CaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber(Vec<u8>);

impl SerialNumber {
    /// 128 random bits.
    ///
    /// # Errors
    /// [`CaError::Key`] if the system gives no randomness.
    pub fn random() -> Result<Self, CaError> {
        let mut octets = [0; 16];
        SystemRandom.fill(&mut octets).map_err(|_| CaError::Key)?;
        Self::from_bytes(&octets)
    }

    /// From its octets, the highest first; a leading zero, as DER may have, is left out. So this
    /// takes what a certificate's reader gives.
    ///
    /// # Errors
    /// [`CaError::BadSerial`] for zero and for more than 20 octets in DER.
    pub fn from_bytes(octets: &[u8]) -> Result<Self, CaError> {
        let start = octets.iter().position(|octet| *octet != 0);
        let significant = start.and_then(|start| octets.get(start..));
        let first = significant.and_then(|value| value.first());
        // The sign bit takes an octet more.
        let room = if first.is_some_and(|first| first & 0x80 != 0) {
            LIMIT - 1
        } else {
            LIMIT
        };
        match significant {
            Some(value) if value.len() <= room => Ok(Self(value.to_vec())),
            _ => Err(CaError::BadSerial(hex(octets))),
        }
    }

    /// Hexadecimal digits, with or without colons.
    ///
    /// # Errors
    /// [`CaError::BadSerial`] for anything else, and as [`SerialNumber::from_bytes`].
    pub fn parse(text: &str) -> Result<Self, CaError> {
        let bad = || CaError::BadSerial(text.chars().take(80).collect());
        let mut nibbles = Vec::new();
        for character in text.chars().filter(|character| *character != ':') {
            let digit = character
                .to_digit(16)
                .and_then(|one| u8::try_from(one).ok());
            nibbles.push(digit.ok_or_else(bad)?);
            if nibbles.len() > 4 * LIMIT {
                return Err(bad());
            }
        }
        if nibbles.len() % 2 == 1 {
            nibbles.insert(0, 0);
        }
        let pairs = nibbles.chunks_exact(2);
        let octets = pairs.map(|pair| pair.iter().fold(0, |octet, nibble| octet << 4 | nibble));
        Self::from_bytes(&octets.collect::<Vec<u8>>()).map_err(|_| bad())
    }

    /// The octets, the highest first, without a leading zero.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

fn hex(octets: &[u8]) -> String {
    let shown = octets.iter().take(40);
    shown.map(|octet| format!("{octet:02X}")).collect()
}

/// RFC 5280 section 4.1.2.2, the sign included.
const LIMIT: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_serial_number_is_refused() {
        for bad in [
            "",
            "0",
            "00:00",
            "g1",
            "0x1",
            &"f".repeat(40),
            &"1".repeat(41),
        ] {
            assert!(SerialNumber::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            SerialNumber::parse("xyz").unwrap_err(),
            CaError::BadSerial("xyz".to_owned())
        );
        assert!(SerialNumber::parse(&"7f".repeat(20)).is_ok());
    }

    #[test]
    fn random_serial_numbers_differ() {
        assert_ne!(
            SerialNumber::random().unwrap(),
            SerialNumber::random().unwrap()
        );
    }
}

//! Serial numbers (RFC 5280 section 4.1.2.2).

use std::fmt;

/// A certificate's serial number: positive, at most 20 octets. Displayed as pairs of hexadecimal
/// digits, as OpenSSL writes it in `index.txt`.
///
/// ```
/// use handfast_ca_store::serial::SerialNumber;
///
/// let serial = SerialNumber::parse("0a:BC:01").unwrap();
/// assert_eq!(serial.to_string(), "0ABC01");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber(Vec<u8>);

impl SerialNumber {
    /// From its octets, the highest first; leading zeros are left out. None for zero and for more
    /// than 20 octets.
    #[must_use]
    pub fn from_bytes(octets: &[u8]) -> Option<Self> {
        let start = octets.iter().position(|octet| *octet != 0)?;
        let value = octets.get(start..)?;
        (value.len() <= LIMIT).then(|| Self(value.to_vec()))
    }

    /// Hexadecimal digits, with or without colons.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.chars().filter(|character| *character != ':');
        let mut nibbles = digits
            .take(4 * LIMIT)
            .map(|digit| digit.to_digit(16).and_then(|one| u8::try_from(one).ok()))
            .collect::<Option<Vec<u8>>>()?;
        if nibbles.len() % 2 == 1 {
            nibbles.insert(0, 0);
        }
        let pairs = nibbles.chunks_exact(2);
        let octets = pairs.map(|pair| pair.iter().fold(0, |octet, nibble| octet << 4 | nibble));
        Self::from_bytes(&octets.collect::<Vec<u8>>())
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

const LIMIT: usize = 20;

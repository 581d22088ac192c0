//! A policy's identifier that is kept.

use crate::oid::{ANY_POLICY, Oid};
use std::fmt;
use std::str::FromStr;

/// A certificate policy by its object identifier.
///
/// ```
/// use handfast_pki::verify::policies::id::PolicyId;
///
/// let domain_validated = PolicyId::parse("2.23.140.1.2.1")?;
/// assert_eq!(domain_validated.to_string(), "2.23.140.1.2.1");
/// assert!(PolicyId::parse("2.5.29.32.0")?.is_any());
/// assert!(PolicyId::parse("3.1").is_err());
/// # Ok::<(), handfast_pki::verify::policies::id::NoPolicyId>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyId(Box<[u8]>);

/// The text is no object identifier in dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPolicyId;

impl fmt::Display for NoPolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy is an object identifier: numbers with dots, such as 2.23.140.1.2.1")
    }
}

impl std::error::Error for NoPolicyId {}

impl PolicyId {
    /// Reads an object identifier in dots (RFC 4512 s1.4).
    ///
    /// # Errors
    /// [`NoPolicyId`] if the text is none, or one of its numbers does not fit into 64 bits.
    pub fn parse(text: &str) -> Result<Self, NoPolicyId> {
        let mut arcs = text.split('.').map(read_arc);
        let mut next = || arcs.next().unwrap_or(Err(NoPolicyId));
        let (root, second) = (next()?, next()?);
        // X.690 s8.19.4: the first two numbers share an arc.
        if root > 2 || (root < 2 && second > 39) {
            return Err(NoPolicyId);
        }
        let mut bytes = Vec::new();
        let first = second.checked_add(root * 40).ok_or(NoPolicyId)?;
        write_arc(first, &mut bytes);
        for arc in arcs {
            write_arc(arc?, &mut bytes);
        }
        Ok(Self(bytes.into_boxed_slice()))
    }

    /// Whether it stands for every policy: anyPolicy, 2.5.29.32.0.
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self.0 == *ANY_POLICY
    }

    /// The identifier as certificates hold it.
    #[must_use]
    pub fn oid(&self) -> Oid<'_> {
        Oid(&self.0)
    }
}

impl From<Oid<'_>> for PolicyId {
    fn from(oid: Oid<'_>) -> Self {
        Self(oid.0.into())
    }
}

impl FromStr for PolicyId {
    type Err = NoPolicyId;

    fn from_str(text: &str) -> Result<Self, NoPolicyId> {
        Self::parse(text)
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.oid().fmt(f)
    }
}

impl fmt::Debug for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.oid().fmt(f)
    }
}

/// A decimal number without leading zeros.
fn read_arc(text: &str) -> Result<u64, NoPolicyId> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && text.starts_with('0')) {
        return Err(NoPolicyId);
    }
    text.parse().map_err(|_| NoPolicyId)
}

/// Seven bits a byte, the highest first (X.690 s8.19.2).
fn write_arc(arc: u64, bytes: &mut Vec<u8>) {
    let groups = (64 - arc.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let low = u8::try_from(arc >> (group * 7) & 0x7f).unwrap_or(0);
        bytes.push(if group == 0 { low } else { low | 0x80 });
    }
}

#[cfg(test)]
mod tests {
    use super::{NoPolicyId, PolicyId};

    #[test]
    fn identifiers_come_back_as_they_were_written() {
        for text in [
            "0.0",
            "1.39.1",
            "2.999.3",
            "2.5.29.32.0",
            "1.2.840.113549.4294967296",
        ] {
            assert_eq!(PolicyId::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        for text in [
            "",
            "1",
            "1.",
            ".1",
            "3.1",
            "1.40",
            "1.02",
            "1.2.x",
            "1.+2",
            "2.18446744073709551615",
        ] {
            assert_eq!(PolicyId::parse(text), Err(NoPolicyId), "{text}");
        }
    }
}

//! ECDSA signatures as JOSE writes them (RFC 7518 section 3.4), from and to those of X.509.

use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

/// ECDSA-Sig-Value (RFC 3279 section 2.2.3).
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Two numbers, one after the other, each in `bytes` bytes.
pub(crate) fn to_jose(der: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let EcdsaSignature { r, s } = EcdsaSignature::from_der(der).ok()?;
    let mut written = Vec::with_capacity(bytes.saturating_mul(2));
    for number in [r, s] {
        let number = number.as_bytes();
        let zeros = bytes.checked_sub(number.len())?;
        written.resize(written.len().saturating_add(zeros), 0);
        written.extend_from_slice(number);
    }
    Some(written)
}

/// The same back; nothing where the length is another.
pub(crate) fn from_jose(raw: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let (r, s) = raw
        .split_at_checked(bytes)
        .filter(|(_, s)| s.len() == bytes)?;
    let signature = EcdsaSignature {
        r: UintRef::new(r).ok()?,
        s: UintRef::new(s).ok()?,
    };
    signature.to_der().ok()
}

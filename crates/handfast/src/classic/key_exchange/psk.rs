//! A key that both sides have known before, alone or beside another key exchange (RFC 4279).

use crate::config::PreSharedKey;
use handfast_crypto::secret::{SecretBytes, SharedSecret};

/// What a ClientKeyExchange said, as the server keeps it until the premaster secret is made.
#[derive(Default)]
pub(in crate::classic) struct Meant {
    pub(in crate::classic) identity: Vec<u8>,
    /// What the two agreed on beside the key.
    pub(in crate::classic) other: Option<SharedSecret>,
    pub(in crate::classic) key: Option<PreSharedKey>,
}

/// `other_secret` and the key, each behind its length. Alone, the key stands with as many zeros
/// (RFC 4279 section 2).
pub(in crate::classic) fn premaster(other: Option<&[u8]>, key: &PreSharedKey) -> SecretBytes {
    let key = key.key();
    let zeros = [0; crate::config::psk::MOST_KEY];
    let alone = zeros.get(..key.len()).unwrap_or_default();
    let other = other.unwrap_or(alone);
    let mut bytes = Vec::with_capacity(4 + other.len() + key.len());
    for part in [other, key] {
        // Both are short: the longest prime has 1,024 bytes.
        let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    SecretBytes::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stands_behind_zeros_or_another_secret() {
        let key = PreSharedKey::danger_short(b"me", &[7, 8, 9]).unwrap();
        assert_eq!(
            premaster(None, &key).as_bytes(),
            [0, 3, 0, 0, 0, 0, 3, 7, 8, 9]
        );
        assert_eq!(
            premaster(Some(&[1, 2]), &key).as_bytes(),
            [0, 2, 1, 2, 0, 3, 7, 8, 9]
        );
    }
}

//! Keys by their digest, as pins and files of known peers write them.

use crate::fingerprint::sha256;
use crate::time::UnixTime;
use base64ct::{Base64, Encoding};
use std::fmt;
use std::str::FromStr;

/// The SHA-256 of a SubjectPublicKeyInfo. Written `sha256//` and base64, as curl's `--pinnedpubkey`
/// takes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest(pub [u8; 32]);

/// A text is no [`KeyDigest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKeyDigest;

/// A key that a peer was seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// Which.
    pub key: KeyDigest,
    /// When it was seen first.
    pub first_seen: UnixTime,
    /// When it was seen last.
    pub last_seen: UnixTime,
}

impl KeyDigest {
    /// The digest of a SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn of_key(spki: &[u8]) -> Self {
        let mut digest = [0; 32];
        for (to, from) in digest.iter_mut().zip(sha256(spki)) {
            *to = from;
        }
        Self(digest)
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyDigest {
    type Err = NoKeyDigest;

    fn from_str(text: &str) -> Result<Self, NoKeyDigest> {
        let text = text.strip_prefix(PREFIX).ok_or(NoKeyDigest)?;
        let mut digest = [0; 32];
        match Base64::decode(text, &mut digest) {
            Ok(read) if read.len() == 32 => Ok(Self(digest)),
            _ => Err(NoKeyDigest),
        }
    }
}

impl fmt::Display for NoKeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no digest of a key: write sha256// and 44 characters of base64")
    }
}

impl std::error::Error for NoKeyDigest {}

const PREFIX: &str = "sha256//";

#[cfg(test)]
mod tests {
    use super::KeyDigest;

    #[test]
    fn what_is_written_is_what_was_read_and_nothing_else_is() {
        let digest = KeyDigest::of_key(b"");
        let text = digest.to_string();
        assert_eq!(text, "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(text.parse(), Ok(digest));
        for wrong in [
            "",
            "sha256//",
            "sha1//47DEQpj8HBSa",
            &text[..51],
            &text[8..],
        ] {
            assert!(wrong.parse::<KeyDigest>().is_err(), "{wrong}");
        }
        assert!(format!("{text}AAAA").parse::<KeyDigest>().is_err());
    }
}

//! What a question is kept under.

use crate::http::Ask;
use core::fmt::Write as _;
use handfast_crypto::hash::{HashAlgorithm, digest};

/// A digest of a question: kind, URL and what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(pub(crate) [u8; 32]);

impl Key {
    pub(crate) fn of(ask: &Ask) -> Self {
        let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes();
        let (url, body) = (ask.url.as_bytes(), ask.body.as_deref().unwrap_or_default());
        Self(sha256(&[
            ask.kind.word().as_bytes(),
            &length(url),
            url,
            &[u8::from(ask.body.is_some())],
            body,
        ]))
    }

    pub(crate) fn hex(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes
        .iter_mut()
        .zip(digest(HashAlgorithm::Sha256, parts).as_bytes())
    {
        *to = *from;
    }
    bytes
}

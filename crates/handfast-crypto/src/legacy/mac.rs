//! What authenticates a record: HMAC, or what SSL 3.0 had before it.
//!
//! ```text
//! HMAC (RFC 5246 section 6.2.3.1):   HMAC(secret, sequence | type | version | length | content)
//! SSL 3.0 (RFC 6101 section 5.2.3.1): hash(secret | pad_2 | hash(secret | pad_1
//!                                          | sequence | type | length | content))
//! ```
//!
//! The pads are HMAC's bytes, but as many as fill MD5's block behind its secret, and they are
//! joined to the secret where HMAC mixes them. SSL 3.0 leaves the version out.

use crate::ffi::sha::{SavedState, Sha};
use crate::ffi::wipe::wipe;
use crate::hash::{Digest, HashAlgorithm};
use crate::hkdf::HmacKey;
use crate::legacy::hidden::{Hidden, close_hmac, hash_hidden};
use crate::legacy::protection::{HEADER_LEN, MacForm};
use zeroize::Zeroizing;

/// A keyed MAC.
pub(super) enum MacKey {
    Hmac(HashAlgorithm, HmacKey),
    Ssl3(Ssl3Mac),
}

/// The MAC of SSL 3.0. Wiped on drop.
pub(super) struct Ssl3Mac {
    hash: HashAlgorithm,
    /// The secret and `pad_1`.
    inner: Zeroizing<Vec<u8>>,
    /// The secret and `pad_2`.
    outer: Zeroizing<Vec<u8>>,
}

impl MacKey {
    /// Nothing where the form knows no such hash.
    pub(super) fn new(form: MacForm, hash: HashAlgorithm, key: &[u8]) -> Option<Self> {
        match form {
            MacForm::Hmac => Some(Self::Hmac(hash, HmacKey::new(hash, key))),
            MacForm::Ssl3 => Ssl3Mac::new(hash, key).map(Self::Ssl3),
        }
    }

    /// The MAC of what stands before a record's content, the content's length, and the content.
    pub(super) fn sign(&self, header: &[u8; HEADER_LEN], content: &[u8]) -> Digest {
        let length = length_of(content.len());
        match self {
            Self::Hmac(_, key) => key.sign(&[header, &length, content]),
            Self::Ssl3(key) => key.sign(&[without_version(header), &length, content]),
        }
    }

    /// Whether `tag` is the MAC of it all, in constant time.
    pub(super) fn verify(&self, header: &[u8; HEADER_LEN], content: &[u8], tag: &[u8]) -> bool {
        crate::secret::constant_time_eq(self.sign(header, content).as_bytes(), tag)
    }

    /// Writes the MAC of a record whose content ends at a place that nobody may learn.
    pub(super) fn sign_hidden(
        &self,
        header: &[u8; HEADER_LEN],
        body: &[u8],
        ends: &Hidden,
        out: &mut [u8; 64],
    ) {
        let [_, _, high, low] = ends.length.to_be_bytes();
        let mut inner = [0u8; 64];
        match self {
            Self::Hmac(hash, key) => {
                let mut before = [0u8; HEADER_LEN + 2];
                join(&[header, &[high, low]], &mut before);
                let (first, last) = key.states();
                // The padded key was the first block.
                let keyed = (first, hash.block_len());
                hash_hidden(*hash, keyed, &before, body, ends, &mut inner);
                close_hmac(*hash, last, &inner, out);
            }
            Self::Ssl3(key) => {
                let mut before = Zeroizing::new([0u8; MOST_SSL3_HEADER]);
                let parts = [&key.inner[..], without_version(header), &[high, low]];
                let length = join(&parts, &mut before[..]);
                let before = before.get(..length).unwrap_or_default();
                let fresh = (&SavedState::initial(key.hash), 0);
                hash_hidden(key.hash, fresh, before, body, ends, &mut inner);
                key.close(inner.get(..key.hash.output_len()).unwrap_or_default(), out);
            }
        }
        wipe(&mut inner);
    }
}

/// Secret, pad, sequence number, type and length: 64 and 11 bytes with MD5, 60 and 11 with SHA-1.
const MOST_SSL3_HEADER: usize = 75;

impl Ssl3Mac {
    fn new(hash: HashAlgorithm, secret: &[u8]) -> Option<Self> {
        let pad_len = match hash {
            HashAlgorithm::Md5 => 48,
            HashAlgorithm::Sha1 => 40,
            _ => return None,
        };
        let padded = |pad: u8| {
            let mut padded = Zeroizing::new(Vec::with_capacity(secret.len() + pad_len));
            padded.extend_from_slice(secret);
            padded.resize(secret.len() + pad_len, pad);
            padded
        };
        Some(Self {
            hash,
            inner: padded(0x36),
            outer: padded(0x5c),
        })
    }

    fn sign(&self, parts: &[&[u8]]) -> Digest {
        let mut inner = Sha::new(self.hash);
        inner.update(&self.inner);
        parts.iter().for_each(|part| inner.update(part));
        let mut digest = Digest::finish(&mut inner);
        inner.wipe();
        let mut out = [0u8; 64];
        self.close(digest.as_bytes(), &mut out);
        join(
            &[out.get(..self.hash.output_len()).unwrap_or_default()],
            digest.as_mut_bytes(),
        );
        digest
    }

    /// The outer hash, of a fixed length.
    fn close(&self, inner: &[u8], out: &mut [u8; 64]) {
        let mut outer = Sha::new(self.hash);
        outer.update(&self.outer);
        outer.update(inner);
        outer.finish_into(out);
        outer.wipe();
    }
}

/// Sequence number and type.
fn without_version(header: &[u8; HEADER_LEN]) -> &[u8] {
    let [covered @ .., _, _] = header;
    covered
}

/// Copies `parts` to the start of `out`, and gives their length.
fn join(parts: &[&[u8]], out: &mut [u8]) -> usize {
    let bytes = parts.iter().flat_map(|part| part.iter());
    let mut length = 0;
    for (place, byte) in out.iter_mut().zip(bytes) {
        *place = *byte;
        length += 1;
    }
    length
}

fn length_of(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes()
}

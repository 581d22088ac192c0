//! HMAC-SHA-256 of short messages, which is nearly all that a handshake needs: the message lies in
//! one place, is padded by hand and hashed without a context.

use crate::ffi::sha::{sha256_blocks, write_state};
use crate::ffi::wipe::{wipe, wipe_words};

/// Bytes of a message that fit in two blocks with their padding.
pub(super) const MOST: usize = 2 * BLOCK - OVERHEAD;

/// A keyed HMAC: SHA-256's state after the inner and after the outer padded key.
#[derive(Clone, Copy)]
pub(super) struct Keyed<'k> {
    pub(super) inner: &'k [u32; WORDS],
    pub(super) outer: &'k [u32; WORDS],
}

/// A message in the making.
pub(super) struct Message {
    bytes: [u8; 2 * BLOCK],
    length: usize,
}

impl Message {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            bytes: [0; 2 * BLOCK],
            length: 0,
        }
    }

    /// Adds a part; the caller has checked that all of them fit in [`MOST`].
    #[inline]
    pub(super) fn add(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        self.bytes[self.length..end].copy_from_slice(part);
        self.length = end;
    }

    /// The label that HKDF-Expand-Label expands (RFC 8446 section 7.1) and the counter of its
    /// first block; nothing if that is longer than [`MOST`].
    #[inline]
    pub(super) fn of_label(out_len: u16, label: &[u8], context: &[u8]) -> Option<Self> {
        let whole = PREFIX.len() + label.len();
        if FIXED + whole + context.len() > MOST {
            return None;
        }
        let mut message = Self::new();
        let [high, low] = out_len.to_be_bytes();
        // Both lengths are below `MOST`, so that a byte holds them.
        let [.., label_len] = whole.to_be_bytes();
        let [.., context_len] = context.len().to_be_bytes();
        message.add(&[high, low, label_len]);
        message.add(PREFIX);
        message.add(label);
        message.add(&[context_len]);
        message.add(context);
        message.add(&[1]);
        Some(message)
    }

    /// The HMAC: as many bytes of it as `out` takes, which are whole words. The message, which may
    /// be a secret, is wiped where it lies.
    #[inline]
    pub(super) fn sign(&mut self, key: Keyed<'_>, out: &mut [u8]) {
        let mut state = *key.inner;
        let end = self.hash_into(&mut state);
        // The message is done with, so the inner hash takes its place.
        let (last, _) = self.bytes.split_at_mut(BLOCK);
        last[DIGEST..].copy_from_slice(&PADDING_OF_DIGEST);
        hash_digest(&mut state, key.outer, last);
        write_state(&state, out);
        wipe(&mut self.bytes[..end]);
        wipe_words(&mut state);
    }

    /// Pads and hashes; gives the end of what was hashed.
    #[inline]
    fn hash_into(&mut self, state: &mut [u32; WORDS]) -> usize {
        let end = if self.length + OVERHEAD <= BLOCK {
            BLOCK
        } else {
            2 * BLOCK
        };
        // The padded key went before.
        let bits = 8 * (BLOCK + self.length) as u64;
        self.bytes[self.length] = 0x80;
        self.bytes[end - 8..end].copy_from_slice(&bits.to_be_bytes());
        sha256_blocks(state, &self.bytes[..end]);
        end
    }
}

/// The PRF of TLS 1.2 (RFC 5246 section 5): fills `out`, and gives true; or does nothing where
/// label, seed and a digest are longer than [`MOST`].
pub(super) fn prf(key: Keyed<'_>, label: &[u8], seed: &[&[u8]], out: &mut [u8]) -> bool {
    let fixed = label.len() + seed.iter().map(|part| part.len()).sum::<usize>();
    if DIGEST + fixed > MOST {
        return false;
    }
    let mut first = Message::new();
    first.add(label);
    seed.iter().for_each(|part| first.add(part));
    // The same behind A(i), which takes its place there for each chunk.
    let mut message = Message::new();
    message.length = DIGEST;
    message.add(&first.bytes[..fixed]);
    // A(i), and whatever digest is in the last block of a hash.
    let (mut a, mut last) = ([0; BLOCK], [0; BLOCK]);
    first.sign(key, &mut a[..DIGEST]);
    a[DIGEST..].copy_from_slice(&PADDING_OF_DIGEST);
    last[DIGEST..].copy_from_slice(&PADDING_OF_DIGEST);
    let mut state;
    let mut chunks = out.chunks_mut(DIGEST).peekable();
    while let Some(chunk) = chunks.next() {
        message.bytes[..DIGEST].copy_from_slice(&a[..DIGEST]);
        state = *key.inner;
        message.hash_into(&mut state);
        hash_digest(&mut state, key.outer, &mut last);
        write_state(&state, &mut last[..DIGEST]);
        chunk.copy_from_slice(&last[..chunk.len()]);
        if chunks.peek().is_some() {
            state = *key.inner;
            sha256_blocks(&mut state, &a);
            hash_digest(&mut state, key.outer, &mut last);
            write_state(&state, &mut a[..DIGEST]);
        }
        wipe_words(&mut state);
    }
    wipe(&mut message.bytes);
    wipe(&mut a);
    wipe(&mut last);
    true
}

/// Hashes what `state` amounts to, as the end of a hash of 96 bytes which stood at `outer`; `last` is
/// that hash's last block with its padding.
#[inline]
fn hash_digest(state: &mut [u32; WORDS], outer: &[u32; WORDS], last: &mut [u8]) {
    write_state(state, &mut last[..DIGEST]);
    *state = *outer;
    sha256_blocks(state, last);
}

/// What goes before each label.
pub(super) const PREFIX: &[u8; 6] = b"tls13 ";
/// Bytes of a label that are neither label nor context: three lengths and the counter.
const FIXED: usize = 5;

/// A digest in the last block of a hash of 96 bytes: the one bit, zeros, the length in bits.
const PADDING_OF_DIGEST: [u8; DIGEST] = {
    let mut padding = [0; DIGEST];
    padding[0] = 0x80;
    [padding[30], padding[31]] = (8 * 96_u16).to_be_bytes();
    padding
};

/// SHA-256 (FIPS 180-4): bytes of a block, of a digest, words of the state.
const BLOCK: usize = 64;
const DIGEST: usize = 32;
const WORDS: usize = 8;
/// Bytes that are not content: the one bit, and the length.
const OVERHEAD: usize = 9;

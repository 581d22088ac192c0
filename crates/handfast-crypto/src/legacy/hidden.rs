//! MAC-then-encrypt, opened without telling where the padding ends (RFC 5246 section 6.2.3.2).
//!
//! What is secret is where the content ends: the last byte says it, and nothing that depends on it
//! may steer a branch, an address or the number of blocks that are hashed (Lucky Thirteen). All
//! that is public is the record's length.

use crate::ffi::sha::SavedState;
use crate::ffi::wipe::wipe;
use crate::hash::HashAlgorithm;
use crate::legacy::masks::{byte, less, same};

/// The longest hash of a MAC here, in bytes.
const MOST_MAC: usize = 48;
/// The longest block of a hash here.
const MOST_BLOCK: usize = 128;

/// Whether padding and MAC are right, as a mask, and how long the content is where they are.
pub(super) struct Found {
    pub(super) right: u32,
    pub(super) length: u32,
}

/// Where the content ends, and whether the padding is right: every byte of it says how long it is.
/// Where it is wrong, one byte of padding is taken to be there. `body` has at least a MAC and one
/// byte.
pub(super) fn remove_padding(body: &[u8], mac_len: u32) -> Found {
    let total = bounded(body.len());
    let pad = body.last().copied().map_or(0, u32::from);
    let mut right = !less(total, mac_len + 1 + pad);
    // Up to 256 bytes, as many as there are, whatever the last one says.
    for (back, value) in (0u32..256).zip(body.iter().rev()) {
        let in_padding = !less(pad, back);
        let alike = same(u32::from(*value), pad);
        right &= alike | !in_padding;
    }
    Found {
        right,
        length: total - mac_len - 1 - (right & pad),
    }
}

/// What a record's MAC is made of, beside its key.
pub(super) struct Authenticated<'m> {
    /// What stands before the content, its length included.
    pub(super) header: &'m [u8],
    /// The whole decrypted record.
    pub(super) body: &'m [u8],
    /// Where the content ends in it: a secret.
    pub(super) length: u32,
}

/// Writes HMAC over header and content to `out`, hashing as many blocks for any length of the
/// content that the record's own allows. `keyed` are the states of HMAC after its padded keys.
pub(super) fn mac(
    hash: HashAlgorithm,
    (inner, outer): (&SavedState, &SavedState),
    message: &Authenticated<'_>,
    out: &mut [u8; MOST_MAC],
) {
    let block_len = hash.block_len();
    let count_len = block_len / 8;
    let mac_len = hash.output_len();
    let (header, body) = (message.header, message.body);
    let most = header.len() + body.len().saturating_sub(mac_len + 1);
    let least = most.saturating_sub(256).max(header.len());
    let length = bounded(header.len()) + message.length;
    let blocks = (most + 1 + count_len).div_ceil(block_len);
    let shift = block_len.trailing_zeros();
    let last = (length + bounded(count_len)) >> shift;
    // The padded key was the first block.
    let bits = (u64::from(length) + block_len as u64) * 8;
    let byte_at = |at: usize| match header.get(at) {
        Some(byte) => *byte,
        None => body.get(at - header.len()).copied().unwrap_or(0),
    };
    let mut state = inner.duplicate();
    let mut digest = [0u8; 64];
    let mut found = [0u8; 64];
    let mut block = [0u8; MOST_BLOCK];
    for number in 0..blocks {
        let start = number * block_len;
        let hashes_all = start + block_len <= least;
        let is_last = same(bounded(number), last);
        for (at, place) in block.iter_mut().take(block_len).enumerate() {
            let value = byte_at(start + at);
            if hashes_all {
                *place = value;
                continue;
            }
            let position = bounded(start + at);
            let content = byte(less(position, length)) & value;
            let end = byte(same(position, length)) & 0x80;
            // The length in bits stands at the end of the last block.
            let from_end = block_len - 1 - at;
            let count = match from_end {
                0..8 => lowest(bits >> (8 * from_end)),
                _ => 0,
            };
            *place = content | end | (byte(is_last) & count);
        }
        state.add_block(block.get(..block_len).unwrap_or_default());
        state.write_into(&mut digest);
        for (kept, now) in found.iter_mut().zip(&digest) {
            *kept |= byte(is_last) & *now;
        }
    }
    finish(hash, outer, &found, out);
    for used in [&mut block[..], &mut digest, &mut found] {
        wipe(used);
    }
}

/// The outer hash, of a fixed length.
fn finish(hash: HashAlgorithm, outer: &SavedState, inner: &[u8; 64], out: &mut [u8; MOST_MAC]) {
    let (block_len, mac_len) = (hash.block_len(), hash.output_len());
    let mut block = [0u8; MOST_BLOCK];
    for (place, value) in block.iter_mut().zip(inner.iter().take(mac_len)) {
        *place = *value;
    }
    if let Some(end) = block.get_mut(mac_len) {
        *end = 0x80;
    }
    let bits = ((block_len + mac_len) * 8) as u64;
    let count = block.get_mut(block_len - 8..block_len);
    for (place, value) in count.into_iter().flatten().zip(bits.to_be_bytes()) {
        *place = value;
    }
    let mut state = outer.duplicate();
    state.add_block(block.get(..block_len).unwrap_or_default());
    let mut digest = [0u8; 64];
    state.write_into(&mut digest);
    for (place, value) in out.iter_mut().zip(digest.iter().take(mac_len)) {
        *place = *value;
    }
}

/// Whether the bytes behind the content are `wanted`, as a mask. Every byte that may belong to the
/// MAC is looked at, in the same order, wherever it begins.
pub(super) fn mac_is(wanted: &[u8], body: &[u8], length: u32) -> u32 {
    let mac_len = wanted.len();
    // The MAC ends at least one byte before the record does, and at most 256.
    let from = body.len().saturating_sub(mac_len + 256);
    let mut turned = [0u8; MOST_MAC];
    let mut turn = 0u32;
    let mut slot = 0;
    for (position, value) in body.iter().enumerate().skip(from) {
        let position = bounded(position);
        let inside = !less(position, length) & less(position, length + bounded(mac_len));
        if let Some(place) = turned.get_mut(slot) {
            *place |= byte(inside) & *value;
        }
        turn |= same(position, length) & bounded(slot);
        slot = if slot + 1 == mac_len { 0 } else { slot + 1 };
    }
    // What stands at `turn` is the first byte.
    let mut differs = 0u8;
    for (at, wanted) in (0u32..).zip(wanted) {
        let mut found = 0u8;
        for (slot, value) in (0u32..).zip(turned.iter().take(mac_len)) {
            let sum = turn + at;
            let wrapped = sum - (!less(sum, bounded(mac_len)) & bounded(mac_len));
            found |= byte(same(slot, wrapped)) & *value;
        }
        differs |= found ^ wanted;
    }
    same(u32::from(differs), 0)
}

fn lowest(bits: u64) -> u8 {
    let [first, ..] = bits.to_le_bytes();
    first
}

/// A length of a record or of less, which has at most 2^14 and some bytes.
fn bounded(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(0)
}

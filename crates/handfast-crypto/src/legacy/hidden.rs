//! MAC-then-encrypt, opened without telling where the padding begins (RFC 5246 section 6.2.3.2).
//!
//! What is secret is where the content ends: the last byte says it, and nothing that depends on it
//! may steer a branch, an address or the number of blocks that are hashed (Lucky Thirteen). All
//! that is public is the record's length. Sums of secrets wrap, since a check that they do not would
//! be a branch (`cargo xtask constant-time` reports it).

use crate::ffi::sha::SavedState;
use crate::ffi::wipe::wipe;
use crate::hash::HashAlgorithm;
use crate::legacy::masks::{byte, less, same};

/// The longest hash of a MAC here, in bytes.
const MOST_MAC: usize = 48;
/// The longest block of a hash here.
const MOST_BLOCK: usize = 128;

/// What the padding says: whether it is right, as a mask, and where the content ends if so.
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
    let mut right = !less(total, (mac_len + 1).wrapping_add(pad));
    // Up to 256 bytes, as many as there are, whatever the last one says.
    for (back, value) in (0u32..256).zip(body.iter().rev()) {
        let in_padding = !less(pad, back);
        let alike = same(u32::from(*value), pad);
        right &= alike | !in_padding;
    }
    Found {
        right,
        length: (total - mac_len - 1).wrapping_sub(right & pad),
    }
}

/// The same for SSL 3.0 (RFC 6101 section 5.2.3.2): the padding is shorter than a block, and only
/// its last byte says anything. The others may be anything, which is what POODLE lives on.
pub(super) fn remove_least_padding(body: &[u8], mac_len: u32, block_len: u32) -> Found {
    let total = bounded(body.len());
    let pad = body.last().copied().map_or(0, u32::from);
    let right = !less(total, (mac_len + 1).wrapping_add(pad)) & less(pad, block_len);
    Found {
        right,
        length: (total - mac_len - 1).wrapping_sub(right & pad),
    }
}

/// Where the content of a record ends.
pub(super) struct Hidden {
    /// Bytes of content: a secret.
    pub(super) length: u32,
    /// Bytes of padding at the most, the one that says how many included: everyone knows.
    pub(super) most_padding: usize,
}

/// Writes the hash over `header` and the content of `body`, which ends in a MAC and padding, to
/// `out`. As many blocks are hashed for any length of the content that the record's own allows.
/// `from` is the state of the hash after so many bytes, whole blocks.
pub(super) fn hash_hidden(
    hash: HashAlgorithm,
    (state, before): (&SavedState, usize),
    header: &[u8],
    body: &[u8],
    ends: &Hidden,
    out: &mut [u8; 64],
) {
    let block_len = hash.block_len();
    let count_len = block_len / 8;
    let mac_len = hash.output_len();
    let most = header.len() + body.len().saturating_sub(mac_len + 1);
    let least = most.saturating_sub(ends.most_padding).max(header.len());
    let length = ends.length.wrapping_add(bounded(header.len()));
    let blocks = (most + 1 + count_len).div_ceil(block_len);
    let shift = block_len.trailing_zeros();
    let last = length.wrapping_add(bounded(count_len)) >> shift;
    let bits = u64::from(length).wrapping_add(before as u64) << 3;
    let count = state.length_bytes(bits);
    let byte_at = |at: usize| match header.get(at) {
        Some(byte) => *byte,
        None => body.get(at - header.len()).copied().unwrap_or(0),
    };
    let mut state = state.duplicate();
    let mut digest = [0u8; 64];
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
            let count = byte(is_last) & count_byte(count, block_len, at);
            *place = content | end | count;
        }
        state.add_block(block.get(..block_len).unwrap_or_default());
        state.write_into(&mut digest);
        for (kept, now) in out.iter_mut().zip(&digest) {
            *kept |= byte(is_last) & *now;
        }
    }
    for used in [&mut block[..], &mut digest] {
        wipe(used);
    }
}

/// What stands at a place of the last block of the length in bits, which ends it.
fn count_byte(count: [u8; 8], block_len: usize, at: usize) -> u8 {
    let at = at.checked_sub(block_len - count.len());
    at.and_then(|at| count.get(at)).copied().unwrap_or(0)
}

/// HMAC's outer hash, of a fixed length: `outer` is its state after the padded key.
pub(super) fn close_hmac(
    hash: HashAlgorithm,
    outer: &SavedState,
    inner: &[u8; 64],
    out: &mut [u8; 64],
) {
    let (block_len, mac_len) = (hash.block_len(), hash.output_len());
    let mut block = [0u8; MOST_BLOCK];
    for (place, value) in block.iter_mut().zip(inner.iter().take(mac_len)) {
        *place = *value;
    }
    if let Some(end) = block.get_mut(mac_len) {
        *end = 0x80;
    }
    let count = outer.length_bytes(((block_len + mac_len) * 8) as u64);
    let places = block.iter_mut().skip(block_len - count.len());
    for (place, value) in places.zip(count) {
        *place = value;
    }
    let mut state = outer.duplicate();
    state.add_block(block.get(..block_len).unwrap_or_default());
    state.write_into(out);
}

/// Whether the bytes behind the content are `wanted`, as a mask. Every byte that may belong to the
/// MAC is looked at, in the same order, wherever it begins.
pub(super) fn mac_is(wanted: &[u8], body: &[u8], ends: &Hidden) -> u32 {
    let (mac_len, length) = (wanted.len(), ends.length);
    let end = length.wrapping_add(bounded(mac_len));
    // The MAC ends where the padding begins.
    let from = body.len().saturating_sub(mac_len + ends.most_padding);
    let mut turned = [0u8; MOST_MAC];
    let mut turn = 0u32;
    let mut slot = 0;
    for (position, value) in body.iter().enumerate().skip(from) {
        let position = bounded(position);
        let inside = !less(position, length) & less(position, end);
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
            let sum = turn.wrapping_add(at);
            let too_much = !less(sum, bounded(mac_len)) & bounded(mac_len);
            let wrapped = sum.wrapping_sub(too_much);
            found |= byte(same(slot, wrapped)) & *value;
        }
        differs |= found ^ wanted;
    }
    same(u32::from(differs), 0)
}

/// A length of a record or of less, which has at most 2^14 and some bytes.
fn bounded(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(0)
}

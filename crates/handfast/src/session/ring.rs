//! One shard of the server's session cache: sessions of any size one after the
//! other in a ring of bytes, oldest first, and an index over them.

use core::ops::Range;
use hashbrown::HashTable;
use zeroize::Zeroize;

/// What a session is known by: 128 bits that nobody can guess.
pub(crate) type SessionId = [u8; ID];

/// A ring of sessions.
///
/// A session is its length (two bytes, the top bit set once it is forgotten),
/// its id, its value. A length of zero, or too little room for one, says that the
/// ring goes on at its beginning.
pub(crate) struct Ring {
    bytes: Vec<u8>,
    size: usize,
    /// Where the next session goes.
    head: usize,
    /// Where the oldest session lies.
    tail: usize,
    /// True while the oldest session lies behind the newest.
    wrapped: bool,
    /// Where each session begins.
    index: HashTable<u32>,
    most: usize,
    /// Sessions that had to make room.
    dropped: u64,
}

const LENGTH: usize = 2;
const ID: usize = 16;
const FORGOTTEN: u16 = 0x8000;
/// A value is at most this large a part of the ring.
const MOST_OF_RING: usize = 4;
/// Bytes of a small session, by which the index is sized.
const SMALL: usize = 112;
/// Bytes that the index takes for a place.
const PLACE: usize = size_of::<u32>() + 1;
/// Bytes that a ring takes beside its sessions and the index's places.
pub(crate) const OVERHEAD: usize = 160;
/// Those of them at the index's edges.
pub(crate) const INDEX_EDGE: usize = 32;

impl Ring {
    /// A ring that takes no more than `size` bytes with its index.
    pub(crate) fn new(size: usize) -> Self {
        let places = (size / SMALL)
            .saturating_mul(4)
            .div_ceil(3)
            .next_power_of_two();
        let index = places.saturating_mul(PLACE).saturating_add(OVERHEAD);
        Self {
            bytes: Vec::new(),
            size: size.saturating_sub(index),
            head: 0,
            tail: 0,
            wrapped: false,
            index: HashTable::new(),
            // The index itself takes seven eighths: the rest is slack for `tidy`.
            most: places / 4 * 3,
            dropped: 0,
        }
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Forgets everything and gives the memory back, wiped.
    pub(crate) fn clear(&mut self) {
        self.bytes.zeroize();
        self.bytes = Vec::new();
        self.index = HashTable::new();
        (self.head, self.tail, self.wrapped) = (0, 0, false);
    }

    pub(crate) fn get(&self, id: &SessionId) -> Option<&[u8]> {
        let at = self.find(id)?;
        let (_, whole) = self.session(at)?;
        self.bytes.get(whole)?.get(LENGTH + ID..)
    }

    /// Keeps a session; the oldest make room.
    pub(crate) fn put(&mut self, id: &SessionId, value: &[u8]) {
        let needed = LENGTH + ID + value.len();
        let length = u16::try_from(ID + value.len()).unwrap_or(u16::MAX);
        if needed > self.size / MOST_OF_RING || length & FORGOTTEN != 0 {
            return;
        }
        self.remove(id);
        if self.bytes.is_empty() {
            self.bytes = vec![0; self.size];
            self.index = HashTable::with_capacity(self.most);
        }
        while self.index.len() >= self.most {
            self.forget_oldest();
        }
        while !self.has_room(needed) {
            self.forget_oldest();
        }
        let at = self.head;
        let Ok(place) = u32::try_from(at) else { return };
        let Some(to) = self.bytes.get_mut(at..at + needed) else {
            return;
        };
        let parts = [&length.to_be_bytes()[..], id, value];
        for (to, from) in to.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        self.tidy();
        self.head = at + needed;
        let Self { bytes, index, .. } = self;
        index.insert_unique(hash(id), place, |place| hash_at(bytes, *place));
    }

    /// Forgets a session and wipes it.
    pub(crate) fn remove(&mut self, id: &SessionId) -> bool {
        let Some(at) = self.find(id) else {
            return false;
        };
        self.drop_from_index(id);
        let Some((length, whole)) = self.session(at) else {
            return false;
        };
        if let Some(bytes) = self.bytes.get_mut(whole) {
            bytes.zeroize();
            let [high, low] = (length | FORGOTTEN).to_be_bytes();
            if let [first, second, ..] = bytes {
                (*first, *second) = (high, low);
            }
        }
        true
    }

    /// Makes the index anew where forgotten sessions have used its places up, since it
    /// would grow otherwise, beyond what this ring may take.
    fn tidy(&mut self) {
        if self.index.len() < self.index.capacity() {
            return;
        }
        self.index.clear();
        let (mut at, mut wrapped) = (self.tail, self.wrapped);
        while wrapped || at != self.head {
            let Some((length, whole)) = self.session(at) else {
                // Behind the last session before the end.
                if !wrapped {
                    return;
                }
                (at, wrapped) = (0, false);
                continue;
            };
            let Self { bytes, index, .. } = self;
            if let (0, Ok(place)) = (length & FORGOTTEN, u32::try_from(at)) {
                let hash = hash_at(bytes, place);
                index.insert_unique(hash, place, |place| hash_at(bytes, *place));
            }
            at = whole.end;
        }
    }

    /// Moves `head` to where so many bytes are free, if they are free anywhere.
    fn has_room(&mut self, needed: usize) -> bool {
        if self.wrapped {
            return self.tail - self.head >= needed;
        }
        if self.index.is_empty() && self.head == self.tail {
            (self.head, self.tail) = (0, 0);
        }
        if self.bytes.len() - self.head >= needed {
            return true;
        }
        if self.tail < needed {
            return false;
        }
        if let Some(mark) = self.bytes.get_mut(self.head..) {
            mark.iter_mut().take(LENGTH).for_each(|byte| *byte = 0);
        }
        self.head = 0;
        self.wrapped = true;
        true
    }

    /// Forgets the oldest session. The ring holds one whenever this is called:
    /// an empty one has room.
    fn forget_oldest(&mut self) {
        let Some((length, whole)) = self.session(self.tail) else {
            // Behind the last session before the end.
            (self.tail, self.wrapped) = (0, false);
            return;
        };
        if length & FORGOTTEN == 0 {
            let id = self
                .bytes
                .get(whole.clone())
                .and_then(|bytes| bytes.get(LENGTH..));
            if let Some(id) = id.and_then(<[u8]>::first_chunk::<ID>).copied() {
                self.drop_from_index(&id);
                self.dropped = self.dropped.saturating_add(1);
            }
        }
        self.tail = whole.end;
        if let Some(bytes) = self.bytes.get_mut(whole) {
            bytes.zeroize();
        }
    }

    /// The length field of the session at a place, and where all of it lies.
    fn session(&self, at: usize) -> Option<(u16, Range<usize>)> {
        let length = u16::from_be_bytes(*self.bytes.get(at..)?.first_chunk::<LENGTH>()?);
        let bytes = usize::from(length & !FORGOTTEN);
        (bytes >= ID).then(|| (length, at..at + LENGTH + bytes))
    }

    fn find(&self, id: &SessionId) -> Option<usize> {
        let is_it = |place: &u32| id_at(&self.bytes, *place) == Some(id);
        let place = self.index.find(hash(id), is_it)?;
        usize::try_from(*place).ok()
    }

    fn drop_from_index(&mut self, id: &SessionId) {
        let Self { bytes, index, .. } = self;
        if let Ok(entry) = index.find_entry(hash(id), |place| id_at(bytes, *place) == Some(id)) {
            entry.remove();
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

fn id_at(bytes: &[u8], place: u32) -> Option<&SessionId> {
    let at = usize::try_from(place).ok()?;
    bytes.get(at.checked_add(LENGTH)?..)?.first_chunk()
}

fn hash_at(bytes: &[u8], place: u32) -> u64 {
    id_at(bytes, place).map_or(0, hash)
}

/// Ids are drawn at random by this server, so their first bytes spread well; nobody
/// else adds any.
fn hash(id: &SessionId) -> u64 {
    id.first_chunk()
        .map_or(0, |first| u64::from_ne_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A model of it: a queue of (id, value), of which a ring keeps the newest.
    #[test]
    fn a_ring_keeps_the_newest_of_what_a_queue_keeps_at_any_sizes() {
        let mut ring = Ring::new(4096);
        let mut queue: VecDeque<(SessionId, Vec<u8>)> = VecDeque::new();
        let mut state = 1_u64;
        for step in 0..20_000_u32 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let size = usize::try_from(state >> 55).unwrap_or(0);
            let mut id = [0; ID];
            id[..8].copy_from_slice(&state.rotate_left(20).to_be_bytes());
            let value = vec![u8::try_from(step % 251).unwrap_or(0); size];
            ring.put(&id, &value);
            assert_eq!(ring.get(&id), Some(&*value), "{step}");
            queue.push_back((id, value));
            if state & 0x70 == 0 {
                let middle = queue.len() - ring.len() / 2 - 1;
                if let Some((id, _)) = queue.remove(middle) {
                    assert!(ring.remove(&id), "{step}");
                    assert_eq!(ring.get(&id), None);
                }
            }
            while queue.len() > ring.len() {
                let (id, _) = queue.pop_front().unwrap_or_default();
                assert_eq!(ring.get(&id), None, "{step}");
            }
            let held: usize = queue
                .iter()
                .map(|(_, value)| value.len() + LENGTH + ID)
                .sum();
            assert!(held <= ring.size);
            // At least a third is in use once it has filled: what is lost is one
            // session's room at the end and those forgotten in between.
            assert!(step < 100 || held * 3 > ring.size, "{step}: {held}");
            for (id, value) in &queue {
                assert_eq!(ring.get(id), Some(&**value), "{step}");
            }
        }
    }

    /// Small sessions fill the index, large ones the bytes.
    #[test]
    fn a_ring_takes_no_more_than_it_was_given_however_many_sessions_have_gone_by() {
        let mut state = 1_u64;
        for (size, value) in [(4096, 60), (4096, 101), (60_000, 87), (100_000, 80)] {
            let mut ring = Ring::new(size);
            for step in 0..20_000_u32 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let mut id = [0; ID];
                id[..8].copy_from_slice(&(state ^ (state >> 29)).to_be_bytes());
                ring.put(&id, &vec![7; value]);
                assert!(ring.get(&id).is_some());
                let taken =
                    size_of::<Ring>() + ring.bytes.capacity() + ring.index.allocation_size();
                assert!(taken <= size, "{size} {value} {step}: {taken}");
            }
            let held = ring.index.iter().filter(|place| {
                id_at(&ring.bytes, **place).is_some_and(|id| ring.get(id).is_some())
            });
            assert_eq!(held.count(), ring.len());
            assert!(ring.len() * 200 > size, "{size} {value}: {}", ring.len());
        }
    }

    #[test]
    fn what_is_too_large_is_not_kept_and_what_is_kept_again_is_kept_once() {
        let mut ring = Ring::new(8192);
        ring.put(&[1; ID], &[0; 4096]);
        assert_eq!((ring.get(&[1; ID]), ring.len()), (None, 0));
        ring.put(&[1; ID], b"first");
        ring.put(&[1; ID], b"second");
        assert_eq!((ring.get(&[1; ID]), ring.len()), (Some(&b"second"[..]), 1));
    }

    #[test]
    fn forgotten_sessions_are_wiped() {
        let mut ring = Ring::new(4096);
        ring.put(&[1; ID], &[0xaa; 50]);
        ring.put(&[2; ID], &[0xbb; 50]);
        assert!(ring.remove(&[1; ID]));
        assert!(!ring.bytes.contains(&0xaa) && ring.bytes.contains(&0xbb));
        ring.clear();
        assert!(ring.bytes.is_empty());
    }
}

//! The sessions that a server keeps itself: for session IDs (RFC 5246 section
//! 7.4.1.2), and for tickets where it has no key to seal them with.

use crate::session::ring::{INDEX_EDGE, OVERHEAD, Ring, SessionId};
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Sessions in the server's memory, in shards of one lock each, so that threads
/// seldom wait for each other. It takes no more than the bytes it was given, all
/// told; the oldest session makes room. About 8,000 sessions fit in a MiB where
/// clients show no certificate.
///
/// It lives outside configs, so that swapping a config keeps its sessions; each
/// is good only for the host and the rules that it was made under.
///
/// ```
/// use handfast::session::SessionCache;
/// use std::sync::Arc;
///
/// # fn example(mut config: handfast::ServerConfig) {
/// config.session_cache = Some(Arc::new(SessionCache::new(16 << 20)));
/// # }
/// ```
pub struct SessionCache {
    shards: Box<[Shard]>,
}

/// On cache lines of its own, so that taking one lock slows no other down.
#[repr(align(128))]
struct Shard(Mutex<Ring>);

/// A ring counts what it lies in as a part of its bytes.
const _: () = assert!(size_of::<Shard>() <= OVERHEAD - INDEX_EDGE);

/// Shards of a cache that is large enough for them.
const SHARDS: usize = 16;
/// Bytes of the smallest cache and of the largest.
const SMALLEST: usize = 4096;
const LARGEST: usize = (1 << 30) * if usize::BITS < 64 { 1 } else { SHARDS };
/// Bytes below which a shard is not split off.
const SMALLEST_SHARD: usize = 32 * 1024;

impl SessionCache {
    /// A cache of at most so many bytes, its index included: at least 4 KiB and
    /// at most 16 GiB (1 GiB where addresses have 32 bits), to which other values are
    /// brought. Memory is taken when the first sessions come.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let bytes = bytes.clamp(SMALLEST, LARGEST);
        let shards = (bytes / SMALLEST_SHARD).clamp(1, SHARDS);
        Self {
            shards: (0..shards)
                .map(|_| Shard(Mutex::new(Ring::new(bytes / shards))))
                .collect(),
        }
    }

    /// Sessions that are kept now. Expired ones count until they make room.
    #[must_use]
    pub fn len(&self) -> usize {
        self.each().map(|ring| ring.len()).sum()
    }

    /// True when no session is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sessions that had to make room for others, since the cache was made: where it grows fast the
    /// cache is too small.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.each().map(|ring| ring.dropped()).sum()
    }

    /// Forgets every session.
    pub fn clear(&self) {
        self.each().for_each(|mut ring| ring.clear());
    }

    /// Keeps a session. One too large for its shard is not kept.
    pub(crate) fn put(&self, id: &SessionId, value: &[u8]) {
        if let Some(mut ring) = self.shard(id) {
            ring.put(id, value);
        }
    }

    /// What `read` makes of a session where it lies, while nobody else may use its
    /// shard.
    pub(crate) fn get<X>(&self, id: &[u8], read: impl FnOnce(&[u8]) -> Option<X>) -> Option<X> {
        let id: &SessionId = id.try_into().ok()?;
        read(self.shard(id)?.get(id)?)
    }

    /// Forgets a session; false when it was not there, or another came first.
    pub(crate) fn remove(&self, id: &[u8]) -> bool {
        let Ok(id) = <&SessionId>::try_from(id) else {
            return false;
        };
        self.shard(id).is_some_and(|mut ring| ring.remove(id))
    }

    fn shard(&self, id: &SessionId) -> Option<MutexGuard<'_, Ring>> {
        // The ring's index goes by the first bytes.
        let [.., last] = *id;
        let at = usize::from(last).checked_rem(self.shards.len())?;
        self.shards.get(at).map(locked)
    }

    fn each(&self) -> impl Iterator<Item = MutexGuard<'_, Ring>> {
        self.shards.iter().map(locked)
    }
}

/// A ring is whole at any time, whatever a thread that held it did.
fn locked(shard: &Shard) -> MutexGuard<'_, Ring> {
    shard.0.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for SessionCache {
    /// 4 MiB: about 32,000 sessions.
    fn default() -> Self {
        Self::new(4 << 20)
    }
}

impl fmt::Debug for SessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionCache({} sessions)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids as they are drawn, without a source: all bytes differ.
    fn id(number: u64) -> SessionId {
        let mixed = (number.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&mixed.to_be_bytes());
        id[8..].copy_from_slice(&mixed.rotate_left(29).to_le_bytes());
        id
    }

    fn find(cache: &SessionCache, id: &[u8]) -> Option<Vec<u8>> {
        cache.get(id, |value| Some(value.to_vec()))
    }

    #[test]
    fn a_mebibyte_holds_eight_thousand_sessions_and_the_oldest_go_first() {
        let cache = SessionCache::new(1 << 20);
        // A session without ALPN and client certificate, as `Ticket` writes it.
        let value = [7; 101];
        for number in 0..20_000 {
            cache.put(&id(number), &value);
        }
        assert!(cache.len() >= 8000, "{}", cache.len());
        let kept: Vec<bool> = (0..20_000)
            .map(|number| find(&cache, &id(number)).is_some())
            .collect();
        assert_eq!(kept.iter().filter(|kept| **kept).count(), cache.len());
        assert_eq!(cache.dropped(), 20_000 - cache.len() as u64);
        // Shards fill unevenly, so the border is not sharp.
        assert!(kept[..11_000].iter().all(|kept| !kept));
        assert!(kept[13_000..].iter().all(|kept| *kept));
    }

    #[test]
    fn a_session_is_found_until_it_is_removed_and_only_once_removed() {
        let cache = SessionCache::default();
        cache.put(&id(1), b"one");
        cache.put(&id(2), b"two");
        assert_eq!(find(&cache, &id(1)).as_deref(), Some(b"one".as_slice()));
        assert_eq!(find(&cache, &id(3)), None);
        assert_eq!(find(&cache, b"short"), None);
        assert!(cache.remove(&id(1)));
        assert!(!cache.remove(&id(1)) && !cache.remove(b"short"));
        assert_eq!((find(&cache, &id(1)), cache.len()), (None, 1));
        cache.clear();
        assert!(cache.is_empty() && find(&cache, &id(2)).is_none());
    }
}

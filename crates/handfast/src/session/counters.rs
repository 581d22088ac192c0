//! How often clients and servers meet, and come back: what Python's `session_stats()` tells.

use crate::near::{PLACES, place};
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

/// Counts handshakes and sessions of the configs that name it in
/// [`crate::config::Common::counters`]. Each thread counts in a place of its own, so that counting
/// makes none wait for another; a config that names none counts nothing.
///
/// It lives outside configs, so that a config which is changed goes on counting.
///
/// ```
/// use handfast::session::SessionCounters;
/// use std::sync::Arc;
///
/// # let mut config = handfast::ServerConfig::without_credential();
/// let counters = Arc::new(SessionCounters::default());
/// config.common.counters = Some(Arc::clone(&counters));
/// assert_eq!(counters.stats().accept, 0);
/// ```
#[derive(Default)]
pub struct SessionCounters([Place; PLACES]);

/// On cache lines of its own.
#[repr(align(128))]
#[derive(Default)]
struct Place([AtomicU64; KINDS]);

/// One thing that is counted.
#[derive(Clone, Copy)]
pub(crate) enum Counted {
    Connect,
    ConnectGood,
    ConnectRenegotiate,
    Accept,
    AcceptGood,
    AcceptRenegotiate,
    Hit,
    Miss,
    Timeout,
}

const KINDS: usize = Counted::Timeout as usize + 1;

/// What was counted, by the names of Python's `SSLContext.session_stats()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionStats {
    /// Sessions that the server's cache holds ([`crate::session::SessionCache::len`]).
    pub number: u64,
    /// Handshakes that clients began.
    pub connect: u64,
    /// Handshakes that clients brought to their end, second ones included.
    pub connect_good: u64,
    /// Second handshakes that clients began (renegotiation, before TLS 1.3).
    pub connect_renegotiate: u64,
    /// Handshakes that servers began.
    pub accept: u64,
    /// Handshakes that servers brought to their end, second ones included.
    pub accept_good: u64,
    /// Second handshakes that servers began.
    pub accept_renegotiate: u64,
    /// Handshakes by which a session went on, of either side.
    pub hits: u64,
    /// Sessions that clients named and servers did not know; in TLS 1.3 names of shared keys, which are
    /// offered in the same place, too.
    pub misses: u64,
    /// Sessions that clients named and servers knew, but too late.
    pub timeouts: u64,
    /// Sessions that had to make room in the server's cache
    /// ([`crate::session::SessionCache::dropped`]).
    pub cache_full: u64,
}

impl SessionCounters {
    pub(crate) fn count(&self, what: Counted) {
        let Self([first, ..]) = self;
        let Place(counts) = self.0.get(place()).unwrap_or(first);
        // Each variant has its count: there are as many.
        if let Some(count) = counts.get(what as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The sums of all threads. What goes on meanwhile may be in some and not yet in others;
    /// `number` and `cache_full` belong to a cache and are 0 here.
    #[must_use]
    pub fn stats(&self) -> SessionStats {
        let sum = |what: Counted| {
            let counts = self
                .0
                .iter()
                .filter_map(|Place(counts)| counts.get(what as usize));
            counts.map(|count| count.load(Ordering::Relaxed)).sum()
        };
        SessionStats {
            number: 0,
            connect: sum(Counted::Connect),
            connect_good: sum(Counted::ConnectGood),
            connect_renegotiate: sum(Counted::ConnectRenegotiate),
            accept: sum(Counted::Accept),
            accept_good: sum(Counted::AcceptGood),
            accept_renegotiate: sum(Counted::AcceptRenegotiate),
            hits: sum(Counted::Hit),
            misses: sum(Counted::Miss),
            timeouts: sum(Counted::Timeout),
            cache_full: 0,
        }
    }
}

impl fmt::Debug for SessionCounters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stats().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_threads_count_is_in_the_sum_and_nowhere_else() {
        let counters = SessionCounters::default();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        counters.count(Counted::Accept);
                        counters.count(Counted::Timeout);
                    }
                });
            }
        });
        let wanted = SessionStats {
            accept: 8000,
            timeouts: 8000,
            ..SessionStats::default()
        };
        assert_eq!(counters.stats(), wanted);
    }
}

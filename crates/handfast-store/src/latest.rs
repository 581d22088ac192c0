//! A clock that was set back.

use crate::sealed::SKEW_MS;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use handfast::Now;

/// The latest time that was ever seen, in unix milliseconds.
#[derive(Default)]
pub(crate) struct Latest(AtomicU64);

impl Latest {
    /// Whether the clock is behind what it was by more than marks outlive their time: those that are
    /// gone by now may matter again.
    pub(crate) fn is_behind(&self, now: Now) -> bool {
        let latest_ms = self.0.fetch_max(now.unix_ms, Relaxed).max(now.unix_ms);
        latest_ms - now.unix_ms > SKEW_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_is_noticed_until_it_has_come_as_far() {
        let at = |unix_ms| Now {
            unix_ms,
            monotonic_ms: 0,
        };
        let latest = Latest::default();
        assert!(!latest.is_behind(at(1_000_000)));
        assert!(!latest.is_behind(at(1_000_000 - SKEW_MS)));
        assert!(latest.is_behind(at(1_000_000 - SKEW_MS - 1)));
        assert!(!latest.is_behind(at(2_000_000)));
        assert!(latest.is_behind(at(1_000_000)));
    }
}

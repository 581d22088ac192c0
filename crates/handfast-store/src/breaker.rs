//! Keeps callers from asking what is down.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Opens after so many failures in a row; while it is open one caller in each pause may try.
///
/// ```text
/// closed --(failures in a row)--> open --(a pause)--> one tries --(it answers)--> closed
///                                  ^------------------(it fails)---┘
/// ```
pub(crate) struct Breaker {
    opens_after: u32,
    pause_ms: u64,
    failures: AtomicU32,
    /// When the next may try; zero while it is closed.
    next_try_ms: AtomicU64,
}

impl Breaker {
    pub(crate) fn new(opens_after: u32, pause_ms: u64) -> Self {
        Self {
            opens_after: opens_after.max(1),
            pause_ms,
            failures: AtomicU32::new(0),
            next_try_ms: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.next_try_ms.load(Relaxed) != 0
    }

    /// Whether to ask, at this time of a clock that does not go back.
    pub(crate) fn lets_in(&self, now_ms: u64) -> bool {
        let next = self.next_try_ms.load(Relaxed);
        if next == 0 {
            return true;
        }
        if now_ms < next {
            return false;
        }
        // One of those who come now tries; where nothing is heard of it, another after a pause.
        let after = self.after(now_ms);
        let claimed = self
            .next_try_ms
            .compare_exchange(next, after, Relaxed, Relaxed);
        claimed.is_ok()
    }

    /// It answered: true when the breaker closes by it.
    pub(crate) fn answered(&self) -> bool {
        // Nothing is written while all is well.
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
        }
        self.is_open() && self.next_try_ms.swap(0, Relaxed) != 0
    }

    /// It failed: true when the breaker opens by it.
    pub(crate) fn failed(&self, now_ms: u64) -> bool {
        let before = self.failures.fetch_add(1, Relaxed);
        if before.saturating_add(1) < self.opens_after {
            return false;
        }
        // The count must not come round.
        self.failures.store(self.opens_after, Relaxed);
        self.next_try_ms.swap(self.after(now_ms), Relaxed) == 0
    }

    fn after(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add(self.pause_ms).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_by_one_answer() {
        let breaker = Breaker::new(3, 1000);
        assert!(!breaker.failed(0) && !breaker.failed(1));
        assert!(!breaker.answered(), "it was not open");
        assert!(!breaker.failed(2) && !breaker.failed(3));
        assert!(breaker.lets_in(4) && !breaker.is_open());
        assert!(breaker.failed(5) && breaker.is_open());
        assert!(!breaker.lets_in(6) && !breaker.lets_in(1004));
        // One probes; if it fails the next pause begins.
        assert!(breaker.lets_in(1005) && !breaker.lets_in(1005));
        assert!(!breaker.failed(1010), "it was open already");
        assert!(!breaker.lets_in(2009) && breaker.lets_in(2010));
        assert!(breaker.answered() && !breaker.is_open());
        // The count begins anew.
        assert!(!breaker.failed(2011) && breaker.lets_in(2012));
    }

    #[test]
    fn a_probe_that_never_ends_keeps_no_other_from_trying_after_a_pause() {
        let breaker = Breaker::new(1, 100);
        assert!(breaker.failed(0));
        assert!(breaker.lets_in(100) && !breaker.lets_in(199) && breaker.lets_in(200));
    }

    #[test]
    fn of_many_who_come_at_once_one_probes() {
        let breaker = Breaker::new(1, 1000);
        breaker.failed(0);
        let let_in: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| usize::from(breaker.lets_in(1000))))
                .collect();
            threads.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(let_in, 1);
    }
}

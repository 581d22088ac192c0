//! A memory of first flights, for tests of early data: it never forgets, and fails on demand.

use handfast::Now;
use handfast::session::{Strike, StrikeFailed, StrikeStore};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// All strikes that ever came.
#[derive(Debug, Default)]
pub struct Strikes {
    seen: Mutex<HashSet<[u8; 32]>>,
    is_down: AtomicBool,
}

impl Strikes {
    /// From here on it cannot say anything, or it can again.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Flights that it has seen.
    pub fn len(&self) -> usize {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// True when it has seen none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl StrikeStore for Strikes {
    fn insert(&self, strike: &Strike, now: Now) -> Result<bool, StrikeFailed> {
        assert!(strike.until_unix_ms() >= now.unix_ms, "it matters no more");
        if self.is_down.load(Ordering::SeqCst) {
            return Err(StrikeFailed::new("the test says so"));
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(seen.insert(*strike.key()))
    }
}

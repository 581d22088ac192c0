//! What one verification has used of its limits, and what it has tried.

use crate::failed::Failed;
use crate::limits::Limits;
use crate::tried::Tried;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// One verification's fetching.
pub(crate) struct Round {
    pub(crate) limits: Limits,
    pub(crate) deadline: Instant,
    begun: AtomicUsize,
    tried: Mutex<Vec<Tried>>,
}

impl Round {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            deadline: deadline(limits.total),
            begun: AtomicUsize::new(0),
            tried: Mutex::default(),
        }
    }

    /// Before a fetch.
    pub(crate) fn begin(&self) -> Result<(), Failed> {
        let limit = self.limits.fetches;
        if self.begun.fetch_add(1, Ordering::Relaxed) < limit {
            Ok(())
        } else {
            Err(Failed::Fetches { limit })
        }
    }

    pub(crate) fn note(&self, tried: Tried) {
        self.lock().push(tried);
    }

    pub(crate) fn tried(&self) -> Vec<Tried> {
        core::mem::take(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Tried>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So far ahead that it never comes, where the duration is more than a clock holds.
fn deadline(total: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(total).unwrap_or(now + A_DAY)
}

const A_DAY: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_beyond_every_clock_is_a_day() {
        let total = Duration::MAX;
        let round = Round::new(Limits {
            total,
            ..Limits::default()
        });
        assert!(round.deadline > Instant::now() + A_DAY / 2);
    }
}

//! A budget and a breaker before a store.

use crate::breaker::Breaker;
use crate::failure::StoreFailed;
use crate::store::Store;
use core::fmt;
use core::future::Future;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use core::time::Duration;
use tokio::time::{Instant, timeout};

/// A store that costs no handshake more than a budget: what takes longer is given up, and after
/// several failures in a row it is not asked at all until one caller, once in a while, has
/// found it well again.
///
/// ```
/// use core::time::Duration;
/// use handfast_store::{Guarded, MemoryStore};
///
/// let guarded = Guarded::new(MemoryStore::new(1000))
///     .with_budget(Duration::from_millis(3))
///     .with_breaker(5, Duration::from_secs(1));
/// assert!(!guarded.is_open());
/// assert_eq!(guarded.counts().asked, 0);
/// ```
pub struct Guarded {
    store: Box<dyn Store>,
    budget: Duration,
    breaker: Breaker,
    started: Instant,
    counters: Counters,
    watch: Option<Watch>,
}

type Watch = Box<dyn Fn(&Change) + Send + Sync>;

/// The store is down, or up again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It is not asked any more: the last failure says why.
    Down(StoreFailed),
    /// It answers again.
    Up,
}

/// How often what happened, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Times that the store was asked.
    pub asked: u64,
    /// It answered within the budget.
    pub answered: u64,
    /// It took longer.
    pub too_slow: u64,
    /// It failed in another way.
    pub failed: u64,
    /// It was not asked, the breaker being open.
    pub paused: u64,
    /// The breaker opened.
    pub opened: u64,
}

#[derive(Default)]
struct Counters {
    asked: AtomicU64,
    answered: AtomicU64,
    too_slow: AtomicU64,
    failed: AtomicU64,
    paused: AtomicU64,
    opened: AtomicU64,
}

/// What an answer may take unless another budget is set.
const BUDGET: Duration = Duration::from_millis(5);
/// Failures in a row after which a store is not asked, and for how long.
const OPENS_AFTER: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

impl Guarded {
    /// A budget of 5 ms; after 5 failures in a row, one try a second.
    pub fn new(store: impl Store + 'static) -> Self {
        Self {
            store: Box::new(store),
            budget: BUDGET,
            breaker: Breaker::new(OPENS_AFTER, millis(PAUSE)),
            started: Instant::now(),
            counters: Counters::default(),
            watch: None,
        }
    }

    /// An answer may take so long. tokio's clock counts milliseconds: one may come on top.
    #[must_use]
    pub fn with_budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// The store is not asked after so many failures in a row (one at least), but once in each
    /// pause.
    #[must_use]
    pub fn with_breaker(mut self, opens_after: u32, pause: Duration) -> Self {
        self.breaker = Breaker::new(opens_after, millis(pause));
        self
    }

    /// Tells when the store goes down and when it is up again. It is called where a handshake
    /// waits: what takes time does not belong there.
    #[must_use]
    pub fn with_watch(mut self, watch: impl Fn(&Change) + Send + Sync + 'static) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// What happened until now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let counters = &self.counters;
        Counts {
            asked: counters.asked.load(Relaxed),
            answered: counters.answered.load(Relaxed),
            too_slow: counters.too_slow.load(Relaxed),
            failed: counters.failed.load(Relaxed),
            paused: counters.paused.load(Relaxed),
            opened: counters.opened.load(Relaxed),
        }
    }

    /// Whether the store is not asked now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.breaker.is_open()
    }

    /// One use of the store, of any number of steps: the budget is for all of them.
    ///
    /// # Errors
    /// [`StoreFailed::TooSlow`], [`StoreFailed::Paused`], and what `work` fails with.
    pub async fn run<'s, X, F>(
        &'s self,
        work: impl FnOnce(&'s dyn Store) -> F,
    ) -> Result<X, StoreFailed>
    where
        F: Future<Output = Result<X, StoreFailed>>,
    {
        if !self.breaker.lets_in(self.now_ms()) {
            self.counters.paused.fetch_add(1, Relaxed);
            return Err(StoreFailed::Paused);
        }
        self.counters.asked.fetch_add(1, Relaxed);
        let answer = timeout(self.budget, work(&*self.store)).await;
        let answer = answer.unwrap_or(Err(StoreFailed::TooSlow));
        match &answer {
            Ok(_) => self.answered(&self.counters.answered),
            // It is well, and may have what is asked for next.
            Err(StoreFailed::Full | StoreFailed::Forgets(_)) => {
                self.answered(&self.counters.failed);
            }
            Err(StoreFailed::TooSlow) => {
                self.failed(&self.counters.too_slow, &StoreFailed::TooSlow);
            }
            Err(failure) => self.failed(&self.counters.failed, failure),
        }
        answer
    }

    fn answered(&self, counter: &AtomicU64) {
        counter.fetch_add(1, Relaxed);
        if self.breaker.answered() {
            self.tell(&Change::Up);
        }
    }

    fn failed(&self, counter: &AtomicU64, failure: &StoreFailed) {
        counter.fetch_add(1, Relaxed);
        if self.breaker.failed(self.now_ms()) {
            self.counters.opened.fetch_add(1, Relaxed);
            self.tell(&Change::Down(failure.clone()));
        }
    }

    fn tell(&self, change: &Change) {
        if let Some(watch) = &self.watch {
            watch(change);
        }
    }

    fn now_ms(&self) -> u64 {
        millis(self.started.elapsed())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("store", &self.store)
            .field("budget", &self.budget)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tokio::time::sleep;

    fn guarded() -> Guarded {
        Guarded::new(crate::memory::MemoryStore::with_fresh_keys(10))
    }

    async fn takes(guarded: &Guarded, ms: u64) -> Result<(), StoreFailed> {
        let work = |_| async move {
            sleep(Duration::from_millis(ms)).await;
            Ok(())
        };
        guarded.run(work).await
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_than_the_budget_is_given_up_and_then_not_asked() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&told);
        let guarded =
            guarded().with_watch(move |change| hears.lock().unwrap().push(change.clone()));
        takes(&guarded, 4).await.unwrap();
        let began = Instant::now();
        for _ in 0..5 {
            assert_eq!(takes(&guarded, 50).await, Err(StoreFailed::TooSlow));
        }
        assert_eq!(began.elapsed(), Duration::from_millis(25));
        assert!(guarded.is_open());
        for _ in 0..100 {
            assert_eq!(takes(&guarded, 0).await, Err(StoreFailed::Paused));
        }
        assert_eq!(
            began.elapsed(),
            Duration::from_millis(25),
            "they cost nothing"
        );
        sleep(Duration::from_secs(1)).await;
        assert_eq!(takes(&guarded, 50).await, Err(StoreFailed::TooSlow));
        assert_eq!(takes(&guarded, 0).await, Err(StoreFailed::Paused));
        sleep(Duration::from_secs(1)).await;
        takes(&guarded, 0).await.unwrap();
        takes(&guarded, 0).await.unwrap();
        let told = told.lock().unwrap();
        assert_eq!(*told, [Change::Down(StoreFailed::TooSlow), Change::Up]);
        let expected = Counts {
            asked: 9,
            answered: 3,
            too_slow: 6,
            failed: 0,
            paused: 101,
            opened: 1,
        };
        assert_eq!(guarded.counts(), expected);
    }

    #[tokio::test]
    async fn a_full_store_is_asked_all_the_same() {
        let guarded = guarded();
        for _ in 0..20 {
            let full: Result<(), _> = guarded.run(|_| async { Err(StoreFailed::Full) }).await;
            assert_eq!(full, Err(StoreFailed::Full));
        }
        assert!(!guarded.is_open());
        // The control: another failure opens.
        for _ in 0..5 {
            let bad: Result<(), _> = guarded
                .run(|_| async { Err(StoreFailed::refused("no\n\u{1b}[2J")) })
                .await;
            assert_eq!(
                bad.unwrap_err().to_string(),
                r"the store refuses: no\n\u{1b}[2J"
            );
        }
        assert!(guarded.is_open());
    }
}

//! Fetches under way: who asks the same thing at the same time shares one.

use crate::content::Content;
use crate::failed::Failed;
use crate::key::Key;
use core::future::Future;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) type Outcome = Result<Arc<Content>, Failed>;

/// A fetch under way. When nobody waits for it any longer, it ends.
pub(crate) struct Flight {
    outcome: watch::Receiver<Option<Outcome>>,
    _task: JoinSet<()>,
}

impl Flight {
    /// What came of it.
    pub(crate) async fn wait(&self) -> Outcome {
        let mut outcome = self.outcome.clone();
        match outcome.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            _ => Err(Failed::Broken {
                why: "the fetch was given up".to_owned(),
            }),
        }
    }

    fn is_done(&self) -> bool {
        self.outcome.borrow().is_some()
    }
}

/// All fetches under way.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<Key, Weak<Flight>>>);

impl Flights {
    /// The fetch of `key` that is under way, or else a new one; and whether it is new.
    pub(crate) fn join<F>(&self, key: Key, fetch: impl FnOnce() -> F) -> (Arc<Flight>, bool)
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = flights.get(&key).and_then(Weak::upgrade);
        if let Some(flight) = under_way.filter(|flight| !flight.is_done()) {
            return (flight, false);
        }
        // What has ended leaves an empty place, swept when there are many.
        if flights.len() > SWEPT {
            flights.retain(|_, flight| flight.strong_count() > 0);
        }
        let (tell, outcome) = watch::channel(None);
        let fetch = fetch();
        let mut task = JoinSet::new();
        task.spawn(async move {
            tell.send_replace(Some(fetch.await));
        });
        let flight = Arc::new(Flight {
            outcome,
            _task: task,
        });
        flights.insert(key, Arc::downgrade(&flight));
        (flight, true)
    }
}

const SWEPT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use core::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::oneshot;

    const KEY: Key = Key([1; 32]);

    #[tokio::test]
    async fn those_who_ask_the_same_share_one_and_a_later_one_begins_anew() {
        let flights = Flights::default();
        let begun = Arc::new(AtomicUsize::new(0));
        let fetch = || {
            let begun = Arc::clone(&begun);
            async move {
                tokio::task::yield_now().await;
                begun.fetch_add(1, Ordering::SeqCst);
                Err(Failed::Compressed)
            }
        };
        let (one, first) = flights.join(KEY, fetch);
        let (two, second) = flights.join(KEY, fetch);
        let (other, third) = flights.join(Key([2; 32]), fetch);
        assert!(first && !second && third);
        assert_eq!(one.wait().await.unwrap_err(), Failed::Compressed);
        assert_eq!(two.wait().await.unwrap_err(), Failed::Compressed);
        assert!(other.wait().await.is_err());
        assert_eq!(begun.load(Ordering::SeqCst), 2);
        assert!(flights.join(KEY, fetch).1);
    }

    #[tokio::test]
    async fn a_fetch_that_nobody_waits_for_ends() {
        let flights = Flights::default();
        let (ended, heard) = oneshot::channel::<()>();
        let (one, _) = flights.join(KEY, || async move {
            let _ended = ended;
            pending().await
        });
        let (two, _) = flights.join(KEY, || async { pending().await });
        tokio::task::yield_now().await;
        drop(one);
        let mut heard = heard;
        tokio::task::yield_now().await;
        assert!(heard.try_recv() == Err(oneshot::error::TryRecvError::Empty));
        drop(two);
        assert!(heard.await.is_err());
    }
}

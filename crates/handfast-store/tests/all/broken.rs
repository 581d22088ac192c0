//! Stores that are down, slow, or hostile: no handshake fails, and none waits for long.

use crate::node::{Node, VERSIONS, Visitor};
use core::future::pending;
use core::time::Duration;
use handfast_store::{Guarded, MemoryStore, Name, Pending, Store, StoreFailed};
use std::sync::{Arc, Mutex};
use tokio::time::{Instant, sleep};

/// What a store does to who asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    Refuses,
    /// Answers rightly, after 50 ms.
    Slow,
    /// Never answers.
    Silent,
    Garbage,
    Huge,
    Empty,
    /// Gives what was kept under another name.
    Swaps,
    /// Changes a bit of what it gives.
    Forges,
}

impl Mood {
    const UNWELL: [Self; 8] = [
        Self::Refuses,
        Self::Slow,
        Self::Silent,
        Self::Garbage,
        Self::Huge,
        Self::Empty,
        Self::Swaps,
        Self::Forges,
    ];
}

#[derive(Debug)]
struct Moody {
    mood: Arc<Mutex<Mood>>,
    well: MemoryStore,
    /// What was put, in order.
    seen: Mutex<Vec<Vec<u8>>>,
}

impl Moody {
    async fn wait(&self) -> Result<Mood, StoreFailed> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Refuses => return Err(StoreFailed::Unreachable("nobody listens".into())),
            Mood::Slow => sleep(Duration::from_millis(50)).await,
            Mood::Silent => pending().await,
            _ => {}
        }
        Ok(mood)
    }

    async fn found(&self, name: Name) -> Result<Option<Vec<u8>>, StoreFailed> {
        let mood = self.wait().await?;
        let right = self.well.get(name).await?;
        Ok(match mood {
            Mood::Garbage => Some((0..200).collect()),
            Mood::Huge => Some(vec![1; 20 << 20]),
            Mood::Empty => Some(Vec::new()),
            Mood::Swaps => {
                let seen = self.seen.lock().unwrap();
                seen.iter()
                    .find(|one| Some(*one) != right.as_ref())
                    .cloned()
            }
            Mood::Forges => right.map(|mut value| {
                value[60] ^= 1;
                value
            }),
            _ => right,
        })
    }
}

impl Store for Moody {
    fn get(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        Box::pin(self.found(name))
    }

    fn take(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        Box::pin(self.found(name))
    }

    fn put(&self, name: Name, value: Vec<u8>, life: Duration) -> Pending<'_, ()> {
        Box::pin(async move {
            self.wait().await?;
            self.seen.lock().unwrap().push(value.clone());
            self.well.put(name, value, life).await
        })
    }

    fn insert(&self, name: Name, life: Duration) -> Pending<'_, bool> {
        Box::pin(async move {
            self.wait().await?;
            self.well.insert(name, life).await
        })
    }
}

/// tokio's clock stands still but for who waits, so what is measured is what is waited for.
#[tokio::test(start_paused = true)]
async fn whatever_a_store_does_every_handshake_is_done_and_waits_for_the_budget_at_most() {
    for version in VERSIONS {
        for unwell in Mood::UNWELL {
            let mood = Arc::new(Mutex::new(Mood::Well));
            let store = Moody {
                mood: Arc::clone(&mood),
                well: MemoryStore::with_fresh_keys(1000),
                seen: Mutex::default(),
            };
            let node = Node::new(Guarded::new(store), version);
            let visitor = Visitor::new(version);
            visitor.visit(&node).await;
            let session = {
                // Another one, for who swaps.
                Visitor::new(version).visit(&node).await;
                visitor.newest()
            };
            *mood.lock().unwrap() = unwell;
            let mut waits = Vec::new();
            for _ in 0..30 {
                visitor.has_only(&session);
                let visit = visitor.visit(&node).await;
                assert!(!visit.is_resumed, "{version} {unwell:?}");
                waits.push(visit.handshake);
            }
            let waited = waits.iter().filter(|wait| !wait.is_zero()).count();
            assert!(
                *waits.iter().max().unwrap() <= Duration::from_millis(6),
                "{waits:?}"
            );
            let is_late = matches!(unwell, Mood::Slow | Mood::Silent);
            // New sessions are tried, too: five failures in a row, whoever they meet.
            assert!(
                if is_late {
                    (1..=5).contains(&waited)
                } else {
                    waited == 0
                },
                "{waits:?}"
            );
            let is_down = is_late || unwell == Mood::Refuses;
            assert_eq!(node.sessions.store().is_open(), is_down, "{unwell:?}");
            // Well again, it is found to be so within a second, and the session is still there.
            *mood.lock().unwrap() = Mood::Well;
            sleep(Duration::from_secs(1)).await;
            visitor.has_only(&session);
            assert!(
                visitor.visit(&node).await.is_resumed,
                "{version} {unwell:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_on_their_way_to_a_store_that_is_silent_delay_nobody_and_are_given_up() {
    for version in VERSIONS {
        let store = Moody {
            mood: Arc::new(Mutex::new(Mood::Silent)),
            well: MemoryStore::with_fresh_keys(10),
            seen: Mutex::default(),
        };
        let node = Node::new(Guarded::new(store), version);
        let began = Instant::now();
        let visit = Visitor::new(version).visit(&node).await;
        assert!(visit.handshake.is_zero());
        // It has waited for them to be given up.
        assert_eq!(began.elapsed().as_millis(), 5);
    }
}

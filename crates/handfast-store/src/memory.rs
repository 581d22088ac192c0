//! A store in this process's memory.

use crate::failure::StoreFailed;
use crate::name::Name;
use crate::store::{Pending, Store};
use core::fmt;
use core::future::ready;
use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Values and marks in memory: at most so many of each. The oldest value makes room; a mark does
/// not before its time, so where there are too many the next is refused.
///
/// One process needs no store: its configs take a [`handfast::session::SessionCache`]. This one
/// serves tests, and several servers in one process.
pub struct MemoryStore {
    shards: Box<[Mutex<Shard>]>,
    /// Of each kind, in each shard.
    most: usize,
    /// Marks that were made before it was are gone: until then none can be told.
    remembers_from: Instant,
}

#[derive(Default)]
struct Shard {
    values: HashMap<Name, Kept>,
    /// In the order in which they came; those that are gone too, until they are half of all.
    order: VecDeque<(Name, u64)>,
    marks: HashMap<Name, Instant>,
    count: u64,
}

struct Kept {
    value: Zeroizing<Vec<u8>>,
    until: Instant,
    number: u64,
}

const SHARDS: usize = 16;
/// As long as a first flight may be taken, by clocks that differ, and then some.
const QUIET: Duration = Duration::from_secs(80);

impl MemoryStore {
    /// Room for about `most` values, and as many marks; 16 of each at least. For its first 80
    /// seconds marks are refused: tickets may be older than this process, and first flights that it
    /// would have marked may come again.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            remembers_from: Instant::now() + QUIET,
            ..Self::with_fresh_keys(most)
        }
    }

    /// As [`MemoryStore::new`], for servers whose ticket keys are no older than it: nothing that has
    /// come before can come again, so marks are made from the start.
    #[must_use]
    pub fn with_fresh_keys(most: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            most: most.div_ceil(SHARDS).max(1),
            remembers_from: Instant::now(),
        }
    }

    /// Values that are kept now; those whose time is over count until they make room.
    #[must_use]
    pub fn len(&self) -> usize {
        let each = self.shards.iter().map(locked);
        each.map(|shard| shard.values.len()).sum()
    }

    /// True where none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What one shard gives at once: `Full` cannot be, for want of a shard.
    fn with<X>(
        &self,
        name: &Name,
        work: impl FnOnce(&mut Shard) -> Result<X, StoreFailed>,
    ) -> Result<X, StoreFailed> {
        let [first, ..] = name.as_bytes();
        let at = usize::from(*first) % SHARDS;
        let shard = self.shards.get(at).ok_or(StoreFailed::Full)?;
        work(&mut locked(shard))
    }
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shard {
    fn put(&mut self, name: Name, value: Vec<u8>, until: Instant, most: usize) {
        self.count += 1;
        let number = self.count;
        let kept = Kept {
            value: Zeroizing::new(value),
            until,
            number,
        };
        self.values.insert(name, kept);
        self.order.push_back((name, number));
        while self.values.len() > most || self.order.len() > 2 * most {
            let Some((oldest, number)) = self.order.pop_front() else {
                return;
            };
            // Another may bear its name by now.
            if self
                .values
                .get(&oldest)
                .is_some_and(|kept| kept.number == number)
            {
                self.values.remove(&oldest);
            }
        }
    }

    fn mark(&mut self, name: Name, life: Duration, most: usize) -> Result<bool, StoreFailed> {
        let now = Instant::now();
        if self.marks.get(&name).is_some_and(|until| *until > now) {
            return Ok(false);
        }
        if self.marks.len() >= most {
            self.marks.retain(|_, until| *until > now);
        }
        if self.marks.len() >= most {
            return Err(StoreFailed::Full);
        }
        self.marks.insert(name, end(now, life));
        Ok(true)
    }
}

/// When a life ends. One that is too long for the clock ends in a year.
fn end(now: Instant, life: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    now.checked_add(life.min(YEAR)).unwrap_or(now)
}

impl Store for MemoryStore {
    fn get(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        let found = self.with(&name, |shard| {
            let kept = shard.values.get(&name);
            let kept = kept.filter(|kept| kept.until > Instant::now());
            Ok(kept.map(|kept| kept.value.to_vec()))
        });
        Box::pin(ready(found))
    }

    fn take(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        let found = self.with(&name, |shard| {
            let kept = shard.values.remove(&name);
            let kept = kept.filter(|kept| kept.until > Instant::now());
            Ok(kept.map(|mut kept| core::mem::take(&mut *kept.value)))
        });
        Box::pin(ready(found))
    }

    fn put(&self, name: Name, value: Vec<u8>, life: Duration) -> Pending<'_, ()> {
        let until = end(Instant::now(), life);
        let done = self.with(&name, |shard| {
            shard.put(name, value, until, self.most);
            Ok(())
        });
        Box::pin(ready(done))
    }

    fn insert(&self, name: Name, life: Duration) -> Pending<'_, bool> {
        if Instant::now() < self.remembers_from {
            let why = "it was made a moment ago, and strikes of before are gone";
            return Box::pin(ready(Err(StoreFailed::forgets(why))));
        }
        let marked = self.with(&name, |shard| shard.mark(name, life, self.most));
        Box::pin(ready(marked))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryStore({} values)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u64) -> Name {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        Name::new(bytes)
    }

    #[tokio::test]
    async fn it_keeps_no_more_than_it_may_however_much_comes_and_goes() {
        let store = MemoryStore::with_fresh_keys(160);
        for number in 0..5000 {
            let life = Duration::from_secs(60);
            store.put(name(number), vec![1; 20], life).await.unwrap();
            if number % 3 == 0 {
                store.take(name(number)).await.unwrap().unwrap();
            }
            store.put(name(7), vec![7], life).await.unwrap();
            assert!(store.len() <= 160);
        }
        let entries: usize = store.shards.iter().map(|one| locked(one).order.len()).sum();
        assert!(entries <= 320, "{entries}");
        assert_eq!(store.get(name(7)).await.unwrap(), Some(vec![7]));
        assert_eq!(store.get(name(1)).await.unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_mark_makes_room_when_its_time_is_over_and_not_before() {
        let store = MemoryStore::with_fresh_keys(1);
        let life = Duration::from_secs(10);
        let mut told = Vec::new();
        for number in 0..1000 {
            told.push(store.insert(name(number), life).await);
        }
        assert_eq!(told.iter().filter(|one| **one == Ok(true)).count(), SHARDS);
        assert!(told.contains(&Err(StoreFailed::Full)));
        assert_eq!(store.insert(name(0), life).await, Ok(false));
        tokio::time::advance(life).await;
        assert_eq!(store.insert(name(1), life).await, Ok(true));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_may_have_forgotten_marks_makes_none_at_first() {
        let store = MemoryStore::new(100);
        let life = Duration::from_secs(10);
        assert!(store.insert(name(1), life).await.is_err());
        tokio::time::advance(QUIET - Duration::from_secs(1)).await;
        assert!(store.insert(name(1), life).await.is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(store.insert(name(1), life).await, Ok(true));
        assert_eq!(store.insert(name(1), life).await, Ok(false));
    }
}

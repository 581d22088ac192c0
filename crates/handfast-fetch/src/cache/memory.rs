//! The cache in memory: bounded in bytes and entries, what was used longest ago goes first.

use crate::content::Content;
use crate::failed::Failed;
use crate::key::Key;
use crate::life::Life;
use std::collections::HashMap;
use std::sync::Arc;

struct Entry {
    content: Arc<Content>,
    life: Life,
    used: u64,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.content.length.saturating_add(OVERHEAD)
    }
}

/// The cache in memory.
pub(super) struct Memory {
    entries: HashMap<Key, Entry>,
    limit: usize,
    held: usize,
    tick: u64,
    /// What failed, and until when that is remembered.
    failures: HashMap<Key, (Failed, i64)>,
}

impl Memory {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            entries: HashMap::new(),
            limit,
            held: 0,
            tick: 0,
            failures: HashMap::new(),
        }
    }

    pub(super) fn find(&mut self, key: &Key, now: i64) -> Option<(Arc<Content>, Life)> {
        self.tick = self.tick.saturating_add(1);
        let entry = self.entries.get_mut(key)?;
        if entry.life.until <= now {
            self.forget(key);
            return None;
        }
        entry.used = self.tick;
        Some((Arc::clone(&entry.content), entry.life))
    }

    pub(super) fn keep(&mut self, key: Key, content: Arc<Content>, life: Life) {
        self.forget(&key);
        self.failures.remove(&key);
        self.tick = self.tick.saturating_add(1);
        let used = self.tick;
        let entry = Entry {
            content,
            life,
            used,
        };
        // One thing must not push out all others.
        if entry.bytes() > self.limit / 2 {
            return;
        }
        self.held = self.held.saturating_add(entry.bytes());
        self.entries.insert(key, entry);
        while self.held > self.limit {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
            match oldest.map(|(key, _)| *key) {
                Some(key) => self.forget(&key),
                None => break,
            }
        }
    }

    /// What a fetch failed of a moment ago.
    pub(super) fn failure(&self, key: &Key, now: i64) -> Option<Failed> {
        let (failed, until) = self.failures.get(key)?;
        (*until > now).then(|| failed.clone())
    }

    pub(super) fn keep_failure(&mut self, key: Key, failed: Failed, until: i64, now: i64) {
        if self.failures.len() >= FAILURES {
            self.failures.retain(|_, (_, until)| *until > now);
        }
        if self.failures.len() < FAILURES {
            self.failures.insert(key, (failed, until));
        }
    }

    pub(super) fn forget(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.held = self.held.saturating_sub(entry.bytes());
        }
    }
}

/// What an entry takes beside its content, roughly: it bounds the number of small ones.
const OVERHEAD: usize = 512;
/// So many failures are remembered at once.
const FAILURES: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Body;

    const LIFE: Life = Life {
        fresh_until: 50,
        until: 100,
    };

    fn keep(memory: &mut Memory, name: u8, length: usize) {
        let body = Body::Response(Vec::new());
        let content = Content { length, body };
        memory.keep(Key([name; 32]), Arc::new(content), LIFE);
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut memory = Memory::new(8_000);
        for name in 0..3 {
            keep(&mut memory, name, 2_000);
        }
        assert!(memory.find(&Key([0; 32]), 0).is_some());
        keep(&mut memory, 3, 2_000);
        assert!(memory.find(&Key([1; 32]), 0).is_none());
        assert!(memory.find(&Key([0; 32]), 0).is_some());
        assert!(memory.find(&Key([3; 32]), 0).is_some());
        assert!(memory.held <= memory.limit);
    }

    #[test]
    fn small_things_are_bounded_in_number() {
        let mut memory = Memory::new(OVERHEAD * 10);
        for name in 0..=255 {
            keep(&mut memory, name, 0);
        }
        assert_eq!(memory.entries.len(), 10);
        assert_eq!(memory.held, memory.limit);
    }

    #[test]
    fn failures_are_bounded_in_number_and_over_when_they_are_over() {
        let mut memory = Memory::new(8_000);
        for at in 0..2 * FAILURES {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&at.to_be_bytes());
            memory.keep_failure(Key(key), Failed::Compressed, 10, 0);
        }
        assert_eq!(memory.failures.len(), FAILURES);
        assert!(memory.failure(&Key([0; 32]), 9).is_some());
        assert!(memory.failure(&Key([0; 32]), 10).is_none());
        memory.keep_failure(Key([1; 32]), Failed::Compressed, 30, 20);
        assert_eq!(memory.failures.len(), 1);
        keep(&mut memory, 1, 10);
        assert!(memory.failure(&Key([1; 32]), 21).is_none());
    }

    #[test]
    fn what_is_over_or_too_large_is_not_found() {
        let mut memory = Memory::new(8_000);
        keep(&mut memory, 1, 10);
        keep(&mut memory, 2, 7_000);
        assert!(memory.find(&Key([1; 32]), 99).is_some());
        assert!(memory.find(&Key([1; 32]), 100).is_none());
        assert!(memory.find(&Key([2; 32]), 0).is_none());
        assert_eq!(memory.held, 0);
    }
}

//! What was fetched before: in memory, and on disk where a folder is given.
//!
//! Nothing that comes from here is believed: it is validated like what comes from the network.

mod disk;
mod memory;

use crate::cache::disk::Disk;
use crate::cache::memory::Memory;
use crate::content::Content;
use crate::failed::Failed;
use crate::key::Key;
use crate::kind::Kind;
use crate::life::Life;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was fetched.
    Network,
    /// Another one fetched it at the same time.
    Shared,
    /// It was in memory.
    Memory,
    /// It was on disk.
    Disk,
}

impl Origin {
    /// Whether it was fetched at another time.
    pub(crate) const fn is_cache(self) -> bool {
        matches!(self, Self::Memory | Self::Disk)
    }

    /// One word that never changes its meaning.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Shared => "shared",
            Self::Memory => "memory",
            Self::Disk => "disk",
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) outcome: Result<Arc<Content>, Failed>,
    /// Whether nothing newer need be looked for.
    pub(crate) is_fresh: bool,
    pub(crate) origin: Origin,
}

/// Both caches.
pub(crate) struct Cache {
    memory: Mutex<Memory>,
    disk: Option<Arc<Disk>>,
}

impl Cache {
    pub(crate) fn new(memory_bytes: usize) -> Self {
        Self {
            memory: Mutex::new(Memory::new(memory_bytes)),
            disk: None,
        }
    }

    pub(crate) fn set_folder(&mut self, folder: PathBuf, limit_bytes: u64) {
        self.disk = Some(Arc::new(Disk::new(folder, limit_bytes)));
    }

    /// What is known and not over yet.
    pub(crate) async fn find(&self, key: Key, kind: Kind, limit: usize, now: i64) -> Option<Found> {
        let (kept, failed) = {
            let mut memory = self.lock();
            (memory.find(&key, now), memory.failure(&key, now))
        };
        let kept = match kept {
            Some((content, life)) => Some((content, life, Origin::Memory)),
            None => self.find_on_disk(key, kind, limit, now).await,
        };
        Some(match (kept, failed) {
            (Some((content, life, origin)), failed) => Found {
                outcome: Ok(content),
                // One that was looked for in vain a moment ago is not looked for again.
                is_fresh: life.fresh_until > now || failed.is_some(),
                origin,
            },
            (None, Some(failed)) => Found {
                outcome: Err(failed),
                is_fresh: true,
                origin: Origin::Memory,
            },
            (None, None) => return None,
        })
    }

    async fn find_on_disk(
        &self,
        key: Key,
        kind: Kind,
        limit: usize,
        now: i64,
    ) -> Option<(Arc<Content>, Life, Origin)> {
        let disk = Arc::clone(self.disk.as_ref()?);
        let read = tokio::task::spawn_blocking(move || {
            let (bytes, life) = disk.read(&key, kind, limit, now)?;
            let content = Content::read(kind, bytes);
            if content.is_err() {
                disk.remove(&key, kind);
            }
            Some((Arc::new(content.ok()?), life))
        });
        let (content, life) = read.await.ok()??;
        self.lock().keep(key, Arc::clone(&content), life);
        Some((content, life, Origin::Disk))
    }

    /// Keeps what was fetched. A disk that is full or read-only only means that it is fetched anew.
    pub(crate) async fn keep(&self, key: Key, kind: Kind, content: Arc<Content>, life: Life) {
        self.lock().keep(key, Arc::clone(&content), life);
        if let Some(disk) = self.disk.clone() {
            let written = tokio::task::spawn_blocking(move || match content.raw() {
                Some(raw) => disk.write(&key, kind, raw, life),
                None => Ok(()),
            });
            let _ = written.await;
        }
    }

    /// Remembers for a short while that nothing came, in memory alone.
    pub(crate) fn keep_failure(&self, key: Key, failed: Failed, now: i64) {
        let until = now.saturating_add(FAILURE_S);
        self.lock().keep_failure(key, failed, until, now);
    }

    /// Forgets what turned out to be of no use.
    pub(crate) async fn forget(&self, key: Key, kind: Kind) {
        self.lock().forget(&key);
        if let Some(disk) = self.disk.clone() {
            let removed = tokio::task::spawn_blocking(move || disk.remove(&key, kind));
            let _ = removed.await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a failure is remembered, in seconds: a server that is down is not asked by every
/// connection, and one that is back is soon asked again.
const FAILURE_S: i64 = 30;

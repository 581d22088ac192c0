//! The engine's asks, answered from a store.

use crate::failure::StoreFailed;
use crate::guarded::Guarded;
use crate::latest::Latest;
use crate::name::Name;
use crate::sealed::{Entry, Sealed};
use crate::store::Store;
use core::fmt;
use core::future::{Future, ready};
use handfast::connection::Question;
use handfast::session::{SessionValue, StoredSession, Strike};
use handfast::stream::now;
use handfast::{Answer, Now};
use handfast_tokio::{Answerer, Answering};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// Answers a server's asks from a store: sessions that clients name (the config says
/// [`handfast::ServerConfig::ask_for_sessions`]), and strikes against replays of early data
/// ([`handfast::ServerConfig::ask_for_strikes`]). New sessions are kept in tasks of their own, once
/// the handshake is done. Cheap to clone; one serves all connections.
///
/// A handshake waits for the store no longer than [`Guarded`] allows, each time that it asks: once for
/// a client that comes back, once more for its early data. Whatever the store does, a handshake
/// does not fail by it.
#[derive(Clone)]
pub struct Sessions {
    inner: Arc<Inner>,
    beside: Option<Arc<dyn Answerer>>,
}

struct Inner {
    latest: Latest,
    store: Guarded,
    sealed: Sealed,
    keeping: Arc<Semaphore>,
}

/// Sessions that are on their way to the store at once, at most: where it is slow the next are
/// not kept.
const KEEPING: usize = 1024;

impl Sessions {
    /// Sessions in this store, sealed so.
    #[must_use]
    pub fn new(store: Guarded, sealed: Sealed) -> Self {
        let inner = Inner {
            latest: Latest::default(),
            store,
            sealed,
            keeping: Arc::new(Semaphore::new(KEEPING)),
        };
        Self {
            inner: Arc::new(inner),
            beside: None,
        }
    }

    /// With an answerer for all other questions; without one they fail.
    #[must_use]
    pub fn beside(mut self, other: impl Answerer + 'static) -> Self {
        self.beside = Some(Arc::new(other));
        self
    }

    /// How sessions are sealed, to change its roots.
    #[must_use]
    pub fn sealed(&self) -> &Sealed {
        &self.inner.sealed
    }

    /// Waits until all sessions that are on their way have come to the store, or been given up: for a
    /// server that ends.
    pub async fn settle(&self) {
        let all = u32::try_from(KEEPING).unwrap_or(u32::MAX);
        // It is never closed.
        drop(self.inner.keeping.acquire_many(all).await);
    }

    /// The store, to read its counts.
    #[must_use]
    pub fn store(&self) -> &Guarded {
        &self.inner.store
    }
}

impl Answerer for Sessions {
    fn answer(&self, question: Question<'_>) -> Answering {
        let inner = Arc::clone(&self.inner);
        match question {
            Question::LoadSession { keys, single_use } => {
                let names = keys.iter().map(|key| inner.sealed.names(key));
                let names: Vec<Vec<Name>> = names.collect();
                Box::pin(async move { Answer::Sessions(inner.load(&names, single_use).await) })
            }
            Question::StrikeInsert { strike } => {
                let strike = *strike;
                Box::pin(async move { inner.mark(&strike).await })
            }
            other => match &self.beside {
                Some(beside) => beside.answer(other),
                None => Box::pin(ready(Answer::Failed)),
            },
        }
    }

    fn keeps_sessions(&self) -> bool {
        true
    }

    fn keep(&self, session: StoredSession) {
        let Ok(entry) = self.inner.sealed.seal(&session, now()) else {
            return;
        };
        self.inner.later(|inner| async move {
            let Entry { name, value, life } = entry;
            inner.store.run(|store| store.put(name, value, life)).await
        });
    }

    fn forget(&self, key: Vec<u8>) {
        let names = self.inner.sealed.names(&key);
        self.inner.later(|inner| async move {
            let forget = |store| take_all(store, names);
            inner.store.run(forget).await
        });
    }
}

async fn take_all(store: &dyn Store, names: Vec<Name>) -> Result<(), StoreFailed> {
    for name in names {
        store.take(name).await?;
    }
    Ok(())
}

impl Inner {
    /// Does it in a task of its own, where not too much is under way already.
    fn later<F: Future<Output = Result<(), StoreFailed>> + Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> F,
    ) {
        // Without a runtime there is no store to reach.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let Ok(turn) = Arc::clone(&self.keeping).try_acquire_owned() else {
            return;
        };
        let work = work(Arc::clone(self));
        runtime.spawn(async move {
            // What fails is a full handshake later, or one less; the counts tell.
            let _ = work.await;
            drop(turn);
        });
    }

    /// The first session that is found; the others stay where they are.
    async fn load(&self, names: &[Vec<Name>], single_use: bool) -> Vec<Option<SessionValue>> {
        let look = |store| self.look(store, names, single_use);
        let found = self.store.run(look).await.ok().flatten();
        let mut sessions: Vec<_> = names.iter().map(|_| None).collect();
        if let Some((at, session)) = found
            && let Some(place) = sessions.get_mut(at)
        {
            *place = Some(session);
        }
        sessions
    }

    async fn look(
        &self,
        store: &dyn Store,
        names: &[Vec<Name>],
        single_use: bool,
    ) -> Result<Option<(usize, SessionValue)>, StoreFailed> {
        for (at, names) in names.iter().enumerate() {
            for name in names {
                let asked = match single_use {
                    true => store.take(*name),
                    false => store.get(*name),
                };
                let Some(value) = asked.await? else { continue };
                if let Some(session) = self.sealed.open(name, &value, now()) {
                    return Ok(Some((at, session)));
                }
            }
        }
        Ok(None)
    }

    async fn mark(&self, strike: &Strike) -> Answer {
        let now: Now = now();
        // Marks that are over by the clock as it was may matter again.
        if self.latest.is_behind(now) {
            return Answer::Failed;
        }
        let (name, life) = self.sealed.strike(strike, now);
        let marked = self.store.run(|store| store.insert(name, life)).await;
        marked.map_or(Answer::Failed, Answer::Strike)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("store", &self.inner.store)
            .finish_non_exhaustive()
    }
}

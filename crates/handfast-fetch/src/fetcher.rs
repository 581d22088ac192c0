//! Who fetches: a transport, a cache, and what is under way.

use crate::cache::{Cache, Origin};
use crate::content::Content;
use crate::failed::Failed;
use crate::flight::{Flights, Outcome};
use crate::http::{Ask, Http};
use crate::key::Key;
use crate::life::life;
use crate::limits::{Limits, Reach};
use crate::resolve::{Resolve, SystemResolver};
use crate::round::Round;
use crate::target::target;
use crate::tried::Tried;
use core::fmt;
use handfast::stream::now;
use handfast_pki::verify::rejection::Place;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// The present, in seconds since 1970.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Fetches what validation needs, and keeps it. Cheap to clone: clones share cache and limits.
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

struct Inner {
    http: Http,
    cache: Cache,
    flights: Flights,
    at_once: Arc<Semaphore>,
    clock: Clock,
}

/// How a [`Fetcher`] is made.
///
/// ```
/// use handfast_fetch::{Fetcher, Limits};
/// use std::time::Duration;
///
/// let limits = Limits { total: Duration::from_secs(3), ..Limits::default() };
/// let fetcher = Fetcher::builder().limits(limits).build();
/// # let _ = fetcher;
/// ```
pub struct FetcherBuilder {
    http: Http,
    cache: Cache,
    clock: Clock,
}

impl Fetcher {
    /// With the default limits, public addresses alone, and a cache in memory.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Begins one of other ways.
    #[must_use]
    pub fn builder() -> FetcherBuilder {
        FetcherBuilder {
            http: Http {
                limits: Limits::default(),
                reach: Reach::default(),
                resolver: Arc::new(SystemResolver),
            },
            cache: Cache::new(MEMORY_BYTES),
            clock: Arc::new(|| i64::try_from(now().unix_s()).unwrap_or(i64::MAX)),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.inner.http.limits
    }

    pub(crate) fn now(&self) -> i64 {
        (self.inner.clock)()
    }

    /// From the cache, or fetched. What does not pass `check` is none; if it came from the cache
    /// it is forgotten, and fetched.
    pub(crate) async fn get(
        &self,
        round: &Round,
        place: Place,
        ask: Ask,
        check: impl Fn(&Content) -> Result<(), Failed>,
    ) -> (Outcome, Origin) {
        let start = Instant::now();
        let (kind, url) = (ask.kind, ask.url.clone());
        let (mut outcome, mut origin) = self.look_or_fetch(round, &ask).await;
        while let Some(failed) = outcome
            .as_ref()
            .ok()
            .and_then(|content| check(content).err())
        {
            self.forget(&ask).await;
            if !origin.is_cache() {
                outcome = Err(failed);
                break;
            }
            (outcome, origin) = self.fetch(round, Key::of(&ask), ask.clone()).await;
        }
        round.note(Tried {
            kind,
            place,
            url,
            origin,
            took: start.elapsed(),
            outcome: outcome
                .as_ref()
                .map(|content| content.length)
                .map_err(Clone::clone),
        });
        (outcome, origin)
    }

    async fn look_or_fetch(&self, round: &Round, ask: &Ask) -> (Outcome, Origin) {
        if let Err(failed) = target(&ask.url, &self.inner.http.reach) {
            return (Err(failed), Origin::Network);
        }
        let key = Key::of(ask);
        let now = self.now();
        let limit = ask.kind.limit(&round.limits);
        let mut old = None;
        if ask.keep
            && let Some(found) = self.inner.cache.find(key, ask.kind, limit, now).await
        {
            if found.is_fresh {
                return (found.outcome, found.origin);
            }
            old = Some((found.outcome, found.origin));
        }
        let (outcome, origin) = self.fetch(round, key, ask.clone()).await;
        match (outcome, old) {
            // It is time for a newer one, but the old one is not over.
            (Err(_), Some(old)) if old.0.is_ok() => old,
            (outcome, _) => (outcome, origin),
        }
    }

    async fn fetch(&self, round: &Round, key: Key, ask: Ask) -> (Outcome, Origin) {
        if let Err(failed) = round.begin() {
            return (Err(failed), Origin::Network);
        }
        let inner = Arc::clone(&self.inner);
        let (flight, is_new) = self
            .inner
            .flights
            .join(key, move || async move { inner.fly(key, ask).await });
        let origin = if is_new {
            Origin::Network
        } else {
            Origin::Shared
        };
        let limit = round.limits.total;
        let waited = timeout_at(round.deadline, flight.wait()).await;
        (waited.unwrap_or(Err(Failed::Timeout { limit })), origin)
    }

    /// Forgets what turned out to be of no use.
    pub(crate) async fn forget(&self, ask: &Ask) {
        self.inner.cache.forget(Key::of(ask), ask.kind).await;
    }
}

impl Inner {
    async fn fly(&self, key: Key, ask: Ask) -> Outcome {
        let permit = Arc::clone(&self.at_once).acquire_owned().await;
        let _permit = permit.map_err(|_| ended())?;
        let came = self.http.ask(&ask).await;
        let now = (self.clock)();
        // A long CRL takes a while to read.
        let kind = ask.kind;
        let read = match came {
            Ok(bytes) => tokio::task::spawn_blocking(move || Content::read(kind, bytes))
                .await
                .unwrap_or_else(|_| Err(ended())),
            Err(failed) => Err(failed),
        };
        match read {
            Ok(content) => {
                let content = Arc::new(content);
                if let Some(life) = life(&content, now).filter(|_| ask.keep) {
                    let kept = Arc::clone(&content);
                    self.cache.keep(key, kind, kept, life).await;
                }
                Ok(content)
            }
            Err(failed) => {
                if ask.keep {
                    self.cache.keep_failure(key, failed.clone(), now);
                }
                Err(failed)
            }
        }
    }
}

fn ended() -> Failed {
    Failed::Broken {
        why: "the fetcher has ended".to_owned(),
    }
}

impl Default for Fetcher {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher")
            .field("limits", &self.inner.http.limits)
            .field("reach", &&self.inner.http.reach)
            .finish_non_exhaustive()
    }
}

impl FetcherBuilder {
    /// How much may be fetched.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.http.limits = limits;
        self
    }

    /// Which machines may be asked.
    #[must_use]
    pub fn reach(mut self, reach: Reach) -> Self {
        self.http.reach = reach;
        self
    }

    /// Who finds the addresses of hosts, if not the system.
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.http.resolver = Arc::new(resolver);
        self
    }

    /// Keeps what is fetched in this folder too, up to so many bytes. The folder is made if it is
    /// not there, for its owner alone; several processes may share it.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>, limit_bytes: u64) -> Self {
        self.cache.set_folder(folder.into(), limit_bytes);
        self
    }

    /// Another clock than the machine's: seconds since 1970.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Done.
    #[must_use]
    pub fn build(self) -> Fetcher {
        let at_once = Arc::new(Semaphore::new(self.http.limits.at_once.clamp(1, 1024)));
        Fetcher {
            inner: Arc::new(Inner {
                http: self.http,
                cache: self.cache,
                flights: Flights::default(),
                at_once,
                clock: self.clock,
            }),
        }
    }
}

impl fmt::Debug for FetcherBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetcherBuilder")
            .field("limits", &self.http.limits)
            .field("reach", &self.http.reach)
            .finish_non_exhaustive()
    }
}

/// What the cache in memory holds.
const MEMORY_BYTES: usize = 32 * 1024 * 1024;

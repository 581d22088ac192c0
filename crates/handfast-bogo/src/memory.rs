//! What outlives a connection: a client's session, a server's ticket keys and its own sessions.

use crate::safe::Safe;
use crate::stop::Stop;
use handfast::Now;
use handfast::config::SystemEntropy;
use handfast::session::{
    MemoryStore, Session, SessionCache, SessionStore, Strike, StrikeFailed, StrikeStore, TicketKeys,
};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Kept from one connection of a test to the next.
pub(crate) struct Memory {
    pub(crate) ticket_keys: Arc<TicketKeys>,
    pub(crate) cache: Arc<SessionCache>,
    pub(crate) flights: Arc<Flights>,
    pub(crate) safe: Arc<Safe>,
    store: Arc<MemoryStore>,
}

impl Memory {
    /// Nothing remembered yet.
    pub(crate) fn new(now: Now) -> Result<Self, Stop> {
        let ticket_keys = TicketKeys::new(Arc::new(SystemEntropy), now)
            .map_err(|own| Stop::Engine(own.into()))?;
        let ticket_keys = Arc::new(ticket_keys);
        let store = Arc::default();
        let cache = Arc::new(SessionCache::new(1 << 20));
        Ok(Self {
            ticket_keys,
            cache,
            flights: Arc::default(),
            safe: Arc::default(),
            store,
        })
    }

    /// Where the engine keeps sessions.
    pub(crate) fn store(&self) -> Arc<dyn SessionStore> {
        Arc::clone(&self.store) as _
    }

    /// The newest session with `server`; all others are forgotten.
    pub(crate) fn take(&self, server: &str) -> Option<Session> {
        let newest = self.store.take(server);
        while self.store.take(server).is_some() {}
        newest
    }

    /// Remembers a session for the next connection.
    pub(crate) fn put(&self, server: &str, session: Session) {
        self.store.put(server, session);
    }
}

/// The first flights with early data that came to this server.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashSet<[u8; 32]>>);

impl StrikeStore for Flights {
    fn insert(&self, strike: &Strike, _now: Now) -> Result<bool, StrikeFailed> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(seen.insert(*strike.key()))
    }
}

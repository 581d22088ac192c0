//! What outlives a connection: a client's session, a server's ticket keys and its own sessions.

use crate::stop::Stop;
use handfast::Now;
use handfast::config::SystemEntropy;
use handfast::session::{MemoryStore, Session, SessionCache, SessionStore, TicketKeys};
use std::sync::Arc;

/// Kept from one connection of a test to the next.
pub(crate) struct Memory {
    pub(crate) ticket_keys: Arc<TicketKeys>,
    pub(crate) cache: Arc<SessionCache>,
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

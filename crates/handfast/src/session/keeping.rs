//! How a server finds the session that a client names, and gives it one.

use crate::config::{Entropy, ServerConfig};
use crate::fault::OwnFailure;
use crate::session::cache::SessionCache;
use crate::session::ring::SessionId;
use crate::session::state::Ticket;
use crate::session::ticket_keys::TicketKeys;
use crate::time::Now;

/// Where one server keeps sessions.
#[derive(Clone, Copy)]
pub(crate) struct Keeping<'k> {
    keys: Option<&'k TicketKeys>,
    cache: Option<&'k SessionCache>,
    entropy: &'k dyn Entropy,
}

impl<'k> Keeping<'k> {
    pub(crate) fn of(config: &'k ServerConfig) -> Self {
        Self {
            keys: config.ticket_keys.as_deref(),
            cache: config.session_cache.as_deref(),
            entropy: &*config.common.entropy,
        }
    }

    /// The session that is sealed in a ticket of ours.
    pub(crate) fn open(self, ticket: &[u8], now: Now) -> Option<Ticket> {
        Ticket::from_bytes(&self.keys?.open(ticket, now)?).ok()
    }

    /// The session that is kept here under a name.
    pub(crate) fn find(self, id: &[u8]) -> Option<Ticket> {
        Ticket::from_bytes(&self.cache?.get(id)?).ok()
    }

    /// Uses up a session: false when another connection came first. What is sealed
    /// is not here to be used up.
    pub(crate) fn use_up(self, identity: &[u8]) -> bool {
        self.cache.is_none_or(|cache| cache.remove(identity))
    }

    /// True when clients are given tickets of TLS 1.2: what they keep themselves.
    pub(crate) fn seals(self) -> bool {
        self.keys.is_some()
    }

    /// True when sessions are kept here.
    pub(crate) fn keeps(self) -> bool {
        self.cache.is_some()
    }

    /// Keeps a session under a name that was given already.
    pub(crate) fn keep(self, id: &SessionId, session: &Ticket) -> Result<(), OwnFailure> {
        let content = session.to_bytes().map_err(|_| OwnFailure::MessageTooLong)?;
        if let Some(cache) = self.cache {
            cache.put(id, &content);
        }
        Ok(())
    }

    /// What a session is given out as: sealed, or else a name under which it is
    /// kept here. Nothing when it is too large for a ticket, or kept nowhere.
    pub(crate) fn give(self, session: &Ticket, now: Now) -> Result<Option<Vec<u8>>, OwnFailure> {
        if let Some(keys) = self.keys {
            let content = session.to_bytes().map_err(|_| OwnFailure::MessageTooLong)?;
            let sealed = keys.seal(&content, now)?;
            return Ok(u16::try_from(sealed.len()).is_ok().then_some(sealed));
        }
        if self.cache.is_none() {
            return Ok(None);
        }
        let id = self.draw_id()?;
        self.keep(&id, session)?;
        Ok(Some(id.to_vec()))
    }

    /// A name for a session that nobody can guess.
    pub(crate) fn draw_id(self) -> Result<SessionId, OwnFailure> {
        let mut id = SessionId::default();
        self.entropy.fill(&mut id).map_err(|_| OwnFailure::Random)?;
        Ok(id)
    }
}

//! How a server finds the session that a client names, and gives it one.

use crate::config::{Entropy, ServerConfig};
use crate::connection::Output;
use crate::fault::OwnFailure;
use crate::session::cache::SessionCache;
use crate::session::ring::SessionId;
use crate::session::sealer::LARGEST_SEALED;
use crate::session::ticket::Ticket;
use crate::session::ticket_keys::{NONCE, TicketKeys, drawn};
use crate::session::value::StoredSession;
use crate::time::Now;

/// Seconds that a session lives which a server gives out: 12 hours.
pub(crate) const LIFETIME_S: u32 = 12 * 60 * 60;

/// Where one server keeps sessions.
#[derive(Clone, Copy)]
pub(crate) struct Keeping<'k> {
    keys: Option<&'k TicketKeys>,
    cache: Option<&'k SessionCache>,
    asks: bool,
    entropy: &'k dyn Entropy,
}

impl<'k> Keeping<'k> {
    /// By the config; `answered` are the ticket keys that the caller was asked for.
    pub(crate) fn of(config: &'k ServerConfig, answered: Option<&'k TicketKeys>) -> Self {
        Self {
            keys: answered.or(config.ticket_keys.as_deref()),
            asks: config.ask_for_sessions,
            cache: config.session_cache.as_deref(),
            entropy: &*config.common.entropy,
        }
    }

    /// The session that is sealed in a ticket of ours.
    pub(crate) fn open(self, ticket: &[u8], now: Now) -> Option<Sealed> {
        let opened = self.keys?.open(ticket, now)?;
        let session = Ticket::from_bytes(&opened.session).ok()?;
        Some(Sealed {
            session,
            renews: opened.renews,
        })
    }

    /// The session that is kept here under a name.
    pub(crate) fn find(self, id: &[u8]) -> Option<Ticket> {
        self.cache?
            .get(id, |content| Ticket::from_bytes(content).ok())
    }

    /// Uses up the session of a ticket: false when another connection came first.
    /// A sealed one is not here to be used up.
    pub(crate) fn use_up(self, ticket: &[u8]) -> bool {
        match self.cache {
            Some(cache) if ticket.len() == size_of::<SessionId>() => cache.remove(ticket),
            _ => true,
        }
    }

    /// True when clients are given tickets of TLS 1.2: what they keep themselves.
    pub(crate) fn seals(self) -> bool {
        self.keys.is_some()
    }

    /// True when the caller may know a session that is not known here.
    pub(crate) fn asks(self) -> bool {
        self.asks
    }

    /// True when sessions are kept by their names, here or by the caller.
    pub(crate) fn keeps(self) -> bool {
        self.cache.is_some() || self.asks
    }

    /// Those of the names that a client gives which the caller may know.
    pub(crate) fn to_ask_for<'n>(self, names: impl Iterator<Item = &'n [u8]>) -> Vec<Vec<u8>> {
        if !self.asks {
            return Vec::new();
        }
        let ours = names.filter(|name| name.len() == size_of::<SessionId>());
        ours.map(<[u8]>::to_vec).collect()
    }

    /// Keeps a session under a name that was given already.
    pub(crate) fn keep(
        self,
        id: &SessionId,
        session: &Ticket,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        let too_long = |_| OwnFailure::MessageTooLong;
        if let Some(cache) = self.cache {
            cache.put(id, &session.to_bytes().map_err(too_long)?);
        } else if self.asks {
            out.store(StoredSession {
                key: id.to_vec(),
                value: session.to_stored().map_err(too_long)?.into(),
                lifetime_s: session.lifetime_s,
            });
        }
        Ok(())
    }

    /// What a session is given out as: sealed, or else a name under which it is
    /// kept here. Nothing when it is too large for a ticket, or kept nowhere.
    pub(crate) fn give(
        self,
        session: &Ticket,
        name: &Name,
        now: Now,
        out: &mut Output,
    ) -> Result<Option<Vec<u8>>, OwnFailure> {
        match (self.keys, name) {
            (Some(_), Name::Nonce(_)) if session.size() > LARGEST_SEALED => Ok(None),
            (Some(keys), Name::Nonce(nonce)) => {
                let write = |out: &mut Vec<u8>| session.write(out);
                keys.seal(session.size(), nonce, now, write)
            }
            (_, Name::Id(id)) if self.keeps() => {
                self.keep(id, session, out)?;
                Ok(Some(id.to_vec()))
            }
            _ => Ok(None),
        }
    }

    /// What tells one session that is given out from all others.
    pub(crate) fn draw_name(self) -> Result<Name, OwnFailure> {
        match self.keys {
            Some(keys) => keys.draw().map(Name::Nonce),
            None => self.draw_id().map(Name::Id),
        }
    }

    /// The same with a ticket_age_add (RFC 8446 section 4.6.1) before it, in one draw.
    pub(crate) fn draw_age_and_name(self) -> Result<(u32, Name), OwnFailure> {
        let Some(keys) = self.keys else {
            let [a, b, c, d, id @ ..] = drawn::<{ 4 + size_of::<SessionId>() }>(self.entropy)?;
            return Ok((u32::from_be_bytes([a, b, c, d]), Name::Id(id)));
        };
        let [a, b, c, d, nonce @ ..] = keys.draw::<{ 4 + NONCE }>()?;
        Ok((u32::from_be_bytes([a, b, c, d]), Name::Nonce(nonce)))
    }

    /// A name for a session that nobody can guess.
    pub(crate) fn draw_id(self) -> Result<SessionId, OwnFailure> {
        drawn(self.entropy)
    }
}

/// What was in a ticket.
pub(crate) struct Sealed {
    pub(crate) session: Ticket,
    /// The client is to have another ticket in its place.
    pub(crate) renews: bool,
}

/// What a session is told from others by.
pub(crate) enum Name {
    /// Of its seal.
    Nonce([u8; NONCE]),
    /// In the cache, or the caller's store.
    Id(SessionId),
}

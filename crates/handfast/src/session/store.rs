//! Where a client keeps its sessions.

use crate::session::kept::Session;
use core::fmt::Debug;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Keeps sessions by the server's name. A store that fails or forgets costs a
/// full handshake and nothing else.
pub trait SessionStore: Debug + Send + Sync {
    /// Keeps a session.
    fn put(&self, server: &str, session: Session);
    /// Takes a session out: each ticket is used once (RFC 8446 appendix C.4).
    fn take(&self, server: &str) -> Option<Session>;
    /// Drops the server's sessions of which `is_lost` is true. The engine calls it when
    /// a connection ends by a fault or a fatal alert, with what tells the sessions of
    /// this connection: one before TLS 1.3 (RFC 5246 section 7.2.2), and the tickets of
    /// TLS 1.3 that came in it (RFC 8446 section 6). A close, or an end of the stream
    /// without one, drops nothing.
    ///
    /// Of TLS 1.3 it knows the sessions that were given to [`SessionStore::put`], and copies
    /// of them; not what [`Session::from_bytes`] has read.
    ///
    /// As it is provided, it takes out up to 16 sessions and puts the others back.
    fn forget(&self, server: &str, is_lost: &dyn Fn(&Session) -> bool) {
        let all = core::iter::from_fn(|| self.take(server)).take(MOST_LOOKED_AT);
        let mut others: Vec<_> = all.filter(|session| !is_lost(session)).collect();
        // In the order in which they came.
        while let Some(other) = others.pop() {
            self.put(server, other);
        }
    }
}

/// Sessions that a store without a way of its own to forget is asked for.
const MOST_LOOKED_AT: usize = 16;

/// Sessions in memory: at most so many in all, and four for each server.
#[derive(Debug)]
pub struct MemoryStore {
    most: usize,
    sessions: Mutex<VecDeque<(String, Session)>>,
}

/// Sessions that are kept for one server.
const MOST_EACH: usize = 4;

impl MemoryStore {
    /// A store for at most `most` sessions; the oldest makes room.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            sessions: Mutex::new(VecDeque::new()),
        }
    }
}

impl Default for MemoryStore {
    /// Room for 256 sessions.
    fn default() -> Self {
        Self::new(256)
    }
}

impl SessionStore for MemoryStore {
    fn put(&self, server: &str, session: Session) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let of_server = sessions.iter().filter(|(name, _)| name == server).count();
        if of_server >= MOST_EACH
            && let Some(oldest) = sessions.iter().position(|(name, _)| name == server)
        {
            sessions.remove(oldest);
        }
        if sessions.len() >= self.most {
            sessions.pop_front();
        }
        if self.most > 0 {
            sessions.push_back((server.to_owned(), session));
        }
    }

    fn take(&self, server: &str) -> Option<Session> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // The newest has the longest to live.
        let newest = sessions.iter().rposition(|(name, _)| name == server)?;
        sessions.remove(newest).map(|(_, session)| session)
    }

    fn forget(&self, server: &str, is_lost: &dyn Fn(&Session) -> bool) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|(name, session)| name != server || !is_lost(session));
    }
}

//! What a connection keeps of its handshake.

use crate::classic::exporter::Exporter;
use crate::config::{ClientPlan, ServerPlan};
use crate::connection::negotiated::Negotiated;
use crate::connection::renewable::Renewable;
use crate::near::Near;
use crate::session::{Origin, Scope, Session, SessionCache, SessionId, StoredSession};
use crate::suite::Suite;
use handfast_crypto::hash::{HashAlgorithm, HashContext, digest};
use handfast_crypto::secret::{Secret, constant_time_eq};
use handfast_wire::registry::CertificateType;
use std::collections::VecDeque;
use std::sync::Arc;

/// What an exporter is made of.
pub(crate) enum Exports {
    /// The exporter secret (RFC 8446 section 7.5).
    Tls13(Secret),
    /// The master secret (RFC 5705).
    Classic(Box<Exporter>),
    /// Not to be had: the keys are not bound to the handshake.
    None,
}

/// Where the session of a server's connection stands, before TLS 1.3.
pub(crate) enum Cached {
    /// In the server's cache.
    Here(Arc<Near<Arc<SessionCache>>>, SessionId),
    /// In the caller's store.
    There(SessionId),
}

/// What is kept of a handshake that is done, in one block: the secrets in it are
/// written in their place and never moved.
pub(crate) struct Established {
    pub(crate) negotiated: Negotiated,
    pub(crate) suite: &'static Suite,
    /// The peer's application traffic secret, from which the next one comes;
    /// only TLS 1.3 has one.
    pub(crate) secret: Option<Secret>,
    pub(crate) exports: Exports,
    pub(crate) is_client: bool,
    /// The config of a client that keeps sessions.
    pub(crate) plan: Option<Arc<Near<ClientPlan>>>,
    /// What another handshake begins with, where the config allows one.
    pub(crate) renewable: Option<Box<Renewable>>,
    /// The first handshake's, where this is another one's: its session dies with the connection, too.
    first: Option<Box<Self>>,
    /// Nothing where no session is kept.
    pub(crate) sessions: Option<Box<Sessions>>,
    /// Nothing where no certificate is asked for later.
    pub(crate) later: Option<Box<Later>>,
}

/// What authentication after the handshake goes on from (RFC 8446 section 4.6.2): the transcript
/// from ClientHello to the client's Finished.
pub(crate) enum Later {
    /// A client that offered it.
    Client {
        plan: Arc<Near<ClientPlan>>,
        transcript: HashContext,
        /// The contexts of requests that were made, hashed: the newest [`MOST_CONTEXTS`].
        contexts: VecDeque<[u8; 16]>,
        /// What it shows.
        own_type: CertificateType,
    },
    /// A server that may want to ask, with the transcript where the client offered it.
    Server {
        plan: Arc<Near<ServerPlan>>,
        transcript: Option<HashContext>,
        /// What the client shows.
        client_type: CertificateType,
    },
}

/// Contexts of requests for a certificate that a client remembers, 1 KiB of them: a server that has made
/// more may use an old one again.
pub(crate) const MOST_CONTEXTS: usize = 64;

/// What a connection has to do with sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    /// By what name a client keeps them, where [`Negotiated::server_name`] does not say so.
    pub(crate) server: Box<str>,
    pub(crate) maker: Option<SessionMaker>,
    /// Those that wait for the caller to take and keep them.
    pub(crate) stored: Vec<StoredSession>,
    pub(crate) cached: Option<Cached>,
    /// What the caller is to forget.
    pub(crate) lost: Option<SessionId>,
}

impl Established {
    /// Nothing kept yet.
    pub(crate) fn new(suite: &'static Suite, is_client: bool, negotiated: Negotiated) -> Box<Self> {
        Box::new(Self {
            negotiated,
            suite,
            secret: None,
            exports: Exports::None,
            is_client,
            plan: None,
            renewable: None,
            first: None,
            sessions: None,
            later: None,
        })
    }

    /// True for a client that has offered to be asked for a certificate later.
    pub(crate) fn takes_requests(&self) -> bool {
        matches!(self.later.as_deref(), Some(Later::Client { .. }))
    }

    /// Notes the context of a request for a certificate; false where it was used before.
    pub(crate) fn is_new_context(&mut self, context: &[u8]) -> bool {
        let Some(Later::Client { contexts, .. }) = self.later.as_deref_mut() else {
            return false;
        };
        let hash = digest(HashAlgorithm::Sha256, &[context]);
        let Some(hash) = hash.as_ref().first_chunk() else {
            return false;
        };
        if contexts.contains(hash) {
            return false;
        }
        if contexts.len() >= MOST_CONTEXTS {
            contexts.pop_front();
        }
        contexts.push_back(*hash);
        true
    }

    /// A second handshake is done: what the ones before left over is kept. The first one's session
    /// lives on, those between are nobody's any more.
    pub(crate) fn go_on_from(&mut self, mut before: Box<Self>) {
        if let (Some(renewable), Some(before)) = (&mut self.renewable, before.renewable.take()) {
            renewable.wishes = before.wishes;
        }
        let stored = before.sessions.as_mut();
        let mut stored = stored.map_or_else(Vec::new, |all| core::mem::take(&mut all.stored));
        self.first = match before.first.take() {
            None => Some(before),
            Some(first) => {
                before.forget_sessions();
                Some(first)
            }
        };
        if !stored.is_empty() {
            let sessions = self.sessions.get_or_insert_default();
            stored.append(&mut sessions.stored);
            sessions.stored = stored;
        }
    }

    /// The connection has failed, so nobody is to come back by its sessions. Before
    /// TLS 1.3 that is a must, whether the session was made here or went on (RFC 5246
    /// s7.2.2); tickets of TLS 1.3 are to be discarded if possible, and are, those of
    /// this connection alone (RFC 8446 s6).
    pub(crate) fn forget_sessions(&mut self) {
        let lost = self.first.as_mut().and_then(|first| {
            first.forget_sessions();
            first.sessions.as_mut()?.lost.take()
        });
        if lost.is_some() {
            // A server gives no session in a second handshake, so there is but this one to name.
            self.sessions.get_or_insert_default().lost = lost;
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.stored = Vec::new();
            match sessions.cached.take() {
                Some(Cached::Here(cache, id)) => {
                    cache.remove(&id);
                }
                Some(Cached::There(id)) => sessions.lost = Some(id),
                None => {}
            }
        }
        let store = self
            .plan
            .as_ref()
            .and_then(|plan| plan.config.sessions.as_ref());
        if let (Some(store), Some(server)) = (store, self.server()) {
            store.forget(server, &|session| self.has_made(session));
        }
    }

    /// By what name its sessions are kept.
    fn server(&self) -> Option<&str> {
        let named = self.sessions.as_ref().map(|sessions| &*sessions.server);
        named
            .filter(|server| !server.is_empty())
            .or(self.negotiated.server_name.as_deref())
    }

    /// Whether a session is one of this connection's.
    fn has_made(&self, session: &Session) -> bool {
        match &self.exports {
            Exports::Tls13(_) => {
                let sessions = self.sessions.as_ref();
                let maker = sessions.and_then(|sessions| sessions.maker.as_ref());
                maker.is_some_and(|maker| session.origin == Some(maker.origin))
            }
            // A session is its master secret, whatever ticket or ID stands for it.
            Exports::Classic(exporter) => {
                session.version() == self.negotiated.version
                    && constant_time_eq(session.state.secret.as_bytes(), exporter.master.as_bytes())
            }
            Exports::None => false,
        }
    }
}

/// What a client makes sessions of when tickets come.
pub(crate) struct SessionMaker {
    pub(crate) secret: Secret,
    pub(crate) scope: Scope,
    /// What its sessions bear.
    pub(crate) origin: Origin,
    /// When the line of resumptions began, unix milliseconds.
    pub(crate) lineage_ms: u64,
}

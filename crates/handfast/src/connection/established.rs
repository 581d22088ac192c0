//! What a connection keeps of its handshake.

use crate::classic::exporter::Exporter;
use crate::config::ClientPlan;
use crate::connection::negotiated::Negotiated;
use crate::near::Near;
use crate::session::{Scope, SessionCache, SessionId, StoredSession};
use crate::suite::Suite;
use handfast_crypto::secret::Secret;
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

/// The session of a connection, as it stands in the server's cache.
pub(crate) type Cached = (Arc<Near<Arc<SessionCache>>>, SessionId);

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
    /// Nothing where no session is kept.
    pub(crate) sessions: Option<Box<Sessions>>,
}

/// What a connection has to do with sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    pub(crate) maker: Option<SessionMaker>,
    /// Those that wait for the caller to take and keep them.
    pub(crate) stored: Vec<StoredSession>,
    pub(crate) cached: Option<Cached>,
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
            sessions: None,
        })
    }
}

/// What a client makes sessions of when tickets come.
pub(crate) struct SessionMaker {
    pub(crate) secret: Secret,
    pub(crate) plan: Arc<Near<ClientPlan>>,
    pub(crate) server: String,
    pub(crate) scope: Scope,
    /// When the line of resumptions began, unix milliseconds.
    pub(crate) lineage_ms: u64,
}

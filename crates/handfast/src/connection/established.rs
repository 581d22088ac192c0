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
    Tls13(Box<Secret>),
    /// The master secret (RFC 5705).
    Classic(Exporter),
    /// Not to be had: the keys are not bound to the handshake.
    None,
}

/// The session of a connection, as it stands in the server's cache.
pub(crate) type Cached = (Arc<Near<Arc<SessionCache>>>, SessionId);

/// What is kept of a handshake that is done.
pub(crate) struct Established {
    pub(crate) negotiated: Box<Negotiated>,
    pub(crate) suite: &'static Suite,
    /// The peer's application traffic secret, from which the next one comes;
    /// only TLS 1.3 has one.
    pub(crate) secret: Option<Box<Secret>>,
    pub(crate) exports: Exports,
    pub(crate) is_client: bool,
    pub(crate) session_maker: Option<SessionMaker>,
    /// Sessions that wait for the caller to take and keep them.
    pub(crate) stored: Vec<StoredSession>,
    pub(crate) cached: Option<Cached>,
}

/// What a client makes sessions of when tickets come.
pub(crate) struct SessionMaker {
    pub(crate) secret: Box<Secret>,
    pub(crate) plan: Arc<Near<ClientPlan>>,
    pub(crate) server: String,
    pub(crate) scope: Scope,
    /// When the line of resumptions began, unix milliseconds.
    pub(crate) lineage_ms: u64,
}

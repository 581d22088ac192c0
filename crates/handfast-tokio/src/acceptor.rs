//! The server's side.

use crate::answer::Answerer;
use crate::handshake::{HANDSHAKE_TIMEOUT, Handshake};
use core::fmt;
use core::time::Duration;
use handfast::{Connection, Server, stream::now};
use handfast_trust::RootsMissing;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// Accepts over any transport. Cheap to clone.
///
/// [`Acceptor::accept`] returns at once: run the future it gives in a task of
/// its own, so that a silent client holds up nobody. [`crate::TlsListener`]
/// does that.
#[derive(Clone)]
pub struct Acceptor {
    server: Option<Server>,
    timeout: Duration,
    answerer: Option<Arc<dyn Answerer>>,
}

impl Acceptor {
    /// Serves every client by one config.
    ///
    /// # Errors
    /// [`RootsMissing`], when the config trusts clients by the system's roots.
    pub fn new(server: Server) -> Result<Self, RootsMissing> {
        if server.needs_system_roots() {
            server.set_system_roots(handfast_trust::system()?);
        }
        Ok(Self {
            server: Some(server),
            timeout: HANDSHAKE_TIMEOUT,
            answerer: None,
        })
    }

    /// Asks for the config once the ClientHello has come.
    pub fn by_client_hello(answerer: impl Answerer + 'static) -> Self {
        Self {
            server: None,
            timeout: HANDSHAKE_TIMEOUT,
            answerer: Some(Arc::new(answerer)),
        }
    }

    /// A handshake may take this long.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Answers what the config leaves open.
    #[must_use]
    pub fn with_answerer(mut self, answerer: impl Answerer + 'static) -> Self {
        self.answerer = Some(Arc::new(answerer));
        self
    }

    /// Begins a connection; the future ends with the handshake.
    pub fn accept<T: AsyncRead + AsyncWrite + Unpin>(&self, transport: T) -> Handshake<T> {
        let connection = match &self.server {
            Some(server) => server.accept(now()),
            None => Ok(Connection::accept_any(now())),
        };
        Handshake::new(connection, transport, self.timeout, self.answerer.clone())
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

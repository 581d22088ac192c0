//! The server's side.

use crate::answer::Answerer;
use crate::handshake::{HANDSHAKE_TIMEOUT, Handshake};
#[cfg(doc)]
use crate::stream::TlsStream;
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
    answers_early: bool,
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
            answers_early: false,
        })
    }

    /// Asks for the config once the ClientHello has come.
    pub fn by_client_hello(answerer: impl Answerer + 'static) -> Self {
        Self {
            server: None,
            timeout: HANDSHAKE_TIMEOUT,
            answerer: Some(Arc::new(answerer)),
            answers_early: false,
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

    /// Ends each handshake as soon as its early data (0-RTT) may be read and answered, a round trip
    /// before the handshake is done; for configs with [`handfast::ServerConfig::max_early_data`]. Until
    /// [`TlsStream::is_early`] is false, nobody has shown that the client is there now, and what
    /// [`TlsStream::read_early`] gives may be a replay. Ordinary reading waits for the end of the
    /// handshake, which has no deadline then but the caller's.
    ///
    /// ```no_run
    /// use handfast_tokio::Acceptor;
    /// use tokio::{io::AsyncWriteExt, net::TcpStream};
    ///
    /// # async fn example(acceptor: Acceptor, tcp: TcpStream) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut stream = acceptor.answering_early().accept(tcp).await?;
    /// let mut request = [0; 1024];
    /// let length = stream.read_early(&mut request).await?;
    /// if request[..length].starts_with(b"GET ") {
    ///     stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await?; // it does no harm twice
    /// } else if length > 0 {
    ///     stream.write_all(b"HTTP/1.0 425 Too Early\r\n\r\n").await?;
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn answering_early(mut self) -> Self {
        self.answers_early = true;
        self
    }

    /// Begins a connection; the future ends with the handshake.
    pub fn accept<T: AsyncRead + AsyncWrite + Unpin>(&self, transport: T) -> Handshake<T> {
        let connection = match &self.server {
            Some(server) => server.accept(now()),
            None => Ok(Connection::accept_any(now())),
        };
        Handshake::new(connection, transport, self.timeout, self.answerer.clone())
            .answering_early(self.answers_early)
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

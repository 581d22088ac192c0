//! The client's side.

use crate::answer::Answerer;
use crate::handshake::{HANDSHAKE_TIMEOUT, Handshake};
use core::fmt;
use core::time::Duration;
use handfast::{Client, ServerName, stream::now};
use handfast_trust::RootsMissing;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// Connects over any transport. Cheap to clone.
///
/// ```no_run
/// use handfast::{ClientConfig, ServerName, config::Trust};
/// use handfast_tokio::Connector;
/// use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::TcpStream};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let connector = Connector::new(ClientConfig::new(Trust::System).check()?)?;
/// let tcp = TcpStream::connect("example.test:443").await?;
/// let mut stream = connector.connect(ServerName::parse("example.test")?, tcp).await?;
/// stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
/// let mut page = Vec::new();
/// stream.read_to_end(&mut page).await?; // a page that was cut off is an error
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Connector {
    client: Client,
    timeout: Duration,
    answerer: Option<Arc<dyn Answerer>>,
}

impl Connector {
    /// A connector. Where the config names the system's roots they are read
    /// now, once. Whoever makes many keeps a [`handfast_trust::Store`], and gives its
    /// roots to the config before: `client.set_system_roots(store.system()?)`.
    ///
    /// # Errors
    /// [`RootsMissing`] names the paths that were tried.
    pub fn new(client: Client) -> Result<Self, RootsMissing> {
        if client.needs_system_roots() {
            client.set_system_roots(handfast_trust::system()?);
        }
        Ok(Self {
            client,
            timeout: HANDSHAKE_TIMEOUT,
            answerer: None,
        })
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

    /// Begins a connection to `name`; the future ends with the handshake.
    pub fn connect<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        name: ServerName,
        transport: T,
    ) -> Handshake<T> {
        let connection = self.client.connect(name, now());
        Handshake::new(connection, transport, self.timeout, self.answerer.clone())
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

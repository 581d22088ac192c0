//! A listener that never handshakes inside `accept`.

use crate::acceptor::Acceptor;
use crate::failure::HandshakeFailed;
use crate::stream::TlsStream;
use core::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Accepts TCP connections, runs each handshake in a task of its own, and
/// hands out those that are done, in the order in which they are done. A
/// client that says nothing costs a task until the handshake's deadline.
///
/// ```no_run
/// # async fn example(acceptor: handfast_tokio::Acceptor) -> std::io::Result<()> {
/// let tcp = tokio::net::TcpListener::bind("127.0.0.1:8443").await?;
/// let mut listener = handfast_tokio::TlsListener::new(tcp, acceptor);
/// loop {
///     let (stream, peer) = listener.accept().await;
///     // … serve `stream` in a task …
///     # let _ = (stream, peer);
/// }
/// # }
/// ```
pub struct TlsListener {
    listener: TcpListener,
    acceptor: Acceptor,
    handshakes: JoinSet<(Result<TlsStream<TcpStream>, HandshakeFailed>, SocketAddr)>,
    limit: usize,
    refused: Option<OnRefused>,
}

type OnRefused = Box<dyn FnMut(SocketAddr, &HandshakeFailed) + Send + Sync>;

impl TlsListener {
    /// Listens by `listener`, with at most 8,192 handshakes at a time.
    #[must_use]
    pub fn new(listener: TcpListener, acceptor: Acceptor) -> Self {
        Self {
            listener,
            acceptor,
            handshakes: JoinSet::new(),
            limit: 8192,
            refused: None,
        }
    }

    /// At most this many handshakes run at a time; further clients wait in the
    /// system's queue until one of them is done or at its deadline.
    #[must_use]
    pub fn with_limit(mut self, handshakes: usize) -> Self {
        self.limit = handshakes.max(1);
        self
    }

    /// Is told of each handshake that failed.
    #[must_use]
    pub fn on_refused(
        mut self,
        refused: impl FnMut(SocketAddr, &HandshakeFailed) + Send + Sync + 'static,
    ) -> Self {
        self.refused = Some(Box::new(refused));
        self
    }

    /// The address listened on.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The next connection whose handshake is done. Dropping the future loses nothing.
    pub async fn accept(&mut self) -> (TlsStream<TcpStream>, SocketAddr) {
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if self.handshakes.len() < self.limit => {
                    match accepted {
                        Ok((tcp, peer)) => self.begin(tcp, peer),
                        // Out of descriptors, or the client has gone: neither ends a server.
                        Err(_) => sleep(AFTER_ERROR).await,
                    }
                }
                Some(done) = self.handshakes.join_next() => match done {
                    Ok((Ok(stream), peer)) => return (stream, peer),
                    Ok((Err(failed), peer)) => {
                        if let Some(refused) = &mut self.refused {
                            refused(peer, &failed);
                        }
                    }
                    // The task was aborted with its runtime.
                    Err(_) => {}
                },
            }
        }
    }

    fn begin(&mut self, tcp: TcpStream, peer: SocketAddr) {
        // Without it a handshake's last small write may wait for an acknowledgement.
        let _ = tcp.set_nodelay(true);
        let mut handshake = self.acceptor.accept(tcp);
        self.handshakes.spawn(async move {
            let done = (&mut handshake).await;
            if done.is_err() {
                handshake.dismiss().await;
            }
            (done, peer)
        });
    }
}

impl fmt::Debug for TlsListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsListener")
            .field("listener", &self.listener)
            .field("handshakes", &self.handshakes.len())
            .finish_non_exhaustive()
    }
}

const AFTER_ERROR: Duration = Duration::from_millis(20);

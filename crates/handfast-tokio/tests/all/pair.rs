//! A client and a server that trust each other.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use handfast::config::{ClientAuth, Trust};
use handfast::stream::now;
use handfast::{ClientConfig, Credential, Roots, ServerConfig, ServerName};
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
use handfast_tokio::{Acceptor, Connector, HandshakeFailed, TlsStream};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

pub(crate) struct Pair {
    pub(crate) client: ClientConfig,
    pub(crate) server: ServerConfig,
    /// A client's certificate below the same root.
    pub(crate) ada: Arc<Issued>,
}

impl Pair {
    /// For `localhost` and 127.0.0.1.
    pub(crate) fn new() -> Self {
        let validity = Validity::days(now().unix_s(), 2);
        let root = Authority::new("Test root", validity, KeyKind::EcP256).unwrap();
        let names = [
            AlternativeName::dns("localhost"),
            AlternativeName::ip([127, 0, 0, 1]),
        ];
        let issued = root
            .issue_server(&names, validity, KeyKind::EcP256)
            .unwrap();
        let mut roots = Roots::new();
        roots.add(root.root_der().clone()).unwrap();
        let (chain, key) = issued.into_parts();
        let credential = Credential::new(chain, key).unwrap();
        Self {
            ada: Arc::new(
                root.issue_client("Ada", None, validity, KeyKind::EcP256)
                    .unwrap(),
            ),
            client: ClientConfig::new(Trust::Roots(roots)),
            server: ServerConfig::new(credential),
        }
    }

    /// The client may be asked later, and must say then who it is.
    pub(crate) fn asks_later(mut self) -> Self {
        let rules = self.client.verification.clone();
        self.server.later_client_auth = ClientAuth::Require(rules);
        self.client.post_handshake_auth = true;
        self.client.credentials = vec![self.ada()];
        self
    }

    pub(crate) fn ada(&self) -> Credential {
        Credential::new(self.ada.chain().to_vec(), self.ada.key().clone()).unwrap()
    }

    pub(crate) fn connector(&self) -> Connector {
        Connector::new(self.client.clone().check().unwrap()).unwrap()
    }

    pub(crate) fn acceptor(&self) -> Acceptor {
        Acceptor::new(self.server.clone().check().unwrap()).unwrap()
    }
}

pub(crate) fn localhost() -> ServerName {
    ServerName::parse("localhost").unwrap()
}

pub(crate) type Ends<T> = (TlsStream<T>, TlsStream<T>);

/// Both ends, over a pipe that holds this many bytes.
pub(crate) async fn connected(bytes: usize) -> Ends<DuplexStream> {
    let (near, far) = duplex(bytes);
    both(&Pair::new(), near, far).await.unwrap()
}

pub(crate) async fn both<T: AsyncRead + AsyncWrite + Unpin>(
    pair: &Pair,
    near: T,
    far: T,
) -> Result<Ends<T>, HandshakeFailed> {
    let client = pair.connector().connect(localhost(), near);
    let server = pair.acceptor().accept(far);
    tokio::try_join!(client, server)
}

/// Counts how often it is asked to read.
pub(crate) struct Counting<T> {
    pub(crate) inner: T,
    pub(crate) reads: Arc<AtomicUsize>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Counting<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.reads.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut this.inner).poll_read(cx, out)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counting<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, data)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// Takes nothing once it is stuck.
pub(crate) struct Stuck<T> {
    pub(crate) inner: T,
    pub(crate) stuck: Arc<AtomicBool>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Stuck<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(cx, out)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stuck<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.stuck.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(0));
        }
        Pin::new(&mut self.get_mut().inner).poll_write(cx, data)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// Polls a future once, then drops it.
pub(crate) async fn poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    core::future::poll_fn(|cx| match Pin::new(&mut future).poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

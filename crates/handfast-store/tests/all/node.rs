//! A server that keeps its sessions in a store, and a client that comes back to any of them.

use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use core::task::{Context, Poll};
use core::time::Duration;
use handfast::session::{MemoryStore as Kept, Session, SessionStore};
use handfast::{ProtocolVersion, ServerName};
use handfast_store::{Guarded, RootSecrets, Sealed, Sessions};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_tokio::{Acceptor, Connector};
use std::io;
use std::sync::Arc;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use tokio::time::Instant;

pub(crate) const VERSIONS: [ProtocolVersion; 2] =
    [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

/// The secret that nodes share.
pub(crate) fn roots(first: u8) -> RootSecrets {
    RootSecrets::from(core::array::from_fn(|at| first ^ u8::try_from(at).unwrap()))
}

pub(crate) struct Node {
    acceptor: Acceptor,
    pub(crate) sessions: Sessions,
}

impl Node {
    pub(crate) fn new(store: Guarded, version: ProtocolVersion) -> Self {
        Self::of(store, version, &roots(1))
    }

    pub(crate) fn of(store: Guarded, version: ProtocolVersion, roots: &RootSecrets) -> Self {
        let sessions = Sessions::new(store, Sealed::new(roots, "test"));
        let mut server = config::server(KeyKind::EcP256);
        server.common.versions = vec![version];
        server.ask_for_sessions = true;
        let acceptor = Acceptor::new(server.check().unwrap()).unwrap();
        Self {
            acceptor: acceptor.with_answerer(sessions.clone()),
            sessions,
        }
    }
}

pub(crate) struct Visitor {
    connector: Connector,
    kept: Arc<Kept>,
}

/// How a visit went.
pub(crate) struct Visit {
    pub(crate) is_resumed: bool,
    pub(crate) handshake: Duration,
}

impl Visitor {
    pub(crate) fn new(version: ProtocolVersion) -> Self {
        let kept = Arc::new(Kept::default());
        let mut client = config::client();
        client.common.versions = vec![version];
        client.sessions = Some(Arc::clone(&kept) as Arc<dyn SessionStore>);
        Self {
            connector: Connector::new(client.check().unwrap()).unwrap(),
            kept,
        }
    }

    /// A whole connection; what the server keeps has come to its store, or been given up, when this
    /// returns.
    pub(crate) async fn visit(&self, node: &Node) -> Visit {
        let (near, far) = duplex(100_000);
        let name = ServerName::parse("localhost").unwrap();
        let began = Instant::now();
        let client = self.connector.connect(name, near);
        let (client, server) = tokio::join!(client, node.acceptor.accept(far));
        let (mut client, mut server) = (client.unwrap(), server.unwrap());
        let handshake = began.elapsed();
        // TLS 1.3's tickets come before the data.
        server.write_all(b"hello").await.unwrap();
        client.read_exact(&mut [0; 5]).await.unwrap();
        let is_resumed = server.negotiated().unwrap().is_resumed();
        assert_eq!(client.negotiated().unwrap().is_resumed(), is_resumed);
        assert!(server.take_sessions().is_empty(), "the answerer has them");
        node.sessions.settle().await;
        Visit {
            is_resumed,
            handshake,
        }
    }

    /// A connection that ends by close_notify, or by a record that nobody sealed; its session.
    pub(crate) async fn visit_that_ends(&self, node: &Node, fails: bool) -> Vec<u8> {
        let (near, inner) = duplex(100_000);
        let breaks = Arc::<AtomicBool>::default();
        let far = Breaking {
            inner,
            breaks: Arc::clone(&breaks),
        };
        let name = ServerName::parse("localhost").unwrap();
        let client = self.connector.connect(name, near);
        let (client, server) = tokio::join!(client, node.acceptor.accept(far));
        let (mut client, mut server) = (client.unwrap(), server.unwrap());
        node.sessions.settle().await;
        let session = self.newest();
        if fails {
            breaks.store(true, Relaxed);
            assert!(server.read(&mut [0; 10]).await.is_err());
        } else {
            client.shutdown().await.unwrap();
            assert_eq!(server.read(&mut [0; 10]).await.unwrap(), 0);
        }
        node.sessions.settle().await;
        session
    }

    /// The newest session, as bytes.
    pub(crate) fn newest(&self) -> Vec<u8> {
        let session = self.kept.take("localhost").unwrap();
        session.to_bytes().unwrap().to_vec()
    }

    /// This session and no other.
    pub(crate) fn has_only(&self, session: &[u8]) {
        while self.kept.take("localhost").is_some() {}
        let session = Session::from_bytes(session).unwrap();
        self.kept.put("localhost", session);
    }
}

/// Reads a record that nobody sealed, once it is told to.
struct Breaking {
    inner: DuplexStream,
    breaks: Arc<AtomicBool>,
}

impl AsyncRead for Breaking {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.breaks.load(Relaxed) {
            out.put_slice(&[&[23, 3, 3, 0, 40][..], &[0; 40]].concat());
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.inner).poll_read(cx, out)
    }
}

impl AsyncWrite for Breaking {
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

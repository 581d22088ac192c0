//! One client: handshake, then requests, in a task of its own.

use crate::failure::Failure;
use crate::serve::allowed::{Allowed, Identity};
use crate::serve::delivery::Delivery;
use crate::serve::lingering::Lingering;
use crate::serve::log::{Asked, Line, Log};
use crate::serve::plain;
use crate::serve::site::{Client, Sites};
use handfast::{Error, Fault};
use handfast_tokio::{Acceptor, Cause, HandshakeFailed, TlsStream};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// All clients.
pub(super) struct Connections {
    shared: Arc<Shared>,
    open: GracefulShutdown,
}

struct Shared {
    acceptor: Acceptor,
    sites: Arc<Sites>,
    allowed: Allowed,
    log: Log,
    port: u16,
    stopping: watch::Sender<bool>,
}

impl Connections {
    pub(super) fn new(
        acceptor: Acceptor,
        sites: Arc<Sites>,
        allowed: Allowed,
        log: Log,
        port: u16,
    ) -> Self {
        let shared = Shared {
            acceptor,
            sites,
            allowed,
            log,
            port,
            stopping: watch::Sender::new(false),
        };
        Self {
            shared: Arc::new(shared),
            open: GracefulShutdown::new(),
        }
    }

    /// Serves a client.
    pub(super) fn take(&self, tcp: TcpStream, peer: SocketAddr) {
        // Small writes must not wait for acknowledgements.
        let _ = tcp.set_nodelay(true);
        let (shared, watcher) = (Arc::clone(&self.shared), self.open.watcher());
        tokio::spawn(async move { shared.serve(tcp, peer, watcher).await });
    }

    /// Lets the open connections finish; handshakes that are still under way are left.
    pub(super) async fn finish(self) {
        self.shared.stopping.send_replace(true);
        self.open.shutdown().await;
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, tcp: TcpStream, peer: SocketAddr, watcher: Watcher) {
        let mut handshake = self.acceptor.accept(tcp);
        let mut stopping = self.stopping.subscribe();
        let done = tokio::select! {
            done = &mut handshake => done,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        match done {
            Ok(stream) => self.requests(stream, peer, watcher).await,
            Err(failed) => {
                let why = if speaks_http(&failed) {
                    if let Some((tcp, begun)) = handshake.into_transport() {
                        plain::answer(tcp, begun, self.port).await;
                    }
                    "plain HTTP on the TLS port, answered 400".to_owned()
                } else {
                    handshake.dismiss().await;
                    let failure = Failure::handshake("the client", &failed, HANDSHAKE_SECONDS);
                    failure.message.clone()
                };
                self.log.refused(peer, &why);
            }
        }
    }

    /// Who has come. A session that goes on brings the certificate that it was made with.
    fn client(&self, stream: &TlsStream<TcpStream>, peer: SocketAddr) -> Client {
        let agreed = stream.negotiated();
        let identity = agreed.and_then(|agreed| Identity::of(&agreed.peer_chain));
        Client {
            peer,
            server_name: agreed.and_then(|agreed| agreed.server_name.as_deref().map(str::to_owned)),
            is_allowed: self.allowed.admits(identity.as_ref()),
            identity,
            resumption: agreed.and_then(|agreed| agreed.resumption),
        }
    }

    async fn requests(
        self: &Arc<Self>,
        stream: TlsStream<TcpStream>,
        peer: SocketAddr,
        watcher: Watcher,
    ) {
        let client = Arc::new(self.client(&stream, peer));
        let is_http2 = stream
            .negotiated()
            .is_some_and(|agreed| agreed.alpn.as_deref() == Some(b"h2"));
        let delivery = Arc::new(Delivery::new(self.log, is_http2));
        let service = service_fn(|request| {
            let (shared, client) = (Arc::clone(self), Arc::clone(&client));
            let delivery = Arc::clone(&delivery);
            async move {
                let asked = Asked::new(&request);
                let answer = shared.sites.answer(&client, request).await;
                let line = Line::new(client, asked, &answer);
                Ok::<_, Infallible>(answer.map(|body| delivery.begin(line, body)))
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            // A client that has said all waits for the answer all the same.
            .half_close(true)
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(IDLE)
            .max_send_buf_size(SEND_BUFFER);
        // ALPN has said which: a client that then says nothing is not waited for without end.
        let builder = if is_http2 {
            builder.http2_only()
        } else {
            builder.http1_only()
        };
        let stream = Lingering::new(stream, Arc::clone(&delivery));
        let served = builder.serve_connection(TokioIo::new(stream), service);
        // Clients may leave when they like; what they have got is logged.
        let _ = watcher.watch(served).await;
    }
}

fn speaks_http(failed: &HandshakeFailed) -> bool {
    matches!(
        failed.cause(),
        Cause::Tls(Error::Fault(Fault::PlainHttp | Fault::PlainHttpProxy))
    )
}

/// How long a client may say nothing between requests.
const IDLE: Duration = Duration::from_secs(30);
/// Bytes of one response that wait to be sent, at most.
const SEND_BUFFER: usize = 1024 * 1024;
const HANDSHAKE_SECONDS: f64 = 10.0;

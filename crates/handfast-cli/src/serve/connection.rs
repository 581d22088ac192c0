//! One client: handshake, then requests, in a task of its own.

use crate::failure::Failure;
use crate::given::Given;
use crate::serve::allowed::Allowed;
use crate::serve::answer::Answer;
use crate::serve::asking::{Guest, Lent};
use crate::serve::body::CHUNK;
use crate::serve::client::{Client, Shown};
use crate::serve::delivery::{Delivered, Delivery};
use crate::serve::early::Early;
use crate::serve::entrance::Entrance;
use crate::serve::lingering::Lingering;
use crate::serve::log::{Asked, Line, Log};
use crate::serve::options::Options;
use crate::serve::plain;
use crate::serve::site::Sites;
use crate::serve::unread;
use crate::summary;
use handfast::{Error, Fault};
use handfast_acme::client::ALPN_PROTOCOL;
use handfast_tokio::{Cause, HandshakeFailed, TlsStream};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

/// All clients.
pub(super) struct Connections {
    shared: Arc<Shared>,
    open: GracefulShutdown,
}

struct Shared {
    entrance: Arc<Entrance>,
    sites: Arc<Sites>,
    allowed: Allowed,
    log: Log,
    port: u16,
    given: Given,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    stopping: watch::Sender<bool>,
    /// Clients may send early data.
    early_data: bool,
}

impl Connections {
    pub(super) fn new(
        entrance: Arc<Entrance>,
        sites: Arc<Sites>,
        allowed: Allowed,
        log: Log,
        port: u16,
    ) -> Self {
        let shared = Shared {
            entrance,
            sites,
            allowed,
            log,
            port,
            given: Given::default(),
            http1: http1(),
            http2: http2(),
            stopping: watch::Sender::new(false),
            early_data: false,
        };
        Self {
            shared: Arc::new(shared),
            open: GracefulShutdown::new(),
        }
    }

    /// Whether clients may send early data, and by which flags refusals are told; said before the first
    /// of them is taken.
    pub(super) fn go_by(&mut self, options: &Options) {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.early_data = options.early_data > 0;
            shared.given = options.given();
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
        let mut handshake = self.entrance.accept(tcp, peer);
        let mut stopping = self.stopping.subscribe();
        let done = tokio::select! {
            done = &mut handshake => done,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        match done {
            Ok(stream) if is_authority(&stream) => self.challenge(stream, peer).await,
            Ok(stream) => self.requests(stream, peer, watcher).await,
            Err(failed) => {
                let why = if speaks_http(&failed) {
                    if let Some((tcp, begun)) = handshake.into_transport() {
                        plain::answer(tcp, begun, self.port).await;
                    }
                    "plain HTTP on the TLS port, answered 400".to_owned()
                } else {
                    handshake.dismiss().await;
                    if self.entrance.is_open() {
                        let failure = Failure::handshake("the client", &failed, HANDSHAKE_SECONDS);
                        return self.log.failed(peer, &failure.given(self.given.clone()));
                    }
                    "no certificate yet: the first one is still to come".to_owned()
                };
                self.log.refused(peer, &why);
            }
        }
    }

    /// The authority has seen what it wanted to see (RFC 8737 section 3): nothing is said.
    async fn challenge(&self, mut stream: TlsStream<TcpStream>, peer: SocketAddr) {
        let agreed = stream.negotiated();
        let name = agreed.and_then(|agreed| agreed.server_name.as_deref().map(str::to_owned));
        self.log
            .challenge(peer, name.as_deref().unwrap_or_default());
        // It may have gone already.
        let _ = timeout(GOODBYE, stream.shutdown()).await;
    }

    /// Who has come. A session that goes on brings the certificate that it was made with.
    fn client(&self, stream: &TlsStream<TcpStream>, peer: SocketAddr) -> Client {
        let agreed = stream.negotiated();
        let client = Client {
            peer,
            server_name: agreed.and_then(|agreed| agreed.server_name.as_deref().map(str::to_owned)),
            is_allowed: self.allowed.admits(None),
            identity: None,
            shown: Shown::NotAsked,
            psk_identity: agreed.and_then(summary::identity),
            resumption: agreed.and_then(|agreed| agreed.resumption),
            exceptions: Vec::new(),
        };
        match agreed {
            // Where pages are protected nobody says who they are before they are asked for one.
            Some(agreed) if !agreed.peer_chain.is_empty() || agreed.peer_raw_key().is_some() => {
                client.introduced(Some(agreed), Shown::InHandshake, &self.allowed)
            }
            _ if self.sites.protects() => Client {
                is_allowed: None,
                ..client
            },
            _ => client,
        }
    }

    async fn requests(
        self: &Arc<Self>,
        stream: TlsStream<TcpStream>,
        peer: SocketAddr,
        watcher: Watcher,
    ) {
        let client = self.client(&stream, peer);
        self.log.excepted(&client);
        let is_http2 = stream
            .negotiated()
            .is_some_and(|agreed| agreed.alpn.as_deref() == Some(b"h2"));
        let delivery = (!self.log.is_silent()).then(|| Arc::new(Delivery::new(is_http2)));
        let stream = Early::new(stream, self.early_data);
        let phase = stream.phase();
        let stream = Lingering::new(stream, delivery.clone());
        let service = |guest: Arc<Guest>| {
            service_fn(move |request: Request<Incoming>| {
                let is_replayable = phase.is_replayable(&request);
                let (parts, content) = request.into_parts();
                let request = Request::from_parts(parts, ());
                let (shared, guest) = (Arc::clone(self), Arc::clone(&guest));
                let delivery = delivery.clone();
                async move {
                    let asked = delivery.is_some().then(|| Asked {
                        is_early: is_replayable,
                        ..Asked::new(&request)
                    });
                    let answer = shared.answer(&guest, &request, is_replayable);
                    let (answer, client) = answer.await?;
                    if is_http2 {
                        unread::take(content);
                    }
                    let line = asked.map(|asked| Line::new(shared.log, client, asked, &answer));
                    Ok::<_, Gone>(answer.map(|body| match (delivery, line) {
                        (Some(delivery), Some(line)) => delivery.begin(line, body),
                        _ => Delivered::silently(body),
                    }))
                }
            })
        };
        // Clients may leave when they like; what they have got is logged.
        if is_http2 {
            let (stream, service) = (TokioIo::new(stream), service(Guest::new(client, None)));
            let served = self.http2.serve_connection(stream, service);
            let _ = watcher.watch(served).await;
        } else if self.sites.protects() {
            let lent = Lent::new(stream);
            let service = service(Guest::new(client, Some(lent.clone())));
            let served = self
                .http1
                .serve_connection(TokioIo::new(lent.clone()), service);
            if watcher
                .watch(served)
                .await
                .is_err_and(|error| error.is_user())
            {
                lent.dismiss().await;
            }
        } else {
            let (stream, service) = (TokioIo::new(stream), service(Guest::new(client, None)));
            let served = self.http1.serve_connection(stream, service);
            let _ = watcher.watch(served).await;
        }
    }

    /// What is answered to a request, and to whom: where the page asks for it, that is found out
    /// first.
    async fn answer(
        &self,
        guest: &Guest,
        request: &Request<()>,
        is_replayable: bool,
    ) -> Result<(Answer, Arc<Client>), Gone> {
        let mut client = guest.client();
        if !is_replayable && self.sites.must_ask(&client, request) {
            client = guest.introduced(&self.allowed).await.map_err(|failure| {
                self.log.refused(client.peer, &failure.message);
                Gone
            })?;
            self.log.excepted(&client);
        }
        let answer = self.sites.answer(&client, request, is_replayable).await;
        Ok((answer, client))
    }
}

/// The connection has ended while its client was asked who it is.
#[derive(Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection ended while the client was asked who it is")
    }
}

impl std::error::Error for Gone {}

/// What is spoken was said by ALPN: neither is guessed from what a client says first, if ever.
fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        // A client that has said all waits for the answer all the same.
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        // A chunk of a file is sent before the next one is read.
        .max_buf_size(CHUNK);
    builder
}

fn http2() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(IDLE)
        // Together, what one connection makes us hold.
        .max_concurrent_streams(STREAMS)
        .max_send_buf_size(SEND_BUFFER);
    builder
}

/// Only challenges are answered in this protocol, and only those that are ready.
fn is_authority(stream: &TlsStream<TcpStream>) -> bool {
    let agreed = stream.negotiated();
    agreed.is_some_and(|agreed| agreed.alpn.as_deref() == Some(ALPN_PROTOCOL))
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
const SEND_BUFFER: usize = 256 * 1024;
/// Requests that an HTTP/2 connection may have open at a time.
const STREAMS: u32 = 64;
const HANDSHAKE_SECONDS: f64 = 10.0;
/// How long an end may take that nobody waits for.
const GOODBYE: Duration = Duration::from_secs(2);

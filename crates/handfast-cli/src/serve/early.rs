//! Early data (0-RTT), as HTTP sees it (RFC 8470): what comes before the handshake is done is read
//! like all else, and each request is told whether it may be a replay.

use crate::serve::answer::{Answer, words};
use crate::serve::lingering::Carrier;
use handfast_tokio::TlsStream;
use hyper::{Request, StatusCode};
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// Whether what was read last came early.
#[derive(Clone, Debug, Default)]
pub(super) struct Phase(Arc<AtomicBool>);

impl Phase {
    /// Whether a request may be a replay: it came early, or somebody in between says that it did
    /// (RFC 8470 section 5.1).
    pub(super) fn is_replayable<B>(&self, request: &Request<B>) -> bool {
        self.0.load(Ordering::Relaxed) || says_so(request)
    }
}

fn says_so<B>(request: &Request<B>) -> bool {
    let mut values = request.headers().get_all("early-data").iter();
    values.any(|value| value.as_bytes() == b"1")
}

/// What a request gets that must not be done twice, where it may be a replay (RFC 8470 section 5.2).
pub(super) fn too_early() -> Answer {
    words(
        StatusCode::TOO_EARLY,
        "This request came before the handshake was done, so it may be a replay, and only GET and \
         HEAD do no harm twice: send it again.",
    )
}

/// A client's connection, its early data first.
pub(super) struct Early {
    stream: TlsStream<TcpStream>,
    /// Early data may still come.
    is_early: bool,
    phase: Phase,
    /// Set once all is said, while the handshake goes on.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Early {
    /// Of a server that may take early data, or not.
    pub(super) fn new(stream: TlsStream<TcpStream>, may_be_early: bool) -> Self {
        Self {
            stream,
            is_early: may_be_early,
            phase: Phase::default(),
            deadline: None,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.clone()
    }

    /// The connection, for what is no data.
    pub(super) fn tls(&mut self) -> &mut TlsStream<TcpStream> {
        &mut self.stream
    }

    fn poll_early(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = ready!(self.stream.poll_read_early(cx, out.initialize_unfilled()))?;
        out.advance(read);
        self.is_early = read > 0;
        self.phase.0.store(self.is_early, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl Carrier for Early {
    fn tcp(&self) -> &TcpStream {
        self.stream.transport()
    }
}

impl AsyncRead for Early {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_early {
            ready!(this.poll_early(cx, out))?;
            if this.is_early {
                return Poll::Ready(Ok(()));
            }
        }
        Pin::new(&mut this.stream).poll_read(cx, out)
    }
}

impl AsyncWrite for Early {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Tickets come behind the handshake, and nothing behind a close: it is waited for a moment.
        if this.stream.is_early() {
            let deadline = this
                .deadline
                .get_or_insert_with(|| Box::pin(sleep(HANDSHAKE_LEFT)));
            if deadline.as_mut().poll(cx).is_pending() {
                while this.stream.is_early() {
                    if ready!(this.stream.poll_read_early(cx, &mut [0; 512])).is_err() {
                        break;
                    }
                }
            }
        }
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}

/// How long the rest of a handshake may take once all was said to the client.
const HANDSHAKE_LEFT: Duration = Duration::from_secs(2);

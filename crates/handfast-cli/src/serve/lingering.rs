//! A client's connection, closed without taking back what was sent.
//!
//! A socket that is closed with unread bytes in it is reset, and a reset destroys what the client
//! has not read yet (RFC 9112 s9.6). A close_notify that came behind the request is such bytes. So
//! after ours, what still comes is dropped unread until the client has closed, within bounds.

use crate::serve::delivery::{Delivery, Told};
use handfast_tokio::TlsStream;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// What bytes are said over, TLS or not.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Unpin {
    /// The socket below it.
    fn tcp(&self) -> &TcpStream;
}

impl Carrier for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.transport()
    }
}

/// The stream, as HTTP sees it.
pub(crate) struct Lingering<S, L: Told> {
    stream: S,
    /// Nothing where nobody reads the log.
    delivery: Option<Arc<Delivery<L>>>,
    /// Set once the writing side is shut down.
    deadline: Option<Pin<Box<Sleep>>>,
    /// Bytes that are still dropped unread.
    left_bytes: usize,
}

impl<S: Carrier, L: Told> Lingering<S, L> {
    pub(crate) fn new(stream: S, delivery: Option<Arc<Delivery<L>>>) -> Self {
        Self {
            stream,
            delivery,
            deadline: None,
            left_bytes: LINGER_BYTES,
        }
    }

    /// The stream below, for what is no data.
    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    fn flushed(&self) {
        if let Some(delivery) = &self.delivery {
            delivery.flushed();
        }
    }

    /// Drops what comes until the client closes, or the bounds are reached.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut dropped = [0; 4096];
        let tcp = self.stream.tcp();
        while self.left_bytes > 0 && tcp.poll_read_ready(cx).is_ready() {
            match tcp.try_read(&mut dropped) {
                Ok(0) => return Poll::Ready(()),
                Ok(read) => self.left_bytes = self.left_bytes.saturating_sub(read),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(()),
            }
        }
        if self.left_bytes == 0 {
            return Poll::Ready(());
        }
        match &mut self.deadline {
            Some(deadline) => deadline.as_mut().poll(cx),
            None => Poll::Ready(()),
        }
    }
}

impl<S: Carrier, L: Told> AsyncRead for Lingering<S, L> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, out)
    }
}

impl<S: Carrier, L: Told> AsyncWrite for Lingering<S, L> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(data)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let taken = ready!(Pin::new(&mut this.stream).poll_write_vectored(cx, slices))?;
        if let Some(delivery) = &this.delivery {
            delivery.wrote(slices, taken);
        }
        Poll::Ready(Ok(taken))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        this.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.deadline.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.flushed();
            this.deadline = Some(Box::pin(sleep(LINGER)));
        }
        this.poll_discard(cx).map(Ok)
    }
}

impl<S, L: Told> Drop for Lingering<S, L> {
    fn drop(&mut self) {
        if let Some(delivery) = &self.delivery {
            delivery.end();
        }
    }
}

/// How long a client that was told of the end is waited for: as a rule it closes at once.
const LINGER: Duration = Duration::from_secs(5);
/// Bytes that it may send meanwhile, such as the rest of an upload that was refused.
const LINGER_BYTES: usize = 16 * 1024 * 1024;

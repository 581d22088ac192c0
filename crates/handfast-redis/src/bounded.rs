//! No more is read than was asked for.

use core::pin::Pin;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use core::task::{Context, Poll, ready};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that may still come: each question makes room for its answer.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<AtomicU64>);

/// The largest value and what stands around it; what is said at the beginning.
const ANSWER: u64 = 66 * 1024;
/// However many questions there were.
const MOST: u64 = 64 * ANSWER;

impl Room {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(ANSWER)))
    }

    /// One more answer may come.
    pub(crate) fn for_answer(&self) {
        let more = |room: u64| Some(room.saturating_add(ANSWER).min(MOST));
        let _ = self.0.fetch_update(Relaxed, Relaxed, more);
    }

    fn take(&self, bytes: u64) -> io::Result<()> {
        let less = |room: u64| room.checked_sub(bytes);
        let taken = self.0.fetch_update(Relaxed, Relaxed, less);
        taken.map(drop).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "it sends more than was asked for",
            )
        })
    }
}

/// A transport that ends with an error once more has come than there was room for.
pub(crate) struct Bounded<T> {
    pub(crate) inner: T,
    pub(crate) room: Room,
}

impl<T: AsyncRead + Unpin> AsyncRead for Bounded<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = out.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, out))?;
        let read = out.filled().len().saturating_sub(before);
        Poll::Ready(this.room.take(u64::try_from(read).unwrap_or(u64::MAX)))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Bounded<T> {
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

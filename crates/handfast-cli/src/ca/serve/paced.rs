//! A client that takes an answer too slowly is left.
//!
//! A revocation list may be long and a connection slow, so time is given by bytes: a start, and a
//! second for each so many that the client has taken.

use crate::serve::lingering::Carrier;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// A stream whose other end must take what is written.
pub(super) struct Paced<S> {
    stream: S,
    /// Set while a write waits.
    waiting: Option<Waiting>,
}

struct Waiting {
    deadline: Pin<Box<Sleep>>,
}

impl Carrier for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl<S: Carrier> Carrier for Paced<S> {
    fn tcp(&self) -> &TcpStream {
        self.stream.tcp()
    }
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            waiting: None,
        }
    }

    /// What a write or flush has come to: one that waits, waits until the deadline alone.
    fn judged<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
        taken: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Ready(Ok(done)) => {
                let bytes = taken(&done);
                if let Some(waiting) = &mut self.waiting {
                    let more = Duration::from_secs_f64(bytes as f64 / LEAST_BYTES_A_SECOND);
                    let deadline = waiting.deadline.deadline() + more;
                    waiting.deadline.as_mut().reset(deadline);
                }
                Poll::Ready(Ok(done))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let waiting = self.waiting.get_or_insert_with(|| Waiting {
                    deadline: Box::pin(sleep_until(Instant::now() + START)),
                });
                match waiting.deadline.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(ErrorKind::TimedOut.into())),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let read = Pin::new(&mut this.stream).poll_read(cx, out);
        // Whoever asks again has taken the answer before.
        if read.is_ready() {
            this.waiting = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write(cx, data);
        this.judged(cx, outcome, |taken| *taken)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.judged(cx, outcome, |taken| *taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_flush(cx);
        this.judged(cx, outcome, |()| 0)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// How long a client may take nothing at all.
const START: Duration = Duration::from_secs(20);
/// Bytes that buy another second.
const LEAST_BYTES_A_SECOND: f64 = 4096.0;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_left_and_who_takes_slowly_is_not() {
        let (far, near) = tokio::io::duplex(16);
        let mut paced = Paced::new(near);
        let error = paced.write_all(&[0; 17]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        drop(far);

        let (mut far, near) = tokio::io::duplex(8192);
        let mut paced = Paced::new(near);
        let reading = tokio::spawn(async move {
            let mut part = [0; 8192];
            let mut read = 0;
            while let Ok(count @ 1..) = tokio::io::AsyncReadExt::read(&mut far, &mut part).await {
                read += count;
                // Slower than the start alone allows for all, faster than the least.
                tokio::time::sleep(Duration::from_millis(1900)).await;
            }
            read
        });
        paced.write_all(&[0; 300_000]).await.unwrap();
        drop(paced);
        assert_eq!(reading.await.unwrap(), 300_000);
    }
}

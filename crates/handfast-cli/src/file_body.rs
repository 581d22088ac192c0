//! A file, or a part of one, as an HTTP body: read as it is sent.

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

/// Reads from `source` until `remaining` bytes have come, or to its end where
/// nobody knows the length.
pub(crate) struct FileBody<R> {
    source: R,
    remaining: Option<u64>,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> FileBody<R> {
    pub(crate) fn new(source: R, length: Option<u64>) -> Self {
        Self {
            source,
            remaining: length,
            buffer: BytesMut::new(),
        }
    }
}

impl<R: AsyncRead + Unpin> Body for FileBody<R> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if this.remaining == Some(0) {
            return Poll::Ready(None);
        }
        this.buffer.reserve(CHUNK);
        let read = ready!(poll_read_buf(
            Pin::new(&mut this.source),
            cx,
            &mut this.buffer
        ))?;
        let mut chunk = this.buffer.split();
        match &mut this.remaining {
            None if read == 0 => return Poll::Ready(None),
            None => {}
            // The length was promised: what is sent is cut off, and the peer sees that it is.
            Some(_) if read == 0 => return Poll::Ready(Some(Err(ErrorKind::UnexpectedEof.into()))),
            Some(remaining) => {
                chunk.truncate(usize::try_from(*remaining).unwrap_or(usize::MAX));
                *remaining = remaining.saturating_sub(chunk.len() as u64);
            }
        }
        Poll::Ready(Some(Ok(Frame::data(chunk.freeze()))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.remaining
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

const CHUNK: usize = 64 * 1024;

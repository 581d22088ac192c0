//! What became of an answer: it is logged once it has been handed over, or was cut off.
//!
//! In HTTP/1.1 an answer counts as delivered when the last of it was written to the transport.
//! In HTTP/2, where streams share the transport, when the last of it was given to the connection,
//! which keeps up to `SEND_BUFFER` bytes.

use crate::serve::body::Body;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

/// A line to come, which is told once it is known how far its answer came.
pub(crate) trait Told {
    /// Whether the answer is its head alone.
    fn is_bare(&self) -> bool;

    /// All of the answer was handed over, or so many bytes of its body until it was cut off.
    fn told(&self, cut_at: Option<u64>);
}

/// The answers of one connection.
pub(crate) struct Delivery<L> {
    is_http2: bool,
    state: Mutex<State<L>>,
}

struct State<L> {
    /// How much of the empty line that ends the head was written.
    line_matched: usize,
    /// Bytes of the body that were written.
    written: u64,
    /// Given to the connection, and not yet flushed.
    pending: Vec<L>,
}

impl<L: Told> Delivery<L> {
    pub(crate) fn new(is_http2: bool) -> Self {
        let state = State {
            line_matched: 0,
            written: 0,
            pending: Vec::new(),
        };
        Self {
            is_http2,
            state: Mutex::new(state),
        }
    }

    /// An answer begins, to be logged by `line`.
    pub(crate) fn begin(self: &Arc<Self>, line: L, body: Body) -> Delivered<L> {
        let mut state = self.state();
        (state.line_matched, state.written) = (0, 0);
        drop(state);
        Delivered {
            body,
            given: 0,
            has_ended: false,
            logged: Some((line, Arc::clone(self))),
        }
    }

    /// The transport has taken the first `taken` bytes of these.
    pub(crate) fn wrote(&self, parts: &[IoSlice<'_>], mut taken: usize) {
        if self.is_http2 {
            return;
        }
        let mut state = self.state();
        for part in parts {
            let part = part.get(..taken).unwrap_or(part);
            taken -= part.len();
            let mut rest = part;
            while state.line_matched < EMPTY_LINE.len() {
                let Some((byte, left)) = rest.split_first() else {
                    break;
                };
                rest = left;
                state.line_matched = match EMPTY_LINE.get(state.line_matched) {
                    Some(wanted) if wanted == byte => state.line_matched + 1,
                    _ => usize::from(*byte == b'\r'),
                };
            }
            state.written += rest.len() as u64;
        }
    }

    /// All that was given to the connection is with the transport.
    pub(crate) fn flushed(&self) {
        let lines = std::mem::take(&mut self.state().pending);
        for line in lines {
            line.told(None);
        }
    }

    /// The connection is over.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        let (lines, written) = (std::mem::take(&mut state.pending), state.written);
        drop(state);
        for line in lines {
            line.told(Some(written));
        }
    }

    fn settle(&self, line: L, given: u64, is_whole: bool) {
        let mut state = self.state();
        match (is_whole, self.is_http2) {
            (true, false) => state.pending.push(line),
            (true, true) => line.told(None),
            (false, false) => line.told(Some(given.min(state.written))),
            (false, true) => line.told(Some(given)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<L>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that is counted.
pub(crate) struct Delivered<L: Told> {
    body: Body,
    given: u64,
    has_ended: bool,
    /// Nothing where nobody reads the log.
    logged: Option<(L, Arc<Delivery<L>>)>,
}

impl<L: Told> Delivered<L> {
    /// A body whose end nobody wants to know of.
    pub(crate) fn silently(body: Body) -> Self {
        Self {
            body,
            given: 0,
            has_ended: false,
            logged: None,
        }
    }
}

impl<L: Told + Unpin> HttpBody for Delivered<L> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => this.given += frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) => {}
            None => this.has_ended = true,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<L: Told> Drop for Delivered<L> {
    fn drop(&mut self) {
        if let Some((line, delivery)) = self.logged.take() {
            // To a HEAD no body is sent.
            let is_whole = self.has_ended || self.body.is_end_stream() || line.is_bare();
            delivery.settle(line, self.given, is_whole);
        }
    }
}

const EMPTY_LINE: &[u8] = b"\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Told for Nobody {
        fn is_bare(&self) -> bool {
            false
        }

        fn told(&self, _: Option<u64>) {}
    }

    #[test]
    fn bytes_of_the_body_are_counted_from_the_empty_line_on() {
        let delivery = Delivery::<Nobody>::new(false);
        let parts: [&[u8]; 4] = [
            b"HTTP/1.1 200 OK\r\nA: b\r",
            b"\n\r",
            b"\nbo",
            b"dy\r\n\r\nmore",
        ];
        let parts = parts.map(IoSlice::new);
        delivery.wrote(&parts, 22 + 2 + 3 + 6);
        assert_eq!(delivery.state().written, 2 + 6);
    }
}

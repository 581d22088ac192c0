//! What became of an answer: it is logged once it has been handed over, or was cut off.
//!
//! In HTTP/1.1 an answer counts as delivered when the last of it was written to the transport.
//! In HTTP/2, where streams share the transport, when the last of it was given to the connection,
//! which keeps up to `SEND_BUFFER` bytes.

use crate::serve::body::Body;
use crate::serve::log::{Line, Log};
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

/// The answers of one connection.
pub(super) struct Delivery {
    log: Log,
    is_http2: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How much of the empty line that ends the head was written.
    line_matched: usize,
    /// Bytes of the body that were written.
    written: u64,
    /// Given to the connection, and not yet flushed.
    pending: Vec<Line>,
}

impl Delivery {
    pub(super) fn new(log: Log, is_http2: bool) -> Self {
        Self {
            log,
            is_http2,
            state: Mutex::default(),
        }
    }

    /// An answer begins, to be logged by `line`.
    pub(super) fn begin(self: &Arc<Self>, line: Line, body: Body) -> Delivered {
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
    pub(super) fn wrote(&self, parts: &[IoSlice<'_>], mut taken: usize) {
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
    pub(super) fn flushed(&self) {
        let lines = std::mem::take(&mut self.state().pending);
        for line in lines {
            self.log.answered(&line, None);
        }
    }

    /// The connection is over.
    pub(super) fn end(&self) {
        let mut state = self.state();
        let (lines, written) = (std::mem::take(&mut state.pending), state.written);
        drop(state);
        for line in lines {
            self.log.answered(&line, Some(written));
        }
    }

    fn settle(&self, line: Line, given: u64, is_whole: bool) {
        let mut state = self.state();
        match (is_whole, self.is_http2) {
            (true, false) => state.pending.push(line),
            (true, true) => self.log.answered(&line, None),
            (false, false) => self.log.answered(&line, Some(given.min(state.written))),
            (false, true) => self.log.answered(&line, Some(given)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that is counted.
pub(super) struct Delivered {
    body: Body,
    given: u64,
    has_ended: bool,
    /// Nothing where nobody reads the log.
    logged: Option<(Line, Arc<Delivery>)>,
}

impl Delivered {
    /// A body whose end nobody wants to know of.
    pub(super) fn silently(body: Body) -> Self {
        Self {
            body,
            given: 0,
            has_ended: false,
            logged: None,
        }
    }
}

impl HttpBody for Delivered {
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

impl Drop for Delivered {
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
    use crate::talk::Talk;

    #[test]
    fn bytes_of_the_body_are_counted_from_the_empty_line_on() {
        let delivery = Delivery::new(Log::new(&Talk::default()), false);
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

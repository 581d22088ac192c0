//! `--early-data`: a request that goes before the handshake is done, in early data (0-RTT).
//!
//! ```text
//! hyper --writes--> Held --(bytes of the request)--> behind the ClientHello
//!                    └------(once it was taken)-----> the TLS connection
//! ```

use crate::dial::Transport;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// A transport that holds what is written until there is one below it.
#[derive(Clone, Default)]
pub(super) struct Held {
    state: Arc<Mutex<State>>,
    wrote: Arc<Notify>,
}

#[derive(Default)]
struct State {
    written: Vec<u8>,
    below: Option<Box<dyn Transport>>,
    /// Who waits for something to read.
    reader: Option<Waker>,
}

impl Held {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was written so far.
    pub(super) fn written(&self) -> Vec<u8> {
        self.state().written.clone()
    }

    /// Waits until more is written.
    pub(super) async fn grows(&self) {
        self.wrote.notified().await;
    }

    /// What was written has arrived: all else goes through this.
    pub(super) fn go_on(&self, below: Box<dyn Transport>) {
        let mut state = self.state();
        state.written = Vec::new();
        state.below = Some(below);
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }
}

impl AsyncRead for Held {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.state();
        match &mut state.below {
            Some(below) => Pin::new(below).poll_read(cx, out),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Held {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        match &mut state.below {
            Some(below) => Pin::new(below).poll_write(cx, data),
            None => {
                state.written.extend_from_slice(data);
                self.wrote.notify_one();
                Poll::Ready(Ok(data.len()))
            }
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        match &mut state.below {
            Some(below) => Pin::new(below).poll_write_vectored(cx, slices),
            None => {
                let before = state.written.len();
                slices
                    .iter()
                    .for_each(|slice| state.written.extend_from_slice(slice));
                self.wrote.notify_one();
                Poll::Ready(Ok(state.written.len() - before))
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.state().below {
            Some(below) => Pin::new(below).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.state().below {
            Some(below) => Pin::new(below).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

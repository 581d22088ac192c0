//! Early data (0-RTT, RFC 8446 section 2.3): said by a client behind its ClientHello, read by a
//! server before the handshake is done.

use crate::stream::TlsStream;
use core::future::poll_fn;
use core::task::{Context, Poll, ready};
use handfast::connection::EarlyData;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};

impl<T> TlsStream<T> {
    /// True when the server has what was given to [`crate::Handshake::with_replayable`], all of it.
    /// Otherwise it has nothing of it, and nothing is sent again by itself: write it now, or not.
    #[must_use]
    pub fn replayable_taken(&self) -> bool {
        let was_said = self.early.as_ref().is_some_and(|early| early.was_said);
        let accepted = self
            .negotiated()
            .is_some_and(|negotiated| negotiated.early_data == EarlyData::Accepted);
        was_said && accepted
    }

    /// Early data that came before the handshake was done, as far as nobody has read it, at a server
    /// whose config takes it ([`handfast::ServerConfig::max_early_data`]); takes it. It may be a
    /// replay: do nothing by it that must not be done twice.
    pub fn take_early_data(&mut self) -> Vec<u8> {
        self.early
            .as_mut()
            .map(|early| core::mem::take(&mut early.came))
            .unwrap_or_default()
    }

    /// True while the handshake goes on, of a server that answers early
    /// ([`crate::Acceptor::answering_early`]).
    #[must_use]
    pub fn is_early(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// Early data that is to be said once it may be.
    pub(crate) fn say_early(&mut self, data: Vec<u8>) {
        self.early.get_or_insert_default().to_say = Some(data);
    }

    /// Seals the early data behind the ClientHello, once that is known. Nothing may be unsent.
    pub(crate) fn seal_early(&mut self) -> io::Result<()> {
        let is_free = self.unsent.is_empty();
        let early = self.early.as_mut().filter(|_| is_free);
        let Some(early) = early.filter(|early| early.to_say.is_some()) else {
            return Ok(());
        };
        let Some(left) = self.connection.early_data_left() else {
            return Ok(());
        };
        let data = early.to_say.take().unwrap_or_default();
        if data.is_empty() || data.len() > left {
            return Ok(());
        }
        early.was_said = true;
        self.seal(&[&data], true)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> TlsStream<T> {
    /// Reads early data, at a server that answers early ([`crate::Acceptor::answering_early`]). It
    /// ends (with 0 bytes) when the handshake is done: what comes from there on is no replay, and is
    /// read as ever. What was read may be one: do nothing by it that must not be done twice.
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    /// As reading gives them.
    pub async fn read_early(&mut self, out: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read_early(cx, out)).await
    }

    /// As [`TlsStream::read_early`], polled.
    ///
    /// # Errors
    /// As reading gives them.
    pub fn poll_read_early(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            if let Some(early) = &mut self.early
                && !early.came.is_empty()
            {
                let length = early.came.len().min(out.len());
                for (to, from) in out.iter_mut().zip(early.came.drain(..length)) {
                    *to = from;
                }
                return Poll::Ready(Ok(length));
            }
            if !self.connection.is_handshaking() || out.is_empty() {
                return Poll::Ready(Ok(0));
            }
            ready!(self.poll_handshake_step(cx))?;
        }
    }
}

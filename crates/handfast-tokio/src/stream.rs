//! A TLS connection as a tokio stream.
//!
//! ```text
//!  transport --> incoming --(opened in place)--> the reader's buffer
//!  transport <-- outgoing <--(sealed once)------ the writer's slices
//! ```
//! Both buffers go to whoever moves next while nothing moves, so an idle connection holds keys
//! and little else. Nothing is lost when a future over this stream is dropped:
//! what `poll_write` took is sealed and sent before anything else.

mod early_data;
mod renewing;

use crate::answer::Answerer;
use crate::early::Early;
use crate::failure::Cause;
use crate::renewal::{Answered, Later};
use crate::spare;
use bytes::{Buf, BytesMut};
use core::fmt;
use core::ops::Range;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use handfast::session::StoredSession;
use handfast::{Answer, Ask, Connection, Error, Event, Misuse, Negotiated, Now, stream::now};
use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

/// TLS over a transport, its handshake done.
///
/// Reading ends (with 0 bytes) when the peer says close_notify; an end without
/// it is an error of kind `UnexpectedEof`. `shutdown` says close_notify, and
/// reading goes on until the peer closes too.
pub struct TlsStream<T> {
    pub(crate) transport: T,
    pub(crate) connection: Connection,
    /// Answers what the config leaves open, and may keep sessions.
    pub(crate) answerer: Option<Arc<dyn Answerer>>,
    /// Bytes from the peer that are not dropped yet.
    incoming: BytesMut,
    /// When the transport last gave bytes: the clocks are read once for each time.
    heard: Now,
    /// Application data in `incoming` that the reader has not taken.
    data: Range<usize>,
    /// Bytes of `incoming` to drop once `data` is taken.
    spent: usize,
    /// Bytes to read at once, at least.
    reach: usize,
    /// Sealed bytes; those of `unsent` are still to be written.
    outgoing: Vec<u8>,
    pub(crate) unsent: Range<usize>,
    /// Nothing where there is no early data.
    pub(crate) early: Option<Box<Early>>,
    /// What is unsent is what the engine had to say while the reader waited, so the reader sends it.
    reader_sends: bool,
    /// The transport has failed the reader that had something to send.
    mute: bool,
    /// The answer to an open ask, on its way.
    pub(crate) answering: Option<Box<Answered>>,
    /// What has to do with renewals, where there are any.
    pub(crate) later: Option<Box<Later>>,
    /// The peer has said close_notify.
    pub(crate) closed: bool,
    /// The transport has ended without close_notify.
    truncated: bool,
}

/// What came.
pub(crate) enum Happened {
    /// Application data lies in the buffer.
    Data,
    /// The peer has said close_notify.
    Closed,
    /// The handshake waits for an answer.
    Ask(Ask),
    /// Data may be sent, though the handshake goes on.
    MaySend,
    /// Something that the driver need not act on, or something is to be sent.
    Other,
}

impl<T> TlsStream<T> {
    pub(crate) fn new(
        connection: Connection,
        transport: T,
        answerer: Option<Arc<dyn Answerer>>,
    ) -> Self {
        Self {
            transport,
            connection,
            answerer,
            incoming: BytesMut::new(),
            heard: now(),
            data: 0..0,
            spent: 0,
            reach: RECORD,
            outgoing: Vec::new(),
            unsent: 0..0,
            early: None,
            reader_sends: false,
            mute: false,
            answering: None,
            later: None,
            closed: false,
            truncated: false,
        }
    }

    /// What was agreed on.
    #[must_use]
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.connection.negotiated()
    }

    /// The connection, to export keys.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Sessions for the caller to keep, where the config asks for them
    /// ([`handfast::Event::StoreSession`]): those that have come by now. None where an
    /// [`crate::Answerer`] keeps them.
    pub fn take_sessions(&mut self) -> Vec<StoredSession> {
        self.connection.take_sessions()
    }

    /// Tells who keeps sessions of one that nobody is to come back by.
    fn forget_session(&mut self) {
        let keeper = self.answerer.as_ref();
        if let Some(keeper) = keeper.filter(|answerer| answerer.keeps_sessions())
            && let Some(key) = self.connection.take_lost_session()
        {
            keeper.forget(key);
        }
    }

    /// Gives sessions to who keeps them.
    pub(crate) fn keep_sessions(&mut self) {
        let keeper = self.answerer.as_ref();
        if let Some(keeper) = keeper.filter(|answerer| answerer.keeps_sessions()) {
            let sessions = self.connection.take_sessions();
            sessions.into_iter().for_each(|one| keeper.keep(one));
        }
    }

    /// The transport.
    #[must_use]
    pub fn transport(&self) -> &T {
        &self.transport
    }

    pub(crate) fn into_parts(self) -> (Connection, T, Vec<u8>) {
        (self.connection, self.transport, self.incoming.to_vec())
    }

    /// Seals slices, as early data or not, behind what the engine itself has to say. Nothing may be
    /// unsent.
    pub(crate) fn seal(&mut self, parts: &[&[u8]], is_early: bool) -> io::Result<()> {
        let content = parts.iter().map(|part| part.len()).sum();
        let size = self.connection.send_size(content);
        if self.outgoing.len() < size {
            spare::give_outgoing(core::mem::replace(
                &mut self.outgoing,
                spare::outgoing(size),
            ));
        }
        let sealed = if is_early {
            self.connection.send_replayable(parts, &mut self.outgoing)
        } else {
            self.connection.send(parts, &mut self.outgoing)
        };
        let sealed = sealed.map_err(to_io)?;
        self.unsent = 0..sealed;
        Ok(())
    }

    /// True when the peer may be waiting for what the engine has to say.
    fn stops_to_send(&self) -> bool {
        self.connection.wants_send() && self.unsent.is_empty() && !self.mute
    }

    /// Takes what the reader wants of the data that lies ready.
    fn hand_out(&mut self, out: &mut ReadBuf<'_>) {
        if let Some(later) = &mut self.later
            && later.hand_out(out)
        {
            return;
        }
        let data = self.incoming.get(self.data.clone()).unwrap_or_default();
        let length = data.len().min(out.remaining());
        out.put_slice(data.get(..length).unwrap_or_default());
        self.data.start += length;
        if self.data.is_empty() {
            self.incoming.advance(self.spent.min(self.incoming.len()));
            self.spent = 0;
        }
    }

    /// Data lies ready that the reader has not taken.
    pub(crate) fn has_data(&self) -> bool {
        !self.data.is_empty()
    }

    /// No data lies ready.
    fn is_dry(&self) -> bool {
        self.data.is_empty()
            && self
                .later
                .as_ref()
                .is_none_or(|later| later.kept.is_empty())
    }

    /// Gives the buffer back while nothing comes.
    fn rest(&mut self) {
        if self.incoming.is_empty() {
            spare::give_incoming(core::mem::take(&mut self.incoming));
            self.reach = RECORD;
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> TlsStream<T> {
    /// Writes all that is sealed, and all that the engine has to say.
    pub(crate) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while !self.unsent.is_empty() {
                let bytes = self.outgoing.get(self.unsent.clone()).unwrap_or_default();
                let written = ready!(Pin::new(&mut self.transport).poll_write(cx, bytes))?;
                if written == 0 {
                    return Poll::Ready(Err(ErrorKind::WriteZero.into()));
                }
                self.unsent.start += written;
            }
            spare::give_outgoing(core::mem::take(&mut self.outgoing));
            if !self.connection.wants_send() {
                return Poll::Ready(Ok(()));
            }
            self.seal(&[], false)?;
        }
    }

    /// Receives until something happens. Reads only when the engine has used up
    /// what is here, so it never spins: each turn consumes bytes or waits.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Happened, Cause>> {
        loop {
            let received = self.connection.receive(&mut self.incoming, self.heard);
            if received.is_err() {
                self.forget_session();
            }
            let received = received.map_err(Cause::Tls)?;
            if let Some(Event::Data(range)) = received.event {
                self.data = range;
                self.spent = received.consumed;
                return Poll::Ready(Ok(Happened::Data));
            }
            if let Some(Event::EarlyData(range)) = &received.event {
                let data = self.incoming.get(range.clone()).unwrap_or_default();
                self.early.get_or_insert_default().came(data);
            }
            self.incoming
                .advance(received.consumed.min(self.incoming.len()));
            match received.event {
                Some(Event::Closed) => {
                    self.closed = true;
                    return Poll::Ready(Ok(Happened::Closed));
                }
                Some(Event::MaySend) => return Poll::Ready(Ok(Happened::MaySend)),
                Some(Event::Ask(ask)) => return Poll::Ready(Ok(Happened::Ask(ask))),
                Some(Event::StoreSession) => {
                    self.keep_sessions();
                    return Poll::Ready(Ok(Happened::Other));
                }
                Some(Event::Renewed(what)) => {
                    self.renewed(what, true);
                    return Poll::Ready(Ok(Happened::Other));
                }
                Some(Event::RenewalDeclined(what)) => {
                    self.renewed(what, false);
                    return Poll::Ready(Ok(Happened::Other));
                }
                Some(_) => return Poll::Ready(Ok(Happened::Other)),
                None if self.stops_to_send() => {
                    return Poll::Ready(Ok(Happened::Other));
                }
                None => ready!(self.poll_fill(cx)).map_err(Cause::Transport)?,
            }
        }
    }

    /// One step of a handshake that goes on behind an early answer: there is nothing to ask for any
    /// more, and once it is done its tickets go out.
    pub(crate) fn poll_handshake_step(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let happened = match ready!(self.poll_event(cx)) {
            Ok(happened) => happened,
            Err(cause) => {
                let _ = self.poll_drain(cx);
                return Poll::Ready(Err(cause.into_io()));
            }
        };
        if let Happened::Ask(ask) = happened {
            let failed = self.connection.answer(ask.id(), Answer::Failed, now());
            failed.map_err(to_io)?;
        }
        if !self.connection.is_handshaking() {
            self.keep_sessions();
        }
        self.reply(cx);
        Poll::Ready(Ok(()))
    }

    /// One thing that comes, and what follows from it.
    pub(crate) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        let stepped = self.poll_one(cx);
        if stepped.is_ready() {
            self.wake_others();
        }
        stepped
    }

    fn poll_one(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        if self.answering.is_some() || self.later.is_some() || self.reader_sends {
            ready!(self.poll_later(cx))?;
        }
        match ready!(self.poll_event(cx))? {
            Happened::Ask(ask) => self.begin_answer(ask),
            Happened::Other | Happened::MaySend => self.reply(cx),
            Happened::Data | Happened::Closed => {}
        }
        Poll::Ready(Ok(()))
    }

    /// Sends what the engine has to say, unless a writer is at it: that one sends it too. Its task
    /// alone is woken when the transport takes more.
    pub(crate) fn reply(&mut self, cx: &mut Context<'_>) {
        if !self.stops_to_send() && !self.reader_sends {
            return;
        }
        let drained = self.poll_drain(cx);
        self.reader_sends = drained.is_pending();
        match drained {
            Poll::Ready(Ok(())) => {
                let _ = Pin::new(&mut self.transport).poll_flush(cx);
            }
            // Whoever writes next is told; what has come can still be read.
            Poll::Ready(Err(_)) => self.mute = true,
            Poll::Pending => {}
        }
    }

    /// Keeps data for the reader, who is not there now.
    pub(crate) fn keep_data(&mut self) {
        let data = self.incoming.get(self.data.clone()).unwrap_or_default();
        let later = self.later.get_or_insert_default();
        later.kept.extend_from_slice(data);
        self.data = 0..0;
        self.incoming.advance(self.spent.min(self.incoming.len()));
        self.spent = 0;
    }

    /// Reads from the transport what it has, at least one byte.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.truncated {
            return Poll::Ready(Err(truncated()));
        }
        if self.incoming.capacity() == 0 {
            self.incoming = spare::incoming();
        }
        self.incoming
            .reserve(self.reach.max(self.connection.needed()));
        let room = self.incoming.capacity() - self.incoming.len();
        let Poll::Ready(read) =
            poll_read_buf(Pin::new(&mut self.transport), cx, &mut self.incoming)
        else {
            self.rest();
            return Poll::Pending;
        };
        let read = read?;
        if read == 0 {
            // RFC 8446 s6.1: an end without close_notify may be an attack.
            self.truncated = true;
            return Poll::Ready(Err(truncated()));
        }
        self.heard = now();
        if read == room {
            self.reach = REACH_MAX;
        }
        Poll::Ready(Ok(()))
    }

    /// Takes at most [`TAKEN_AT_ONCE`] bytes of the slices.
    fn poll_write_parts(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[&[u8]],
    ) -> Poll<io::Result<usize>> {
        let taken = parts.iter().map(|part| part.len()).sum();
        if taken == 0 {
            return Poll::Ready(Ok(0));
        }
        loop {
            self.reader_sends = false;
            ready!(self.poll_drain(cx))?;
            match self.seal(parts, false) {
                Ok(()) => break,
                Err(error) if is_held(&error) => ready!(self.poll_unheld(cx))?,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        match self.poll_drain(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // What is sealed goes out with the next write, flush or shutdown.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(taken)),
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if out.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        while this.connection.is_handshaking() {
            ready!(this.poll_handshake_step(cx))?;
        }
        while this.is_dry() && !this.closed {
            let Poll::Ready(stepped) = this.poll_step(cx) else {
                this.reader_waits(cx);
                return Poll::Pending;
            };
            if let Err(cause) = stepped {
                // The alert is a courtesy. What the transport does not take at
                // once goes out with a flush or shutdown.
                let _ = this.poll_drain(cx);
                return Poll::Ready(Err(cause.into_io()));
            }
        }
        this.hand_out(out);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = data.get(..TAKEN_AT_ONCE).unwrap_or(data);
        self.get_mut().poll_write_parts(cx, &[taken])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut room = TAKEN_AT_ONCE;
        let mut parts = [&[][..]; PARTS];
        let mut count = 0;
        let taken = slices.iter().filter(|slice| !slice.is_empty());
        for (part, slice) in parts.iter_mut().zip(taken) {
            *part = slice.get(..room).unwrap_or(slice);
            room -= part.len();
            count += 1;
        }
        let parts = parts.get(..count).unwrap_or_default();
        self.get_mut().poll_write_parts(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.reader_sends = false;
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.transport).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.reader_sends = false;
        this.connection.close();
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.transport).poll_shutdown(cx)
    }
}

impl<T: fmt::Debug> fmt::Debug for TlsStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream")
            .field("transport", &self.transport)
            .field("connection", &self.connection)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

impl Cause {
    pub(crate) fn into_io(self) -> io::Error {
        match self {
            Self::Tls(error) => to_io(error),
            Self::Transport(error) => error,
            Self::Timeout(_) => ErrorKind::TimedOut.into(),
        }
    }
}

/// A TLS error as an `io::Error` that carries it.
pub(crate) fn to_io(error: Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

/// True where data is not sealed because a renegotiation runs.
fn is_held(error: &io::Error) -> bool {
    let carried = error.get_ref().and_then(|one| one.downcast_ref());
    carried == Some(&Error::Misuse(Misuse::RenewalRunning))
}

pub(crate) fn truncated() -> io::Error {
    io::Error::new(
        ErrorKind::UnexpectedEof,
        "the peer cut the connection off without close_notify",
    )
}

/// The longest protected record: header, content and overhead (RFC 8446 s5.2).
const RECORD: usize = 5 + 16_384 + 256;
/// Read at once when the transport has more than a record.
const REACH_MAX: usize = 4 * RECORD;
/// Taken from a writer at once: eight records of full length, and one for what goes before them.
const TAKEN_AT_ONCE: usize = 9 * 16_384;
/// Slices taken from a writer at once.
const PARTS: usize = 16;

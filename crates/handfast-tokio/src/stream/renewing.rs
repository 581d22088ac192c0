//! Answers to what the engine asks beside the data, and renewals.

use crate::failure::Cause;
use crate::renewal::{Answered, RenewalOutcome, Renewals};
use crate::stream::{TlsStream, to_io, truncated};
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
use handfast::connection::Renewal;
use handfast::{Answer, Ask, stream::now};
use std::io;
use std::sync::{Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};

impl<T> TlsStream<T> {
    /// Something by which renewals can be asked for while the stream is in other hands.
    pub fn renewals(&mut self) -> Renewals {
        let later = self.later.get_or_insert_default();
        later.renewals.get_or_insert_default().clone()
    }

    /// What came of the last renewal that nobody has waited for, and what was renewed: one that the peer
    /// began, or one whose future was dropped. Takes it.
    pub fn take_renewal(&mut self) -> Option<(Renewal, RenewalOutcome)> {
        self.later.as_mut()?.outcome.take()
    }

    /// The outcome of this renewal, or of one that brings as much.
    fn take_outcome(&mut self, what: Renewal) -> Option<RenewalOutcome> {
        let version = self.connection.negotiated()?.version;
        let outcome = &mut self.later.as_mut()?.outcome;
        let outcome = outcome.take_if(|(of, _)| of.settles(what, version));
        outcome.map(|(_, outcome)| outcome)
    }

    /// An outcome is there.
    pub(crate) fn renewed(&mut self, what: Renewal, done: bool) {
        if !done && self.connection.is_renewing() {
            // It was the answer to one of several requests, and the last word is still to come.
            return;
        }
        let Some(negotiated) = self.connection.negotiated() else {
            return;
        };
        let version = negotiated.version;
        let outcome = match Some(negotiated).filter(|_| done) {
            Some(negotiated) => RenewalOutcome::Renewed(Box::new(negotiated.clone())),
            None => RenewalOutcome::Declined,
        };
        let later = self.later.get_or_insert_default();
        match later
            .waiting
            .take_if(|(wanted, _)| what.settles(*wanted, version))
        {
            // Whoever waited may have gone.
            Some((_, waiting)) => drop(waiting.send(Ok(outcome))),
            None => later.outcome = Some((what, outcome)),
        }
    }

    /// The reader waits for more.
    pub(crate) fn reader_waits(&mut self, cx: &mut Context<'_>) {
        if self.connection.is_renewing() {
            let later = self.later.get_or_insert_default();
            later.reader = Some(cx.waker().clone());
        }
    }

    /// Something has come: whoever waits for it looks anew.
    pub(crate) fn wake_others(&mut self) {
        if let Some(later) = &mut self.later {
            let waiting = later.reader.take().into_iter().chain(later.writer.take());
            waiting.for_each(Waker::wake);
        }
    }

    /// Puts an open ask to the answerer.
    pub(crate) fn begin_answer(&mut self, ask: Ask) {
        let answering = match (&self.answerer, self.connection.question()) {
            (Some(answerer), Some(question)) => answerer.answer(question),
            _ => Box::pin(core::future::ready(Answer::Failed)),
        };
        self.answering = Some(Box::new(Answered {
            id: ask.id(),
            answering: Mutex::new(answering),
        }));
    }

    /// Gives the engine the answer that is on its way, once it is there.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        let Some(answered) = &mut self.answering else {
            return Poll::Ready(Ok(()));
        };
        let answering = answered.answering.get_mut();
        let answering = answering.unwrap_or_else(PoisonError::into_inner);
        let answer = ready!(answering.as_mut().poll(cx));
        let id = answered.id;
        self.answering = None;
        let taken = self.connection.answer(id, answer, now());
        Poll::Ready(taken.map_err(Cause::Tls))
    }

    /// Begins the next renewal that somebody wants, unless one runs.
    fn begin_renewal(&mut self, cx: &mut Context<'_>) {
        let Some(later) = &mut self.later else {
            return;
        };
        let Some(renewals) = later.renewals.as_ref().filter(|_| later.waiting.is_none()) else {
            return;
        };
        let mut wanted = renewals.lock();
        while let Some((what, sender)) = wanted.queue.pop_front() {
            match self.connection.renew(what, now()) {
                Ok(()) => {
                    later.waiting = Some((what, sender));
                    return;
                }
                Err(error) => drop(sender.send(Err(to_io(error)))),
            }
        }
        wanted.reader = Some(cx.waker().clone());
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> TlsStream<T> {
    /// Asks the peer for a renewal and waits for what comes of it: with
    /// [`Renewal::ClientCertificate`] a server learns who its client is, with [`Renewal::Keys`] both
    /// ends get new keys. Only the outcome of what was asked for counts, and where a request for a
    /// certificate was given up and still waits for its answer, both must be declined. Data that comes
    /// meanwhile is kept for the next read.
    ///
    /// Where the future is dropped, the renewal goes on as the stream is read
    /// ([`TlsStream::take_renewal`]).
    ///
    /// ```no_run
    /// use handfast::connection::Renewal;
    /// use handfast_tokio::{RenewalOutcome, TlsStream};
    ///
    /// # async fn example(stream: &mut TlsStream<tokio::net::TcpStream>) -> std::io::Result<()> {
    /// // On a server with `ServerConfig::later_client_auth`, before it shows a protected page:
    /// if let RenewalOutcome::Renewed(now) = stream.renew(Renewal::ClientCertificate).await? {
    ///     println!("{} certificates", now.peer_chain.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// A [`handfast::Misuse`] inside an `io::Error` of kind `InvalidData`, where the configs or the
    /// version do not allow it: nothing has changed then. What ended the connection; `UnexpectedEof`,
    /// where the peer closes instead; `OutOfMemory`, where more than a mebibyte of data comes before
    /// the outcome: read it, and wait on by [`TlsStream::take_renewal`].
    pub async fn renew(&mut self, what: Renewal) -> io::Result<RenewalOutcome> {
        self.connection.renew(what, now()).map_err(to_io)?;
        self.later.get_or_insert_default().outcome = None;
        poll_fn(|cx| self.poll_outcome(what, cx)).await
    }

    fn poll_outcome(
        &mut self,
        what: Renewal,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<RenewalOutcome>> {
        loop {
            // Reading goes on while the transport takes no more: the peer may be waiting likewise.
            if let Poll::Ready(drained) = self.poll_drain(cx) {
                drained?;
                if let Poll::Ready(flushed) = Pin::new(&mut self.transport).poll_flush(cx) {
                    flushed?;
                }
            }
            if let Some(outcome) = self.take_outcome(what) {
                return Poll::Ready(Ok(outcome));
            }
            if self.has_data() {
                self.keep_data();
            }
            if self.closed {
                return Poll::Ready(Err(truncated()));
            }
            let kept = self.later.as_ref().map_or(0, |later| later.kept.len());
            if kept > MOST_KEPT {
                let why = "too much data came before the outcome of a renewal: read it first";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::OutOfMemory, why)));
            }
            if let Err(cause) = ready!(self.poll_step(cx)) {
                // The alert is a courtesy.
                let _ = self.poll_drain(cx);
                return Poll::Ready(Err(cause.into_io()));
            }
        }
    }

    /// Until a renegotiation is done no data may be sent (RFC 5246 section 7.4.1.2): the writer takes
    /// what the peer says as the reader would, which may be nobody, and keeps the data for it.
    pub(crate) fn poll_unheld(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.connection.is_held() {
            if self.has_data() {
                self.keep_data();
            }
            let kept = self.later.as_ref().map_or(0, |later| later.kept.len());
            if self.closed {
                return Poll::Ready(Err(truncated()));
            }
            let stepped = if kept > MOST_KEPT {
                Poll::Pending
            } else {
                self.poll_step(cx)
            };
            match stepped {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(cause)) => {
                    let _ = self.poll_drain(cx);
                    return Poll::Ready(Err(cause.into_io()));
                }
                Poll::Pending => {
                    let later = self.later.get_or_insert_default();
                    later.writer = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// What is under way besides data: renewals that are wanted, an answer, and what the reader sends.
    pub(crate) fn poll_later(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.begin_renewal(cx);
        match self.poll_answer(cx) {
            Poll::Ready(answered) => answered?,
            Poll::Pending if self.connection.awaits_answer() => {
                self.reply(cx);
                return Poll::Pending;
            }
            Poll::Pending => {}
        }
        self.reply(cx);
        Poll::Ready(Ok(()))
    }
}

/// Bytes of data that are kept while somebody waits for the outcome of a renewal.
const MOST_KEPT: usize = 1 << 20;

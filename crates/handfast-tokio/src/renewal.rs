//! What happens on a connection besides data: answers to what the engine asks, and renewals, which
//! the stream's owner asks for, or someone else while hyper has the stream.

use crate::answer::Answering;
use bytes::{Buf, BytesMut};
use core::fmt;
use core::task::Waker;
use handfast::connection::Renewal;
use handfast::{AskId, Negotiated};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::ReadBuf;
use tokio::sync::oneshot;

/// What came of a renewal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RenewalOutcome {
    /// It is done: what holds now.
    Renewed(Box<Negotiated>),
    /// The peer does not want it, or has nothing to show. The connection goes on as it was.
    Declined,
}

/// An answer on its way. The lock is there so that the stream may be shared, and never waits.
pub(crate) struct Answered {
    pub(crate) id: AskId,
    pub(crate) answering: Mutex<Answering>,
}

/// Of a stream, what has to do with renewals.
#[derive(Default)]
pub(crate) struct Later {
    /// Data that came while somebody waited for an outcome.
    pub(crate) kept: BytesMut,
    /// The last outcome that nobody waited for, and of what.
    pub(crate) outcome: Option<(Renewal, RenewalOutcome)>,
    /// Who waits for the outcome of the renewal that runs.
    pub(crate) waiting: Option<(Renewal, oneshot::Sender<io::Result<RenewalOutcome>>)>,
    pub(crate) renewals: Option<Renewals>,
    /// While a renegotiation runs reader and writer both wait for what the peer says; the transport
    /// wakes the one that asked it last, and that one wakes the other.
    pub(crate) reader: Option<Waker>,
    pub(crate) writer: Option<Waker>,
}

impl Later {
    /// Takes what the reader wants of the data that was kept; false where there is none.
    pub(crate) fn hand_out(&mut self, out: &mut ReadBuf<'_>) -> bool {
        let length = self.kept.len().min(out.remaining());
        out.put_slice(self.kept.get(..length).unwrap_or_default());
        self.kept.advance(length);
        if let Some(writer) = self.writer.take_if(|_| length > 0) {
            writer.wake();
        }
        length > 0
    }
}

/// Asks for renewals of a connection that somebody else reads and writes, hyper for one. Cheap to
/// clone. Each waits for the one before it, and for the stream to be read: hyper's server of HTTP/1 reads
/// while a request is being answered, unless it was told to bear clients that half-close, or this one
/// has said more already. Where that may be, lend the stream to whoever asks, for
/// [`TlsStream::renew`]. HTTP/2 forbids it (RFC 8740 section 4).
///
/// ```no_run
/// use handfast::connection::Renewal;
/// use handfast_tokio::{RenewalOutcome, TlsStream};
///
/// # async fn example(mut stream: TlsStream<tokio::net::TcpStream>) -> std::io::Result<()> {
/// let renewals = stream.renewals(); // and `stream` goes to hyper
/// # tokio::spawn(async move {
/// match renewals.renew(Renewal::ClientCertificate).await? {
///     RenewalOutcome::Renewed(now) => println!("{:?}", now.peer_standing),
///     _ => println!("the client did not say who it is"),
/// }
/// # Ok::<(), std::io::Error>(()) });
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Renewals(Arc<Mutex<Wanted>>);

#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) queue: VecDeque<(Renewal, oneshot::Sender<io::Result<RenewalOutcome>>)>,
    /// Of the task that reads.
    pub(crate) reader: Option<Waker>,
    /// The stream is no more.
    gone: bool,
}

impl Renewals {
    /// Asks for a renewal and waits for what comes of it.
    ///
    /// # Errors
    /// As [`crate::TlsStream::renew`]; where the stream is dropped, `UnexpectedEof`.
    pub async fn renew(&self, what: Renewal) -> io::Result<RenewalOutcome> {
        let (sender, outcome) = oneshot::channel();
        let reader = {
            let mut wanted = self.lock();
            if wanted.gone {
                return Err(ended());
            }
            wanted.queue.push_back((what, sender));
            wanted.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
        outcome.await.unwrap_or_else(|_| Err(ended()))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Wanted> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        if let Some(renewals) = &self.renewals {
            let mut wanted = renewals.lock();
            wanted.gone = true;
            wanted.queue.clear();
        }
    }
}

fn ended() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the connection is no more")
}

impl fmt::Debug for Renewals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewals")
    }
}

//! A handshake under way.

use crate::answer::Answerer;
use crate::failure::{Cause, HandshakeFailed};
use crate::stream::{Happened, TlsStream};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use handfast::{Connection, Error, Fault, Misuse};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Sleep, sleep, timeout};

/// How long a handshake may take unless another limit is set.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a peer that was refused may take to hang up.
const PATIENCE: Duration = Duration::from_secs(1);

/// A handshake under way: a future of the connection.
///
/// Dropping it ends the connection. After it has failed,
/// [`Handshake::dismiss`] lets the peer hear why, and [`Handshake::into_transport`]
/// gives the transport back.
#[must_use = "a handshake runs only while it is awaited"]
pub struct Handshake<T> {
    stream: Option<TlsStream<T>>,
    /// What is left of a failed one: the transport and its unused bytes.
    rest: Option<(T, Vec<u8>)>,
    /// Why there is no stream, or why it failed; its alert is still to be sent.
    failed: Option<Cause>,
    /// An alert was sent.
    told: bool,
    /// The server answers early, and may.
    may_answer: bool,
    timeout: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Handshake<T> {
    pub(crate) fn new(
        connection: Result<Connection, Error>,
        transport: T,
        timeout: Duration,
        answerer: Option<Arc<dyn Answerer>>,
    ) -> Self {
        let (stream, failed) = match connection {
            Ok(connection) => {
                let stream = TlsStream::new(connection, transport, answerer);
                (Some(stream), None)
            }
            Err(error) => (None, Some(Cause::Tls(error))),
        };
        let deadline = Box::pin(sleep(timeout));
        Self {
            stream,
            rest: None,
            failed,
            told: false,
            may_answer: false,
            timeout,
            deadline,
        }
    }

    /// Says this behind the ClientHello, as early data (0-RTT), where the config of the client wants it
    /// and its session allows so much; otherwise not at all. The name is your word: whoever records
    /// it may have it done twice ([`handfast::Sending::send_replayable`]). Afterwards
    /// [`TlsStream::replayable_taken`] tells whether the server has it; if not, it is for you to write.
    ///
    /// ```no_run
    /// use handfast::ServerName;
    /// use handfast_tokio::Connector;
    /// use tokio::{io::AsyncWriteExt, net::TcpStream};
    ///
    /// # async fn example(connector: Connector) -> Result<(), Box<dyn std::error::Error>> {
    /// let request = b"GET /weather HTTP/1.0\r\nHost: example.test\r\n\r\n";
    /// let tcp = TcpStream::connect("example.test:443").await?;
    /// let handshake = connector.connect(ServerName::parse("example.test")?, tcp);
    /// let mut stream = handshake.with_replayable(request.to_vec()).await?;
    /// if !stream.replayable_taken() {
    ///     stream.write_all(request).await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn with_replayable(mut self, data: Vec<u8>) -> Self {
        if let Some(stream) = &mut self.stream {
            stream.say_early(data);
        }
        self
    }

    /// Ends once the server may answer early data: see [`crate::Acceptor::answering_early`].
    pub(crate) fn answering_early(mut self, answers: bool) -> Self {
        if let Some(stream) = self.stream.as_mut().filter(|_| answers) {
            stream.early.get_or_insert_default().answers = true;
        }
        self
    }

    /// The transport, with the bytes that came and were not used: for a server
    /// that answers a client which does not speak TLS.
    #[must_use]
    pub fn into_transport(self) -> Option<(T, Vec<u8>)> {
        self.rest.or_else(|| {
            let (_, transport, unused) = self.stream?.into_parts();
            Some((transport, unused))
        })
    }

    /// Ends a failed handshake so that the peer hears why. A socket that is closed while bytes
    /// lie unread in it is reset, and a reset may overtake the alert; so this waits until the
    /// peer has hung up, but a second at most, and not at all where there was no alert to send.
    pub async fn dismiss(self) {
        let told = self.told;
        let Some((mut transport, _)) = self.into_transport().filter(|_| told) else {
            return;
        };
        let heard = async {
            transport.shutdown().await?;
            let mut unread = [0; 1024];
            while transport.read(&mut unread).await? > 0 {}
            Ok::<_, io::Error>(())
        };
        // The connection has failed already: nothing more is to be told.
        let _ = timeout(PATIENCE, heard).await;
    }

    /// Runs until the handshake is done.
    fn poll_run(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        loop {
            let Some(stream) = self.stream.as_mut() else {
                return Poll::Ready(Err(Cause::Tls(Misuse::Closed.into())));
            };
            ready!(stream.poll_answer(cx))?;
            stream.seal_early().map_err(Cause::Transport)?;
            // Reading goes on while the transport takes no more: the peer may be waiting likewise.
            let drained = stream.poll_drain(cx).map_err(Cause::Transport)?;
            if self.may_answer || !stream.connection.is_handshaking() {
                ready!(drained);
                stream.keep_sessions();
                return Pin::new(&mut stream.transport)
                    .poll_flush(cx)
                    .map_err(Cause::Transport);
            }
            let happened = ready!(stream.poll_event(cx))?;
            if let Happened::MaySend = happened {
                self.may_answer = stream.early.as_ref().is_some_and(|early| early.answers);
            }
            if let Happened::Ask(ask) = happened {
                stream.begin_answer(ask);
            }
        }
    }

    /// Sends the alert that tells the peer, as far as it will take it.
    fn poll_tell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let plain_peer = matches!(
            self.failed,
            Some(Cause::Tls(Error::Fault(
                Fault::PlainHttp | Fault::PlainHttpProxy
            )))
        );
        let Some(stream) = self.stream.as_mut().filter(|_| !plain_peer) else {
            return Poll::Ready(());
        };
        self.told = true;
        // The alert is a courtesy: the cause is what matters.
        if ready!(stream.poll_drain(cx)).is_ok() {
            let _ = ready!(Pin::new(&mut stream.transport).poll_flush(cx));
        }
        Poll::Ready(())
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Future for Handshake<T> {
    type Output = Result<TlsStream<T>, HandshakeFailed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.failed.is_none() {
            match this.poll_run(cx) {
                Poll::Ready(Ok(())) => {
                    let stream = this.stream.take().ok_or_else(misused);
                    return Poll::Ready(stream);
                }
                Poll::Ready(Err(cause)) => this.failed = Some(cause),
                Poll::Pending => {
                    ready!(this.deadline.as_mut().poll(cx));
                    this.failed = Some(Cause::Timeout(this.timeout));
                }
            }
        }
        if let Some(Cause::Tls(_)) = this.failed
            && this.poll_tell(cx).is_pending()
        {
            ready!(this.deadline.as_mut().poll(cx));
        }
        let connection = this.stream.take().map(|stream| {
            let (connection, transport, unused) = stream.into_parts();
            this.rest = Some((transport, unused));
            Box::new(connection)
        });
        let cause = this.failed.take();
        Poll::Ready(Err(match cause {
            Some(cause) => HandshakeFailed::new(cause, connection),
            None => misused(),
        }))
    }
}

/// The future was polled after it had ended.
fn misused() -> HandshakeFailed {
    HandshakeFailed::new(Cause::Tls(Misuse::Closed.into()), None)
}

impl<T> fmt::Debug for Handshake<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("timeout", &self.timeout)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

//! Who is asked in the middle of a connection who it is: clients of a server with `--protect`.
//!
//! ```text
//! HTTP/1.1 --request for a protected page--> renew(ClientCertificate) --outcome--> page | 403
//!     └-- the stream is lent meanwhile: nothing else is read or answered
//! ```

use crate::failure::Failure;
use crate::serve::allowed::Allowed;
use crate::serve::client::{Client, Shown, Why};
use crate::serve::early::Early;
use crate::serve::lingering::Lingering;
use crate::serve::log::Line;
use handfast::connection::{PeerStanding, Renewal};
use handfast::{Error, Misuse, Negotiated, ProtocolVersion};
use handfast_tokio::{RenewalOutcome, TlsStream};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard};
use tokio::time::timeout;

/// A client's stream, which HTTP/1 has and who asks takes for a while. Both are parts of one task,
/// in which whoever asks is waited for: what HTTP finds lent is looked at again when that is done.
#[derive(Clone)]
pub(super) struct Lent(Arc<Mutex<Stream>>);

type Stream = Lingering<Early, Line>;

impl Lent {
    pub(super) fn new(stream: Stream) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    /// Asks the client who it is: what is agreed now, and how that came. After an error the
    /// connection is over.
    async fn ask(&self) -> Result<(Option<Negotiated>, Shown), Failure> {
        let mut lent = self.take().await;
        let stream = lent.stream().tls();
        let is_tls13 = is_tls13(stream);
        let asked = timeout(PATIENCE, stream.renew(Renewal::ClientCertificate)).await;
        let outcome = match asked {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => {
                let refusal = stream.connection().refusal();
                return match why_not(&error) {
                    Some(why) => Ok((None, Shown::Nothing(why))),
                    None => Err(Failure::asked("the client", &error, refusal)),
                };
            }
            // Before TLS 1.3 nothing more can be said once a handshake has begun.
            Err(_) if !is_tls13 && stream.connection().is_renewing() => {
                let what = "the second handshake with the client";
                return Err(Failure::timeout("handshake", what, PATIENCE.as_secs_f64()));
            }
            Err(_) => return Ok((None, Shown::Nothing(Why::Silent))),
        };
        Ok(match outcome {
            RenewalOutcome::Renewed(agreed)
                if agreed.peer_standing == PeerStanding::Verified
                    && !agreed.peer_chain.is_empty() =>
            {
                let how = match is_tls13 {
                    true => Shown::AskedLater,
                    false => Shown::Renegotiated,
                };
                (Some(*agreed), how)
            }
            _ => (None, Shown::Nothing(Why::Declined)),
        })
    }

    /// Says that it is over, after an error; waits for the client to have heard it.
    pub(super) async fn dismiss(&self) {
        // It may have gone already.
        let _ = self.take().await.shutdown().await;
    }

    async fn take(&self) -> OwnedMutexGuard<Stream> {
        Arc::clone(&self.0).lock_owned().await
    }

    fn own(&self) -> Poll<MutexGuard<'_, Stream>> {
        self.0.try_lock().map_or(Poll::Pending, Poll::Ready)
    }
}

fn is_tls13(stream: &TlsStream<TcpStream>) -> bool {
    let agreed = stream.negotiated();
    agreed.is_some_and(|agreed| agreed.version >= ProtocolVersion::TLS_1_3)
}

/// What keeps this client from being asked; nothing where it was asked and that ended badly.
fn why_not(error: &io::Error) -> Option<Why> {
    let carried = error.get_ref().and_then(|inner| inner.downcast_ref());
    match carried {
        Some(Error::Misuse(Misuse::PeerTakesNoRequest)) => Some(Why::NotOffered),
        Some(Error::Misuse(Misuse::RenewalNotAllowed | Misuse::NotInThisVersion)) => {
            Some(Why::Unbound)
        }
        _ => None,
    }
}

impl AsyncRead for Lent {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut stream = std::task::ready!(self.own());
        Pin::new(&mut *stream).poll_read(cx, out)
    }
}

impl AsyncWrite for Lent {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut stream = std::task::ready!(self.own());
        Pin::new(&mut *stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut stream = std::task::ready!(self.own());
        Pin::new(&mut *stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stream = std::task::ready!(self.own());
        Pin::new(&mut *stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stream = std::task::ready!(self.own());
        Pin::new(&mut *stream).poll_shutdown(cx)
    }
}

/// A client whose identity may become known while its connection lasts.
pub(super) struct Guest {
    first: Arc<Client>,
    /// Once it was asked.
    asked: OnceLock<Arc<Client>>,
    /// Nothing where nobody is asked.
    stream: Option<Lent>,
}

impl Guest {
    /// Who has come; `stream` is what it may be asked over.
    pub(super) fn new(client: Client, stream: Option<Lent>) -> Arc<Self> {
        Arc::new(Self {
            first: Arc::new(client),
            asked: OnceLock::new(),
            stream,
        })
    }

    /// What is known of it now.
    pub(super) fn client(&self) -> Arc<Client> {
        Arc::clone(self.asked.get().unwrap_or(&self.first))
    }

    /// What is known of it once it was asked, which it is at most once: who has declined is left
    /// alone. An error, with words for the log, ends the connection.
    pub(super) async fn introduced(&self, allowed: &Allowed) -> Result<Arc<Client>, Failure> {
        let client = self.client();
        let Some(stream) = self.stream.as_ref().filter(|_| client.is_unasked()) else {
            return Ok(client);
        };
        let (agreed, shown) = stream.ask().await?;
        let client = client.introduced(agreed.as_ref(), shown, allowed);
        // Requests of HTTP/1 are answered one by one: nobody else has asked meanwhile.
        Ok(Arc::clone(self.asked.get_or_init(|| Arc::new(client))))
    }
}

/// How long a client is waited for that was asked who it is: a person may have to choose.
const PATIENCE: Duration = Duration::from_secs(60);

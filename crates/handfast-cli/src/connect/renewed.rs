//! `--renew-keys`: new keys for a connection, as soon as it is there.
//!
//! In TLS 1.3 by KeyUpdate, which a server answers when it next says something; before it by a second
//! handshake, until whose end nothing else is said.

use crate::connect::pipe::Stream;
use crate::failure::Failure;
use handfast::connection::Renewal;
use handfast::{Error, Misuse, ProtocolVersion};
use handfast_tokio::RenewalOutcome;
use std::io;
use std::time::Duration;
use tokio::time::timeout;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renewed {
    /// Both sides have new keys.
    Done,
    /// Ours are new; the server was asked for its own.
    Asked,
    /// The server does not want it, and the connection goes on as it was.
    Declined,
    /// It would not be safe: the server does not know RFC 5746 or RFC 7627.
    Unbound,
}

impl Renewed {
    /// For programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Asked => "asked",
            Self::Declined => "declined",
            Self::Unbound => "not_bound",
        }
    }

    /// For people, below the summary.
    pub(super) fn line(self) -> &'static str {
        match self {
            Self::Done => "renewed   both sides have new keys",
            Self::Asked => "renewed   our keys; the server's come with what it says next",
            Self::Declined => "renewed   nothing: the server declines, and goes on as before",
            Self::Unbound => "renewed   nothing: the server knows no safe way (RFC 5746, RFC 7627)",
        }
    }
}

/// Asks for new keys, and waits for them: before TLS 1.3 at most for `limit`.
pub(super) async fn renew(
    stream: &mut Stream,
    name: &str,
    limit: Duration,
) -> Result<Renewed, Failure> {
    let agreed = stream.negotiated();
    let is_tls13 = agreed.is_some_and(|agreed| agreed.version >= ProtocolVersion::TLS_1_3);
    let wait = if is_tls13 { MOMENT } else { limit };
    match timeout(wait, stream.renew(Renewal::Keys)).await {
        Ok(Ok(RenewalOutcome::Renewed(_))) => Ok(Renewed::Done),
        Ok(Ok(_)) => Ok(Renewed::Declined),
        Ok(Err(error)) if is_unbound(&error) => Ok(Renewed::Unbound),
        Ok(Err(error)) => {
            let refusal = stream.connection().refusal();
            Err(Failure::asked(name, &error, refusal))
        }
        Err(_) if is_tls13 => Ok(Renewed::Asked),
        Err(_) => Err(Failure::timeout(
            "handshake",
            &format!("the second handshake with {name}"),
            limit.as_secs_f64(),
        )),
    }
}

fn is_unbound(error: &io::Error) -> bool {
    let carried = error.get_ref().and_then(|inner| inner.downcast_ref());
    carried == Some(&Error::Misuse(Misuse::RenewalNotAllowed))
}

/// How long a server of TLS 1.3 may take that answers at once.
const MOMENT: Duration = Duration::from_millis(300);

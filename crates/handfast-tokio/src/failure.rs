//! Why a handshake failed.

use core::fmt;
use core::time::Duration;
use handfast::{Connection, Error, Misuse, connection::Refusal, report::Report};
use std::io;

/// A handshake that failed, with what is known about it.
pub struct HandshakeFailed {
    cause: Cause,
    connection: Option<Box<Connection>>,
}

/// What a handshake failed of.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// TLS: the peer broke a rule, was refused, or refused us.
    Tls(Error),
    /// The transport. `UnexpectedEof` means that the peer hung up.
    Transport(io::Error),
    /// It took longer than this.
    Timeout(Duration),
}

impl HandshakeFailed {
    pub(crate) fn new(cause: Cause, connection: Option<Box<Connection>>) -> Self {
        Self { cause, connection }
    }

    /// What it failed of.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Why the peer was refused; a rejected chain is readable in it.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.connection.as_ref()?.refusal()
    }

    /// What each side offered, which rule failed, and what would mend it: also of an alert that came,
    /// and of a peer that hung up or fell silent.
    ///
    /// ```no_run
    /// # async fn example(connector: handfast_tokio::Connector, tcp: tokio::net::TcpStream) {
    /// let name = handfast::ServerName::parse("example.test").unwrap();
    /// if let Err(failed) = connector.connect(name, tcp).await {
    ///     eprintln!("{}", failed.report());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn report(&self) -> Report {
        let connection = self.connection.as_deref();
        match (&self.cause, connection) {
            (Cause::Tls(error), _) => {
                let report = connection.and_then(Connection::report);
                report.unwrap_or_else(|| Report::of(*error))
            }
            (Cause::Timeout(_), Some(connection)) => connection.report_silence(),
            (Cause::Transport(_), Some(connection)) => connection.report_hung_up(),
            // The future was polled after it had ended.
            (_, None) => Report::of(Misuse::Closed.into()),
        }
    }
}

impl fmt::Display for HandshakeFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.cause, self.refusal()) {
            (Cause::Tls(_), Some(refusal)) => fmt::Display::fmt(refusal, f),
            (Cause::Tls(error), None) => fmt::Display::fmt(error, f),
            (Cause::Transport(error), _) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the peer closed the connection in the middle of the handshake")
            }
            (Cause::Transport(error), _) => fmt::Display::fmt(error, f),
            (Cause::Timeout(limit), _) => {
                write!(
                    f,
                    "the handshake was not done within {} s",
                    limit.as_secs_f32()
                )
            }
        }
    }
}

impl fmt::Debug for HandshakeFailed {
    /// In words: a rejected chain in bytes helps nobody who reads a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refusal = self.refusal().map(ToString::to_string);
        f.debug_struct("HandshakeFailed")
            .field("cause", &self.cause)
            .field("refusal", &refusal)
            .finish()
    }
}

impl core::error::Error for HandshakeFailed {}

impl From<HandshakeFailed> for io::Error {
    fn from(failed: HandshakeFailed) -> Self {
        let kind = match &failed.cause {
            Cause::Tls(_) => io::ErrorKind::InvalidData,
            Cause::Transport(error) => error.kind(),
            Cause::Timeout(_) => io::ErrorKind::TimedOut,
        };
        Self::new(kind, failed)
    }
}

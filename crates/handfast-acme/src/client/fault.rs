//! Why there is no certificate, in plain words and with what to do.

use crate::message::ErrorKind;
use core::fmt;

/// Why a client has come to no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFault {
    /// The kind, for programs.
    pub kind: FaultKind,
    /// What happened, in one line: lower-case, without a full stop, nothing in it steers a
    /// terminal.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// When the server said to come back, in milliseconds of Unix time.
    pub retry_at_unix_ms: Option<u64>,
    pub(crate) lasts: bool,
}

/// Kinds of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// What the caller gave cannot work: no waiting helps.
    Settings,
    /// The server did not answer.
    Unreachable,
    /// What came is not what RFC 8555 says, or more than is taken.
    Protocol,
    /// The server said no.
    Refused(ErrorKind),
    /// A challenge could not be made ready here.
    NotPrepared,
    /// The certificate that came is not the one that was asked for.
    Certificate,
    /// It went on for too long.
    TooLong,
    /// A failure of our own.
    Own,
}

impl ClientFault {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            retry_at_unix_ms: None,
            lasts: false,
        }
    }

    pub(crate) fn settings(message: impl Into<String>) -> Self {
        let fault = Self::new(FaultKind::Settings, message);
        Self {
            lasts: true,
            ..fault
        }
    }

    /// An answer that nobody who keeps to RFC 8555 gives.
    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Protocol, message).hint(
            "look whether the URL is that of an ACME directory; if it is, tell whoever runs the \
             authority",
        )
    }

    pub(crate) fn own(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Own, message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether it stays as it is until somebody changes what the client was given.
    #[must_use]
    pub fn needs_other_settings(&self) -> bool {
        self.lasts
    }
}

impl fmt::Display for ClientFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for ClientFault {}

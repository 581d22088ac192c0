//! Exit codes: the same in every command. 1 and 2 are ours, the rest mean what
//! they mean in curl, so that scripts carry over.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done and good.
    Done = 0,
    /// Ran to its end, and the answer is bad.
    Bad = 1,
    /// Wrong usage or settings.
    Usage = 2,
    /// The host's address was not found.
    Dns = 6,
    /// No connection: refused or unreachable.
    Connect = 7,
    /// HTTP 400 or above, with `--fail`.
    Http = 22,
    /// It took too long; the message names the phase.
    Timeout = 28,
    /// The handshake failed.
    Handshake = 35,
    /// The stream was cut off without close_notify, or broke.
    Truncated = 56,
    /// The own certificate or key is bad, or they do not belong together.
    OwnCredential = 58,
    /// The peer could not be verified.
    Unverified = 60,
    /// A certificate is revoked, or its status is bad.
    Revoked = 91,
    /// Stopped by the user.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

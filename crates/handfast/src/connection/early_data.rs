//! What became of early data (0-RTT, RFC 8446 section 2.3).

use core::fmt;

/// What became of early data on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EarlyData {
    /// The client offered none.
    NotOffered(EarlyDataReason),
    /// The server took it: all that a client sent with [`crate::Sending::send_replayable`]
    /// has come.
    Accepted,
    /// The server did not take it: nothing that a client sent with
    /// [`crate::Sending::send_replayable`] has come, or will ever be sent by itself.
    Rejected(EarlyDataReason),
}

/// Why early data was not offered, or not taken. A client learns less than a server:
/// [`EarlyDataReason::PeerDeclined`] is all that it is told of most of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EarlyDataReason {
    /// This side's config says so.
    Disabled,
    /// No version that has early data was spoken of, or agreed on.
    Version,
    /// A client had no session to come back to; a server was offered none.
    NoSession,
    /// The session is not one that allows early data, or it allows more than a server does by now.
    SessionUnfit,
    /// A client judges its server anew where a session goes on
    /// ([`crate::ClientConfig::reverify_on_resume`]), and sends nothing before; or has judged it before,
    /// and found too little for early data ([`crate::ClientConfig::judge_before_early_data`]).
    JudgedAgain,
    /// The server did not go on from the session, but began a new one.
    SessionNotResumed,
    /// The server went on from another session than the first that was offered.
    NotFirstSession,
    /// The other side did not want it.
    PeerDeclined,
    /// A HelloRetryRequest was needed.
    Retry,
    /// The application protocol is not the session's.
    AlpnChanged,
    /// This side's application settings are not those of the session any more
    /// ([`crate::config::ApplicationSettings`]), or it had, or has, none.
    SettingsChanged,
    /// The cipher suite is not the session's.
    SuiteChanged,
    /// By the clocks the first flight took too long to come, or none at all
    /// (RFC 8446 section 8.3).
    AgeWrong,
    /// The first flight was seen before: somebody replayed it, or it came on two ways.
    Replayed,
    /// Nobody could tell whether the first flight was seen before.
    StrikeFailed,
}

impl EarlyDataReason {
    /// What it is, in one sentence without a full stop.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Disabled => "the config allows none",
            Self::Version => "the version has none",
            Self::NoSession => "there was no session to come back to",
            Self::SessionUnfit => "the session allows none",
            Self::JudgedAgain => "the server is to be judged again before anything is sent",
            Self::SessionNotResumed => "the session was not resumed",
            Self::NotFirstSession => "another session than the first was resumed",
            Self::PeerDeclined => "the other side declined",
            Self::Retry => "a HelloRetryRequest was needed",
            Self::AlpnChanged => "the application protocol is not the session's",
            Self::SettingsChanged => "this side's application settings are not the session's",
            Self::SuiteChanged => "the cipher suite is not the session's",
            Self::AgeWrong => "the client's and the server's clocks disagree on its age",
            Self::Replayed => "the first flight was seen before",
            Self::StrikeFailed => "nobody could tell whether it is a replay",
        }
    }
}

impl fmt::Display for EarlyDataReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

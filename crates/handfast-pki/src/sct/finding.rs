//! What became of one SCT.

use crate::fault::CertificateFault;
use crate::sct::log::{LogId, LogState};
use crate::time::UnixTime;
use std::fmt;

/// How an SCT reached us (RFC 6962 s3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Inside the certificate.
    Embedded,
    /// In the handshake, in signed_certificate_timestamp.
    Tls,
    /// In the OCSP response that was stapled.
    Ocsp,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "in the certificate",
            Self::Tls => "in the handshake",
            Self::Ocsp => "in the OCSP response",
        })
    }
}

/// One SCT, or one list that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SctFinding {
    /// How it came.
    pub origin: Origin,
    /// Which log it says it is of; none where it cannot be read.
    pub log_id: Option<LogId>,
    /// That log in words, where it is known.
    pub log: Option<String>,
    /// Who runs that log, where it is known.
    pub operator: Option<String>,
    /// The log's state, where it is known.
    pub state: Option<LogState>,
    /// When it was made, in milliseconds since 1970-01-01T00:00:00Z.
    pub timestamp_ms: u64,
    /// Why it does not count; none where the log's signature is right and the log may be believed.
    pub doubt: Option<SctDoubt>,
}

impl SctFinding {
    /// Whether it counts.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.doubt.is_none()
    }
}

impl fmt::Display for SctFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.log, self.log_id) {
            (Some(log), _) => write!(f, "{log}, {}: ", self.origin)?,
            (None, Some(id)) => write!(f, "log {id}, {}: ", self.origin)?,
            (None, None) => write!(f, "{}: ", self.origin)?,
        }
        match &self.doubt {
            Some(doubt) => doubt.fmt(f),
            None => f.write_str("logged"),
        }
    }
}

/// Why an SCT does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SctDoubt {
    /// The list is not as RFC 6962 s3.3 lays it out, or what holds it cannot be read.
    Malformed(CertificateFault),
    /// It is of another version than 1.
    Version {
        /// The version byte; 0 would be version 1.
        version: u8,
    },
    /// The list of logs does not have its log.
    UnknownLog,
    /// Nothing that its log signs counts.
    LogNotTrusted {
        /// The log's state.
        state: LogState,
    },
    /// It is not older than its log's retirement.
    AfterRetirement {
        /// When the log was retired.
        since: UnixTime,
    },
    /// The log takes certificates that end at other times.
    OutsideInterval {
        /// When the certificate ends.
        not_after: UnixTime,
    },
    /// It was made in the future.
    Future {
        /// When it was judged.
        now: UnixTime,
    },
    /// Its signature is not of the kind that its log's key makes.
    Algorithm,
    /// Who issued the certificate is not known, so that what the log signed cannot be rebuilt.
    IssuerUnknown,
    /// The log's key did not make this signature.
    BadSignature,
    /// More signatures than are checked.
    TooMany {
        /// How many are checked.
        limit: usize,
    },
}

impl SctDoubt {
    /// Where the rule stands.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::Version { .. } => "RFC 6962 s3.3",
            Self::UnknownLog | Self::IssuerUnknown | Self::BadSignature => "RFC 6962 s3.2",
            Self::LogNotTrusted { .. } | Self::AfterRetirement { .. } => "CT log lifecycle",
            Self::OutsideInterval { .. } => "log list, temporal_interval",
            Self::Future { .. } | Self::TooMany { .. } => "RFC 6962 s5.2",
            Self::Algorithm => "RFC 6962 s2.1.4",
        }
    }
}

impl fmt::Display for SctDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed(fault) => return write!(f, "it cannot be read: {fault}"),
            Self::Version { version } => {
                return write!(f, "its version byte is {version}; 0 is known alone");
            }
            Self::UnknownLog => "the list of logs does not have its log",
            Self::LogNotTrusted { state } => return write!(f, "its log is {state}"),
            Self::AfterRetirement { since } => {
                return write!(f, "its log was retired on {since}, before it was made");
            }
            Self::OutsideInterval { not_after } => {
                return write!(
                    f,
                    "its log does not take certificates that end on {not_after}"
                );
            }
            Self::Future { now } => {
                return write!(f, "it was made in the future; it is now {now}");
            }
            Self::Algorithm => "its signature is of another kind than its log's key",
            Self::IssuerUnknown => "the certificate's issuer is not known",
            Self::BadSignature => "its log's key did not make this signature",
            Self::TooMany { limit } => {
                return write!(f, "no more than {limit} signatures of logs are checked");
            }
        })
    }
}

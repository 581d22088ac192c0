//! Why nothing came: one row each.

use core::fmt;
use core::net::IpAddr;
use core::time::Duration;
use handfast_pki::ocsp::ResponseStatus;

/// Why a fetch brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failed {
    /// That is no URL that can be asked.
    Url {
        /// What is wrong with it.
        why: String,
    },
    /// Only `http://` is fetched: what is fetched is signed, and `https://` would need a
    /// verification of its own, which would fetch in turn.
    Scheme {
        /// Which was named.
        scheme: String,
    },
    /// The URL names a port that is not allowed.
    Port {
        /// Which.
        port: u16,
    },
    /// The host has no address but those that must not be asked.
    Address {
        /// One of them.
        address: IpAddr,
    },
    /// The host's address was not found.
    Resolve {
        /// What the system says.
        why: String,
    },
    /// No connection.
    Connect {
        /// What the system says.
        why: String,
    },
    /// It took too long.
    Timeout {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The server answered with another status than 200.
    Status(
        /// Which.
        u16,
    ),
    /// More bytes than are taken.
    TooLarge {
        /// How many are taken.
        limit: usize,
    },
    /// The answer is compressed, though that was not asked for.
    Compressed,
    /// One redirect too many.
    Redirects {
        /// How many are followed.
        limit: usize,
    },
    /// The connection broke, or what came is no HTTP.
    Broken {
        /// What happened.
        why: String,
    },
    /// What came is not what was asked for.
    Unreadable {
        /// Why.
        why: String,
    },
    /// The responder gave no answer.
    Responder(ResponseStatus),
    /// This verification has begun as many fetches as it may.
    Fetches {
        /// How many that are.
        limit: usize,
    },
}

impl Failed {
    /// One word that never changes its meaning.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Url { .. } => "url",
            Self::Scheme { .. } => "scheme",
            Self::Port { .. } => "port",
            Self::Address { .. } => "address",
            Self::Resolve { .. } => "resolve",
            Self::Connect { .. } => "connect",
            Self::Timeout { .. } => "timeout",
            Self::Status(_) => "http_status",
            Self::TooLarge { .. } => "too_large",
            Self::Compressed => "compressed",
            Self::Redirects { .. } => "redirects",
            Self::Broken { .. } => "broken",
            Self::Unreadable { .. } => "unreadable",
            Self::Responder(_) => "responder",
            Self::Fetches { .. } => "fetches",
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { why } => write!(f, "no URL that can be asked: {why}"),
            Self::Scheme { scheme } => write!(f, "{scheme}: is not fetched, only http:"),
            Self::Port { port } => write!(f, "port {port} is not asked, only 80"),
            Self::Address { address } => {
                write!(f, "{address} is not asked: it is no public address")
            }
            Self::Resolve { why } => write!(f, "its address was not found: {why}"),
            Self::Connect { why } => write!(f, "no connection: {why}"),
            Self::Timeout { limit } => write!(f, "nothing whole within {} s", limit.as_secs_f32()),
            Self::Status(code) => write!(f, "HTTP status {code}"),
            Self::TooLarge { limit } => write!(f, "longer than {limit} bytes"),
            Self::Compressed => f.write_str("compressed, which was not asked for"),
            Self::Redirects { limit } => write!(f, "more than {limit} redirects"),
            Self::Broken { why } => write!(f, "the connection broke: {why}"),
            Self::Unreadable { why } => write!(f, "not what was asked for: {why}"),
            Self::Responder(status) => write!(f, "the responder answered {status}"),
            Self::Fetches { limit } => write!(f, "not begun: {limit} fetches were enough"),
        }
    }
}

impl core::error::Error for Failed {}

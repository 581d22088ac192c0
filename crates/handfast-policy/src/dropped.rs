//! What was named and cannot be had.

use crate::allowance::Allowance;
use core::fmt;
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// Something that was named and drops out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// What was named.
    pub item: Item,
    /// Why it drops out.
    pub reason: Reason,
}

/// What was named.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// A protocol version.
    Version(ProtocolVersion),
    /// A cipher suite.
    Suite(CipherSuite),
    /// A group.
    Group(NamedGroup),
    /// A signature scheme.
    Scheme(SignatureScheme),
    /// A word of a string that stands for none of them.
    Word(String),
}

/// Why something drops out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing has this name. OpenSSL passes over such a word in silence.
    Unknown {
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// The engine does not have it.
    NotImplemented,
    /// Nobody would be known to anybody, and a word for many never means that: it must be named by
    /// itself.
    Anonymous,
    /// It takes a policy that lets it in.
    Needs(Allowance),
    /// The security level asks for more.
    SecurityLevel(u8),
    /// What the word asks for is not done here: a sentence without a full stop.
    NotRead(&'static str),
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.item, self.reason)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Suite(suite) => suite.fmt(f),
            Self::Group(group) => group.fmt(f),
            Self::Scheme(scheme) => scheme.fmt(f),
            Self::Word(word) => f.write_str(word),
        }
    }
}

impl Reason {
    /// A word for programs, which never changes.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown",
            Self::NotImplemented => "not-implemented",
            Self::Anonymous => "anonymous",
            Self::Needs(_) => "needs-policy",
            Self::SecurityLevel(_) => "security-level",
            Self::NotRead(_) => "not-read",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { nearest: None } => f.write_str("nothing has this name"),
            Self::Unknown {
                nearest: Some(nearest),
            } => {
                write!(f, "nothing has this name; the nearest is {nearest}")
            }
            Self::NotImplemented => f.write_str("not implemented"),
            Self::Anonymous => {
                f.write_str("nobody would be known: only its own name means it, under museum")
            }
            Self::Needs(allowance) => write!(f, "needs the policy {allowance}"),
            Self::SecurityLevel(level) => write!(f, "below security level {level}"),
            Self::NotRead(why) => f.write_str(why),
        }
    }
}

//! What a request asks for and does not get.

use core::fmt;

use crate::alternative_name::AlternativeName;

/// Something that a request asks for and does not get.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOut {
    /// A name of a kind that is not allowed.
    Name(AlternativeName),
    /// A name that no certificate may hold, as it is shown.
    UnreadableName(String),
    /// A part of the subject: its type and its value.
    SubjectPart {
        /// The type, by its short name or its number.
        kind: String,
        /// The value.
        value: String,
    },
    /// A common name that is none of the names that the certificate vouches for, as a server's
    /// must be (CA/Browser Forum BR s7.1.4.3).
    CommonName(String),
    /// A purpose, by name or by number.
    Purpose(String),
    /// Must-staple.
    MustStaple,
    /// That the certificate may issue others.
    Authority,
    /// A use of the key that certificates here do not have. No request is refused for it: many
    /// programs ask for more than they need.
    KeyUsage(&'static str),
    /// An extension that a request has no say in.
    Extension(String),
}

impl LeftOut {
    /// Whether a request that asks for it is refused where nothing may be left out.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !matches!(self, Self::KeyUsage(_))
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "the {} {name}", name.kind()),
            Self::UnreadableName(name) => {
                write!(f, "the name {name:?}, which no certificate may hold")
            }
            Self::SubjectPart { kind, value } => write!(f, "{kind}={value:?} of the subject"),
            Self::CommonName(name) => {
                write!(f, "the common name {name:?}, which is none of the names")
            }
            Self::Purpose(name) => write!(f, "the purpose {name}"),
            Self::MustStaple => f.write_str("must-staple"),
            Self::Authority => f.write_str("that it may issue certificates"),
            Self::KeyUsage(name) => write!(f, "the key usage {name}"),
            Self::Extension(name) => write!(f, "the extension {name}"),
        }
    }
}

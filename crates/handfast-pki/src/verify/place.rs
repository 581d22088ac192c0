//! Which certificate is meant.

use std::fmt;

/// Which certificate is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The one that the peer sent at this index; 0 is its own.
    Sent(usize),
    /// The anchor at this index.
    Anchor(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent(0) => f.write_str("the peer's own certificate"),
            Self::Sent(index) => write!(f, "certificate {index} that the peer sent"),
            Self::Anchor(_) => f.write_str("the trusted certificate"),
        }
    }
}

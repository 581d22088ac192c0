//! How the policies of a path fail.

use crate::verify::budget::Exceeded;
use crate::verify::reason::Reason;

/// Why a path fails.
#[derive(Debug)]
pub(crate) enum Broken {
    /// For a certificate of the path, counted from the leaf.
    At(usize, Reason),
    /// The work has become too much.
    Budget(Exceeded),
}

impl From<Exceeded> for Broken {
    fn from(exceeded: Exceeded) -> Self {
        Self::Budget(exceeded)
    }
}

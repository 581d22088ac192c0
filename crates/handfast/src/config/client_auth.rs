//! Whether a server asks its clients who they are.

use crate::config::verification::{Trust, Verification};

/// Whether clients are asked who they are.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ClientAuth {
    /// No.
    #[default]
    None,
    /// Yes, but they need not say.
    Request(Verification),
    /// Yes, and they must.
    Require(Verification),
}

impl ClientAuth {
    /// The safe choice for access control: a chain to `trust` is required.
    #[must_use]
    pub fn require(trust: Trust) -> Self {
        Self::Require(Verification::chain(trust))
    }

    /// How clients are judged, where they are asked.
    #[must_use]
    pub fn verification(&self) -> Option<&Verification> {
        match self {
            Self::None => None,
            Self::Request(verification) | Self::Require(verification) => Some(verification),
        }
    }

    /// The same, to be changed.
    pub fn verification_mut(&mut self) -> Option<&mut Verification> {
        match self {
            Self::None => None,
            Self::Request(verification) | Self::Require(verification) => Some(verification),
        }
    }
}

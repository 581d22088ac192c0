//! How a peer's certificate is judged.

use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;

/// Which authorities are trusted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// The system's store. A driver loads it once, by explicit paths; the
    /// engine itself never looks.
    System,
    /// These.
    Roots(Roots),
}

/// Who judges the peer's certificate, and by what.
#[derive(Clone, Debug)]
pub struct Verification(pub(crate) Judge);

#[derive(Clone, Debug)]
pub(crate) enum Judge {
    Chain { trust: Trust, policy: Policy },
    Ask,
    Nobody,
}

impl Verification {
    /// The chain must lead to a trusted authority, be valid now, fit the
    /// purpose and, for servers, carry the name that was asked for.
    #[must_use]
    pub fn chain(trust: Trust) -> Self {
        Self(Judge::Chain {
            trust,
            policy: Policy::default(),
        })
    }

    /// As [`Verification::chain`], by a policy of one's own.
    #[must_use]
    pub fn chain_with_policy(trust: Trust, policy: Policy) -> Self {
        Self(Judge::Chain { trust, policy })
    }

    /// The caller judges, by answering [`crate::Ask::VerifyPeer`].
    #[must_use]
    pub fn ask() -> Self {
        Self(Judge::Ask)
    }

    /// Whoever it is. **The peer may be anyone**: the connection is private
    /// from those who only listen, and from nobody else. Possession of the
    /// certificate's key is still checked.
    #[must_use]
    pub fn danger_accept_anyone() -> Self {
        Self(Judge::Nobody)
    }
}

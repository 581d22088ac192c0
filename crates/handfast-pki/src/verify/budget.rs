//! How much work one verification may take (attack: a peer sends thousands of certificates).

use std::fmt;

/// What ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exceeded {
    /// Signature checks.
    Signatures {
        /// How many were allowed.
        limit: u32,
    },
    /// Certificates looked at as possible issuers.
    Steps {
        /// How many were allowed.
        limit: u32,
    },
    /// Comparisons of a name with a name constraint.
    NameComparisons {
        /// How many were allowed.
        limit: u32,
    },
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signatures { limit } => write!(f, "{limit} signature checks"),
            Self::Steps { limit } => write!(f, "{limit} steps of path building"),
            Self::NameComparisons { limit } => write!(f, "{limit} comparisons with constraints"),
        }
    }
}

/// Limits of work, adopted after CVE-2018-16875 and its like; a real chain needs a handful.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Signature checks, in units of one P-256 or RSA check; slower keys count more.
    pub signatures: u32,
    /// Certificates looked at as possible issuers.
    pub steps: u32,
    /// Comparisons of a name with a name constraint.
    pub name_comparisons: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            signatures: 100,
            steps: 200_000,
            name_comparisons: 250_000,
        }
    }
}

/// What has been used of the limits.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limits: Limits,
    used: Limits,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        let used = Limits {
            signatures: 0,
            steps: 0,
            name_comparisons: 0,
        };
        Self { limits, used }
    }

    /// Before a signature check that costs `weight`.
    pub(crate) fn check_signature(&mut self, weight: u32) -> Result<(), Exceeded> {
        let limit = self.limits.signatures;
        spend(&mut self.used.signatures, weight, limit).ok_or(Exceeded::Signatures { limit })
    }

    /// Before a certificate is looked at.
    pub(crate) fn step(&mut self) -> Result<(), Exceeded> {
        let limit = self.limits.steps;
        spend(&mut self.used.steps, 1, limit).ok_or(Exceeded::Steps { limit })
    }

    /// Before a name is compared with a constraint.
    pub(crate) fn compare_name(&mut self) -> Result<(), Exceeded> {
        let limit = self.limits.name_comparisons;
        spend(&mut self.used.name_comparisons, 1, limit).ok_or(Exceeded::NameComparisons { limit })
    }

    /// Signature checks and steps spent so far.
    pub(crate) fn used(&self) -> Limits {
        self.used
    }
}

fn spend(used: &mut u32, amount: u32, limit: u32) -> Option<()> {
    let after = used.checked_add(amount).filter(|after| *after <= limit)?;
    *used = after;
    Some(())
}

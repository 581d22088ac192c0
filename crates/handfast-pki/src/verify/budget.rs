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

/// Limits of work, adopted after CVE-2018-16875 and its like; a real chain needs a handful. With the
/// default ones each of the chains of `cargo xtask validation hostile` ends within 50 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Signature checks, in units of one P-256 or RSA check; slower keys and long messages count
    /// more. Ten paths of ten certificates each need no more than a hundred.
    pub signatures: u32,
    /// Certificates looked at as possible issuers; where long names or keys are compared, or bytes
    /// hashed to find a known signature, more. A path of ten among a thousand others of the same name
    /// fits in.
    pub steps: u32,
    /// Comparisons of a name with a name constraint; long names count more, and so does reading the
    /// constraints. A thousand names below two hundred constraints fit in.
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
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    used: Limits,
    exceeded: Option<Exceeded>,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        let used = Limits {
            signatures: 0,
            steps: 0,
            name_comparisons: 0,
        };
        Self {
            limits,
            used,
            exceeded: None,
        }
    }

    /// Before a signature check that costs `weight`.
    pub(crate) fn check_signature(&mut self, weight: u32) -> Result<(), Exceeded> {
        let limit = self.limits.signatures;
        let spent = spend(&mut self.used.signatures, weight, limit);
        self.note(spent.ok_or(Exceeded::Signatures { limit }))
    }

    /// Before a certificate is looked at of which so many bytes are compared.
    pub(crate) fn step(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.spend_steps(1, bytes / BYTES_A_STEP)
    }

    /// Before so many bytes are hashed.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.spend_steps(0, bytes / BYTES_HASHED_A_STEP)
    }

    fn spend_steps(&mut self, steps: u32, more: usize) -> Result<(), Exceeded> {
        let limit = self.limits.steps;
        let steps = u32::try_from(more)
            .unwrap_or(u32::MAX)
            .saturating_add(steps);
        let spent = spend(&mut self.used.steps, steps, limit);
        self.note(spent.ok_or(Exceeded::Steps { limit }))
    }

    /// Before a name of so many bytes is compared with a constraint, or a constraint is read.
    pub(crate) fn compare_name(&mut self, bytes: usize) -> Result<(), Exceeded> {
        let limit = self.limits.name_comparisons;
        let cost = u32::try_from(bytes / BYTES_A_COMPARISON)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let spent = spend(&mut self.used.name_comparisons, cost, limit);
        self.note(spent.ok_or(Exceeded::NameComparisons { limit }))
    }

    /// What ran out, once something has.
    pub(crate) fn exceeded(&self) -> Option<Exceeded> {
        self.exceeded
    }

    fn note(&mut self, spent: Result<(), Exceeded>) -> Result<(), Exceeded> {
        if let Err(exceeded) = spent {
            self.exceeded.get_or_insert(exceeded);
        }
        spent
    }

    /// Signature checks and steps spent so far.
    pub(crate) fn used(&self) -> Limits {
        self.used
    }
}

/// So many bytes are compared in the time of one step.
const BYTES_A_STEP: usize = 512;
/// So many bytes are hashed in the time of one step.
const BYTES_HASHED_A_STEP: usize = 64;
/// So many bytes of names are compared in the time of one comparison.
const BYTES_A_COMPARISON: usize = 64;

fn spend(used: &mut u32, amount: u32, limit: u32) -> Option<()> {
    let after = used.checked_add(amount).filter(|after| *after <= limit)?;
    *used = after;
    Some(())
}

//! What came of a rule, part by part.

use crate::sct::finding::SctFinding;
use crate::verify::Verdict;
use crate::verify::reason::Reason;
use crate::verify::rejection::Rejection;
use std::fmt;

/// A part of a rule, and whether it holds. Displayed as a line for itself and one for each part
/// below it, indented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which rule it is, in a word or two.
    pub name: &'static str,
    /// In what way it holds, or why it does not.
    pub outcome: Result<String, Reason>,
    /// The parts below it, in the order of the rule.
    pub parts: Vec<Part>,
}

impl Part {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.outcome.is_ok()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        if depth > 0 {
            f.write_str("\n")?;
        }
        write!(f, "{:indent$}{}: ", "", self.name, indent = depth * 2)?;
        match &self.outcome {
            Ok(how) => write!(f, "holds, {how}")?,
            Err(reason) => write!(f, "does not hold, {reason}")?,
        }
        self.parts
            .iter()
            .try_for_each(|part| part.write(f, depth.saturating_add(1)))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// Proof that a peer was verified by a rule; only
/// [`verify_combined`](crate::verify::combined::evaluation::verify_combined) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CombinedVerdict {
    pub(super) part: Part,
    pub(super) verdict: Option<Verdict>,
    pub(super) scts: Vec<SctFinding>,
}

impl CombinedVerdict {
    /// Each part, and in what way it holds or why it does not.
    #[must_use]
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// The verdict over the path by the request's own roots, if one was found and it counted.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// The same, owned.
    #[must_use]
    pub fn into_verdict(self) -> Option<Verdict> {
        self.verdict
    }

    /// What was found out about SCTs, where the rule asks for them.
    #[must_use]
    pub fn scts(&self) -> &[SctFinding] {
        &self.scts
    }
}

/// Why a rule does not hold.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(super) part: Part,
    pub(super) rejection: Box<Rejection>,
}

impl Refusal {
    /// Each part, and in what way it holds or why it does not.
    #[must_use]
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// The refusal of the part that decides: of an [`All`](crate::verify::combined::rule::Rule::All)
    /// the first that does not hold, of those that say why. It says what to do, and which alert to send.
    #[must_use]
    pub fn rejection(&self) -> &Rejection {
        &self.rejection
    }

    /// The same, owned.
    #[must_use]
    pub fn into_rejection(self) -> Box<Rejection> {
        self.rejection
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(f)?;
        if !self.part.parts.is_empty() {
            write!(f, "\n{}", self.part)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

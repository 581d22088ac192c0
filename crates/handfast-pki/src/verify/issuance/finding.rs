//! What is found about a certificate, and where it stands.

use crate::certificate::Certificate;

/// Where in the path a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The peer's own.
    Leaf,
    /// An authority's below the anchor.
    Intermediate,
    /// The anchor.
    Anchor,
}

/// A rule for issuers that a certificate breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong, in words: `the serial number is zero`.
    pub rule: &'static str,
    /// Where the rule stands.
    pub section: &'static str,
    /// Whether [`crate::verify::verify`] refuses the certificate for it under the rule set; what is
    /// asked of issuers and broken by many is told here alone.
    pub refused: bool,
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

impl Findings {
    /// Notes a rule that does not hold.
    pub(crate) fn rule(&mut self, holds: bool, rule: &'static str, section: &'static str) {
        self.note(holds, rule, section, true);
    }

    /// As [`Self::rule`], for one for which nobody is refused.
    pub(crate) fn advise(&mut self, holds: bool, rule: &'static str, section: &'static str) {
        self.note(holds, rule, section, false);
    }

    fn note(&mut self, holds: bool, rule: &'static str, section: &'static str, refused: bool) {
        if !holds {
            self.0.push(Finding {
                rule,
                section,
                refused,
            });
        }
    }
}

/// Whether it says that it is an authority.
pub(crate) fn is_ca(certificate: &Certificate<'_>) -> bool {
    certificate.basic_constraints().is_some_and(|one| one.ca)
}

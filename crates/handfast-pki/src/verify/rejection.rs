//! A refusal, with everything that helps to understand it.

use crate::certificate::Certificate;
use crate::verify::reason::{AlertHint, Reason};
use crate::verify::tried::TriedPath;

pub use crate::verify::place::Place;
use std::fmt;

/// What was looked at before the refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Searched {
    /// How many anchors there are.
    pub anchors: usize,
    /// How many certificates the peer sent.
    pub sent: usize,
    /// How many of those cannot be read.
    pub unreadable: usize,
    /// How many units of signature checks were spent.
    pub signatures: u32,
    /// How many certificates were looked at as possible issuers.
    pub steps: u32,
}

/// Why a peer was not believed. Displayed as a few lines in plain words.
#[derive(Clone, Debug)]
pub struct Rejection {
    pub(crate) reason: Reason,
    pub(crate) place: Place,
    pub(crate) subject: String,
    pub(crate) tried: Vec<TriedPath>,
    pub(crate) more: usize,
    pub(crate) searched: Searched,
    pub(crate) chain: Vec<Vec<u8>>,
}

impl Rejection {
    /// What is wrong.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Which certificate it is about.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// That certificate's subject in words; empty if it cannot be read.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The field in which the fault lies.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.reason.row().field
    }

    /// The rule that was broken.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.reason.row().section
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.reason.row().remedy
    }

    /// The alert to send.
    #[must_use]
    pub fn alert(&self) -> AlertHint {
        self.reason.row().alert
    }

    /// The paths that were tried, in that order, and where each broke; of more than
    /// [`KEPT_PATHS`](crate::verify::tried::KEPT_PATHS) the first and the one that explains most.
    /// None where the peer's own certificate was refused before any path was sought.
    #[must_use]
    pub fn tried(&self) -> &[TriedPath] {
        &self.tried
    }

    /// How many paths were tried beside those of [`Self::tried`].
    #[must_use]
    pub fn tried_more(&self) -> usize {
        self.more
    }

    /// What was looked at.
    #[must_use]
    pub fn searched(&self) -> Searched {
        self.searched
    }

    /// The chain as the peer sent it, in DER, its own certificate first.
    #[must_use]
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.reason.row();
        writeln!(f, "{}: {}", self.place, self.reason)?;
        if !self.subject.is_empty() {
            writeln!(f, "  subject: {}", self.subject)?;
        }
        writeln!(f, "  rule:    {}, field {}", row.section, row.field)?;
        let Searched {
            anchors,
            sent,
            unreadable,
            ..
        } = self.searched;
        write!(
            f,
            "  looked:  at {sent} sent and {anchors} trusted certificates"
        )?;
        if unreadable > 0 {
            write!(f, "; {unreadable} cannot be read")?;
        }
        for (index, der) in self.chain.iter().enumerate().take(SHOWN_CERTIFICATES) {
            match Certificate::parse(der) {
                Ok(one) => write!(
                    f,
                    "\n  sent {index}:  {} (by {})",
                    one.subject(),
                    one.issuer()
                )?,
                Err(fault) => write!(f, "\n  sent {index}:  unreadable, {fault}")?,
            }
        }
        if self.tried.len() > 1 {
            for (index, path) in self.tried.iter().enumerate().take(SHOWN_PATHS) {
                write!(f, "\n  path {}:  {path}", index + 1)?;
            }
            let told = self.tried.len().min(SHOWN_PATHS);
            match (self.tried.len() - told).saturating_add(self.more) {
                0 => {}
                more => write!(f, "\n  paths:   {more} more were tried")?,
            }
        }
        write!(f, "\n  remedy:  {}", row.remedy)
    }
}

impl std::error::Error for Rejection {}

/// Certificates beyond this many are counted, not shown.
const SHOWN_CERTIFICATES: usize = 8;
/// Paths beyond this many are counted, not shown.
const SHOWN_PATHS: usize = 8;

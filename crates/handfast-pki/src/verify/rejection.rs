//! A refusal, with everything that helps to understand it.

use crate::certificate::Certificate;
use crate::verify::reason::{AlertHint, Reason};
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
        write!(f, "\n  remedy:  {}", row.remedy)
    }
}

impl std::error::Error for Rejection {}

/// Certificates beyond this many are counted, not shown.
const SHOWN_CERTIFICATES: usize = 8;

//! A refusal, with everything that helps to understand it.

use crate::certificate::Certificate;
use crate::verify::openssl::{self, VerifyCode};
use crate::verify::purpose::Purpose;
use crate::verify::reason::{AlertHint, Reason};
use crate::verify::remedy::{self, Case};
use crate::verify::tried::TriedPath;

pub use crate::verify::place::Place;
use std::borrow::Cow;
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
    pub(crate) purpose: Purpose,
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

    /// What to do about it, as far as the chain tells: where a missing issuer is published, which
    /// name is the nearest, how long ago a certificate ended.
    #[must_use]
    pub fn remedy(&self) -> Cow<'static, str> {
        remedy::remedy(&Case {
            reason: &self.reason,
            place: self.place,
            subject: &self.subject,
            chain: &self.chain,
            anchors: self.searched.anchors,
            purpose: self.purpose,
        })
    }

    /// Where certificates are published that could lead on from where paths ended: the http URLs of
    /// caIssuers (RFC 5280 s4.2.2.1), those of the decisive path first, at most
    /// [`MOST_URLS`]. Whoever fetches them adds what it finds to the chain and asks again.
    #[must_use]
    pub fn missing_issuer_urls(&self) -> Vec<String> {
        let mut urls = Vec::new();
        let decisive = |path: &&TriedPath| path.place == self.place && path.reason == self.reason;
        let first = self.tried.iter().filter(decisive);
        let others = self.tried.iter().filter(|path| !decisive(path));
        for path in first.chain(others) {
            let Some(Place::Sent(end)) = path.end() else {
                continue;
            };
            let der = self.chain.get(end);
            let Some(end) = der.and_then(|der| Certificate::parse(der).ok()) else {
                continue;
            };
            for url in remedy::issuer_urls(&end) {
                if urls.len() < MOST_URLS && !urls.iter().any(|known| known == url) {
                    urls.push(url.to_owned());
                }
            }
        }
        urls
    }

    /// What OpenSSL calls it.
    #[must_use]
    pub fn openssl_code(&self) -> VerifyCode {
        openssl::code(&self.reason, self.place)
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
        write!(f, "\n  remedy:  {}", self.remedy())
    }
}

impl std::error::Error for Rejection {}

/// The most URLs that [`Rejection::missing_issuer_urls`] gives: a peer writes them.
pub const MOST_URLS: usize = 8;

/// Certificates beyond this many are counted, not shown.
const SHOWN_CERTIFICATES: usize = 8;
/// Paths beyond this many are counted, not shown.
const SHOWN_PATHS: usize = 8;

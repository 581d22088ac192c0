//! What was found out about a server beyond what the handshake itself keeps.

use crate::failure::Failure;
use handfast::Negotiated;
use handfast_fetch::{Outcome, Tried};
use handfast_pki::verify::rejection::Place;
use handfast_pki::verify::revocation::{Finding, Status};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was found out.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// With `-k`: why the server would have been refused.
    pub(crate) objection: Option<String>,
    /// Whether it was verified by asking around.
    pub(crate) verified: bool,
    /// What was fetched for that.
    pub(crate) tried: Vec<Tried>,
    /// With --tofu: that no authority vouches for it, and its key does.
    pub(crate) first_use: Option<FirstUse>,
    /// What else to do about a refusal.
    pub(crate) remedy: Option<String>,
    /// Why it could not be judged.
    pub(crate) failed: Option<Failure>,
}

/// How a server stands for which no authority vouches.
#[derive(Clone, Debug)]
pub(crate) enum FirstUse {
    /// It was seen for the first time, and may be anyone.
    New {
        /// Its key.
        key: String,
        /// Where that is kept now.
        file: PathBuf,
    },
    /// It was seen with this key before.
    Known {
        /// Its key.
        key: String,
        /// When it was seen first.
        since: String,
    },
}

/// Keeps that of the last connection, until it is taken.
#[derive(Debug, Default)]
pub(crate) struct Keeper(Mutex<Judged>);

impl Keeper {
    pub(crate) fn keep_objection(&self, objection: Option<String>) {
        *self.lock() = Judged {
            objection,
            ..Judged::default()
        };
    }

    pub(crate) fn keep_outcome(&self, outcome: Outcome) {
        *self.lock() = Judged {
            objection: None,
            verified: outcome.result.is_ok(),
            tried: outcome.tried,
            ..Judged::default()
        };
    }

    pub(crate) fn keep_first_use(&self, first_use: FirstUse) {
        *self.lock() = Judged {
            verified: matches!(first_use, FirstUse::Known { .. }),
            first_use: Some(first_use),
            ..Judged::default()
        };
    }

    pub(crate) fn keep_remedy(&self, remedy: String) {
        *self.lock() = Judged {
            remedy: Some(remedy),
            ..Judged::default()
        };
    }

    pub(crate) fn keep_failed(&self, failed: Failure) {
        *self.lock() = Judged {
            failed: Some(failed),
            ..Judged::default()
        };
    }

    pub(crate) fn take(&self) -> Judged {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Judged> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FirstUse {
    /// What the user should hear once: the server is new.
    pub(crate) fn news(&self, place: &str) -> Option<String> {
        match self {
            Self::New { key, file } => Some(format!(
                "{place} is NOT verified: seen for the first time, and no authority vouches for it; \
                 its key {key} is kept in {}",
                file.display()
            )),
            Self::Known { .. } => None,
        }
    }

    /// How it stands, for a summary.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::New { key, file } => format!(
                "NOT VERIFIED (--tofu): seen for the first time; its key {key} is kept in {}",
                file.display()
            ),
            Self::Known { key, since } => format!("known by its key {key} since {since}"),
        }
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::New { key, .. } => json!({"is_new": true, "key": key, "since": null}),
            Self::Known { key, since } => json!({"is_new": false, "key": key, "since": since}),
        }
    }
}

impl Judged {
    /// What is known about revocation, a line for each certificate that was asked about.
    pub(crate) fn revocation_lines(negotiated: &Negotiated) -> Vec<String> {
        findings(negotiated).iter().map(line).collect()
    }

    /// The same for programs; null where nothing was asked.
    pub(crate) fn revocation_json(negotiated: &Negotiated) -> Value {
        match findings(negotiated) {
            [] => Value::Null,
            some => some.iter().map(finding).collect(),
        }
    }

    /// The fetches for programs.
    pub(crate) fn tried_json(&self) -> Value {
        self.tried.iter().map(tried).collect()
    }
}

fn findings(negotiated: &Negotiated) -> &[Finding] {
    negotiated.revocation.as_deref().unwrap_or_default()
}

fn line(finding: &Finding) -> String {
    let at = index(finding.place);
    let mut line = match finding.status {
        Status::Good(source) => format!("{at} not revoked, says {source}"),
        Status::NotPublished => format!("{at} its issuer publishes no status for it"),
        Status::Unknown => format!("{at} not known whether revoked"),
    };
    for one in &finding.dropped {
        line.push_str(&format!("; {one}"));
    }
    line
}

fn finding(finding: &Finding) -> Value {
    let (status, source) = match finding.status {
        Status::Good(source) => ("good", Some(source.to_string())),
        Status::NotPublished => ("not_published", None),
        Status::Unknown => ("unknown", None),
    };
    let dropped = finding.dropped.iter().map(ToString::to_string);
    json!({
        "certificate": index(finding.place),
        "status": status,
        "source": source,
        "dropped": dropped.collect::<Vec<_>>(),
    })
}

fn tried(tried: &Tried) -> Value {
    let failure = tried.outcome.as_ref().err();
    json!({
        "kind": tried.kind.word(),
        "certificate": index(tried.place),
        "url": tried.url,
        "origin": tried.origin.word(),
        "ms": tried.took.as_secs_f64() * 1e3,
        "bytes": tried.outcome.as_ref().ok(),
        "failure": failure.map(handfast_fetch::Failed::word),
        "message": failure.map(ToString::to_string),
    })
}

/// The index in the chain.
fn index(place: Place) -> usize {
    match place {
        Place::Sent(index) | Place::Anchor(index) => index,
    }
}

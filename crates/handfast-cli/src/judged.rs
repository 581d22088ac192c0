//! What was found out about a server beyond what the handshake itself keeps.

use crate::failure::Failure;
use handfast::Negotiated;
use handfast_fetch::{Outcome, Tried};
use handfast_pki::sct::finding::{Origin, SctFinding};
use handfast_pki::verify::combined::outcome::CombinedVerdict;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::rejection::{Place, Rejection};
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
    /// With --ct-logs: every SCT.
    pub(crate) scts: Vec<SctFinding>,
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

    pub(crate) fn keep_outcome(&self, outcome: Outcome<CombinedVerdict>) {
        self.keep_result(outcome.result.as_ref().map_err(AsRef::as_ref));
        self.lock().tried = outcome.tried;
    }

    pub(crate) fn keep_result(&self, result: Result<&CombinedVerdict, &Rejection>) {
        *self.lock() = Judged {
            verified: result.is_ok(),
            scts: match result {
                Ok(combined) => combined.scts().to_vec(),
                Err(rejection) => match rejection.reason() {
                    Reason::NotLogged { scts, .. } => scts.clone(),
                    _ => Vec::new(),
                },
            },
            ..Judged::default()
        };
    }

    /// An authority vouches for it.
    pub(crate) fn keep_vouched(&self) {
        *self.lock() = Judged {
            verified: true,
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

    /// The SCTs, a line for each.
    pub(crate) fn sct_lines(&self) -> Vec<String> {
        self.scts.iter().map(ToString::to_string).collect()
    }

    /// The same for programs; null where nothing was asked.
    pub(crate) fn scts_json(&self) -> Value {
        match self.scts.as_slice() {
            [] => Value::Null,
            some => some.iter().map(sct).collect(),
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

fn sct(finding: &SctFinding) -> Value {
    json!({
        "log_id": finding.log_id.map(|id| id.to_string()),
        "log": finding.log,
        "operator": finding.operator,
        "log_state": finding.state.map(|state| state.to_string()),
        "origin": match finding.origin {
            Origin::Embedded => "certificate",
            Origin::Tls => "handshake",
            Origin::Ocsp => "ocsp",
        },
        "timestamp_ms": finding.timestamp_ms,
        "counts": finding.counts(),
        "doubt": finding.doubt.as_ref().map(ToString::to_string),
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

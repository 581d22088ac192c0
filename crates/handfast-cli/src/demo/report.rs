//! What came of an act, and of all of them.

use crate::demo::act::{Act, Attack};
use crate::demo::cast::Cast;
use crate::demo::judge::check::Check;
use crate::demo::judge::judge;
use crate::demo::play::{Played, play};
use crate::exit::Exit;
use crate::key_log::KeyLogFile;
use std::sync::Arc;
use std::time::Duration;

/// What came of one act.
pub(super) struct Report {
    pub(super) act: Act,
    /// In words, why it could not be played.
    pub(super) outcome: Result<Played, String>,
    /// The visit before, where the act is about coming back.
    pub(super) first: Option<Played>,
    pub(super) checks: Vec<Check>,
}

impl Report {
    /// Plays an act and judges it.
    pub(super) fn of(
        act: Act,
        cast: &Cast,
        attack: Attack,
        key_log: Option<Arc<KeyLogFile>>,
    ) -> Self {
        let played = act.terms().and_then(|terms| {
            let first = match act.first_visit(cast, &terms, key_log.clone()) {
                Some(scene) => Some(play(scene?)?),
                None => None,
            };
            let scene = act.scene(cast, &terms, attack, key_log)?;
            Ok((play(scene)?, first))
        });
        let (outcome, first) = match played {
            Ok((played, first)) => (Ok(played), first),
            Err(why) => (Err(why), None),
        };
        let checks = match &outcome {
            Ok(played) => judge(act, played, first.as_ref()),
            Err(_) => Vec::new(),
        };
        Self {
            act,
            outcome,
            first,
            checks,
        }
    }

    /// True when all that must hold does hold.
    pub(super) fn as_expected(&self) -> bool {
        self.outcome.is_ok() && !self.checks.is_empty() && self.checks.iter().all(|one| one.holds)
    }
}

/// What came of the whole tour.
pub(super) struct Summary {
    pub(super) good: bool,
    pub(super) note: String,
    made: (usize, usize),
    refused: (usize, usize),
    checks: (usize, usize),
    took: Duration,
}

impl Summary {
    pub(super) fn of(reports: &[Report], took: Duration, note: String) -> Self {
        let count = |refusals: bool| {
            let acts = || {
                reports
                    .iter()
                    .filter(|one| one.act.is_refusal() == refusals)
            };
            (
                acts().filter(|one| one.as_expected()).count(),
                acts().count(),
            )
        };
        let checks = || reports.iter().flat_map(|one| &one.checks);
        Self {
            good: !reports.is_empty() && reports.iter().all(Report::as_expected),
            note,
            made: count(false),
            refused: count(true),
            checks: (checks().filter(|one| one.holds).count(), checks().count()),
            took,
        }
    }

    /// How the command ends.
    pub(super) fn exit(&self) -> Exit {
        if self.good { Exit::Done } else { Exit::Bad }
    }

    pub(super) fn words(&self) -> String {
        let mut parts = Vec::new();
        if self.made.1 > 0 {
            parts.push(of(self.made, "connection") + " made");
        }
        if self.refused.1 > 0 {
            parts.push(of(self.refused, "attack") + " refused");
        }
        parts.push(of(self.checks, "check") + " passed");
        format!("{}; {} ms", parts.join(", "), self.took.as_millis())
    }
}

/// As many as there are of a thing, or how many of them are as they must be.
fn of((good, all): (usize, usize), thing: &str) -> String {
    let plural = if all == 1 { "" } else { "s" };
    if good == all {
        format!("{all} {thing}{plural}")
    } else {
        format!("{good} of {all} {thing}{plural}")
    }
}

//! What was counted when somebody last looked, and whether it still holds.

use handfast_counts::Result;
use handfast_counts::scenario::{Scenario, Work};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Counts by scenario.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct Expected(pub(crate) BTreeMap<String, Counts>);

/// Thousand instructions a handshake or a record.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counts {
    /// The crypto library's included.
    pub(crate) total: f64,
    /// Without it.
    pub(crate) ours: f64,
}

/// How a count stands to what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Within the tolerance.
    Same,
    /// One of the two counts went up by more than the tolerance.
    Worse,
    /// One went down by more, and none up: to be recorded, or it may be lost unseen.
    Better,
    /// Nothing was expected of it.
    New,
}

impl Expected {
    /// # Errors
    /// When the file is not there or not such a file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(toml::from_str(&text)?)
    }

    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut text = HEAD.to_owned();
        for (name, Counts { total, ours }) in &self.0 {
            text.push_str(&format!(
                "{name} = {{ total = {total:.3}, ours = {ours:.3} }}\n"
            ));
        }
        Ok(std::fs::write(path, text)?)
    }

    /// Judges what was counted now.
    pub(crate) fn judge(&self, scenario: &Scenario, now: Counts) -> Verdict {
        let Some(expected) = self.0.get(scenario.name) else {
            return Verdict::New;
        };
        let changes = [
            change(expected.total, now.total),
            change(expected.ours, now.ours),
        ];
        let tolerance = tolerance(scenario);
        if changes.iter().any(|change| *change > tolerance) {
            Verdict::Worse
        } else if changes.iter().any(|change| *change < -tolerance) {
            Verdict::Better
        } else {
            Verdict::Same
        }
    }
}

/// By how many percent `now` lies above what was.
pub(crate) fn change(was: f64, now: f64) -> f64 {
    100.0 * (now - was) / was
}

/// In percent: records repeat to the instruction, handshakes hold signatures with random nonces and
/// lengths.
fn tolerance(scenario: &Scenario) -> f64 {
    match scenario.work {
        Work::Handshake(..) => 2.0,
        Work::Send(_) | Work::Receive(_) => 1.0,
    }
}

const HEAD: &str = "\
# Thousand instructions a handshake or a record, by callgrind; `ours` without the crypto library's.
# Written by `cargo xtask counts --accept`.
";

#[cfg(test)]
mod tests {
    use super::{Counts, Expected, Verdict};
    use handfast_counts::scenario::{SCENARIOS, Scenario};
    use std::path::Path;

    fn kept() -> Expected {
        Expected::read(Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/expected.toml"
        )))
        .unwrap()
    }

    fn judged(name: &str, doctor: impl Fn(&mut Counts)) -> Verdict {
        let find = |scenario: &&Scenario| scenario.name == name;
        let scenario = SCENARIOS.iter().find(find).unwrap();
        let mut now = kept().0[name];
        doctor(&mut now);
        kept().judge(scenario, now)
    }

    #[test]
    fn every_scenario_has_a_count_and_no_other_has() {
        let mut names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        names.sort_unstable();
        let kept = kept().0;
        assert_eq!(kept.keys().map(String::as_str).collect::<Vec<_>>(), names);
        for Counts { total, ours } in kept.values() {
            assert!(*ours > 0.0 && ours < total);
        }
    }

    #[test]
    fn what_costs_more_is_worse_even_if_only_ours_does() {
        for name in ["tls13-full-server", "send-64"] {
            assert_eq!(judged(name, |_| {}), Verdict::Same);
            assert_eq!(judged(name, |now| now.total *= 1.021), Verdict::Worse);
            assert_eq!(judged(name, |now| now.ours *= 1.021), Verdict::Worse);
        }
        // Records have the narrower bound.
        assert_eq!(
            judged("tls13-full-server", |now| now.ours *= 1.015),
            Verdict::Same
        );
        assert_eq!(judged("send-64", |now| now.ours *= 1.015), Verdict::Worse);
    }

    #[test]
    fn a_win_is_told_too_unless_something_else_got_worse() {
        assert_eq!(
            judged("receive-1k", |now| now.ours *= 0.98),
            Verdict::Better
        );
        let both = |now: &mut Counts| {
            now.ours *= 0.98;
            now.total *= 1.02;
        };
        assert_eq!(judged("receive-1k", both), Verdict::Worse);
    }

    #[test]
    fn what_nobody_expected_is_new() {
        let nothing = Expected::default();
        let now = kept().0["send-64"];
        assert_eq!(nothing.judge(&SCENARIOS[0], now), Verdict::New);
    }
}

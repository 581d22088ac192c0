//! What was found.

use crate::cert::lint::table::{Lint, Scope, Severity};
use handfast_pki::distinguished_name::is_unprintable;
use serde_json::{Value, json};

/// One finding.
pub(super) struct Finding {
    pub(super) id: String,
    pub(super) severity: Severity,
    pub(super) title: String,
    pub(super) section: String,
    pub(super) fix: String,
    /// Which certificate of which target, from 0.
    pub(super) place: String,
    /// What it was found by.
    pub(super) evidence: String,
}

impl Finding {
    /// As every command writes a finding.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "severity": self.severity.to_string(),
            "title": self.title,
            "section": self.section,
            "certificate": self.place,
            "evidence": self.evidence,
            "fix": self.fix,
        })
    }
}

/// Findings about one certificate, as they come.
pub(super) struct Found<'a> {
    /// How far it is looked.
    pub(super) upto: Scope,
    pub(super) place: String,
    pub(super) all: &'a mut Vec<Finding>,
}

impl Found<'_> {
    /// The same for another certificate.
    pub(super) fn at(&mut self, place: String) -> &mut Self {
        self.place = place;
        self
    }

    /// Adds a finding, if its row is looked for.
    pub(super) fn add(&mut self, lint: &Lint, evidence: &str) {
        if lint.from > self.upto {
            return;
        }
        self.all.push(Finding {
            id: lint.id.to_owned(),
            severity: lint.severity,
            title: lint.title.to_owned(),
            section: lint.section.to_owned(),
            fix: lint.fix.to_owned(),
            place: self.place.clone(),
            evidence: evidence.replace(is_unprintable, "\u{fffd}"),
        });
    }

    /// As [`Self::add`], where something holds.
    pub(super) fn add_if(&mut self, holds: bool, lint: &Lint, evidence: &str) {
        if holds {
            self.add(lint, evidence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, Found};
    use crate::cert::lint::table::{COMMON_NAME, Scope};

    #[test]
    fn a_name_brings_nothing_unseen_to_the_terminal() {
        let mut all: Vec<Finding> = Vec::new();
        let mut found = Found {
            upto: Scope::Web,
            place: String::new(),
            all: &mut all,
        };
        for name in [
            "a\u{202e}.test",
            "a\u{200b}.test",
            "a\u{1b}.test",
            "\u{e4}.test",
        ] {
            found.add(&COMMON_NAME, name);
        }
        let evidence: Vec<_> = all.iter().map(|one| one.evidence.as_str()).collect();
        let [hidden, plain] = ["a\u{fffd}.test", "\u{e4}.test"];
        assert_eq!(evidence, [hidden, hidden, hidden, plain]);
    }
}

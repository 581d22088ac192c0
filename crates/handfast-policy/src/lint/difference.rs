//! What two settings do not have in common.

use crate::settings::Settings;

/// How one list of two settings differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Which list: `versions`, `suites of TLS 1.3`, `suites`, `groups` or `signature schemes`.
    pub list: &'static str,
    /// In the second alone.
    pub added: Vec<String>,
    /// In the first alone.
    pub gone: Vec<String>,
    /// What both have, in the order of the second, where that is another one.
    pub reordered: Vec<String>,
    /// Which of the two say nothing of it.
    pub unsaid: Option<Unsaid>,
}

/// Which of two settings say nothing of a list, so that it cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// The first.
    First,
    /// The second.
    Second,
}

/// The lists of settings in their normal form: by name, best first; nothing for what is not said.
#[must_use]
pub fn lists(settings: &Settings) -> [(&'static str, Option<Vec<String>>); 5] {
    fn names<T: ToString>(list: Option<impl Iterator<Item = T>>) -> Option<Vec<String>> {
        list.map(|list| list.map(|one| one.to_string()).collect())
    }
    let suites = settings.suites.as_ref();
    let groups = settings.groups.as_ref();
    [
        (
            "versions",
            names(settings.versions.as_ref().map(|list| list.iter())),
        ),
        (
            "suites of TLS 1.3",
            names(settings.tls13_suites.as_ref().map(|list| list.iter())),
        ),
        (
            "suites",
            names(suites.map(|list| list.iter().map(|one| one.item))),
        ),
        (
            "groups",
            names(groups.map(|list| list.iter().map(|one| one.item))),
        ),
        (
            "signature schemes",
            names(settings.schemes.as_ref().map(|list| list.iter())),
        ),
    ]
}

/// What is added, gone and in another order from `first` to `second`, list by list; nothing for lists
/// that are alike.
#[must_use]
pub fn difference(first: &Settings, second: &Settings) -> Vec<Difference> {
    let pairs = lists(first).into_iter().zip(lists(second));
    let differences = pairs.filter_map(|((list, one), (_, other))| {
        let unsaid = match (&one, &other) {
            (None, Some(_)) => Some(Unsaid::First),
            (Some(_), None) => Some(Unsaid::Second),
            _ => None,
        };
        let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
        if one == other {
            return None;
        }
        let without = |all: &[String], not: &[String]| -> Vec<String> {
            let kept = all.iter().filter(|one| !not.contains(one));
            kept.cloned().collect()
        };
        let (added, gone) = (without(&other, &one), without(&one, &other));
        let (was, is) = (without(&one, &gone), without(&other, &added));
        Some(Difference {
            list,
            added,
            gone,
            reordered: if was == is { Vec::new() } else { is },
            unsaid,
        })
    });
    differences.collect()
}

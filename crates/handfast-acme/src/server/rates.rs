//! How often is too often: counts an hour, in memory, bounded.

use std::collections::BTreeMap;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counted {
    Accounts,
    Bound,
    Orders,
    Names,
    Looks,
    Failures,
}

/// Counts by what and by whom. Each thing has room of its own: what is easily had in numbers does
/// not make another count forgotten.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    counts: BTreeMap<Counted, BTreeMap<String, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    since_unix: u64,
    count: u32,
}

impl Rates {
    /// Whether one more is within `limit` an hour; if not, in how many seconds it will be. Nothing
    /// is counted.
    pub(crate) fn check(
        &self,
        what: Counted,
        whom: &str,
        limit: u32,
        now_unix: u64,
    ) -> Result<(), u64> {
        let windows = self.counts.get(&what);
        match windows.and_then(|windows| windows.get(whom)) {
            Some(window) if window.is_open(now_unix) && window.count >= limit => Err(window
                .since_unix
                .saturating_add(HOUR_S)
                .saturating_sub(now_unix)),
            _ => Ok(()),
        }
    }

    /// Counts one.
    pub(crate) fn count(&mut self, what: Counted, whom: &str, now_unix: u64) {
        let windows = self.counts.entry(what).or_default();
        if windows.len() >= MOST && !windows.contains_key(whom) {
            make_room(windows, now_unix);
        }
        let fresh = Window {
            since_unix: now_unix,
            count: 0,
        };
        let window = windows.entry(whom.to_owned()).or_insert(fresh);
        if !window.is_open(now_unix) {
            *window = fresh;
        }
        window.count = window.count.saturating_add(1);
    }
}

/// What is over goes, and if that is nothing, the oldest of those that counted least.
fn make_room(windows: &mut BTreeMap<String, Window>, now_unix: u64) {
    windows.retain(|_, window| window.is_open(now_unix));
    if windows.len() >= MOST {
        let least = windows
            .iter()
            .min_by_key(|(_, window)| (window.count, window.since_unix));
        if let Some(whom) = least.map(|(whom, _)| whom.clone()) {
            windows.remove(&whom);
        }
    }
}

impl Window {
    fn is_open(&self, now_unix: u64) -> bool {
        (self.since_unix..self.since_unix.saturating_add(HOUR_S)).contains(&now_unix)
    }
}

const HOUR_S: u64 = 3600;
/// Counts of one thing that are kept at most: a few hundred bytes each.
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_limit_waits_for_the_hour_to_end() {
        let mut rates = Rates::default();
        for _ in 0..3 {
            rates.check(Counted::Orders, "a", 3, 100).unwrap();
            rates.count(Counted::Orders, "a", 100);
        }
        assert_eq!(rates.check(Counted::Orders, "a", 3, 1100), Err(2600));
        assert_eq!(rates.check(Counted::Orders, "b", 3, 1100), Ok(()));
        assert_eq!(rates.check(Counted::Failures, "a", 3, 1100), Ok(()));
        assert_eq!(rates.check(Counted::Orders, "a", 3, 3700), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut rates = Rates::default();
        for number in 0..MOST as u64 + 100 {
            rates.count(Counted::Accounts, &number.to_string(), number / 100);
        }
        assert_eq!(rates.counts[&Counted::Accounts].len(), MOST);
    }

    #[test]
    fn many_counts_make_no_other_one_forgotten() {
        let mut rates = Rates::default();
        rates.count(Counted::Failures, "a", 0);
        rates.count(Counted::Accounts, "a", 0);
        rates.count(Counted::Accounts, "a", 0);
        for number in 0..MOST as u64 + 100 {
            rates.count(Counted::Accounts, &number.to_string(), 1);
        }
        assert!(rates.check(Counted::Failures, "a", 1, 2).is_err());
        assert!(rates.check(Counted::Accounts, "a", 2, 2).is_err());
    }
}

//! Which challenges are being looked at, or wait for it: in memory, bounded by its limits.

use std::collections::BTreeMap;

/// Looks that were asked for and of which nothing came yet, by authorization.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    waiting: BTreeMap<String, Look>,
}

#[derive(Debug)]
struct Look {
    account: String,
    since_unix: u64,
}

impl Looks {
    /// How many there are: of this account, and of all.
    pub(crate) fn count(&mut self, account: &str, now_unix: u64) -> (usize, usize) {
        // What was never told of must not take a place for ever.
        self.waiting
            .retain(|_, look| look.since_unix.saturating_add(LOST_S) >= now_unix);
        let of_account = self.waiting.values();
        let of_account = of_account.filter(|look| look.account == account).count();
        (of_account, self.waiting.len())
    }

    /// Whether this process still waits for it.
    pub(crate) fn holds(&self, authorization: &str, now_unix: u64) -> bool {
        let look = self.waiting.get(authorization);
        look.is_some_and(|look| look.since_unix.saturating_add(LOST_S) >= now_unix)
    }

    pub(crate) fn begin(&mut self, authorization: &str, account: &str, now_unix: u64) {
        let look = Look {
            account: account.to_owned(),
            since_unix: now_unix,
        };
        self.waiting.insert(authorization.to_owned(), look);
    }

    pub(crate) fn end(&mut self, authorization: &str) {
        self.waiting.remove(authorization);
    }
}

/// After this long nobody will tell any more what came of a look, its wait for a place included.
const LOST_S: u64 = 600;

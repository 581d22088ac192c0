//! Files that are looked at while the server runs.

use handfast::stream::now;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Files, and how they were when they were looked at last.
pub(super) struct Changing(Vec<(PathBuf, Option<Stamp>)>);

/// What changes when a file does.
type Stamp = (SystemTime, u64);

impl Changing {
    pub(super) fn new<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Self {
        let stamped = paths.into_iter().map(|path| (path.clone(), stamp(path)));
        Self(stamped.collect())
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|(path, _)| path.as_path())
    }

    /// Waits until one of them is another; for ever where there are none.
    pub(super) async fn changed(&mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let changed = self.0.iter_mut().filter_map(|(path, seen)| {
                let stamp = stamp(path);
                (stamp != *seen).then(|| *seen = stamp)
            });
            if changed.count() > 0 {
                return;
            }
        }
    }
}

/// Waits until a second of Unix time has begun, or so many have passed.
pub(super) async fn reached(unix_s: u64, most_s: u64) {
    let begun = Instant::now();
    while now().unix_s() < unix_s {
        // The clock may be set meanwhile.
        let left = unix_s.saturating_sub(now().unix_s()).min(LOOK_S);
        let left = Duration::from_secs(left).saturating_sub(HALF_A_SECOND);
        tokio::time::sleep(left.max(HALF_A_SECOND)).await;
        if begun.elapsed() >= Duration::from_secs(most_s) {
            return;
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often the clock is.
const LOOK_S: u64 = 60;
const HALF_A_SECOND: Duration = Duration::from_millis(500);

//! The revocation lists that clients are held against: read at the start, and again when a file
//! changes, while connections run.

use crate::failure::Failure;
use crate::load;
use crate::serve::options::{Options, Strictness};
use crate::summary::date;
use crate::talk::Talk;
use handfast::config::RevocationRules;
use handfast::stream::now;
use handfast_pki::crl::Crl;
use handfast_pki::verify::revocation::Mode;
use handfast_pki::verify::revocation::store::RevocationStore;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The lists of `--crl`.
pub(super) struct Revoked {
    files: Vec<(PathBuf, Option<Stamp>)>,
    mode: Mode,
    known: Arc<RevocationStore>,
}

/// What changes when a file does.
type Stamp = (SystemTime, u64);

impl Revoked {
    /// Reads the files; warns of lists that are out of date.
    pub(super) fn open(options: &Options, talk: &Talk) -> Result<Self, Failure> {
        let files = options.crl.iter().map(|path| (path.clone(), stamp(path)));
        let revoked = Self {
            files: files.collect(),
            mode: match options.revocation {
                _ if options.crl.is_empty() => Mode::Off,
                Strictness::Soft => Mode::SoftFail,
                Strictness::Hard => Mode::HardFail,
            },
            known: Arc::default(),
        };
        revoked.read(talk)?;
        Ok(revoked)
    }

    pub(super) fn rules(&self) -> RevocationRules {
        RevocationRules {
            mode: self.mode,
            known: Arc::clone(&self.known),
        }
    }

    /// Looks at the files for as long as the server runs. A file that cannot be read leaves what
    /// is known as it is.
    pub(super) async fn watch(mut self, mut talk: Talk) {
        if self.files.is_empty() {
            return;
        }
        loop {
            tokio::time::sleep(LOOK).await;
            let changed = self.files.iter_mut().filter_map(|(path, seen)| {
                let stamp = stamp(path);
                (stamp != *seen).then(|| *seen = stamp)
            });
            if changed.count() == 0 {
                continue;
            }
            let read = tokio::task::spawn_blocking(move || {
                let read = self.read(&talk);
                (self, talk, read)
            });
            let Ok((same, told, read)) = read.await else {
                return;
            };
            (self, talk) = (same, told);
            match read {
                Ok(()) => talk.tell("read the revocation lists anew"),
                Err(failure) => talk.warn(&format!(
                    "{}: the lists read before stay in force",
                    failure.message
                )),
            }
        }
    }

    fn read(&self, talk: &Talk) -> Result<(), Failure> {
        let fresh = RevocationStore::default();
        for (path, _) in &self.files {
            for der in load::crls(path)? {
                if let Some(doubt) = doubt(&der) {
                    talk.warn(&format!("--crl {}: {doubt}", path.display()));
                }
                fresh
                    .add_crl(der)
                    .map_err(|fault| Failure::usage(format!("{}: {fault}", path.display())))?;
            }
        }
        self.known.replace_by(&fresh);
        Ok(())
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Why a list will let nobody in.
fn doubt(der: &[u8]) -> Option<String> {
    let next_update = Crl::parse(der).ok()?.next_update().0;
    let now = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    (now > next_update).then(|| {
        let due = date(next_update);
        format!("a newer list was due on {due}: this one still revokes, but vouches for nobody")
    })
}

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

//! `--exceptions`: rules about clients' certificates that are relaxed, each for one client; read at the
//! start, and again when the file changes. Each ends by itself, and that is told, too.

use crate::exceptions::file::{self, Peers};
use crate::exceptions::{self, day, line, warn_of_ended};
use crate::failure::Failure;
use crate::serve::changing::{Changing, reached};
use crate::serve::entrance::Entrance;
use crate::serve::options::Options;
use crate::talk::{Talk, print_line};
use handfast::config::{Exception, Relaxed};
use handfast::stream::now;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The exceptions of the file.
pub(super) struct Excepted {
    file: Option<PathBuf>,
    /// Whether anything is asked about revocation that could be unknown.
    asks_revocation: bool,
    pub(super) exceptions: Vec<Exception>,
}

impl Excepted {
    /// Reads the file, if there is one.
    pub(super) fn open(options: &Options) -> Result<Self, Failure> {
        let file = options.exceptions.clone();
        Ok(Self {
            exceptions: file.as_deref().map(read).transpose()?.unwrap_or_default(),
            file,
            asks_revocation: !options.crl.is_empty(),
        })
    }

    /// Says which there are.
    pub(super) fn tell(&self, talk: &Talk) {
        if self.file.is_none() {
            return;
        }
        if talk.json {
            let all = exceptions::json(&self.exceptions);
            let line = json!({ "schema": "handfast.serve.exceptions/1", "exceptions": all });
            print_line(&line.to_string());
        }
        if self.exceptions.is_empty() {
            talk.warn("the file of --exceptions holds no [[exception]]: nothing is relaxed");
        }
        for exception in &self.exceptions {
            if exception.holds_at(now()) && !talk.json {
                talk.tell(&format!("exception: {}", line(exception)));
            }
            let is_idle = matches!(exception.relaxed(), Relaxed::RevocationUnknown);
            if is_idle && !self.asks_revocation {
                talk.warn(&format!(
                    "the exception \"{exception}\" does nothing: without --crl nothing is asked \
                     about revocation"
                ));
            }
        }
        warn_of_ended(&self.exceptions, talk);
    }

    /// Looks at the file for as long as the server runs, and at the day. A file that cannot be read
    /// leaves what holds as it is.
    pub(super) async fn watch(mut self, entrance: Arc<Entrance>, talk: Talk) {
        let Some(path) = self.file.clone() else {
            return;
        };
        let mut files = Changing::new([&path]);
        loop {
            tokio::select! {
                () = files.changed() => {}
                ended = end(&self.exceptions) => {
                    talk.warn(&format!(
                        "the exception \"{ended}\" has ended on {}: it does nothing any more",
                        day(&ended)
                    ));
                    continue;
                }
            }
            let shown = read(&path).and_then(|exceptions| {
                entrance.except(exceptions.clone())?;
                Ok(exceptions)
            });
            match shown {
                Ok(exceptions) => {
                    self.exceptions = exceptions;
                    talk.tell("read the exceptions anew");
                    self.tell(&talk);
                }
                Err(failure) => talk.warn(&format!(
                    "{}: the exceptions read before stay in force",
                    failure.message
                )),
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<Exception>, Failure> {
    file::read(path, Peers::Clients)
}

/// Waits until the next one is over, and gives it; for ever where none is to come.
async fn end(exceptions: &[Exception]) -> Exception {
    let holding = exceptions.iter().filter(|one| one.holds_at(now()));
    let Some(next) = holding.min_by_key(|one| one.until_unix_s()) else {
        return std::future::pending().await;
    };
    reached(next.until_unix_s(), u64::MAX).await;
    next.clone()
}

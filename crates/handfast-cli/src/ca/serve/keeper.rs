//! The thread that has the records: whatever may wait for a file or for another process, waits
//! here.
//!
//! It looks whether other processes have changed the records: before each answer that was asked
//! for with a nonce or was not kept, and once a second. Questions that came meanwhile share one
//! look.

use crate::ca::serve::desk::{Desk, Looked, Question};
use crate::ca::serve::lists::Publisher;
use crate::ca::serve::log::Log;
use crate::ca::serve::signing::Delegates;
use crate::talk::Talk;
use handfast::stream::now;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Who has the records.
pub(super) struct Keeper {
    directory: CaDirectory,
    desk: Arc<Desk>,
    publisher: Publisher,
    delegates: Delegates,
    /// What the records' number of changes was.
    version: i64,
    talk: Talk,
    /// What was told last, so that it is told once.
    trouble: Option<String>,
    /// After a failure nothing is tried again until then.
    rest_until: Option<Instant>,
}

impl Keeper {
    pub(super) fn new(
        directory: CaDirectory,
        desk: Arc<Desk>,
        (publisher, delegates): (Publisher, Delegates),
        talk: &Talk,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            version: directory.data_version()?,
            directory,
            desk,
            publisher,
            delegates,
            talk: talk.clone(),
            trouble: None,
            rest_until: None,
        })
    }

    /// Answers until nobody can ask any more.
    pub(super) fn run(mut self, questions: &Receiver<Question>, log: Log) {
        let mut next = Instant::now() + LOOK;
        loop {
            match questions.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(first) => self.answer(first, questions),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if Instant::now() >= next {
                self.round(log);
                next = Instant::now() + LOOK;
            }
        }
    }

    /// Answers all who ask by now.
    fn answer(&mut self, first: Question, questions: &Receiver<Question>) {
        let mut asked = vec![first];
        asked.extend(questions.try_iter().take(AT_ONCE));
        let state = self.look();
        for Question { about, answer } in asked {
            let statuses = state.and_then(|state| {
                let statuses = about.into_iter().map(|(level, serial)| {
                    let status = self.directory.status_at(level, &serial)?;
                    Ok::<_, StoreError>((serial, status))
                });
                match statuses.collect::<Result<_, _>>() {
                    Ok(statuses) => Some(Looked { state, statuses }),
                    Err(fault) => {
                        self.failed(&fault.to_string());
                        None
                    }
                }
            });
            // Who has gone meanwhile does not want it any more.
            let _ = answer.send(statuses);
        }
    }

    /// Whether another process has written; then nothing that was said before is said again.
    fn look(&mut self) -> Option<u64> {
        match self.directory.data_version() {
            Ok(version) if version == self.version => {}
            Ok(version) => {
                self.version = version;
                let state = self.desk.state.fetch_add(1, Ordering::Relaxed) + 1;
                self.desk.kept.forget(state);
                self.publisher.changed();
            }
            Err(fault) => {
                self.desk.is_well.store(false, Ordering::Relaxed);
                self.failed(&fault.to_string());
                return None;
            }
        }
        self.desk.is_well.store(true, Ordering::Relaxed);
        Some(self.desk.state.load(Ordering::Relaxed))
    }

    /// What is done once a second.
    fn round(&mut self, log: Log) {
        if self.look().is_none() {
            return;
        }
        if self.rest_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        let now_unix = now().unix_s();
        let done = self
            .publisher
            .publish(&mut self.directory, &self.desk, now_unix, log)
            .and_then(|()| {
                appoint(
                    &mut self.delegates,
                    &mut self.directory,
                    &self.desk,
                    (now_unix, log),
                )
            });
        match done {
            Ok(()) => (self.trouble, self.rest_until) = (None, None),
            Err(why) => {
                self.rest_until = Some(Instant::now() + REST);
                self.failed(&why);
            }
        }
    }

    /// Tells what went wrong, once.
    fn failed(&mut self, why: &str) {
        if self.trouble.as_deref() != Some(why) {
            self.talk.warn(&format!(
                "{why}; what was made before goes on, and it is tried again"
            ));
            self.trouble = Some(why.to_owned());
        }
    }
}

/// Sees to it that somebody signs OCSP responses.
pub(super) fn appoint(
    delegates: &mut Delegates,
    directory: &mut CaDirectory,
    desk: &Desk,
    (now_unix, log): (u64, Log),
) -> Result<(), String> {
    let authorities = desk.authorities.iter();
    let authorities = authorities.map(|held| (held.level, held.name));
    if let Some(signers) = delegates.renewed(directory, authorities, now_unix, log)? {
        desk.signers.store(signers);
    }
    Ok(())
}

/// How often it is looked whether something is to be done.
const LOOK: Duration = Duration::from_secs(1);
/// After a failure.
const REST: Duration = Duration::from_secs(10);
/// Questions that share one look, at most.
const AT_ONCE: usize = 256;

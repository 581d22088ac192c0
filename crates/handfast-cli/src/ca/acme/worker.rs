//! The thread that has the server's state: whatever may wait for a file, waits here.

use crate::ca::acme::kept::{KeptRecords, Own, Signer};
use crate::talk::Talk;
use handfast::stream::now;
use handfast_acme::SystemRandom;
use handfast_acme::message::Problem;
use handfast_acme::server::{Reply, Request, Server, Validation, World};
use handfast_ca::profile::AlternativeName;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The way to the thread.
#[derive(Clone)]
pub(super) struct Worker {
    jobs: Sender<Job>,
}

/// A request, with all that it needs to wait.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
    pub(super) peer: IpAddr,
}

/// What is to be answered, and what is to be looked at afterwards.
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) validations: Vec<Validation>,
}

enum Job {
    Request(Asked, oneshot::Sender<Answered>),
    Validated(Validation, Result<(), Problem>),
    Credential(Vec<AlternativeName>, oneshot::Sender<Result<Own, String>>),
}

impl Worker {
    /// Starts the thread. It ends when nobody can ask any more.
    pub(super) fn start(
        server: Server,
        records: KeptRecords,
        signer: Signer,
        talk: &Talk,
    ) -> std::io::Result<Self> {
        let (jobs, waiting) = channel();
        let state = State {
            server,
            records,
            signer,
            random: SystemRandom,
            talk: talk.clone(),
        };
        let thread = std::thread::Builder::new().name("acme".to_owned());
        thread.spawn(move || state.run(&waiting))?;
        Ok(Self { jobs })
    }

    /// The answer to a request. Nothing: the server is ending.
    pub(super) async fn answer(&self, asked: Asked) -> Option<Answered> {
        let (reply, answered) = oneshot::channel();
        self.jobs.send(Job::Request(asked, reply)).ok()?;
        answered.await.ok()
    }

    /// Takes in what came of looking at a challenge.
    pub(super) fn validated(&self, validation: Validation, found: Result<(), Problem>) {
        // A server that is ending wants no more; its challenges end by themselves.
        let _ = self.jobs.send(Job::Validated(validation, found));
    }

    /// A new certificate for the server itself.
    pub(super) async fn credential(&self, names: Vec<AlternativeName>) -> Result<Own, String> {
        let (reply, made) = oneshot::channel();
        let ending = || "the server is ending".to_owned();
        self.jobs
            .send(Job::Credential(names, reply))
            .map_err(|_| ending())?;
        made.await.map_err(|_| ending())?
    }
}

struct State {
    server: Server,
    records: KeptRecords,
    signer: Signer,
    random: SystemRandom,
    talk: Talk,
}

impl State {
    fn run(mut self, waiting: &Receiver<Job>) {
        let mut tidying = Tidying {
            due: Instant::now(),
        };
        loop {
            match waiting.recv_timeout(tidying.wait(Instant::now())) {
                Ok(job) => self.act(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            tidying.run(Instant::now(), || self.records.tidy(now().unix_s()));
        }
    }

    fn act(&mut self, job: Job) {
        match job {
            Job::Request(asked, reply) => {
                let answered = self.answer(&asked);
                // Who has gone meanwhile does not want it any more.
                let _ = reply.send(answered);
            }
            Job::Validated(validation, found) => {
                let now_unix = now().unix_s();
                let (server, mut world) = self.split(now_unix);
                let done = server.validated(&validation, found, &mut world);
                if let Err(problem) = done {
                    self.talk
                        .warn(&format!("acme: {}: {problem}", validation.identifier));
                }
            }
            Job::Credential(names, reply) => {
                let _ = reply.send(self.signer.own(&names, now().unix_s()));
            }
        }
    }

    fn answer(&mut self, asked: &Asked) -> Answered {
        let request = Request {
            method: &asked.method,
            path: &asked.path,
            content_type: asked.content_type.as_deref(),
            body: &asked.body,
            peer: asked.peer,
        };
        let (server, mut world) = self.split(now().unix_s());
        let (reply, validations) = server.handle(&request, &mut world);
        Answered { reply, validations }
    }

    fn split(&mut self, now_unix: u64) -> (&mut Server, World<'_>) {
        let world = World {
            records: &self.records,
            authority: &mut self.signer,
            random: &mut self.random,
            now_unix,
        };
        (&mut self.server, world)
    }
}

/// When old records are removed next, whether or not somebody asks something all the time.
struct Tidying {
    due: Instant,
}

impl Tidying {
    fn wait(&self, now: Instant) -> Duration {
        self.due.saturating_duration_since(now)
    }

    /// Runs it if it is due: soon again if there may be more.
    fn run(&mut self, now: Instant, tidy: impl FnOnce() -> bool) {
        if now >= self.due {
            let pause = if tidy() { MORE } else { TIDY };
            self.due = now.checked_add(pause).unwrap_or(now);
        }
    }
}

/// How often old records are looked for.
const TIDY: Duration = Duration::from_secs(60);
/// And while there are more: requests get their turn in between.
const MORE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_records_are_removed_though_somebody_asks_all_the_time() {
        let start = Instant::now();
        let mut tidying = Tidying { due: start };
        let mut runs = Vec::new();
        // A request a second, and three turns' worth of old records in the beginning.
        for second in 0..=130 {
            let now = start + Duration::from_secs(second);
            tidying.run(now, || {
                runs.push(second);
                runs.len() < 3
            });
        }
        assert_eq!(runs, [0, 1, 2, 62, 122]);
        assert!(tidying.wait(start + Duration::from_secs(130)) <= TIDY);
    }
}

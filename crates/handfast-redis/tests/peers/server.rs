//! Starting a server, and a runtime for a trial.

use core::future::Future;
use core::time::Duration;
use handfast::connection::Question;
use handfast_redis::{Redis, Target};
use handfast_store::{Guarded, Name, Sessions};
use handfast_testkit::peer::{Folder, Program, Server};
use handfast_tokio::Answerer;
use libtest_mimic::Failed;
use std::time::Instant;

pub(crate) const LIFE: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_secs(20);

/// A server that keeps nothing on disk, with its folder.
pub(crate) fn start(program: &Program, more: &[&str]) -> Result<(Server, Folder), Failed> {
    let folder = Folder::new()?;
    let dir = folder.file("");
    let arguments = |port: u16| {
        let port = port.to_string();
        let plain = ["--port", &port, "--bind", "127.0.0.1", "--dir", &dir];
        let quiet = ["--save", "", "--appendonly", "no", "--daemonize", "no"];
        let all = plain.into_iter().chain(quiet).chain(more.iter().copied());
        all.map(str::to_owned).collect()
    };
    Ok((Server::start(program, arguments, SOON)?, folder))
}

pub(crate) fn target(port: u16) -> Target {
    Target::parse(&format!("redis://127.0.0.1:{port}")).expect("it is a URL")
}

/// A store that trusts the server to remember strikes although it was started just now.
pub(crate) fn redis(port: u16) -> Redis {
    let redis = Redis::open(target(port)).expect("no TLS is wanted");
    redis.with_quiet(Duration::ZERO)
}

/// Time enough on a busy machine, where it is not time that is tried.
pub(crate) fn patient(port: u16) -> Guarded {
    Guarded::new(redis(port)).with_budget(Duration::from_secs(5))
}

pub(crate) fn run(trial: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(trial)
}

pub(crate) fn name(number: u64) -> Name {
    let mut bytes = [3; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Name::new(bytes)
}

/// How long each of so many questions for a session takes to be answered: what a handshake waits.
pub(crate) async fn waits(sessions: &Sessions, questions: usize) -> Vec<Duration> {
    let keys = [vec![7; 16]];
    let mut waits = Vec::new();
    for _ in 0..questions {
        let began = Instant::now();
        let single_use = true;
        let keys = &keys;
        sessions
            .answer(Question::LoadSession { keys, single_use })
            .await;
        waits.push(began.elapsed());
    }
    waits.sort_unstable();
    waits
}

/// In the middle, and the longest.
pub(crate) fn show(what: &str, waits: &[Duration]) {
    let middle = waits.get(waits.len() / 2).copied().unwrap_or_default();
    let longest = waits.last().copied().unwrap_or_default();
    eprintln!(
        "  {what}: {} questions, median {middle:.1?}, longest {longest:.1?}",
        waits.len()
    );
}

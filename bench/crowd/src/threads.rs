//! How handshakes go on two threads that share a config, beside one thread, and beside
//! two processes that share nothing: more than the machine gives to those, nobody has.
//!
//! ```text
//! crowd threads ──┬─ crowd work ROW 1 ─┐ alone, or both at once
//!                 ├─ crowd work ROW 1 ─┘
//!                 └─ crowd work ROW 2    two threads, one config
//! ```
//! The three are fed in turn, a round at a time. What a thread waits for a core, because
//! others have it, is taken off its time (`/proc/thread-self/schedstat`); what it waits
//! for a lock is not.

use crate::Result;
use crate::rows::{ROWS, Row, Work};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const ROUND: Duration = Duration::from_millis(300);
const ROUNDS: usize = 15;
/// Where threads waited longer for a core, they did not run at once: that round tells
/// nothing about sharing.
const MOST_QUEUED: f64 = 0.2;

/// What the threads of one round did and took.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    handshakes: f64,
    /// Handshakes a second of the time in which a thread had a core or a lock to wait for.
    rate: f64,
    cpu_ns: f64,
    /// The part of the time that threads waited for a core, at most.
    queued: f64,
    /// The part of the time that threads slept, at most.
    slept: f64,
}

impl Spent {
    /// Of threads that ran at the same time.
    fn add(self, other: Self) -> Self {
        Self {
            handshakes: self.handshakes + other.handshakes,
            rate: self.rate + other.rate,
            cpu_ns: self.cpu_ns + other.cpu_ns,
            queued: self.queued.max(other.queued),
            slept: self.slept.max(other.slept),
        }
    }

    fn cpu_us_each(&self) -> f64 {
        self.cpu_ns / self.handshakes / 1e3
    }
}

/// Prints a row for each kind of handshake.
pub(crate) fn threads(only: &str) -> Result<()> {
    println!(
        "| handshakes, both sides | a second, one thread | two threads | two processes | CPU us each: one, two threads |\n|---|---:|---:|---:|---:|"
    );
    for (number, row) in ROWS.iter().enumerate() {
        if row.name.contains(only) {
            compare(number, row)?;
        }
    }
    Ok(())
}

fn compare(number: usize, row: &Row) -> Result<()> {
    let mut lone = Worker::start(number, 1)?;
    let mut other = Worker::start(number, 1)?;
    let mut pair = Worker::start(number, 2)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let alone = lone.round()?;
        let threads = pair.round()?;
        lone.begin()?;
        other.begin()?;
        let processes = lone.end()?.add(other.end()?);
        rounds.push([alone, threads, processes]);
    }
    let all = rounds.len();
    rounds.retain(|round| round.iter().all(|spent| spent.queued < MOST_QUEUED));
    if rounds.len() < ROUNDS / 3 {
        println!(
            "| {} | in {} of {all} rounds the machine had no two cores free | | | |",
            row.name,
            all - rounds.len()
        );
        return Ok(());
    }
    let middle = |of: &dyn Fn(&[Spent; 3]) -> f64| median(rounds.iter().map(of).collect());
    println!(
        "| {} | {:.0} | {:.2} | {:.2} | {:.2}, {:.2} |",
        row.name,
        middle(&|[alone, ..]| alone.rate),
        middle(&|[alone, threads, _]| threads.rate / alone.rate),
        middle(&|[alone, _, processes]| processes.rate / alone.rate),
        middle(&|[alone, ..]| alone.cpu_us_each()),
        middle(&|[_, threads, _]| threads.cpu_us_each()),
    );
    let slept = middle(&|[_, threads, _]| threads.slept);
    if slept > 0.01 {
        println!("(two threads slept {:.1} % of the time)", slept * 100.0);
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A process that does a row's work, a round at each line that it reads.
struct Worker {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Worker {
    fn start(row: usize, threads: usize) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["work", &row.to_string(), &threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = child.stdin.take().ok_or("no way to the worker")?;
        let from = BufReader::new(child.stdout.take().ok_or("no way from the worker")?);
        let mut worker = Self { child, to, from };
        // The first round fills caches, and is not counted.
        worker.round()?;
        Ok(worker)
    }

    fn round(&mut self) -> Result<Spent> {
        self.begin()?;
        self.end()
    }

    fn begin(&mut self) -> Result<()> {
        self.to.write_all(b"\n")?;
        Ok(())
    }

    fn end(&mut self) -> Result<Spent> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        let fields: Vec<f64> = line
            .split_whitespace()
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()?;
        let [handshakes, rate, cpu_ns, queued, slept] = *fields else {
            return Err("the worker died".into());
        };
        Ok(Spent {
            handshakes,
            rate,
            cpu_ns,
            queued,
            slept,
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It ends when nothing more comes; this is for one that hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The worker's side.
pub(crate) fn work(row: &str, threads: &str) -> Result<()> {
    let row = ROWS.get(row.parse::<usize>()?).ok_or("no such row")?;
    let works = row.works(threads.parse()?)?;
    for line in std::io::stdin().lock().lines() {
        line?;
        let spent = round(&works)?;
        println!(
            "{} {} {} {} {}",
            spent.handshakes, spent.rate, spent.cpu_ns, spent.queued, spent.slept
        );
    }
    Ok(())
}

fn round(works: &[Work]) -> Result<Spent> {
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = works
            .iter()
            .map(|work| scope.spawn(|| on_one_thread(work).map_err(|error| error.to_string())))
            .collect();
        let ends = running.into_iter().map(std::thread::ScopedJoinHandle::join);
        ends.collect()
    });
    let mut all = Spent::default();
    for outcome in outcomes {
        all = all.add(outcome.map_err(|_| "a thread died")??);
    }
    Ok(all)
}

fn on_one_thread(work: &Work) -> Result<Spent> {
    let start = Instant::now();
    let (cpu_before, queued_before) = scheduled()?;
    let mut handshakes = 0.0;
    while start.elapsed() < ROUND {
        work.once()?;
        handshakes += 1.0;
    }
    let (cpu_after, queued_after) = scheduled()?;
    let wall_ns = start.elapsed().as_nanos() as f64;
    let cpu_ns = cpu_after - cpu_before;
    let queued_ns = queued_after - queued_before;
    Ok(Spent {
        handshakes,
        rate: handshakes / (wall_ns - queued_ns) * 1e9,
        cpu_ns,
        queued: queued_ns / wall_ns,
        slept: (wall_ns - queued_ns - cpu_ns).max(0.0) / wall_ns,
    })
}

/// Nanoseconds that this thread has had a core, and that it has waited for one.
fn scheduled() -> Result<(f64, f64)> {
    let fields = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let mut fields = fields.split_whitespace().map(str::parse::<f64>);
    let mut next = || fields.next().ok_or("schedstat has no such field");
    Ok((next()??, next()??))
}

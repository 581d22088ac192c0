//! The parent: starts the workers, feeds them in turn, takes medians.

use crate::library::{Library, Worker};
use crate::machine::{Machine, load, pin};
use crate::options::{HELP, Options};
use crate::{report, tools};
use handfast_bench_handfast::certificates;
use handfast_bench_work::Result;
use handfast_bench_work::material::Material;
use handfast_bench_work::rows::{self, Row};
use handfast_bench_work::task::{Call, HeapUse, Measured, Task};
use serde::Serialize;

/// A row of times, a library each.
#[derive(Serialize)]
pub(crate) struct Times {
    pub(crate) name: String,
    /// Nanoseconds of Handfast's symmetric calls alone: what the second floor has
    /// beyond the first.
    pub(crate) symmetric: Option<f64>,
    pub(crate) cells: Vec<Cell>,
}

/// What one library took, in nanoseconds, round by round.
#[derive(Serialize)]
pub(crate) struct Cell {
    pub(crate) library: &'static str,
    pub(crate) rounds: Vec<f64>,
    pub(crate) median: f64,
}

/// What one library's connections hold.
#[derive(Serialize)]
pub(crate) struct Memory {
    pub(crate) library: &'static str,
    pub(crate) client: HeapUse,
    pub(crate) server: HeapUse,
    /// Resident bytes of a pair that is held.
    pub(crate) resident: f64,
}

#[derive(Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) rounds: usize,
    /// Who could not come.
    pub(crate) absent: Vec<Absent>,
    pub(crate) primitives: Vec<Times>,
    pub(crate) handshakes: Vec<Times>,
    pub(crate) returns: Vec<Times>,
    pub(crate) bulk: Vec<Times>,
    pub(crate) memory: Vec<Memory>,
    pub(crate) sessions: Vec<Sessions>,
}

impl Results {
    fn lacks(&self, library: Library) -> bool {
        self.absent
            .iter()
            .any(|absent| absent.library == library.name())
    }
}

/// A library that does not build here.
#[derive(Serialize)]
pub(crate) struct Absent {
    pub(crate) library: &'static str,
    pub(crate) why: String,
}

/// What one library's session cache holds.
#[derive(Serialize)]
pub(crate) struct Sessions {
    pub(crate) library: &'static str,
    pub(crate) kept: f64,
    pub(crate) bytes: f64,
}

impl Times {
    pub(crate) fn median(&self, library: Library) -> Option<f64> {
        let cell = self
            .cells
            .iter()
            .find(|cell| cell.library == library.name())?;
        Some(cell.median)
    }

    /// The floor, and the symmetric calls.
    pub(crate) fn second_floor(&self) -> Option<f64> {
        Some(self.median(Library::Floor).unwrap_or_default() + self.symmetric?)
    }
}

pub(crate) fn run() -> Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    if options.help {
        print!("{HELP}");
        return Ok(());
    }
    let cores = std::thread::available_parallelism()?.get();
    // Before this process, and with it the compiler, is kept on one core.
    let (libraries, absent) = gather(&options)?;
    let core = pin(options.core)?;
    let machine = Machine::look(core, cores);
    let material = certificates::generate(true)?;
    let mut results = Results {
        machine,
        rounds: options.rounds,
        absent,
        primitives: Vec::new(),
        handshakes: Vec::new(),
        returns: Vec::new(),
        bulk: Vec::new(),
        memory: memory(&libraries, &material, &options)?,
        sessions: sessions(&libraries, &material, &options)?,
    };
    let mut workers = Vec::new();
    for library in libraries {
        workers.push(Worker::start(library, &material)?);
    }
    let mut second = if results.lacks(Library::Recorder) {
        None
    } else {
        Some(SecondFloor {
            recorder: Worker::start(Library::Recorder, &material)?,
            player: Worker::start(Library::Floor, &material)?,
        })
    };
    let second = &mut second;
    results.primitives = table(rows::primitives(), &mut workers[..1], second, &options)?;
    results.handshakes = table(rows::handshakes(), &mut workers, second, &options)?;
    results.returns = table(rows::returns(), &mut workers, second, &options)?;
    results.bulk = table(rows::bulk(), &mut workers, second, &options)?;
    results.machine.load_after = load();

    let tables = report::tables(&results);
    println!("{tables}");
    if let Some(path) = &options.markdown {
        std::fs::write(path, &tables)?;
    }
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&results)?)?;
    }
    Ok(())
}

/// Builds what is no part of this program; who does not build is absent.
fn gather(options: &Options) -> Result<(Vec<Library>, Vec<Absent>)> {
    let tools = if options.tools {
        Some(tools::fetch()?)
    } else {
        None
    };
    let (mut libraries, mut absent) = (Vec::new(), Vec::new());
    for library in Library::ALL.into_iter().chain([Library::Recorder]) {
        match library.build(tools.as_ref()) {
            Ok(()) if library == Library::Recorder => {}
            Ok(()) => libraries.push(library),
            Err(error) => {
                let why = error.to_string();
                eprintln!("{} is absent: {why}", library.name());
                absent.push(Absent {
                    library: library.name(),
                    why,
                });
            }
        }
    }
    Ok((libraries, absent))
}

fn table(
    rows: Vec<Row>,
    workers: &mut [Worker],
    second: &mut Option<SecondFloor>,
    options: &Options,
) -> Result<Vec<Times>> {
    let mut times = Vec::new();
    for row in rows {
        if options.wants(&row.name) || options.wants(&format!("{} client", row.name)) {
            eprintln!("{}", row.name);
            times.extend(measure(&row, workers, second, options)?);
        }
    }
    Ok(times)
}

/// One library's account of a row: how often a round, and what came of each.
struct Account<'w> {
    worker: &'w mut Worker,
    count: u32,
    rounds: Vec<Measured>,
}

/// Records the symmetric calls of Handfast's handshakes, and plays them with nothing else.
struct SecondFloor {
    recorder: Worker,
    player: Worker,
}

impl SecondFloor {
    fn record(&mut self, row: &Row) -> Result<Option<(Vec<Call>, Vec<Call>)>> {
        if !row.is_handshake() {
            return Ok(None);
        }
        match self.recorder.ask(&row.task(1))? {
            Measured::Calls { client, server } => Ok(Some((client, server))),
            _ => Ok(None),
        }
    }
}

/// The calls of a row, and the rounds in which they were played.
struct Played<'w> {
    player: &'w mut Worker,
    task: Task,
    rounds: Vec<Measured>,
}

fn played<'w>(
    row: &Row,
    second: &'w mut Option<SecondFloor>,
    options: &Options,
) -> Result<Option<Played<'w>>> {
    let Some(second) = second else {
        return Ok(None);
    };
    let Some((client, server)) = second.record(row)? else {
        return Ok(None);
    };
    let task = |count| Task::Replay {
        client: client.clone(),
        server: server.clone(),
        count,
    };
    let Measured::Handshake { client, server } = second.player.ask(&task(WARM_UP))? else {
        return Ok(None);
    };
    let count = (options.round_ns / 4.0 / (client + server).max(1.0)).min(1e6) as u32;
    Ok(Some(Played {
        player: &mut second.player,
        task: task(count.max(WARM_UP)),
        rounds: Vec::new(),
    }))
}

fn measure(
    row: &Row,
    workers: &mut [Worker],
    second: &mut Option<SecondFloor>,
    options: &Options,
) -> Result<Vec<Times>> {
    let mut played = played(row, second, options)?;
    let mut accounts = Vec::new();
    for worker in workers {
        // The first task warms up, and tells how often fills a round.
        let first = worker.ask(&row.task(WARM_UP))?;
        let each = match first {
            Measured::Handshake { client, server } => client + server,
            Measured::Each(ns) => ns,
            _ => continue,
        };
        // A round is short enough to fit into a `u32`, and at least a warm-up long.
        let count = (options.round_ns / each.max(1.0)).min(1e6) as u32;
        accounts.push(Account {
            worker,
            count: count.max(WARM_UP),
            rounds: Vec::new(),
        });
    }
    for _ in 0..options.rounds {
        for account in &mut accounts {
            let measured = account.worker.ask(&row.task(account.count))?;
            account.rounds.push(measured);
        }
        if let Some(played) = &mut played {
            played.rounds.push(played.player.ask(&played.task)?);
        }
    }
    let side = |suffix: &str, pick: fn(&Measured) -> Option<f64>| Times {
        name: format!("{}{suffix}", row.name),
        symmetric: played
            .as_ref()
            .and_then(|played| median(played.rounds.iter().filter_map(pick))),
        cells: accounts
            .iter()
            .filter_map(|account| account.cell(pick))
            .collect(),
    };
    let times = [
        side(": server", |measured| match measured {
            Measured::Handshake { server, .. } => Some(*server),
            _ => None,
        }),
        side(": client", |measured| match measured {
            Measured::Handshake { client, .. } => Some(*client),
            _ => None,
        }),
        side("", |measured| match measured {
            Measured::Each(ns) => Some(*ns),
            _ => None,
        }),
    ];
    // Of new clients only what the server does differs.
    let alike = format!("{NEWCOMERS}: client");
    Ok(times
        .into_iter()
        .filter(|times| !times.cells.is_empty() && !times.name.ends_with(&alike))
        .collect())
}

const WARM_UP: u32 = 64;

const NEWCOMERS: &str = "new client of a known CA";

impl Account<'_> {
    fn cell(&self, pick: fn(&Measured) -> Option<f64>) -> Option<Cell> {
        let rounds: Vec<f64> = self.rounds.iter().filter_map(pick).collect();
        let median = median(rounds.iter().copied())?;
        Some(Cell {
            library: self.worker.library.name(),
            rounds,
            median,
        })
    }
}

fn median(rounds: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = rounds.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// Connections held at once to tell the heap, and the resident memory, of one.
const HELD: u32 = 200;
const HELD_RESIDENT: u32 = 2000;

/// Clients of a session cache of 1 MiB: more than it can hold.
const STRANGERS: u32 = 12_000;

fn sessions(
    libraries: &[Library],
    material: &Material,
    options: &Options,
) -> Result<Vec<Sessions>> {
    let mut all = Vec::new();
    if !options.wants("sessions") {
        return Ok(all);
    }
    // Unbuffered rustls has the same cache as rustls.
    let libraries = libraries.iter().copied();
    for library in libraries.filter(|library| *library != Library::Unbuffered) {
        eprintln!("sessions, {}", library.name());
        let task = rows::sessions().task(STRANGERS);
        if let Measured::Sessions { kept, bytes } = Worker::start(library, material)?.ask(&task)? {
            all.push(Sessions {
                library: library.name(),
                kept,
                bytes,
            });
        }
    }
    Ok(all)
}

fn memory(libraries: &[Library], material: &Material, options: &Options) -> Result<Vec<Memory>> {
    let mut memory = Vec::new();
    if !options.wants("memory") {
        return Ok(memory);
    }
    let [heap, resident] = rows::memory();
    for &library in libraries {
        eprintln!("memory, {}", library.name());
        // A fresh process each: nothing that was freed before is used again.
        let heap = Worker::start(library, material)?.ask(&heap.task(HELD))?;
        let resident = Worker::start(library, material)?.ask(&resident.task(HELD_RESIDENT))?;
        if let (Measured::Heap { client, server }, Measured::Resident(resident)) = (heap, resident)
        {
            memory.push(Memory {
                library: library.name(),
                client,
                server,
                resident,
            });
        }
    }
    Ok(memory)
}

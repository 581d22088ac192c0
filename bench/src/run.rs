//! The parent: starts the workers, feeds them in turn, takes medians.

use crate::machine::{Machine, load, pin};
use crate::material::Material;
use crate::options::{HELP, Options};
use crate::rows::{self, Row};
use crate::task::{HeapUse, Measured};
use crate::worker::{Library, Worker};
use crate::{Result, report};
use serde::Serialize;

/// A row of times, a library each.
#[derive(Serialize)]
pub(crate) struct Times {
    pub(crate) name: String,
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
    pub(crate) primitives: Vec<Times>,
    pub(crate) handshakes: Vec<Times>,
    pub(crate) returns: Vec<Times>,
    pub(crate) bulk: Vec<Times>,
    pub(crate) memory: Vec<Memory>,
    pub(crate) sessions: Vec<Sessions>,
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
}

pub(crate) fn run() -> Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    if options.help {
        print!("{HELP}");
        return Ok(());
    }
    let cores = std::thread::available_parallelism()?.get();
    let core = pin(options.core)?;
    let machine = Machine::look(core, cores);
    let material = Material::generate(true)?;
    let mut results = Results {
        machine,
        rounds: options.rounds,
        primitives: Vec::new(),
        handshakes: Vec::new(),
        returns: Vec::new(),
        bulk: Vec::new(),
        memory: memory(&material, &options)?,
        sessions: sessions(&material, &options)?,
    };
    let mut workers = Vec::new();
    for library in Library::ALL {
        workers.push(Worker::start(library, &material)?);
    }
    results.primitives = table(rows::primitives(), &mut workers[..1], &options)?;
    results.handshakes = table(rows::handshakes(), &mut workers, &options)?;
    results.returns = table(rows::returns(), &mut workers, &options)?;
    results.bulk = table(rows::bulk(), &mut workers, &options)?;
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

fn table(rows: Vec<Row>, workers: &mut [Worker], options: &Options) -> Result<Vec<Times>> {
    let mut times = Vec::new();
    for row in rows {
        if options.wants(&row.name) || options.wants(&format!("{} client", row.name)) {
            eprintln!("{}", row.name);
            times.extend(measure(&row, workers, options)?);
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

fn measure(row: &Row, workers: &mut [Worker], options: &Options) -> Result<Vec<Times>> {
    let mut accounts = Vec::new();
    for worker in workers {
        // The first task warms up, and tells how often fills a round.
        let first = worker.ask(row.task(WARM_UP))?;
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
            let measured = account.worker.ask(row.task(account.count))?;
            account.rounds.push(measured);
        }
    }
    let side = |suffix: &str, pick: fn(Measured) -> Option<f64>| Times {
        name: format!("{}{suffix}", row.name),
        cells: accounts
            .iter()
            .filter_map(|account| account.cell(pick))
            .collect(),
    };
    let times = [
        side(": server", |measured| match measured {
            Measured::Handshake { server, .. } => Some(server),
            _ => None,
        }),
        side(": client", |measured| match measured {
            Measured::Handshake { client, .. } => Some(client),
            _ => None,
        }),
        side("", |measured| match measured {
            Measured::Each(ns) => Some(ns),
            _ => None,
        }),
    ];
    Ok(times
        .into_iter()
        .filter(|times| !times.cells.is_empty())
        .collect())
}

const WARM_UP: u32 = 64;

impl Account<'_> {
    fn cell(&self, pick: fn(Measured) -> Option<f64>) -> Option<Cell> {
        let rounds: Vec<f64> = self.rounds.iter().copied().filter_map(pick).collect();
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let median = *sorted.get(sorted.len() / 2)?;
        Some(Cell {
            library: self.worker.library.name(),
            rounds,
            median,
        })
    }
}

/// Connections held at once to tell the heap, and the resident memory, of one.
const HELD: u32 = 200;
const HELD_RESIDENT: u32 = 2000;

/// Clients of a session cache of 1 MiB: more than it can hold.
const STRANGERS: u32 = 12_000;

fn sessions(material: &Material, options: &Options) -> Result<Vec<Sessions>> {
    let mut all = Vec::new();
    if !options.wants("sessions") {
        return Ok(all);
    }
    for library in [Library::Handfast, Library::Rustls, Library::OpenSsl] {
        eprintln!("sessions, {}", library.name());
        let task = rows::sessions().task(STRANGERS);
        if let Measured::Sessions { kept, bytes } = Worker::start(library, material)?.ask(task)? {
            all.push(Sessions {
                library: library.name(),
                kept,
                bytes,
            });
        }
    }
    Ok(all)
}

fn memory(material: &Material, options: &Options) -> Result<Vec<Memory>> {
    let mut memory = Vec::new();
    if !options.wants("memory") {
        return Ok(memory);
    }
    let [heap, resident] = rows::memory();
    for library in Library::ALL {
        eprintln!("memory, {}", library.name());
        // A fresh process each: nothing that was freed before is used again.
        let heap = Worker::start(library, material)?.ask(heap.task(HELD))?;
        let resident = Worker::start(library, material)?.ask(resident.task(HELD_RESIDENT))?;
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

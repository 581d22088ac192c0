//! The table.

use crate::drive::Row;
use crate::options::Options;
use crate::processor::Cores;
use crate::server::Kind;
use std::fs::read_to_string;

/// What one round took.
pub(crate) struct Figures {
    /// Connections, requests, or millions of bytes.
    pub(crate) done: f64,
    pub(crate) seconds: f64,
    /// CPU of the server.
    pub(crate) server_seconds: f64,
    /// CPU of this program.
    pub(crate) own_seconds: f64,
}

/// All that was measured.
pub(crate) struct Table {
    first_lines: String,
    rows: Vec<(Row, Kind, Medians)>,
}

/// The middle of what the rounds took.
pub(crate) struct Medians {
    pub(crate) rate: f64,
    pub(crate) server_us: f64,
    /// Of the best round: other work on the machine only adds.
    pub(crate) least_us: f64,
    pub(crate) own_us: f64,
    pub(crate) busy: f64,
    pub(crate) spread: f64,
}

impl Medians {
    /// Of these rounds.
    pub(crate) fn of(all: &[Figures]) -> Self {
        let median = |of: &dyn Fn(&Figures) -> f64| {
            let mut values: Vec<f64> = all.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            (
                values.get(values.len() / 2).copied().unwrap_or_default(),
                values,
            )
        };
        let (server_us, sorted) = median(&|one| one.server_seconds / one.done * 1e6);
        let ends = (sorted.first().copied(), sorted.last().copied());
        let spread = match ends {
            (Some(least), Some(most)) => (most - least) / server_us,
            _ => 0.0,
        };
        Self {
            rate: median(&|one| one.done / one.seconds).0,
            server_us,
            least_us: ends.0.unwrap_or_default(),
            own_us: median(&|one| one.own_seconds / one.done * 1e6).0,
            busy: median(&|one| one.server_seconds / one.seconds).0,
            spread,
        }
    }

    /// Says it while the others are still measured.
    pub(crate) fn tell(&self, row: &str, server: &str) {
        eprintln!(
            "{row}, {server}: {:.0}/s, {:.1} us of CPU each, busy {:.0} %, spread {:.0} %, own {:.1} us",
            self.rate,
            self.server_us,
            self.busy * 100.0,
            self.spread * 100.0,
            self.own_us,
        );
    }
}

/// How the run was made, in a line.
pub(crate) fn first_line(options: &Options, cores: &Cores) -> String {
    let Options {
        rounds,
        seconds,
        connections,
        ..
    } = options;
    let (server, own) = (&cores.server, cores.own);
    format!(
        "server on core {server:?}, load from core {own}; {connections} connections; median of \
         {rounds} rounds of {seconds} s; load before {}",
        load()
    )
}

impl Table {
    pub(crate) fn new(options: &Options, cores: &Cores) -> Self {
        Self {
            first_lines: first_line(options, cores),
            rows: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, row: Row, kind: Kind, all: &[Figures]) {
        let medians = Medians::of(all);
        medians.tell(row.name(), kind.name());
        self.rows.push((row, kind, medians));
    }

    /// For BENCHMARKS.md.
    pub(crate) fn print(&self) {
        println!("{}; after {}\n", self.first_lines, load());
        println!(
            "| row | server | a second | us of the server's CPU each | the least | busy | spread | us of the client's |"
        );
        println!("|---|---|---:|---:|---:|---:|---:|---:|");
        for (row, kind, medians) in &self.rows {
            println!(
                "| {} | {} | {:.0} | {:.1} | {:.1} | {:.0} % | {:.0} % | {:.1} |",
                row.name(),
                kind.name(),
                medians.rate,
                medians.server_us,
                medians.least_us,
                medians.busy * 100.0,
                medians.spread * 100.0,
                medians.own_us,
            );
        }
    }
}

/// The load of the last minute.
pub(crate) fn load() -> String {
    let line = read_to_string("/proc/loadavg").unwrap_or_default();
    line.split_whitespace()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}

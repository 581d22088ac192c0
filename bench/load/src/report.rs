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

struct Medians {
    rate: f64,
    server_us: f64,
    /// Of the best round: other work on the machine only adds.
    least_us: f64,
    own_us: f64,
    busy: f64,
    spread: f64,
}

impl Table {
    pub(crate) fn new(options: &Options, cores: &Cores) -> Self {
        let Options {
            rounds,
            seconds,
            connections,
            ..
        } = options;
        let (server, own) = (&cores.server, cores.own);
        Self {
            first_lines: format!(
                "server on core {server:?}, load from core {own}; {connections} connections; median of \
                 {rounds} rounds of {seconds} s; load before {}",
                load()
            ),
            rows: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, row: Row, kind: Kind, all: &[Figures]) {
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
        let medians = Medians {
            rate: median(&|one| one.done / one.seconds).0,
            server_us,
            least_us: ends.0.unwrap_or_default(),
            own_us: median(&|one| one.own_seconds / one.done * 1e6).0,
            busy: median(&|one| one.server_seconds / one.seconds).0,
            spread,
        };
        let name = row.name();
        eprintln!(
            "{name}, {}: {:.0}/s, {server_us:.1} us of CPU each, busy {:.0} %, spread {:.0} %, own {:.1} us",
            kind.name(),
            medians.rate,
            medians.busy * 100.0,
            spread * 100.0,
            medians.own_us,
        );
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
fn load() -> String {
    let line = read_to_string("/proc/loadavg").unwrap_or_default();
    line.split_whitespace()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}

//! The tables, in Markdown.

use crate::library::Library;
use crate::run::{Memory, Results, Sessions, Times};
use handfast_bench_work::task::HeapUse;
use std::fmt::Write;

/// Everything that goes into BENCHMARKS.md.
pub(crate) fn tables(results: &Results) -> String {
    let mut text = String::new();
    method(&mut text, results);
    primitives(&mut text, &results.primitives);
    times(&mut text, HANDSHAKES, &results.handshakes, 1000.0, 1);
    times(&mut text, RETURNS, &results.returns, 1000.0, 2);
    times(&mut text, BULK, &results.bulk, 1.0, 0);
    memory(&mut text, &results.memory);
    sessions(&mut text, &results.sessions);
    text
}

const HANDSHAKES: &str = "Full handshakes (TLS 1.3 where not said), us of CPU a side";
const RETURNS: &str = "Clients that come back, us of CPU a side";
const BULK: &str = "Bulk data (TLS 1.3), ns of CPU a record";

/// Writing to a `String` cannot fail, so these macros' results are dropped.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => {
        let _ = writeln!($text, $($arguments)*);
    };
}

fn method(text: &mut String, results: &Results) {
    let machine = &results.machine;
    line!(
        text,
        "Date: {}. Handfast: {}. Peers: {PEERS}.",
        machine.date,
        machine.commit
    );
    line!(
        text,
        "Machine: {}, {} cores, {}, {}; load before {}, after {}.",
        machine.processor,
        machine.cores,
        machine.kernel,
        machine.compiler,
        machine.load_before,
        machine.load_after
    );
    line!(
        text,
        "Method: one worker process a library, fed in turn, all on core {}; CPU time of the \
         thread; median of {} rounds.\n",
        machine.core,
        results.rounds
    );
    for absent in &results.absent {
        line!(
            text,
            "**{} is absent**: {}. See `--tools`.\n",
            absent.library,
            absent.why
        );
    }
}

const PEERS: &str = "rustls 0.23.46 and raw operations with aws-lc-rs 1.19.0, BoringSSL (boring 5.4.0), \
     s2n-tls 0.3.47, OpenSSL 3.6.3 (openssl 0.10.82, vendored)";

fn primitives(text: &mut String, rows: &[Times]) {
    if rows.is_empty() {
        return;
    }
    line!(
        text,
        "### Raw operations, us of CPU\n\n| operation | us |\n|---|---:|"
    );
    for row in rows {
        if let Some(ns) = row.median(Library::Floor) {
            line!(text, "| {} | {:.1} |", row.name, ns / 1000.0);
        }
    }
    line!(text, "");
}

fn times(text: &mut String, title: &str, rows: &[Times], divisor: f64, digits: usize) {
    let shown: Vec<Library> = Library::ALL
        .into_iter()
        .filter(|library| rows.iter().any(|row| row.median(*library).is_some()))
        .collect();
    if shown.is_empty() {
        return;
    }
    // The second floor stands beside the first, and means nothing for records.
    let second = rows.iter().any(|row| row.symmetric.is_some());
    let mut names: Vec<&str> = shown.iter().map(|library| library.name()).collect();
    let mut ratios = vec!["to rustls", "to floor"];
    if second {
        let at = usize::from(names.first() == Some(&Library::Floor.name()));
        names.insert(at, "with symmetric");
        ratios.push("to both");
    }
    line!(text, "### {title}\n");
    line!(
        text,
        "| row | {} | {} | spread |",
        names.join(" | "),
        ratios.join(" | ")
    );
    line!(
        text,
        "|---|{}---:|",
        "---:|".repeat(names.len() + ratios.len())
    );
    for row in rows {
        let ours = row.median(Library::Handfast);
        let rustls = row
            .median(Library::Rustls)
            .or(row.median(Library::Unbuffered));
        let mut figures: Vec<Option<f64>> =
            shown.iter().map(|library| row.median(*library)).collect();
        let mut ratios = vec![ratio(ours, rustls), ratio(ours, row.median(Library::Floor))];
        if second {
            let at = usize::from(shown.first() == Some(&Library::Floor));
            figures.insert(at, row.second_floor());
            ratios.push(ratio(ours, row.second_floor()));
        }
        let cells: Vec<String> = figures
            .into_iter()
            .map(|figure| {
                figure.map_or("–".to_owned(), |ns| {
                    format!("{:.*}", digits, ns / divisor)
                })
            })
            .collect();
        line!(
            text,
            "| {} | {} | {} | {} |",
            row.name,
            cells.join(" | "),
            ratios.join(" | "),
            spread(row)
        );
    }
    line!(text, "");
}

fn ratio(ours: Option<f64>, theirs: Option<f64>) -> String {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if theirs > 0.0 => format!("{:.2}", ours / theirs),
        _ => "–".to_owned(),
    }
}

/// How far apart the middle five of seven rounds lie, for the library that is worst.
fn spread(row: &Times) -> String {
    let worst = row.cells.iter().map(|cell| {
        let mut rounds = cell.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        let cut = usize::from(rounds.len() > 4);
        let low = rounds.get(cut).copied().unwrap_or_default();
        let high = rounds.iter().rev().nth(cut).copied().unwrap_or_default();
        (high - low) / cell.median
    });
    format!("{:.0} %", 100.0 * worst.fold(0.0, f64::max))
}

/// Picks one figure of a side's heap.
type Pick = fn(&HeapUse) -> f64;

fn memory(text: &mut String, memory: &[Memory]) {
    if memory.is_empty() {
        return;
    }
    let names: Vec<&str> = memory.iter().map(|one| one.library).collect();
    line!(text, "### Memory of a connection (client / server)\n");
    line!(
        text,
        "| | {} |\n|---|{}",
        names.join(" | "),
        "---:|".repeat(names.len())
    );
    let rows: [(&str, Pick); 6] = [
        ("heap bytes, idle after the handshake", |heap| heap.idle),
        ("heap bytes, idle after 64 KiB each way", |heap| {
            heap.after_traffic
        }),
        ("heap bytes, peak in the handshake", |heap| heap.peak),
        ("allocations of the handshake", |heap| heap.allocations),
        ("those of Rust code", |heap| heap.allocations_rust),
        (
            "allocations of 4 records sent and 4 received, after the first",
            |heap| heap.allocations_traffic,
        ),
    ];
    for (name, pick) in rows {
        let cells: Vec<String> = memory
            .iter()
            .map(|one| format!("{:.0} / {:.0}", pick(&one.client), pick(&one.server)))
            .collect();
        line!(text, "| {name} | {} |", cells.join(" | "));
    }
    let cells: Vec<String> = memory
        .iter()
        .map(|one| format!("{:.0}", one.resident))
        .collect();
    line!(
        text,
        "| resident bytes of a pair, 2000 held | {} |",
        cells.join(" | ")
    );
}

fn sessions(text: &mut String, sessions: &[Sessions]) {
    if sessions.is_empty() {
        return;
    }
    line!(
        text,
        "\n### Sessions in a server's cache (TLS 1.2)\n\n| library | kept | heap bytes | \
         bytes a session | sessions a MiB |\n|---|---:|---:|---:|---:|"
    );
    for one in sessions {
        let each = one.bytes / one.kept;
        line!(
            text,
            "| {} | {:.0} | {:.0} | {each:.0} | {:.0} |",
            one.library,
            one.kept,
            one.bytes,
            f64::from(1 << 20) / each
        );
    }
}

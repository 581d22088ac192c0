//! Runs the x509-limbo test set (C2SP/x509-limbo) against Handfast.
//!
//! `handfast-limbo [FILE.json|FILE.json.gz|-]` writes limbo's results as JSON to standard output.
//! `handfast-limbo --score [FILE…]` compares them with what limbo expects, and lists differences.
//! `handfast-limbo --expected [FILE…]` writes what limbo expects, as one JSON object.
//! Judging never sees what is expected: only [`score`] reads it.

mod case;
mod judge;
mod score;

use crate::case::CaseSet;
use flate2::read::GzDecoder;
use serde::Serialize;
use std::error::Error;
use std::io::{Read, Write};

/// One case's outcome, as limbo's results format spells it.
#[derive(Serialize)]
struct Outcome {
    id: String,
    actual_result: &'static str,
    context: Option<String>,
}

#[derive(Serialize)]
struct Results {
    version: u32,
    harness: &'static str,
    results: Vec<Outcome>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Results,
    Score,
    Expected,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mode = match arguments.first().map(String::as_str) {
        Some("--score") => Mode::Score,
        Some("--expected") => Mode::Expected,
        _ => Mode::Results,
    };
    if mode != Mode::Results {
        arguments.remove(0);
    }
    let json = read(arguments.first().map_or("-", String::as_str))?;
    let mut out = std::io::stdout().lock();
    if mode == Mode::Expected {
        return score::write_expected(&json, &mut out);
    }
    let cases: CaseSet = serde_json::from_slice(&json)?;
    let now_unix_s = jiff::Timestamp::now().as_second();
    let results: Vec<Outcome> = cases
        .testcases
        .iter()
        .map(|case| judge::judge(case, now_unix_s))
        .collect();
    if mode == Mode::Score {
        score::write(&json, &results, &mut out)?;
    } else {
        let results = Results {
            version: 1,
            harness: "handfast",
            results,
        };
        serde_json::to_writer_pretty(&mut out, &results)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Reads a file or standard input, unpacked if it is gzip.
fn read(path: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Vec::new();
    if path == "-" {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(path).map_err(|error| {
            format!("{path}: {error}; the set comes from github.com/C2SP/x509-limbo (limbo.json)")
        })?;
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
        bytes = unpacked;
    }
    Ok(bytes)
}

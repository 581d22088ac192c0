//! Handfast beside rustls and OpenSSL, and all of them beside the floor of raw
//! operations, in one run: `cargo run --release`, or `cargo xtask bench` from
//! the root.
//!
//! ```text
//! run.rs --- a task, one line of JSON ---> worker.rs (one process a library)
//!    ^                                        | measure.rs: time, heap, resident memory
//!    |                                        | floor.rs: raw operations
//!    +---- what was measured, one line -------+
//! ```
//!
//! The parent feeds the workers in turn, round after round, so that none of
//! them alone has the machine's good or bad moments. All run on one core.

mod clock;
mod floor;
mod handshake;
mod heap;
mod machine;
mod material;
mod measure;
mod options;
mod peer;
mod report;
mod rows;
mod run;
mod task;
mod wire;
mod witness;
mod worker;

use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((first, rest)) if first == worker::WORD => {
            worker::work(rest.first().map(String::as_str))
        }
        Some((first, rest)) if first == worker::ALONE => worker::work_alone(rest),
        _ => run::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

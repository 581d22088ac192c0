//! Handfast beside rustls, BoringSSL, s2n-tls and OpenSSL, and all of them beside
//! the floor of raw operations, in one run: `cargo run --release`, or `cargo xtask
//! bench` from the root.
//!
//! ```text
//! run.rs --- a task, one line of JSON ---> a worker (one process a library)
//!    ^                                        | work/: time, heap, resident memory
//!    |                                        | floor.rs: raw operations
//!    +---- what was measured, one line -------+
//! ```
//!
//! The parent feeds the workers in turn, round after round, so that none of
//! them alone has the machine's good or bad moments. All run on one core. Libraries
//! with a crypto library of their own are programs of their own (`boring/`, `s2n/`,
//! `openssl/`), built by the parent.

mod floor;
mod library;
mod machine;
mod options;
mod peer;
mod report;
mod run;
mod tools;

use handfast_bench_handfast::certificates;
use handfast_bench_work::{Result, rows, worker};
use library::{Library, Place, Worker};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        [library::WORD, name] => work(name),
        [worker::ALONE, library, row, count] => alone(library, row, count),
        ["material"] => material(),
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

fn work(name: &str) -> Result<()> {
    match Library::named(name)?.place() {
        Place::Here(measure) => worker::work(measure),
        Place::Package(name) => Err(format!("{name} is a program of its own").into()),
    }
}

/// One row of one library, for a profiler: in this process if the library works here.
fn alone(library: &str, row: &str, count: &str) -> Result<()> {
    let library = Library::named(library)?;
    let task = rows::named(row)?.task(count.parse()?);
    let material = certificates::generate(row.contains("RSA"))?;
    let measured = match library.place() {
        Place::Here(measure) => measure(&material, task)?,
        Place::Package(_) => {
            library.build(None)?;
            Worker::start(library, &material)?.ask(&task)?
        }
    };
    println!("{measured:?}");
    Ok(())
}

/// What a worker's program reads first, for a profiler.
fn material() -> Result<()> {
    println!("{}", serde_json::to_string(&certificates::generate(true)?)?);
    Ok(())
}

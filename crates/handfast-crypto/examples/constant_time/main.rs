//! Whether the code of `legacy` that handles secrets tells them by what it does or by how long it
//! takes. `cargo xtask constant-time` runs it.
//!
//! `cases` lists what `taint CASE` runs under valgrind: code of ours, in which nothing may be
//! reported, and leaky twins, in which something must. `time SAMPLES` measures, and again the twins
//! beside it.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    reason = "an instrument that cannot go on says where, and takes the time"
)]

mod cases;
mod leaky;
mod made;
mod padded;
mod statistics;
mod timing;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cases"] => {
            for case in cases::CASES {
                let wanted = if case.leaks { "caught" } else { "quiet" };
                println!("{} {wanted}", case.name);
            }
            ExitCode::SUCCESS
        }
        ["taint", name] => taint(name),
        ["time", samples] => match samples.replace('_', "").parse() {
            Ok(samples) if samples >= 1000 => timing::run(samples),
            _ => usage(),
        },
        _ => usage(),
    }
}

fn taint(name: &str) -> ExitCode {
    let Some(case) = cases::CASES.iter().find(|case| case.name == name) else {
        eprintln!("constant_time: there is no case `{name}`; `cases` lists them");
        return ExitCode::from(2);
    };
    if !handfast_crypto::legacy::taint::is_watched() {
        eprintln!("constant_time: nobody watches; run it under valgrind, on x86-64");
        return ExitCode::from(2);
    }
    println!("{name}: {} inputs", (case.run)());
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("constant_time: cases | taint CASE (under valgrind) | time SAMPLES (1000 or more)");
    ExitCode::from(2)
}

//! A worker: one library in a process of its own, which does what it is told.

use crate::material::Material;
use crate::measure::measure;
use crate::peer::Peer;
use crate::task::{Measured, Task};
use crate::{Result, rows};
use std::io::BufRead;
use std::process::ExitCode;

/// What a library does with a task.
pub type Measure = fn(&Material, Task) -> Result<Measured>;

/// A program that is nothing but a worker of one library:
///
/// ```text
/// PROGRAM                    reads certificates, then tasks, as the parent sends them
/// PROGRAM alone ROW COUNT    one row, for a profiler; certificates come as for a worker
/// ```
pub fn main<P: Peer>() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.as_slice() {
        [] => work(measure::<P>),
        [word, row, count] if word == ALONE => alone(measure::<P>, row, count),
        _ => Err("say nothing, or `alone ROW COUNT`".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads certificates, then tasks, until the input ends.
pub fn work(measure: Measure) -> Result<()> {
    let mut lines = std::io::stdin().lock().lines();
    let material: Material = serde_json::from_str(&lines.next().ok_or("no certificates")??)?;
    for line in lines {
        let measured = measure(&material, serde_json::from_str(&line?)?)?;
        println!("{}", serde_json::to_string(&measured)?);
    }
    Ok(())
}

fn alone(measure: Measure, row: &str, count: &str) -> Result<()> {
    let line = std::io::stdin().lock().lines().next();
    let material: Material = serde_json::from_str(&line.ok_or("no certificates")??)?;
    let task = rows::named(row)?.task(count.parse()?);
    println!("{:?}", measure(&material, task)?);
    Ok(())
}

/// The argument that asks for one row alone.
pub const ALONE: &str = "alone";

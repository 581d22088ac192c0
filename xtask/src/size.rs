//! What the command costs to build and to keep: a cold release build, the stripped binary.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The verb's name.
pub(crate) const NAME: &str = "size";

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Builds in a target directory of its own, which is empty before and removed after.
pub(crate) fn run() -> ExitCode {
    let target = Path::new(ROOT).join("target/size");
    let outcome = measure(&target);
    // Nothing is lost if it stays.
    let _ = fs::remove_dir_all(&target);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("xtask size: {complaint}");
            ExitCode::FAILURE
        }
    }
}

fn measure(target: &Path) -> Result<(), String> {
    if target.exists() {
        fs::remove_dir_all(target).map_err(|error| format!("{}: {error}", target.display()))?;
    }
    // Sources are fetched first: the network is nobody's compile time.
    cargo(&["fetch", "--quiet"], target)?;
    let start = Instant::now();
    cargo(
        &["build", "--release", "--quiet", "--package", "handfast-cli"],
        target,
    )?;
    let seconds = start.elapsed().as_secs_f64();
    let binary = target.join("release/handfast");
    let stripped = target.join("release/handfast-stripped");
    succeed(Command::new("strip").arg("-o").arg(&stripped).arg(&binary))?;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "cold `cargo build --release -p handfast-cli`: {seconds:.0} s on {cores} cores, load {}",
        load.split_whitespace().next().unwrap_or("unknown")
    );
    for (what, file) in [("as built", &binary), ("stripped", &stripped)] {
        let bytes = fs::metadata(file).map_err(|error| error.to_string())?.len();
        println!("the command, {what}: {:.2} MB", bytes as f64 / 1e6);
    }
    Ok(())
}

fn cargo(words: &[&str], target: &Path) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    succeed(
        Command::new(cargo)
            .current_dir(ROOT)
            .env("CARGO_TARGET_DIR", target)
            .args(words),
    )
}

fn succeed(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

//! Whether secrets of old versions steer a branch or an address: valgrind's memcheck watches our
//! code, in which it must find nothing, and leaky twins, in which it must. With `time`, how long
//! both take, by kind of input.

use std::env;
use std::process::{Command, ExitCode, Output, Stdio};

/// The verb's name.
pub(crate) const NAME: &str = "constant-time";

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What valgrind ends with where it found something.
const FOUND: i32 = 99;

/// Runs the instrument under valgrind, case by case, or with `time [SAMPLES]` by the clock.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => watch(),
        ["time"] => time("1_000_000"),
        ["time", samples] => time(samples),
        _ => {
            eprintln!("xtask {NAME}: nothing (valgrind), or `time [SAMPLES]`");
            ExitCode::from(2)
        }
    }
}

fn time(samples: &str) -> ExitCode {
    match instrument(&["time", samples]).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn watch() -> ExitCode {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        eprintln!("xtask {NAME}: the marks are for valgrind on x86-64 Linux");
        return ExitCode::FAILURE;
    }
    let valgrind = Command::new("valgrind").arg("--version").output();
    if !valgrind.is_ok_and(|output| output.status.success()) {
        eprintln!("xtask {NAME}: valgrind is not there; on Debian: apt-get install valgrind");
        return ExitCode::FAILURE;
    }
    let listed = instrument(&["cases"]).stderr(Stdio::inherit()).output();
    let Some(cases) = listed.ok().filter(|output| output.status.success()) else {
        eprintln!("xtask {NAME}: the instrument could not be built");
        return ExitCode::FAILURE;
    };
    let mut failed = 0;
    for line in String::from_utf8_lossy(&cases.stdout).lines() {
        let Some((case, wanted)) = line.split_once(' ') else {
            continue;
        };
        let output = watched(case);
        let verdict = match output.as_ref().map(|output| output.status.code()) {
            Ok(Some(0)) => "quiet",
            Ok(Some(FOUND)) => "caught",
            _ => "did not run",
        };
        let well = verdict == wanted;
        println!(
            "  {case:<24} {verdict}{}",
            if well { "" } else { ", FAILED" }
        );
        if !well {
            failed += 1;
            if let Ok(output) = output {
                eprint!("{}", String::from_utf8_lossy(&output.stderr));
            }
        }
    }
    println!("== {NAME}: {failed} failed");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn watched(case: &str) -> std::io::Result<Output> {
    instrument(&["taint", case])
        .env(
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER",
            format!("valgrind --quiet --error-exitcode={FOUND}"),
        )
        .output()
}

/// As it is shipped: optimised, and with checks for overflow, which would be branches too.
fn instrument(arguments: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(ROOT).args([
        "run",
        "--release",
        "--quiet",
        "-p",
        "handfast-crypto",
        "--features",
        "taint",
        "--example",
        "constant_time",
        "--",
    ]);
    command.args(arguments);
    command
}

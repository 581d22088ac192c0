//! A worker under strace, which counts its system calls and meddles with one of them.

use crate::work::WORD;
use handfast_testkit::peer::{Folder, Outcome, Program};
use libtest_mimic::Failed;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// A system call by its name, and which of that name it is, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) place: u32,
    /// As strace shows it.
    pub(super) line: String,
}

/// The system calls of these names that a worker makes once it has touched the folder, in order;
/// and what it said.
pub(super) fn calls(
    strace: &Program,
    names: &str,
    what: &str,
    ca: &Path,
) -> Result<Vec<Call>, Failed> {
    let log = Folder::new()?;
    let file = log.file("log");
    let outcome = run(
        strace,
        &["-o", &file, "-e", &format!("trace={names}")],
        what,
        ca,
    )?;
    if !outcome.success() {
        return Err(format!("{what}: {}", outcome.stderr).into());
    }
    let text = String::from_utf8_lossy(&std::fs::read(&file)?).into_owned();
    let folder = ca.parent().unwrap_or(ca).to_string_lossy().into_owned();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut touched = false;
    let mut calls = Vec::new();
    for line in text.lines() {
        // `4711 openat(AT_FDCWD, "/tmp/…", O_RDWR) = 3`
        let call = line.split_once(' ').map_or(line, |parts| parts.1).trim();
        let Some((name, _)) = call.split_once('(') else {
            continue;
        };
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        touched |= call.contains(&folder) && !call.starts_with("execve");
        if touched {
            calls.push(Call {
                name: name.to_owned(),
                place: *count,
                line: call.to_owned(),
            });
        }
    }
    Ok(calls)
}

/// Works with this injection: `fsync:signal=KILL:when=2`.
pub(super) fn inject(
    strace: &Program,
    injection: &str,
    what: &str,
    ca: &Path,
) -> Result<Outcome, Failed> {
    let name = injection.split(':').next().unwrap_or_default();
    let trace = format!("trace={name}");
    let injection = format!("inject={injection}");
    let log = Folder::new()?;
    let file = log.file("log");
    run(
        strace,
        &["-o", &file, "-e", &trace, "-e", &injection],
        what,
        ca,
    )
}

fn run(strace: &Program, options: &[&str], what: &str, ca: &Path) -> Result<Outcome, Failed> {
    let own = std::env::current_exe()?;
    let own = own.to_string_lossy();
    let folder = ca.to_string_lossy();
    let arguments = [&["-f", "-qq"], options, &["--", &own, WORD, what, &folder]].concat();
    Ok(strace.run(arguments, b"", Duration::from_secs(30))?)
}

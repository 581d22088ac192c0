//! What the figures were taken on.

use handfast_bench_work::Result;
use rustix::thread::{CpuSet, sched_setaffinity};
use serde::Serialize;
use std::fs::read_to_string;
use std::process::Command;

/// Keeps this process, and the workers that it starts, on one core.
pub(crate) fn pin(core: Option<usize>) -> Result<usize> {
    let cores = std::thread::available_parallelism()?.get();
    let core = core.unwrap_or(cores - 1);
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set)?;
    Ok(core)
}

/// Machine, versions, load.
#[derive(Serialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) core: usize,
    pub(crate) kernel: String,
    pub(crate) compiler: String,
    pub(crate) commit: String,
    pub(crate) load_before: String,
    pub(crate) load_after: String,
}

impl Machine {
    pub(crate) fn look(core: usize, cores: usize) -> Self {
        let processor = read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("unknown", |(_, name)| name)
            .to_owned();
        Self {
            date: said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            processor,
            cores,
            core,
            kernel: said("uname", &["-sr"]),
            compiler: said("rustc", &["--version"]),
            commit: said("git", &["describe", "--always", "--dirty"]),
            load_before: load(),
            load_after: String::new(),
        }
    }
}

/// The load of the last minute: a core of its own means at most about 1.
pub(crate) fn load() -> String {
    let line = read_to_string("/proc/loadavg").unwrap_or_default();
    line.split_whitespace()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}

fn said(program: &str, words: &[&str]) -> String {
    Command::new(program)
        .args(words)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map_or_else(
            || "unknown".to_owned(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
}

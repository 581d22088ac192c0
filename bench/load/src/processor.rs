//! Cores, and what processes used of them.

use crate::Result;
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_setaffinity};
use std::fs::read_to_string;

/// Who runs where.
pub(crate) struct Cores {
    pub(crate) server: Vec<usize>,
    pub(crate) own: usize,
}

impl Cores {
    /// The last core for this program; the server's are counted from the first.
    pub(crate) fn choose(threads: usize) -> Result<Self> {
        let all = std::thread::available_parallelism()?.get();
        if threads > all {
            return Err(format!("this machine has {all} cores").into());
        }
        Ok(Self {
            server: (0..threads).collect(),
            own: all - 1,
        })
    }

    /// Keeps what this process starts next on the server's cores.
    pub(crate) fn take_servers(&self) -> Result<()> {
        pin(&self.server)
    }

    /// Keeps this process on its own core.
    pub(crate) fn take_own(&self) -> Result<()> {
        pin(&[self.own])
    }
}

fn pin(cores: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    for core in cores {
        set.set(*core);
    }
    Ok(sched_setaffinity(None::<Pid>, &set)?)
}

/// Seconds that a process and its children that live have used, in user mode and in the kernel.
pub(crate) fn cpu_seconds(process: u32) -> Result<f64> {
    let mut seconds = alone(process)?;
    let children = read_to_string(format!("/proc/{process}/task/{process}/children"));
    for child in children.unwrap_or_default().split_whitespace() {
        seconds += cpu_seconds(child.parse()?)?;
    }
    Ok(seconds)
}

/// The same of this process without its children.
pub(crate) fn own_seconds() -> Result<f64> {
    alone(std::process::id())
}

fn alone(process: u32) -> Result<f64> {
    let stat = read_to_string(format!("/proc/{process}/stat"))?;
    // The name, which may hold anything, ends with the last parenthesis; the state is field 3.
    let fields = stat.rsplit_once(')').ok_or("no name in stat")?.1;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |field: usize| -> Result<f64> {
        let text = fields.get(field - 3).ok_or("stat is short")?;
        Ok(text.parse()?)
    };
    let used = ticks(14)? + ticks(15)?;
    Ok(used / rustix::param::clock_ticks_per_second() as f64)
}

/// Bytes that a process and its children that live have in memory, pages that they share counted
/// once (proportional set size).
pub(crate) fn memory_bytes(process: u32) -> Result<u64> {
    let rollup = read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let mut bytes = kib.ok_or("no Pss in smaps_rollup")?.parse::<u64>()? * 1024;
    let children = read_to_string(format!("/proc/{process}/task/{process}/children"));
    for child in children.unwrap_or_default().split_whitespace() {
        bytes += memory_bytes(child.parse()?)?;
    }
    Ok(bytes)
}

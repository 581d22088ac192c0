//! CPU time of this thread.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of CPU that this thread has used.
pub fn cpu_ns() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Nanoseconds that one reading costs, which lie within what two readings enclose.
pub fn reading_ns() -> i64 {
    let mut costs: Vec<i64> = (0..1000)
        .map(|_| {
            let start = cpu_ns();
            cpu_ns() - start
        })
        .collect();
    costs.sort_unstable();
    costs.get(costs.len() / 2).copied().unwrap_or_default()
}

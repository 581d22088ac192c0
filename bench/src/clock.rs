//! CPU time of this thread.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of CPU that this thread has used.
pub(crate) fn cpu_ns() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

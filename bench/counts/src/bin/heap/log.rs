//! What happened on the heap, as the hooks wrote it down.
#![expect(
    unsafe_code,
    reason = "the hooks are C, see heap.c; and an allocator is unsafe to define"
)]

use std::alloc::{GlobalAlloc, Layout, System};

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Phase {
    Nothing = 0,
    ClientHandshake = 1,
    ServerHandshake = 2,
    ClientTraffic = 3,
    ServerTraffic = 4,
}

/// A block: born and died in births and deaths so far; it lives while `died` is 0.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Event {
    pub(crate) born: u64,
    pub(crate) died: u64,
    pub(crate) bytes: u64,
    pub(crate) phase: u32,
    pub(crate) from_rust: u32,
    pub(crate) frames: u64,
    pub(crate) stack: [usize; 48],
}

impl Event {
    /// Whether it came by Rust's allocator, and not from the crypto library's C.
    pub(crate) fn is_ours(&self) -> bool {
        self.from_rust != 0
    }

    pub(crate) fn lived_at(&self, tick: u64) -> bool {
        self.born <= tick && (self.died == 0 || self.died > tick)
    }
}

unsafe extern "C" {
    safe fn counts_stacks();
    safe fn counts_phase(now: u32);
    safe fn counts_from_rust(now: i32);
    safe fn counts_tick() -> u64;
    safe fn counts_events() -> u64;
    safe fn counts_event(at: u64) -> Event;
}

/// Rust's allocator, which says that it is Rust's.
struct Ours;

// SAFETY: each call goes to `System` with the same arguments.
unsafe impl GlobalAlloc for Ours {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        counts_from_rust(1);
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc(layout) };
        counts_from_rust(0);
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        counts_from_rust(1);
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc_zeroed(layout) };
        counts_from_rust(0);
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        counts_from_rust(1);
        // SAFETY: as the caller promises.
        let block = unsafe { System.realloc(block, layout, size) };
        counts_from_rust(0);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Ours = Ours;

/// Writes down stacks, too.
pub(crate) fn with_stacks() {
    counts_stacks();
}

/// Runs `work` as a phase.
pub(crate) fn during<T>(phase: Phase, work: impl FnOnce() -> T) -> T {
    counts_phase(phase as u32);
    let done = work();
    counts_phase(Phase::Nothing as u32);
    done
}

/// Births and deaths so far.
pub(crate) fn tick() -> u64 {
    counts_tick()
}

/// All blocks so far.
pub(crate) fn events() -> Vec<Event> {
    let count = counts_events();
    (0..count).map(|at| counts_event(at)).collect()
}

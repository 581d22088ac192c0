//! The heap of this process in numbers: C and Rust alike, and Rust's calls apart.
#![expect(
    unsafe_code,
    reason = "the hooks are C; see heap.c, whose functions take and keep nothing. An allocator \
              is unsafe to write; this one hands everything on to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};

unsafe extern "C" {
    safe fn bench_heap_rust();
    safe fn bench_heap_allocations_rust() -> i64;
    safe fn bench_heap_count();
    safe fn bench_heap_reset_peak();
    safe fn bench_heap_live() -> i64;
    safe fn bench_heap_peak() -> i64;
    safe fn bench_heap_allocations() -> i64;
}

/// Starts counting. What is freed later but was allocated before counts as
/// negative, so only differences mean anything.
pub fn count() {
    bench_heap_count();
}

/// Lets the peak begin again at what is live now.
pub fn reset_peak() {
    bench_heap_reset_peak();
}

/// Live bytes.
pub fn live() -> i64 {
    bench_heap_live()
}

/// The most live bytes since the last [`reset_peak`].
pub fn peak() -> i64 {
    bench_heap_peak()
}

/// Allocations and reallocations so far.
pub fn allocations() -> i64 {
    bench_heap_allocations()
}

/// Those that Rust code made, the Rust half of a crypto library included.
pub fn allocations_rust() -> i64 {
    bench_heap_allocations_rust()
}

/// The system's allocator, and a mark for each block that Rust code asks for.
struct Marking;

#[global_allocator]
static MARKING: Marking = Marking;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Marking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        bench_heap_rust();
        // SAFETY: as this function's own.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        bench_heap_rust();
        // SAFETY: as this function's own.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        bench_heap_rust();
        // SAFETY: as this function's own.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as this function's own.
        unsafe { System.dealloc(block, layout) }
    }
}

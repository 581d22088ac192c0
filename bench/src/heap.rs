//! The heap of this process in numbers: C and Rust alike.
#![expect(
    unsafe_code,
    reason = "the hooks are C; see heap.c, whose functions take and keep nothing"
)]

unsafe extern "C" {
    safe fn bench_heap_count();
    safe fn bench_heap_reset_peak();
    safe fn bench_heap_live() -> i64;
    safe fn bench_heap_peak() -> i64;
    safe fn bench_heap_allocations() -> i64;
}

/// Starts counting. What is freed later but was allocated before counts as
/// negative, so only differences mean anything.
pub(crate) fn count() {
    bench_heap_count();
}

/// Lets the peak begin again at what is live now.
pub(crate) fn reset_peak() {
    bench_heap_reset_peak();
}

/// Live bytes.
pub(crate) fn live() -> i64 {
    bench_heap_live()
}

/// The most live bytes since the last [`reset_peak`].
pub(crate) fn peak() -> i64 {
    bench_heap_peak()
}

/// Allocations and reallocations so far.
pub(crate) fn allocations() -> i64 {
    bench_heap_allocations()
}

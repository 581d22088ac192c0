//! Builds the allocator's hooks, which count C and Rust alike.

fn main() {
    println!("cargo::rerun-if-changed=src/heap.c");
    cc::Build::new()
        .file("src/heap.c")
        .opt_level(2)
        .warnings(true)
        .compile("bench_heap");
}

//! Builds the allocator's hooks. Only the program `heap` has them.

fn main() {
    println!("cargo::rerun-if-changed=src/heap.c");
    let objects = cc::Build::new()
        .file("src/heap.c")
        .opt_level(2)
        .warnings(true)
        .compile_intermediates();
    for object in objects {
        println!("cargo::rustc-link-arg-bin=heap={}", object.display());
    }
}

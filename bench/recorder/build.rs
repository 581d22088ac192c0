//! Puts the recorder's hooks between Handfast and its crypto library.

use std::fs::read_to_string;

fn main() {
    println!("cargo::rerun-if-changed=src/hooks.c");
    cc::Build::new()
        .file("src/hooks.c")
        .opt_level(2)
        .warnings(true)
        .compile("bench_hooks");
    // Each of its hooks stands on a line of its own, as RECORD(name, or GUARD(name).
    let hooks = read_to_string("src/hooks.c").expect("the hooks lie beside this program");
    for line in hooks.lines() {
        let name = ["RECORD(", "GUARD("]
            .iter()
            .find_map(|start| line.strip_prefix(start));
        if let Some(name) = name.and_then(|rest| rest.split([',', ')']).next()) {
            println!("cargo::rustc-link-arg-bins=-Wl,--wrap=aws_lc_0_47_0_{name}");
        }
    }
}

//! Handfast's daily commands: `cargo xtask help`.
fn main() {}

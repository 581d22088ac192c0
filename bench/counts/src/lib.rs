//! Handfast at both ends of a wire in memory, with fixed certificates, a fixed clock and fixed
//! randomness, so that what it does is the same each time.
//!
//! Three programs use it: `scenario` does one thing a given number of times, for callgrind;
//! `counts` runs all scenarios so and compares; `heap` tells what a connection holds in memory.

pub mod ends;
pub mod entropy;
pub mod material;
pub mod pair;
pub mod scenario;

/// What a program here ends with.
pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

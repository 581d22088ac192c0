//! What every worker of the benchmarks has in common, whatever the library.
//!
//! ```text
//! the parent --- a task, one line of JSON ---> worker.rs (one process a library)
//!    ^                                            | measure.rs: time, heap, resident memory
//!    |                                            | peer.rs: the library, by one interface
//!    +---- what was measured, one line -----------+
//! ```

pub mod clock;
pub mod handshake;
pub mod heap;
pub mod material;
pub mod measure;
pub mod peer;
pub mod rows;
pub mod task;
pub mod wire;
pub mod witness;
pub mod worker;

/// What went wrong, for a person to read.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

//! Other people's programs: found, started, waited for with a deadline, and always ended.
//!
//! A [`trial`] names the programs it needs. Where one is missing the trial is reported as
//! *ignored*, never as passed; with `HANDFAST_REQUIRE_PEERS` set it fails instead.

mod folder;
mod program;
mod server;
pub mod strace;
mod trial;

pub use folder::Folder;
pub use program::{Outcome, Program};
pub use server::{Server, free_port};
pub use trial::{REQUIRE, trial};

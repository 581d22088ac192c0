//! Authorities in folders of the system's temporary directory.

#![expect(clippy::unwrap_used, reason = "outside of test functions, too")]

mod daily;
mod folder;
mod kept;
mod records;
mod refused;

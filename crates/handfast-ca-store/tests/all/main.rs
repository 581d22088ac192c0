//! Authorities in folders of the system's temporary directory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "outside of test functions, too"
)]

mod daily;
mod folder;
mod kept;
mod lists;
mod records;
mod refused;
mod several;

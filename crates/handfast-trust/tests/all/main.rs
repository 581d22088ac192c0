//! Stores on disk, as callers use them.

mod directories;
mod folder;
mod handed;
mod known_peers;
mod log_lists;
mod stores;

//! Stores on disk, as callers use them.

mod directories;
mod folder;
mod known_peers;
mod log_lists;
mod stores;

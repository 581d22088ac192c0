//! Stores on disk, as callers use them.

mod directories;
mod folder;
mod stores;

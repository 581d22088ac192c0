//! Stores, well and unwell, and servers that share them.

#![expect(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

mod broken;
mod contract;
mod folder;
mod node;
mod nodes;
mod roots;

//! Handfast at work, and the certificates that all libraries use.

pub mod certificates;
pub mod peer;

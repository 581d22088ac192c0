//! Which folder holds the authority: `--ca-dir`.

use clap::Args;
use std::path::{Path, PathBuf};

/// The flag of every verb.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The folder that holds the authority
    #[arg(long, value_name = "DIR", default_value = USUAL)]
    pub(crate) ca_dir: PathBuf,
}

impl Place {
    /// The folder as it was named, for messages and for JSON.
    pub(crate) fn name(&self) -> String {
        self.ca_dir.display().to_string()
    }

    /// Whether it is the folder that is taken where none is named.
    pub(crate) fn is_usual(&self) -> bool {
        self.ca_dir == Path::new(USUAL)
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.ca_dir.join(name)
    }
}

/// Beside what is worked on, as `serve` has it too.
const USUAL: &str = ".handfast";

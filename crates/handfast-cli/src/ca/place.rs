//! Which folder holds the authority: `--ca-dir`.

use clap::Args;
use std::path::PathBuf;

/// The flag of every verb.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The folder that holds the authority
    #[arg(long, value_name = "DIR", default_value = ".handfast")]
    pub(crate) ca_dir: PathBuf,
}

impl Place {
    /// The folder as it was named, for messages and for JSON.
    pub(crate) fn name(&self) -> String {
        self.ca_dir.display().to_string()
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.ca_dir.join(name)
    }
}

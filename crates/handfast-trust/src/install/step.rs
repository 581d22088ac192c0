//! What is done to a store, one thing at a time.

use crate::install::commands::{Command, quoted};
use std::path::PathBuf;

/// What is wanted of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// That it holds the root.
    Trust,
    /// That it does not.
    Untrust,
}

/// One thing that is done, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub act: Act,
    /// Why, in a few words.
    pub why: String,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Writes a file, whole or not at all, which everybody can read.
    Write {
        /// Where.
        path: PathBuf,
        /// What.
        content: String,
        /// A file with that content, if there is one.
        copy_of: Option<PathBuf>,
        /// Otherwise a file with the same certificate in another form.
        made_of: Option<PathBuf>,
    },
    /// Removes a file.
    Remove {
        /// Which.
        path: PathBuf,
    },
    /// Runs a program.
    Run(Command),
}

/// What is known of a root in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Whether programs that read the store believe the root.
    pub is_trusted: bool,
    /// Whether the entry that bears its fingerprint is there: what is put there here.
    pub is_ours: bool,
    /// Whether the entry that bears its fingerprint holds another certificate.
    pub is_foreign: bool,
    /// Every place in which it was found, a file or an entry.
    pub found_in: Vec<String>,
}

impl State {
    /// Whether it was found anywhere.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.is_trusted || self.is_ours || !self.found_in.is_empty()
    }
}

impl Step {
    pub(crate) fn new(act: Act, why: impl Into<String>) -> Self {
        Self {
            act,
            why: why.into(),
        }
    }
}

impl Act {
    /// A line for a shell that does the same.
    #[must_use]
    pub fn shell(&self) -> String {
        match self {
            Self::Write {
                path,
                copy_of,
                made_of,
                ..
            } => {
                let path = quoted(path.as_os_str());
                let source = copy_of.as_ref().or(made_of.as_ref());
                let source = source.map_or("root.pem".to_owned(), |file| quoted(file.as_os_str()));
                match copy_of.is_some() || made_of.is_none() {
                    true => format!("install -m 644 {source} {path}"),
                    false => format!("handfast cert convert {source} --to pem -o {path}"),
                }
            }
            Self::Remove { path } => format!("rm {}", quoted(path.as_os_str())),
            Self::Run(command) => command.to_string(),
        }
    }
}

//! A store, whatever its kind.

use crate::install::commands::Commands;
use crate::install::fault::InstallFault;
use crate::install::java::Keystore;
use crate::install::nss::NssDatabase;
use crate::install::root::{PREFIX, Root};
use crate::install::step::{Action, State, Step};
use crate::install::system::System;
use std::path::{Path, PathBuf};

/// A store that programs read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The system's.
    System(System),
    /// A browser's.
    Nss(NssDatabase),
    /// Java's.
    Java(Keystore),
}

/// What is to be done in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How it is there now.
    pub before: State,
    /// What is to be done, in this order; nothing, if it is already as it is wanted.
    pub steps: Vec<Step>,
}

impl Place {
    /// What people call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::System(system) => system.name(),
            Self::Nss(database) => database.name(),
            Self::Java(keystore) => keystore.name(),
        }
    }

    /// The root of a fingerprint (SHA-256 in small hexadecimal digits), if the store holds it: for
    /// whoever has its file no longer.
    #[must_use]
    pub fn find(&self, fingerprint: &str, commands: &dyn Commands) -> Option<Root> {
        let entry = format!("{PREFIX}{fingerprint}");
        let ders = match self {
            Self::System(system) => system.candidates(fingerprint),
            Self::Nss(database) => database.candidates(&entry, commands),
            Self::Java(keystore) => keystore.candidates(&entry, commands),
        };
        Root::among(ders, fingerprint)
    }

    /// The other roots that were put there in this way, by their names: those of earlier
    /// authorities, say, whose folders are gone.
    #[must_use]
    pub fn others(&self, than: &Root, commands: &dyn Commands) -> Vec<Root> {
        let entries = match self {
            Self::System(system) => system.entries(),
            Self::Nss(database) => database.entries(commands),
            Self::Java(keystore) => keystore.entries(commands),
        };
        let own = than.fingerprint();
        let ours = entries.iter().filter_map(|name| name.strip_prefix(PREFIX));
        let others = ours.filter(|fingerprint| *fingerprint != own);
        others
            .filter_map(|fingerprint| self.find(fingerprint, commands))
            .collect()
    }

    /// Reads the store: whether it holds the root, and where.
    ///
    /// # Errors
    /// [`InstallFault`]: a program that reads it is missing, or failed.
    pub fn state(&self, root: &Root, commands: &dyn Commands) -> Result<State, InstallFault> {
        match self {
            Self::System(system) => Ok(system.state(root)),
            Self::Nss(database) => {
                NssDatabase::check(commands)?;
                database.state(root, commands)
            }
            Self::Java(keystore) => {
                Keystore::check(commands)?;
                keystore.state(root, commands)
            }
        }
    }

    /// What is to be done there. Nothing is changed, and nobody needs any right to ask.
    ///
    /// # Errors
    /// As [`Self::state`], where a program is missing that the steps would run, and where the
    /// entry of the root's name holds another certificate ([`InstallFault::Foreign`]).
    pub fn plan(
        &self,
        action: Action,
        root: &Root,
        commands: &dyn Commands,
    ) -> Result<Plan, InstallFault> {
        let before = self.state(root, commands)?;
        if before.is_foreign {
            return Err(InstallFault::Foreign {
                entry: root.entry(),
            });
        }
        let is_done = match action {
            Action::Trust => before.is_trusted,
            Action::Untrust => !before.is_there(),
        };
        if is_done {
            let steps = Vec::new();
            return Ok(Plan { before, steps });
        }
        if let Self::System(system) = self {
            system.check(commands)?;
        }
        let steps = self.steps(action, root, &before);
        Ok(Plan { before, steps })
    }

    pub(crate) fn steps(&self, action: Action, root: &Root, before: &State) -> Vec<Step> {
        match self {
            Self::System(system) => system.steps(action, root, before),
            Self::Nss(database) => database.steps(action, root, before),
            Self::Java(keystore) => keystore.steps(action, root, before),
        }
    }

    /// What would be written there and may not be, by whoever runs this.
    #[must_use]
    pub fn unwritable(&self) -> Vec<PathBuf> {
        let written = match self {
            Self::System(system) => system.written(),
            Self::Nss(database) => vec![database.folder().to_owned()],
            Self::Java(keystore) => vec![keystore.file().to_owned()],
        };
        written
            .into_iter()
            .filter(|path| !is_writable(path))
            .collect()
    }
}

#[cfg(unix)]
fn is_writable(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(path, Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(_: &Path) -> bool {
    true
}

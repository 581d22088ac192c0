//! A folder from before there was a database: a root and its key, as `serve` made them.

use crate::create::new_database;
use crate::directory::{CaDirectory, DATABASE};
use crate::error::StoreError;
use crate::files;
use crate::row::Level;
use crate::tier::Tier;
use handfast_ca::profile::Pointers;
use std::fs;
use std::io;
use std::path::Path;

impl CaDirectory {
    /// Gives a folder that holds a root and its key, and nothing else of an authority, a database.
    /// Root and key stay as they are; what was issued before is not known. A folder that has its
    /// database is opened as it is.
    ///
    /// # Errors
    /// Those of [`CaDirectory::open`] and [`CaDirectory::create`]; [`StoreError::NoAuthority`] if
    /// there is no root either.
    pub fn adopt(folder: &Path, now: u64) -> Result<Self, StoreError> {
        let folder =
            std::path::absolute(folder).map_err(|error| files::fault("find", folder, error))?;
        match Self::open(&folder) {
            Err(StoreError::NoDatabaseYet { .. }) => {}
            opened => return opened,
        }
        let root = Tier::read(&folder, Level::Root)?;
        let path = folder.join(DATABASE);
        // Only one that is whole gets the name.
        let unfinished = files::unfinished(&path)?;
        let made = new_database(
            &unfinished,
            &root.certificate,
            &[],
            [&Pointers::default(); 2],
            "adopt",
            now,
        )
        .and_then(|()| take_name(&unfinished, &path));
        // It has its name now, or is of no use.
        let _ = fs::remove_file(&unfinished);
        let _ = fs::remove_file(files::beside(&unfinished, "-journal"));
        made?;
        files::sync_folder(&folder)?;
        Self::open(&folder)
    }
}

/// The file takes its name, unless another process was faster, whose database is as good.
fn take_name(unfinished: &Path, path: &Path) -> Result<(), StoreError> {
    match fs::hard_link(unfinished, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if path.exists() => Err(files::fault("make", path, error)),
        // Some filesystems have no links.
        Err(_) => fs::rename(unfinished, path).map_err(|error| files::fault("make", path, error)),
    }
}

//! Files that are there whole or not at all: written beside, synced, renamed, the folder synced.

use crate::error::StoreError;
use handfast_ca::error::CaError;
use handfast_crypto::random::{Random, SystemRandom};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The path with more after its last component.
pub(crate) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

/// A folder for its owner alone.
pub(crate) fn create_private_folder(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .and_then(|()| mode(path, 0o700))
        .map_err(|error| fault("make", path, error))
}

/// A new file for its owner alone, on the disk when this returns.
pub(crate) fn create_private(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    create(path, content, 0o600)
}

/// A new file that all who reach its folder may read, on the disk when this returns.
pub(crate) fn create_public(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    create(path, content, 0o644)
}

fn create(path: &Path, content: &[u8], bits: u32) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || {
        let mut file = options.open(path)?;
        // The umask may have taken more than was meant.
        mode(path, bits)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(|error| fault("write", path, error))
}

#[cfg(unix)]
fn mode(path: &Path, bits: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(bits))
}

#[cfg(not(unix))]
fn mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// Brings a folder's list of names to the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let sync = || File::open(path)?.sync_all();
    match sync() {
        // Some systems sync no folders.
        Err(error) if cfg!(not(unix)) => {
            drop(error);
            Ok(())
        }
        done => done.map_err(|error| fault("sync", path, error)),
    }
}

/// The folder that a path stands in.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// What a create that was cut short left beside the folder.
pub(crate) fn leftovers(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name() else {
        return Vec::new();
    };
    let mut start = OsString::from(name);
    start.push(UNFINISHED);
    let start = start.to_string_lossy().into_owned();
    let folder = parent(path);
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&start))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// Reads a file of the folder.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    fs::read(path).map_err(|error| fault("read", path, error))
}

pub(crate) fn fault(doing: &'static str, path: &Path, error: io::Error) -> StoreError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { path },
        io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path },
        _ => StoreError::File { doing, path, error },
    }
}

/// Where something is made before it takes its name: beside it, and nobody else's, not even that
/// of a process of the same number which was killed.
pub(crate) fn unfinished(path: &Path) -> Result<PathBuf, StoreError> {
    let mut mark = [0; 4];
    SystemRandom.fill(&mut mark).map_err(|_| CaError::Key)?;
    let (process, mark) = (std::process::id(), u32::from_be_bytes(mark));
    Ok(beside(path, &format!("{UNFINISHED}{process}-{mark:08x}")))
}

/// What stands between a folder's name and the number of the process that is making it.
const UNFINISHED: &str = ".new-";

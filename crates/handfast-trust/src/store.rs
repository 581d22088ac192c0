//! Files of roots, remembered.

use crate::bundle;
use crate::fault::{RootsMissing, TrustFault, TrustProblem};
use crate::system::SYSTEM_ROOT_FILES;
use core::fmt;
use handfast_pki::roots::Roots;
use handfast_pki::verify::Purpose;
use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Reads roots, and reads no file twice that has not changed: who opens it again gets the same set,
/// for the price of asking the system for the file's size and times. Nothing is kept but here.
///
/// ```no_run
/// let store = handfast_trust::Store::new();
/// let roots = store.system()?;
/// let again = store.system()?; // shares what was read
/// # Ok::<(), handfast_trust::RootsMissing>(())
/// ```
#[derive(Default)]
pub struct Store {
    read: Mutex<HashMap<(PathBuf, Reading), Remembered>>,
}

/// How much of a file must be readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reading {
    /// All, and each must be trusted for this.
    Strict(Purpose),
    /// One certificate: it is the system's.
    Lenient,
}

struct Remembered {
    stamp: Stamp,
    roots: Roots,
}

/// What tells a file from another one, or from what it was.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and when the inode last changed, in seconds and nanoseconds.
    inode: [i128; 4],
}

/// Reads the system's roots: of the first of [`SYSTEM_ROOT_FILES`] that holds any; on Windows and
/// macOS, of the system's own store. Whoever reads them more than once keeps a [`Store`].
///
/// # Errors
/// [`RootsMissing`] names what was tried.
pub fn system() -> Result<Roots, RootsMissing> {
    Store::new().system()
}

impl Store {
    /// A store that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The system's roots, as [`crate::system`] reads them.
    ///
    /// # Errors
    /// [`RootsMissing`] names what was tried.
    pub fn system(&self) -> Result<Roots, RootsMissing> {
        let mut tried = Vec::new();
        #[cfg(any(windows, target_os = "macos"))]
        if let Some(roots) = crate::system::native(&mut tried) {
            return Ok(roots);
        }
        self.first_of(SYSTEM_ROOT_FILES, &mut tried)
            .ok_or(RootsMissing { tried })
    }

    /// The anchors in a file, PEM or DER, that are to vouch for servers. All of it must be
    /// readable, and none marked as not to be trusted for that.
    ///
    /// # Errors
    /// [`TrustFault`] names the file, and what is wrong on which line.
    pub fn file(&self, path: &Path) -> Result<Roots, TrustFault> {
        self.file_for(path, Purpose::ServerAuth)
    }

    /// As [`Self::file`], for another purpose.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub fn file_for(&self, path: &Path, purpose: Purpose) -> Result<Roots, TrustFault> {
        self.read(path, Reading::Strict(purpose))
    }

    /// The roots of the first file that has any.
    pub(crate) fn first_of(&self, files: &[&str], tried: &mut Vec<String>) -> Option<Roots> {
        files.iter().find_map(|path| {
            let found = self.read(path.as_ref(), Reading::Lenient);
            match found {
                Ok(roots) if !roots.is_empty() => Some(roots),
                Ok(_) => {
                    tried.push(format!("{path}: no certificate in it"));
                    None
                }
                Err(fault) => {
                    tried.push(fault.to_string());
                    None
                }
            }
        })
    }

    fn read(&self, path: &Path, reading: Reading) -> Result<Roots, TrustFault> {
        let io = |error| TrustFault::new(path, TrustProblem::Io(error));
        let key = (path.to_owned(), reading);
        let stamp = Stamp::of(&fs::metadata(path).map_err(io)?);
        if let Some(known) = self.lock().get(&key).filter(|known| known.stamp == stamp) {
            return Ok(known.roots.clone());
        }
        let (stamp, bytes) = read_file(path).map_err(io)?;
        let roots = match reading {
            Reading::Lenient => bundle::readable_roots(&bytes),
            Reading::Strict(purpose) => bundle::roots(&bytes, purpose)
                .map_err(|fault| TrustFault::new(path, TrustProblem::Load(fault)))?,
        };
        let remembered = Remembered {
            stamp,
            roots: roots.clone(),
        };
        self.lock().insert(key, remembered);
        Ok(roots)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(PathBuf, Reading), Remembered>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.lock().keys().map(|(path, _)| path.clone()).collect();
        write!(f, "Store({files:?})")
    }
}

/// A file whole, and its stamp from before it was read: who changes it meanwhile changes that too.
pub(crate) fn read_file(path: &Path) -> io::Result<(Stamp, Vec<u8>)> {
    let file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.len() > MAX_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(too_large());
    }
    Ok((Stamp::of(&metadata), bytes))
}

fn too_large() -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        "larger than 256 MiB, which is no store of certificates",
    )
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            inode: inode(metadata),
        }
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> [i128; 4] {
    use std::os::unix::fs::MetadataExt;
    [
        metadata.dev().into(),
        metadata.ino().into(),
        metadata.ctime().into(),
        metadata.ctime_nsec().into(),
    ]
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> [i128; 4] {
    [0; 4]
}

/// A file above this size is not read into memory.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_that_was_tried_is_named() {
        let mut tried = Vec::new();
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let found = Store::new().first_of(&["/no/such/file", here], &mut tried);
        assert!(found.is_none());
        let words = RootsMissing { tried }.to_string();
        assert!(words.contains("/no/such/file: "), "{words}");
        assert!(
            words.contains("Cargo.toml: no certificate in it"),
            "{words}"
        );
    }
}

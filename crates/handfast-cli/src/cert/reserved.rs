//! The place of a file that is going to be written, held for one command before anything is made
//! that it is to hold: a certificate that is recorded and lies nowhere is of no use.

use crate::cert::written::{is_special, there};
use crate::exit::Exit;
use crate::failure::Failure;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A place that no other command of this kind takes, and where files can be made.
///
/// It is held by an empty file beside it, locked and gone when this goes. Of a process that was
/// killed the file stays, unlocked, and the next one takes it over.
pub(crate) struct Reserved {
    beside: PathBuf,
    _lock: File,
}

impl Reserved {
    /// Takes a file's place; nothing for standard output, devices and pipes, which take no file's
    /// place.
    pub(crate) fn take(path: &Path, force: bool) -> Result<Option<Self>, Failure> {
        if path == Path::new("-") || is_special(path) {
            return Ok(None);
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".reserved");
        let beside = PathBuf::from(name);
        let unwritable = |error: io::Error| Failure::file(Exit::Usage, "write", path, &error);
        let lock = open(&beside).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message = format!("another command is making {} now", path.display());
                return Err(Failure::usage(message).hint("name another file with -o, or wait"));
            }
            // A file system without locks: the exclusive writing still keeps others' files.
            Err(TryLockError::Error(_)) => {}
        }
        let reserved = Self {
            beside,
            _lock: lock,
        };
        // Whoever held the place before may have written there.
        if !force && path.symlink_metadata().is_ok() {
            return Err(there(path));
        }
        Ok(Some(reserved))
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        // Where it cannot be removed it is in nobody's way.
        let _ = fs::remove_file(&self.beside);
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::Reserved;
    use handfast_testkit::peer::Folder;
    use std::fs;

    #[test]
    fn a_place_is_held_for_one_and_free_again_after() {
        let folder = Folder::new().unwrap();
        let file = folder.path().join("a.key");
        let held = Reserved::take(&file, false).unwrap();
        for force in [false, true] {
            let second = Reserved::take(&file, force).err().unwrap();
            assert!(second.message.contains("another command"), "{second:?}");
        }
        drop(held);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        // What a killed process left is taken over.
        fs::write(folder.path().join("a.key.reserved"), "").unwrap();
        drop(Reserved::take(&file, false).unwrap().unwrap());
        fs::write(&file, "theirs").unwrap();
        let there = Reserved::take(&file, false).err().unwrap();
        assert!(there.message.contains("is there already"), "{there:?}");
        assert!(Reserved::take(&file, true).unwrap().is_some());
        assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
    }
}

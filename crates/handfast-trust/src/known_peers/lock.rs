//! One writer at a time.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Held while a file is read, changed and replaced. It ends with its holder, also one that is
/// killed, where the system has locks of that kind.
pub(crate) struct Lock {
    #[cfg(unix)]
    _file: std::fs::File,
    #[cfg(not(unix))]
    beside: std::path::PathBuf,
}

impl Lock {
    /// Waits for the lock on the file at `path`, for seconds at most.
    pub(crate) fn take(path: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            thread::sleep(MOMENT);
        }
        let kind = io::ErrorKind::WouldBlock;
        Err(io::Error::new(kind, "another program keeps it for itself"))
    }

    /// The lock is on the file itself, which is made where it is missing. Whoever held it before
    /// may have put another file in its place: then that one is to be locked.
    #[cfg(unix)]
    fn try_take(path: &Path) -> io::Result<Option<Self>> {
        use rustix::fs::{FlockOperation, flock};
        use std::fs::{OpenOptions, metadata};
        use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.mode(0o600).open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let (own, there) = (file.metadata()?, metadata(path)?);
        let is_same = own.dev() == there.dev() && own.ino() == there.ino();
        Ok(is_same.then_some(Self { _file: file }))
    }

    #[cfg(not(unix))]
    fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let beside = std::path::PathBuf::from(beside);
        let made = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside);
        match made {
            Ok(_) => Ok(Some(Self { beside })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(not(unix))]
impl Drop for Lock {
    fn drop(&mut self) {
        // What stays behind is named to the next one who waits for it.
        let _ = std::fs::remove_file(&self.beside);
    }
}

const MOMENT: Duration = Duration::from_millis(10);
const TRIES: u32 = 500;

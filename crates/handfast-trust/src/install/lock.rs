//! One change of a system's store at a time: the programs that make it anew write one file beside
//! another, and two at once would mix what they write.

use crate::install::fault::InstallFault;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Held while a store is changed; it ends with its holder.
pub(crate) struct Lock {
    _folder: Option<File>,
}

impl Lock {
    /// Waits for the lock on a folder. Where the system has no such locks, there is none.
    pub(crate) fn take(folder: &Path) -> Result<Self, InstallFault> {
        let Ok(file) = File::open(folder) else {
            return Ok(Self { _folder: None });
        };
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => {
                    return Ok(Self {
                        _folder: Some(file),
                    });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(MOMENT),
                Err(TryLockError::Error(_)) => return Ok(Self { _folder: None }),
            }
        }
        let path = folder.to_owned();
        Err(InstallFault::Busy { path })
    }
}

const MOMENT: Duration = Duration::from_millis(50);
/// A minute: a store is made anew in a second or two.
const TRIES: u32 = 1200;

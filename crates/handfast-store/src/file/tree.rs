//! One kind of files: 256 folders by the first byte of their names.

use crate::name::Name;
use crate::sealed::LARGEST;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use core::time::Duration;
use handfast::config::{Entropy, SystemEntropy};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

/// Whether one makes room for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The one that ends first does.
    Values,
    /// None does before its time.
    Marks,
}

pub(super) struct Tree {
    dir: PathBuf,
    kind: Kind,
    /// In each folder.
    most: usize,
    folders: Box<[Mutex<Count>]>,
    /// Tells this process's files that are on their way from those of others.
    own: u64,
    next: AtomicU64,
}

/// What is known of a folder.
#[derive(Default)]
struct Count {
    /// Files when it was last swept, and those that came from here since.
    files: usize,
    since: usize,
    swept: Option<Instant>,
}

const FOLDERS: usize = 256;
/// How long files are left lying that are over: somebody may be writing them.
const GRACE: Duration = Duration::from_secs(60);
/// How long anything is kept at most.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A full folder is not swept again for so long.
const PATIENCE: Duration = Duration::from_secs(1);

impl Tree {
    pub(super) fn open(dir: PathBuf, kind: Kind, most: usize) -> io::Result<Self> {
        make_folder(&dir)?;
        let mut own = [0; 8];
        let drawn = SystemEntropy.fill(&mut own);
        drawn.map_err(|failed| io::Error::other(failed.to_string()))?;
        Ok(Self {
            dir,
            kind,
            most: most.div_ceil(FOLDERS).max(1),
            folders: (0..FOLDERS).map(|_| Mutex::default()).collect(),
            own: u64::from_ne_bytes(own),
            next: AtomicU64::new(0),
        })
    }

    pub(super) fn get(&self, name: &Name) -> io::Result<Option<Vec<u8>>> {
        read(&self.path(name))
    }

    pub(super) fn take(&self, name: &Name) -> io::Result<Option<Vec<u8>>> {
        let (path, own) = (self.path(name), self.own_path(name));
        // Of all who rename it, one finds it there.
        if let Err(error) = fs::rename(&path, &own) {
            return if is_absent(&error) {
                Ok(None)
            } else {
                Err(error)
            };
        }
        let found = read(&own);
        fs::remove_file(&own)?;
        found
    }

    pub(super) fn put(&self, name: &Name, value: &[u8], life: Duration) -> io::Result<()> {
        self.make_room(name)?;
        let own = self.own_path(name);
        let written = self
            .create(&own, value, life)
            .and_then(|()| fs::rename(&own, self.path(name)));
        if written.is_err() {
            let _ = fs::remove_file(&own);
        }
        written
    }

    pub(super) fn mark(&self, name: &Name, life: Duration) -> io::Result<bool> {
        self.make_room(name)?;
        match self.create(&self.path(name), &[], life) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            created => created.map(|()| true),
        }
    }

    /// Removes what is over, in all folders; gives how many files are left.
    pub(super) fn sweep(&self) -> io::Result<usize> {
        let mut left = 0;
        for (at, folder) in self.folders.iter().enumerate() {
            let mut count = folder.lock().unwrap_or_else(PoisonError::into_inner);
            *count = self.sweep_folder(&self.dir.join(format!("{at:02x}")), self.most + 1)?;
            left += count.files;
        }
        Ok(left)
    }

    /// A file that must not be there yet. It may be there when this fails.
    fn create(&self, path: &Path, content: &[u8], life: Duration) -> io::Result<()> {
        let mut file = match new_own(path) {
            Err(error) if is_absent(&error) => {
                path.parent().map_or(Ok(()), make_folder)?;
                new_own(path)?
            }
            made => made?,
        };
        file.write_all(content)?;
        file.set_modified(SystemTime::now() + life.min(LONGEST))
    }

    /// Fails with `StorageFull` where there is none.
    fn make_room(&self, name: &Name) -> io::Result<()> {
        let [first, ..] = *name.as_bytes();
        let Some(folder) = self.folders.get(usize::from(first)) else {
            return Ok(());
        };
        let mut count = folder.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = count.since >= (self.most / 8).max(1);
        let is_full = |count: &Count| count.files + count.since >= self.most;
        let is_rested = count.swept.is_none_or(|swept| swept.elapsed() >= PATIENCE);
        if is_due || count.swept.is_none() || (is_full(&count) && is_rested) {
            let path = self.path(name);
            *count = self.sweep_folder(path.parent().unwrap_or(&self.dir), self.most)?;
        }
        if is_full(&count) && self.kind == Kind::Marks {
            return Err(ErrorKind::StorageFull.into());
        }
        count.since += 1;
        Ok(())
    }

    /// Removes what is over and, where so many values are left, an eighth of them.
    fn sweep_folder(&self, dir: &Path, too_many: usize) -> io::Result<Count> {
        let entries = match fs::read_dir(dir) {
            Err(error) if is_absent(&error) => None,
            entries => Some(entries?),
        };
        let now = SystemTime::now();
        let mut files = Vec::new();
        for entry in entries.into_iter().flatten() {
            let path = entry?.path();
            // Another process may have removed it.
            let Ok(ends) = fs::symlink_metadata(&path).and_then(|data| data.modified()) else {
                continue;
            };
            if ends + GRACE <= now {
                let _ = fs::remove_file(&path);
            } else {
                files.push((ends, path));
            }
        }
        if self.kind == Kind::Values && files.len() >= too_many {
            files.sort_unstable();
            let room = (self.most / 8).max(1);
            let gone = files.len().saturating_sub(self.most) + room;
            for (_, path) in files.drain(..gone.min(files.len())) {
                let _ = fs::remove_file(path);
            }
        }
        Ok(Count {
            files: files.len(),
            since: 0,
            swept: Some(Instant::now()),
        })
    }

    /// `3f/…`: the folder is the first byte.
    fn path(&self, name: &Name) -> PathBuf {
        let digits = name.to_string();
        let (folder, file) = digits.split_at_checked(2).unwrap_or(("00", &digits));
        self.dir.join(folder).join(file)
    }

    /// A path in the same folder that nobody else uses.
    fn own_path(&self, name: &Name) -> PathBuf {
        let number = self.next.fetch_add(1, Relaxed);
        let own = format!(".{:016x}-{number:x}", self.own);
        self.path(name).with_file_name(own)
    }
}

/// The content of a file whose time is not over.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if is_absent(&error) => return Ok(None),
        file => file?,
    };
    let data = file.metadata()?;
    if !data.is_file() || data.modified()? <= SystemTime::now() {
        return Ok(None);
    }
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    if data.len() > most {
        return Ok(None);
    }
    let mut content = Vec::with_capacity(usize::try_from(data.len()).unwrap_or(0));
    file.take(most).read_to_end(&mut content)?;
    Ok(Some(content))
}

/// There is no such file, nor its folder.
fn is_absent(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

fn new_own(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A folder for this user alone; one that others may write to is refused.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path)?.permissions().mode() & 0o022 != 0 {
            let why = "others may write to it: `chmod 700` it";
            return Err(io::Error::other(format!("{}: {why}", path.display())));
        }
    }
    Ok(())
}

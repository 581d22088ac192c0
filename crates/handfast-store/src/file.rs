//! A store in a folder, for several processes of one machine.

mod tree;

use crate::failure::StoreFailed;
use crate::file::tree::{Kind, Tree, make_folder};
use crate::name::Name;
use crate::store::{Pending, Store};
use core::fmt;
use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Values and marks in files, one each: any number of processes may use the folder at once. It is
/// for this machine's disk: not every network's file system renames in one step.
///
/// ```text
/// DIR/sessions/3f/… 62 digits    the value
/// DIR/strikes/a0/…               nothing
/// ```
/// A file's time of modification is when it ends. Files are written beside their place and renamed
/// into it, so nobody reads half of one; what is damaged all the same does not open
/// ([`crate::Sealed`]). What is over is removed as others come; where there are too many the values
/// that end first make room, while marks do not before their time.
///
/// Marks outlive the process, not the machine's loss of power: they are not forced to the disk,
/// since a machine takes longer to start than a mark matters.
pub struct FileStore {
    dir: PathBuf,
    values: Arc<Tree>,
    marks: Arc<Tree>,
}

/// Values, and marks, that are kept unless another number is set.
const MOST: usize = 1 << 18;

impl FileStore {
    /// A store in this folder, which is made where it is missing, for this user alone; for up to
    /// 262,144 values and as many marks.
    ///
    /// # Errors
    /// When it cannot be made, others may write to it, or it is no folder.
    pub fn open(dir: &Path) -> io::Result<Self> {
        Self::with_most(dir, MOST)
    }

    /// The same, for about so many values and as many marks: 256 at least. Each process counts
    /// others' files only now and then, so for a while there may be an eighth more for each.
    ///
    /// # Errors
    /// As [`FileStore::open`].
    pub fn with_most(dir: &Path, most: usize) -> io::Result<Self> {
        make_folder(dir)?;
        let tree = |name, kind| Tree::open(dir.join(name), kind, most).map(Arc::new);
        Ok(Self {
            values: tree("sessions", Kind::Values)?,
            marks: tree("strikes", Kind::Marks)?,
            dir: dir.to_owned(),
        })
    }

    /// Removes what is over, all through the folder, and gives how many files are left. It takes a
    /// while; nothing waits for it.
    ///
    /// # Errors
    /// [`StoreFailed::Unreachable`].
    pub async fn sweep(&self) -> Result<usize, StoreFailed> {
        let (values, marks) = (Arc::clone(&self.values), Arc::clone(&self.marks));
        blocking(move || Ok(values.sweep()? + marks.sweep()?)).await
    }
}

async fn blocking<X: Send + 'static>(
    work: impl FnOnce() -> io::Result<X> + Send + 'static,
) -> Result<X, StoreFailed> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreFailed::Full,
            _ => StoreFailed::Unreachable(error.to_string()),
        }),
        Err(ended) => Err(StoreFailed::Unreachable(ended.to_string())),
    }
}

impl Store for FileStore {
    fn get(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        let values = Arc::clone(&self.values);
        Box::pin(blocking(move || values.get(&name)))
    }

    fn take(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        let values = Arc::clone(&self.values);
        Box::pin(blocking(move || values.take(&name)))
    }

    fn put(&self, name: Name, value: Vec<u8>, life: Duration) -> Pending<'_, ()> {
        let values = Arc::clone(&self.values);
        Box::pin(blocking(move || values.put(&name, &value, life)))
    }

    fn insert(&self, name: Name, life: Duration) -> Pending<'_, bool> {
        let marks = Arc::clone(&self.marks);
        Box::pin(blocking(move || marks.mark(&name, life)))
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

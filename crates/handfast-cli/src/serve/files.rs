//! Files that were asked for lately, kept open: a request for one of them needs no more than a
//! look whether it is still the same.
//!
//! Where a path leads is found anew after [`TRUSTED`]. Until then every request looks at the open
//! file: one that was written to, renamed or replaced has changed by what the system tells of it, so
//! that only a folder above it, or a link on the way, can be another for that long.

use crate::serve::conditions::Version;
use hyper::header::{self, HeaderMap, HeaderValue};
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// The open files of one folder, by the paths of requests.
#[derive(Default)]
pub(super) struct Files {
    open: RwLock<HashMap<Box<str>, Arc<Opened>>>,
}

/// A file that is open, and what is said of it.
pub(super) struct Opened {
    pub(super) file: Arc<File>,
    pub(super) bytes: u64,
    pub(super) version: Version,
    /// The headers of an answer with all of it.
    pub(super) headers: HeaderMap,
    stamp: Stamp,
    found: Instant,
}

impl Files {
    /// The file of a path, if it was asked for lately and is still the same.
    pub(super) fn recent(&self, path: &str) -> Option<Arc<Opened>> {
        self.recent_at(path, Instant::now())
    }

    fn recent_at(&self, path: &str, now: Instant) -> Option<Arc<Opened>> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let opened = Arc::clone(open.get(path)?);
        drop(open);
        let data = opened.file.metadata().ok();
        let is_same = data.is_some_and(|data| Stamp::of(&data) == opened.stamp);
        (is_same && opened.is_trusted(now)).then_some(opened)
    }

    /// Keeps a file for the requests to come.
    pub(super) fn keep(self: &Arc<Self>, path: &str, opened: &Arc<Opened>) {
        if opened.stamp == Stamp::default() || path.len() > LONGEST {
            return;
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let was_empty = open.is_empty();
        if open.len() >= MOST {
            open.clear();
        }
        open.insert(path.into(), Arc::clone(opened));
        drop(open);
        if was_empty {
            let files = Arc::clone(self);
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(10 * TRUSTED).await;
                    if files.is_swept(Instant::now()) {
                        break;
                    }
                }
            });
        }
    }

    /// Closes what nobody asked for lately; true when nothing is left.
    fn is_swept(&self, now: Instant) -> bool {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, opened| opened.is_trusted(now));
        if open.is_empty() {
            open.shrink_to_fit();
        }
        open.is_empty()
    }
}

impl Opened {
    /// Opens a file; nothing where it is none.
    pub(super) fn new(path: &Path) -> io::Result<Option<Self>> {
        let mut options = File::options();
        options.read(true);
        // What was a file a moment ago may be a pipe now, which would be waited for.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NONBLOCK);
        let file = options.open(path)?;
        let data = file.metadata()?;
        if !data.is_file() {
            return Ok(None);
        }
        let version = Version::of(&data);
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        let kind = if kind.type_() == mime_guess::mime::TEXT {
            format!("{kind}; charset=utf-8")
        } else {
            kind.to_string()
        };
        let value = |text: &str| HeaderValue::from_str(text).map_err(io::Error::other);
        Ok(Some(Self {
            file: Arc::new(file),
            bytes: data.len(),
            headers: HeaderMap::from_iter([
                (header::ETAG, value(&version.etag)?),
                (header::LAST_MODIFIED, value(&version.date())?),
                (header::CONTENT_LENGTH, data.len().into()),
                (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
                (header::CONTENT_TYPE, value(&kind)?),
                (
                    header::X_CONTENT_TYPE_OPTIONS,
                    HeaderValue::from_static("nosniff"),
                ),
            ]),
            version,
            stamp: Stamp::of(&data),
            found: Instant::now(),
        }))
    }

    fn is_trusted(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.found) < TRUSTED
    }
}

/// What tells whether two looks saw the same file, unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    /// Names that it has.
    links: u64,
    /// When bytes or attributes changed last, in seconds and nanoseconds.
    changed: (i64, i64),
    modified: (i64, i64),
}

impl Stamp {
    #[cfg(unix)]
    fn of(data: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            device: data.dev(),
            inode: data.ino(),
            bytes: data.len(),
            links: data.nlink(),
            changed: (data.ctime(), data.ctime_nsec()),
            modified: (data.mtime(), data.mtime_nsec()),
        }
    }

    /// Elsewhere the system does not tell enough: nothing is kept.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self::default()
    }
}

#[cfg(unix)]
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
/// How long a path is believed to lead to the same place.
const TRUSTED: Duration = Duration::from_millis(100);
/// Files kept open at a time, of one folder.
const MOST: usize = 256;
/// The longest path that is kept.
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;
    use std::thread::sleep;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("handfast-files-{}-{name}", std::process::id()))
    }

    /// Long enough that any file system gives another time.
    const TICK: Duration = Duration::from_millis(15);

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_is_kept_until_it_is_another() {
        let (path, other) = (place("kept"), place("other"));
        let files = Arc::new(Files::default());
        let early = Instant::now();
        let recent = || files.recent_at("/a", early).is_some();
        let keep = |path: &PathBuf| {
            files.keep("/a", &Arc::new(Opened::new(path).unwrap().unwrap()));
            sleep(TICK);
            assert!(recent(), "unchanged");
            assert!(files.recent_at("/b", early).is_none(), "another path");
        };
        fs::write(&path, "one").unwrap();
        keep(&path);
        fs::write(&path, "two").unwrap();
        assert!(!recent(), "written to");
        keep(&path);
        fs::write(&other, "three").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(!recent(), "replaced");
        keep(&path);
        fs::rename(&path, &other).unwrap();
        assert!(!recent(), "renamed");
        keep(&other);
        fs::remove_file(&other).unwrap();
        assert!(!recent(), "removed");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn files_that_nobody_asks_for_are_closed() {
        let path = place("swept");
        fs::write(&path, "one").unwrap();
        let files = Arc::new(Files::default());
        let opened = Arc::new(Opened::new(&path).unwrap().unwrap());
        files.keep("/a", &opened);
        assert!(!files.is_swept(opened.found));
        assert!(files.recent_at("/a", opened.found).is_some());
        let late = opened.found + TRUSTED;
        assert!(files.recent_at("/a", late).is_none());
        assert!(files.is_swept(late));
        assert!(files.recent_at("/a", opened.found).is_none());
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_folder_is_no_file() {
        assert!(Opened::new(&std::env::temp_dir()).unwrap().is_none());
    }
}

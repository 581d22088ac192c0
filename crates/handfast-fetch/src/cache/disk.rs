//! The cache on disk: one file for each question, named by its digest.
//!
//! ```text
//! file = "HFF1" fresh_until until key digest content      times: 8 bytes, big-endian
//! ```
//! The digest covers all but itself. A file that is not whole, not ours, or that others may write
//! is removed and not read. Several processes may share a folder: files come whole, by renaming.

use crate::key::{Key, sha256};
use crate::kind::Kind;
use crate::life::Life;
use handfast::config::{Entropy, SystemEntropy};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The cache on disk.
pub(super) struct Disk {
    folder: PathBuf,
    limit_bytes: u64,
}

impl Disk {
    pub(super) fn new(folder: PathBuf, limit_bytes: u64) -> Self {
        Self {
            folder,
            limit_bytes,
        }
    }

    /// What is kept and not over; a file that is of no use is removed.
    pub(super) fn read(
        &self,
        key: &Key,
        kind: Kind,
        limit: usize,
        now: i64,
    ) -> Option<(Vec<u8>, Life)> {
        let path = self.path(key, kind);
        let bytes = match read_own(&path, limit.saturating_add(HEAD)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(_) => {
                let _ = fs::remove_file(&path);
                return None;
            }
        };
        let found = unwrap(&bytes, key).filter(|(life, _)| life.until > now && life.is_sane(now));
        let Some((life, content)) = found else {
            let _ = fs::remove_file(&path);
            return None;
        };
        Some((content.to_vec(), life))
    }

    /// Keeps `content`; what was kept longest ago makes room for it.
    pub(super) fn write(
        &self,
        key: &Key,
        kind: Kind,
        content: &[u8],
        life: Life,
    ) -> io::Result<()> {
        let whole = wrap(key, content, life);
        let length = u64::try_from(whole.len()).unwrap_or(u64::MAX);
        if length > self.limit_bytes / 2 {
            return Ok(());
        }
        self.make_folder()?;
        self.make_room(length)?;
        let mut random = [0; 8];
        SystemEntropy
            .fill(&mut random)
            .map_err(|_| io::Error::other("no randomness"))?;
        let part = format!("{:016x}.{PART}", u64::from_be_bytes(random));
        let part = self.folder.join(part);
        let written = new_own(&part)
            .and_then(|mut file| file.write_all(&whole))
            .and_then(|()| fs::rename(&part, self.path(key, kind)));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written
    }

    pub(super) fn remove(&self, key: &Key, kind: Kind) {
        let _ = fs::remove_file(self.path(key, kind));
    }

    fn path(&self, key: &Key, kind: Kind) -> PathBuf {
        self.folder.join(format!("{}.{}", key.hex(), kind.word()))
    }

    /// The folder, which must be ours alone: in one that others may write, nothing is kept.
    fn make_folder(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)?;
        check_own(&fs::metadata(&self.folder)?)
    }

    fn make_room(&self, wanted: u64) -> io::Result<()> {
        let mut files = Vec::new();
        let mut held: u64 = 0;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let Ok(data) = entry.metadata() else {
                continue;
            };
            let (path, written) = (
                entry.path(),
                data.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            );
            if !is_ours(&path) || !data.is_file() {
                continue;
            }
            let is_part = path.extension().is_some_and(|word| word == PART);
            if is_part {
                // What a process that died has left behind.
                if written.elapsed().is_ok_and(|age| age > ABANDONED) {
                    let _ = fs::remove_file(&path);
                }
                continue;
            }
            held = held.saturating_add(data.len());
            files.push((written, data.len(), path));
        }
        files.sort_unstable();
        let room = self.limit_bytes.saturating_sub(wanted);
        for (_, length, path) in files {
            if held <= room {
                break;
            }
            held = held.saturating_sub(length);
            let _ = fs::remove_file(path);
        }
        Ok(())
    }
}

fn wrap(key: &Key, content: &[u8], life: Life) -> Vec<u8> {
    let (fresh, until) = (life.fresh_until.to_be_bytes(), life.until.to_be_bytes());
    let digest = sha256(&[MAGIC, &fresh, &until, &key.0, content]);
    [MAGIC, &fresh, &until, &key.0, &digest, content].concat()
}

fn unwrap<'b>(bytes: &'b [u8], key: &Key) -> Option<(Life, &'b [u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (fresh, rest) = rest.split_first_chunk::<8>()?;
    let (until, rest) = rest.split_first_chunk::<8>()?;
    let (own_key, rest) = rest.split_first_chunk::<32>()?;
    let (digest, content) = rest.split_first_chunk::<32>()?;
    let whole = *own_key == key.0 && *digest == sha256(&[MAGIC, fresh, until, own_key, content]);
    let life = Life {
        fresh_until: i64::from_be_bytes(*fresh),
        until: i64::from_be_bytes(*until),
    };
    whole.then_some((life, content))
}

/// The file's bytes, if it is a plain file of ours that others cannot write, and not too long.
fn read_own(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    // A link would be somebody else's choice.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("no plain file"));
    }
    let file = File::open(path)?;
    check_own(&file.metadata()?)?;
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(io::Error::other("too long"));
    }
    Ok(bytes)
}

fn new_own(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether a file or folder is ours, and nobody else may write it.
#[cfg(unix)]
fn check_own(data: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let own = data.uid() == rustix::process::geteuid().as_raw();
    if own && data.mode() & 0o022 == 0 {
        Ok(())
    } else {
        Err(io::Error::other("others may write it"))
    }
}

#[cfg(not(unix))]
fn check_own(_: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Whether a name is one that is given here. Other files in the folder are left alone.
fn is_ours(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let word = path.extension().and_then(|word| word.to_str());
    let hex = |length: usize| {
        stem.is_some_and(|stem| {
            stem.len() == length && stem.bytes().all(|one| one.is_ascii_hexdigit())
        })
    };
    match word {
        Some(PART) => hex(16),
        Some("crl" | "ocsp" | "issuer") => hex(64),
        _ => false,
    }
}

const MAGIC: &[u8] = b"HFF1";
const HEAD: usize = 4 + 8 + 8 + 32 + 32;
const PART: &str = "part";
/// A file that is still being written after this time is nobody's.
const ABANDONED: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests;

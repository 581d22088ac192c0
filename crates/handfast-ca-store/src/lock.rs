//! Who holds a database's locks.
//!
//! Asked of the system's list, never of the file: closing any descriptor of it would drop the
//! locks that other connections of this process hold.

use crate::error::Holder;
use std::fs;
use std::path::Path;

/// The processes that hold locks where SQLite takes them; none where the system has no such list.
pub(crate) fn holders(path: &Path) -> Vec<Holder> {
    let Some(inode) = inode(path) else {
        return Vec::new();
    };
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let mut found: Vec<u32> = locks
        .lines()
        .filter_map(|line| holder(line, inode))
        .collect();
    found.sort_unstable();
    found.dedup();
    let name = |process: u32| fs::read_to_string(format!("/proc/{process}/comm")).ok();
    let named = found.into_iter().map(|process| Holder {
        process,
        name: name(process).map(|name| name.trim().to_owned()),
    });
    named.collect()
}

#[cfg(unix)]
fn inode(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|file| file.ino())
}

#[cfg(not(unix))]
fn inode(_: &Path) -> Option<u64> {
    None
}

/// A line of `/proc/locks`: `1: POSIX  ADVISORY  WRITE 1234 08:01:5678 1073741824 1073741825`.
fn holder(line: &str, inode: u64) -> Option<u32> {
    let mut words = line.split_whitespace().skip(1).peekable();
    // `->` marks those who wait.
    if words.peek() == Some(&"->") {
        return None;
    }
    let process = words.nth(3)?.parse().ok()?;
    let file = words.next()?.rsplit(':').next()?;
    let first: u64 = words.next()?.parse().ok()?;
    let ours = file.parse() == Ok(inode) && LOCK_BYTES.contains(&first);
    ours.then_some(process)
}

/// The bytes that SQLite locks: PENDING, RESERVED and 510 SHARED ones.
const LOCK_BYTES: std::ops::Range<u64> = 0x4000_0000..0x4000_0200;

#[cfg(test)]
mod tests {
    use super::holder;

    #[test]
    fn only_holders_of_sqlites_bytes_of_the_file_count() {
        let held = "3: POSIX  ADVISORY  WRITE 4711 fe:00:77 1073741825 1073741825";
        assert_eq!(holder(held, 77), Some(4711));
        assert_eq!(holder(held, 78), None);
        let waiting = "3: -> POSIX  ADVISORY  WRITE 4711 fe:00:77 1073741825 1073741825";
        assert_eq!(holder(waiting, 77), None);
        let elsewhere = "3: POSIX  ADVISORY  WRITE 4711 fe:00:77 0 EOF";
        assert_eq!(holder(elsewhere, 77), None);
        assert_eq!(holder("", 77), None);
    }
}

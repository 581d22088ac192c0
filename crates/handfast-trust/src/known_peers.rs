//! A file of the keys that peers were seen with, for trust on first use: one line each, as
//! `known_hosts` has it.
//!
//! ```text
//! # name                key                                                  first seen           last seen
//! example.test:443      sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= 2026-11-21T13:30:00Z 2026-11-22T08:00:00Z
//! ```
//! Lines that begin with `#` and empty lines stay as they are, and so does what cannot be read.

mod lock;

use crate::fault::{BrokenLine, TrustFault, TrustProblem};
use crate::known_peers::lock::Lock;
use core::fmt;
use handfast_pki::time::UnixTime;
use handfast_pki::verify::known_key::{KeyDigest, KnownKey};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// A file of known peers. Nothing of it is kept here: each question reads the file, so that what
/// another program has recorded counts.
///
/// ```
/// use handfast_pki::time::UnixTime;
/// use handfast_pki::verify::known_key::KeyDigest;
/// use handfast_trust::{KnownPeers, Recorded};
///
/// # let path = std::env::temp_dir().join(format!("handfast-known-{}", std::process::id()));
/// let peers = KnownPeers::open(&path)?;
/// assert!(peers.keys_of("example.test:443")?.is_empty());
/// // … the peer is judged by `handfast_pki::verify::first_use`, and is new
/// let key = KeyDigest::of_key(b"its SubjectPublicKeyInfo");
/// let now = UnixTime(1_795_268_000);
/// assert_eq!(peers.record("example.test:443", key, now)?, Recorded::Added);
/// assert_eq!(peers.keys_of("example.test:443")?[0].key, key);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct KnownPeers {
    path: PathBuf,
}

/// What became of a key that was to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The name was not known; now it is.
    Added,
    /// The name was known by this key, which was seen now.
    Seen,
    /// The name is known by other keys alone, and nothing was written: somebody else has recorded
    /// one since the peer was judged.
    Changed(Vec<KnownKey>),
}

impl KnownPeers {
    /// The file at `path`. It need not be there yet, but its folder must.
    ///
    /// # Errors
    /// [`TrustFault`]: the file cannot be read, or there is no folder for it.
    pub fn open(path: &Path) -> Result<Self, TrustFault> {
        // Through a link, it is the file itself that is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let peers = Self { path };
        peers.read()?;
        let folder = peers.folder();
        fs::metadata(folder).map_err(|error| TrustFault::new(folder, TrustProblem::Io(error)))?;
        Ok(peers)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The keys that a name was seen with. Names are compared without the case of ASCII letters.
    ///
    /// # Errors
    /// [`TrustFault`]: the file cannot be read, or not its line of this name: then nobody can say
    /// whether the peer is known.
    pub fn keys_of(&self, name: &str) -> Result<Vec<KnownKey>, TrustFault> {
        self.known(&self.read()?, name)
    }

    /// The lines on which a name stands, counted from 1.
    ///
    /// # Errors
    /// [`TrustFault`]: the file cannot be read.
    pub fn lines_of(&self, name: &str) -> Result<Vec<usize>, TrustFault> {
        let lines = self.read()?;
        let lines = lines.iter().enumerate();
        Ok(lines
            .filter(|(_, line)| line.is_of(name))
            .map(|(index, _)| index + 1)
            .collect())
    }

    /// The lines that cannot be read. Whom they are about is not known by them.
    ///
    /// # Errors
    /// [`TrustFault`]: the file cannot be read.
    pub fn broken_lines(&self) -> Result<Vec<BrokenLine>, TrustFault> {
        let lines = self.read()?;
        Ok(broken(&lines).map(|(_, line)| line).collect())
    }

    /// Records that a name was seen with a key. The file is written beside itself and then put in
    /// its place, so that it is there whole, and nobody else writes it meanwhile; only its owner
    /// may read it.
    ///
    /// # Errors
    /// [`TrustFault`]: the file cannot be read or written, another program has kept it for itself
    /// for seconds, or the name has white space in it or begins with `#`.
    pub fn record(
        &self,
        name: &str,
        key: KeyDigest,
        now: UnixTime,
    ) -> Result<Recorded, TrustFault> {
        if !is_name(name) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "no name of a peer");
            return Err(self.fault(error));
        }
        // What is no file is neither locked nor replaced.
        self.read()?;
        let _lock = Lock::take(&self.path).map_err(|error| self.fault(error))?;
        let mut lines = self.read()?;
        let known = self.known(&lines, name)?;
        let recorded = if known.is_empty() {
            lines.push(Line::Peer {
                name: name.to_ascii_lowercase(),
                known: KnownKey {
                    key,
                    first_seen: now,
                    last_seen: now,
                },
            });
            Recorded::Added
        } else if known.iter().any(|one| one.key == key) {
            lines.iter_mut().for_each(|line| line.see(name, key, now));
            Recorded::Seen
        } else {
            return Ok(Recorded::Changed(known));
        };
        self.write(&lines).map_err(|error| self.fault(error))?;
        Ok(recorded)
    }

    fn known(&self, lines: &[Line], name: &str) -> Result<Vec<KnownKey>, TrustFault> {
        // Where its name ends nobody knows: it may be anywhere in the line.
        let wanted = name.to_ascii_lowercase();
        let is_of = |text: &str| text.to_ascii_lowercase().contains(&wanted);
        if let Some((_, line)) = broken(lines).find(|(text, _)| is_of(text)) {
            return Err(TrustFault::new(&self.path, TrustProblem::Line(line)));
        }
        let of_name = lines.iter().filter(|line| line.is_of(name));
        Ok(of_name
            .filter_map(|line| match line {
                Line::Peer { known, .. } => Some(*known),
                _ => None,
            })
            .collect())
    }

    fn read(&self) -> Result<Vec<Line>, TrustFault> {
        let read = self.check().and_then(|()| fs::read_to_string(&self.path));
        match read {
            Ok(text) => {
                // Some editors put a byte order mark before the first name.
                let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
                Ok(text.lines().map(Line::read).collect())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(self.fault(error)),
        }
    }

    /// Whether it is a file, which nobody else may have written.
    fn check(&self) -> io::Result<()> {
        let data = fs::metadata(&self.path)?;
        if !data.is_file() && !data.is_dir() {
            return Err(io::Error::other("no regular file"));
        }
        check_own(&data)
    }

    fn write(&self, lines: &[Line]) -> io::Result<()> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut beside = self.path.as_os_str().to_owned();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        beside.push(format!(".new-{}-{count}", process::id()));
        let beside = PathBuf::from(beside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // A file of that name which is there already is somebody else's, and stays.
        let mut file = options.open(&beside)?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            // What was begun is of no use; the first error is the one to tell.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn fault(&self, error: io::Error) -> TrustFault {
        TrustFault::new(&self.path, TrustProblem::Io(error))
    }
}

/// A line of the file.
enum Line {
    Peer {
        name: String,
        known: KnownKey,
    },
    /// A comment, or nothing.
    Other(String),
    Broken {
        text: String,
        why: &'static str,
    },
}

impl Line {
    fn read(text: &str) -> Self {
        let broken = |why| Self::Broken {
            text: text.to_owned(),
            why,
        };
        let mut words = text.split_ascii_whitespace();
        let name = match words.next() {
            None => return Self::Other(text.to_owned()),
            Some(word) if word.starts_with('#') => return Self::Other(text.to_owned()),
            Some(name) if is_name(name) => name,
            Some(_) => return broken("a name with characters that no name has"),
        };
        let Some(Ok(key)) = words.next().map(str::parse) else {
            return broken("no digest of a key after the name");
        };
        let times =
            [words.next(), words.next()].map(|time| time.and_then(|text| text.parse().ok()));
        let [Some(first_seen), Some(last_seen)] = times else {
            return broken("the key is not followed by two times");
        };
        if words.next().is_some() {
            return broken("something stands after the two times");
        }
        Self::Peer {
            name: name.to_owned(),
            known: KnownKey {
                key,
                first_seen,
                last_seen,
            },
        }
    }

    fn is_of(&self, wanted: &str) -> bool {
        matches!(self, Self::Peer { name, .. } if name.eq_ignore_ascii_case(wanted))
    }

    fn see(&mut self, wanted: &str, key: KeyDigest, now: UnixTime) {
        let is_of = self.is_of(wanted);
        if let Self::Peer { known, .. } = self
            && is_of
            && known.key == key
        {
            known.last_seen = known.last_seen.max(now);
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer { name, known } => write!(
                f,
                "{name} {} {} {}",
                known.key, known.first_seen, known.last_seen
            ),
            Self::Other(text) | Self::Broken { text, .. } => f.write_str(text),
        }
    }
}

/// The lines that cannot be read, as they stand, and what is wrong with them.
fn broken(lines: &[Line]) -> impl Iterator<Item = (&str, BrokenLine)> {
    let lines = lines.iter().enumerate();
    lines.filter_map(|(index, line)| match line {
        Line::Broken { text, why } => Some((
            text.as_str(),
            BrokenLine {
                line: index + 1,
                why,
            },
        )),
        _ => None,
    })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('#') && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether the file is ours, and nobody else may write it.
#[cfg(unix)]
fn check_own(data: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let own = data.uid() == rustix::process::geteuid().as_raw();
    if own && data.mode() & 0o022 == 0 {
        Ok(())
    } else {
        let why = "others own it or may write it: own it and take that right away (chmod go-w)";
        Err(io::Error::other(why))
    }
}

#[cfg(not(unix))]
fn check_own(_data: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

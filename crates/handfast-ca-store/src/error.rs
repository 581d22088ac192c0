//! What can go wrong with an authority in a folder: what, where, and what to do.

use crate::row::Row;
use handfast_ca::error::CaError;
use handfast_pki::time::UnixTime;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a call on an authority's folder failed. Displayed, it says what and where;
/// [`StoreError::hint`] says what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no authority in the folder.
    NoAuthority {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds a root and its key, as `serve` once made them, and no database yet.
    NoDatabaseYet {
        /// The folder.
        path: PathBuf,
    },
    /// The database was there and is not any more.
    DatabaseMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Something lies where the authority is to be made.
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The file is a database of another program, or none at all.
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The database was written by a later version.
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The latest version that is known here.
        known: i64,
    },
    /// The database does not hold together.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What its check found, the first findings alone.
        findings: Vec<String>,
    },
    /// Another process has the database locked, for longer than was waited.
    Busy {
        /// The file.
        path: PathBuf,
        /// Who, where the system tells.
        holders: Vec<Holder>,
    },
    /// The folder or its database cannot be written.
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The disk, or what connects it, failed under the database.
    Disk {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        message: String,
    },
    /// A file could not be read or written.
    File {
        /// What was tried, as a verb: "read", "write".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The database failed in another way.
    Database {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        message: String,
    },
    /// The file of a key is not there.
    KeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The key belongs to another certificate.
    KeyMismatch {
        /// The key's file.
        path: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// The key is encrypted, and no pass phrase was given.
    PassNeeded {
        /// The key's file.
        path: PathBuf,
    },
    /// The pass phrase does not open the key.
    WrongPass {
        /// The key's file.
        path: PathBuf,
    },
    /// A file does not hold what it should.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A certificate's file is not the one that the database knows.
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// The clock is before what was recorded last.
    ClockBackwards {
        /// What the clock says, in Unix seconds.
        now_unix: u64,
        /// When the last entry was made, in Unix seconds.
        last_unix: u64,
    },
    /// The authority may not issue any more.
    Expired {
        /// Its certificate's file.
        path: PathBuf,
        /// Its last second.
        not_after_unix: u64,
    },
    /// The authority that issues was revoked by the root.
    AuthorityRevoked {
        /// Its certificate's file.
        path: PathBuf,
        /// When, in Unix seconds.
        at_unix: u64,
    },
    /// A root is on no list: nobody stands above it whom clients could ask.
    RootIsNotRevoked {
        /// It.
        row: Box<Row>,
    },
    /// A certificate of this key was revoked because others know the key.
    KeyCompromised {
        /// The serial of that certificate.
        serial: String,
    },
    /// The authority may not vouch for a name.
    NotPermitted {
        /// Its certificate's file.
        path: PathBuf,
        /// Which name, and why.
        why: String,
    },
    /// Clients would refuse what was about to be issued.
    Unacceptable {
        /// What they would say.
        why: String,
    },
    /// Nothing fits the name, serial or fingerprint.
    NotFound {
        /// What was looked for.
        wanted: String,
    },
    /// More than one certificate fits.
    Ambiguous {
        /// What was looked for.
        wanted: String,
        /// Those that fit, the latest first.
        candidates: Vec<Row>,
    },
    /// The certificates that fit are all revoked or expired.
    NoneLeft {
        /// What was looked for.
        wanted: String,
        /// Those that fit, the latest first.
        candidates: Vec<Row>,
    },
    /// The certificate was revoked before, for another reason.
    AlreadyRevoked {
        /// It.
        row: Box<Row>,
    },
    /// The certificate is not on hold, so it cannot be released.
    NotOnHold {
        /// It.
        row: Box<Row>,
    },
    /// The database knows the certificate's serial, not the certificate: it was imported.
    NotKept {
        /// It.
        row: Box<Row>,
    },
    /// A serial or fingerprint is recorded already.
    Recorded {
        /// The serial.
        serial: String,
    },
    /// A line of an index cannot be read.
    Index {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A record is at another version than the caller saw.
    Conflict {
        /// Its kind.
        kind: String,
        /// Its key.
        key: String,
        /// The version that is there, if it is there at all.
        found: Option<u64>,
    },
    /// The certificate or list could not be made.
    Ca(CaError),
}

/// A process that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub process: u32,
    /// Its name, if the system tells.
    pub name: Option<String>,
}

impl StoreError {
    /// What to do about it, where that is not plain.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoAuthority { .. } => "make an authority there first, or name its folder",
            Self::NoDatabaseYet { .. } => "adopt the folder: its root and key stay as they are",
            Self::DatabaseMissing { .. } => {
                "restore it from a backup: without it nobody knows what was issued and revoked"
            }
            Self::Exists { .. } => "choose another folder, or move this one away",
            Self::Foreign { .. } => "name the folder of an authority that was made here",
            Self::Newer { .. } => "use the version of Handfast that wrote it, or a later one",
            Self::Damaged { .. } => {
                "restore the folder from a backup; what was issued since can be recorded again \
                 from the certificates"
            }
            Self::Busy { .. } => "wait until it is done, or end it",
            Self::ReadOnly { .. } => {
                "listing works as it is; for the rest make the folder writable"
            }
            Self::Full { .. } => "nothing was changed: make room and try again",
            Self::Disk { .. } => {
                "see what the system says of the disk; once it works again, a list tells whether \
                 this change was kept"
            }
            Self::KeyMissing { .. } => "put the key back; listing works without it",
            Self::KeyMismatch { .. } => "put back the key that belongs to the certificate",
            Self::PassNeeded { .. } => "give its pass phrase",
            Self::WrongPass { .. } => "nothing was changed: give the pass phrase it was made with",
            Self::Replaced { .. } => {
                "put back the certificate that this database belongs to, or the database that \
                 belongs to the certificate"
            }
            Self::ClockBackwards { .. } => {
                "set the clock right; if it is right now and was wrong before, say that it is to \
                 be accepted"
            }
            Self::Expired { .. } | Self::AuthorityRevoked { .. } => {
                "make a new authority in another folder"
            }
            Self::KeyCompromised { .. } => "make a new key",
            Self::RootIsNotRevoked { .. } => {
                "take it from those who trust it; what it issued is revoked one by one"
            }
            Self::NotPermitted { .. } => {
                "ask for names it may vouch for, or make an authority for others"
            }
            Self::Ambiguous { .. } => "name one by its serial: serial:0A:BC",
            Self::NotFound { .. } => {
                "a serial number of fewer than sixteen digits wants serial: before it"
            }
            Self::NotKept { .. } => "import the certificate itself",
            Self::Conflict { .. } => "read it again and decide anew",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((path, what)) = self.about_file() {
            return write!(f, "{}: {what}", path.display());
        }
        match self {
            Self::Newer { path, found, known } => write!(
                f,
                "{}: its tables are of version {found}; known here are those up to {known}",
                path.display()
            ),
            Self::Damaged { path, findings } => {
                write!(f, "{}: the database is damaged", path.display())?;
                listed(f, findings)
            }
            Self::Busy { path, holders } => {
                write!(f, "{}: the database is locked", path.display())?;
                busy(f, holders)
            }
            Self::File { doing, path, error } => {
                write!(f, "cannot {doing} {}: {error}", path.display())
            }
            Self::Database {
                doing,
                path,
                message,
            }
            | Self::Disk {
                doing,
                path,
                message,
            } => write!(f, "{}: cannot {doing}: {message}", path.display()),
            Self::KeyMismatch { path, certificate } => write!(
                f,
                "{}: this key does not belong to {}",
                path.display(),
                certificate.display()
            ),
            Self::Unreadable { path, why } | Self::NotPermitted { path, why } => {
                write!(f, "{}: {why}", path.display())
            }
            Self::ClockBackwards {
                now_unix,
                last_unix,
            } => write!(
                f,
                "the clock says {}, but the last entry was made at {}",
                moment(*now_unix),
                moment(*last_unix)
            ),
            Self::Expired {
                path,
                not_after_unix,
            } => write!(
                f,
                "{}: the authority expired at {}",
                path.display(),
                moment(*not_after_unix)
            ),
            Self::AuthorityRevoked { path, at_unix } => write!(
                f,
                "{}: the authority was revoked at {}",
                path.display(),
                moment(*at_unix)
            ),
            Self::Unacceptable { why } => write!(f, "clients would refuse the certificate: {why}"),
            Self::Conflict { kind, key, found } => match found {
                Some(version) => write!(f, "the {kind} {key} is at version {version} by now"),
                None => write!(f, "the {kind} {key} is not there any more"),
            },
            Self::Ca(fault) => fault.fmt(f),
            other => other.about_certificate(f),
        }
    }
}

impl StoreError {
    /// Those that say one fixed thing about one file.
    fn about_file(&self) -> Option<(&PathBuf, &'static str)> {
        Some(match self {
            Self::NoAuthority { path } => (path, "there is no authority here"),
            Self::NoDatabaseYet { path } => (path, "the authority here has no database yet"),
            Self::DatabaseMissing { path } => (path, "the authority's database is missing"),
            Self::Exists { path } => (path, "something is here already"),
            Self::Foreign { path } => (path, "this is no database of an authority"),
            Self::ReadOnly { path } => (path, "cannot be written"),
            Self::Full { path } => (path, "the disk is full"),
            Self::KeyMissing { path } => (path, "the authority's key is missing"),
            Self::PassNeeded { path } => (path, "the key is encrypted"),
            Self::WrongPass { path } => (path, "the pass phrase does not open the key"),
            Self::Replaced { path } => {
                (path, "this is another certificate than the database knows")
            }
            _ => return None,
        })
    }

    fn about_certificate(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { wanted } => write!(f, "no certificate fits {wanted}"),
            Self::Ambiguous { wanted, candidates } => {
                write!(f, "{} certificates fit {wanted}", candidates.len())?;
                listed(f, candidates)
            }
            Self::NoneLeft { wanted, candidates } => {
                write!(f, "all that fit {wanted} are revoked or expired")?;
                listed(f, candidates)
            }
            Self::AlreadyRevoked { row } => {
                let reason = row.reason.unwrap_or_default();
                let at = row.revoked_at.map_or_else(String::new, moment);
                write!(f, "{row} was revoked at {at} already, for {reason}")
            }
            Self::NotOnHold { row } => write!(f, "{row} is not on hold"),
            Self::KeyCompromised { serial } => write!(
                f,
                "the key is that of the certificate {serial}, which was revoked for keyCompromise"
            ),
            Self::RootIsNotRevoked { row } => {
                write!(f, "{row} is a root, which no list can revoke")
            }
            Self::NotKept { row } => write!(f, "{row} is known by its serial alone"),
            Self::Recorded { serial } => write!(f, "the serial {serial} is recorded already"),
            Self::Index { line, why } => write!(f, "line {line} of the index: {why}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            Self::Ca(fault) => Some(fault),
            _ => None,
        }
    }
}

impl From<CaError> for StoreError {
    fn from(fault: CaError) -> Self {
        Self::Ca(fault)
    }
}

/// A time as people read it.
pub(crate) fn moment(unix: u64) -> String {
    UnixTime(i64::try_from(unix).unwrap_or(i64::MAX)).to_string()
}

fn listed(f: &mut fmt::Formatter<'_>, items: &[impl fmt::Display]) -> fmt::Result {
    for (place, item) in items.iter().take(SHOWN).enumerate() {
        write!(f, "{} {item}", if place == 0 { ":" } else { ";" })?;
    }
    if items.len() > SHOWN {
        f.write_str("; …")?;
    }
    Ok(())
}

fn busy(f: &mut fmt::Formatter<'_>, holders: &[Holder]) -> fmt::Result {
    for (place, holder) in holders.iter().enumerate() {
        f.write_str(if place == 0 { " by " } else { " and " })?;
        match &holder.name {
            Some(name) => write!(f, "{name} (process {})", holder.process)?,
            None => write!(f, "process {}", holder.process)?,
        }
    }
    Ok(())
}

/// How many findings or candidates a sentence names.
const SHOWN: usize = 8;

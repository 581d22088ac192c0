//! An authority in a folder, opened.

use crate::database::{Database, Trouble};
use crate::entry::{Entry, enter};
use crate::error::{StoreError, moment};
use crate::files;
use crate::row::Level;
use crate::tier::{Tier, certificate_file, key_file};
use handfast_ca::authority::Authority;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use rustls_pki_types::CertificateDer;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// An authority in a folder, opened: its certificates are read, its database is open, its keys
/// are read when something is to be signed.
///
/// Several processes may have the same folder open; each call that writes is one transaction.
#[derive(Debug)]
pub struct CaDirectory {
    pub(crate) folder: PathBuf,
    pub(crate) database: Database,
    pub(crate) root: Tier,
    pub(crate) issuing: Option<Tier>,
    pub(crate) pass: Option<Zeroizing<Vec<u8>>>,
    pub(crate) accepts_clock: bool,
    pub(crate) actor: String,
}

impl CaDirectory {
    /// Opens the folder. Keys are not touched, so encrypted ones are no hindrance yet.
    ///
    /// # Errors
    /// [`StoreError::NoAuthority`], [`StoreError::NoDatabaseYet`], [`StoreError::DatabaseMissing`];
    /// a database that is [`StoreError::Foreign`], [`StoreError::Newer`] or
    /// [`StoreError::Damaged`]; a certificate that cannot be read or was [`StoreError::Replaced`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        // Absolute, so that SQLite takes no path for a `file:` URI.
        let folder =
            std::path::absolute(folder).map_err(|error| files::fault("find", folder, error))?;
        let path = folder.join(DATABASE);
        if !path.exists() {
            return Err(absent(&folder));
        }
        let database = Database::open(&path)?;
        let mut root = Tier::read(&folder, Level::Root)?;
        let mut issuing = None;
        for (level, id, fingerprint) in known(&database)? {
            let tier = match level {
                Level::Root => &mut root,
                Level::Issuing => issuing.insert(Tier::read(&folder, level)?),
            };
            if tier.fingerprint() != fingerprint {
                return Err(StoreError::Replaced {
                    path: tier.certificate_file.clone(),
                });
            }
            tier.id = id;
        }
        Ok(Self {
            folder,
            database,
            root,
            issuing,
            pass: None,
            accepts_clock: false,
            actor: actor(),
        })
    }

    /// Reads the key that issues, with this pass phrase if it is encrypted. Without this call the
    /// key is read when it is first needed, and must not be encrypted.
    ///
    /// # Errors
    /// [`StoreError::WrongPass`], [`StoreError::PassNeeded`], [`StoreError::KeyMissing`],
    /// [`StoreError::KeyMismatch`].
    pub fn unlock(&mut self, pass: Option<&[u8]>) -> Result<(), StoreError> {
        self.pass = pass.map(|pass| Zeroizing::new(pass.to_vec()));
        let unlocked = self.signer(Level::Issuing).map(|_| ());
        if unlocked.is_err() {
            self.pass = None;
        }
        unlocked
    }

    /// From now on a clock that is before the latest time seen is taken as it is; the audit trail says
    /// so.
    pub fn accept_clock(&mut self) {
        self.accepts_clock = true;
    }

    /// How long another process is waited for that has the database locked: ten seconds, unless
    /// this says otherwise.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn set_patience(&mut self, patience: Duration) -> Result<(), StoreError> {
        self.database.set_patience(patience)
    }

    /// Who is written in the audit trail: `uid 1000` and such, unless this says more.
    pub fn set_actor(&mut self, actor: &str) {
        actor.clone_into(&mut self.actor);
    }

    /// The folder, as an absolute path.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The authority that issues, with its key.
    ///
    /// # Errors
    /// As [`CaDirectory::unlock`].
    pub fn authority(&mut self) -> Result<&Authority, StoreError> {
        self.signer(Level::Issuing)
    }

    /// The authority of a level, with its key.
    ///
    /// # Errors
    /// As [`CaDirectory::unlock`].
    pub fn signer(&mut self, level: Level) -> Result<&Authority, StoreError> {
        Ok(self.signing(level)?.1)
    }

    /// The root: the anchor to give to clients.
    #[must_use]
    pub fn root_der(&self) -> &CertificateDer<'static> {
        &self.root.certificate
    }

    /// The root's file, for clients to be told of.
    #[must_use]
    pub fn root_file(&self) -> &Path {
        &self.root.certificate_file
    }

    /// The certificate of the authority that issues, then those above it, the root last.
    #[must_use]
    pub fn issuer_chain(&self) -> Vec<CertificateDer<'static>> {
        let issuing = self.issuing.iter();
        let below = issuing.flat_map(|tier| [&tier.certificate].into_iter().chain(&tier.above));
        below.chain([&self.root.certificate]).cloned().collect()
    }

    /// Whether an authority below the root issues.
    #[must_use]
    pub fn has_issuing(&self) -> bool {
        self.issuing.is_some()
    }

    /// The last second of the authority that issues, in Unix time.
    #[must_use]
    pub fn not_after(&self) -> u64 {
        self.issuer().not_after
    }

    /// What a create or an adopt that was cut short left beside the folder or in it. Nothing of
    /// it is used; unless such a process is at work right now, it may be removed.
    #[must_use]
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let mut found = files::leftovers(&self.folder);
        found.extend(files::leftovers(&self.folder.join(DATABASE)));
        found
    }

    /// Whether the database holds together: pages, indices, rows that refer to others.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with what was found.
    pub fn check(&self) -> Result<(), StoreError> {
        self.database.check()
    }

    /// The tier that issues.
    pub(crate) fn issuer(&self) -> &Tier {
        self.issuing.as_ref().unwrap_or(&self.root)
    }

    /// The tier of a level.
    pub(crate) fn tier(&self, level: Level) -> &Tier {
        match level {
            Level::Root => &self.root,
            Level::Issuing => self.issuer(),
        }
    }

    /// The level of an authority's row.
    pub(crate) fn level(&self, id: i64) -> Level {
        if id == self.issuer().id {
            Level::Issuing
        } else {
            Level::Root
        }
    }

    /// Writes, if the clock may be believed, and enters it in the audit trail.
    pub(crate) fn write<T>(
        &mut self,
        doing: &'static str,
        now: u64,
        work: impl FnOnce(&Transaction<'_>) -> Result<(T, Entry), Trouble>,
    ) -> Result<T, StoreError> {
        let writer = Writer {
            database: &mut self.database,
            accepts_clock: self.accepts_clock,
            actor: &self.actor,
        };
        writer.write(doing, now, work)
    }

    /// What writes, and the authority that signs, at once.
    pub(crate) fn signing(&mut self, level: Level) -> Result<(Writer<'_>, &Authority), StoreError> {
        let pass = self.pass.as_deref().map(Vec::as_slice);
        let authority = match (&mut self.issuing, level) {
            (Some(issuing), Level::Issuing) => issuing.signer(Some(&self.root.certificate), pass),
            _ => self.root.signer(None, pass),
        }?;
        let writer = Writer {
            database: &mut self.database,
            accepts_clock: self.accepts_clock,
            actor: &self.actor,
        };
        Ok((writer, authority))
    }
}

/// What writes, with an entry in the audit trail.
pub(crate) struct Writer<'a> {
    database: &'a mut Database,
    accepts_clock: bool,
    actor: &'a str,
}

impl Writer<'_> {
    /// Writes, if the clock may be believed.
    pub(crate) fn write<T>(
        self,
        doing: &'static str,
        now: u64,
        work: impl FnOnce(&Transaction<'_>) -> Result<(T, Entry), Trouble>,
    ) -> Result<T, StoreError> {
        self.database.write(doing, |transaction| {
            let back = believe(transaction, now, self.accepts_clock)?;
            let (value, mut entry) = work(transaction)?;
            if let Some(last) = back {
                entry
                    .detail
                    .push_str("; the clock was accepted, though before ");
                entry.detail.push_str(&moment(last));
            }
            enter(transaction, now, self.actor, &entry)?;
            Ok(value)
        })
    }
}

/// Whether the clock may be believed: the latest time that was seen, if the clock is before it and
/// is accepted all the same.
fn believe(connection: &Connection, now: u64, accepts: bool) -> Result<Option<u64>, Trouble> {
    let latest = latest(connection)?;
    let back = now.saturating_add(TOLERANCE_S) < latest;
    if back && !accepts {
        return Err(StoreError::ClockBackwards {
            now_unix: now,
            last_unix: latest,
        }
        .into());
    }
    // Within the tolerance the mark stays, so that a clock cannot creep back step by step.
    let mark = if back { now } else { now.max(latest) };
    let upsert = "INSERT INTO settings (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    connection.execute(upsert, params![CLOCK, mark.to_string()])?;
    Ok(back.then_some(latest))
}

/// The latest time that was seen since the clock was last accepted; where that is not kept yet,
/// that of the latest entry.
fn latest(connection: &Connection) -> Result<u64, Trouble> {
    let kept = "SELECT value FROM settings WHERE name = ?1";
    let kept: Option<String> = connection
        .query_row(kept, [CLOCK], |row| row.get(0))
        .optional()?;
    if let Some(kept) = kept.and_then(|kept| kept.parse().ok()) {
        return Ok(kept);
    }
    let last = "SELECT coalesce(max(at), 0) FROM audit";
    let last: i64 = connection.query_row(last, [], |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
}

/// The authorities that the database knows: level, row and fingerprint.
fn known(database: &Database) -> Result<Vec<(Level, i64, Vec<u8>)>, StoreError> {
    database.read("read its authorities", |connection| {
        let mut statement =
            connection.prepare("SELECT role, id, fingerprint FROM authorities ORDER BY id")?;
        let rows = statement.query_map([], |row| {
            let role: String = row.get(0)?;
            let level = if role == "root" {
                Level::Root
            } else {
                Level::Issuing
            };
            Ok((level, row.get(1)?, row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// Why there is no database.
fn absent(folder: &Path) -> StoreError {
    let path = folder.to_owned();
    let there = |name: &str| folder.join(name).exists();
    if there(certificate_file(Level::Issuing)) || there(key_file(Level::Issuing)) {
        return StoreError::DatabaseMissing {
            path: folder.join(DATABASE),
        };
    }
    if there(certificate_file(Level::Root)) && there(key_file(Level::Root)) {
        return StoreError::NoDatabaseYet { path };
    }
    StoreError::NoAuthority { path }
}

#[cfg(unix)]
pub(crate) fn actor() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
pub(crate) fn actor() -> String {
    "local".to_owned()
}

/// The database's file.
pub(crate) const DATABASE: &str = "ca.db";

/// The setting that holds the latest time that was seen.
const CLOCK: &str = "clock";

/// How far the clock may be behind the latest time that was seen: machines that share a folder, and
/// clocks that are being set right, differ by less.
pub(crate) const TOLERANCE_S: u64 = 300;

//! The database: opened so that what it says is kept survives a fall of the machine.
//!
//! **A rollback journal, not a write-ahead log.** The log wants memory shared between processes,
//! which network filesystems lack; wants a writable folder even to read; and leaves two more
//! files that a copy of the folder must not miss. With the journal an idle folder holds one file.
//! **`synchronous = EXTRA`.** With a journal that is deleted, FULL leaves a moment after the
//! commit in which a power cut brings the journal back and undoes it; EXTRA syncs the folder too.

use crate::error::StoreError;
use crate::files;
use crate::lock;
use crate::schema::{APPLICATION_ID, STEPS};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
    path: PathBuf,
}

/// What stopped the work of a transaction.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The database.
    Sqlite(rusqlite::Error),
    /// Anything else.
    Store(StoreError),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl<E: Into<StoreError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl Database {
    /// Makes a database where there is none: 0600, whatever the umask.
    pub(crate) fn create(path: &Path) -> Result<Self, StoreError> {
        files::create_private(path, b"")?;
        let mut database = Self::connect(path)?;
        database.write("make the tables", |transaction| {
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            migrate(transaction, 0)
        })?;
        Ok(database)
    }

    /// Opens one that is there, brings its tables up to date, and finishes or undoes what a
    /// killed process had begun.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        // A journal that is left means that somebody was killed, or is at work right now.
        let journal = files::beside(path, "-journal");
        let interrupted = journal.metadata().is_ok_and(|journal| journal.len() > 0)
            && lock::holders(path).is_empty();
        let mut database = Self::connect(path)?;
        let (application, version) = database.read("read its version", |connection| {
            let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
            Ok((number("application_id")?, number("user_version")?))
        })?;
        let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
        if application != APPLICATION_ID || version < 1 {
            return Err(StoreError::Foreign {
                path: path.to_owned(),
            });
        }
        if version > known {
            return Err(StoreError::Newer {
                path: path.to_owned(),
                found: version,
                known,
            });
        }
        if version < known {
            database.write("bring the tables up to date", |transaction| {
                // Another process may have been faster.
                let version =
                    transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
                migrate(transaction, version)
            })?;
        }
        if interrupted {
            database.check()?;
        }
        Ok(database)
    }

    fn connect(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|error| fault(None, path, "open it", &error))?;
        let database = Self {
            connection,
            path: path.to_owned(),
        };
        database.read("set it up", |connection| {
            connection.busy_timeout(PATIENCE)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
            connection.pragma_update(None, "journal_mode", "DELETE")?;
            connection.pragma_update(None, "synchronous", "EXTRA")?;
            connection.pragma_update(None, "fullfsync", true)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "cell_size_check", true)?;
            // Nothing that was removed lingers in free pages.
            connection.pragma_update(None, "secure_delete", true)?;
            Ok(())
        })?;
        Ok(database)
    }

    /// How long others are waited for.
    pub(crate) fn set_patience(&self, patience: Duration) -> Result<(), StoreError> {
        self.read("set it up", |connection| {
            Ok(connection.busy_timeout(patience)?)
        })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads; several statements see one state only inside [`Database::snapshot`].
    pub(crate) fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|trouble| self.fault(doing, trouble))
    }

    /// Reads one state with several statements.
    pub(crate) fn snapshot<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        let whole = || {
            let transaction = self.connection.unchecked_transaction()?;
            work(&transaction)
        };
        whole().map_err(|trouble| self.fault(doing, trouble))
    }

    /// Writes: all of it or nothing, on the disk before this returns. No other process writes
    /// meanwhile.
    pub(crate) fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        let whole = |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        whole(&mut self.connection).map_err(|trouble| self.fault(doing, trouble))
    }

    /// Whether the database holds together, page by page and row by row.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let findings = findings(&self.connection)
            .map_err(|error| fault(None, &self.path, "check it", &error))?;
        if findings.is_empty() {
            return Ok(());
        }
        Err(StoreError::Damaged {
            path: self.path.clone(),
            findings,
        })
    }

    fn fault(&self, doing: &'static str, trouble: Trouble) -> StoreError {
        match trouble {
            Trouble::Sqlite(error) => fault(Some(&self.connection), &self.path, doing, &error),
            Trouble::Store(fault) => fault,
        }
    }
}

fn migrate(transaction: &Transaction<'_>, version: i64) -> Result<(), Trouble> {
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for step in STEPS.iter().skip(done) {
        step(transaction)?;
    }
    let latest = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    transaction.pragma_update(None, "user_version", latest)?;
    Ok(())
}

/// What SQLite's own check finds, at most a handful.
fn findings(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(8)")?;
    let found: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

fn fault(
    connection: Option<&Connection>,
    path: &Path,
    doing: &'static str,
    error: &rusqlite::Error,
) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy {
            holders: lock::holders(&path),
            path,
        },
        Some(ErrorCode::DiskFull) => StoreError::Full { path },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly { path },
        Some(ErrorCode::SystemIoFailure) => StoreError::Disk {
            doing,
            message: error.to_string(),
            path,
        },
        Some(ErrorCode::NotADatabase) => StoreError::Foreign { path },
        Some(ErrorCode::DatabaseCorrupt) => {
            let checked = connection.map(findings).and_then(Result::ok);
            let findings = checked.filter(|findings| !findings.is_empty());
            StoreError::Damaged {
                path,
                findings: findings.unwrap_or_else(|| vec![error.to_string()]),
            }
        }
        _ => StoreError::Database {
            doing,
            message: error.to_string(),
            path,
        },
    }
}

/// How long another process is waited for: issuing takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

//! The audit trail, read; and entries of those who build on this authority.

use crate::directory::CaDirectory;
use crate::entry::{Entry, signed};
use crate::error::StoreError;
use handfast_ca::serial::SerialNumber;
use rusqlite::params;

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditRow {
    /// Its place.
    pub id: i64,
    /// What the clock said, in Unix time.
    pub at: u64,
    /// Who did it.
    pub actor: String,
    /// What was done: `create`, `adopt`, `issue`, `renew`, `revoke`, `release`, `crl`, `import`,
    /// `record`, or what [`CaDirectory::note`] was given.
    pub action: String,
    /// The certificate that it is about, if it is about one.
    pub serial: Option<SerialNumber>,
    /// More about it.
    pub detail: String,
}

/// Which entries to list; the default is all, the latest first.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Those about this certificate.
    pub serial: Option<SerialNumber>,
    /// Those of this action.
    pub action: Option<String>,
    /// Those made at this moment or later, in Unix time.
    pub since: Option<u64>,
    /// Those before this entry: the next page after an entry of this number.
    pub before_id: Option<i64>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl CaDirectory {
    /// Entries of the audit trail, the latest first.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        self.database.read("read the audit trail", |connection| {
            let mut statement = connection.prepare(
                "SELECT id, at, actor, action, serial, detail FROM audit
                 WHERE (?1 IS NULL OR serial = ?1) AND (?2 IS NULL OR action = ?2)
                   AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR id < ?4)
                 ORDER BY id DESC LIMIT coalesce(?5, -1)",
            )?;
            let values = params![
                filter.serial.as_ref().map(SerialNumber::as_bytes),
                filter.action,
                filter.since.map(signed),
                filter.before_id,
                filter.limit
            ];
            let rows = statement.query_map(values, |row| {
                let at: i64 = row.get(1)?;
                let serial: Option<Vec<u8>> = row.get(4)?;
                Ok(AuditRow {
                    id: row.get(0)?,
                    at: u64::try_from(at).unwrap_or(0),
                    actor: row.get(2)?,
                    action: row.get(3)?,
                    serial: serial.and_then(|octets| SerialNumber::from_bytes(&octets).ok()),
                    detail: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Enters something that was done with this authority elsewhere.
    ///
    /// # Errors
    /// [`StoreError::ClockBackwards`], and those of the database.
    pub fn note(&mut self, action: &'static str, detail: &str, now: u64) -> Result<(), StoreError> {
        self.write("enter a note", now, |_| {
            Ok(((), Entry::new(action, None, detail)))
        })
    }
}

//! Versioned JSON records: what a server built on this authority has to remember, such as ACME's
//! accounts and orders.
//!
//! A record is written over the version that its writer saw, or not at all, so two servers on one
//! folder never undo each other's changes.

use crate::database::Trouble;
use crate::directory::CaDirectory;
use crate::entry::signed;
use crate::error::StoreError;
use rusqlite::{Connection, OptionalExtension, params};

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// What it is called among those of its kind.
    pub key: String,
    /// Which version of it: another one after each change.
    pub version: u64,
    /// Its JSON.
    pub body: String,
    /// From when on it may be removed, in Unix time.
    pub expires_unix: Option<u64>,
}

/// A change to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of thing it is: `account`, `order`.
    pub kind: String,
    /// What it is called among those of its kind.
    pub key: String,
    /// The version that it is written over; none for a record that must not be there yet.
    pub over: Option<u64>,
    /// Its JSON; none removes it.
    pub body: Option<String>,
    /// From when on it may be removed, in Unix time.
    pub expires_unix: Option<u64>,
}

impl CaDirectory {
    /// A record, if it is there.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn record(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.database.read("read a record", |connection| {
            let query = "SELECT key, version, body, expires_at FROM records
                WHERE kind = ?1 AND key = ?2";
            Ok(connection
                .query_row(query, params![kind, key], record)
                .optional()?)
        })
    }

    /// Records of a kind in the order of their keys, those after a key, at most so many.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn records(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        self.database.read("list records", |connection| {
            let mut statement = connection.prepare(
                "SELECT key, version, body, expires_at FROM records
                 WHERE kind = ?1 AND (?2 IS NULL OR key > ?2) ORDER BY key LIMIT ?3",
            )?;
            let rows = statement.query_map(params![kind, after, limit], record)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Writes a record over the version `over`, or a new one where that is none; gives its version
    /// now. It is on the disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another version is there, or one at all; others of the
    /// database, also for a body that is no JSON.
    pub fn save_record(
        &mut self,
        kind: &str,
        key: &str,
        over: Option<u64>,
        body: &str,
        expires_unix: Option<u64>,
    ) -> Result<u64, StoreError> {
        let change = Change {
            kind: kind.to_owned(),
            key: key.to_owned(),
            over,
            body: Some(body.to_owned()),
            expires_unix,
        };
        let versions = self.change_records(std::slice::from_ref(&change))?;
        Ok(versions.first().copied().unwrap_or_default())
    }

    /// Makes all these changes or none; gives the versions, 0 for what was removed.
    ///
    /// # Errors
    /// As [`CaDirectory::save_record`].
    pub fn change_records(&mut self, changes: &[Change]) -> Result<Vec<u64>, StoreError> {
        self.database.write("write a record", |transaction| {
            let changed = changes.iter().map(|one| apply(transaction, one));
            changed.collect()
        })
    }

    /// Removes at most so many records whose time has come; says how many they were.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn remove_expired_records(&mut self, now: u64, limit: u32) -> Result<usize, StoreError> {
        self.database.write("remove records", |transaction| {
            let delete = "DELETE FROM records WHERE (kind, key) IN (SELECT kind, key FROM records
                WHERE expires_at IS NOT NULL AND expires_at <= ?1 LIMIT ?2)";
            Ok(transaction.execute(delete, params![signed(now), limit])?)
        })
    }
}

/// Makes one change; gives the version.
fn apply(connection: &Connection, change: &Change) -> Result<u64, Trouble> {
    let Change { kind, key, .. } = change;
    let expires = change.expires_unix.map(signed);
    let version: Option<i64> = match (change.over.map(signed), &change.body) {
        // The first version is a random number, so that a record that was removed and made anew
        // is not taken for the one before.
        (None, Some(body)) => connection
            .query_row(
                "INSERT INTO records (kind, key, version, body, expires_at)
                 VALUES (?1, ?2, (random() & 0xFFFFFFFFFF) + 1, ?3, ?4)
                 ON CONFLICT DO NOTHING RETURNING version",
                params![kind, key, body, expires],
                |row| row.get(0),
            )
            .optional()?,
        (Some(over), Some(body)) => connection
            .query_row(
                "UPDATE records SET version = version + 1, body = ?4, expires_at = ?5
                 WHERE kind = ?1 AND key = ?2 AND version = ?3 RETURNING version",
                params![kind, key, over, body, expires],
                |row| row.get(0),
            )
            .optional()?,
        (over, None) => connection
            .query_row(
                "DELETE FROM records WHERE kind = ?1 AND key = ?2 AND version = ?3 RETURNING 0",
                params![kind, key, over],
                |row| row.get(0),
            )
            .optional()?,
    };
    if let Some(version) = version {
        return Ok(u64::try_from(version).unwrap_or_default());
    }
    let query = "SELECT version FROM records WHERE kind = ?1 AND key = ?2";
    let found: Option<i64> = connection
        .query_row(query, params![kind, key], |row| row.get(0))
        .optional()?;
    Err(StoreError::Conflict {
        kind: kind.clone(),
        key: key.clone(),
        found: found.map(|version| u64::try_from(version).unwrap_or_default()),
    }
    .into())
}

fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<Record> {
    let time: Option<i64> = row.get(3)?;
    let version: i64 = row.get(1)?;
    Ok(Record {
        key: row.get(0)?,
        version: u64::try_from(version).unwrap_or_default(),
        body: row.get(2)?,
        expires_unix: time.map(|time| u64::try_from(time).unwrap_or_default()),
    })
}

//! The audit trail: what was done, when, by whom. Entries are never changed nor removed.

use crate::database::Trouble;
use handfast_ca::serial::SerialNumber;
use rusqlite::{Connection, params};

/// An entry that is about to be made.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) action: &'static str,
    pub(crate) serial: Option<SerialNumber>,
    pub(crate) detail: String,
}

impl Entry {
    pub(crate) fn new(
        action: &'static str,
        serial: Option<&SerialNumber>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            action,
            serial: serial.cloned(),
            detail: detail.into(),
        }
    }
}

/// Makes the entry.
pub(crate) fn enter(
    connection: &Connection,
    now: u64,
    actor: &str,
    entry: &Entry,
) -> Result<(), Trouble> {
    let insert =
        "INSERT INTO audit (at, actor, action, serial, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
    let serial = entry.serial.as_ref().map(SerialNumber::as_bytes);
    connection.execute(
        insert,
        params![signed(now), actor, entry.action, serial, entry.detail],
    )?;
    Ok(())
}

/// A time or a count as SQLite holds it.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

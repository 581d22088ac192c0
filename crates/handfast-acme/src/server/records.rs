//! Where the server's state is kept: records of JSON with a version each.

use core::cell::RefCell;
use std::collections::BTreeMap;

/// A place for records. A record is named by its kind and its key; it is written only over the
/// version that was read, so that of two writers one is told.
pub trait Records {
    /// The record, if there is one.
    ///
    /// # Errors
    /// [`RecordsFault::Failed`].
    fn load(&self, kind: &str, key: &str) -> Result<Option<Record>, RecordsFault>;

    /// Writes a record over version `over`, or a new one where that is nothing, and gives its
    /// version now. When this returns, the record is kept, whatever happens to the machine.
    /// From `expires_unix` on it may be removed.
    ///
    /// # Errors
    /// [`RecordsFault::Conflict`] if another version is there (or one at all), else
    /// [`RecordsFault::Failed`].
    fn save(
        &self,
        kind: &str,
        key: &str,
        over: Option<u64>,
        body: &str,
        expires_unix: Option<u64>,
    ) -> Result<u64, RecordsFault>;
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which version of it: another one after each [`Records::save`].
    pub version: u64,
    /// Its JSON.
    pub body: String,
}

/// Why a record was neither read nor written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordsFault {
    /// Somebody else wrote it in between.
    Conflict,
    /// The place failed: what, where, and what to do, for the operator's log.
    Failed(String),
}

impl core::fmt::Display for RecordsFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else wrote the record in between"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl core::error::Error for RecordsFault {}

/// Records in memory, for tests and for what need not outlive a process.
#[derive(Debug, Default)]
pub struct Memory {
    records: RefCell<BTreeMap<(String, String), Record>>,
}

impl Memory {
    /// Kinds and keys of all that is there.
    #[must_use]
    pub fn names(&self) -> Vec<(String, String)> {
        self.records.borrow().keys().cloned().collect()
    }
}

impl Records for Memory {
    fn load(&self, kind: &str, key: &str) -> Result<Option<Record>, RecordsFault> {
        let name = (kind.to_owned(), key.to_owned());
        Ok(self.records.borrow().get(&name).cloned())
    }

    fn save(
        &self,
        kind: &str,
        key: &str,
        over: Option<u64>,
        body: &str,
        _expires_unix: Option<u64>,
    ) -> Result<u64, RecordsFault> {
        let name = (kind.to_owned(), key.to_owned());
        let mut records = self.records.borrow_mut();
        let found = records.get(&name).map(|record| record.version);
        if found != over {
            return Err(RecordsFault::Conflict);
        }
        let version = found.unwrap_or(0).saturating_add(1);
        let body = body.to_owned();
        records.insert(name, Record { version, body });
        Ok(version)
    }
}

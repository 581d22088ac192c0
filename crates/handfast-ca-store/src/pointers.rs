//! Where the status and the issuer of certificates are found: kept with the authority, so that
//! every certificate says it.

use crate::database::Trouble;
use crate::directory::CaDirectory;
use crate::entry::Entry;
use crate::error::StoreError;
use handfast_ca::profile::Pointers;
use rusqlite::{Connection, OptionalExtension, params};

impl CaDirectory {
    /// What certificates say unless their profile has pointers of its own.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn pointers(&self) -> Result<Pointers, StoreError> {
        self.database.snapshot("read the pointers", |connection| {
            Ok(Pointers {
                crl: list(connection, CRL)?,
                ocsp: list(connection, OCSP)?,
                issuers: list(connection, ISSUERS)?,
            })
        })
    }

    /// What certificates say from now on.
    ///
    /// # Errors
    /// [`StoreError::ClockBackwards`], and those of the database.
    pub fn set_pointers(&mut self, pointers: &Pointers, now: u64) -> Result<(), StoreError> {
        self.write("write the pointers", now, |transaction| {
            write(transaction, pointers)?;
            let all = [&pointers.crl, &pointers.ocsp, &pointers.issuers];
            let all: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
            Ok(((), Entry::new("pointers", None, all.join(" "))))
        })
    }
}

pub(crate) fn write(connection: &Connection, pointers: &Pointers) -> Result<(), Trouble> {
    let lists = [
        (CRL, &pointers.crl),
        (OCSP, &pointers.ocsp),
        (ISSUERS, &pointers.issuers),
    ];
    for (name, list) in lists {
        let upsert = "INSERT INTO settings (name, value) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        // A URL has no line's end.
        connection.execute(upsert, params![name, list.join("\n")])?;
    }
    Ok(())
}

fn list(connection: &Connection, name: &str) -> Result<Vec<String>, Trouble> {
    let query = "SELECT value FROM settings WHERE name = ?1";
    let value: Option<String> = connection
        .query_row(query, [name], |row| row.get(0))
        .optional()?;
    Ok(value
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect())
}

const CRL: &str = "crl";
const OCSP: &str = "ocsp";
const ISSUERS: &str = "issuers";

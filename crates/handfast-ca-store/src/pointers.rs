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
        self.kept(&OF_ISSUED)
    }

    /// What the certificates of authorities below the root say unless their profile has pointers of
    /// its own: about the root's lists and answers. Where the root issues itself, those are
    /// [`CaDirectory::pointers`].
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn root_pointers(&self) -> Result<Pointers, StoreError> {
        match self.issuing {
            Some(_) => self.kept(&OF_ROOT),
            None => self.pointers(),
        }
    }

    fn kept(&self, names: &Names) -> Result<Pointers, StoreError> {
        self.database.snapshot("read the pointers", |connection| {
            Ok(Pointers {
                crl: list(connection, names.crl)?,
                ocsp: list(connection, names.ocsp)?,
                issuers: list(connection, names.issuers)?,
            })
        })
    }

    /// What certificates say from now on.
    ///
    /// # Errors
    /// [`StoreError::ClockBackwards`], and those of the database.
    pub fn set_pointers(&mut self, pointers: &Pointers, now: u64) -> Result<(), StoreError> {
        self.write("write the pointers", now, |transaction| {
            write(transaction, &OF_ISSUED, pointers)?;
            let all = [&pointers.crl, &pointers.ocsp, &pointers.issuers];
            let all: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
            Ok(((), Entry::new("pointers", None, all.join(" "))))
        })
    }
}

pub(crate) fn write(
    connection: &Connection,
    names: &Names,
    pointers: &Pointers,
) -> Result<(), Trouble> {
    let lists = [
        (names.crl, &pointers.crl),
        (names.ocsp, &pointers.ocsp),
        (names.issuers, &pointers.issuers),
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

/// The settings that hold pointers.
pub(crate) struct Names {
    crl: &'static str,
    ocsp: &'static str,
    issuers: &'static str,
}

/// Those of what the authority issues that issues to everybody.
pub(crate) const OF_ISSUED: Names = Names {
    crl: "crl",
    ocsp: "ocsp",
    issuers: "issuers",
};

/// Those of the authorities below the root.
pub(crate) const OF_ROOT: Names = Names {
    crl: "root_crl",
    ocsp: "root_ocsp",
    issuers: "root_issuers",
};

//! The tables. A change is a new step at the end: what lies on people's disks is never edited.

use crate::fold::fold;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use rusqlite::{Transaction, params};

/// `HFca`: what `PRAGMA application_id` says, so that no other program's database is taken for
/// ours.
pub(crate) const APPLICATION_ID: i64 = 0x4846_6361;

/// Leads from one version to the next.
pub(crate) type Step = fn(&Transaction<'_>) -> rusqlite::Result<()>;

/// Each step leads from the version of its place (`PRAGMA user_version`) to the next.
pub(crate) const STEPS: &[Step] = &[first, second, third];

fn first(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(FIRST)
}

/// Certificates are found by a common name in any case of letters, and keep the subject that an
/// imported index gave them. Tables of version 1 were made with and without these two columns.
fn second(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    for column in ["folded", "index_subject"] {
        if !has_column(transaction, column)? {
            let add = format!("ALTER TABLE certificates ADD COLUMN {column} TEXT");
            transaction.execute_batch(&add)?;
        }
    }
    transaction.execute_batch(
        "CREATE INDEX IF NOT EXISTS certificates_by_name ON certificates (folded)",
    )?;
    let mut unfolded = transaction.prepare(
        "SELECT id, common_name FROM certificates
         WHERE common_name IS NOT NULL AND folded IS NULL",
    )?;
    let unfolded = unfolded.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let unfolded: Vec<(i64, String)> = unfolded.collect::<Result<_, _>>()?;
    let mut update = transaction.prepare("UPDATE certificates SET folded = ?2 WHERE id = ?1")?;
    for (id, name) in unfolded {
        update.execute(params![id, fold(&name)])?;
    }
    Ok(())
}

/// The digest of each certificate's key, so that one that is known to others is found.
fn third(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "ALTER TABLE certificates ADD COLUMN key_digest BLOB CHECK (length(key_digest) = 32);
         CREATE INDEX certificates_by_key ON certificates (key_digest)",
    )?;
    let mut kept = transaction.prepare("SELECT id, der FROM certificates WHERE der IS NOT NULL")?;
    let mut kept = kept.query([])?;
    let mut update =
        transaction.prepare("UPDATE certificates SET key_digest = ?2 WHERE id = ?1")?;
    while let Some(row) = kept.next()? {
        let (id, der): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        if let Ok(view) = Certificate::parse(&der) {
            update.execute(params![id, sha256(view.spki())])?;
        }
    }
    Ok(())
}

fn has_column(transaction: &Transaction<'_>, column: &str) -> rusqlite::Result<bool> {
    let query = "SELECT count(*) > 0 FROM pragma_table_info('certificates') WHERE name = ?1";
    transaction.query_row(query, [column], |row| row.get(0))
}

/// Times are Unix seconds; serials are the octets without leading zeros. A revocation list is
/// kept until the next one; its number stays for good.
const FIRST: &str = "
CREATE TABLE authorities (
    id INTEGER PRIMARY KEY,
    role TEXT NOT NULL UNIQUE CHECK (role IN ('root', 'issuing')),
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    certificate BLOB NOT NULL,
    crl_number INTEGER NOT NULL DEFAULT 0 CHECK (crl_number >= 0)
) STRICT;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    authority INTEGER NOT NULL REFERENCES authorities (id),
    serial BLOB NOT NULL CHECK (length(serial) BETWEEN 1 AND 20),
    fingerprint BLOB UNIQUE CHECK (length(fingerprint) = 32),
    der BLOB,
    subject TEXT NOT NULL,
    common_name TEXT,
    profile TEXT NOT NULL,
    not_before INTEGER,
    not_after INTEGER NOT NULL,
    revoked_at INTEGER,
    reason TEXT,
    issued_at INTEGER NOT NULL,
    renewed_from INTEGER REFERENCES certificates (id),
    listed_at INTEGER,
    file TEXT,
    UNIQUE (authority, serial),
    CHECK ((revoked_at IS NULL) = (reason IS NULL)),
    CHECK ((der IS NULL) = (fingerprint IS NULL))
) STRICT;
CREATE INDEX certificates_by_serial ON certificates (serial);
CREATE INDEX certificates_by_end ON certificates (not_after);
CREATE INDEX certificates_revoked ON certificates (authority, serial)
    WHERE revoked_at IS NOT NULL;

CREATE TABLE names (
    certificate INTEGER NOT NULL REFERENCES certificates (id),
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (certificate, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_text ON names (folded, certificate);

CREATE TABLE crls (
    authority INTEGER NOT NULL REFERENCES authorities (id),
    number INTEGER NOT NULL,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    der BLOB,
    PRIMARY KEY (authority, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    serial BLOB,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_serial ON audit (serial);

CREATE TABLE records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    body TEXT NOT NULL CHECK (json_valid(body)),
    expires_at INTEGER,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_end ON records (expires_at) WHERE expires_at IS NOT NULL;

CREATE TRIGGER certificates_are_kept BEFORE DELETE ON certificates
    BEGIN SELECT RAISE (ABORT, 'certificates are never deleted'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    BEGIN SELECT RAISE (ABORT, 'the audit trail is never deleted'); END;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE (ABORT, 'the audit trail is never changed'); END;
";

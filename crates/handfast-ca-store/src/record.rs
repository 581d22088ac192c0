//! A certificate recorded: its row and its names.

use crate::database::Trouble;
use crate::entry::signed;
use crate::error::StoreError;
use crate::fold::fold;
use crate::row::Name;
use handfast_ca::error::CaError;
use handfast_ca::profile::{AlternativeName, Purpose};
use handfast_ca::serial::SerialNumber;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

/// What is said of a certificate beside its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recording {
    /// The row of the authority that issued it.
    pub(crate) authority: i64,
    pub(crate) renewed_from: Option<i64>,
}

/// Records a certificate; gives its row's number and its serial.
pub(crate) fn insert(
    connection: &Connection,
    der: &[u8],
    recording: &Recording,
    now: u64,
) -> Result<(i64, SerialNumber), Trouble> {
    let (view, serial) = read(der)?;
    let insert = "INSERT INTO certificates (authority, serial, fingerprint, der, subject,
        common_name, folded, profile, not_before, not_after, issued_at, renewed_from, key_digest)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let values = params![
        recording.authority,
        serial.as_bytes(),
        sha256(der),
        der,
        view.subject().to_string(),
        view.subject().common_name(),
        view.subject().common_name().as_deref().map(fold),
        label(&view),
        view.validity().not_before.0,
        view.validity().not_after.0,
        signed(now),
        recording.renewed_from,
        sha256(view.spki()),
    ];
    connection
        .execute(insert, values)
        .map_err(|error| twice(error, &serial))?;
    let id = connection.last_insert_rowid();
    insert_names(connection, id, &view)?;
    Ok((id, serial))
}

/// Fills in the certificate of a row that is known by its serial alone, if there is one.
pub(crate) fn complete(
    connection: &Connection,
    der: &[u8],
    authority: i64,
) -> Result<Option<(i64, SerialNumber)>, Trouble> {
    let (view, serial) = read(der)?;
    let update = "UPDATE certificates SET fingerprint = ?3, der = ?4, subject = ?5,
        common_name = ?6, folded = ?7, profile = ?8, not_before = ?9, not_after = ?10,
        key_digest = ?11
        WHERE authority = ?1 AND serial = ?2 AND der IS NULL RETURNING id";
    let values = params![
        authority,
        serial.as_bytes(),
        sha256(der),
        der,
        view.subject().to_string(),
        view.subject().common_name(),
        view.subject().common_name().as_deref().map(fold),
        label(&view),
        view.validity().not_before.0,
        view.validity().not_after.0,
        sha256(view.spki()),
    ];
    let completed = connection.query_row(update, values, |row| row.get(0));
    let Some(id) = completed.optional()? else {
        return Ok(None);
    };
    insert_names(connection, id, &view)?;
    Ok(Some((id, serial)))
}

fn read(der: &[u8]) -> Result<(Certificate<'_>, SerialNumber), Trouble> {
    let view = Certificate::parse(der).map_err(CaError::Unreadable)?;
    let serial = SerialNumber::from_bytes(view.serial())?;
    Ok((view, serial))
}

fn insert_names(connection: &Connection, id: i64, view: &Certificate<'_>) -> Result<(), Trouble> {
    let mut statement = connection.prepare(
        "INSERT INTO names (certificate, place, kind, name, folded) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (place, name) in names(view).into_iter().enumerate() {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let folded = fold(&name.text);
        statement.execute(params![id, place, name.kind, name.text, folded])?;
    }
    Ok(())
}

/// What a certificate is for, in a word.
fn label(view: &Certificate<'_>) -> &'static str {
    if view
        .basic_constraints()
        .is_some_and(|constraints| constraints.ca)
    {
        return if view.is_self_issued() {
            "root"
        } else {
            "intermediate"
        };
    }
    let purposes: Vec<String> = view
        .extended_key_usage()
        .into_iter()
        .flatten()
        .map(|purpose| purpose.to_string())
        .collect();
    let has = |purpose: Purpose| purposes.iter().any(|oid| oid == purpose.oid());
    match (
        has(Purpose::ServerAuth),
        has(Purpose::ClientAuth),
        has(Purpose::OcspSigning),
    ) {
        (true, true, false) => "both",
        (true, false, false) => "server",
        (false, true, false) => "client",
        (false, false, true) => "ocsp",
        _ => "other",
    }
}

/// A serial or fingerprint that is there already has a name of its own.
pub(crate) fn twice(error: rusqlite::Error, serial: &SerialNumber) -> Trouble {
    if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        return Trouble::Store(StoreError::Recorded {
            serial: serial.to_string(),
        });
    }
    Trouble::Sqlite(error)
}

/// The names that a certificate vouches for, as people write them.
fn names(view: &Certificate<'_>) -> Vec<Name> {
    let named = view.subject_alt_names().map(|name| {
        let Ok(known) = AlternativeName::from_general(&name) else {
            return Name {
                kind: name.kind().to_owned(),
                text: name.to_string(),
            };
        };
        let kind = match &known {
            AlternativeName::Dns(_) => "DNS",
            AlternativeName::Ip(_) => "IP",
            AlternativeName::Mail(_) | AlternativeName::International(_) => "mail",
            AlternativeName::Uri(_) => "URI",
            AlternativeName::Upn(_) => "UPN",
            AlternativeName::DirectoryName(_) => "directory",
            AlternativeName::RegisteredId(_) => "id",
            _ => "other",
        };
        Name {
            kind: kind.to_owned(),
            text: known.to_string(),
        }
    });
    named.collect()
}

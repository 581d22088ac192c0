//! A certificate recorded: its row and its names.

use crate::audit::signed;
use crate::database::Trouble;
use crate::error::StoreError;
use crate::row::Name;
use crate::serial::SerialNumber;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use handfast_pki::general_name::GeneralName;
use rusqlite::{Connection, ErrorCode, params};

/// What is said of a certificate beside its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recording<'a> {
    /// The row of the authority that issued it.
    pub(crate) authority: i64,
    pub(crate) profile: &'a str,
    pub(crate) renewed_from: Option<i64>,
    pub(crate) file: Option<&'a str>,
}

/// Records a certificate; gives its row's number and its serial.
pub(crate) fn insert(
    connection: &Connection,
    der: &[u8],
    recording: &Recording<'_>,
    now: u64,
) -> Result<(i64, SerialNumber), Trouble> {
    let unreadable = |why: &dyn std::fmt::Display| StoreError::Unacceptable {
        why: why.to_string(),
    };
    let view = Certificate::parse(der).map_err(|fault| unreadable(&fault))?;
    let serial = SerialNumber::from_bytes(view.serial())
        .ok_or_else(|| unreadable(&"its serial number is none"))?;
    let insert = "INSERT INTO certificates (authority, serial, fingerprint, der, subject,
        common_name, profile, not_before, not_after, issued_at, renewed_from, file)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let values = params![
        recording.authority,
        serial.as_bytes(),
        sha256(der),
        der,
        view.subject().to_string(),
        view.subject().common_name(),
        recording.profile,
        view.validity().not_before.0,
        view.validity().not_after.0,
        signed(now),
        recording.renewed_from,
        recording.file,
    ];
    connection
        .execute(insert, values)
        .map_err(|error| twice(error, &serial))?;
    let id = connection.last_insert_rowid();
    let mut statement = connection.prepare(
        "INSERT INTO names (certificate, place, kind, name, folded) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (place, name) in names(&view).into_iter().enumerate() {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let folded = fold(&name.text);
        statement.execute(params![id, place, name.kind, name.text, folded])?;
    }
    Ok((id, serial))
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
    view.subject_alt_names()
        .map(|name| {
            let text = name.to_string();
            let kind = match &name {
                GeneralName::Dns(_) => "DNS",
                GeneralName::Ip(_) => "IP",
                GeneralName::Mail(_) => "mail",
                GeneralName::Uri(_) => "URI",
                GeneralName::Directory(_) => "directory",
                GeneralName::RegisteredId(_) => "id",
                // `otherName OID text`: the kind is the identifier, the name is what follows.
                _ => {
                    let mut words = text.splitn(3, ' ').skip(1);
                    let kind = words.next().unwrap_or("other").to_owned();
                    let text = words.next().unwrap_or_default().to_owned();
                    return Name { kind, text };
                }
            };
            Name {
                kind: kind.to_owned(),
                text,
            }
        })
        .collect()
}

/// A name as it is compared: letters alike in both cases, addresses in one spelling, no final dot.
pub(crate) fn fold(name: &str) -> String {
    let inner = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    if let Ok(address) = inner.unwrap_or(name).parse::<std::net::IpAddr>() {
        return address.to_string();
    }
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}

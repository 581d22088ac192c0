//! What was issued and revoked, taken over from `openssl ca` and given to it.

use crate::database::Trouble;
use crate::directory::CaDirectory;
use crate::entry::{Entry, signed};
use crate::error::StoreError;
use crate::fold::fold;
use crate::index::{Line, one_line, subject};
use crate::row::Level;
use handfast_ca::crl::RevocationReason;
use handfast_ca::serial::SerialNumber;
use handfast_pki::certificate::Certificate;
use rusqlite::{Connection, OptionalExtension, params};

/// What the import of an index has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Certificates that were not recorded before.
    pub added: usize,
    /// Certificates that were recorded and not revoked before, or on hold.
    pub revoked: usize,
    /// Certificates of which nothing new was told.
    pub unchanged: usize,
}

/// The state files of `openssl ca`, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// `index.txt`.
    pub index: String,
    /// `index.txt.attr`: several certificates may have the same subject.
    pub attributes: String,
    /// `serial`: a number for the next certificate, random, as all of ours are.
    pub serial: String,
    /// `crlnumber`: the number of the next revocation list.
    pub crl_number: String,
}

impl CaDirectory {
    /// Takes over what an `index.txt` says about the authority that issues: all of it, or nothing
    /// if a line cannot be read. What is recorded already stays, but is revoked if the index says
    /// so; what was revoked here stays revoked. A final reason takes the place of a hold, never the
    /// other way round.
    ///
    /// # Errors
    /// [`StoreError::Index`] names the line; [`StoreError::ClockBackwards`], and those of the
    /// database.
    pub fn import_index(&mut self, index: &str, now: u64) -> Result<Imported, StoreError> {
        let mut lines = Vec::new();
        for (place, text) in index.lines().enumerate() {
            let line = place.saturating_add(1);
            let read = Line::read(text).map_err(|why| StoreError::Index { line, why })?;
            lines.extend(read);
        }
        let authority = self.issuer().id;
        self.write("import an index", now, |transaction| {
            let mut imported = Imported::default();
            for line in &lines {
                take(transaction, authority, line, now, &mut imported)?;
            }
            let Imported { added, revoked, .. } = imported;
            let detail = format!("{added} certificates added, {revoked} revoked");
            Ok((imported, Entry::new("import", None, detail)))
        })
    }

    /// Takes over a `crlnumber` file: the next list has this number, unless one as high was given
    /// already.
    ///
    /// # Errors
    /// [`StoreError::Index`] if it is no number, or one past 62 bits, after which too few are left.
    pub fn import_crl_number(&mut self, text: &str, now: u64) -> Result<(), StoreError> {
        let number = i64::from_str_radix(text.trim(), 16).ok();
        let number = number.filter(|number| *number > 0).ok_or_else(|| {
            let why = format!("{:?} is no number of a list", text.trim());
            StoreError::Index { line: 1, why }
        })?;
        if number > LAST_CRL_NUMBER {
            let why = format!("{number:X} leaves no numbers for the lists to come");
            return Err(StoreError::Index { line: 1, why });
        }
        let authority = self.issuer().id;
        self.write("import the number of a list", now, |transaction| {
            let update = "UPDATE authorities SET crl_number = max(crl_number, ?2) WHERE id = ?1";
            transaction.execute(update, params![authority, number.saturating_sub(1)])?;
            let detail = format!("the next list has number {number}");
            Ok(((), Entry::new("import", None, detail)))
        })
    }

    /// What the authority that issues has issued and revoked, for `openssl ca` and
    /// `openssl ocsp -index`. Two reasons that OpenSSL has no name for, privilegeWithdrawn and
    /// aACompromise, are left out there.
    ///
    /// # Errors
    /// A [`StoreError`] of the database, or [`StoreError::Ca`] if there is no randomness.
    pub fn export_index(&self, now: u64) -> Result<Exported, StoreError> {
        let issuer = self.issuer();
        let index = self.database.snapshot("export the index", |connection| {
            let mut statement = connection.prepare(
                "SELECT serial, not_after, revoked_at, reason, file, index_subject, der
                 FROM certificates
                 WHERE authority = ?1 AND fingerprint IS NOT ?2 ORDER BY id",
            )?;
            // A root is on no list of its own.
            let mut rows = statement.query(params![issuer.id, issuer.fingerprint()])?;
            let mut index = String::new();
            while let Some(row) = rows.next()? {
                index.push_str(&line(row, now)?.write());
            }
            Ok(index)
        })?;
        let next = self.crl_number(Level::Issuing)?.saturating_add(1);
        let digits = format!("{next:X}");
        let odd = if digits.len() % 2 == 1 { "0" } else { "" };
        Ok(Exported {
            index,
            attributes: "unique_subject = no\n".to_owned(),
            serial: format!("{}\n", SerialNumber::random()?),
            crl_number: format!("{odd}{digits}\n"),
        })
    }
}

/// Takes one line over.
fn take(
    connection: &Connection,
    authority: i64,
    line: &Line,
    now: u64,
    imported: &mut Imported,
) -> Result<(), Trouble> {
    let serial = line.serial.as_bytes();
    let known = "SELECT reason FROM certificates WHERE authority = ?1 AND serial = ?2";
    let known: Option<Option<String>> = connection
        .query_row(known, params![authority, serial], |row| row.get(0))
        .optional()?;
    let known = known.map(|reason| reason.map(|text| RevocationReason::parse(&text)));
    let hold = RevocationReason::CertificateHold;
    let at = line.revoked.map(|(at, _)| signed(at));
    let reason = line.revoked.map(|(_, reason)| reason.openssl_name());
    match (known, line.revoked) {
        (None, _) => {
            let subject = subject(&line.subject);
            let shown = subject.as_ref().map(ToString::to_string);
            let common = subject.and_then(|subject| subject.common_name());
            let insert = "INSERT INTO certificates (authority, serial, subject, common_name,
                folded, profile, not_after, revoked_at, reason, issued_at, file, index_subject)
                VALUES (?1, ?2, ?3, ?4, ?5, 'imported', ?6, ?7, ?8, ?9, ?10, ?11)";
            let values = params![
                authority,
                serial,
                shown.unwrap_or_else(|| line.subject.clone()),
                common,
                common.as_deref().map(fold),
                signed(line.not_after),
                at,
                reason,
                signed(now),
                line.file,
                line.subject,
            ];
            connection.execute(insert, values)?;
            imported.added += 1;
        }
        (Some(None), Some(_)) => {
            let update = "UPDATE certificates SET revoked_at = ?3, reason = ?4
                WHERE authority = ?1 AND serial = ?2";
            connection.execute(update, params![authority, serial, at, reason])?;
            imported.revoked += 1;
        }
        // A hold can be released, a final reason cannot; it counts as revoked since it was on hold.
        (Some(Some(Some(before))), Some((_, after))) if before == hold && after != hold => {
            let update = "UPDATE certificates SET reason = ?3, listed_at = NULL
                WHERE authority = ?1 AND serial = ?2";
            connection.execute(update, params![authority, serial, reason])?;
            imported.revoked += 1;
        }
        _ => imported.unchanged += 1,
    }
    Ok(())
}

/// A certificate's line.
fn line(row: &rusqlite::Row<'_>, now: u64) -> Result<Line, Trouble> {
    let time = |value: i64| u64::try_from(value).unwrap_or(0);
    let serial: Vec<u8> = row.get(0)?;
    let serial = SerialNumber::from_bytes(&serial)?;
    let not_after = time(row.get(1)?);
    let revoked_at: Option<i64> = row.get(2)?;
    let reason: Option<String> = row.get(3)?;
    let reason = reason.as_deref().and_then(RevocationReason::parse);
    let imported: Option<String> = row.get(5)?;
    let der: Option<Vec<u8>> = row.get(6)?;
    let view = der.as_deref().and_then(|der| Certificate::parse(der).ok());
    let own = view.map(|view| one_line(&view.subject()));
    // A line must have a subject; OpenSSL takes the serial, too.
    let subject = own.or(imported).filter(|subject| !subject.is_empty());
    Ok(Line {
        is_expired: not_after < now,
        not_after,
        revoked: revoked_at.map(|at| (time(at), reason.unwrap_or_default())),
        subject: subject.unwrap_or_else(|| serial.to_string()),
        serial,
        file: row.get(4)?,
    })
}

/// The highest number of a list that is taken over: as many are left for those to come.
const LAST_CRL_NUMBER: i64 = i64::MAX >> 1;

//! Revocation lists (RFC 5280 section 5), numbered and kept.

use crate::database::Trouble;
use crate::directory::{CaDirectory, TOLERANCE_S};
use crate::entry::{Entry, signed};
use crate::error::StoreError;
use crate::row::Level;
use handfast_ca::crl::{CrlProfile, RevocationReason, Revoked};
use handfast_ca::serial::SerialNumber;
use rusqlite::{Connection, OptionalExtension, params};

impl CaDirectory {
    /// Signs the next list of the authority that issues, and keeps it until there is another. The
    /// list is in DER, and good for so many seconds.
    ///
    /// Its number is drawn, and the list kept, in one transaction: two at once get two numbers,
    /// and one that fails leaves none behind. A certificate that has expired stays on the list
    /// until it was on one that was made after its end (section 3.3); one that was made with a clock
    /// ahead does not count.
    ///
    /// # Errors
    /// [`StoreError::Expired`], [`StoreError::ClockBackwards`], those of
    /// [`CaDirectory::unlock`] and those of the database.
    pub fn next_crl(&mut self, valid_for_s: u64, now: u64) -> Result<Vec<u8>, StoreError> {
        self.next_crl_of(Level::Issuing, valid_for_s, now)
    }

    /// As [`CaDirectory::next_crl`], of either authority.
    ///
    /// # Errors
    /// As [`CaDirectory::next_crl`].
    pub fn next_crl_of(
        &mut self,
        level: Level,
        valid_for_s: u64,
        now: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let tier = self.tier(level);
        if tier.not_after < now {
            return Err(StoreError::Expired {
                path: tier.certificate_file.clone(),
                not_after_unix: tier.not_after,
            });
        }
        let id = tier.id;
        let (writer, authority) = self.signing(level)?;
        writer.write("make a revocation list", now, |transaction| {
            let number = transaction.query_row(
                "UPDATE authorities SET crl_number = crl_number + 1 WHERE id = ?1
                 RETURNING crl_number",
                [id],
                |row| row.get::<_, i64>(0),
            )?;
            let this_update = this_update(transaction, id, now)?;
            let next_update = this_update.saturating_add(valid_for_s);
            let profile = CrlProfile {
                number: u64::try_from(number).unwrap_or_default(),
                this_update_unix: this_update,
                next_update_unix: next_update,
                entries: revoked(transaction, id, now)?,
                base: None,
            };
            let der = authority.crl(&profile)?;
            // Only the last is of use; the numbers stay.
            let forget = "UPDATE crls SET der = NULL WHERE authority = ?1 AND der IS NOT NULL";
            transaction.execute(forget, [id])?;
            let entries = i64::try_from(profile.entries.len()).unwrap_or(i64::MAX);
            transaction.execute(
                "INSERT INTO crls (authority, number, this_update, next_update, entries, der)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    id,
                    number,
                    signed(this_update),
                    signed(next_update),
                    entries,
                    der
                ],
            )?;
            let listed = "UPDATE certificates SET listed_at = ?2
                WHERE authority = ?1 AND revoked_at IS NOT NULL AND not_after < ?2
                AND (listed_at IS NULL OR listed_at > ?2)";
            transaction.execute(listed, params![id, signed(now)])?;
            let detail = format!("number {number}, {entries} certificates");
            Ok((der, Entry::new("crl", None, detail)))
        })
    }

    /// The last list of an authority, in DER, if there was one.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn last_crl(&self, level: Level) -> Result<Option<Vec<u8>>, StoreError> {
        let id = self.tier(level).id;
        self.database.read("read the last list", |connection| {
            let query = "SELECT der FROM crls WHERE authority = ?1 AND der IS NOT NULL
                ORDER BY number DESC LIMIT 1";
            Ok(connection
                .query_row(query, [id], |row| row.get(0))
                .optional()?)
        })
    }

    /// The number of the last list of an authority; 0 if there was none.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn crl_number(&self, level: Level) -> Result<u64, StoreError> {
        let id = self.tier(level).id;
        self.database
            .read("read the last list's number", |connection| {
                let query = "SELECT crl_number FROM authorities WHERE id = ?1";
                let number: i64 = connection.query_row(query, [id], |row| row.get(0))?;
                Ok(u64::try_from(number).unwrap_or_default())
            })
    }
}

/// When the next list begins: never before the last one, as of two lists the later is believed,
/// unless a clock far ahead made that one.
fn this_update(connection: &Connection, authority: i64, now: u64) -> Result<u64, Trouble> {
    let last = "SELECT this_update FROM crls WHERE authority = ?1 ORDER BY number DESC LIMIT 1";
    let last: Option<i64> = connection
        .query_row(last, [authority], |row| row.get(0))
        .optional()?;
    let last = last.map_or(0, |last| u64::try_from(last).unwrap_or(0));
    let is_near = last <= now.saturating_add(TOLERANCE_S);
    Ok(if is_near { now.max(last) } else { now })
}

/// What belongs on an authority's next list. That one was listed after its end holds only while
/// the clock still says so.
fn revoked(connection: &Connection, authority: i64, now: u64) -> Result<Vec<Revoked>, Trouble> {
    let mut statement = connection.prepare(
        "SELECT serial, revoked_at, reason FROM certificates
         WHERE authority = ?1 AND revoked_at IS NOT NULL
         AND (listed_at IS NULL OR listed_at > ?2 OR not_after >= ?2) ORDER BY serial",
    )?;
    let mut rows = statement.query(params![authority, signed(now)])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let (serial, reason): (Vec<u8>, String) = (row.get(0)?, row.get(2)?);
        entries.push(Revoked {
            serial: SerialNumber::from_bytes(&serial)?,
            // Never after the list itself, whatever a clock said that was ahead.
            at_unix: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0).min(now),
            reason: RevocationReason::parse(&reason).unwrap_or_default(),
        });
    }
    Ok(entries)
}

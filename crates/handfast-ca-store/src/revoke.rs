//! Certificates revoked, put on hold and released.

use crate::directory::CaDirectory;
use crate::entry::{Entry, signed};
use crate::error::StoreError;
use crate::find::{Selector, one};
use crate::row::{Row, State};
use handfast_ca::crl::RevocationReason;
use rusqlite::params;

impl CaDirectory {
    /// Revokes the one certificate that fits, from now on; lists and answers made after this say
    /// so. `removeFromCRL` takes one off hold (RFC 5280 section 5.3.1). What is revoked for this
    /// reason already stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Ambiguous`], [`StoreError::NoneLeft`];
    /// [`StoreError::AlreadyRevoked`] for another reason, unless it was on hold;
    /// [`StoreError::NotOnHold`]; [`StoreError::RootIsNotRevoked`].
    pub fn revoke(
        &mut self,
        selector: &Selector,
        reason: RevocationReason,
        now: u64,
    ) -> Result<Row, StoreError> {
        let release = reason == RevocationReason::RemoveFromCrl;
        // Looked up first without locking anyone out, then again where nobody else writes.
        let candidate = self.candidate(selector, release, now)?;
        // RFC 5280 section 6.1: an anchor is an input of a path, and no list is asked about it.
        if candidate
            .fingerprint
            .is_some_and(|own| own.as_slice() == self.root.fingerprint())
        {
            let row = Box::new(candidate);
            return Err(StoreError::RootIsNotRevoked { row });
        }
        let on_hold = candidate.reason == Some(RevocationReason::CertificateHold);
        match candidate.reason {
            _ if release && !on_hold => {
                let row = Box::new(candidate);
                return Err(StoreError::NotOnHold { row });
            }
            Some(before) if before == reason => return Ok(candidate),
            Some(_) if !on_hold => {
                let row = Box::new(candidate);
                return Err(StoreError::AlreadyRevoked { row });
            }
            _ => {}
        }
        let id = candidate.id;
        let known = (candidate.revoked_at, candidate.reason);
        let changed = self.write("revoke a certificate", now, |transaction| {
            // Who was on hold counts as revoked since then.
            let (since, why) = (known.0.unwrap_or(now), reason.openssl_name());
            let (set, action) = if release {
                ((None, None), "release")
            } else {
                ((Some(signed(since)), Some(why)), "revoke")
            };
            let update = "UPDATE certificates
                SET revoked_at = ?2, reason = ?3, listed_at = NULL
                WHERE id = ?1 AND revoked_at IS ?4 AND reason IS ?5";
            let before = (
                known.0.map(signed),
                known.1.map(RevocationReason::openssl_name),
            );
            let values = params![id, set.0, set.1, before.0, before.1];
            if transaction.execute(update, values)? == 0 {
                // Another process was faster.
                return Err(StoreError::Conflict {
                    kind: "certificate".to_owned(),
                    key: candidate.serial.to_string(),
                    found: None,
                }
                .into());
            }
            let detail = format!("{}, {why}", candidate.title());
            Ok(((), Entry::new(action, Some(&candidate.serial), detail)))
        });
        match changed {
            // What it did is what there is to judge.
            Err(StoreError::Conflict { .. }) => self.revoke(&Selector::Id(id), reason, now),
            Err(fault) => Err(fault),
            Ok(()) => self
                .database
                .snapshot("read what was revoked", |connection| {
                    self.row(connection, id)
                }),
        }
    }

    fn candidate(&self, selector: &Selector, release: bool, now: u64) -> Result<Row, StoreError> {
        let found = self.find(selector)?;
        one(found, selector, |row| {
            if release {
                row.reason == Some(RevocationReason::CertificateHold)
            } else {
                matches!(row.state(now), State::Valid | State::NotYetValid)
            }
        })
    }
}

//! What is asked in the transaction that records a certificate, so that no revocation comes
//! between.

use crate::database::Trouble;
use crate::error::StoreError;
use handfast_ca::crl::RevocationReason;
use handfast_ca::serial::SerialNumber;
use handfast_pki::fingerprint::sha256;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// Whether no certificate of this key (a SubjectPublicKeyInfo) was revoked because others have the
/// key: its holder is not who the certificate would say.
pub(crate) fn key_is_sound(connection: &Connection, spki: &[u8]) -> Result<(), Trouble> {
    let query = "SELECT serial FROM certificates WHERE key_digest = ?1 AND reason = ?2 LIMIT 1";
    let reason = RevocationReason::KeyCompromise.openssl_name();
    let bad: Option<Vec<u8>> = connection
        .query_row(query, params![sha256(spki), reason], |row| row.get(0))
        .optional()?;
    match bad {
        None => Ok(()),
        Some(serial) => Err(StoreError::KeyCompromised {
            serial: SerialNumber::from_bytes(&serial)?.to_string(),
        }
        .into()),
    }
}

/// Whether the certificate that is renewed has not been revoked since it was looked up.
pub(crate) fn be_followed(connection: &Connection, id: i64) -> Result<(), Trouble> {
    let query = "SELECT serial FROM certificates WHERE id = ?1 AND revoked_at IS NOT NULL";
    let revoked: Option<Vec<u8>> = connection
        .query_row(query, [id], |row| row.get(0))
        .optional()?;
    match revoked {
        None => Ok(()),
        Some(serial) => Err(StoreError::Conflict {
            kind: "certificate".to_owned(),
            key: SerialNumber::from_bytes(&serial)?.to_string(),
            found: None,
        }
        .into()),
    }
}

/// Whether the authority that issues is not revoked by the root: what it issues now, nobody who
/// reads the root's list would believe.
pub(crate) fn not_revoked(
    connection: &Connection,
    fingerprint: &[u8],
    issuer_file: &Path,
) -> Result<(), Trouble> {
    let query = "SELECT revoked_at FROM certificates
        WHERE fingerprint = ?1 AND revoked_at IS NOT NULL";
    let revoked: Option<i64> = connection
        .query_row(query, [fingerprint], |row| row.get(0))
        .optional()?;
    match revoked {
        None => Ok(()),
        Some(at) => Err(StoreError::AuthorityRevoked {
            path: issuer_file.to_owned(),
            at_unix: u64::try_from(at).unwrap_or(0),
        }
        .into()),
    }
}

//! The authority's folder, as the ACME server uses it: records, and what signs.

use crate::talk::Talk;
use handfast::Credential;
use handfast_acme::message::{ErrorKind, Problem};
use handfast_acme::server::{
    Authority, Certified, Issuance, Record, Records, RecordsFault, Standing,
};
use handfast_ca::crl::RevocationReason;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::Selector;
use handfast_pki::fingerprint::sha256;
use rustls_pki_types::CertificateDer;
use std::cell::RefCell;

/// The records in the folder's database.
pub(super) struct KeptRecords {
    directory: RefCell<CaDirectory>,
    talk: Talk,
}

impl KeptRecords {
    pub(super) fn new(directory: CaDirectory, talk: &Talk) -> Self {
        Self {
            directory: RefCell::new(directory),
            talk: talk.clone(),
        }
    }

    /// Removes what is over, some at a time; gives whether there may be more.
    pub(super) fn tidy(&self, now_unix: u64) -> bool {
        let removed = self
            .directory
            .borrow_mut()
            .remove_expired_records(now_unix, AT_ONCE);
        match removed {
            Ok(count) => u32::try_from(count).is_ok_and(|count| count >= AT_ONCE),
            Err(fault) => {
                self.talk.warn(&format!("acme: {fault}"));
                false
            }
        }
    }

    /// Of a folder's troubles clients learn that there are some, the operator which.
    fn failed(&self, fault: &StoreError) -> RecordsFault {
        if let StoreError::Conflict { .. } = fault {
            return RecordsFault::Conflict;
        }
        self.talk.warn(&format!("acme: {fault}"));
        RecordsFault::Failed(match fault {
            StoreError::Busy { .. } => "its records are in use: try again".to_owned(),
            _ => "its records can be neither read nor written".to_owned(),
        })
    }
}

impl Records for KeptRecords {
    fn load(&self, kind: &str, key: &str) -> Result<Option<Record>, RecordsFault> {
        let found = self.directory.borrow().record(kind, key);
        let found = found.map_err(|fault| self.failed(&fault))?;
        Ok(found.map(|record| Record {
            version: record.version,
            body: record.body,
        }))
    }

    fn save(
        &self,
        kind: &str,
        key: &str,
        over: Option<u64>,
        body: &str,
        expires_unix: Option<u64>,
    ) -> Result<u64, RecordsFault> {
        let mut directory = self.directory.borrow_mut();
        let saved = directory.save_record(kind, key, over, body, expires_unix);
        drop(directory);
        saved.map_err(|fault| self.failed(&fault))
    }
}

/// The server's own certificate.
pub(super) struct Own {
    pub(super) credential: Credential,
    /// When it is to be replaced.
    pub(super) renew_unix: u64,
}

/// What signs and revokes.
pub(super) struct Signer {
    directory: CaDirectory,
    talk: Talk,
}

impl Signer {
    pub(super) fn new(directory: CaDirectory, talk: &Talk) -> Self {
        Self {
            directory,
            talk: talk.clone(),
        }
    }

    /// A certificate for the server itself, which lives for days: it is made anew by itself.
    pub(super) fn own(&mut self, names: &[AlternativeName], now_unix: u64) -> Result<Own, String> {
        self.directory.set_actor("acme");
        let profile = Profile::server(names, Validity::days(now_unix, OWN_DAYS), KeyKind::EcP256);
        let recorded = self.directory.issue(&profile, now_unix);
        let recorded = recorded.map_err(|fault| fault.to_string())?;
        let (chain, key) = recorded.issued.into_parts();
        let credential = Credential::new(chain, key).map_err(|fault| fault.to_string())?;
        // It ends with the authority at the latest.
        let end = recorded.row.not_after;
        Ok(Own {
            credential,
            renew_unix: now_unix.saturating_add(end.saturating_sub(now_unix) / 3 * 2),
        })
    }

    /// As for records.
    fn failed(&self, fault: &StoreError) -> Problem {
        let (kind, detail) = match fault {
            StoreError::NotPermitted { why, .. } => (ErrorKind::RejectedIdentifier, why.clone()),
            StoreError::KeyCompromised { .. } => (ErrorKind::BadPublicKey, fault.to_string()),
            StoreError::Busy { .. } => {
                let detail = "the authority is in use by another command: order anew";
                (ErrorKind::ServerInternal, detail.to_owned())
            }
            StoreError::Expired { .. } => {
                let detail = "the authority has expired: tell its operator";
                (ErrorKind::ServerInternal, detail.to_owned())
            }
            _ => {
                let detail = "the authority could not do it: its operator's log says why";
                (ErrorKind::ServerInternal, detail.to_owned())
            }
        };
        self.talk.warn(&format!("acme: {fault}"));
        Problem::new(kind, detail)
    }
}

impl Authority for Signer {
    fn certify(&mut self, issuance: &Issuance<'_>) -> Result<Certified, Problem> {
        let actor = format!("acme account {}", issuance.account);
        self.directory.set_actor(&actor);
        // The key's kind says which key would be made: here there is one.
        let profile = Profile::server(issuance.names, issuance.validity, KeyKind::EcP256);
        let now_unix = issuance.now_unix;
        let certified = self.directory.certify(issuance.spki, &profile, now_unix);
        match certified {
            Ok(certified) => Ok(Certified {
                chain: certified.chain,
                root: self.directory.root_der().clone(),
            }),
            Err(fault) => Err(self.failed(&fault)),
        }
    }

    fn revoke(
        &mut self,
        certificate: &CertificateDer<'_>,
        reason: u8,
        now_unix: u64,
    ) -> Result<(), Problem> {
        self.directory.set_actor("acme");
        let known = RevocationReason::ALL.into_iter();
        let reason = known.clone().find(|known| known.code() == reason);
        let selector = by_digest(certificate);
        match self
            .directory
            .revoke(&selector, reason.unwrap_or_default(), now_unix)
        {
            Ok(_) => Ok(()),
            Err(StoreError::AlreadyRevoked { .. }) => Err(Problem::new(
                ErrorKind::AlreadyRevoked,
                "the certificate is revoked already",
            )),
            Err(fault) => Err(self.failed(&fault)),
        }
    }

    fn standing(&mut self, certificate: &CertificateDer<'_>) -> Result<Standing, Problem> {
        let selector = by_digest(certificate);
        let found = self.directory.find(&selector);
        let found = found.map_err(|fault| self.failed(&fault))?;
        Ok(match found.first() {
            None => Standing::Unknown,
            Some(row) if row.revoked_at.is_some() => Standing::Revoked,
            Some(_) => Standing::Good,
        })
    }
}

/// All of a certificate's bytes.
fn by_digest(certificate: &CertificateDer<'_>) -> Selector {
    // A digest that had another length would be nobody's.
    Selector::Fingerprint(sha256(certificate).try_into().unwrap_or_default())
}

/// Records that are removed at a time.
const AT_ONCE: u32 = 500;
/// How long the server's own certificate lives.
const OWN_DAYS: u32 = 7;

//! Certificates issued: recorded on the disk before they are given to anyone.

use crate::directory::CaDirectory;
use crate::entry::Entry;
use crate::error::StoreError;
use crate::may;
use crate::permitted;
use crate::record::{Recording, complete, insert};
use crate::row::{Level, Row};
use handfast_ca::error::CaError;
use handfast_ca::issued::Issued;
use handfast_ca::key;
use handfast_ca::profile::{Pointers, Profile, Purpose};
use rustls_pki_types::CertificateDer;

/// A certificate that was recorded and made, with its new key, which is kept nowhere else.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// Its row.
    pub row: Row,
    /// Itself, with its chain and its key.
    pub issued: Issued,
}

/// A certificate that was recorded and made for someone else's key.
#[derive(Debug)]
#[non_exhaustive]
pub struct Certified {
    /// Its row.
    pub row: Row,
    /// Itself and those above it, the root left out.
    pub chain: Vec<CertificateDer<'static>>,
}

impl CaDirectory {
    /// Issues a certificate with a new key. It is recorded, on the disk, before this returns; the
    /// key is kept nowhere. Where the profile says nothing of pointers, those of
    /// [`CaDirectory::pointers`] are written, for an authority those of
    /// [`CaDirectory::root_pointers`].
    ///
    /// # Errors
    /// [`StoreError::NotPermitted`] for a name outside the authority's constraints,
    /// [`StoreError::KeyCompromised`] for a key of which a certificate was revoked as known to
    /// others, [`StoreError::Expired`], [`StoreError::AuthorityRevoked`] unless it is for a signer of OCSP
    /// answers, [`StoreError::ClockBackwards`], those of
    /// [`CaDirectory::unlock`], and those of the database, of which [`StoreError::Busy`] and
    /// [`StoreError::Full`] leave everything as it was.
    pub fn issue(&mut self, profile: &Profile, now: u64) -> Result<Recorded, StoreError> {
        self.issue_over(profile, None, now)
    }

    /// Issues a certificate for someone's public key, a SubjectPublicKeyInfo in DER. Whether they
    /// hold the private key is for the caller to ask: a request's signature says it.
    ///
    /// # Errors
    /// As [`CaDirectory::issue`].
    pub fn certify(
        &mut self,
        spki: &[u8],
        profile: &Profile,
        now: u64,
    ) -> Result<Certified, StoreError> {
        self.certify_over(spki, profile, None, now)
    }

    /// Records a certificate that this authority signed elsewhere; one that is recorded by its
    /// serial alone is completed.
    ///
    /// # Errors
    /// [`StoreError::Unacceptable`] if it was not signed by the authority that issues,
    /// [`StoreError::Recorded`] if it is recorded already.
    pub fn import_certificate(
        &mut self,
        certificate: &CertificateDer<'static>,
        now: u64,
    ) -> Result<Row, StoreError> {
        permitted::signed_by(certificate, &self.issuer().certificate)?;
        let recording = Recording {
            authority: self.issuer().id,
            renewed_from: None,
        };
        let id = self.write("record a certificate", now, |transaction| {
            let recorded = match complete(transaction, certificate, recording.authority)? {
                Some(recorded) => recorded,
                None => insert(transaction, certificate, &recording, now)?,
            };
            let entry = Entry::new("record", Some(&recorded.1), "signed elsewhere");
            Ok((recorded.0, entry))
        })?;
        self.one_row(id)
    }

    /// Issues, as the successor of a row if there is one.
    pub(crate) fn issue_over(
        &mut self,
        profile: &Profile,
        renewed_from: Option<i64>,
        now: u64,
    ) -> Result<Recorded, StoreError> {
        // Made before anybody is kept waiting: RSA keys take seconds.
        let key = key::generate(profile.key)?;
        let certified = self.certify_over(key.public_spki(), profile, renewed_from, now)?;
        Ok(Recorded {
            row: certified.row,
            issued: Issued::from_parts(certified.chain, key),
        })
    }

    /// Certifies, as the successor of a row if there is one.
    pub(crate) fn certify_over(
        &mut self,
        spki: &[u8],
        profile: &Profile,
        renewed_from: Option<i64>,
        now: u64,
    ) -> Result<Certified, StoreError> {
        self.may_issue(now)?;
        let mut profile = profile.clone();
        if profile.pointers == Pointers::default() {
            profile.pointers = match profile.authority {
                Some(_) => self.root_pointers()?,
                None => self.pointers()?,
            };
        }
        // The authority that issues may have none below it.
        let level = match profile.authority {
            Some(_) => Level::Root,
            None => Level::Issuing,
        };
        let issuer_file = self.tier(level).certificate_file.clone();
        let outside = |fault| match fault {
            CaError::NameOutside { .. } => StoreError::NotPermitted {
                path: issuer_file.clone(),
                why: fault.to_string(),
            },
            CaError::Expired { not_after_unix } => StoreError::Expired {
                path: issuer_file.clone(),
                not_after_unix,
            },
            fault => StoreError::Ca(fault),
        };
        let authority = self.signer(level)?;
        let leaf = authority.certify(spki, &profile).map_err(outside)?;
        let chain = authority.chain_below(leaf.clone());
        permitted::check(&chain, &self.root.certificate, &issuer_file)?;
        let recording = Recording {
            authority: self.tier(level).id,
            renewed_from,
        };
        let action = match renewed_from {
            Some(_) => "renew",
            None => "issue",
        };
        let named = profile.subject.common_name();
        let first = || profile.names.first().map(ToString::to_string);
        let title = named.or_else(first).unwrap_or_default();
        // Who answers for what was issued goes on doing so after a revocation.
        let answers = profile.purposes == [Purpose::OcspSigning];
        let stands = match (level, &self.issuing) {
            (Level::Issuing, Some(issuing)) if !answers => Some(issuing.fingerprint()),
            _ => None,
        };
        let id = self.write("record a certificate", now, |transaction| {
            if let Some(fingerprint) = stands {
                may::not_revoked(transaction, &fingerprint, &issuer_file)?;
            }
            may::key_is_sound(transaction, spki)?;
            if let Some(before) = renewed_from {
                may::be_followed(transaction, before)?;
            }
            let (id, serial) = insert(transaction, &leaf, &recording, now)?;
            Ok((id, Entry::new(action, Some(&serial), title)))
        });
        let id = match (id, renewed_from) {
            // It was revoked since it was looked up.
            (Err(StoreError::Conflict { .. }), Some(before)) => {
                let row = Box::new(self.one_row(before)?);
                return Err(StoreError::AlreadyRevoked { row });
            }
            (id, _) => id?,
        };
        // From here on it exists.
        let row = self.one_row(id)?;
        Ok(Certified { row, chain })
    }

    fn one_row(&self, id: i64) -> Result<Row, StoreError> {
        self.database
            .snapshot("read what was recorded", |connection| {
                self.row(connection, id)
            })
    }

    /// Whether the authorities live. That the one which issues is not revoked is asked where it is
    /// recorded, so that no revocation comes between.
    fn may_issue(&self, now: u64) -> Result<(), StoreError> {
        let tiers = [&self.root, self.issuer()];
        match tiers.into_iter().find(|tier| tier.not_after < now) {
            None => Ok(()),
            Some(tier) => Err(StoreError::Expired {
                path: tier.certificate_file.clone(),
                not_after_unix: tier.not_after,
            }),
        }
    }
}

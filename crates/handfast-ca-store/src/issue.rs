//! Certificates issued: recorded on the disk before they are given to anyone.

use crate::audit::Entry;
use crate::directory::CaDirectory;
use crate::error::StoreError;
use crate::permitted;
use crate::record::{Recording, insert};
use crate::row::{Level, Row};
use crate::tier::Tier;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{Profile, Purpose};
use rustls_pki_types::CertificateDer;

/// A certificate that was recorded and made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// Its row.
    pub row: Row,
    /// Itself, with its chain and its new key.
    pub issued: Issued,
}

impl CaDirectory {
    /// Issues a certificate with a new key. It is recorded, on the disk, before this returns; the
    /// key is kept nowhere.
    ///
    /// # Errors
    /// [`StoreError::NotPermitted`] for a name outside the authority's constraints,
    /// [`StoreError::Expired`], [`StoreError::ClockBackwards`], those of
    /// [`CaDirectory::unlock`], and those of the database, of which [`StoreError::Busy`] and
    /// [`StoreError::Full`] leave everything as it was.
    pub fn issue(&mut self, profile: &Profile, now: u64) -> Result<Recorded, StoreError> {
        self.may_issue(now)?;
        let issued = self.signer(Level::Issuing)?.issue(profile)?;
        let issued = self.with_issuer(issued);
        let row = self.keep(issued.chain(), profile, None, now)?;
        Ok(Recorded { row, issued })
    }

    /// The chain with the issuing authority's own certificate, the root left out.
    fn with_issuer(&self, issued: Issued) -> Issued {
        let (mut chain, key) = issued.into_parts();
        if let Some(issuing) = &self.issuing
            && !chain.contains(&issuing.certificate)
        {
            chain.push(issuing.certificate.clone());
        }
        Issued::from_parts(chain, key)
    }

    /// Records a certificate that was signed just now: from here on it exists.
    fn keep(
        &mut self,
        chain: &[CertificateDer<'static>],
        profile: &Profile,
        renewed_from: Option<i64>,
        now: u64,
    ) -> Result<Row, StoreError> {
        let leaf = chain.first().ok_or(handfast_ca::error::CaError::Encoding)?;
        permitted::check(
            chain,
            &self.root.certificate,
            &self.issuer().certificate_file,
        )?;
        let label = label(profile);
        let recording = Recording {
            authority: self.issuer().id,
            profile: label,
            renewed_from,
            file: None,
        };
        let id = self.write("record a certificate", now, |transaction| {
            let (id, serial) = insert(transaction, leaf, &recording, now)?;
            Ok((id, Entry::new("issue", Some(&serial), label)))
        })?;
        self.database.read("read what was recorded", |connection| {
            self.row(connection, id)
        })
    }

    /// Whether the authorities live.
    fn may_issue(&self, now: u64) -> Result<(), StoreError> {
        let dead = |tier: &&Tier| tier.not_after < now;
        match [&self.root, self.issuer()].into_iter().find(dead) {
            None => Ok(()),
            Some(tier) => Err(StoreError::Expired {
                path: tier.certificate_file.clone(),
                not_after_unix: tier.not_after,
            }),
        }
    }
}

/// What a profile is called in the records.
fn label(profile: &Profile) -> &'static str {
    let has = |purpose| profile.purposes.contains(&purpose);
    if profile.authority.is_some() {
        return "intermediate";
    }
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

//! A certificate's successor: the same subject, names and uses, with a life of its own.

use crate::directory::CaDirectory;
use crate::error::StoreError;
use crate::find::{Selector, one};
use crate::issue::{Certified, Recorded};
use crate::row::{Row, State};
use handfast_ca::error::CaError;
use handfast_ca::profile::{
    AlternativeName, KeyKind, Pointers, PolicyStatement, Profile, Validity,
};
use handfast_ca::subject::Subject;
use handfast_ca::successor;
use handfast_pki::certificate::Certificate;
use handfast_pki::extension::policy::Qualifier;
use rustls_pki_types::CertificateDer;

impl CaDirectory {
    /// Issues a successor with a new key of the same kind. The certificate that it follows stays
    /// as it is, so that it serves until its successor is in place; who wants it revoked says so.
    ///
    /// Of several that fit, the one is meant that has no successor yet.
    ///
    /// # Errors
    /// As [`CaDirectory::find_one`] and [`CaDirectory::issue`]; [`StoreError::NotKept`] for one
    /// that was imported by its serial alone; [`StoreError::AlreadyRevoked`]; [`StoreError::Ca`]
    /// with [`CaError::NotKept`] for one that holds what cannot be issued here.
    pub fn renew(
        &mut self,
        selector: &Selector,
        validity: Validity,
        now: u64,
    ) -> Result<Recorded, StoreError> {
        let (row, der) = self.renewable(selector, now)?;
        let profile = profile_of(&der, validity)?;
        self.issue_over(&profile, Some(row.id), now)
    }

    /// Issues a successor for the same key, for those whose key is pinned or lies in hardware.
    ///
    /// # Errors
    /// As [`CaDirectory::renew`].
    pub fn renew_for_same_key(
        &mut self,
        selector: &Selector,
        validity: Validity,
        now: u64,
    ) -> Result<Certified, StoreError> {
        let (row, der) = self.renewable(selector, now)?;
        let profile = profile_of(&der, validity)?;
        let view = Certificate::parse(&der).map_err(CaError::Unreadable)?;
        self.certify_over(view.spki(), &profile, Some(row.id), now)
    }

    /// Issues a successor for another key, a SubjectPublicKeyInfo in DER, as a request brings it.
    ///
    /// # Errors
    /// As [`CaDirectory::renew`].
    pub fn renew_for_key(
        &mut self,
        selector: &Selector,
        spki: &[u8],
        validity: Validity,
        now: u64,
    ) -> Result<Certified, StoreError> {
        let (row, der) = self.renewable(selector, now)?;
        let profile = profile_of(&der, validity)?;
        self.certify_over(spki, &profile, Some(row.id), now)
    }

    /// The certificate that is to have a successor.
    fn renewable(
        &self,
        selector: &Selector,
        now: u64,
    ) -> Result<(Row, CertificateDer<'static>), StoreError> {
        let found = self.find(selector)?;
        let succeeded: Vec<i64> = found.iter().filter_map(|row| row.renewed_from).collect();
        let row = one(found, selector, |row| {
            row.state(now) != State::Revoked && !succeeded.contains(&row.id)
        })?;
        if row.revoked_at.is_some() {
            return Err(StoreError::AlreadyRevoked { row: Box::new(row) });
        }
        match self.certificate(row.id)? {
            Some(der) => Ok((row, der)),
            None => Err(StoreError::NotKept { row: Box::new(row) }),
        }
    }
}

/// What a certificate holds, to be issued again. Its pointers are left to the authority, which
/// may have moved.
fn profile_of(der: &CertificateDer<'_>, validity: Validity) -> Result<Profile, StoreError> {
    let view = Certificate::parse(der).map_err(CaError::Unreadable)?;
    let is_authority = view.basic_constraints().is_some_and(|limits| limits.ca);
    if is_authority {
        let name = view.subject().to_string();
        return Err(StoreError::Unacceptable {
            why: format!("{name} is an authority: its limits would have to be decided anew"),
        });
    }
    let names = view.subject_alt_names();
    let names = names.map(|name| AlternativeName::from_general(&name));
    let key = view.key_kind().unwrap_or(KeyKind::EcP256);
    let subject = Subject::from_der(view.subject().der())?;
    let ocsp_no_check = view
        .extensions()
        .any(|extension| extension.oid.to_string() == OCSP_NO_CHECK);
    Ok(Profile {
        names: names.collect::<Result<_, _>>()?,
        purposes: successor::purposes(&view)?,
        pointers: Pointers::default(),
        policies: policies(&view),
        must_staple: view
            .tls_features()
            .iter()
            .any(|feature| feature == STATUS_REQUEST),
        ocsp_no_check,
        delegation: view.lets_delegate(),
        ..Profile::bare(subject, validity, key)
    })
}

fn policies(view: &Certificate<'_>) -> Vec<PolicyStatement> {
    let policies = view.policies().into_iter().flatten();
    let statements = policies.map(|policy| PolicyStatement {
        oid: policy.id().to_string(),
        practice: policy.qualifiers().find_map(|qualifier| match qualifier {
            Ok(Qualifier::Cps(url)) => Some(url.to_owned()),
            _ => None,
        }),
    });
    statements.collect()
}

/// RFC 6960 section 4.2.2.2.1.
const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
/// RFC 7633 section 6, RFC 6066 section 8.
const STATUS_REQUEST: u16 = 5;

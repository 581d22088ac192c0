//! Revocation lists (RFC 5280 section 5).

use std::collections::BTreeSet;

use der::Tag;

pub use handfast_pki::crl::entry::RevocationReason;

use crate::encode::Issuer;
use crate::error::CaError;
use crate::extension::{authority_key_id, extension};
use crate::serial::SerialNumber;
use crate::signature::{algorithm, sign};
use crate::write::{Der, constructed, element, integer, sequence, time};

/// What a revocation list shall hold.
///
/// ```
/// use handfast_ca::authority::Authority;
/// use handfast_ca::crl::{CrlProfile, RevocationReason, Revoked};
/// use handfast_ca::profile::{KeyKind, Validity};
/// use handfast_ca::serial::SerialNumber;
///
/// let now = 1_800_000_000;
/// let root = Authority::new("Example root", Validity::days(now, 90), KeyKind::EcP256)?;
/// let list = root.crl(&CrlProfile {
///     number: 1,
///     this_update_unix: now,
///     next_update_unix: now + 86_400,
///     entries: vec![Revoked {
///         serial: SerialNumber::parse("0A")?,
///         at_unix: now,
///         reason: RevocationReason::KeyCompromise,
///     }],
///     base: None,
/// })?;
/// let read = handfast_pki::crl::Crl::parse(&list).unwrap();
/// assert_eq!(read.revoked().next().unwrap().reason, RevocationReason::KeyCompromise);
/// # Ok::<(), handfast_ca::error::CaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlProfile {
    /// Its number: each list of an authority has a greater one than the one before (section
    /// 5.2.3).
    pub number: u64,
    /// When it was made, in Unix seconds.
    pub this_update_unix: u64,
    /// When the next one comes at the latest, in Unix seconds.
    pub next_update_unix: u64,
    /// What is revoked.
    pub entries: Vec<Revoked>,
    /// For a list of what changed alone (a delta CRL, section 5.2.4): the number of the full list
    /// that it builds on.
    pub base: Option<u64>,
}

/// A certificate that is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Its serial number.
    pub serial: SerialNumber,
    /// Since when, in Unix seconds.
    pub at_unix: u64,
    /// Why. [`RevocationReason::RemoveFromCrl`] belongs on delta CRLs alone.
    pub reason: RevocationReason,
}

impl CrlProfile {
    pub(crate) fn sign(&self, issuer: &Issuer<'_>) -> Der {
        let (first, last) = (self.this_update_unix, self.next_update_unix);
        if last < first {
            return Err(CaError::Backwards(first, last));
        }
        let (_, identifier) = algorithm(issuer.key.kind())?;
        let tbs = sequence(&[
            // Version 2 is written as 1.
            &integer(&[1])?,
            &identifier,
            issuer.name,
            &time(first)?,
            &time(last)?,
            &self.entries()?,
            &constructed(0, &[&self.extensions(issuer)?])?,
        ])?;
        sign(issuer.key, &tbs)
    }

    /// revokedCertificates, which is left out where there are none (section 5.1.2.6).
    fn entries(&self) -> Der {
        let mut seen = BTreeSet::new();
        let mut list = Vec::new();
        for entry in &self.entries {
            if !seen.insert(&entry.serial) {
                return Err(CaError::TwiceRevoked(entry.serial.to_string()));
            }
            list.extend(entry.write()?);
        }
        if list.is_empty() {
            return Ok(list);
        }
        sequence(&[&list])
    }

    fn extensions(&self, issuer: &Issuer<'_>) -> Der {
        let mut list = authority_key_id(issuer.key_id)?;
        let number = integer(&self.number.to_be_bytes())?;
        list.extend(extension(CRL_NUMBER, false, &number)?);
        if let Some(base) = self.base {
            // Section 5.2.4: critical, as a reader that passes over it takes a part for the whole.
            let base = integer(&base.to_be_bytes())?;
            list.extend(extension(DELTA_CRL_INDICATOR, true, &base)?);
        }
        sequence(&[&list])
    }
}

impl Revoked {
    fn write(&self) -> Der {
        let reason = match self.reason {
            // Section 5.3.1: left out rather than said to be unspecified.
            RevocationReason::Unspecified => Vec::new(),
            reason => {
                let code = element(Tag::Enumerated, &[&[reason.code()]])?;
                sequence(&[&extension(REASON_CODE, false, &code)?])?
            }
        };
        sequence(&[
            &integer(self.serial.as_bytes())?,
            &time(self.at_unix)?,
            &reason,
        ])
    }
}

const CRL_NUMBER: &str = "2.5.29.20";
const REASON_CODE: &str = "2.5.29.21";
const DELTA_CRL_INDICATOR: &str = "2.5.29.27";

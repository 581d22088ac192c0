//! What a responder says about one certificate (SingleResponse, RFC 6960 s4.2.1).

use crate::crl::entry::RevocationReason;
use crate::cursor::{Cursor, Tlv, tag};
use crate::extension::{only, read_one};
use crate::fault::{CertificateFault, Problem};
use crate::ocsp::certificate_id::CertificateId;
use crate::oid::{self, Oid};
use crate::time::{UnixTime, read_generalized_time};

/// A certificate's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateStatus {
    /// It is not revoked.
    Good,
    /// It is revoked, or on hold.
    Revoked {
        /// Since when.
        since: UnixTime,
        /// Why.
        reason: RevocationReason,
    },
    /// The responder does not know the certificate.
    Unknown,
}

/// What is said about one certificate.
#[derive(Clone, Copy, Debug)]
pub struct SingleResponse<'a> {
    /// Which certificate.
    pub id: CertificateId<'a>,
    /// Its status.
    pub status: CertificateStatus,
    /// When the status was known to be right.
    pub this_update: UnixTime,
    /// When there will be newer information; where it is absent, there always is.
    pub next_update: Option<UnixTime>,
    /// The first critical extension that is not understood.
    pub(crate) unknown_critical: Option<Oid<'a>>,
    /// The value of the extension with SCTs (RFC 6962 s3.3), not read yet.
    pub(crate) sct_list: Option<Tlv<'a>>,
}

impl<'a> SingleResponse<'a> {
    pub(crate) fn read(element: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut inside = element.cursor();
        let id = CertificateId::read(&inside.expect(tag::SEQUENCE, "certID")?)?;
        let status = read_status(&inside.element(STATUS)?)?;
        let this_update = read_generalized_time(&mut inside, "thisUpdate")?;
        let next_update = match inside.optional(tag::constructed(0), "nextUpdate")? {
            Some(explicit) => {
                let mut only = explicit.cursor();
                let time = read_generalized_time(&mut only, "nextUpdate")?;
                only.finish("nextUpdate")?;
                Some(time)
            }
            None => None,
        };
        let explicit = inside.optional(tag::constructed(1), EXTENSIONS)?;
        inside.finish("SingleResponse")?;
        let (unknown_critical, sct_list) = match explicit {
            Some(explicit) => extensions(only(&explicit, tag::SEQUENCE, EXTENSIONS)?.cursor())?,
            None => (None, None),
        };
        Ok(Self {
            id,
            status,
            this_update,
            next_update,
            unknown_critical,
            sct_list,
        })
    }
}

fn read_status(element: &Tlv<'_>) -> Result<CertificateStatus, CertificateFault> {
    const GOOD: u8 = tag::context(0);
    const REVOKED: u8 = tag::constructed(1);
    const UNKNOWN: u8 = tag::context(2);
    match (element.tag, element.value) {
        (GOOD, []) => Ok(CertificateStatus::Good),
        (UNKNOWN, []) => Ok(CertificateStatus::Unknown),
        (REVOKED, _) => {
            let mut inside = element.cursor();
            let since = read_generalized_time(&mut inside, "revocationTime")?;
            let reason = match inside.optional(tag::constructed(0), REASON)? {
                Some(explicit) => {
                    RevocationReason::read(&only(&explicit, tag::ENUMERATED, REASON)?, REASON)?
                }
                None => RevocationReason::Unspecified,
            };
            inside.finish(STATUS)?;
            Ok(CertificateStatus::Revoked { since, reason })
        }
        _ => Err(element.fault(Problem::OcspStatus, STATUS)),
    }
}

/// The first critical extension but those of RFC 6960 s4.4 that change nothing here, and SCTs.
fn extensions<'a>(
    mut list: Cursor<'a>,
) -> Result<(Option<Oid<'a>>, Option<Tlv<'a>>), CertificateFault> {
    let mut found = None;
    let mut sct_list = None;
    let mut count = 0;
    while !list.is_empty() {
        count += 1;
        if count > MAX_SINGLE_EXTENSIONS {
            let limit = MAX_SINGLE_EXTENSIONS;
            return Err(list.fault(Problem::TooMany { limit }, EXTENSIONS));
        }
        let element = list.expect(tag::SEQUENCE, EXTENSIONS)?;
        let (extension, value) = read_one(&element, EXTENSIONS)?;
        if extension.oid.0 == oid::OCSP_SCTS {
            if sct_list.replace(value).is_some() {
                return Err(element.fault(Problem::DuplicateExtension, EXTENSIONS));
            }
            continue;
        }
        let known = matches!(
            extension.oid.0,
            oid::OCSP_CRL_REFERENCE | oid::OCSP_ARCHIVE_CUTOFF
        );
        if extension.critical && !known && found.is_none() {
            found = Some(extension.oid);
        }
    }
    Ok((found, sct_list))
}

const STATUS: &str = "certStatus";
const REASON: &str = "revocationReason";
const EXTENSIONS: &str = "singleExtensions";
const MAX_SINGLE_EXTENSIONS: usize = 64;

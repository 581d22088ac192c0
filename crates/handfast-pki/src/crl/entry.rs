//! One revoked certificate on a CRL (RFC 5280 s5.3).

use crate::cursor::{Tlv, tag};
use crate::distribution_point::PointNames;
use crate::extension::{only, read_one};
use crate::fault::{CertificateFault, Problem};
use crate::oid::{self, Oid};
use crate::time::{UnixTime, read_generalized_time, read_time};
use std::fmt;

/// Why a certificate was revoked (CRLReason, RFC 5280 s5.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationReason {
    /// unspecified (0), also where nothing is said.
    #[default]
    Unspecified,
    /// keyCompromise (1)
    KeyCompromise,
    /// cACompromise (2)
    CaCompromise,
    /// affiliationChanged (3)
    AffiliationChanged,
    /// superseded (4)
    Superseded,
    /// cessationOfOperation (5)
    CessationOfOperation,
    /// certificateHold (6): the one that may be taken back.
    CertificateHold,
    /// removeFromCRL (8): on delta CRLs, taken back.
    RemoveFromCrl,
    /// privilegeWithdrawn (9)
    PrivilegeWithdrawn,
    /// aACompromise (10)
    AaCompromise,
}

impl RevocationReason {
    /// Reads an ENUMERATED.
    pub(crate) fn read(element: &Tlv<'_>, field: &'static str) -> Result<Self, CertificateFault> {
        let known = match element.value {
            [code] => Self::ALL.into_iter().find(|one| one.code() == *code),
            _ => None,
        };
        known.ok_or_else(|| element.fault(Problem::ReasonCode, field))
    }

    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// Its number in RFC 5280 s5.3.1.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason as OpenSSL names it, which differs from RFC 5280 in two capital letters.
    #[must_use]
    pub const fn openssl_name(self) -> &'static str {
        match self {
            Self::CaCompromise => "CACompromise",
            Self::AaCompromise => "AACompromise",
            other => other.name(),
        }
    }

    /// The reason of this name, in any case of letters.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let is = |one: &Self| one.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(is)
    }

    /// The reason as RFC 5280 names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One entry of a CRL.
#[derive(Clone, Copy, Debug)]
pub struct RevokedCertificate<'a> {
    /// The certificate's serial number, as [`crate::certificate::Certificate::serial`] gives it.
    pub serial: &'a [u8],
    /// When it was revoked.
    pub since: UnixTime,
    /// Why.
    pub reason: RevocationReason,
    /// Since when the key is known or thought to be in other hands (RFC 5280 s5.3.2).
    pub invalid_since: Option<UnixTime>,
    /// Who issued it, where that is said: on indirect CRLs it holds until another is named.
    pub(crate) issuer: Option<PointNames<'a>>,
    /// The first critical extension that is not understood.
    pub(crate) unknown_critical: Option<Oid<'a>>,
}

impl<'a> RevokedCertificate<'a> {
    #[inline]
    pub(crate) fn read(element: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut inside = element.cursor();
        let serial = inside.expect(tag::INTEGER, SERIAL)?.integer(SERIAL)?;
        let since = read_time(&mut inside, "revokedCertificates.revocationDate")?;
        let mut entry = Self {
            serial,
            since,
            reason: RevocationReason::Unspecified,
            invalid_since: None,
            issuer: None,
            unknown_critical: None,
        };
        if let Some(list) = inside.optional(tag::SEQUENCE, EXTENSIONS)? {
            entry.take_extensions(&list)?;
        }
        inside.finish(FIELD)?;
        Ok(entry)
    }

    fn take_extensions(&mut self, list: &Tlv<'a>) -> Result<(), CertificateFault> {
        let mut cursor = list.cursor();
        if cursor.is_empty() {
            return Err(list.fault(Problem::EmptyList, EXTENSIONS));
        }
        let mut seen = 0_u8;
        let mut count = 0;
        while !cursor.is_empty() {
            let element = cursor.expect(tag::SEQUENCE, EXTENSIONS)?;
            count += 1;
            if count > MAX_ENTRY_EXTENSIONS {
                let limit = MAX_ENTRY_EXTENSIONS;
                return Err(list.fault(Problem::TooMany { limit }, EXTENSIONS));
            }
            let (extension, value) = read_one(&element, EXTENSIONS)?;
            let bit = match extension.oid.0 {
                oid::REASON_CODE => {
                    let code = only(&value, tag::ENUMERATED, REASON)?;
                    self.reason = RevocationReason::read(&code, REASON)?;
                    1
                }
                oid::INVALIDITY_DATE => {
                    let mut inside = value.cursor();
                    self.invalid_since = Some(read_generalized_time(&mut inside, INVALIDITY)?);
                    inside.finish(INVALIDITY)?;
                    2
                }
                oid::CERTIFICATE_ISSUER => {
                    let names = only(&value, tag::SEQUENCE, ISSUER)?;
                    self.issuer = Some(PointNames::check(&names, ISSUER)?);
                    // RFC 5280 s5.3.3: a reader that passes over it takes one issuer for another.
                    if !extension.critical {
                        return Err(element.fault(Problem::Criticality, ISSUER));
                    }
                    4
                }
                _ => {
                    if extension.critical && self.unknown_critical.is_none() {
                        self.unknown_critical = Some(extension.oid);
                    }
                    0
                }
            };
            if seen & bit != 0 {
                return Err(element.fault(Problem::DuplicateExtension, EXTENSIONS));
            }
            seen |= bit;
        }
        Ok(())
    }
}

const FIELD: &str = "revokedCertificates";
const SERIAL: &str = "revokedCertificates.userCertificate";
const EXTENSIONS: &str = "revokedCertificates.crlEntryExtensions";
const REASON: &str = "reasonCode";
const INVALIDITY: &str = "invalidityDate";
const ISSUER: &str = "certificateIssuer";
/// RFC 5280 knows three.
const MAX_ENTRY_EXTENSIONS: usize = 16;

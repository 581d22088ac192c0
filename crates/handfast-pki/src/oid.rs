//! Object identifiers, as the contents bytes that stand in DER, and as text.

use std::fmt;

/// Arcs beyond this many are shown as an ellipsis.
const SHOWN_ARCS: usize = 16;

pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
pub(crate) const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 18];
pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
pub(crate) const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
pub(crate) const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
pub(crate) const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 24];
pub(crate) const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
pub(crate) const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
pub(crate) const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
pub(crate) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
pub(crate) const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
pub(crate) const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
pub(crate) const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
pub(crate) const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
pub(crate) const NO_REV_AVAIL: &[u8] = &[0x55, 0x1d, 56];
pub(crate) const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
pub(crate) const TLS_FEATURE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 24];
pub(crate) const SUBJECT_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 11];

pub(crate) const ACCESS_OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1];
pub(crate) const ACCESS_CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 2];
pub(crate) const ACCESS_TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 3];
pub(crate) const ACCESS_CA_REPOSITORY: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 5];

pub(crate) const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37, 0];
pub(crate) const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
pub(crate) const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
pub(crate) const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
pub(crate) const EMAIL_PROTECTION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];
pub(crate) const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
pub(crate) const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];

pub(crate) const OCSP_BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
pub(crate) const OCSP_NONCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 2];
pub(crate) const OCSP_CRL_REFERENCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 3];
pub(crate) const OCSP_NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 5];
pub(crate) const OCSP_ARCHIVE_CUTOFF: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 6];

pub(crate) const EMBEDDED_SCTS: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];
pub(crate) const OCSP_SCTS: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 5];
/// RFC 9345 section 4.2.
pub(crate) const DELEGATION_USAGE: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0xda, 0x4b, 0x2c];
pub(crate) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 32, 0];
pub(crate) const QUALIFIER_CPS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 1];
pub(crate) const QUALIFIER_USER_NOTICE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 2];

pub(crate) const DNS_SRV: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 8, 7];
pub(crate) const SMTP_UTF8_MAILBOX: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 8, 9];

pub(crate) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub(crate) const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

/// An object identifier's contents, displayed with dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oid<'a>(pub &'a [u8]);

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u64 = 0;
        let mut shown = 0;
        for byte in self.0 {
            if arc > u64::MAX >> 7 || shown == SHOWN_ARCS {
                return f.write_str(".…");
            }
            arc = arc << 7 | u64::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if shown == 0 {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            shown += 1;
            arc = 0;
        }
        Ok(())
    }
}

/// The short name of an attribute type (RFC 4514 s3 and those in common use).
pub(crate) fn attribute_name(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        COMMON_NAME => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "STREET",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 12] => "title",
        [0x55, 4, 15] => "businessCategory",
        [0x55, 4, 17] => "postalCode",
        [0x55, 4, 42] => "GN",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        EMAIL_ADDRESS => "emailAddress",
        _ => return None,
    })
}

/// The name RFC 5280 gives to an extension.
pub(crate) fn extension_name(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        [0x55, 0x1d, 9] => "subjectDirectoryAttributes",
        SUBJECT_KEY_IDENTIFIER => "subjectKeyIdentifier",
        [0x55, 0x1d, 16] => "privateKeyUsagePeriod",
        KEY_USAGE => "keyUsage",
        SUBJECT_ALT_NAME => "subjectAltName",
        ISSUER_ALT_NAME => "issuerAltName",
        BASIC_CONSTRAINTS => "basicConstraints",
        NAME_CONSTRAINTS => "nameConstraints",
        CRL_NUMBER => "cRLNumber",
        REASON_CODE => "reasonCode",
        INVALIDITY_DATE => "invalidityDate",
        DELTA_CRL_INDICATOR => "deltaCRLIndicator",
        ISSUING_DISTRIBUTION_POINT => "issuingDistributionPoint",
        CERTIFICATE_ISSUER => "certificateIssuer",
        CRL_DISTRIBUTION_POINTS => "cRLDistributionPoints",
        CERTIFICATE_POLICIES => "certificatePolicies",
        POLICY_MAPPINGS => "policyMappings",
        AUTHORITY_KEY_IDENTIFIER => "authorityKeyIdentifier",
        POLICY_CONSTRAINTS => "policyConstraints",
        INHIBIT_ANY_POLICY => "inhibitAnyPolicy",
        EXTENDED_KEY_USAGE => "extKeyUsage",
        FRESHEST_CRL => "freshestCRL",
        NO_REV_AVAIL => "noRevAvail",
        OCSP_NONCE => "id-pkix-ocsp-nonce",
        OCSP_NO_CHECK => "id-pkix-ocsp-nocheck",
        DELEGATION_USAGE => "delegationUsage",
        AUTHORITY_INFO_ACCESS => "authorityInfoAccess",
        SUBJECT_INFO_ACCESS => "subjectInfoAccess",
        TLS_FEATURE => "tlsFeature",
        EMBEDDED_SCTS => "signedCertificateTimestamps",
        [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 3] => "precertificatePoison",
        OCSP_SCTS => "ocspSignedCertificateTimestamps",
        // RFC 9162 s7.1.
        [0x2b, 0x65, 0x4b] => "transparencyInformation",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Oid, SERVER_AUTH};

    #[test]
    fn identifiers_are_shown_with_dots() {
        assert_eq!(Oid(SERVER_AUTH).to_string(), "1.3.6.1.5.5.7.3.1");
        assert_eq!(Oid(&[0x88, 0x37]).to_string(), "2.999");
        assert_eq!(Oid(&[0xff; 32]).to_string(), ".…");
    }
}

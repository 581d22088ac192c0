//! OpenSSL's verify codes, for those whose programs and scripts speak them.
//!
//! Numbers, names and texts are those of OpenSSL 3.0's `X509_verify_cert_error_string`.

use crate::verify::place::Place;
use crate::verify::reason::Reason;
use crate::verify::revocation::doubt::{Doubt, Dropped, Source};
use core::net::IpAddr;
use std::fmt;

/// What `openssl verify` says of a certificate.
///
/// ```
/// use handfast_pki::verify::openssl::VerifyCode;
///
/// let code = VerifyCode::by_number(20).unwrap();
/// assert_eq!(code.name, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
/// assert_eq!(code.to_string(), "20 (unable to get local issuer certificate)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyCode {
    /// As in `Verify return code: 20`; 0 is success.
    pub number: i32,
    /// As in `x509_vfy.h`.
    pub name: &'static str,
    /// As OpenSSL prints it.
    pub text: &'static str,
}

impl VerifyCode {
    /// The code of this number.
    #[must_use]
    pub fn by_number(number: i32) -> Option<Self> {
        let index = usize::try_from(number).ok()?;
        CODES.get(index).copied()
    }

    /// All codes, by number from 0 on.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &CODES
    }
}

impl fmt::Display for VerifyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.number, self.text)
    }
}

/// What OpenSSL calls it when the certificate at `place` is refused for `reason`.
pub(crate) fn code(reason: &Reason, place: Place) -> VerifyCode {
    let number = number(reason, place == Place::Sent(0));
    VerifyCode::by_number(number).unwrap_or(UNSPECIFIED)
}

fn number(reason: &Reason, leaf: bool) -> i32 {
    match reason {
        Reason::NoCertificate => 69,
        Reason::Malformed(fault) => malformed(fault.field),
        Reason::Expired { .. } => 10,
        Reason::NotYetValid { .. } => 9,
        Reason::UnknownIssuer { .. } => 20,
        Reason::SelfSigned if leaf => 18,
        Reason::SelfSigned => 19,
        Reason::NameMismatch { wanted, .. } => mismatch(wanted),
        Reason::BadSignature => 7,
        // A key that cannot be read is no strong one.
        Reason::WeakKey { .. } | Reason::UnsupportedKey if leaf => 66,
        Reason::WeakKey { .. } => 67,
        Reason::UnsupportedKey => 6,
        Reason::WeakSignature { .. } => 68,
        Reason::UnsupportedSignature { .. } => 76,
        Reason::NotACa => 79,
        Reason::PathLength { .. } => 25,
        Reason::PathTooLong { .. } => 22,
        Reason::KeyUsage { .. } if !leaf => 79,
        Reason::KeyUsage { .. } | Reason::ExtendedKeyUsage { .. } | Reason::CaAsLeaf => 26,
        Reason::UnknownCriticalExtension { .. } => 34,
        Reason::ExplicitPolicy => 43,
        Reason::AnyPolicyMapped => 42,
        Reason::NameExcluded { .. } => 48,
        Reason::NameNotPermitted { .. } => 47,
        Reason::Revoked { .. } => 23,
        Reason::RevocationUnknown { dropped } => dropped.first().map_or(3, unknown),
        Reason::StapleMissing { .. } => 73,
        Reason::DaneMismatch { .. } | Reason::DaneUnusable { .. } => 65,
        Reason::NotLogged { .. } => 71,
        // What OpenSSL leaves to the program that calls it.
        Reason::NotPinned { .. } | Reason::NothingHolds { .. } | Reason::NoPath => 50,
        Reason::BudgetExceeded(_) => 1,
        Reason::KeyChanged { .. } => 50,
        Reason::IssuingRule { rule, .. } => issuing(rule),
    }
}

fn malformed(field: &str) -> i32 {
    match field {
        "tbsCertificate.validity.notBefore" => 13,
        "tbsCertificate.validity.notAfter" => 14,
        "nameConstraints" => 52,
        "subjectAltName" => 53,
        _ if field.to_ascii_lowercase().contains("polic") => 42,
        _ if field.starts_with("tbsCertificate.extensions") => 41,
        "basicConstraints"
        | "keyUsage"
        | "extKeyUsage"
        | "authorityKeyIdentifier"
        | "subjectKeyIdentifier" => 41,
        _ => 1,
    }
}

fn mismatch(wanted: &str) -> i32 {
    match wanted {
        _ if wanted.parse::<IpAddr>().is_ok() => 64,
        _ if wanted.contains('@') && !wanted.contains("://") => 63,
        _ => 62,
    }
}

fn unknown(dropped: &Dropped) -> i32 {
    match (&dropped.doubt, dropped.source) {
        (Doubt::UnknownToResponder | Doubt::OtherCertificate, _) => 75,
        (_, Source::Staple | Source::Response(_)) | (Doubt::Refused(_) | Doubt::Nonce, _) => 74,
        (Doubt::Stale { .. }, _) => 12,
        (Doubt::NotYetValid { .. }, _) => 11,
        (Doubt::UnknownCriticalExtension { .. }, _) => 36,
        (Doubt::SignerUnknown, _) => 33,
        (Doubt::Signer { .. }, _) => 54,
        (Doubt::BadSignature, _) => 8,
        (Doubt::Scope { .. } | Doubt::DistributionPoint, _) => 44,
        (Doubt::BudgetExceeded(_), _) => 1,
        (
            Doubt::NothingCovers
            | Doubt::Malformed(_)
            | Doubt::SomeReasons
            | Doubt::DeltaWithoutBase,
            _,
        ) => 3,
    }
}

/// Those rules for issuers that OpenSSL knows under `-x509_strict`.
fn issuing(rule: &str) -> i32 {
    let known = STRICT.iter().find(|(words, _)| *words == rule);
    known.map_or(1, |(_, number)| *number)
}

const STRICT: [(&str, i32); 8] = [
    ("keyUsage has keyCertSign, but it is no authority", 82),
    ("an authority has an empty subject", 84),
    ("authorityKeyIdentifier is missing", 85),
    ("an authority's subjectKeyIdentifier is missing", 86),
    (
        "the subject is empty and subjectAltName is not critical",
        88,
    ),
    ("an authority's basicConstraints is not critical", 89),
    ("authorityKeyIdentifier is critical", 90),
    ("subjectKeyIdentifier is critical", 91),
];

const fn row(number: i32, name: &'static str, text: &'static str) -> VerifyCode {
    VerifyCode { number, name, text }
}

const UNSPECIFIED: VerifyCode = row(
    1,
    "X509_V_ERR_UNSPECIFIED",
    "unspecified certificate verification error",
);

/// Each at the index that is its number.
#[rustfmt::skip]
const CODES: [VerifyCode; 95] = [
    row(0, "X509_V_OK", "ok"),
    row(1, "X509_V_ERR_UNSPECIFIED", "unspecified certificate verification error"),
    row(2, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate"),
    row(3, "X509_V_ERR_UNABLE_TO_GET_CRL", "unable to get certificate CRL"),
    row(4, "X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE", "unable to decrypt certificate's signature"),
    row(5, "X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE", "unable to decrypt CRL's signature"),
    row(6, "X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY", "unable to decode issuer public key"),
    row(7, "X509_V_ERR_CERT_SIGNATURE_FAILURE", "certificate signature failure"),
    row(8, "X509_V_ERR_CRL_SIGNATURE_FAILURE", "CRL signature failure"),
    row(9, "X509_V_ERR_CERT_NOT_YET_VALID", "certificate is not yet valid"),
    row(10, "X509_V_ERR_CERT_HAS_EXPIRED", "certificate has expired"),
    row(11, "X509_V_ERR_CRL_NOT_YET_VALID", "CRL is not yet valid"),
    row(12, "X509_V_ERR_CRL_HAS_EXPIRED", "CRL has expired"),
    row(13, "X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD", "format error in certificate's notBefore field"),
    row(14, "X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD", "format error in certificate's notAfter field"),
    row(15, "X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD", "format error in CRL's lastUpdate field"),
    row(16, "X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD", "format error in CRL's nextUpdate field"),
    row(17, "X509_V_ERR_OUT_OF_MEM", "out of memory"),
    row(18, "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
    row(19, "X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"),
    row(20, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"),
    row(21, "X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
    row(22, "X509_V_ERR_CERT_CHAIN_TOO_LONG", "certificate chain too long"),
    row(23, "X509_V_ERR_CERT_REVOKED", "certificate revoked"),
    row(24, "X509_V_ERR_NO_ISSUER_PUBLIC_KEY", "issuer certificate doesn't have a public key"),
    row(25, "X509_V_ERR_PATH_LENGTH_EXCEEDED", "path length constraint exceeded"),
    row(26, "X509_V_ERR_INVALID_PURPOSE", "unsuitable certificate purpose"),
    row(27, "X509_V_ERR_CERT_UNTRUSTED", "certificate not trusted"),
    row(28, "X509_V_ERR_CERT_REJECTED", "certificate rejected"),
    row(29, "X509_V_ERR_SUBJECT_ISSUER_MISMATCH", "subject issuer mismatch"),
    row(30, "X509_V_ERR_AKID_SKID_MISMATCH", "authority and subject key identifier mismatch"),
    row(31, "X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH", "authority and issuer serial number mismatch"),
    row(32, "X509_V_ERR_KEYUSAGE_NO_CERTSIGN", "key usage does not include certificate signing"),
    row(33, "X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER", "unable to get CRL issuer certificate"),
    row(34, "X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION", "unhandled critical extension"),
    row(35, "X509_V_ERR_KEYUSAGE_NO_CRL_SIGN", "key usage does not include CRL signing"),
    row(36, "X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION", "unhandled critical CRL extension"),
    row(37, "X509_V_ERR_INVALID_NON_CA", "invalid non-CA certificate (has CA markings)"),
    row(38, "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED", "proxy path length constraint exceeded"),
    row(39, "X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE", "key usage does not include digital signature"),
    row(40, "X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED", "proxy certificates not allowed, please set the appropriate flag"),
    row(41, "X509_V_ERR_INVALID_EXTENSION", "invalid or inconsistent certificate extension"),
    row(42, "X509_V_ERR_INVALID_POLICY_EXTENSION", "invalid or inconsistent certificate policy extension"),
    row(43, "X509_V_ERR_NO_EXPLICIT_POLICY", "no explicit policy"),
    row(44, "X509_V_ERR_DIFFERENT_CRL_SCOPE", "different CRL scope"),
    row(45, "X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE", "unsupported extension feature"),
    row(46, "X509_V_ERR_UNNESTED_RESOURCE", "RFC 3779 resource not subset of parent's resources"),
    row(47, "X509_V_ERR_PERMITTED_VIOLATION", "permitted subtree violation"),
    row(48, "X509_V_ERR_EXCLUDED_VIOLATION", "excluded subtree violation"),
    row(49, "X509_V_ERR_SUBTREE_MINMAX", "name constraints minimum and maximum not supported"),
    row(50, "X509_V_ERR_APPLICATION_VERIFICATION", "application verification failure"),
    row(51, "X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE", "unsupported name constraint type"),
    row(52, "X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX", "unsupported or invalid name constraint syntax"),
    row(53, "X509_V_ERR_UNSUPPORTED_NAME_SYNTAX", "unsupported or invalid name syntax"),
    row(54, "X509_V_ERR_CRL_PATH_VALIDATION_ERROR", "CRL path validation error"),
    row(55, "X509_V_ERR_PATH_LOOP", "path loop"),
    row(56, "X509_V_ERR_SUITE_B_INVALID_VERSION", "Suite B: certificate version invalid"),
    row(57, "X509_V_ERR_SUITE_B_INVALID_ALGORITHM", "Suite B: invalid public key algorithm"),
    row(58, "X509_V_ERR_SUITE_B_INVALID_CURVE", "Suite B: invalid ECC curve"),
    row(59, "X509_V_ERR_SUITE_B_INVALID_SIGNATURE_ALGORITHM", "Suite B: invalid signature algorithm"),
    row(60, "X509_V_ERR_SUITE_B_LOS_NOT_ALLOWED", "Suite B: curve not allowed for this LOS"),
    row(61, "X509_V_ERR_SUITE_B_CANNOT_SIGN_P_384_WITH_P_256", "Suite B: cannot sign P-384 with P-256"),
    row(62, "X509_V_ERR_HOSTNAME_MISMATCH", "hostname mismatch"),
    row(63, "X509_V_ERR_EMAIL_MISMATCH", "email address mismatch"),
    row(64, "X509_V_ERR_IP_ADDRESS_MISMATCH", "IP address mismatch"),
    row(65, "X509_V_ERR_DANE_NO_MATCH", "no matching DANE TLSA records"),
    row(66, "X509_V_ERR_EE_KEY_TOO_SMALL", "EE certificate key too weak"),
    row(67, "X509_V_ERR_CA_KEY_TOO_SMALL", "CA certificate key too weak"),
    row(68, "X509_V_ERR_CA_MD_TOO_WEAK", "CA signature digest algorithm too weak"),
    row(69, "X509_V_ERR_INVALID_CALL", "invalid certificate verification context"),
    row(70, "X509_V_ERR_STORE_LOOKUP", "issuer certificate lookup error"),
    row(71, "X509_V_ERR_NO_VALID_SCTS", "Certificate Transparency required, but no valid SCTs found"),
    row(72, "X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION", "proxy subject name violation"),
    row(73, "X509_V_ERR_OCSP_VERIFY_NEEDED", "OCSP verification needed"),
    row(74, "X509_V_ERR_OCSP_VERIFY_FAILED", "OCSP verification failed"),
    row(75, "X509_V_ERR_OCSP_CERT_UNKNOWN", "OCSP unknown cert"),
    row(76, "X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM", "Cannot find certificate signature algorithm"),
    row(77, "X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH", "subject signature algorithm and issuer public key algorithm mismatch"),
    row(78, "X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY", "cert info signature and signature algorithm mismatch"),
    row(79, "X509_V_ERR_INVALID_CA", "invalid CA certificate"),
    row(80, "X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA", "Path length invalid for non-CA cert"),
    row(81, "X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN", "Path length given without key usage keyCertSign"),
    row(82, "X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA", "Key usage keyCertSign invalid for non-CA cert"),
    row(83, "X509_V_ERR_ISSUER_NAME_EMPTY", "Issuer name empty"),
    row(84, "X509_V_ERR_SUBJECT_NAME_EMPTY", "Subject name empty"),
    row(85, "X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER", "Missing Authority Key Identifier"),
    row(86, "X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER", "Missing Subject Key Identifier"),
    row(87, "X509_V_ERR_EMPTY_SUBJECT_ALT_NAME", "Empty Subject Alternative Name extension"),
    row(88, "X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL", "Subject empty and Subject Alt Name extension not critical"),
    row(89, "X509_V_ERR_CA_BCONS_NOT_CRITICAL", "Basic Constraints of CA cert not marked critical"),
    row(90, "X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL", "Authority Key Identifier marked critical"),
    row(91, "X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL", "Subject Key Identifier marked critical"),
    row(92, "X509_V_ERR_CA_CERT_MISSING_KEY_USAGE", "CA cert does not include key usage extension"),
    row(93, "X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3", "Using cert extension requires at least X509v3"),
    row(94, "X509_V_ERR_EC_KEY_EXPLICIT_PARAMS", "Certificate public key has explicit ECC parameters"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_where_its_number_says() {
        for (index, code) in VerifyCode::all().iter().enumerate() {
            assert_eq!(usize::try_from(code.number), Ok(index));
            assert!(code.name.starts_with("X509_V_"), "{code}");
        }
        assert_eq!(VerifyCode::by_number(1), Some(UNSPECIFIED));
        assert_eq!(VerifyCode::by_number(95), None);
        assert_eq!(VerifyCode::by_number(-1), None);
    }

    #[test]
    fn the_rules_that_openssl_knows_are_rules_of_ours() {
        let source = include_str!("issuance.rs");
        for (rule, _) in STRICT {
            assert!(source.contains(&format!("\"{rule}\"")), "{rule}");
        }
        assert_eq!(issuing("no such rule"), 1);
    }

    #[test]
    fn names_of_each_kind_have_a_code_of_their_own() {
        for (wanted, number) in [
            ("example.test", 62),
            ("me@example.test", 63),
            ("192.0.2.1", 64),
            ("2001:db8::1", 64),
            ("https://me@example.test/", 62),
        ] {
            assert_eq!(mismatch(wanted), number, "{wanted}");
        }
    }
}

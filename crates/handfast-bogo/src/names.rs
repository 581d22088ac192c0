//! What BoringSSL calls our errors. The runner looks for these names in what a
//! failing shim prints, so a name is a function of the error alone: never of
//! the test, and one name an error.
//!
//! BoringSSL sometimes has two names where we have one fault, and the other way
//! round. Where one of ours stands for a second name of theirs, the runner's
//! config says so, in `ErrorMap`.

use handfast::{AlertDescription, Error, Fault, Misuse, OwnFailure};

/// The name of an error, between colons.
pub(crate) fn name(error: Error) -> Option<&'static str> {
    match error {
        Error::Fault(fault) => of_fault(fault),
        Error::PeerAlert(alert) => of_alert(alert),
        Error::Own(own) => of_own(own),
        Error::Misuse(misuse) => of_misuse(misuse),
        // The enum may grow; a test holds every fault and alert to a name.
        _ => None,
    }
}

fn of_fault(fault: Fault) -> Option<&'static str> {
    FAULTS
        .iter()
        .find(|(known, _)| *known == fault)
        .map(|(_, name)| *name)
}

fn of_alert(alert: AlertDescription) -> Option<&'static str> {
    ALERTS
        .iter()
        .find(|(known, _)| *known == alert)
        .map(|(_, name)| *name)
}

fn of_own(own: OwnFailure) -> Option<&'static str> {
    match own {
        OwnFailure::AnswerFailed => Some(":CERT_CB_ERROR:"),
        // Nothing of BoringSSL's: its own failures abort.
        _ => None,
    }
}

fn of_misuse(misuse: Misuse) -> Option<&'static str> {
    match misuse {
        Misuse::Closed => Some(":PROTOCOL_IS_SHUTDOWN:"),
        Misuse::NotConnected => Some(":HANDSHAKE_NOT_COMPLETE:"),
        _ => None,
    }
}

/// Every name that a fault or an alert may be printed with.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    FAULTS
        .iter()
        .map(|row| row.1)
        .chain(ALERTS.iter().map(|row| row.1))
        .chain(of_own(OwnFailure::AnswerFailed))
}

/// One row a fault, in the engine's order.
const FAULTS: &[(Fault, &str)] = &[
    (Fault::NotTls, ":WRONG_VERSION_NUMBER:"),
    (Fault::PlainHttp, ":HTTP_REQUEST:"),
    (Fault::PlainHttpProxy, ":HTTPS_PROXY_REQUEST:"),
    (Fault::PlainHttpAnswer, ":WRONG_VERSION_NUMBER:"),
    (Fault::ProxyHeader, ":WRONG_VERSION_NUMBER:"),
    (Fault::PlainProtocol, ":WRONG_VERSION_NUMBER:"),
    (Fault::Ssl2Alone, ":UNSUPPORTED_PROTOCOL:"),
    (Fault::Ssl2HelloRefused, ":UNSUPPORTED_PROTOCOL:"),
    (Fault::Ssl2HelloMalformed, ":DECODE_ERROR:"),
    (Fault::RecordVersionWrong, ":WRONG_VERSION_NUMBER:"),
    (Fault::RecordTooLong, ":ENCRYPTED_LENGTH_TOO_LONG:"),
    (Fault::PlaintextTooLong, ":DATA_LENGTH_TOO_LONG:"),
    (Fault::RecordTypeUnknown, ":UNEXPECTED_RECORD:"),
    (
        Fault::RecordNotAuthentic,
        ":DECRYPTION_FAILED_OR_BAD_RECORD_MAC:",
    ),
    (
        Fault::RecordWithoutType,
        ":DECRYPTION_FAILED_OR_BAD_RECORD_MAC:",
    ),
    (Fault::RecordNotProtected, ":INVALID_OUTER_RECORD_TYPE:"),
    (Fault::RecordEmpty, ":UNEXPECTED_RECORD:"),
    (Fault::TooManyEmptyRecords, ":TOO_MANY_EMPTY_FRAGMENTS:"),
    (Fault::SequenceExhausted, ":TOO_MANY_KEY_UPDATES:"),
    (Fault::ChangeCipherSpecUnexpected, ":UNEXPECTED_RECORD:"),
    (Fault::ChangeCipherSpecMalformed, ":BAD_CHANGE_CIPHER_SPEC:"),
    (Fault::ApplicationDataUnexpected, ":UNEXPECTED_RECORD:"),
    (Fault::TooMuchEarlyData, ":TOO_MUCH_READ_EARLY_DATA:"),
    (
        Fault::TooMuchSkippedEarlyData,
        ":TOO_MUCH_SKIPPED_EARLY_DATA:",
    ),
    (Fault::AlertMalformed, ":BAD_ALERT:"),
    (Fault::AlertLevelUnknown, ":UNKNOWN_ALERT_TYPE:"),
    (Fault::TooManyWarningAlerts, ":TOO_MANY_WARNING_ALERTS:"),
    (Fault::MessageUnexpected, ":UNEXPECTED_MESSAGE:"),
    (Fault::MessageTooLong, ":EXCESSIVE_MESSAGE_SIZE:"),
    (Fault::MessageAcrossKeyChange, ":EXCESS_HANDSHAKE_DATA:"),
    (Fault::MessageInterleaved, ":UNEXPECTED_RECORD:"),
    (Fault::ClientHelloMalformed, ":CLIENTHELLO_PARSE_FAILED:"),
    (Fault::ServerHelloMalformed, ":DECODE_ERROR:"),
    (Fault::EndOfEarlyDataMalformed, ":DECODE_ERROR:"),
    (Fault::EncryptedExtensionsMalformed, ":DECODE_ERROR:"),
    (Fault::CertificateRequestMalformed, ":DECODE_ERROR:"),
    (Fault::CertificateMalformed, ":DECODE_ERROR:"),
    (Fault::CompressedCertificateMalformed, ":DECODE_ERROR:"),
    (Fault::CertificateVerifyMalformed, ":DECODE_ERROR:"),
    (Fault::CompressionListedTwice, ":ERROR_PARSING_EXTENSION:"),
    (
        Fault::CertificateCompressionUnknown,
        ":UNKNOWN_CERT_COMPRESSION_ALG:",
    ),
    (
        Fault::CertificateExpandsTooFar,
        ":UNCOMPRESSED_CERT_TOO_LARGE:",
    ),
    (
        Fault::CertificateDecompression,
        ":CERT_DECOMPRESSION_FAILED:",
    ),
    (Fault::FinishedMalformed, ":DIGEST_CHECK_FAILED:"),
    (Fault::NewSessionTicketMalformed, ":DECODE_ERROR:"),
    (Fault::FlagsNotMinimal, ":DECODE_ERROR:"),
    (Fault::KeyUpdateMalformed, ":DECODE_ERROR:"),
    (Fault::ExtensionMalformed, ":ERROR_PARSING_EXTENSION:"),
    (Fault::ExtensionTwice, ":DUPLICATE_EXTENSION:"),
    (Fault::ExtensionNotOffered, ":UNEXPECTED_EXTENSION:"),
    (Fault::VersionNotCommon, ":UNSUPPORTED_PROTOCOL:"),
    (Fault::VersionNotOffered, ":WRONG_VERSION_NUMBER:"),
    (Fault::LegacyVersionWrong, ":WRONG_VERSION_NUMBER:"),
    (Fault::LegacyVersionObsolete, ":UNSUPPORTED_PROTOCOL:"),
    (Fault::Downgrade, ":TLS13_DOWNGRADE:"),
    (Fault::CompressionOffered, ":INVALID_COMPRESSION_LIST:"),
    (Fault::SuiteNotCommon, ":NO_SHARED_CIPHER:"),
    (Fault::GroupNotCommon, ":NO_SHARED_GROUP:"),
    (Fault::SchemeNotCommon, ":NO_COMMON_SIGNATURE_ALGORITHMS:"),
    (Fault::IssuerNotCommon, ":NO_MATCHING_ISSUER:"),
    (Fault::KeyShareMissing, ":MISSING_KEY_SHARE:"),
    (Fault::KeyShareTwice, ":DUPLICATE_KEY_SHARE:"),
    (Fault::KeyShareNotInGroups, ":WRONG_CURVE:"),
    (Fault::KeyShareWrong, ":BAD_ECPOINT:"),
    (Fault::GroupsMissing, ":NO_SHARED_GROUP:"),
    (Fault::SchemesMissing, ":MISSING_EXTENSION:"),
    (Fault::PskNotLast, ":PRE_SHARED_KEY_MUST_BE_LAST:"),
    (Fault::PskModesMissing, ":MISSING_EXTENSION:"),
    (
        Fault::PskBindersUneven,
        ":PSK_IDENTITY_BINDER_COUNT_MISMATCH:",
    ),
    (
        Fault::EarlyDataInSecondHello,
        ":UNEXPECTED_EXTENSION_ON_EARLY_DATA:",
    ),
    (Fault::EchRejected, ":ECH_REJECTED:"),
    (Fault::EchRejectedUnproved, ":ECH_REJECTED_UNPROVED:"),
    (
        Fault::EchConfirmationMissing,
        ":INCONSISTENT_ECH_NEGOTIATION:",
    ),
    (Fault::EchPaddingNotZero, ":DECODE_ERROR:"),
    (Fault::EchInnerMalformed, ":DECODE_ERROR:"),
    (Fault::EchOuterExtensionsWrong, ":INVALID_OUTER_EXTENSION:"),
    (Fault::EchInnerInClear, ":INVALID_CLIENT_HELLO_INNER:"),
    (Fault::EchInnerUnmarked, ":INVALID_CLIENT_HELLO_INNER:"),
    (Fault::EchInnerTooOld, ":INVALID_CLIENT_HELLO_INNER:"),
    (Fault::EchLeftOut, ":MISSING_EXTENSION:"),
    (Fault::EchChanged, ":DECODE_ERROR:"),
    (Fault::EchNotAuthentic, ":DECRYPTION_FAILED:"),
    (Fault::SecondHelloChanged, ":INCONSISTENT_CLIENT_HELLO:"),
    (Fault::SecondHelloShareWrong, ":WRONG_CURVE:"),
    (Fault::CookieWrong, ":COOKIE_MISMATCH:"),
    (Fault::ServerNameMalformed, ":ERROR_PARSING_EXTENSION:"),
    (Fault::ServerNameUnknown, ":UNRECOGNIZED_NAME:"),
    (Fault::QuicParametersOverTls, ":UNEXPECTED_EXTENSION:"),
    (Fault::AlpnNotCommon, ":NO_APPLICATION_PROTOCOL:"),
    (Fault::MaxFragmentLengthUnknown, ":ERROR_PARSING_EXTENSION:"),
    (Fault::RecordSizeLimitTooSmall, ":ERROR_PARSING_EXTENSION:"),
    (
        Fault::SessionIdNotEchoed,
        ":SERVER_ECHOED_INVALID_SESSION_ID:",
    ),
    (
        Fault::CompressionChosen,
        ":UNSUPPORTED_COMPRESSION_ALGORITHM:",
    ),
    (Fault::SuiteNotOffered, ":WRONG_CIPHER_RETURNED:"),
    (
        Fault::VersionChangedAfterRetry,
        ":SECOND_SERVERHELLO_VERSION_MISMATCH:",
    ),
    (Fault::SuiteChangedAfterRetry, ":WRONG_CIPHER_RETURNED:"),
    (Fault::GroupNotOffered, ":WRONG_CURVE:"),
    (Fault::RetryGroupWrong, ":WRONG_CURVE:"),
    (Fault::RetryWithoutChange, ":EMPTY_HELLO_RETRY_REQUEST:"),
    (Fault::RetryNotAwaited, ":EXCESS_HANDSHAKE_DATA:"),
    (Fault::SecondRetry, ":UNEXPECTED_MESSAGE:"),
    (
        Fault::EarlyDataOlderVersion,
        ":WRONG_VERSION_ON_EARLY_DATA:",
    ),
    (
        Fault::EarlyDataSuiteChanged,
        ":CIPHER_MISMATCH_ON_EARLY_DATA:",
    ),
    (Fault::EarlyDataAlpnChanged, ":ALPN_MISMATCH_ON_EARLY_DATA:"),
    (
        Fault::ApplicationSettingsNotOffered,
        ":INVALID_ALPN_PROTOCOL:",
    ),
    (
        Fault::ApplicationSettingsRepeated,
        ":UNEXPECTED_EXTENSION_ON_EARLY_DATA:",
    ),
    (Fault::ApplicationSettingsMissing, ":MISSING_EXTENSION:"),
    (Fault::AlpnNotOffered, ":INVALID_ALPN_PROTOCOL:"),
    (Fault::AlpnMalformed, ":ERROR_PARSING_EXTENSION:"),
    (Fault::MaxFragmentLengthChanged, ":ERROR_PARSING_EXTENSION:"),
    (Fault::PrimeShort, ":BAD_DH_P_LENGTH:"),
    (Fault::PrimeLong, ":BAD_DH_P_LENGTH:"),
    (Fault::PrimeUnsafe, ":BAD_DH_P_LENGTH:"),
    (Fault::PskIdentityUnknown, ":PSK_IDENTITY_NOT_FOUND:"),
    (Fault::PskNotCommon, ":PSK_IDENTITY_NOT_FOUND:"),
    (Fault::PskModesNotCommon, ":NO_SUPPORTED_PSK_MODE:"),
    (Fault::PskGoneAfterRetry, ":PSK_IDENTITY_NOT_FOUND:"),
    (Fault::PskMissingAfterRetry, ":MISSING_EXTENSION:"),
    (Fault::PskNotChosen, ":MISSING_EXTENSION:"),
    (Fault::GeneratorWrong, ":DECODE_ERROR:"),
    (Fault::PublicValueWrong, ":DECODE_ERROR:"),
    (Fault::RequestContextTwice, ":UNEXPECTED_MESSAGE:"),
    (Fault::RequestContextUnknown, ":UNEXPECTED_MESSAGE:"),
    (Fault::IdentityChanged, ":SERVER_CERT_CHANGED:"),
    (Fault::RequestContextWrong, ":DECODE_ERROR:"),
    (Fault::CertificateTypesIdle, ":DECODE_ERROR:"),
    (Fault::CertificateTypeNotCommon, ":UNSUPPORTED_CERTIFICATE:"),
    (
        Fault::CertificateTypeNotOffered,
        ":UNSUPPORTED_CERTIFICATE:",
    ),
    (Fault::CertificateTypeChanged, ":UNSUPPORTED_CERTIFICATE:"),
    (Fault::RawKeyUnasked, ":UNKNOWN_CERTIFICATE_TYPE:"),
    (Fault::RawKeyRefused, ":UNSUPPORTED_CERTIFICATE:"),
    (Fault::RawKeyMalformed, ":DECODE_ERROR:"),
    (Fault::RawKeyNotAlone, ":INVALID_RAW_PUBLIC_KEY:"),
    (Fault::RawKeyUnknown, ":CERTIFICATE_VERIFY_FAILED:"),
    // BoringSSL's clients take no delegated credential.
    (Fault::DelegatedUnasked, ":UNEXPECTED_EXTENSION:"),
    (Fault::DelegatedSchemeNotOffered, ":WRONG_SIGNATURE_TYPE:"),
    (Fault::DelegatedExpired, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::DelegatedTooLong, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::DelegatedSchemeChanged, ":WRONG_SIGNATURE_TYPE:"),
    (Fault::DelegationNotAllowed, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::DelegatedKeyUnfit, ":BAD_SIGNATURE:"),
    (Fault::DelegatedSignatureWrong, ":BAD_SIGNATURE:"),
    (
        Fault::CertificateMissing,
        ":PEER_DID_NOT_RETURN_A_CERTIFICATE:",
    ),
    (
        Fault::CertificateRequired,
        ":PEER_DID_NOT_RETURN_A_CERTIFICATE:",
    ),
    (Fault::CertificateUnreadable, ":CANNOT_PARSE_LEAF_CERT:"),
    (
        Fault::CertificateKeyUnsupported,
        ":UNSUPPORTED_CERTIFICATE:",
    ),
    (Fault::CertificateKeyWeak, ":UNSUPPORTED_CERTIFICATE:"),
    (Fault::CertificateKeyUsage, ":KEY_USAGE_BIT_INCORRECT:"),
    (Fault::CertificateBad, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::CertificateKindRefused, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::CertificateRevoked, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::CertificateExpired, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::CertificateRefused, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::CertificateNameWrong, ":CERTIFICATE_VERIFY_FAILED:"),
    (
        Fault::CertificateAuthorityUnknown,
        ":CERTIFICATE_VERIFY_FAILED:",
    ),
    (
        Fault::CertificateAccessDenied,
        ":CERTIFICATE_VERIFY_FAILED:",
    ),
    (Fault::CertificateStatusBad, ":OCSP_CB_ERROR:"),
    (Fault::ClientRefused, ":CONNECTION_REJECTED:"),
    (Fault::PeerRefused, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::SchemeNotOffered, ":WRONG_SIGNATURE_TYPE:"),
    (Fault::SchemeWrongForKey, ":WRONG_SIGNATURE_TYPE:"),
    (Fault::SignatureWrong, ":BAD_SIGNATURE:"),
    (Fault::FinishedWrong, ":DIGEST_CHECK_FAILED:"),
    (
        Fault::ExtendedMasterSecretAbsent,
        ":UNSUPPORTED_EXTENDED_MASTER_SECRET:",
    ),
    (
        Fault::ExtendedMasterSecretDropped,
        ":RESUMED_EMS_SESSION_WITHOUT_EMS_EXTENSION:",
    ),
    (
        Fault::ExtendedMasterSecretAdded,
        ":RESUMED_NON_EMS_SESSION_WITH_EMS_EXTENSION:",
    ),
    (
        Fault::VersionChangedInSession,
        ":OLD_SESSION_VERSION_NOT_RETURNED:",
    ),
    (
        Fault::SuiteChangedInSession,
        ":OLD_SESSION_CIPHER_NOT_RETURNED:",
    ),
    (Fault::CertificatesTooMany, ":CERTIFICATE_VERIFY_FAILED:"),
    (Fault::BinderWrong, ":DIGEST_CHECK_FAILED:"),
    (Fault::PskIndexWrong, ":PSK_IDENTITY_NOT_FOUND:"),
    (Fault::KeyUpdateUnknown, ":DECODE_ERROR:"),
    (Fault::TooManyKeyUpdates, ":TOO_MANY_KEY_UPDATES:"),
    (Fault::TooManyRequests, ":TOO_MANY_REQUESTS:"),
    (Fault::TooManyTickets, ":TOO_MANY_TICKETS:"),
    // Below TLS 1.3.
    (Fault::FallbackInappropriate, ":INAPPROPRIATE_FALLBACK:"),
    (
        Fault::SessionIdInvented,
        ":SERVER_ECHOED_INVALID_SESSION_ID:",
    ),
    (
        Fault::SrtpProfileWrong,
        ":BAD_SRTP_PROTECTION_PROFILE_LIST:",
    ),
    (
        Fault::RenegotiationInfoAbsent,
        ":UNSAFE_LEGACY_RENEGOTIATION_DISABLED:",
    ),
    (Fault::RenegotiationInfoWrong, ":RENEGOTIATION_MISMATCH:"),
    (Fault::RenegotiationInfoMissing, ":RENEGOTIATION_MISMATCH:"),
    (Fault::RenegotiationInfoForeign, ":RENEGOTIATION_MISMATCH:"),
    (Fault::RenegotiationForgotten, ":RENEGOTIATION_MISMATCH:"),
    (Fault::RenegotiationUnbound, ":RENEGOTIATION_EMS_MISMATCH:"),
    (Fault::VersionChanged, ":WRONG_SSL_VERSION:"),
    (Fault::PeerChanged, ":SERVER_CERT_CHANGED:"),
    (Fault::ServerNameChanged, ":ERROR_PARSING_EXTENSION:"),
    (Fault::HelloRequestMalformed, ":BAD_HELLO_REQUEST:"),
    (Fault::TooManyHelloRequests, ":UNEXPECTED_MESSAGE:"),
    (Fault::PointFormatsWrong, ":ERROR_PARSING_EXTENSION:"),
    (Fault::CurveTypeWrong, ":WRONG_CURVE:"),
    (Fault::RenegotiationRefused, ":NO_RENEGOTIATION:"),
    (Fault::ServerKeyExchangeMalformed, ":DECODE_ERROR:"),
    (Fault::ServerHelloDoneMalformed, ":DECODE_ERROR:"),
    (Fault::ClientKeyExchangeMalformed, ":DECODE_ERROR:"),
    (Fault::CertificateStatusMalformed, ":DECODE_ERROR:"),
    (Fault::CertificateWrongForSuite, ":WRONG_CERTIFICATE_TYPE:"),
    (Fault::CertificateCurveNotCommon, ":WRONG_CURVE:"),
    (Fault::CertificateCurveNotOffered, ":BAD_ECC_CERT:"),
    (
        Fault::ClassicCertificateRequired,
        ":PEER_DID_NOT_RETURN_A_CERTIFICATE:",
    ),
];

/// One row an alert that a peer may send.
const ALERTS: &[(AlertDescription, &str)] = &[
    (
        AlertDescription::UNEXPECTED_MESSAGE,
        ":SSLV3_ALERT_UNEXPECTED_MESSAGE:",
    ),
    (
        AlertDescription::BAD_RECORD_MAC,
        ":SSLV3_ALERT_BAD_RECORD_MAC:",
    ),
    (
        AlertDescription::RECORD_OVERFLOW,
        ":TLSV1_ALERT_RECORD_OVERFLOW:",
    ),
    (
        AlertDescription::DECOMPRESSION_FAILURE_RESERVED,
        ":SSLV3_ALERT_DECOMPRESSION_FAILURE:",
    ),
    (
        AlertDescription::HANDSHAKE_FAILURE,
        ":SSLV3_ALERT_HANDSHAKE_FAILURE:",
    ),
    (
        AlertDescription::BAD_CERTIFICATE,
        ":SSLV3_ALERT_BAD_CERTIFICATE:",
    ),
    (
        AlertDescription::UNSUPPORTED_CERTIFICATE,
        ":SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:",
    ),
    (
        AlertDescription::CERTIFICATE_REVOKED,
        ":SSLV3_ALERT_CERTIFICATE_REVOKED:",
    ),
    (
        AlertDescription::CERTIFICATE_EXPIRED,
        ":SSLV3_ALERT_CERTIFICATE_EXPIRED:",
    ),
    (
        AlertDescription::CERTIFICATE_UNKNOWN,
        ":SSLV3_ALERT_CERTIFICATE_UNKNOWN:",
    ),
    (
        AlertDescription::ILLEGAL_PARAMETER,
        ":SSLV3_ALERT_ILLEGAL_PARAMETER:",
    ),
    (AlertDescription::UNKNOWN_CA, ":TLSV1_ALERT_UNKNOWN_CA:"),
    (
        AlertDescription::ACCESS_DENIED,
        ":TLSV1_ALERT_ACCESS_DENIED:",
    ),
    (AlertDescription::DECODE_ERROR, ":TLSV1_ALERT_DECODE_ERROR:"),
    (
        AlertDescription::DECRYPT_ERROR,
        ":TLSV1_ALERT_DECRYPT_ERROR:",
    ),
    (
        AlertDescription::PROTOCOL_VERSION,
        ":TLSV1_ALERT_PROTOCOL_VERSION:",
    ),
    (
        AlertDescription::INTERNAL_ERROR,
        ":TLSV1_ALERT_INTERNAL_ERROR:",
    ),
    (
        AlertDescription::UNRECOGNIZED_NAME,
        ":TLSV1_ALERT_UNRECOGNIZED_NAME:",
    ),
    (
        AlertDescription::CERTIFICATE_REQUIRED,
        ":TLSV1_ALERT_CERTIFICATE_REQUIRED:",
    ),
    (
        AlertDescription::NO_APPLICATION_PROTOCOL,
        ":TLSV1_ALERT_NO_APPLICATION_PROTOCOL:",
    ),
];

#[cfg(test)]
mod tests {
    use super::{ALERTS, FAULTS};
    use handfast::Fault;

    #[test]
    fn every_fault_has_exactly_one_name() {
        for fault in Fault::ALL {
            let rows = FAULTS.iter().filter(|(known, _)| known == fault).count();
            assert_eq!(rows, 1, "{}", fault.name());
        }
        assert_eq!(FAULTS.len(), Fault::ALL.len());
    }

    #[test]
    fn names_stand_between_colons() {
        let names = FAULTS
            .iter()
            .map(|(_, name)| name)
            .chain(ALERTS.iter().map(|(_, name)| name));
        for name in names {
            let inner = name
                .strip_prefix(':')
                .and_then(|name| name.strip_suffix(':'));
            assert!(
                inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(':')),
                "{name}"
            );
        }
    }
}

//! Alerts as they are sent.

use handfast_wire::alert::Alert;
use handfast_wire::registry::{AlertDescription, AlertLevel, ProtocolVersion};

/// An alert in the words of a version: SSL 3.0 has but twelve (RFC 6101 section 5.4.2).
pub(super) fn spoken(description: AlertDescription, version: ProtocolVersion) -> AlertDescription {
    let known = description
        .versions()
        .is_some_and(|(since, _)| since <= version);
    if known || version > ProtocolVersion::SSL_3_0 {
        return description;
    }
    match description {
        AlertDescription::RECORD_OVERFLOW => AlertDescription::BAD_RECORD_MAC,
        AlertDescription::UNKNOWN_CA => AlertDescription::BAD_CERTIFICATE,
        AlertDescription::USER_CANCELED => AlertDescription::CLOSE_NOTIFY,
        _ => AlertDescription::HANDSHAKE_FAILURE,
    }
}

/// An alert that this side sends. All but the two that close are errors which
/// end the connection, also where other programs only warn (no_renegotiation).
pub(super) fn ending(description: AlertDescription) -> Alert {
    let level = match description {
        AlertDescription::CLOSE_NOTIFY
        | AlertDescription::USER_CANCELED
        | AlertDescription::NO_CERTIFICATE_RESERVED => AlertLevel::WARNING,
        _ => AlertLevel::FATAL,
    };
    Alert { level, description }
}

//! The alert protocol as data: every alert's number, name, level and versions
//! (RFC 8446 section 6, RFC 5246 section 7.2, RFC 6101 section 5.4).

use crate::registry::protocol_version::ProtocolVersion;

open_enum! {
    /// The level of an alert. TLS 1.3 ignores it (RFC 8446 section 6).
    pub enum AlertLevel(u8) {
        WARNING = 1, "warning";
        FATAL = 2, "fatal";
    }
}

/// One row of the table of alerts.
struct Row {
    code: u8,
    level: AlertLevel,
    since: ProtocolVersion,
    until: ProtocolVersion,
    sentence: &'static str,
}

macro_rules! alerts {
    ($($constant:ident = $code:literal, $text:literal, $level:ident, $since:ident..=$until:ident, $sentence:literal;)*) => {
        open_enum! {
            /// What an alert says.
            pub enum AlertDescription(u8) {
                $($constant = $code, $text;)*
            }
        }
        const ROWS: &[Row] = &[$(Row {
            code: $code,
            level: AlertLevel::$level,
            since: ProtocolVersion::$since,
            until: ProtocolVersion::$until,
            sentence: $sentence,
        }),*];
    };
}

alerts! {
    CLOSE_NOTIFY = 0, "close_notify", WARNING, SSL_3_0..=TLS_1_3, "the sender will send nothing more";
    UNEXPECTED_MESSAGE = 10, "unexpected_message", FATAL, SSL_3_0..=TLS_1_3, "a message came that has no place here";
    BAD_RECORD_MAC = 20, "bad_record_mac", FATAL, SSL_3_0..=TLS_1_3, "a record could not be authenticated";
    DECRYPTION_FAILED_RESERVED = 21, "decryption_failed", FATAL, TLS_1_0..=TLS_1_0, "a record could not be decrypted (never sent now: it helped attackers)";
    RECORD_OVERFLOW = 22, "record_overflow", FATAL, TLS_1_0..=TLS_1_3, "a record was longer than allowed";
    DECOMPRESSION_FAILURE_RESERVED = 30, "decompression_failure", FATAL, SSL_3_0..=TLS_1_2, "a record could not be decompressed";
    HANDSHAKE_FAILURE = 40, "handshake_failure", FATAL, SSL_3_0..=TLS_1_3, "no acceptable set of parameters could be agreed on";
    NO_CERTIFICATE_RESERVED = 41, "no_certificate", WARNING, SSL_3_0..=SSL_3_0, "the client has no certificate to show";
    BAD_CERTIFICATE = 42, "bad_certificate", FATAL, SSL_3_0..=TLS_1_3, "a certificate was corrupt or its signature wrong";
    UNSUPPORTED_CERTIFICATE = 43, "unsupported_certificate", FATAL, SSL_3_0..=TLS_1_3, "a certificate was of a kind that is not supported";
    CERTIFICATE_REVOKED = 44, "certificate_revoked", FATAL, SSL_3_0..=TLS_1_3, "a certificate was revoked by its signer";
    CERTIFICATE_EXPIRED = 45, "certificate_expired", FATAL, SSL_3_0..=TLS_1_3, "a certificate has expired or is not valid now";
    CERTIFICATE_UNKNOWN = 46, "certificate_unknown", FATAL, SSL_3_0..=TLS_1_3, "a certificate was not acceptable for another reason";
    ILLEGAL_PARAMETER = 47, "illegal_parameter", FATAL, SSL_3_0..=TLS_1_3, "a field was wrong or did not fit the others";
    UNKNOWN_CA = 48, "unknown_ca", FATAL, TLS_1_0..=TLS_1_3, "the chain does not end at a trusted authority";
    ACCESS_DENIED = 49, "access_denied", FATAL, TLS_1_0..=TLS_1_3, "the certificate is valid, but access control refused it";
    DECODE_ERROR = 50, "decode_error", FATAL, TLS_1_0..=TLS_1_3, "a message could not be decoded";
    DECRYPT_ERROR = 51, "decrypt_error", FATAL, TLS_1_0..=TLS_1_3, "a signature, Finished or binder was wrong";
    TOO_MANY_CIDS_REQUESTED = 52, "too_many_cids_requested", FATAL, DTLS_1_3..=DTLS_1_3, "the peer asked for more connection ids than allowed";
    EXPORT_RESTRICTION_RESERVED = 60, "export_restriction", FATAL, TLS_1_0..=TLS_1_0, "a parameter broke export rules";
    PROTOCOL_VERSION = 70, "protocol_version", FATAL, TLS_1_0..=TLS_1_3, "the peer's protocol version is not supported";
    INSUFFICIENT_SECURITY = 71, "insufficient_security", FATAL, TLS_1_0..=TLS_1_3, "the server asks for stronger parameters than the client offers";
    INTERNAL_ERROR = 80, "internal_error", FATAL, TLS_1_0..=TLS_1_3, "the sender failed for a reason of its own";
    INAPPROPRIATE_FALLBACK = 86, "inappropriate_fallback", FATAL, TLS_1_0..=TLS_1_3, "the client fell back although both ends know a newer version";
    USER_CANCELED = 90, "user_canceled", WARNING, TLS_1_0..=TLS_1_3, "the user cancelled the handshake";
    NO_RENEGOTIATION_RESERVED = 100, "no_renegotiation", WARNING, TLS_1_0..=TLS_1_2, "the sender does not renegotiate";
    MISSING_EXTENSION = 109, "missing_extension", FATAL, TLS_1_3..=TLS_1_3, "an extension that must be there was not";
    UNSUPPORTED_EXTENSION = 110, "unsupported_extension", FATAL, TLS_1_2..=TLS_1_3, "an extension came that was not offered";
    CERTIFICATE_UNOBTAINABLE_RESERVED = 111, "certificate_unobtainable", FATAL, TLS_1_0..=TLS_1_2, "a certificate could not be fetched from its URL";
    UNRECOGNIZED_NAME = 112, "unrecognized_name", FATAL, TLS_1_0..=TLS_1_3, "the server has no host of that name";
    BAD_CERTIFICATE_STATUS_RESPONSE = 113, "bad_certificate_status_response", FATAL, TLS_1_0..=TLS_1_3, "the stapled OCSP response was not acceptable";
    BAD_CERTIFICATE_HASH_VALUE_RESERVED = 114, "bad_certificate_hash_value", FATAL, TLS_1_0..=TLS_1_2, "a certificate did not match its hash";
    UNKNOWN_PSK_IDENTITY = 115, "unknown_psk_identity", FATAL, TLS_1_0..=TLS_1_3, "the server does not know that pre-shared key";
    CERTIFICATE_REQUIRED = 116, "certificate_required", FATAL, TLS_1_3..=TLS_1_3, "the server wanted a client certificate and got none";
    GENERAL_ERROR = 117, "general_error", FATAL, TLS_1_3..=TLS_1_3, "the sender failed for a reason that no other alert names";
    NO_APPLICATION_PROTOCOL = 120, "no_application_protocol", FATAL, TLS_1_0..=TLS_1_3, "no application protocol in common";
    ECH_REQUIRED = 121, "ech_required", FATAL, TLS_1_3..=TLS_1_3, "the client wanted encrypted ClientHello and did not get it";
}

impl AlertDescription {
    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.code == self.0)
    }

    /// The level it is sent with. Alerts without a row are fatal.
    #[must_use]
    pub fn level(self) -> AlertLevel {
        self.row().map_or(AlertLevel::FATAL, |row| row.level)
    }

    /// The first and the last version that has this alert.
    #[must_use]
    pub fn versions(self) -> Option<(ProtocolVersion, ProtocolVersion)> {
        self.row().map(|row| (row.since, row.until))
    }

    /// What it means, in one sentence without a full stop.
    #[must_use]
    pub fn sentence(self) -> Option<&'static str> {
        self.row().map(|row| row.sentence)
    }
}

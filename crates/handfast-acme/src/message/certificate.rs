//! Certificates: made, revoked, renewed (RFC 8555 sections 7.4 and 7.6, RFC 9773).

use crate::message::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Finalizes an order (RFC 8555 section 7.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finalize {
    /// The certificate signing request in DER, in base64url.
    pub csr: String,
}

/// Revokes a certificate (section 7.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoke {
    /// The certificate in DER, in base64url.
    pub certificate: String,
    /// The reason's code (RFC 5280 section 5.3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<u8>,
}

/// When a certificate had best be renewed (RFC 9773 section 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RenewalInfo {
    /// Between when and when.
    pub suggested_window: Window,
    /// Where to read why.
    #[serde(
        default,
        rename = "explanationURL",
        skip_serializing_if = "Option::is_none"
    )]
    pub explanation_url: Option<String>,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its first moment.
    pub start: Timestamp,
    /// Its last.
    pub end: Timestamp,
}

//! Orders (RFC 8555 sections 7.1.3 and 7.4).

use crate::message::identifier::Identifier;
use crate::message::problem::Problem;
use crate::message::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Asks for a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewOrder {
    /// The names that it is to vouch for.
    pub identifiers: Vec<Identifier>,
    /// From when on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// The certificate that it takes the place of (RFC 9773 section 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

impl NewOrder {
    /// An order for these names, valid as long as the authority thinks fit.
    #[must_use]
    pub const fn of(identifiers: Vec<Identifier>) -> Self {
        Self {
            identifiers,
            not_before: None,
            not_after: None,
            replaces: None,
        }
    }
}

/// An order, as the server tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// How far it is.
    pub status: OrderStatus,
    /// Until when it stands as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// The names.
    pub identifiers: Vec<Identifier>,
    /// From when on the certificate is to be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// Where its authorizations are.
    pub authorizations: Vec<String>,
    /// Where the request goes once it is ready.
    pub finalize: String,
    /// Where the certificate is once it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The certificate that it takes the place of (RFC 9773 section 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// How far an order is (section 7.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OrderStatus {
    /// Names are still to be proven.
    Pending,
    /// All names are proven: it waits to be finalized.
    Ready,
    /// The certificate is being made.
    Processing,
    /// The certificate is there.
    Valid,
    /// It has failed, or its time is over.
    Invalid,
}

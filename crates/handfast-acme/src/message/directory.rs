//! Where everything is (RFC 8555 section 7.1.1).

use serde::{Deserialize, Serialize};

/// The one document that a client is given the URL of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    /// Where nonces come from.
    pub new_nonce: String,
    /// Where accounts are made and found.
    pub new_account: String,
    /// Where certificates are ordered.
    pub new_order: String,
    /// Where names are proven before an order (RFC 8555 section 7.4.1), if the server does that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_authz: Option<String>,
    /// Where certificates are revoked.
    pub revoke_cert: String,
    /// Where an account gets another key.
    pub key_change: String,
    /// Below which a certificate's time of renewal is told (RFC 9773 section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal_info: Option<String>,
    /// About the authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// About the authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// Where its terms of service are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_of_service: Option<String>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// The names by which it knows itself in CAA records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caa_identities: Vec<String>,
    /// Whether an account must be bound to an external one.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub external_account_required: bool,
}

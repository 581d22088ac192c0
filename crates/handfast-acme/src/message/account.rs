//! Accounts (RFC 8555 sections 7.1.2 and 7.3).

use crate::jws::{Jwk, Jws};
use serde::{Deserialize, Serialize};

/// An account, as the server tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Whether it may still do anything.
    pub status: AccountStatus,
    /// Whom to write to: URLs, mostly `mailto:`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contact: Vec<String>,
    /// Whether its holder has agreed to the terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_of_service_agreed: Option<bool>,
    /// What bound it to an external account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_account_binding: Option<Jws>,
    /// Where its orders are listed. RFC 8555 wants it; not every server has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<String>,
}

/// Whether an account may still do anything (section 7.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AccountStatus {
    /// It may.
    Valid,
    /// Its holder has ended it.
    Deactivated,
    /// The authority has ended it.
    Revoked,
}

/// Asks for an account, or for the one that the key has (section 7.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewAccount {
    /// Whom to write to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contact: Vec<String>,
    /// Whether its holder agrees to the terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_of_service_agreed: Option<bool>,
    /// Whether none shall be made where there is none.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub only_return_existing: bool,
    /// Binds it to an external account: see [`bind`](crate::jws::bind).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_account_binding: Option<Jws>,
}

/// Changes an account (sections 7.3.2 and 7.3.6); an empty one changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountUpdate {
    /// Whom to write to from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Vec<String>>,
    /// `deactivated`, to end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccountStatus>,
    /// Whether its holder agrees to the terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_of_service_agreed: Option<bool>,
}

/// What the new key signs to take over an account (section 7.3.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyChange {
    /// The account's URL.
    pub account: String,
    /// The key that it has now.
    pub old_key: Jwk,
}

/// An account's orders (section 7.1.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderList {
    /// Their URLs.
    pub orders: Vec<String>,
}

//! Authorizations and their challenges (RFC 8555 sections 7.1.4, 7.5 and 8).

use crate::message::identifier::Identifier;
use crate::message::problem::Problem;
use crate::message::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// An account's right to certificates for a name, and how it may be proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// The name, without `*.`.
    pub identifier: Identifier,
    /// How far it is.
    pub status: AuthorizationStatus,
    /// Until when it stands as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Any one of these proves it.
    pub challenges: Vec<Challenge>,
    /// Whether it is for all names one label below.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub wildcard: bool,
}

/// How far an authorization is (section 7.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AuthorizationStatus {
    /// A challenge is to be answered.
    Pending,
    /// The name is proven.
    Valid,
    /// A challenge was answered wrongly.
    Invalid,
    /// Its holder has ended it.
    Deactivated,
    /// Its time is over.
    Expired,
    /// The authority has ended it.
    Revoked,
}

/// Changes an authorization (section 7.5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationUpdate {
    /// `deactivated`, to end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AuthorizationStatus>,
}

/// One way to prove a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// What is to be done.
    #[serde(rename = "type")]
    pub kind: ChallengeKind,
    /// Where to say that it is done.
    pub url: String,
    /// How far it is.
    pub status: ChallengeStatus,
    /// When it was found done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated: Option<Timestamp>,
    /// Why it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// What the answer holds; some kinds that are not known here have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
}

/// A way to prove a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ChallengeKind {
    /// A file on the name's web server (RFC 8555 section 8.3).
    #[serde(rename = "http-01")]
    Http01,
    /// A TXT record (RFC 8555 section 8.4).
    #[serde(rename = "dns-01")]
    Dns01,
    /// A certificate of the name's TLS server (RFC 8737).
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn01,
    /// One that is not known here.
    #[serde(untagged)]
    Other(String),
}

impl ChallengeKind {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Http01 => "http-01",
            Self::Dns01 => "dns-01",
            Self::TlsAlpn01 => "tls-alpn-01",
            Self::Other(name) => name,
        }
    }
}

/// How far a challenge is (section 7.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChallengeStatus {
    /// Nobody has said yet that it is done.
    Pending,
    /// It is being looked at.
    Processing,
    /// It was found done.
    Valid,
    /// It was not.
    Invalid,
}

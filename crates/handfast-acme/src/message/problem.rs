//! Problem documents (RFC 7807, RFC 8555 section 6.7).

use crate::message::identifier::Identifier;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its kind.
    #[serde(rename = "type", default)]
    pub kind: ErrorKind,
    /// What, where, and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The response's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Where to go, with `userActionRequired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Box<str>>,
    /// The algorithms that are taken, with `badSignatureAlgorithm`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<String>,
    /// What is wrong name by name (section 6.7.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subproblems: Vec<Subproblem>,
}

/// What is wrong with one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subproblem {
    /// Its kind.
    #[serde(rename = "type", default)]
    pub kind: ErrorKind,
    /// What, and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
}

impl Problem {
    /// A problem of that kind, with the status that goes with it.
    #[must_use]
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self {
            status: Some(kind.status()),
            kind,
            detail: detail.into(),
            instance: None,
            algorithms: Vec::new(),
            subproblems: Vec::new(),
        }
    }
}

impl core::fmt::Display for Problem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.detail.as_str() {
            "" => f.write_str(self.kind.name())?,
            detail => write!(f, "{}: {detail}", self.kind.name())?,
        }
        for part in &self.subproblems {
            match &part.identifier {
                Some(name) => write!(f, "; {name}: {}", part.detail)?,
                None => write!(f, "; {}", part.detail)?,
            }
        }
        Ok(())
    }
}

impl core::error::Error for Problem {}

/// Declares the kinds of error: one row each.
macro_rules! error_kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $status:literal;)*) => {
        /// The kinds of error (RFC 8555 section 6.7, RFC 9773 section 7.4).
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
            /// Another, by its URI.
            Other(String),
            /// None is named: the status says all there is (RFC 7807 section 4.2).
            #[default]
            Blank,
        }

        impl ErrorKind {
            /// All that have a name here.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The last part of its URI; the whole of it for others.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$kind => $name,)*
                    Self::Other(uri) => uri,
                    Self::Blank => "about:blank",
                }
            }

            /// The HTTP status that goes with it where nothing says another.
            #[must_use]
            pub const fn status(&self) -> u16 {
                match self {
                    $(Self::$kind => $status,)*
                    Self::Other(_) | Self::Blank => 400,
                }
            }
        }
    };
}

error_kinds! {
    /// The request names an account that is not there.
    AccountDoesNotExist = "accountDoesNotExist", 400;
    /// The certificate is revoked already.
    AlreadyRevoked = "alreadyRevoked", 400;
    /// The certificate was replaced already (RFC 9773).
    AlreadyReplaced = "alreadyReplaced", 409;
    /// The certificate signing request will not do.
    BadCsr = "badCSR", 400;
    /// The nonce will not do: try again with the one of this response.
    BadNonce = "badNonce", 400;
    /// The key will not do.
    BadPublicKey = "badPublicKey", 400;
    /// The reason of a revocation is not allowed.
    BadRevocationReason = "badRevocationReason", 400;
    /// The JWS was signed by an algorithm that is not taken.
    BadSignatureAlgorithm = "badSignatureAlgorithm", 400;
    /// CAA records forbid it.
    Caa = "caa", 403;
    /// The subproblems say what.
    Compound = "compound", 400;
    /// The server could not connect to where the challenge is answered.
    Connection = "connection", 400;
    /// A question to the DNS failed.
    Dns = "dns", 400;
    /// The request must bind the account to an external one.
    ExternalAccountRequired = "externalAccountRequired", 403;
    /// What was found is not the answer to the challenge.
    IncorrectResponse = "incorrectResponse", 403;
    /// A contact's URL is invalid.
    InvalidContact = "invalidContact", 400;
    /// The request is malformed.
    Malformed = "malformed", 400;
    /// The order is not ready to be finalized.
    OrderNotReady = "orderNotReady", 403;
    /// Too many requests: the response says when to come again.
    RateLimited = "rateLimited", 429;
    /// The authority gives no certificates for the name.
    RejectedIdentifier = "rejectedIdentifier", 400;
    /// The server failed.
    ServerInternal = "serverInternal", 500;
    /// TLS failed where the challenge is answered.
    Tls = "tls", 400;
    /// The client may not do that.
    Unauthorized = "unauthorized", 403;
    /// A contact's URL is of a kind that is not taken.
    UnsupportedContact = "unsupportedContact", 400;
    /// A kind of identifier that is not taken.
    UnsupportedIdentifier = "unsupportedIdentifier", 400;
    /// Somebody must go to the URL `instance`.
    UserActionRequired = "userActionRequired", 403;
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Other(uri) => serializer.serialize_str(uri),
            Self::Blank => serializer.serialize_str(self.name()),
            known => serializer.collect_str(&format_args!("{PREFIX}{}", known.name())),
        }
    }
}

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let uri = String::deserialize(deserializer)?;
        if uri == Self::Blank.name() {
            return Ok(Self::Blank);
        }
        let known = uri
            .strip_prefix(PREFIX)
            .and_then(|name| Self::ALL.iter().find(|kind| kind.name() == name));
        Ok(known.cloned().unwrap_or(Self::Other(uri)))
    }
}

const PREFIX: &str = "urn:ietf:params:acme:error:";

//! What a certificate is asked for: names and addresses.

use core::net::IpAddr;
use serde::{Deserialize, Serialize};

/// A name of a host (RFC 8555 section 9.7.7) or an address (RFC 8738).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Identifier {
    /// A host's name; in an order its first label may be `*`.
    Dns(String),
    /// An address in text.
    Ip(IpAddr),
    /// A kind that is not known here, whatever its value.
    #[serde(untagged)]
    Other {
        /// Its kind.
        #[serde(rename = "type")]
        kind: String,
        /// Its value.
        value: String,
    },
}

impl Identifier {
    /// Reads an address or else a host's name, which is not checked.
    #[must_use]
    pub fn read(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Dns(text.to_owned()), Self::Ip)
    }
}

impl core::fmt::Display for Identifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
            Self::Other { kind, value } => write!(f, "{kind}:{value}"),
        }
    }
}

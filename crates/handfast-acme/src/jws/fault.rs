//! What is wrong with a signed request.

use crate::jws::algorithm::JwsAlgorithm;

/// What is wrong with a JWS or a JWK.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwsFault {
    /// Not the JSON that it should be.
    Json {
        /// Which part.
        what: &'static str,
        /// What the reader of JSON says, with line and column.
        error: String,
    },
    /// Not base64url without padding.
    Base64 {
        /// Which part.
        what: &'static str,
    },
    /// The header wants extensions to be understood.
    Critical,
    /// The header names an algorithm that is not the key's, or none that is known.
    Algorithm {
        /// The algorithm named.
        named: String,
        /// The one that belongs to the key, where a key could be read.
        wanted: Option<JwsAlgorithm>,
    },
    /// A key that cannot be used: of a kind that ACME does not know, too short, malformed.
    Key,
    /// The signature is not the key's.
    Signature,
    /// A part of an external account binding that is not as it should be.
    Binding {
        /// What is wrong.
        what: &'static str,
    },
    /// A failure of our own.
    Own,
}

impl core::fmt::Display for JwsFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Json { what, error } => write!(f, "{what} is not as RFC 8555 section 6.2 says: {error}"),
            Self::Base64 { what } => write!(f, "{what} is not base64url without padding"),
            Self::Critical => f.write_str("the header names critical extensions, and none are known"),
            Self::Algorithm { named, wanted } => {
                let known = JwsAlgorithm::ALL.map(JwsAlgorithm::name).join(", ");
                let wanted = wanted.map_or(known, |wanted| wanted.name().to_owned());
                write!(f, "the header names the algorithm {named:?}: sign with {wanted}")
            }
            Self::Key => f.write_str("not a key that can be used here: P-256, P-384, P-521, Ed25519, or RSA of 2048 to 8192 bits"),
            Self::Signature => f.write_str("the signature is not this key's"),
            Self::Binding { what } => write!(f, "the external account binding: {what}"),
            Self::Own => f.write_str("the crypto library failed"),
        }
    }
}

impl core::error::Error for JwsFault {}

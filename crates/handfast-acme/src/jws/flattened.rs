//! The flattened JSON serialization (RFC 7515 section 7.2.2), read and verified.

use crate::jws::algorithm::JwsAlgorithm;
use crate::jws::base64url::{decode, encode};
use crate::jws::ecdsa;
use crate::jws::fault::JwsFault;
use crate::jws::jwk::Jwk;
use handfast_crypto::signature::PublicKey;
use serde::{Deserialize, Serialize};

/// A signature with what it covers, in the flattened JSON serialization (RFC 7515 section 7.2.2):
/// three strings of base64url. A member besides these is refused (RFC 8555 section 6.2: no
/// unprotected header, no list of signatures).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jws {
    /// The protected header.
    pub protected: String,
    /// What is said; empty for POST-as-GET (RFC 8555 section 6.3).
    pub payload: String,
    /// The signature over both.
    pub signature: String,
}

/// The protected header (RFC 8555 section 6.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Header {
    /// The algorithm, as it was named: it may be one that nobody takes.
    pub alg: String,
    /// The key itself, where the server does not know it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwk: Option<Jwk>,
    /// The account's URL, or for an external account its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// What makes the request one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The URL that the request is for.
    pub url: String,
}

/// The same as received: the key is looked at once the rest is known to be sound.
#[derive(Deserialize)]
struct Received {
    alg: String,
    jwk: Option<serde_json::Value>,
    kid: Option<String>,
    nonce: Option<String>,
    url: String,
    /// Extensions that must be understood (RFC 7515 section 4.1.11). None are: whatever stands
    /// here, the request is refused.
    crit: Option<serde::de::IgnoredAny>,
}

impl Received {
    fn check(self) -> Result<Header, JwsFault> {
        if self.crit.is_some() {
            return Err(JwsFault::Critical);
        }
        let jwk = match self.jwk.map(serde_json::from_value) {
            None => None,
            Some(Ok(key)) => Some(key),
            // A key for an algorithm that nobody takes need not be one that can be read.
            Some(Err(_)) if JwsAlgorithm::named(&self.alg).is_none() => {
                return Err(JwsFault::Algorithm {
                    named: self.alg,
                    wanted: None,
                });
            }
            Some(Err(_)) => return Err(JwsFault::Key),
        };
        Ok(Header {
            alg: self.alg,
            jwk,
            kid: self.kid,
            nonce: self.nonce,
            url: self.url,
        })
    }
}

impl Jws {
    /// Reads the JSON of a request's body. Whoever calls bounds its length; how deep it may nest
    /// is bounded here.
    ///
    /// # Errors
    /// [`JwsFault::Json`] says where.
    pub fn read(json: &[u8]) -> Result<Self, JwsFault> {
        serde_json::from_slice(json).map_err(|error| JwsFault::Json {
            what: "the body",
            error: error.to_string(),
        })
    }

    /// The JSON of a request's body.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Three strings: nothing in it can fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Decodes all parts and reads the header.
    ///
    /// # Errors
    /// [`JwsFault`] says which part is not base64url, or what is wrong with the header.
    pub fn open(&self) -> Result<Unverified, JwsFault> {
        let protected = decode(&self.protected, "protected")?;
        let header: Received =
            serde_json::from_slice(&protected).map_err(|error| JwsFault::Json {
                what: "the protected header",
                error: error.to_string(),
            })?;
        let header = header.check()?;
        Ok(Unverified {
            header,
            payload: decode(&self.payload, "payload")?,
            signature: decode(&self.signature, "signature")?,
            covered: self.covered(),
        })
    }

    pub(crate) fn unsigned(header: &Header, payload: &[u8]) -> Result<Self, JwsFault> {
        let header = serde_json::to_vec(header).map_err(|_| JwsFault::Own)?;
        Ok(Self {
            protected: encode(&header),
            payload: encode(payload),
            signature: String::new(),
        })
    }

    /// RFC 7515 section 5.1: what is signed.
    pub(crate) fn covered(&self) -> Vec<u8> {
        format!("{}.{}", self.protected, self.payload).into_bytes()
    }
}

/// A JWS that was read, by whomever it is.
#[derive(Clone, Debug)]
pub struct Unverified {
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
    covered: Vec<u8>,
}

/// What a verified JWS says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its header.
    pub header: Header,
    /// Its payload.
    pub payload: Vec<u8>,
}

impl Unverified {
    /// The header, which nobody vouches for yet: good for finding the key.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Checks the signature by `key`.
    ///
    /// # Errors
    /// [`JwsFault::Algorithm`] if the header names another algorithm than the key's, or one that is
    /// not known (`none` and HMAC among them); [`JwsFault::Key`] for an RSA key that is too short
    /// or too long; [`JwsFault::Signature`] if it is not the key's.
    pub fn verify(self, key: &Jwk) -> Result<Verified, JwsFault> {
        let algorithm = key.algorithm();
        if JwsAlgorithm::named(&self.header.alg) != Some(algorithm) {
            return Err(JwsFault::Algorithm {
                named: self.header.alg,
                wanted: Some(algorithm),
            });
        }
        let signature = match algorithm.coordinate_bytes() {
            Some(bytes) => ecdsa::from_jose(&self.signature, bytes).ok_or(JwsFault::Signature)?,
            None => self.signature,
        };
        let public = PublicKey::from_spki(key.spki()).map_err(|_| JwsFault::Key)?;
        public
            .verify(algorithm.signature(), &self.covered, &signature)
            .map_err(|_| JwsFault::Signature)?;
        Ok(Verified {
            header: self.header,
            payload: self.payload,
        })
    }
}

//! What is wrong with a request.

use core::fmt;

use handfast_pki::fault::CertificateFault;
use handfast_pki::load::fault::LoadFault;

use crate::profile::KeyKind;
use crate::request::left_out::LeftOut;

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFault {
    /// It is not as RFC 2986 lays it out: which field, which byte, and how.
    Malformed(CertificateFault),
    /// The file it should be in cannot be read.
    File(LoadFault),
    /// The file holds other things, but no request.
    NoRequest,
    /// The file holds several requests.
    SeveralRequests,
    /// The key is of a kind that is not supported, or malformed.
    UnsupportedKey,
    /// It is signed with an algorithm that is not known.
    UnknownAlgorithm {
        /// Which, by name or number.
        algorithm: String,
    },
    /// It is signed with SHA-1, which others can forge.
    WeakSignature,
    /// The key is too weak, or absurdly large, or of a kind that the policy does not accept.
    WeakKey {
        /// Its kind.
        key: KeyKind,
    },
    /// The key did not make the signature: the request was changed, or its maker does not hold
    /// the key.
    BadSignature {
        /// The byte at which the signature begins.
        byte: usize,
    },
    /// It asks for more than the rules allow.
    Refused(Vec<LeftOut>),
    /// Of what it asks for nothing is left that names anyone.
    Nameless(Vec<LeftOut>),
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(fault) => fault.fmt(f),
            Self::File(fault) => fault.fmt(f),
            Self::NoRequest => f.write_str("there is no request in it"),
            Self::SeveralRequests => {
                f.write_str("there are several requests in it: give them one by one")
            }
            Self::UnsupportedKey => {
                f.write_str("the request's key is of a kind that is not supported, or malformed")
            }
            Self::UnknownAlgorithm { algorithm } => {
                write!(
                    f,
                    "the request is signed with {algorithm}, which is not known here"
                )
            }
            Self::WeakSignature => f.write_str(
                "the request is signed with SHA-1: make it again, with SHA-256 or better",
            ),
            Self::WeakKey { key } => write!(
                f,
                "the request's key ({}) is not accepted: make another",
                key_text(*key)
            ),
            Self::BadSignature { byte } => write!(
                f,
                "the request's signature is wrong (it begins at byte {byte}): the request was \
                 changed after it was signed, or signed with another key; make it again"
            ),
            Self::Refused(all) => {
                write!(f, "the request asks for what is not allowed: {}", list(all))
            }
            Self::Nameless(all) if all.is_empty() => {
                f.write_str("the request names nobody: no subject and no alternative name")
            }
            Self::Nameless(all) => write!(
                f,
                "nothing of the request is left that names anyone, without {}",
                list(all)
            ),
        }
    }
}

impl core::error::Error for RequestFault {}

fn list(all: &[LeftOut]) -> String {
    let shown: Vec<_> = all.iter().map(ToString::to_string).collect();
    shown.join("; ")
}

fn key_text(key: KeyKind) -> String {
    match key {
        KeyKind::Rsa { bits } => format!("RSA of {bits} bits"),
        KeyKind::RsaPss { bits } => format!("RSA-PSS of {bits} bits"),
        other => format!("{other:?}"),
    }
}

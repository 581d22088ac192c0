//! Signing a request.

use crate::jws::algorithm::JwsAlgorithm;
use crate::jws::base64url::encode;
use crate::jws::ecdsa;
use crate::jws::fault::JwsFault;
use crate::jws::flattened::{Header, Jws};
use crate::jws::jwk::Jwk;
use handfast_crypto::signature::PrivateKey;

/// By what the server is to know the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    /// The public key itself stands in the header.
    Key,
    /// The account's URL stands in the header.
    Account(&'a str),
}

/// Signs `payload` for `url`. A POST-as-GET has an empty payload.
///
/// # Errors
/// [`JwsFault::Key`] for a key of a kind that ACME does not use, [`JwsFault::Own`] if the library
/// fails.
pub fn sign(
    key: &PrivateKey,
    identity: Identity<'_>,
    nonce: Option<&str>,
    url: &str,
    payload: &[u8],
) -> Result<Jws, JwsFault> {
    let algorithm = JwsAlgorithm::of(key.kind()).ok_or(JwsFault::Key)?;
    let header = Header {
        alg: algorithm.name().to_owned(),
        jwk: match identity {
            Identity::Key => Some(Jwk::of(key)?),
            Identity::Account(_) => None,
        },
        kid: match identity {
            Identity::Key => None,
            Identity::Account(url) => Some(url.to_owned()),
        },
        nonce: nonce.map(str::to_owned),
        url: url.to_owned(),
    };
    let unsigned = Jws::unsigned(&header, payload)?;
    let signature = key
        .sign(algorithm.signature(), &unsigned.covered())
        .map_err(|_| JwsFault::Own)?;
    let signature = match algorithm.coordinate_bytes() {
        Some(bytes) => ecdsa::to_jose(&signature, bytes).ok_or(JwsFault::Own)?,
        None => signature,
    };
    Ok(Jws {
        signature: encode(&signature),
        ..unsigned
    })
}

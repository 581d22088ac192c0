//! External account binding (RFC 8555 section 7.3.4): an account's key, vouched for by a secret
//! that the authority has given to somebody whom it knows.

use crate::jws::base64url::{decode, encode};
use crate::jws::fault::JwsFault;
use crate::jws::flattened::{Header, Jws};
use crate::jws::jwk::Jwk;
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;

/// The algorithm of a binding's MAC.
pub const BINDING_ALGORITHM: &str = "HS256";

/// Binds an account's key to the name `kid` by the secret that belongs to it. `url` is that of
/// newAccount.
///
/// # Errors
/// [`JwsFault::Own`], which does not happen.
pub fn bind(account: &Jwk, kid: &str, secret: &[u8], url: &str) -> Result<Jws, JwsFault> {
    let header = Header {
        alg: BINDING_ALGORITHM.to_owned(),
        jwk: None,
        kid: Some(kid.to_owned()),
        nonce: None,
        url: url.to_owned(),
    };
    let payload = serde_json::to_vec(account).map_err(|_| JwsFault::Own)?;
    let unsigned = Jws::unsigned(&header, &payload)?;
    let mac = HmacKey::new(HashAlgorithm::Sha256, secret).sign(&[&unsigned.covered()]);
    Ok(Jws {
        signature: encode(mac.as_bytes()),
        ..unsigned
    })
}

/// Checks a binding and gives the name that the account is bound to. `secret_of` gives the secret
/// of a name.
///
/// # Errors
/// [`JwsFault::Binding`] says what is wrong; an unknown name and a wrong MAC look the same.
pub fn verify_binding(
    binding: &Jws,
    account: &Jwk,
    url: &str,
    secret_of: impl FnOnce(&str) -> Option<Vec<u8>>,
) -> Result<String, JwsFault> {
    let wrong = |what| JwsFault::Binding { what };
    let opened = binding.open()?;
    let header = opened.header();
    if header.alg != BINDING_ALGORITHM {
        return Err(wrong("its algorithm must be HS256"));
    }
    if header.nonce.is_some() || header.jwk.is_some() {
        return Err(wrong("its header must hold neither nonce nor jwk"));
    }
    if header.url != url {
        return Err(wrong("its url must be the one of the request"));
    }
    let kid = header.kid.clone().ok_or(wrong("its header holds no kid"))?;
    let named: Jwk = serde_json::from_slice(&decode(&binding.payload, "payload")?)
        .map_err(|_| wrong("its payload must be the account's key"))?;
    if named != *account {
        return Err(wrong("its payload is another key than the account's"));
    }
    let unknown = wrong("the kid is not known, or the MAC is not by its secret");
    let secret = zeroize::Zeroizing::new(secret_of(&kid).ok_or(unknown.clone())?);
    let key = HmacKey::new(HashAlgorithm::Sha256, &secret);
    let mac = decode(&binding.signature, "signature")?;
    if key.verify(&[&binding.covered()], &mac) {
        Ok(kid)
    } else {
        Err(unknown)
    }
}

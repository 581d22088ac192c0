//! The certificate signing request of an order (RFC 8555 section 7.4).

use crate::jws::{Jwk, decode, encode};
use crate::message::{ErrorKind, Finalize, Identifier};
use crate::server::exchange::Refusal;
use crate::server::signed::{Signed, refused};
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::general_name::GeneralName;
use handfast_pki::subject_key::{KeyDetails, SubjectKey};
use serde_json::json;
use std::collections::BTreeSet;

/// A request that was checked: the key is that of whoever made it, and good for certificates.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The SubjectPublicKeyInfo in DER.
    pub(crate) spki: Vec<u8>,
}

/// Reads and checks the request. Of its contents only the key is used: the names are the order's,
/// and must be the very same.
pub(crate) fn check(signed: &Signed, ordered: &[Identifier]) -> Result<Checked, Refusal> {
    let finalize: Finalize = signed.read()?;
    let der = decode(&finalize.csr, "csr").map_err(refused)?;
    let request = CertificationRequest::parse(&der)
        .map_err(|fault| bad(format!("the request cannot be read: {fault}")))?;
    let key = request.public_key();
    let key = key.map_err(|_| bad("the request's key is of a kind that is not known here"))?;
    if !key.has_strength() {
        return Err(bad("the request's RSA key has not 2048 to 8192 bits"));
    }
    if !request.is_signed_by_its_key() {
        return Err(bad(
            "the request is not signed by its own key, or by an algorithm that is not known here",
        ));
    }
    check_names(&request, ordered)?;
    Ok(Checked {
        spki: request.spki().to_vec(),
    })
}

/// The key as an account would have it; nothing for a kind that no account may have. RFC 8555
/// section 11.1: an account's key shall not be a certificate's, whatever padding it is meant for.
pub(crate) fn account_key(spki: &[u8]) -> Option<Jwk> {
    match SubjectKey::parse(spki).ok()?.details {
        KeyDetails::Rsa { modulus, exponent } => {
            let members = json!({"kty": "RSA", "n": encode(modulus), "e": encode(exponent)});
            serde_json::from_value(members).ok()
        }
        _ => Jwk::from_spki(spki).ok(),
    }
}

fn check_names(request: &CertificationRequest<'_>, ordered: &[Identifier]) -> Result<(), Refusal> {
    let mut asked = BTreeSet::new();
    for name in request.subject_alt_names() {
        let name = match name {
            GeneralName::Dns(name) => Identifier::Dns(name.to_ascii_lowercase()),
            GeneralName::Ip(_) => match name.ip() {
                Some(address) => Identifier::Ip(address),
                None => return Err(bad("an address of the request is none")),
            },
            other => {
                let kind = other.kind();
                return Err(bad(format!(
                    "the request asks for a name of kind {kind}: leave it out"
                )));
            }
        };
        asked.insert(name);
    }
    // A common name is a name, too, where it is not there for people to read.
    if let Some(name) = request.subject().common_name() {
        asked.insert(Identifier::read(&name.to_ascii_lowercase()));
    }
    let ordered: BTreeSet<Identifier> = ordered.iter().cloned().collect();
    let list = |names: Vec<&Identifier>| {
        let names: Vec<String> = names.into_iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    let more: Vec<&Identifier> = asked.difference(&ordered).collect();
    if !more.is_empty() {
        return Err(bad(format!(
            "the request asks for names that were not ordered: {}",
            list(more)
        )));
    }
    let missing: Vec<&Identifier> = ordered.difference(&asked).collect();
    if !missing.is_empty() {
        return Err(bad(format!(
            "the request leaves out names that were ordered: {}",
            list(missing)
        )));
    }
    Ok(())
}

pub(crate) fn bad(detail: impl Into<String>) -> Refusal {
    Refusal::new(ErrorKind::BadCsr, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_crypto::signature::{KeyKind, PrivateKey};

    #[test]
    fn an_rsa_key_is_the_same_key_though_it_is_for_pss_alone() {
        let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
        let own = Jwk::of(&key).unwrap();
        // RFC 4055 section 1.2: another algorithm, and no NULL behind it.
        let usual = [
            0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0,
        ];
        let pss = [0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 10];
        let rest = own.spki()[4..].strip_prefix(&usual).unwrap();
        let contents = [&pss[..], rest].concat();
        let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
        let spki = [&[0x30, 0x82], &length[..], &contents].concat();
        assert_eq!(account_key(&spki), Some(own.clone()));
        assert_eq!(account_key(own.spki()), Some(own.clone()));
        let other = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
        assert_ne!(account_key(other.public_spki()), Some(own), "the control");
    }
}

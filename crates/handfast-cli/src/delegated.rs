//! Delegated credentials (RFC 9345): which are taken, how one is read from a file, how one that a peer
//! showed is told.

use crate::ca::span::{DAY_S, words};
use crate::cert::moment::stamp;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use handfast::config::{Common, Delegate, MOST_DELEGATED_S, Signer};
use handfast::stream::now;
use handfast::{Credential, Negotiated, ProtocolVersion, SignatureScheme};
use handfast_pki::load::{labelled, private_key};
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::path::Path;
use zeroize::Zeroizing;

/// What stands in the PEM block. RFC 9345 names none.
pub(crate) const LABEL: &str = "DELEGATED CREDENTIAL";

/// Takes such of peers, as Firefox does, by the kinds of keys that it does and whatever else this side takes
/// of signatures; they are of TLS 1.3.
pub(crate) fn take(common: &mut Common) {
    if !common.versions.contains(&ProtocolVersion::TLS_1_3) {
        return;
    }
    let schemes = common.schemes.iter().copied();
    common.delegated_schemes = schemes.filter(|one| DELEGABLE.contains(one)).collect();
}

/// The key in a file, with what a certificate has signed for it. `chain` is the certificate's.
pub(crate) fn credential(
    path: &Path,
    chain: Vec<CertificateDer<'static>>,
    to: Delegate,
) -> Result<Credential, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        let message = format!("--delegated {}: {why}", path.display());
        Failure::new(Exit::OwnCredential, "own_credential", "start", message).hint(HOW)
    };
    let bytes = Zeroizing::new(load::read(Exit::OwnCredential, path)?);
    let found = labelled(&bytes, LABEL).map_err(|fault| wrong(&fault))?;
    let [delegated] = found.as_slice() else {
        return Err(wrong(&format!(
            "it has {} blocks {LABEL}, and one is needed",
            found.len()
        )));
    };
    let key = private_key(&bytes, None).map_err(|fault| wrong(&fault))?;
    let credential = Credential::with_delegated(chain, delegated, Signer::Key(key));
    let credential = credential.map_err(|fault| wrong(&fault))?;
    match (credential.delegated_to(), to) {
        (Some(Delegate::Client), Delegate::Server) => {
            Err(wrong(&"it is for a client: servers show others"))
        }
        (Some(Delegate::Server), Delegate::Client) => {
            Err(wrong(&"it is for a server: clients show others"))
        }
        _ => Ok(credential),
    }
}

/// What is wrong with one of these, or soon will be.
pub(crate) fn doubt(credential: &Credential) -> Option<String> {
    let until = until(credential)?;
    let now = now().unix_s();
    let day = stamp(i64::try_from(until).unwrap_or(i64::MAX));
    let left = until.saturating_sub(now);
    if until < now {
        return Some(format!(
            "it has ended on {day} and is shown to nobody: make another with handfast cert delegate"
        ));
    }
    if left > u64::from(MOST_DELEGATED_S) {
        return Some(format!(
            "it ends on {day}, and no client takes what is good for more than seven days from now"
        ));
    }
    (left < SOON_S).then(|| {
        format!(
            "it ends in {}, on {day}: make another with handfast cert delegate",
            words(left)
        )
    })
}

/// Its last second.
pub(crate) fn until(credential: &Credential) -> Option<u64> {
    credential
        .delegated_until_unix()
        .map(|until| u64::try_from(until).unwrap_or_default())
}

/// That the peer signed with another key than its certificate's, for a person.
pub(crate) fn line(negotiated: &Negotiated) -> Option<String> {
    let shown = negotiated.peer_delegated.as_ref()?;
    let until = stamp(shown.until_unix());
    Some(format!(
        "by a key of its own, for which the certificate vouches until {until}"
    ))
}

/// The same for a program: until when.
pub(crate) fn json(negotiated: &Negotiated) -> Value {
    match &negotiated.peer_delegated {
        Some(shown) => json!({ "until": stamp(shown.until_unix()) }),
        None => Value::Null,
    }
}

const HOW: &str = "handfast cert delegate makes one, with its key in the same file";

/// Those of RFC 9345 section 4 that are offered unasked, where this side takes them.
const DELEGABLE: [SignatureScheme; 7] = [
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::MLDSA44,
    SignatureScheme::MLDSA65,
    SignatureScheme::MLDSA87,
];

/// From then on its end is near.
pub(crate) const SOON_S: u64 = DAY_S;

//! Trust on first use: a peer that no authority vouches for is known again by its key.
//!
//! ```text
//! known by this name, another key ----------------------------> refused: KeyChanged
//! an authority vouches ---------------------------------------> Vouched, or Known
//! refused for its issuer alone, and good in all else: its key -> Known, or New
//! ```
//! Nothing is kept here: the caller says which keys a name was seen with, and keeps a new one.

use crate::certificate::Certificate;
use crate::roots::Roots;
use crate::verify::known_key::{KeyDigest, KnownKey};
use crate::verify::reason::Reason;
use crate::verify::rejection::Rejection;
use crate::verify::{Request, Verdict, refusal, verify};
use rustls_pki_types::CertificateDer;

/// How a peer that is believed stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FirstUse {
    /// Nothing is known by this name, and an authority vouches for the peer.
    Vouched(Verdict),
    /// The key is one that the name was seen with.
    Known(KeyDigest),
    /// Nothing is known by this name, and nobody vouches for the peer. **It may be anyone**: who
    /// accepts it keeps the key, and finds out the next time whether it is still the same.
    New(KeyDigest),
}

/// Judges a peer by its authorities and by the keys that its name was `known` with.
///
/// Where keys are known, the peer must show one of them, whatever authorities say. Beside that,
/// only an issuer that is not trusted is forgiven ([`Reason::UnknownIssuer`],
/// [`Reason::SelfSigned`]): names, dates, purpose and the strength of the key are judged as ever.
///
/// ```
/// # use handfast_pki::{name::ServerName, roots::Roots};
/// # use handfast_pki::verify::{Purpose, Request, policy::Policy, revocation::Revocation};
/// use handfast_pki::time::UnixTime;
/// use handfast_pki::verify::first_use::{FirstUse, verify_first_use};
/// use handfast_pki::verify::known_key::KnownKey;
/// # let leaf = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der"))?;
/// # let (roots, name) = (Roots::new(), ServerName::parse("example.test")?);
/// # let request = Request {
/// #     chain: &[&leaf], roots: &roots, purpose: Purpose::ServerAuth, key_usage: None,
/// #     name: Some(&name), at_unix_s: 1_893_456_000, policy: &Policy::MODERN, leaf_key: None,
/// #     facts: None, revocation: Revocation::default(),
/// # };
///
/// let FirstUse::New(key) = verify_first_use(&request, &[])? else { unreachable!() };
/// let now = UnixTime(request.at_unix_s);
/// let known = [KnownKey { key, first_seen: now, last_seen: now }];
/// assert!(matches!(verify_first_use(&request, &known)?, FirstUse::Known(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A [`Rejection`]: of [`Reason::KeyChanged`] where other keys are known, else what is wrong with
/// the peer's certificate beside its issuer.
pub fn verify_first_use(
    request: &Request<'_>,
    known: &[KnownKey],
) -> Result<FirstUse, Box<Rejection>> {
    let judged = verify(request);
    let Some(leaf) = request
        .chain
        .first()
        .and_then(|der| Certificate::parse(der).ok())
    else {
        // Refused for it.
        return judged.map(FirstUse::Vouched);
    };
    let key = KeyDigest::of_key(leaf.spki());
    let is_known = known.iter().any(|one| one.key == key);
    if !known.is_empty() && !is_known {
        return Err(changed(request, &leaf, key, known));
    }
    match judged {
        Ok(_) if is_known => Ok(FirstUse::Known(key)),
        Ok(verdict) => Ok(FirstUse::Vouched(verdict)),
        Err(rejection) if is_about_trust(rejection.reason()) => {
            verify_alone(request, &leaf)?;
            Ok(match is_known {
                true => FirstUse::Known(key),
                false => FirstUse::New(key),
            })
        }
        Err(rejection) => Err(rejection),
    }
}

/// Whether a refusal says nothing but that the issuer is not trusted.
fn is_about_trust(reason: &Reason) -> bool {
    matches!(reason, Reason::UnknownIssuer { .. } | Reason::SelfSigned)
}

/// Judges the peer's certificate as if it were trusted itself, so that all other rules are asked.
fn verify_alone(request: &Request<'_>, leaf: &Certificate<'_>) -> Result<(), Box<Rejection>> {
    let mut own = Roots::new();
    // It was parsed before, so it can be added.
    own.add_readable([CertificateDer::from(leaf.der().to_vec())]);
    verify(&Request {
        roots: &own,
        ..*request
    })
    .map(|_| ())
}

fn changed(
    request: &Request<'_>,
    leaf: &Certificate<'_>,
    found: KeyDigest,
    known: &[KnownKey],
) -> Box<Rejection> {
    let known = known.to_vec();
    let mut rejection = refusal(request, Reason::KeyChanged { found, known });
    rejection.subject = leaf.subject().to_string();
    rejection
}

//! The certificate that came: is it the one that was asked for?
//!
//! Whether clients will believe it is theirs to say: the authority's root is not known here.

use crate::client::fault::{ClientFault, FaultKind};
use crate::client::problem::shown;
use crate::client::wanted::{Wanted, name_of};
use handfast_pki::certificate::Certificate;
use handfast_pki::load::certificates;
use handfast_pki::time::UnixTime;
use rustls_pki_types::CertificateDer;

/// Reads a chain in PEM (RFC 8555 section 9.1) and holds it to what was asked for.
pub(crate) fn check(
    pem: &[u8],
    wanted: &Wanted,
    now_unix_ms: u64,
) -> Result<Vec<CertificateDer<'static>>, ClientFault> {
    let chain = certificates(pem).map_err(|fault| wrong(format!("cannot be read: {fault}")))?;
    if chain.len() > MOST_CERTIFICATES {
        return Err(wrong(format!(
            "has more than {MOST_CERTIFICATES} certificates"
        )));
    }
    let parsed: Vec<_> = chain
        .iter()
        .map(|der| Certificate::parse(der))
        .collect::<Result<_, _>>()
        .map_err(|fault| wrong(format!("cannot be read: {fault}")))?;
    let leaf = parsed.first().ok_or_else(|| wrong("is empty"))?;
    if leaf.spki() != wanted.spki {
        return Err(wrong("is for another key than ours"));
    }
    names(leaf, wanted)?;
    times(leaf, now_unix_ms)?;
    // RFC 8555 section 9.1: each certifies the one before it.
    for (below, above) in parsed.iter().zip(parsed.iter().skip(1)) {
        if below.issuer().der() != above.subject().der() || !is_signed_by(below, above) {
            return Err(wrong(format!(
                "is not in order: \"{}\" did not issue \"{}\"",
                shown(&above.subject().to_string()),
                shown(&below.subject().to_string())
            )));
        }
    }
    Ok(chain)
}

fn names(leaf: &Certificate<'_>, wanted: &Wanted) -> Result<(), ClientFault> {
    let mut has = Vec::new();
    for name in leaf.subject_alt_names() {
        // What is no host and no address was not asked for: a mail address, say.
        has.push(name_of(&name).ok_or_else(|| more(&name))?);
    }
    if let Some(missing) = wanted.names.iter().find(|name| !has.contains(name)) {
        return Err(wrong(format!("is not for {}", shown(&missing.to_string()))));
    }
    match has.iter().find(|name| !wanted.names.contains(name)) {
        Some(name) => Err(more(name)),
        None => Ok(()),
    }
}

fn more(name: &dyn core::fmt::Display) -> ClientFault {
    wrong(format!(
        "is for {} too, which nobody asked for",
        shown(&name.to_string())
    ))
}

fn times(leaf: &Certificate<'_>, now_unix_ms: u64) -> Result<(), ClientFault> {
    let now = i64::try_from(now_unix_ms / 1000).unwrap_or(i64::MAX);
    let validity = leaf.validity();
    let clock =
        "look at this machine's clock first: if it is right, tell whoever runs the authority";
    if now.saturating_add(LEAST_LEFT_S) > validity.not_after.0 {
        let end = validity.not_after;
        let message = if now > end.0 {
            format!(
                "has expired already, at {end}; here it is {}",
                UnixTime(now)
            )
        } else {
            format!(
                "is over within {LEAST_LEFT_S} seconds, at {end}; here it is {}",
                UnixTime(now)
            )
        };
        return Err(wrong(message).hint(clock));
    }
    if now.saturating_add(SKEW_S) < validity.not_before.0 {
        let begin = validity.not_before;
        return Err(wrong(format!(
            "is not valid before {begin}; here it is {}",
            UnixTime(now)
        ))
        .hint(clock));
    }
    Ok(())
}

fn is_signed_by(below: &Certificate<'_>, above: &Certificate<'_>) -> bool {
    match (below.known_signature_algorithm(), above.public_key()) {
        (Some(algorithm), Ok(key)) => key
            .verify(algorithm, below.tbs(), below.signature())
            .is_ok(),
        _ => false,
    }
}

fn wrong(what: impl core::fmt::Display) -> ClientFault {
    ClientFault::new(
        FaultKind::Certificate,
        format!("the certificate that the authority gave {what}: it is not taken"),
    )
    .hint("tell whoever runs the authority; what is served now goes on")
}

/// Chains are short; more signatures are not checked.
const MOST_CERTIFICATES: usize = 10;
/// A certificate that is over sooner could not be renewed in time.
const LEAST_LEFT_S: i64 = 5;
/// A certificate may begin so much later than our clock says.
const SKEW_S: i64 = 60;

//! What is asked of the peer's own certificate, and of every certificate alike.

use crate::certificate::Certificate;
use crate::extension::KeyUsage;
use crate::general_name::GeneralName;
use crate::name::srv_name;
use crate::time::UnixTime;
use crate::verify::exceptions::Exceptions;
use crate::verify::policy::Policy;
use crate::verify::purpose;
use crate::verify::reason::{Reason, extension_text};
use crate::verify::request::Request;
use handfast_crypto::signature::{KeyKind, PublicKey};

/// Names beyond this many are counted, not listed.
const LISTED_NAMES: usize = 5;

/// Judges the leaf by itself, before any path is built.
pub(crate) fn check(request: &Request<'_>, leaf: &Certificate<'_>) -> Result<(), Reason> {
    check_dates(leaf, request)?;
    check_critical(leaf)?;
    check_key_usage(leaf, request.key_usage)?;
    purpose::check_leaf(leaf, request.purpose)?;
    match request.leaf_key {
        Some(kind) => check_kind(kind, request.policy)?,
        None => check_key(leaf, request.policy).map(drop)?,
    }
    check_name(request, leaf)
}

/// RFC 5280 s6.1.3 (a)(2), unless an exception lets it pass.
pub(crate) fn check_dates(
    certificate: &Certificate<'_>,
    request: &Request<'_>,
) -> Result<(), Reason> {
    let refused = check_validity(certificate, request.now());
    let exception = match refused {
        Err(Reason::Expired { .. }) => Exceptions::EXPIRED,
        Err(Reason::NotYetValid { .. }) => Exceptions::NOT_YET_VALID,
        other => return other,
    };
    if request.policy.exceptions.contains(exception) {
        return Ok(());
    }
    refused
}

/// RFC 5280 s6.1.3 (a)(2); both ends count as inside.
pub(crate) fn check_validity(certificate: &Certificate<'_>, now: UnixTime) -> Result<(), Reason> {
    let validity = certificate.validity();
    if now < validity.not_before {
        let not_before = validity.not_before;
        return Err(Reason::NotYetValid { not_before, now });
    }
    if now > validity.not_after {
        let not_after = validity.not_after;
        return Err(Reason::Expired { not_after, now });
    }
    Ok(())
}

/// RFC 5280 s4.2: a critical extension is understood, or the certificate refused.
pub(crate) fn check_critical(certificate: &Certificate<'_>) -> Result<(), Reason> {
    match certificate.extensions.unknown_critical {
        Some(oid) => Err(Reason::UnknownCriticalExtension {
            extension: extension_text(oid),
        }),
        None => Ok(()),
    }
}

/// RFC 5280 s4.2.1.3: without the extension every usage is allowed.
fn check_key_usage(leaf: &Certificate<'_>, wanted: Option<KeyUsage>) -> Result<(), Reason> {
    match (leaf.key_usage(), wanted) {
        (Some(usage), Some(wanted)) if !usage.allows(wanted) => Err(Reason::KeyUsage {
            wanted: wanted.name(),
        }),
        _ => Ok(()),
    }
}

/// The key is of a known kind and of an accepted size.
pub(crate) fn check_key(
    certificate: &Certificate<'_>,
    policy: &Policy,
) -> Result<PublicKey, Reason> {
    // The size first: a key of absurd size is refused before anything is calculated with it.
    let kind = certificate.key_kind().map_err(|_| Reason::UnsupportedKey)?;
    check_kind(kind, policy)?;
    certificate.public_key().map_err(|_| Reason::UnsupportedKey)
}

/// The key is of an accepted size.
pub(crate) fn check_kind(kind: KeyKind, policy: &Policy) -> Result<(), Reason> {
    if policy.accepts_key(&kind) {
        Ok(())
    } else {
        Err(Reason::WeakKey {
            key: key_text(&kind),
        })
    }
}

fn key_text(kind: &KeyKind) -> String {
    match kind {
        KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } => format!("RSA of {bits} bits"),
        other => format!("{other:?}"),
    }
}

/// The common name of a certificate that names no server otherwise (RFC 9525 s2 does away with it).
pub(crate) fn server_common_name(leaf: &Certificate<'_>) -> Option<String> {
    // RFC 6125 s6.4.4: a DNS-ID, SRV-ID or URI-ID outweighs it, and so does an address.
    let server = |name: GeneralName<'_>| match name {
        GeneralName::Dns(_) | GeneralName::Ip(_) | GeneralName::Uri(_) => true,
        other => srv_name(&other).is_some(),
    };
    let named = leaf.subject_alt_names().any(server);
    leaf.subject().common_name().filter(|_| !named)
}

/// RFC 9525 s6.
fn check_name(request: &Request<'_>, leaf: &Certificate<'_>) -> Result<(), Reason> {
    let Some(wanted) = request.name else {
        return Ok(());
    };
    let mut names = leaf.subject_alt_names();
    if names.any(|name| wanted.is_proved_by(&name)) {
        return Ok(());
    }
    if request.policy.exceptions.contains(Exceptions::COMMON_NAME)
        && server_common_name(leaf)
            .is_some_and(|name| wanted.is_proved_by(&GeneralName::Dns(&name)))
    {
        return Ok(());
    }
    let servers = leaf
        .subject_alt_names()
        .filter(|name| wanted.is_kind_of(name));
    Err(Reason::NameMismatch {
        wanted: wanted.to_string(),
        found: servers
            .clone()
            .take(LISTED_NAMES)
            .map(|name| name.to_string())
            .collect(),
        count: servers.count(),
    })
}

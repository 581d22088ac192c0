//! A scoped exception as the last of the remedies: for the one peer, where a rule can be relaxed for it
//! alone (`config::exception`).

use crate::connection::RefusalDetail;
use crate::fault::Fault;
use crate::report::facts::Facts;
use crate::report::offer::Offer;
use crate::report::remedy::{Change, Remedy};
use handfast_pki::verify::reason::Reason;
use handfast_wire::registry::ProtocolVersion;

/// The exceptions that would let this server through, all of them together; nothing where a rule
/// can be relaxed for everybody alone, or not at all.
pub(crate) fn exception(
    fault: Fault,
    detail: &RefusalDetail,
    facts: &Facts,
    peer: Option<&Offer>,
) -> Option<Remedy> {
    if !facts.is_client {
        return None;
    }
    let rules = match detail {
        RefusalDetail::Certificate(rejection) => vec![of_chain(rejection.reason())?],
        _ => of_choice(fault, peer?)?,
    };
    let changes = rules.into_iter().map(Change::Exception);
    Some(Remedy::settings(changes.collect()))
}

/// What a server has chosen, and was not offered.
fn of_choice(fault: Fault, peer: &Offer) -> Option<Vec<String>> {
    let first = |list: &Option<Vec<_>>| list.as_ref()?.first().copied();
    let version = first(&peer.versions)?;
    let suite = peer.suites.as_ref()?.first()?;
    let is_old = version < ProtocolVersion::TLS_1_2;
    // SSL 3.0 is no exception but a laboratory's.
    if !peer.is_choice || version < ProtocolVersion::TLS_1_0 {
        return None;
    }
    let suite_takes = crate::report::nearest::suite_takes(*suite)?;
    match fault {
        // An older version takes a suite that belongs to it.
        Fault::VersionNotOffered | Fault::VersionNotCommon if is_old && !suite_takes.named => {
            Some(vec![format!("version {version}"), format!("suite {suite}")])
        }
        Fault::SuiteNotOffered if !suite_takes.named => Some(vec![format!("suite {suite}")]),
        _ => None,
    }
}

/// The rule about certificates by which they were refused.
fn of_chain(reason: &Reason) -> Option<String> {
    let rule = match reason {
        Reason::Expired { .. } => "expired",
        Reason::NotYetValid { .. } => "not-yet-valid",
        Reason::WeakSignature { algorithm } if is_sha1(algorithm) => "sha1-certificate",
        Reason::NameMismatch { found, .. } => return other_name(found),
        Reason::RevocationUnknown { .. } | Reason::StapleMissing { .. } => "revocation-unknown",
        _ => return None,
    };
    Some(rule.to_owned())
}

fn is_sha1(algorithm: &str) -> bool {
    algorithm.to_lowercase().replace('-', "").contains("sha1")
}

/// A name that the certificate has, where it is that of one host.
fn other_name(found: &[String]) -> Option<String> {
    let is_host = |name: &&String| handfast_pki::name::ServerName::parse(name).is_ok();
    let name = found.iter().find(is_host)?;
    Some(format!("other-name {name}"))
}

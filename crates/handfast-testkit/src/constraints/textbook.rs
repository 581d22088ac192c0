//! RFC 5280 s4.2.1.10 by labels, with the mistakes that verifiers have made as switches.

use crate::constraints::{Case, Name};

/// A mistake of somebody's verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// None.
    None,
    /// Excluded subtrees are not looked at.
    ExcludedIgnored,
    /// Names are compared with case (GO-2026-4866).
    Case,
    /// A wildcard is compared as if `*` were a label (GO-2025-4175).
    WildcardLiteral,
    /// A wildcard is inside of what is permitted if anything that it stands for is
    /// (RUSTSEC-2026-0099).
    WildcardSome,
    /// URIs are not constrained (RUSTSEC-2026-0098).
    UriIgnored,
    /// Of constraints on mailboxes with one local part, the last counts (GO-2026-4599).
    LastMailbox,
    /// A base of mail holds the hosts below it (CVE-2026-78664).
    MailBelow,
    /// A base is the end of a name, wherever it begins.
    AnyEnd,
}

/// Whether the leaf of a case may bear its names.
#[must_use]
pub fn allowed(case: &Case, mistake: Mistake) -> bool {
    case.names.iter().all(|name| {
        if mistake == Mistake::UriIgnored && matches!(name, Name::Uri(_)) {
            return true;
        }
        let excluded = case.excluded.iter().enumerate().any(|(at, base)| {
            counts(&case.excluded, at, mistake) && inside(name, base, true, mistake) == Some(true)
        });
        let kin: Vec<_> = case
            .permitted
            .iter()
            .enumerate()
            .filter(|(at, _)| counts(&case.permitted, *at, mistake))
            .filter_map(|(_, base)| inside(name, base, false, mistake))
            .collect();
        let permitted = kin.is_empty() || kin.contains(&true);
        (!excluded || mistake == Mistake::ExcludedIgnored) && permitted
    })
}

/// Whether a base is looked at.
fn counts(bases: &[Name], at: usize, mistake: Mistake) -> bool {
    let local = |base: &Name| match base {
        Name::Mail(text) => text.split_once('@').map(|(local, _)| local.to_owned()),
        _ => None,
    };
    let own = bases.get(at).and_then(local);
    let mut later = bases.iter().skip(at + 1);
    mistake != Mistake::LastMailbox || own.is_none() || !later.any(|base| local(base) == own)
}

/// `None`: the base is of another kind.
fn inside(name: &Name, base: &Name, excluded: bool, mistake: Mistake) -> Option<bool> {
    Some(match (name, base) {
        (Name::Dns(name), Name::Dns(base)) => dns(name, base, excluded, mistake),
        (Name::Mail(name), Name::Mail(base)) => mailbox(name, base, mistake).unwrap_or(excluded),
        (Name::Uri(name), Name::Uri(base)) => {
            uri_host(name).map_or(excluded, |host| host_or_below(&host, base, mistake))
        }
        (Name::Ip(address), Name::Ip(base)) => {
            let (net, mask) = base.split_at(base.len() / 2);
            let masked = |own: &[u8]| -> Vec<u8> {
                own.iter().zip(mask).map(|(one, mask)| one & mask).collect()
            };
            address.len() == net.len() && masked(address) == masked(net)
        }
        (Name::Directory(name), Name::Directory(base)) => {
            let same = |(one, other): (&String, &String)| one.eq_ignore_ascii_case(other);
            name.len() >= base.len() && name.iter().zip(base).all(same)
        }
        _ => return None,
    })
}

fn dns(name: &str, base: &str, excluded: bool, mistake: Mistake) -> bool {
    let Some(parent) = name.strip_prefix("*.") else {
        return labels(name).is_some_and(|own| below(&own, base, mistake)) || {
            labels(name).is_none() && excluded
        };
    };
    if mistake == Mistake::WildcardLiteral {
        return below(&name.split('.').collect::<Vec<_>>(), base, mistake);
    }
    // What the star may stand for: anything, and the one label that the base may begin with.
    let first = base.trim_start_matches('.').split('.').next();
    let stands = |label: &str| {
        let whole = format!("{label}.{parent}");
        below(&whole.split('.').collect::<Vec<_>>(), base, mistake)
    };
    let (any, one) = (stands("any-label"), first.is_some_and(stands));
    if excluded || mistake == Mistake::WildcardSome {
        any || one
    } else {
        any
    }
}

/// The labels of a host; `None` if it is none.
fn labels(host: &str) -> Option<Vec<&str>> {
    let labels: Vec<_> = host.split('.').collect();
    labels.iter().all(|one| !one.is_empty()).then_some(labels)
}

/// The base itself or below it; after a dot, below it alone.
fn below(own: &[&str], base: &str, mistake: Mistake) -> bool {
    if base.is_empty() {
        return true;
    }
    if mistake == Mistake::AnyEnd {
        return own.join(".").to_lowercase().ends_with(&base.to_lowercase());
    }
    let (strictly, base) = match base.strip_prefix('.') {
        Some(rest) => (true, rest),
        None => (false, base),
    };
    let base: Vec<_> = base.split('.').collect();
    let Some(more) = own.len().checked_sub(base.len()) else {
        return false;
    };
    let same = |(one, other): (&&str, &&str)| match mistake {
        Mistake::Case => one == other,
        _ => one.eq_ignore_ascii_case(other),
    };
    own.iter().skip(more).zip(&base).all(same) && !(strictly && more == 0)
}

/// For mail and URIs: the host alone, or after a dot what is below it.
fn host_or_below(host: &str, base: &str, mistake: Mistake) -> bool {
    let own: Vec<_> = host.split('.').collect();
    let wider = base.starts_with('.') || base.is_empty() || mistake == Mistake::MailBelow;
    below(&own, base, mistake) && (wider || own.len() == base.split('.').count())
}

fn mailbox(name: &str, base: &str, mistake: Mistake) -> Option<bool> {
    let (local, host) = name.split_once('@')?;
    labels(host)?;
    if local.is_empty() || host.contains('@') {
        return None;
    }
    Some(match base.split_once('@') {
        Some((base_local, base_host)) => {
            local == base_local && host.eq_ignore_ascii_case(base_host)
        }
        None => host_or_below(host, base, mistake),
    })
}

fn uri_host(uri: &str) -> Option<String> {
    let rest = uri.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    if host.starts_with('[') {
        return None;
    }
    let host = host.split(':').next()?;
    let last = host.rsplit('.').next()?;
    let address = last.bytes().all(|byte| byte.is_ascii_digit());
    (labels(host).is_some() && !address).then(|| host.to_owned())
}

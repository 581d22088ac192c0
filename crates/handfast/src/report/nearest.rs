//! The smallest change of settings by which two sides would have met, where it is known what the peer
//! offers.

use crate::config::Common;
use crate::report::offer::Offer;
use crate::report::remedy::{Change, PolicyName};
use crate::suite::{find_group, find_suite, is_classic_group};
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion};

/// What would have to change here so that there is a version, a suite and a group in common: without
/// another policy than the config's if that will do, else by the mildest. Nothing where there is no way,
/// or all is there.
pub(crate) fn nearest(own: &Common, peer: &Offer) -> Option<Vec<Change>> {
    let versions = peer.versions.as_deref()?;
    let mut newest_first = versions.to_vec();
    newest_first.sort_unstable_by_key(|version| core::cmp::Reverse(version.0));
    let allowed = PolicyName::allowed(own);
    let policies = PolicyName::ALL.into_iter().map(Some);
    core::iter::once(allowed)
        .chain(policies.filter(|policy| *policy > allowed))
        .find_map(|policy| {
            let meeting = Meeting {
                own,
                peer,
                allowed,
                policy,
            };
            let by = |version: &ProtocolVersion| meeting.at(*version);
            newest_first.iter().find_map(by)
        })
        .filter(|changes| !changes.is_empty())
}

/// The policy that a version takes; nothing for those that are not spoken at all.
fn version_takes(version: ProtocolVersion) -> Option<Option<PolicyName>> {
    match version {
        ProtocolVersion::TLS_1_3 | ProtocolVersion::TLS_1_2 => Some(None),
        ProtocolVersion::TLS_1_1 | ProtocolVersion::TLS_1_0 => Some(Some(PolicyName::Obsolete)),
        ProtocolVersion::SSL_3_0 => Some(Some(PolicyName::Museum)),
        _ => None,
    }
}

/// What it takes to agree on a suite with a peer that shows a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Takes {
    pub(crate) policy: Option<PolicyName>,
    /// Under the policy it must be named, too.
    pub(crate) named: bool,
}

/// What a suite takes; nothing for those that are not spoken, or not with certificates.
pub(crate) fn suite_takes(code: CipherSuite) -> Option<Takes> {
    let current = find_suite(code).filter(|suite| !suite.is_obsolete() && !suite.shares_key());
    if current.is_some() {
        return Some(Takes {
            policy: None,
            named: false,
        });
    }
    // By name, so that builds without them know them too.
    let parts = code.parts()?;
    if !matches!(
        parts.key_exchange?,
        "RSA" | "DHE_RSA" | "ECDHE_RSA" | "ECDHE_ECDSA"
    ) {
        return None;
    }
    let (policy, named) = match parts.cipher {
        "AES_128_GCM" | "AES_256_GCM" | "CHACHA20_POLY1305" | "AES_128_CBC" | "AES_256_CBC" => {
            (PolicyName::Compatible, false)
        }
        "3DES_EDE_CBC" if parts.hash == Some("SHA") => (PolicyName::Obsolete, false),
        "RC4_128" | "NULL" => (PolicyName::Museum, true),
        _ => return None,
    };
    Some(Takes {
        policy: Some(policy),
        named,
    })
}

/// True where this version may choose the suite.
fn belongs_to(suite: CipherSuite, version: ProtocolVersion) -> bool {
    let Some(parts) = suite.parts() else {
        return false;
    };
    let is_new = parts.key_exchange.is_none();
    if version == ProtocolVersion::TLS_1_3 || is_new {
        return version == ProtocolVersion::TLS_1_3 && is_new;
    }
    let since_tls12 = matches!(parts.hash, None | Some("SHA256" | "SHA384"));
    version == ProtocolVersion::TLS_1_2 || !since_tls12
}

/// Two sides, and a policy that one of them may allow.
struct Meeting<'a> {
    own: &'a Common,
    peer: &'a Offer,
    /// The policy that the config has.
    allowed: Option<PolicyName>,
    /// That which it would have.
    policy: Option<PolicyName>,
}

impl Meeting<'_> {
    /// What has to change so that they meet at this version, under no more than the policy.
    fn at(&self, version: ProtocolVersion) -> Option<Vec<Change>> {
        let by = version_takes(version)?;
        if by > self.policy {
            return None;
        }
        let more = self.policy.filter(|_| self.policy > self.allowed);
        let mut changes: Vec<Change> = more.map(Change::Policy).into_iter().collect();
        // A policy that is added brings its versions along; one that was there has had them taken away.
        let is_spoken = self.own.versions.contains(&version) || by > self.allowed;
        if !is_spoken {
            changes.push(Change::Version(version));
        }
        let group = self.group(version);
        let suite = self.suite(version, group != Group::None)?;
        changes.extend(suite.add.map(Change::Suite));
        if let (true, Group::Add(group)) = (suite.wants_group, group) {
            changes.push(Change::Group(group));
        }
        Some(changes)
    }

    /// A suite in common, or one to add.
    fn suite(&self, version: ProtocolVersion, has_group: bool) -> Option<Chosen> {
        let Some(offered) = &self.peer.suites else {
            return Some(Chosen {
                add: None,
                wants_group: false,
            });
        };
        let wants_group = |suite: CipherSuite| {
            let parts = suite.parts();
            let exchange = parts.and_then(|parts| parts.key_exchange);
            exchange.is_none_or(|exchange| exchange.starts_with("ECDHE"))
        };
        let usable = || {
            let fits = move |suite: &CipherSuite| {
                belongs_to(*suite, version) && (has_group || !wants_group(*suite))
            };
            let offered = offered.iter().copied().filter(fits);
            offered.filter_map(|suite| Some((suite, suite_takes(suite)?)))
        };
        let is_there = |(suite, takes): &(CipherSuite, Takes)| {
            let by_policy =
                takes.policy > self.allowed && takes.policy <= self.policy && !takes.named;
            self.own.suites.contains(suite) || by_policy
        };
        if let Some((suite, _)) = usable().find(is_there) {
            return Some(Chosen {
                add: None,
                wants_group: wants_group(suite),
            });
        }
        let can_be_added = |(_, takes): &(CipherSuite, Takes)| takes.policy <= self.policy;
        let (suite, _) = usable().find(can_be_added)?;
        Some(Chosen {
            add: Some(suite),
            wants_group: wants_group(suite),
        })
    }

    fn group(&self, version: ProtocolVersion) -> Group {
        let Some(offered) = &self.peer.groups else {
            return Group::Common;
        };
        let is_new = version == ProtocolVersion::TLS_1_3;
        let fits = |group: &&NamedGroup| is_new || is_classic_group(**group);
        let mut usable = offered.iter().filter(fits);
        if usable.clone().any(|group| self.own.groups.contains(group)) {
            return Group::Common;
        }
        let known = usable.find(|group| find_group(**group).is_some());
        known.map_or(Group::None, |group| Group::Add(*group))
    }
}

/// Whether there is a group to agree on.
#[derive(Clone, Copy, PartialEq)]
enum Group {
    None,
    Common,
    Add(NamedGroup),
}

/// A suite by which both sides would go.
struct Chosen {
    add: Option<CipherSuite>,
    wants_group: bool,
}

#[cfg(test)]
#[cfg(feature = "legacy")]
mod tests {
    use super::*;
    use crate::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE, Policy};

    fn policy(name: PolicyName) -> &'static Policy {
        match name {
            PolicyName::Compatible => &COMPATIBLE,
            PolicyName::Obsolete => &OBSOLETE,
            PolicyName::Museum => &MUSEUM,
        }
    }

    /// What is told by names alone, for builds that have no other way, is what the policies say.
    #[test]
    fn every_suite_takes_the_policy_that_has_it() {
        for suite in CipherSuite::ALL {
            let name = suite.to_string();
            let told = suite_takes(*suite);
            let row = find_suite(*suite).filter(|row| !row.shares_key() && !row.is_anonymous());
            let wanted = row.map(|row| {
                let has = |name: &&PolicyName| {
                    let policy = policy(**name);
                    policy.suites().contains(suite) || policy.named_suites().contains(suite)
                };
                let by = PolicyName::ALL.iter().find(has).copied();
                Takes {
                    policy: by.filter(|_| row.is_obsolete()),
                    named: by.is_some_and(|by| !policy(by).suites().contains(suite)),
                }
            });
            assert_eq!(told, wanted, "{name}");
            for version in [
                ProtocolVersion::TLS_1_3,
                ProtocolVersion::TLS_1_2,
                ProtocolVersion::TLS_1_0,
            ] {
                if let Some(row) = row {
                    let belongs = row.belongs_to(version);
                    assert_eq!(belongs_to(*suite, version), belongs, "{name} {version}");
                }
            }
        }
        for version in ProtocolVersion::ALL {
            let has = |name: &&PolicyName| policy(**name).versions().contains(version);
            let by = PolicyName::ALL.iter().find(has).copied();
            if by.is_some() {
                assert_eq!(version_takes(*version), Some(by), "{version}");
            }
        }
    }
}

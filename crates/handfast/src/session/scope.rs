//! Where a ticket is good (`attacks.md`, A17): a digest, equal on every machine,
//! of the host and of how clients are judged. Not of our own certificate, so
//! that renewing it keeps tickets.

use crate::config::{ClientAuth, Judge, Trust, Verification};
use core::fmt;
use handfast_crypto::hash::{HashAlgorithm, HashContext};

/// The digest of one host of one config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope(pub(crate) [u8; 32]);

/// The part that is the same for every host of a config, hashed once.
#[derive(Clone)]
pub(crate) struct ScopeBase(HashContext);

impl ScopeBase {
    /// How a server judges its clients.
    pub(crate) fn of_server(client_auth: &ClientAuth) -> Self {
        let mut context = HashContext::new(HashAlgorithm::Sha256);
        let (mode, verification): (&[u8], _) = match client_auth {
            ClientAuth::None => (b"none", None),
            ClientAuth::Request(verification) => (b"request", Some(verification)),
            ClientAuth::Require(verification) => (b"require", Some(verification)),
        };
        part(&mut context, mode);
        if let Some(verification) = verification {
            add_verification(&mut context, verification);
        }
        Self(context)
    }

    /// How a client judges its server: a session made while anyone would do is
    /// worth nothing to a config that verifies.
    pub(crate) fn of_client(verification: &Verification) -> Self {
        let mut context = HashContext::new(HashAlgorithm::Sha256);
        part(&mut context, b"client");
        add_verification(&mut context, verification);
        Self(context)
    }

    /// The scope of a host: the name that the client asks for.
    pub(crate) fn of_host(&self, host: Option<&str>) -> Scope {
        let mut context = self.0.clone();
        part(&mut context, host.unwrap_or_default().as_bytes());
        let mut scope = [0; 32];
        for (to, from) in scope.iter_mut().zip(context.current().as_ref()) {
            *to = *from;
        }
        Scope(scope)
    }
}

impl fmt::Debug for ScopeBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopeBase")
    }
}

fn add_verification(context: &mut HashContext, verification: &Verification) {
    match &verification.0 {
        Judge::Ask => part(context, b"ask"),
        Judge::Nobody => part(context, b"anyone"),
        Judge::Chain { trust, policy } => {
            part(context, b"chain");
            part(context, format!("{policy:?}").as_bytes());
            match trust {
                Trust::System => part(context, b"system"),
                Trust::Roots(roots) => roots.iter().for_each(|root| part(context, root)),
            }
        }
    }
}

/// Length first, so that no two lists of parts look alike.
fn part(context: &mut HashContext, bytes: &[u8]) {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    context.update(&length.to_be_bytes());
    context.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_pki::roots::Roots;

    #[test]
    fn hosts_and_ways_to_judge_never_share_a_scope() {
        let chain = || Verification::chain(Trust::Roots(Roots::new()));
        let ways = [
            ClientAuth::None,
            ClientAuth::Request(chain()),
            ClientAuth::Require(chain()),
            ClientAuth::Require(Verification::ask()),
            ClientAuth::Require(Verification::danger_accept_anyone()),
            ClientAuth::Require(Verification::chain(Trust::System)),
        ];
        let mut seen = Vec::new();
        for way in &ways {
            for host in [None, Some("a.test"), Some("b.test")] {
                let scope = ScopeBase::of_server(way).of_host(host);
                assert!(!seen.contains(&scope), "{way:?} {host:?}");
                assert_eq!(scope, ScopeBase::of_server(way).of_host(host));
                seen.push(scope);
            }
        }
    }
}

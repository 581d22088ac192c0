//! Revocation: each row with its control, since the plain CRL and the plain response are rows too.

mod crls;
mod hostile;
mod kept;
mod lists;
mod paths;
mod responses;

use super::made::{Made, authority, dns_names, key};
use super::{NOW, verify};
use crate::roots::Roots;
use crate::verify::facts::SignatureFacts;
use crate::verify::policy::Policy;
use crate::verify::reason::{AlertHint, Reason};
use crate::verify::revocation::{Mode, Revocation, Status};
use crate::verify::{Purpose, Request};
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;

/// A leaf of serial number 1 below a root.
struct World {
    root_key: PrivateKey,
    leaf_key: PrivateKey,
    root: Vec<u8>,
    leaf: Vec<u8>,
}

impl World {
    fn new() -> Self {
        Self::with(vec![authority(None)], vec![])
    }

    /// With these extensions of the root, and these of the leaf beside its name.
    fn with(root: Vec<Vec<u8>>, leaf: Vec<Vec<u8>>) -> Self {
        let (root_key, leaf_key) = (key(), key());
        let leaf = [vec![dns_names(&["example.test"])], leaf].concat();
        Self {
            root: Made::new("root", "root", &root_key)
                .with(root)
                .signed_by(&root_key),
            leaf: Made::new("leaf", "root", &leaf_key)
                .with(leaf)
                .signed_by(&root_key),
            root_key,
            leaf_key,
        }
    }

    fn judge(&self, revocation: Revocation<'_>) -> String {
        judge(&[&self.leaf], &self.root, revocation)
    }
}

/// What became of a chain, in a word or two: the leaf's status, or the reason of a refusal.
fn judge(chain: &[&[u8]], root: &[u8], revocation: Revocation<'_>) -> String {
    judge_with(chain, root, revocation, None)
}

fn judge_with(
    chain: &[&[u8]],
    root: &[u8],
    revocation: Revocation<'_>,
    facts: Option<&SignatureFacts>,
) -> String {
    let mut roots = Roots::new();
    let root = CertificateDer::from(root.to_vec());
    roots.add(root).expect("an anchor");
    let answer = verify(&Request {
        chain,
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: None,
        at_unix_s: NOW,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts,
        revocation,
    });
    match answer {
        Ok(verdict) => {
            let Some(finding) = verdict.revocation().first() else {
                return "not asked".to_owned();
            };
            let status = match finding.status {
                Status::Good(_) => "good",
                Status::NotPublished => "not published",
                Status::Unknown => "unknown",
            };
            let dropped = finding.dropped.iter().map(|one| format!("; {}", one.doubt));
            [status.to_owned()].into_iter().chain(dropped).collect()
        }
        Err(refused) => match refused.reason() {
            Reason::Revoked { reason, .. } => {
                assert_eq!(refused.alert(), AlertHint::CertificateRevoked);
                format!("revoked: {reason}")
            }
            Reason::RevocationUnknown { dropped } => {
                let doubts: Vec<_> = dropped.iter().map(|one| one.doubt.to_string()).collect();
                format!("refused: {}", doubts.join("; "))
            }
            other => format!("refused otherwise: {other}"),
        },
    }
}

fn hard(revocation: Revocation<'_>) -> Revocation<'_> {
    let mode = Mode::HardFail;
    Revocation { mode, ..revocation }
}

fn soft(revocation: Revocation<'_>) -> Revocation<'_> {
    let mode = Mode::SoftFail;
    Revocation { mode, ..revocation }
}

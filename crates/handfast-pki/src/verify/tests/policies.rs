//! Certificate policies within the search for a path.

use super::NOW;
use super::made::{Made, authority, dns_names, element, extension, key};
use crate::roots::Roots;
use crate::verify::place::Place;
use crate::verify::policies::PolicyInputs;
use crate::verify::policies::id::PolicyId;
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;
use crate::verify::revocation::Revocation;
use crate::verify::{Purpose, Request, Verdict, verify};
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;

/// certificatePolicies with 1.2.3 alone.
const STATED: &[u8] = &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3];
/// requireExplicitPolicy 0
const DEMAND: &[u8] = &[0x30, 3, 0x80, 1, 0];

struct Keys {
    leaf: PrivateKey,
    middle: PrivateKey,
    root: PrivateKey,
}

impl Keys {
    fn leaf(&self, more: Vec<Vec<u8>>) -> Vec<u8> {
        Made::new("leaf", "middle", &self.leaf)
            .with([vec![dns_names(&["leaf"])], more].concat())
            .signed_by(&self.middle)
    }

    fn middle(&self, more: Vec<Vec<u8>>) -> Vec<u8> {
        Made::new("middle", "root", &self.middle)
            .with([vec![authority(None)], more].concat())
            .signed_by(&self.root)
    }

    fn judged(&self, chain: &[&[u8]], policies: PolicyInputs) -> Result<Verdict, (Reason, Place)> {
        let root = Made::new("root", "root", &self.root)
            .with(vec![authority(None)])
            .signed_by(&self.root);
        let mut roots = Roots::new();
        roots.add(CertificateDer::from(root)).expect("an anchor");
        let policy = Policy {
            policies,
            ..Policy::MODERN
        };
        let answer = verify(&Request {
            chain,
            roots: &roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name: None,
            at_unix_s: NOW,
            policy: &policy,
            leaf_key: None,
            facts: None,
            revocation: Revocation::default(),
        });
        answer.map_err(|refused| (refused.reason().clone(), refused.place()))
    }
}

fn keys() -> Keys {
    Keys {
        leaf: key(),
        middle: key(),
        root: key(),
    }
}

#[test]
fn a_path_without_the_policy_that_is_demanded_fails_and_the_search_goes_on() {
    let keys = keys();
    let leaf = keys.leaf(vec![]);
    let demanding = keys.middle(vec![extension(36, true, DEMAND)]);
    let plain = keys.middle(vec![]);
    let refused = keys.judged(&[&leaf, &demanding], PolicyInputs::ANY);
    assert_eq!(refused, Err((Reason::ExplicitPolicy, Place::Sent(0))));
    for chain in [[&*leaf, &demanding, &plain], [&leaf, &plain, &demanding]] {
        let verdict = keys.judged(&chain, PolicyInputs::ANY).expect("a path");
        let through = verdict.path().last().and_then(|place| chain.get(*place));
        assert_eq!(through, Some(&&*plain));
        assert!(verdict.policies().authority_constrained().is_empty());
    }
}

#[test]
fn a_verdict_tells_the_policies_that_hold() {
    let keys = keys();
    let stated = || vec![extension(32, false, STATED)];
    let (leaf, middle) = (keys.leaf(stated()), keys.middle(stated()));
    let id = |text| PolicyId::parse(text).expect("an identifier");
    let verdict = keys
        .judged(&[&leaf, &middle], PolicyInputs::ANY)
        .expect("a path");
    assert_eq!(verdict.policies().user_constrained(), [id("1.2.3")]);
    let both = PolicyInputs::require([id("1.2.3"), id("1.2.4")]);
    let verdict = keys.judged(&[&leaf, &middle], both).expect("a path");
    assert_eq!(verdict.policies().user_constrained(), [id("1.2.3")]);
    let other = PolicyInputs::require([id("1.2.4")]);
    let refused = keys.judged(&[&leaf, &middle], other);
    assert_eq!(refused, Err((Reason::ExplicitPolicy, Place::Sent(0))));
}

#[test]
fn a_malformed_policy_extension_is_refused_by_field_and_byte() {
    let keys = keys();
    let middle = keys.middle(vec![]);
    for (arc, value, field, offset) in [
        (32, &[0x30, 0][..], "certificatePolicies", 0),
        (33, &[0x30, 2, 0x30, 0], "policyMappings", 4),
        (36, &[0x30, 0], "policyConstraints", 0),
        (54, &[2, 1, 0xff], "inhibitAnyPolicy", 0),
    ] {
        let leaf = keys.leaf(vec![extension(arc, false, value)]);
        let answer = keys.judged(&[&leaf, &middle], PolicyInputs::ANY);
        let Err((Reason::Malformed(fault), Place::Sent(0))) = answer else {
            panic!("{answer:?}");
        };
        let whole = element(4, &[value]);
        let at = leaf.windows(whole.len()).position(|bytes| bytes == whole);
        let byte = at.expect("the extension") + 2 + offset;
        assert_eq!((fault.field, fault.byte), (field, byte));
    }
    let sound = keys.leaf(vec![extension(32, false, STATED)]);
    assert!(keys.judged(&[&sound, &middle], PolicyInputs::ANY).is_ok());
}

//! What a revocation does to one path, and what it does to the search.

use super::super::made::{Made, authority, dns_names, extension, key};
use super::super::{NOW, verify};
use super::lists::{List, entry, reason_code};
use crate::crl::Crl;
use crate::roots::Roots;
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;
use crate::verify::rejection::{Place, Rejection};
use crate::verify::revocation::{Mode, Revocation};
use crate::verify::tried::TriedPath;
use crate::verify::{Purpose, Request, Verdict};
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;

/// A leaf below an authority that two roots certified.
struct Crossed {
    root_key: PrivateKey,
    far_key: PrivateKey,
    middle_key: PrivateKey,
    roots: Roots,
    leaf: Vec<u8>,
    by_root: Vec<u8>,
    by_far: Vec<u8>,
}

impl Crossed {
    fn new() -> Self {
        let (root_key, far_key, middle_key, leaf_key) = (key(), key(), key(), key());
        let made = |subject, issuer, own: &PrivateKey, signer: &PrivateKey| {
            let made = Made::new(subject, issuer, own);
            made.with(vec![authority(None)]).signed_by(signer)
        };
        let mut roots = Roots::new();
        for root in [
            made("root", "root", &root_key, &root_key),
            made("far", "far", &far_key, &far_key),
        ] {
            roots.add(CertificateDer::from(root)).expect("an anchor");
        }
        let leaf = Made::new("leaf", "middle", &leaf_key).with(vec![dns_names(&["example.test"])]);
        Self {
            leaf: leaf.signed_by(&middle_key),
            by_root: made("middle", "root", &middle_key, &root_key),
            by_far: made("middle", "far", &middle_key, &far_key),
            roots,
            root_key,
            far_key,
            middle_key,
        }
    }

    fn judge(
        &self,
        chain: &[&[u8]],
        mode: Mode,
        lists: &[Vec<u8>],
    ) -> Result<Verdict, Box<Rejection>> {
        let crls: Vec<_> = lists
            .iter()
            .map(|der| Crl::parse(der).expect("a CRL"))
            .collect();
        verify(&Request {
            chain,
            roots: &self.roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name: None,
            at_unix_s: NOW,
            policy: &Policy::MODERN,
            leaf_key: None,
            facts: None,
            revocation: Revocation {
                mode,
                crls: &crls,
                ..Revocation::default()
            },
        })
    }
}

/// An issuer's CRL; every certificate made here has serial number 1.
fn list(issuer: &'static str, revoked: bool, signer: &PrivateKey) -> Vec<u8> {
    let list = List {
        issuer,
        ..List::new()
    };
    match revoked {
        true => list.and(entry(1, &[reason_code(1)])),
        false => list,
    }
    .signed_by(signer)
}

#[test]
fn past_a_revoked_intermediate_the_path_by_its_other_issuer_is_found() {
    let crossed = Crossed::new();
    let lists = [
        list("root", true, &crossed.root_key),
        list("far", false, &crossed.far_key),
        list("middle", false, &crossed.middle_key),
    ];
    let both: [&[u8]; 3] = [&crossed.leaf, &crossed.by_root, &crossed.by_far];
    let one = &both[..2];
    for mode in [Mode::SoftFail, Mode::HardFail] {
        let verdict = crossed.judge(&both, mode, &lists).expect("the other path");
        assert_eq!((verdict.path(), verdict.anchor()), (&[0, 2][..], 1));
        assert_eq!(verdict.revocation().len(), 2);
        // The control: without the other path it is refused, and that path is told.
        let refused = crossed.judge(one, mode, &lists).expect_err("revoked");
        assert!(matches!(refused.reason(), Reason::Revoked { .. }));
        assert_eq!(
            (refused.place(), refused.subject()),
            (Place::Sent(1), "CN=middle")
        );
        let [tried] = refused.tried() else {
            panic!("{refused}")
        };
        let places: Vec<_> = tried.certificates().iter().map(|one| one.place).collect();
        assert_eq!(places, [Place::Sent(0), Place::Sent(1), Place::Anchor(0)]);
    }
    let verdict = crossed.judge(one, Mode::Off, &lists).expect("not asked");
    assert_eq!(verdict.path(), [0, 1]);
}

#[test]
fn past_an_intermediate_of_unknown_status_a_known_one_is_found_under_hard_fail() {
    let crossed = Crossed::new();
    let lists = [
        list("far", false, &crossed.far_key),
        list("middle", false, &crossed.middle_key),
    ];
    let both: [&[u8]; 3] = [&crossed.leaf, &crossed.by_root, &crossed.by_far];
    let path = |mode| {
        let verdict = crossed.judge(&both, mode, &lists).expect("a path");
        verdict.path().to_vec()
    };
    assert_eq!(path(Mode::HardFail), [0, 2]);
    assert_eq!(path(Mode::SoftFail), [0, 1]);
    let refused = crossed.judge(&both[..2], Mode::HardFail, &lists);
    let refused = refused.expect_err("unknown");
    assert!(matches!(refused.reason(), Reason::RevocationUnknown { .. }));
    assert_eq!(refused.place(), Place::Sent(1));
}

#[test]
fn a_revoked_leaf_is_refused_on_the_first_path_that_says_so() {
    let crossed = Crossed::new();
    let lists = [list("middle", true, &crossed.middle_key)];
    let both: [&[u8]; 3] = [&crossed.leaf, &crossed.by_root, &crossed.by_far];
    let refused = crossed.judge(&both, Mode::SoftFail, &lists);
    let refused = refused.expect_err("revoked");
    assert!(matches!(refused.reason(), Reason::Revoked { .. }));
    assert_eq!(
        (refused.place(), refused.tried().len()),
        (Place::Sent(0), 1)
    );
    let lists = [list("middle", false, &crossed.middle_key)];
    assert!(crossed.judge(&both, Mode::SoftFail, &lists).is_ok());
}

#[test]
fn a_peer_that_uses_up_the_budget_keeps_no_revocation_from_being_seen() {
    let crossed = Crossed::new();
    let lists = [list("root", true, &crossed.root_key)];
    let chain: [&[u8]; 2] = [&crossed.leaf, &crossed.by_root];
    let crls = [Crl::parse(&lists[0]).expect("a CRL")];
    let judge = |signatures| {
        let mut policy = Policy::MODERN;
        policy.limits.signatures = signatures;
        verify(&Request {
            chain: &chain,
            roots: &crossed.roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name: None,
            at_unix_s: NOW,
            policy: &policy,
            leaf_key: None,
            facts: None,
            revocation: Revocation {
                mode: Mode::SoftFail,
                crls: &crls,
                ..Revocation::default()
            },
        })
    };
    // Enough for the path, and not for the CRL: what was not asked does not count as silent.
    let refused = judge(2).expect_err("too dear");
    assert!(matches!(refused.reason(), Reason::BudgetExceeded(_)));
    let refused = judge(3).expect_err("revoked");
    assert!(matches!(refused.reason(), Reason::Revoked { .. }));
}

#[test]
fn a_revoked_leaf_is_told_whatever_broke_the_paths_before() {
    let mut crossed = Crossed::new();
    // By the root, policies are demanded that the leaf does not have.
    let demand = extension(36, true, &[0x30, 3, 0x80, 1, 0]);
    let demanding = Made::new("middle", "root", &crossed.middle_key);
    crossed.by_root = demanding
        .with(vec![authority(None), demand])
        .signed_by(&crossed.root_key);
    let both: [&[u8]; 3] = [&crossed.leaf, &crossed.by_root, &crossed.by_far];
    for (revoked, path) in [(true, None), (false, Some(vec![0, 2]))] {
        let lists = [list("middle", revoked, &crossed.middle_key)];
        let verdict = crossed.judge(&both, Mode::SoftFail, &lists);
        let found = verdict.as_ref().ok().map(|verdict| verdict.path().to_vec());
        assert_eq!(found, path);
        if let Err(refused) = verdict {
            assert!(matches!(refused.reason(), Reason::Revoked { .. }));
            let reasons: Vec<_> = refused.tried().iter().map(TriedPath::reason).collect();
            assert!(matches!(
                reasons[..],
                [Reason::ExplicitPolicy, Reason::Revoked { .. }]
            ));
        }
    }
}

#[test]
fn an_intermediate_that_was_revoked_is_none_below_any_other_anchor() {
    let crossed = Crossed::new();
    // The root once more, with another certificate for the same key.
    let again = Made::new("root", "far", &crossed.root_key).with(vec![authority(None)]);
    let again = again.signed_by(&crossed.far_key);
    let mut roots = crossed.roots.clone();
    roots
        .add(CertificateDer::from(again.clone()))
        .expect("an anchor");
    let crossed = Crossed { roots, ..crossed };
    let lists = [list("root", true, &crossed.root_key)];
    let chain: [&[u8]; 3] = [&crossed.leaf, &crossed.by_root, &again];
    let refused = crossed
        .judge(&chain, Mode::SoftFail, &lists)
        .expect_err("revoked");
    assert!(
        matches!(refused.reason(), Reason::Revoked { .. }),
        "{refused}"
    );
    assert_eq!(refused.tried().len(), 1);
    assert!(crossed.judge(&chain, Mode::SoftFail, &[]).is_ok());
}

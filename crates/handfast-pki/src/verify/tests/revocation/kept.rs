//! What is remembered between verifications: kept CRLs, signatures, the store.

use super::super::made::{element, key};
use super::lists::{List, entry};
use super::responses::Answer;
use super::{World, hard, judge_with};
use crate::crl::kept::KeptCrl;
use crate::verify::facts::SignatureFacts;
use crate::verify::revocation::store::RevocationStore;
use crate::verify::revocation::{OcspAnswer, Revocation};

fn by_store(world: &World, store: &RevocationStore) -> String {
    let known = store.snapshot();
    world.judge(hard(Revocation {
        crls: &known.crls_about(&[&world.leaf]),
        responses: &known.responses_about(&[&world.leaf]),
        crl_issuers: &known.crl_issuers(),
        ..Revocation::default()
    }))
}

#[test]
fn a_kept_crl_says_what_the_read_one_says() {
    let world = World::new();
    // Unsorted, with one number twice: the first counts, as by reading on.
    let list = List::new()
        .and(entry(9, &[]))
        .and(entry(1, &[super::lists::reason_code(4)]))
        .and(entry(5, &[]))
        .and(entry(1, &[super::lists::reason_code(1)]));
    for (list, said) in [
        (list, "revoked: superseded"),
        (List::new().and(entry(2, &[])), "good"),
        (List::new(), "good"),
    ] {
        let kept = KeptCrl::new(list.signed_by(&world.root_key)).expect("a CRL");
        // The second time nothing but the signature is known.
        for _ in 0..2 {
            let crls = [kept.view().expect("the CRL again")];
            let known = Revocation {
                crls: &crls,
                ..Revocation::default()
            };
            assert_eq!(world.judge(hard(known)), said);
        }
    }
}

#[test]
fn a_kept_crl_with_an_unknown_critical_entry_stays_unusable() {
    let world = World::new();
    let strange = entry(7, &[super::super::made::extension(99, true, &[5, 0])]);
    let list = List::new().and(strange).signed_by(&world.root_key);
    let kept = KeptCrl::new(list).expect("a CRL");
    let crls = [kept.view().expect("the CRL again")];
    let said = world.judge(hard(Revocation {
        crls: &crls,
        ..Revocation::default()
    }));
    assert!(said.contains("its critical extension 2.5.29.99"), "{said}");
}

#[test]
fn a_remembered_signature_is_of_one_key_and_one_list() {
    let world = World::new();
    let stranger = World::new();
    let kept = KeptCrl::new(List::new().signed_by(&world.root_key)).expect("a CRL");
    let crls = [kept.view().expect("the CRL again")];
    let known = hard(Revocation {
        crls: &crls,
        ..Revocation::default()
    });
    assert_eq!(world.judge(known), "good");
    // The same names, another key.
    let said = stranger.judge(known);
    assert!(said.contains("did not make this signature"), "{said}");
}

#[test]
fn a_staple_seen_before_costs_no_signature_check() {
    let world = World::new();
    let staple = Answer::new(&world).signed_by(&world.root_key);
    let mut damaged = staple.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    let facts = SignatureFacts::default();
    let judge = |staple: &[u8]| {
        let known = hard(Revocation {
            staple: Some(staple),
            ..Revocation::default()
        });
        judge_with(&[&world.leaf], &world.root, known, Some(&facts))
    };
    let refused = "refused: its signer's key did not make this signature";
    assert_eq!(judge(&damaged), refused);
    let before = facts.len();
    assert_eq!(judge(&staple), "good");
    assert_eq!(facts.len(), before + 1);
    assert_eq!(judge(&staple), "good");
    assert_eq!(judge(&damaged), refused);
}

#[test]
fn a_store_is_asked_as_it_is_now() {
    let world = World::new();
    let store = RevocationStore::default();
    let signed = |list: List| list.signed_by(&world.root_key);
    assert!(by_store(&world, &store).starts_with("refused"));
    let empty = signed(List::new());
    store.add_crl(empty.clone()).expect("a CRL");
    store.add_crl(empty).expect("the same CRL");
    assert_eq!(by_store(&world, &store), "good");
    let before = store.snapshot();
    store
        .add_crl(signed(List::revoking(1).numbered(6)))
        .expect("the next CRL");
    assert_eq!(by_store(&world, &store), "revoked: keyCompromise");
    // Who began with the older state sees it whole.
    assert_eq!(before.crls_about(&[&world.leaf]).len(), 1);
    store.clear();
    assert!(store.snapshot().is_empty());
}

#[test]
fn only_a_signature_lets_a_newer_list_push_out_an_older() {
    let world = World::new();
    let store = RevocationStore::default();
    let count = || store.snapshot().crls_about(&[&world.leaf]).len();
    let revoking = List::revoking(1).signed_by(&world.root_key);
    store.add_crl(revoking).expect("a CRL");
    let forged = List::new().numbered(9).signed_by(&key());
    store.add_crl(forged).expect("a forged CRL");
    assert_eq!(by_store(&world, &store), "revoked: keyCompromise");
    let newer = List::revoking(1).numbered(6).signed_by(&world.root_key);
    store.add_crl(newer).expect("the next CRL");
    assert_eq!(count(), 3);
    assert_eq!(by_store(&world, &store), "revoked: keyCompromise");
    // Both signatures are known now: the oldest goes with the next that comes.
    let newest = List::revoking(1).numbered(7).signed_by(&world.root_key);
    store.add_crl(newest).expect("the third CRL");
    assert_eq!(count(), 3);
    assert_eq!(by_store(&world, &store), "revoked: keyCompromise");
    // Deltas and lists of other scopes are another kind.
    let delta = List::new().numbered(9).delta(7).signed_by(&world.root_key);
    store.add_crl(delta).expect("a delta");
    assert_eq!(count(), 3);
    assert_eq!(by_store(&world, &store), "revoked: keyCompromise");
}

#[test]
fn a_store_keeps_responses_and_refuses_what_cannot_be_read() {
    let world = World::new();
    let store = RevocationStore::default();
    assert!(store.add_response(b"0".to_vec()).is_err());
    assert!(store.add_crl_issuer(b"0".to_vec()).is_err());
    let response = Answer::new(&world).signed_by(&world.root_key);
    store.add_response(response.clone()).expect("a response");
    store.add_response(response).expect("the same response");
    let about = |der: &[u8]| store.snapshot().responses_about(&[der]).len();
    // The serial number there is another.
    let other = include_bytes!("../../../../testdata/leaf.der");
    assert_eq!((about(&world.leaf), about(other)), (1, 0));
    assert_eq!(by_store(&world, &store), "good");
    let other = RevocationStore::default();
    other
        .add_crl(List::revoking(1).signed_by(&world.root_key))
        .expect("a CRL");
    store.replace_by(&other);
    assert_eq!(by_store(&world, &store), "revoked: keyCompromise");
}

/// tlsFeature with these numbers.
fn tls_feature(numbers: &[u8]) -> Vec<u8> {
    let oid = [6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 24];
    let list: Vec<_> = numbers.iter().map(|one| [2, 1, *one]).collect();
    let value = element(0x30, &[&list.concat()]);
    element(0x30, &[&oid, &element(4, &[&value])])
}

#[test]
fn must_staple_binds_a_server_that_was_asked() {
    let missing = "refused otherwise: it must come with a stapled OCSP response, and none came \
                   that counts";
    let plain = World::new();
    let other_feature = World::with(
        vec![super::super::made::authority(None)],
        vec![tls_feature(&[23])],
    );
    let bound = World::with(
        vec![super::super::made::authority(None)],
        vec![tls_feature(&[23, 5])],
    );
    let asked = Revocation {
        staple_asked: true,
        ..Revocation::default()
    };
    assert_eq!(plain.judge(asked), "not asked");
    assert_eq!(other_feature.judge(asked), "not asked");
    assert_eq!(bound.judge(Revocation::default()), "not asked");
    assert_eq!(bound.judge(asked), missing);
    let fresh = Answer::new(&bound).signed_by(&bound.root_key);
    let with = |staple| Revocation {
        staple: Some(staple),
        ..asked
    };
    assert_eq!(bound.judge(with(&fresh)), "good");
    let stale = Answer::stale(&bound).signed_by(&bound.root_key);
    let said = bound.judge(with(&stale));
    let why = "the stapled OCSP response: its next update was due on";
    assert!(said.starts_with(missing) && said.contains(why), "{said}");
    // What the caller fetched is no staple.
    let fetched = [OcspAnswer {
        der: &fresh,
        nonce: None,
    }];
    let fetched = hard(Revocation {
        responses: &fetched,
        ..asked
    });
    assert_eq!(bound.judge(fetched), missing);
}

#[test]
fn a_damaged_tls_feature_is_refused() {
    for (numbers, why) in [(&[][..], "empty"), (&[0x85][..], "number")] {
        let world = World::with(
            vec![super::super::made::authority(None)],
            vec![tls_feature(numbers)],
        );
        let said = world.judge(Revocation::default());
        assert!(said.contains("tlsFeature at byte"), "{why}: {said}");
    }
}

#[test]
fn a_list_that_a_key_did_not_sign_is_not_hashed_for_it_again() {
    let world = World::new();
    let forged = KeptCrl::new(List::new().signed_by(&key())).expect("a CRL");
    let spki = crate::certificate::Certificate::parse(&world.root).expect("the root");
    for known in [false, true] {
        let view = forged.view().expect("the CRL again");
        assert_eq!(view.is_refuted_by(spki.spki()), known);
        let crls = [view];
        let said = world.judge(hard(Revocation {
            crls: &crls,
            ..Revocation::default()
        }));
        assert!(said.contains("did not make this signature"), "{said}");
    }
}

#[test]
fn thousands_of_lists_are_kept_at_once() {
    let world = World::new();
    let store = RevocationStore::default();
    let list = List::new().signed_by(&world.root_key);
    let lists = (0..2_000_u32).map(|index| {
        // Another signature each: none of them is right.
        let mut list = list.clone();
        let end = list.len() - 4;
        list[end..].copy_from_slice(&index.to_be_bytes());
        list
    });
    store.add_crls(lists).expect("the lists");
    for _ in 0..50 {
        store.add_crl(list.clone()).expect("the list again");
    }
    assert_eq!(store.snapshot().crls_about(&[&world.leaf]).len(), 2_001);
}

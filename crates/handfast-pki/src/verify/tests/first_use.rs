//! Trust on first use forgives an unknown issuer, and nothing else.

use super::made::{Made, dns_names, key};
use super::{NOW, verify};
use crate::certificate::Certificate;
use crate::name::ServerName;
use crate::roots::Roots;
use crate::time::UnixTime;
use crate::verify::first_use::{FirstUse, verify_first_use};
use crate::verify::known_key::{KeyDigest, KnownKey};
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;
use crate::verify::revocation::Revocation;
use crate::verify::{Purpose, Request};
use rustls_pki_types::CertificateDer;

fn judged(
    leaf: &[u8],
    anchors: &[&[u8]],
    name: &str,
    at: i64,
    known: &[KnownKey],
) -> Result<FirstUse, Reason> {
    let mut roots = Roots::new();
    for anchor in anchors {
        roots
            .add(CertificateDer::from(anchor.to_vec()))
            .expect("an anchor");
    }
    let name = ServerName::parse(name).expect("a name");
    let request = Request {
        chain: &[leaf],
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: Some(&name),
        at_unix_s: at,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    };
    // Control: who is new is refused without this.
    let judged = verify_first_use(&request, known);
    if matches!(judged, Ok(FirstUse::New(_))) {
        assert!(verify(&request).is_err());
    }
    judged.map_err(|rejection| rejection.reason().clone())
}

fn seen(leaf: &[u8]) -> KnownKey {
    let leaf = Certificate::parse(leaf).expect("a certificate");
    KnownKey {
        key: KeyDigest::of_key(leaf.spki()),
        first_seen: UnixTime(NOW - 9),
        last_seen: UnixTime(NOW - 1),
    }
}

const NAME: &str = "example.test";

#[test]
fn a_stranger_is_new_then_known_and_another_key_is_refused_with_both_and_the_date() {
    let (one, two) = (key(), key());
    let made = |key| {
        let leaf = Made::new("leaf", "leaf", key);
        leaf.with(vec![dns_names(&[NAME])]).signed_by(key)
    };
    let (first, second) = (made(&one), made(&two));
    let Ok(FirstUse::New(found)) = judged(&first, &[], NAME, NOW, &[]) else {
        panic!("not new");
    };
    let known = seen(&first);
    assert_eq!(found, known.key);
    assert!(matches!(
        judged(&first, &[], NAME, NOW, &[known]),
        Ok(FirstUse::Known(_))
    ));
    // One of several is enough.
    let both = [known, seen(&second)];
    assert!(matches!(
        judged(&second, &[], NAME, NOW, &both),
        Ok(FirstUse::Known(_))
    ));
    let refused = judged(&second, &[], NAME, NOW, &[known]).unwrap_err();
    let words = refused.to_string();
    for part in [
        seen(&second).key.to_string(),
        known.key.to_string(),
        known.first_seen.to_string(),
    ] {
        assert!(words.contains(&part), "{words}");
    }
    // Whoever vouches for it: the key that is known is another.
    let refused = judged(&second, &[&second], NAME, NOW, &[known]);
    assert!(
        matches!(refused, Err(Reason::KeyChanged { .. })),
        "{refused:?}"
    );
}

#[test]
fn who_an_authority_vouches_for_is_neither_new_nor_refused() {
    let key = key();
    let leaf = Made::new("leaf", "leaf", &key);
    let leaf = leaf.with(vec![dns_names(&[NAME])]).signed_by(&key);
    assert!(matches!(
        judged(&leaf, &[&leaf], NAME, NOW, &[]),
        Ok(FirstUse::Vouched(_))
    ));
    let known = judged(&leaf, &[&leaf], NAME, NOW, &[seen(&leaf)]);
    assert!(matches!(known, Ok(FirstUse::Known(_))));
}

#[test]
fn names_dates_and_what_is_no_certificate_are_judged_as_ever_known_or_not() {
    let (own, root) = (key(), key());
    let leaf = Made::new("leaf", "nobody", &own);
    let leaf = leaf.with(vec![dns_names(&[NAME])]).signed_by(&root);
    let known = seen(&leaf);
    for known in [&[][..], &[known]] {
        assert!(judged(&leaf, &[], NAME, NOW, known).is_ok());
        let other = judged(&leaf, &[], "other.test", NOW, known);
        assert!(
            matches!(other, Err(Reason::NameMismatch { .. })),
            "{other:?}"
        );
        let early = judged(&leaf, &[], NAME, 0, known);
        assert!(
            matches!(early, Err(Reason::NotYetValid { .. })),
            "{early:?}"
        );
        assert!(matches!(
            judged(b"no", &[], NAME, NOW, known),
            Err(Reason::Malformed(_))
        ));
    }
}

#[test]
fn a_signature_that_is_wrong_is_no_question_of_trust() {
    let (own, root, other) = (key(), key(), key());
    let leaf = Made::new("leaf", "root", &own);
    let leaf = leaf.with(vec![dns_names(&[NAME])]).signed_by(&other);
    let authority = super::made::authority(None);
    let root = Made::new("root", "root", &root)
        .with(vec![authority])
        .signed_by(&root);
    let refused = judged(&leaf, &[&root], NAME, NOW, &[]);
    assert!(matches!(refused, Err(Reason::BadSignature)), "{refused:?}");
    // Control: without the anchor of that name nobody can tell.
    assert!(matches!(
        judged(&leaf, &[], NAME, NOW, &[]),
        Ok(FirstUse::New(_))
    ));
}

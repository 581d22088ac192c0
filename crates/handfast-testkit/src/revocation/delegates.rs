//! OCSP responses by one to whom the issuer, or somebody else, gave that power.

use crate::made::certificate::{Draft, issuer_key_id, key, no_check, purpose};
use crate::made::crl::{entry, reason};
use crate::made::ocsp;
use crate::revocation::responses::revoked;
use crate::revocation::world::{DAY, Evidence, Expect, GOOD, REVOKED, Row, UNKNOWN, World};
use handfast_crypto::signature::PrivateKey;

const fn row(state: &'static str, expect: [Expect; 3], make: fn(&World) -> Evidence) -> Row {
    let source = "OCSP, by a delegate";
    Row {
        source,
        state,
        expect,
        make,
    }
}

pub(super) const BY_DELEGATE: &[Row] = &[
    row("good", GOOD, |w| by(w, w.answer(), sound(), &w.issuer_key)),
    row("revoked", REVOKED, |w| {
        by(w, revoked(w, w.answer()), sound(), &w.issuer_key)
    }),
    row("good, not meant for OCSP", UNKNOWN, |w| {
        by(w, w.answer(), vec![purpose(1), no_check()], &w.issuer_key)
    }),
    row("revoked, not meant for OCSP", UNKNOWN, |w| {
        let answer = revoked(w, w.answer());
        by(w, answer, vec![purpose(1), no_check()], &w.issuer_key)
    }),
    row("good, without a purpose", UNKNOWN, |w| {
        by(w, w.answer(), vec![no_check()], &w.issuer_key)
    }),
    row("good, certified by a stranger", UNKNOWN, |w| {
        by(w, w.answer(), sound(), &key())
    }),
    row("good, certified by the leaf", UNKNOWN, |w| {
        by(w, w.answer(), sound(), &w.leaf_key)
    }),
    row("good, expired delegate", UNKNOWN, |w| {
        delegated(w, w.answer(), sound(), &w.issuer_key, |w, draft| Draft {
            not_after: w.now - DAY,
            ..draft
        })
    }),
    row("good, another issuer's delegate", UNKNOWN, |w| {
        delegated(w, w.answer(), sound(), &w.root_key, |_, draft| Draft {
            issuer: crate::made::der::name("Root"),
            ..draft
        })
    }),
    row("good, delegate of unknown status", UNKNOWN, |w| {
        by(w, w.answer(), vec![purpose(9)], &w.issuer_key)
    }),
    row("good, delegate of good status", GOOD, |w| Evidence {
        crls: vec![w.list().signed_by(&w.issuer_key)],
        ..by(w, w.answer(), vec![purpose(9)], &w.issuer_key)
    }),
    row("revoked, by a delegate that is revoked", GOOD, |w| {
        // The response does not count, and the list that revokes its signer says the leaf is good.
        let on = entry(DELEGATE, w.now - DAY, &[reason(1)]);
        Evidence {
            crls: vec![w.list().and(on).signed_by(&w.issuer_key)],
            ..by(w, revoked(w, w.answer()), vec![purpose(9)], &w.issuer_key)
        }
    }),
];

const DELEGATE: &[u8] = &[0x33];

fn sound() -> Vec<Vec<u8>> {
    vec![purpose(9), no_check()]
}

fn by(
    world: &World,
    answer: ocsp::Draft,
    extensions: Vec<Vec<u8>>,
    certifier: &PrivateKey,
) -> Evidence {
    delegated(world, answer, extensions, certifier, |_, draft| draft)
}

fn delegated(
    world: &World,
    answer: ocsp::Draft,
    extensions: Vec<Vec<u8>>,
    certifier: &PrivateKey,
    change: fn(&World, Draft) -> Draft,
) -> Evidence {
    let own_key = key();
    let mut draft = Draft::new("Responder", "Issuer", own_key.public_spki())
        .numbered(DELEGATE)
        .with(issuer_key_id(b"issuer"));
    draft.extensions.extend(extensions);
    let answer = ocsp::Draft {
        responder: "Responder".to_owned(),
        certificates: vec![change(world, draft).signed_by(certifier)],
        ..answer
    };
    Evidence::response(answer.signed_by(&own_key))
}

//! OCSP responses that the server staples: looked at under every mode.

use crate::made::der::extension_of;
use crate::made::ocsp;
use crate::revocation::responses::{expired, revoked};
use crate::revocation::world::{
    ALWAYS_REFUSED, ALWAYS_REVOKED, DAY, Evidence, Expect, GOOD, HOLD, HOUR, KEY_COMPROMISE,
    REVOKED, Row, UNKNOWN, World, tampered,
};

const fn row(state: &'static str, expect: [Expect; 3], make: fn(&World) -> Evidence) -> Row {
    let source = "staple";
    Row {
        source,
        state,
        expect,
        make,
    }
}

fn with(world: &World, change: fn(&World, ocsp::Draft) -> ocsp::Draft) -> Evidence {
    let answer = change(world, world.answer());
    Evidence::staple(answer.signed_by(&world.issuer_key))
}

pub(super) const STAPLE: &[Row] = &[
    row("good", GOOD, |w| with(w, |_, answer| answer)),
    row("revoked", ALWAYS_REVOKED, |w| with(w, revoked)),
    row("on hold", ALWAYS_REVOKED, |w| {
        with(w, |w, answer| {
            answer.saying(&ocsp::revoked(w.now - DAY, HOLD))
        })
    }),
    row("unknown", UNKNOWN, |w| {
        with(w, |_, answer| answer.saying(ocsp::UNKNOWN))
    }),
    row("stale, good", UNKNOWN, |w| with(w, expired)),
    row("stale, revoked", ALWAYS_REVOKED, |w| {
        with(w, |w, answer| expired(w, revoked(w, answer)))
    }),
    row("stale, on hold", UNKNOWN, |w| {
        with(w, |w, answer| {
            expired(w, answer).saying(&ocsp::revoked(w.now - DAY, HOLD))
        })
    }),
    row("future, good", UNKNOWN, |w| {
        with(w, |w, answer| ocsp::Draft {
            this_update: w.now + HOUR,
            ..answer
        })
    }),
    row("wrong signer, good", UNKNOWN, |w| {
        Evidence::staple(w.answer().signed_by(&w.leaf_key))
    }),
    row("wrong signer, revoked", UNKNOWN, |w| {
        Evidence::staple(revoked(w, w.answer()).signed_by(&w.leaf_key))
    }),
    row("tampered, good", UNKNOWN, |w| {
        Evidence::staple(tampered(w.answer().signed_by(&w.issuer_key)))
    }),
    row("another certificate's, good", UNKNOWN, |w| {
        with(w, |_, answer| ocsp::Draft {
            serial: vec![7],
            ..answer
        })
    }),
    row("no response at all", UNKNOWN, |_| {
        Evidence::staple(b"<html>404 Not Found</html>".to_vec())
    }),
    row("stale, and a good CRL beside it", GOOD, |w| Evidence {
        crls: vec![w.list().signed_by(&w.issuer_key)],
        ..with(w, expired)
    }),
    row("good, and a CRL that revokes beside it", REVOKED, |w| {
        Evidence {
            crls: vec![w.revoking(KEY_COMPROMISE).signed_by(&w.issuer_key)],
            ..with(w, |_, answer| answer)
        }
    }),
    row("revoked, and a good CRL beside it", ALWAYS_REVOKED, |w| {
        Evidence {
            crls: vec![w.list().signed_by(&w.issuer_key)],
            ..with(w, revoked)
        }
    }),
];

const fn must(state: &'static str, expect: [Expect; 3], make: fn(&World) -> Evidence) -> Row {
    let source = "must-staple";
    Row {
        source,
        state,
        expect,
        make,
    }
}

/// The leaf's tlsFeature names status_request (RFC 7633).
fn bound(world: &World, evidence: Evidence) -> Evidence {
    let feature = [0x2b, 6, 1, 5, 5, 7, 1, 24];
    let feature = extension_of(&feature, false, &[0x30, 3, 2, 1, 5]);
    Evidence {
        leaf: Some(world.leaf_with(vec![feature])),
        ..evidence
    }
}

pub(super) const MUST_STAPLE: &[Row] = &[
    must("none", ALWAYS_REFUSED, |w| bound(w, Evidence::default())),
    must("good", GOOD, |w| bound(w, with(w, |_, answer| answer))),
    must("revoked", ALWAYS_REVOKED, |w| bound(w, with(w, revoked))),
    must("stale", ALWAYS_REFUSED, |w| bound(w, with(w, expired))),
    must("unknown", ALWAYS_REFUSED, |w| {
        bound(w, with(w, |_, answer| answer.saying(ocsp::UNKNOWN)))
    }),
    must("none, but a good CRL", ALWAYS_REFUSED, |w| {
        let crls = vec![w.list().signed_by(&w.issuer_key)];
        bound(
            w,
            Evidence {
                crls,
                ..Evidence::default()
            },
        )
    }),
];

//! OCSP responses that were fetched, signed by the issuer.

use crate::made::certificate::{Draft, key};
use crate::made::der::extension;
use crate::made::ocsp;
use crate::revocation::world::{
    DAY, Evidence, Expect, GOOD, HOLD, HOUR, KEY_COMPROMISE, REVOKED, Row, SERIAL, SUPERSEDED,
    UNKNOWN, World, tampered,
};

const fn row(state: &'static str, expect: [Expect; 3], make: fn(&World) -> Evidence) -> Row {
    let source = "OCSP, by the issuer";
    Row {
        source,
        state,
        expect,
        make,
    }
}

/// The issuer's answer, changed.
fn with(world: &World, change: fn(&World, ocsp::Draft) -> ocsp::Draft) -> Evidence {
    let answer = change(world, world.answer());
    Evidence::response(answer.signed_by(&world.issuer_key))
}

pub(super) const BY_ISSUER: &[Row] = &[
    row("good", GOOD, |w| with(w, |_, answer| answer)),
    row("revoked", REVOKED, |w| with(w, revoked)),
    row("revoked, superseded", REVOKED, |w| {
        with(w, |w, answer| {
            answer.saying(&ocsp::revoked(w.now - DAY, SUPERSEDED))
        })
    }),
    row("on hold", REVOKED, |w| {
        with(w, |w, answer| {
            answer.saying(&ocsp::revoked(w.now - DAY, HOLD))
        })
    }),
    row("unknown", UNKNOWN, |w| {
        with(w, |_, answer| answer.saying(ocsp::UNKNOWN))
    }),
    row("expired, good", UNKNOWN, |w| with(w, expired)),
    row("expired, revoked", REVOKED, |w| {
        with(w, |w, answer| expired(w, revoked(w, answer)))
    }),
    row("old, and no next update named", UNKNOWN, |w| {
        with(w, |w, answer| ocsp::Draft {
            next_update: None,
            ..expired(w, answer)
        })
    }),
    row("fresh, and no next update named", GOOD, |w| {
        with(w, |_, answer| ocsp::Draft {
            next_update: None,
            ..answer
        })
    }),
    row("future, good", UNKNOWN, |w| {
        with(w, |w, answer| ocsp::Draft {
            this_update: w.now + HOUR,
            ..answer
        })
    }),
    row("produced in the future, good", UNKNOWN, |w| {
        with(w, |w, answer| ocsp::Draft {
            produced_at: w.now + HOUR,
            ..answer
        })
    }),
    row("wrong signer, good", UNKNOWN, |w| {
        Evidence::response(w.answer().signed_by(&w.leaf_key))
    }),
    row("wrong signer, revoked", UNKNOWN, |w| {
        Evidence::response(revoked(w, w.answer()).signed_by(&w.leaf_key))
    }),
    row("tampered, good", UNKNOWN, |w| {
        Evidence::response(tampered(w.answer().signed_by(&w.issuer_key)))
    }),
    row("another certificate's, good", UNKNOWN, |w| {
        with(w, |_, answer| ocsp::Draft {
            serial: vec![0x11, 0x23],
            ..answer
        })
    }),
    row("another issuer's of that name, good", UNKNOWN, |w| {
        let other = key();
        let twin = Draft::new("Issuer", "Root", other.public_spki()).signed_by(&w.root_key);
        let answer = ocsp::Draft {
            issuer: twin,
            ..w.answer()
        };
        Evidence::response(answer.signed_by(&w.issuer_key))
    }),
    row("nonce, good", GOOD, |w| asked(w, Some(b"a nonce of ours"))),
    row("nonce missing, good", UNKNOWN, |w| asked(w, None)),
    row("nonce of another request, good", UNKNOWN, |w| {
        asked(w, Some(b"another's nonce"))
    }),
    row("unknown critical extension, good", UNKNOWN, |w| {
        with(w, |_, mut answer| {
            answer.extensions.push(extension(99, true, &[5, 0]));
            answer
        })
    }),
    row("no answer: tryLater", UNKNOWN, |_| {
        Evidence::response(vec![0x30, 3, 0x0a, 1, 3])
    }),
    row("revoked, and a good CRL beside it", REVOKED, |w| Evidence {
        crls: vec![w.list().signed_by(&w.issuer_key)],
        ..with(w, revoked)
    }),
    row("good, and a CRL that revokes beside it", REVOKED, |w| {
        Evidence {
            crls: vec![w.revoking(KEY_COMPROMISE).signed_by(&w.issuer_key)],
            ..with(w, |_, answer| answer)
        }
    }),
    row("two answers, the second revokes", REVOKED, |w| {
        let good = w.answer().signed_by(&w.issuer_key);
        let bad = revoked(w, w.answer()).signed_by(&w.issuer_key);
        Evidence {
            responses: vec![(good, None), (bad, None)],
            ..Evidence::default()
        }
    }),
];

pub(super) fn revoked(world: &World, answer: ocsp::Draft) -> ocsp::Draft {
    answer.saying(&ocsp::revoked(world.now - DAY, KEY_COMPROMISE))
}

pub(super) fn expired(world: &World, answer: ocsp::Draft) -> ocsp::Draft {
    ocsp::Draft {
        serial: SERIAL.to_vec(),
        produced_at: world.now - 3 * DAY,
        this_update: world.now - 3 * DAY,
        next_update: Some(world.now - DAY),
        ..answer
    }
}

/// What came back where a nonce was sent.
fn asked(world: &World, nonce: Option<&[u8]>) -> Evidence {
    let answer = ocsp::Draft {
        nonce: nonce.map(<[u8]>::to_vec),
        ..world.answer()
    };
    let der = answer.signed_by(&world.issuer_key);
    Evidence {
        responses: vec![(der, Some(b"a nonce of ours".to_vec()))],
        ..Evidence::default()
    }
}

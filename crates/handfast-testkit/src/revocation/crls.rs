//! CRLs: full, delta, indirect, scoped.

use crate::made::certificate::{Draft, key, signs_all};
use crate::made::crl::{self, crl_issuer, entry, entry_issuer, full_name, points, reason, scope};
use crate::made::der::extension;
use crate::revocation::world::{
    DAY, Evidence, Expect, GOOD, HOLD, HOUR, KEY_COMPROMISE, REMOVE, REVOKED, Row, SERIAL, UNKNOWN,
    World, tampered,
};

const fn full(state: &'static str, expect: [Expect; 3], make: fn(&World) -> Evidence) -> Row {
    let source = "CRL, full";
    Row {
        source,
        state,
        expect,
        make,
    }
}

pub(super) const FULL: &[Row] = &[
    full("none at hand", UNKNOWN, |_| Evidence::default()),
    full("good", GOOD, |w| {
        Evidence::lists(&[w.list()], &w.issuer_key)
    }),
    full("others revoked", GOOD, |w| {
        let other = entry(&[0x11, 0x23], w.now - DAY, &[]);
        Evidence::lists(&[w.list().and(other)], &w.issuer_key)
    }),
    full("revoked", REVOKED, |w| {
        Evidence::lists(&[w.revoking(KEY_COMPROMISE)], &w.issuer_key)
    }),
    full("revoked, without a reason", REVOKED, |w| {
        let plain = w.list().and(entry(SERIAL, w.now - DAY, &[]));
        Evidence::lists(&[plain], &w.issuer_key)
    }),
    full("on hold", REVOKED, |w| {
        Evidence::lists(&[w.revoking(HOLD)], &w.issuer_key)
    }),
    full("revoked, and a good one beside it", REVOKED, |w| {
        let both = [w.list(), w.revoking(KEY_COMPROMISE), w.list()];
        Evidence::lists(&both, &w.issuer_key)
    }),
    full("expired, good", UNKNOWN, |w| {
        Evidence::lists(&[expired(w, w.list())], &w.issuer_key)
    }),
    full("expired, revoked", REVOKED, |w| {
        let list = expired(w, w.revoking(KEY_COMPROMISE));
        Evidence::lists(&[list], &w.issuer_key)
    }),
    full("expired, on hold", UNKNOWN, |w| {
        Evidence::lists(&[expired(w, w.revoking(HOLD))], &w.issuer_key)
    }),
    full("future, good", UNKNOWN, |w| {
        Evidence::lists(&[future(w, w.list())], &w.issuer_key)
    }),
    full("wrong signer, good", UNKNOWN, |w| {
        Evidence::lists(&[w.list()], &w.leaf_key)
    }),
    full("wrong signer, revoked", UNKNOWN, |w| {
        Evidence::lists(&[w.revoking(KEY_COMPROMISE)], &w.leaf_key)
    }),
    full("tampered, good", UNKNOWN, |w| Evidence {
        crls: vec![tampered(w.list().signed_by(&w.issuer_key))],
        ..Evidence::default()
    }),
    full("another issuer's", UNKNOWN, |w| {
        let list = crl::Draft::new("Elsewhere", w.now - HOUR, w.now + DAY);
        Evidence::lists(&[list], &w.issuer_key)
    }),
    full("unknown critical extension", UNKNOWN, |w| {
        let list = w.list().with(extension(99, true, &[5, 0]));
        Evidence::lists(&[list], &w.issuer_key)
    }),
    full("unknown critical extension of an entry", UNKNOWN, |w| {
        let odd = entry(&[9], w.now - DAY, &[extension(99, true, &[5, 0])]);
        Evidence::lists(&[w.list().and(odd)], &w.issuer_key)
    }),
];

fn expired(world: &World, list: crl::Draft) -> crl::Draft {
    crl::Draft {
        this_update: world.now - 3 * DAY,
        next_update: world.now - DAY,
        ..list
    }
}

fn future(world: &World, list: crl::Draft) -> crl::Draft {
    crl::Draft {
        this_update: world.now + HOUR,
        ..list
    }
}

const fn delta(state: &'static str, expect: [Expect; 3], make: fn(&World) -> Evidence) -> Row {
    let source = "CRL, delta";
    Row {
        source,
        state,
        expect,
        make,
    }
}

pub(super) const DELTA: &[Row] = &[
    delta("good in both", GOOD, |w| {
        Evidence::lists(&[w.list(), w.list().delta(6, 5)], &w.issuer_key)
    }),
    delta("revoked since", REVOKED, |w| {
        let since = w.revoking(KEY_COMPROMISE).delta(6, 5);
        Evidence::lists(&[w.list(), since], &w.issuer_key)
    }),
    delta("on hold, removed since", GOOD, |w| {
        let since = w.revoking(REMOVE).delta(6, 5);
        Evidence::lists(&[w.revoking(HOLD), since], &w.issuer_key)
    }),
    delta("on hold, and removed by an expired one", REVOKED, |w| {
        let since = expired(w, w.revoking(REMOVE).delta(6, 5));
        Evidence::lists(&[w.revoking(HOLD), since], &w.issuer_key)
    }),
    delta("on hold, and removed by a forged one", REVOKED, |w| {
        let forged = w.revoking(REMOVE).delta(6, 5).signed_by(&w.leaf_key);
        Evidence {
            crls: vec![w.revoking(HOLD).signed_by(&w.issuer_key), forged],
            ..Evidence::default()
        }
    }),
    delta("revoked, with nothing to build on", REVOKED, |w| {
        let alone = w.revoking(KEY_COMPROMISE).delta(9, 8);
        Evidence::lists(&[alone], &w.issuer_key)
    }),
    delta("good, with nothing to build on", UNKNOWN, |w| {
        Evidence::lists(&[w.list().delta(9, 8)], &w.issuer_key)
    }),
    delta("revoked, of an expired CRL that was good", REVOKED, |w| {
        let since = w.revoking(KEY_COMPROMISE).delta(6, 5);
        Evidence::lists(&[expired(w, w.list()), since], &w.issuer_key)
    }),
];

const fn indirect(state: &'static str, expect: [Expect; 3], make: fn(&World) -> Evidence) -> Row {
    let source = "CRL, indirect";
    Row {
        source,
        state,
        expect,
        make,
    }
}

pub(super) const INDIRECT: &[Row] = &[
    indirect("good", GOOD, |w| by_other(w, w_list(w), true)),
    indirect("revoked", REVOKED, |w| {
        let on = entry(
            SERIAL,
            w.now - DAY,
            &[reason(KEY_COMPROMISE), entry_issuer("Issuer")],
        );
        by_other(w, w_list(w).and(on), true)
    }),
    indirect("another issuer's of that number", GOOD, |w| {
        let on = entry(SERIAL, w.now - DAY, &[entry_issuer("Elsewhere")]);
        by_other(w, w_list(w).and(on), true)
    }),
    indirect("revoked, the issuer named before", REVOKED, |w| {
        let first = entry(&[5], w.now - DAY, &[entry_issuer("Issuer")]);
        let on = entry(SERIAL, w.now - DAY, &[]);
        by_other(w, w_list(w).and(first).and(on), true)
    }),
    indirect("good, signer that nobody certified", UNKNOWN, |w| {
        by_other(w, w_list(w), false)
    }),
    indirect("good, signer that is revoked", UNKNOWN, |w| {
        let on = entry(LISTER, w.now - DAY, &[reason(KEY_COMPROMISE)]);
        let roots = crl::Draft::new("Root", w.now - HOUR, w.now + DAY).and(on);
        let mut evidence = by_other(w, w_list(w), true);
        evidence.crls.push(roots.signed_by(&w.root_key));
        evidence
    }),
    indirect("good, not marked as indirect", UNKNOWN, |w| {
        let list = crl::Draft::new("Lister", w.now - HOUR, w.now + DAY);
        by_other(w, list, true)
    }),
    indirect("good, but the leaf names no other signer", UNKNOWN, |w| {
        let evidence = by_other(w, w_list(w), true);
        Evidence {
            leaf: None,
            ..evidence
        }
    }),
];

const LISTER: &[u8] = &[0x55];

fn w_list(world: &World) -> crl::Draft {
    crl::Draft::new("Lister", world.now - HOUR, world.now + DAY).with(scope(&[&[0x84, 1, 0xff]]))
}

/// A list by one whom the root certified, or who certified itself.
fn by_other(world: &World, list: crl::Draft, certified: bool) -> Evidence {
    let lister_key = key();
    let lister = Draft::new("Lister", "Root", lister_key.public_spki())
        .numbered(LISTER)
        .with(signs_all());
    let signer = if certified {
        &world.root_key
    } else {
        &lister_key
    };
    Evidence {
        leaf: Some(world.leaf_with(vec![points(&[&[crl_issuer("Lister")]])])),
        crls: vec![list.signed_by(&lister_key)],
        crl_issuers: vec![lister.signed_by(signer)],
        ..Evidence::default()
    }
}

const fn scoped(state: &'static str, expect: [Expect; 3], make: fn(&World) -> Evidence) -> Row {
    let source = "CRL, scoped";
    Row {
        source,
        state,
        expect,
        make,
    }
}

pub(super) const SCOPED: &[Row] = &[
    scoped("users alone, good", GOOD, |w| {
        within(w, &[&[0x81, 1, 0xff]])
    }),
    scoped("authorities alone, good", UNKNOWN, |w| {
        within(w, &[&[0x82, 1, 0xff]])
    }),
    scoped("attribute certificates alone, good", UNKNOWN, |w| {
        within(w, &[&[0x85, 1, 0xff]])
    }),
    scoped("some reasons, good", UNKNOWN, |w| {
        within(w, &[&[0x83, 2, 6, 0x40]])
    }),
    scoped("some reasons and all others, good", GOOD, |w| {
        let some = w.list().with(scope(&[&[0x83, 2, 6, 0x40]]));
        let rest = w.list().with(scope(&[&[0x83, 3, 7, 0x3f, 0x80]]));
        Evidence::lists(&[some, rest], &w.issuer_key)
    }),
    scoped("some reasons, revoked", REVOKED, |w| {
        let some = w.revoking(KEY_COMPROMISE);
        Evidence::lists(&[some.with(scope(&[&[0x83, 2, 6, 0x40]]))], &w.issuer_key)
    }),
    scoped("the leaf's point, revoked", REVOKED, |w| {
        pointed(w, &["http://a.test/"], KEY_COMPROMISE)
    }),
    // RUSTSEC-2026-0049: the first point alone was looked at.
    scoped("the leaf's second point, revoked", REVOKED, |w| {
        pointed(w, &["http://b.test/", "http://a.test/"], KEY_COMPROMISE)
    }),
    scoped("another point, revoked", UNKNOWN, |w| {
        pointed(w, &["http://b.test/"], KEY_COMPROMISE)
    }),
];

fn within(world: &World, fields: &[&[u8]]) -> Evidence {
    Evidence::lists(&[world.list().with(scope(fields))], &world.issuer_key)
}

/// A list of the point at `a.test`, for a leaf with these points.
fn pointed(world: &World, names: &[&str], code: u8) -> Evidence {
    let own: Vec<_> = names.iter().map(|name| [full_name(name)]).collect();
    let own: Vec<&[Vec<u8>]> = own.iter().map(<[_; 1]>::as_slice).collect();
    let list = world.revoking(code);
    let list = list.with(scope(&[&full_name("http://a.test/")]));
    Evidence {
        leaf: Some(world.leaf_with(vec![points(&own)])),
        ..Evidence::lists(&[list], &world.issuer_key)
    }
}

use super::super::made::{Made, authority, element, extension, key};
use super::lists::{List, PAST, entry, entry_issuer, points, reason_code, scope, signs_there, uri};
use super::{World, hard, judge, soft};
use crate::crl::Crl;
use crate::verify::revocation::{Mode, Revocation};
use handfast_crypto::signature::PrivateKey;

const NOTHING: &str = "refused: no CRL and no OCSP response at hand speaks about it";

/// What the lists, signed by the root, say under hard-fail.
fn hardly(world: &World, lists: &[List]) -> String {
    let lists: Vec<_> = lists
        .iter()
        .map(|list| list.signed_by(&world.root_key))
        .collect();
    with(&lists, |crls| {
        world.judge(hard(Revocation {
            crls,
            ..Revocation::default()
        }))
    })
}

fn with<T>(lists: &[Vec<u8>], judge: impl FnOnce(&[Crl<'_>]) -> T) -> T {
    let crls: Vec<_> = lists
        .iter()
        .map(|der| Crl::parse(der).expect("a CRL"))
        .collect();
    judge(&crls)
}

#[test]
fn a_crl_tells_who_is_revoked_and_why() {
    let world = World::new();
    assert_eq!(hardly(&world, &[]), NOTHING);
    assert_eq!(hardly(&world, &[List::new()]), "good");
    let others = List::new().and(entry(2, &[])).and(entry(3, &[]));
    assert_eq!(hardly(&world, std::slice::from_ref(&others)), "good");
    let plain = others.clone().and(entry(1, &[]));
    assert_eq!(hardly(&world, &[plain]), "revoked: unspecified");
    for (code, name) in [
        (1, "keyCompromise"),
        (4, "superseded"),
        (6, "certificateHold"),
    ] {
        let wanted = format!("revoked: {name}");
        assert_eq!(hardly(&world, &[List::revoking(code)]), wanted);
        // What says revoked outweighs what says good, in either order.
        let both = [List::new(), List::revoking(code)];
        assert_eq!(hardly(&world, &both), wanted);
        let both = [List::revoking(code), List::new()];
        assert_eq!(hardly(&world, &both), wanted);
    }
}

#[test]
fn modes_differ_where_the_status_is_unknown() {
    let world = World::new();
    let revoking = List::revoking(1).signed_by(&world.root_key);
    let cases: [(&[Vec<u8>], [&str; 3]); 2] = [
        (&[], ["not asked", "unknown", NOTHING]),
        (
            &[revoking],
            [
                "not asked",
                "revoked: keyCompromise",
                "revoked: keyCompromise",
            ],
        ),
    ];
    for (lists, wanted) in cases {
        let modes = [Mode::Off, Mode::SoftFail, Mode::HardFail];
        for (mode, wanted) in modes.into_iter().zip(wanted) {
            let answer = with(lists, |crls| {
                world.judge(Revocation {
                    mode,
                    crls,
                    ..Revocation::default()
                })
            });
            assert_eq!(answer, wanted, "{mode:?}");
        }
    }
}

#[test]
fn a_crl_out_of_date_proves_nothing_but_what_cannot_be_undone() {
    let world = World::new();
    let stale = |list: List| List {
        next_update: "20291231235400Z",
        ..list
    };
    let due = "refused: its next update was due on 2029-12-31T23:54:00Z; \
        it is now 2030-01-01T00:00:00Z";
    assert_eq!(hardly(&world, &[stale(List::new())]), due);
    // The control: five minutes are allowed for clocks that differ.
    let skewed = List {
        next_update: "20291231235500Z",
        ..List::new()
    };
    assert_eq!(hardly(&world, &[skewed]), "good");
    assert_eq!(hardly(&world, &[stale(List::revoking(6))]), due);
    let revoked = "revoked: keyCompromise";
    assert_eq!(hardly(&world, &[stale(List::revoking(1))]), revoked);
    let early = List {
        this_update: "20300101000501Z",
        ..List::new()
    };
    let wanted = "refused: it was made on 2030-01-01T00:05:01Z; it is now 2030-01-01T00:00:00Z";
    assert_eq!(hardly(&world, &[early]), wanted);
    let skewed = List {
        this_update: "20300101000500Z",
        ..List::new()
    };
    assert_eq!(hardly(&world, &[skewed]), "good");
}

#[test]
fn only_the_issuer_signs_and_only_if_its_key_may() {
    let world = World::new();
    let judge = |der: Vec<u8>| {
        with(&[der], |crls| {
            world.judge(hard(Revocation {
                crls,
                ..Revocation::default()
            }))
        })
    };
    let forged = List::new().signed_by(&world.leaf_key);
    let bad = "refused: its signer's key did not make this signature";
    assert_eq!(judge(forged), bad);
    // A forged revocation refuses nobody under soft-fail.
    let forged = List::revoking(1).signed_by(&world.leaf_key);
    let answer = with(&[forged], |crls| {
        world.judge(soft(Revocation {
            crls,
            ..Revocation::default()
        }))
    });
    assert_eq!(
        answer,
        "unknown; its signer's key did not make this signature"
    );
    let other = List {
        issuer: "other",
        ..List::revoking(1)
    };
    assert_eq!(judge(other.signed_by(&world.root_key)), NOTHING);
    let usage = |bits| vec![authority(None), extension(15, true, &[3, 2, 1, bits])];
    let world = World::with(usage(0x04), vec![]);
    let wanted = "refused: its signer may not sign it: its key may not be used for cRLSign";
    assert_eq!(hardly(&world, &[List::new()]), wanted);
    let world = World::with(usage(0x06), vec![]);
    assert_eq!(hardly(&world, &[List::new()]), "good");
}

#[test]
fn unknown_critical_extensions_make_a_crl_unusable() {
    let world = World::new();
    let unknown = |critical| extension(99, critical, &[5, 0]);
    let wanted = "refused: its critical extension 2.5.29.99 is not understood";
    for (critical, answer) in [(true, wanted), (false, "good")] {
        let list = List::new().with(unknown(critical));
        assert_eq!(hardly(&world, &[list]), answer);
        let list = List::new().and(entry(2, &[unknown(critical)]));
        assert_eq!(hardly(&world, &[list]), answer);
    }
}

#[test]
fn scopes_are_kept() {
    let world = World::new();
    let set = |number: u8| vec![0x80 | number, 1, 0xff];
    let limited = |to| format!("refused: it is limited to {to}");
    for (field, wanted) in [
        (set(1), "good".to_owned()),
        (set(2), limited("certificates of authorities")),
        (set(5), limited("attribute certificates")),
        (
            vec![0x83, 2, 6, 0x40],
            "refused: only some reasons for revocation are covered".to_owned(),
        ),
        (vec![0x83, 3, 7, 0x7f, 0x80], "good".to_owned()),
    ] {
        let list = List::new().with(scope(&[&field]));
        assert_eq!(hardly(&world, &[list]), wanted);
    }
    // Two that share the reasons cover all; and either revokes.
    let some = List::new().with(scope(&[&[0x83, 2, 6, 0x40]]));
    let rest = List::new().with(scope(&[&[0x83, 3, 7, 0x3f, 0x80]]));
    assert_eq!(hardly(&world, &[some.clone(), rest]), "good");
    let revoking = some.and(entry(1, &[reason_code(1)]));
    assert_eq!(hardly(&world, &[revoking]), "revoked: keyCompromise");
}

#[test]
fn distribution_points_are_matched_by_any_name_of_any_point() {
    let list = |name: &str| List::revoking(1).with(scope(&[&uri(name)]));
    let point = |name: &str| vec![uri(name)];
    let elsewhere = "refused: it belongs to other distribution points";
    let plain = World::new();
    assert_eq!(hardly(&plain, &[list("http://a.test/1")]), elsewhere);
    let (one, two) = (point("http://a.test/1"), point("http://a.test/2"));
    let world = World::with(vec![authority(None)], vec![points(&[&one, &two])]);
    // RUSTSEC-2026-0049: the second point counts as the first does.
    for name in ["http://a.test/1", "http://a.test/2"] {
        assert_eq!(hardly(&world, &[list(name)]), "revoked: keyCompromise");
    }
    assert_eq!(hardly(&world, &[list("http://a.test/3")]), elsewhere);
    // A CRL without a point of its own is for all of them.
    assert_eq!(
        hardly(&world, &[List::revoking(1)]),
        "revoked: keyCompromise"
    );
    // RFC 5280 s5.2.5: a relative name is the issuer's with one component more.
    let last = element(0x30, &[&[6, 3, 0x55, 4, 3], &element(0x0c, &[b"shard"])]);
    let relative = element(0xa0, &[&element(0xa1, &[&last])]);
    let sharded = points(&[std::slice::from_ref(&relative)]);
    let world = World::with(vec![authority(None)], vec![sharded]);
    let list = List::revoking(1).with(scope(&[&relative]));
    assert_eq!(
        hardly(&world, std::slice::from_ref(&list)),
        "revoked: keyCompromise"
    );
    assert_eq!(hardly(&plain, &[list]), elsewhere);
}

#[test]
fn a_delta_adds_to_its_base_and_takes_back_holds() {
    let world = World::new();
    let base = List::new;
    let delta = |list: List| list.numbered(6).delta(5);
    let good = [base(), delta(List::new())];
    assert_eq!(hardly(&world, &good), "good");
    let revoked = [base(), delta(List::revoking(1))];
    assert_eq!(hardly(&world, &revoked), "revoked: keyCompromise");
    let held = [List::revoking(6), delta(List::new())];
    assert_eq!(hardly(&world, &held), "revoked: certificateHold");
    let released = [List::revoking(6), delta(List::revoking(8))];
    assert_eq!(hardly(&world, &released), "good");
    // Of two deltas the newer one counts, whichever comes first.
    let newer = List::revoking(6).numbered(7).delta(5);
    let older = delta(List::revoking(8));
    for list in [[newer.clone(), older.clone()], [older, newer]] {
        let [one, two] = list;
        let answer = hardly(&world, &[base(), one, two]);
        assert_eq!(answer, "revoked: certificateHold");
    }
    // A fresh delta keeps an old base alive; an old one does not.
    let old = |list: List| List {
        next_update: PAST,
        ..list
    };
    let kept = [old(base()), delta(List::new())];
    assert_eq!(hardly(&world, &kept), "good");
    assert!(hardly(&world, &[old(base())]).starts_with("refused: its next update"));
}

#[test]
fn a_delta_that_does_not_join_proves_nothing_and_still_revokes() {
    let world = World::new();
    let alone = "no complete CRL is at hand that this delta builds on";
    let delta = List::new().numbered(6).delta(5);
    let refused = format!("refused: {alone}");
    assert_eq!(hardly(&world, std::slice::from_ref(&delta)), refused);
    // The base is older than the one it builds on, or has another scope.
    let older = List::new().numbered(4);
    let dropped = format!("good; {alone}");
    assert_eq!(hardly(&world, &[older.clone(), delta.clone()]), dropped);
    let scoped = List::new().with(scope(&[&[0x81, 1, 0xff]]));
    assert_eq!(hardly(&world, &[scoped, delta]), dropped);
    let revoking = List::revoking(1).numbered(6).delta(5);
    let answer = hardly(&world, &[older, revoking]);
    assert_eq!(answer, "revoked: keyCompromise");
}

/// A CRL of another issuer, under the distribution point that says so.
fn indirect(list: &List, usage: &[Vec<u8>], certifier: Option<&PrivateKey>) -> String {
    let point = points(&[&[signs_there("signer")]]);
    let world = World::with(vec![authority(None)], vec![point]);
    let signer_key = key();
    let signer = Made::new("signer", "root", &signer_key)
        .with(usage.to_vec())
        .signed_by(certifier.unwrap_or(&world.root_key));
    with(&[list.signed_by(&signer_key)], |crls| {
        world.judge(hard(Revocation {
            crls,
            crl_issuers: &[&signer],
            ..Revocation::default()
        }))
    })
}

#[test]
fn an_indirect_crl_is_believed_if_point_certificate_and_entry_agree() {
    let usage = [extension(15, true, &[3, 2, 1, 0x02])];
    let other = [extension(15, true, &[3, 2, 7, 0x80])];
    let flag = || scope(&[&[0x84, 1, 0xff]]);
    let list = |list: List| List {
        issuer: "signer",
        ..list.with(flag())
    };
    let named = |issuer| entry(1, &[reason_code(1), entry_issuer(issuer)]);
    assert_eq!(indirect(&list(List::new()), &usage, None), "good");
    let answer = indirect(&list(List::new().and(named("root"))), &usage, None);
    assert_eq!(answer, "revoked: keyCompromise");
    // Without a name the entry is the signer's own; and a name holds for those that follow.
    let answer = indirect(&list(List::new().and(entry(1, &[]))), &usage, None);
    assert_eq!(answer, "good");
    let other_first = List::new().and(entry(9, &[entry_issuer("root")]));
    let answer = indirect(&list(other_first.and(entry(1, &[]))), &usage, None);
    assert_eq!(answer, "revoked: unspecified");
    let answer = indirect(&list(List::new().and(named("elsewhere"))), &usage, None);
    assert_eq!(answer, "good");
    let direct = List {
        issuer: "signer",
        ..List::new()
    };
    let wanted = "refused: it is limited to certificates of its own issuer";
    assert_eq!(indirect(&direct, &usage, None), wanted);
    let wanted = "refused: its signer may not sign it: its key may not be used for cRLSign";
    assert_eq!(indirect(&list(List::new()), &other, None), wanted);
    let stranger = key();
    let answer = indirect(&list(List::new()), &usage, Some(&stranger));
    assert!(
        answer.starts_with("refused: its signer may not sign it"),
        "{answer}"
    );
}

#[test]
fn intermediates_are_asked_about_as_well_and_none_vouches_for_itself() {
    let (root_key, middle_key, leaf_key) = (key(), key(), key());
    let ca = || vec![authority(None)];
    let root = Made::new("root", "root", &root_key)
        .with(ca())
        .signed_by(&root_key);
    let middle = Made::new("middle", "root", &middle_key)
        .with(ca())
        .signed_by(&root_key);
    let leaf = Made::new("leaf", "middle", &leaf_key).signed_by(&middle_key);
    let below = List {
        issuer: "middle",
        ..List::new()
    };
    let below = below.signed_by(&middle_key);
    let answer = |above: Option<Vec<u8>>| {
        let lists: Vec<_> = [below.clone()].into_iter().chain(above).collect();
        with(&lists, |crls| {
            let hard = hard(Revocation {
                crls,
                ..Revocation::default()
            });
            judge(&[&leaf, &middle], &root, hard)
        })
    };
    assert_eq!(answer(Some(List::new().signed_by(&root_key))), "good");
    let revoked = List::revoking(2).signed_by(&root_key);
    assert_eq!(answer(Some(revoked)), "revoked: cACompromise");
    assert_eq!(answer(None), NOTHING);
    let own = List::new().signed_by(&middle_key);
    let wanted = "refused: its signer's key did not make this signature";
    assert_eq!(answer(Some(own)), wanted);
}

#[test]
fn where_an_issuer_publishes_nothing_nothing_is_asked() {
    // RFC 9608
    let none = || extension(56, false, &[5, 0]);
    let world = World::with(vec![authority(None)], vec![none()]);
    assert_eq!(hardly(&world, &[]), "not published");
    let authority_leaf = World::with(vec![authority(None)], vec![none(), authority(None)]);
    assert_eq!(hardly(&authority_leaf, &[]), NOTHING);
    // What says both that status is published and that it is not, is asked.
    let points = element(0x30, &[&element(0x30, &[&uri("http://crl.test/here")])]);
    let access = |method: u8| {
        let method = element(0x06, &[&[0x2b, 6, 1, 5, 5, 7, 48, method]]);
        let location = element(0x86, &[b"http://here.test/"]);
        let list = element(0x30, &[&element(0x30, &[&method, &location])]);
        let kind = element(0x06, &[&[0x2b, 6, 1, 5, 5, 7, 1, 1]]);
        element(0x30, &[&kind, &element(0x04, &[&list])])
    };
    for (beside, wanted) in [
        (extension(31, false, &points), NOTHING),
        (extension(46, false, &points), NOTHING),
        (access(1), NOTHING),
        // Where the issuer's certificate is says nothing about status.
        (access(2), "not published"),
    ] {
        let world = World::with(vec![authority(None)], vec![none(), beside]);
        assert_eq!(hardly(&world, &[]), wanted);
    }
}

#[test]
fn critical_distribution_points_are_understood_and_asked() {
    let here = element(0x30, &[&element(0x30, &[&uri("http://crl.test/here")])]);
    let world = World::with(vec![authority(None)], vec![extension(31, true, &here)]);
    assert_eq!(world.judge(Revocation::default()), "not asked");
    let there = List::new().with(scope(&[&uri("http://crl.test/there")]));
    assert!(hardly(&world, &[there]).starts_with("refused"));
    let here = List::new().with(scope(&[&uri("http://crl.test/here")]));
    assert_eq!(hardly(&world, &[here]), "good");
}

#[test]
fn critical_distribution_points_that_cannot_be_read_are_refused_in_every_mode() {
    for (value, critical, refused) in [
        (&[0x30, 0][..], true, true),
        (&[0x30, 2, 5, 0], true, true),
        (&[0x30, 2, 0x30, 0], true, false),
        (&[0x30, 0], false, false),
    ] {
        let world = World::with(vec![authority(None)], vec![extension(31, critical, value)]);
        let said = world.judge(Revocation::default());
        let told = said.contains("cRLDistributionPoints at byte");
        assert_eq!(told, refused, "{value:?} {critical}: {said}");
    }
}

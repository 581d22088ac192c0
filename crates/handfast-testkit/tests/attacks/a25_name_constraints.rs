//! A25, name constraints that do not constrain: every kind of base beside every kind of name, and
//! what Go's crypto/x509 (13 reports) and rustls-webpki (4) got wrong in 2025 and 2026.

use crate::attack::{Attack, Control, Found};
use crate::chains::{Chain, Judged, NOW, Verifier, ours, signatures_alone};
use handfast_pki::crl::Crl;
use handfast_pki::load;
use handfast_testkit::constraints::textbook::{Mistake, allowed};
use handfast_testkit::constraints::{Case, cases};
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, dns, key, name_constraints, signs_all,
};
use handfast_testkit::made::crl;
use handfast_testkit::made::der::{element, extension, name, sequence};

/// Whether a verifier lets the leaf of a case pass.
type Judge = fn(&Case) -> bool;

macro_rules! mistaken {
    ($($broken:literal: $mistake:ident,)*) => {
        &[$(Control {
            broken: $broken,
            run: || constraints(|case| allowed(case, Mistake::$mistake)),
        },)*]
    };
}

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A25",
        name: "names_outside_of_constraints",
        ours: || constraints(judge),
        controls: mistaken! {
            "a_verifier_that_excludes_nothing": ExcludedIgnored,
            "a_verifier_that_compares_with_case": Case,
            "a_verifier_that_takes_the_star_for_a_label": WildcardLiteral,
            "a_verifier_that_permits_what_a_star_may_mean": WildcardSome,
            "a_verifier_that_constrains_no_uri": UriIgnored,
            "a_verifier_that_heeds_the_last_mailbox": LastMailbox,
            "a_verifier_that_takes_hosts_below_for_mail": MailBelow,
            "a_verifier_that_compares_ends": AnyEnd,
        },
    },
    Attack {
        id: "A25",
        name: "defects_of_others",
        ours: || defects(ours),
        controls: &[Control {
            broken: "a_verifier_that_looks_at_signatures_alone",
            run: || defects(signatures_alone),
        }],
    },
    Attack {
        id: "A25",
        name: "constraints_nobody_understands",
        ours: || not_understood(ours),
        controls: &[Control {
            broken: "a_verifier_that_looks_at_signatures",
            run: || not_understood(signatures_alone),
        }],
    },
];

fn judge(case: &Case) -> bool {
    let made = case.certificates();
    ours(&Chain {
        sent: vec![made.leaf, made.issuer],
        roots: vec![made.root],
        name: None,
    })
    .accepted
}

fn constraints(judge: Judge) -> Found {
    let mut found = Found::default();
    for case in cases() {
        let passes = judge(&case);
        found.tried(if passes == case.allowed {
            Ok(())
        } else {
            Err(format!("{}: passes {passes}", case.label))
        });
    }
    found
}

/// What is wrong beside constraints (those are among the cases above): each is refused, with few
/// words and little work.
fn defects(verifier: Verifier) -> Found {
    let mut found = Found::default();
    let mut refused = |id: &str, chain: &Chain, why: &str| {
        let Judged {
            accepted,
            reason,
            told,
            ..
        } = verifier(chain);
        let case = format!("{id}: accepted {accepted}, {reason}");
        found.tried(
            if accepted || !reason.contains(why) || told.len() > 32 * 1024 {
                Err(case)
            } else {
                Ok(())
            },
        );
    };
    refused("GO-2025-4007", &many_constraints(900), "comparisons");
    let dsa = [0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
    let spki = sequence(&[&dsa, &element(3, &[&[0, 2, 1, 5]])]);
    refused("GO-2025-4013", &keyed(&spki), "key");
    let mut names = many_names(900, Some("elsewhere.test".to_owned()));
    refused("GO-2025-4155", &names, "not for elsewhere.test");
    names.name = Some(["a"; 120].join("."));
    refused("GO-2026-5037", &names, "not for a.a.");
    refused("GO-2025-3749", &any_purpose_and_policies(), "polic");
    // Beyond a limit the issuer cannot even be read.
    refused("GO-2026-4946", &many_mappings(400), "");
    refused("GO-2026-4946, fewer", &many_mappings(60), "polic");
    refused("GO-2026-4947", &many_intermediates(), "more than");
    // A key without its CRT values is refused or read, without a panic.
    let numbers: Vec<_> = [0_u8, 0x5b, 3, 0x3b, 11, 7]
        .iter()
        .map(|one| vec![2, 1, *one])
        .collect();
    let partial = sequence(&[&numbers.concat()]);
    let read = std::panic::catch_unwind(|| load::private_key(&partial, None).is_ok());
    found.tried(match read {
        Ok(false) => Ok(()),
        other => Err(format!("GO-2025-3421: {other:?}")),
    });
    let scope = crl::scope(&[&[0x83, 1, 0]]);
    let list = crl::Draft::new("root", NOW, NOW + 1)
        .with(scope)
        .signed_by(&key());
    let read = std::panic::catch_unwind(|| Crl::parse(&list).map(|_| ()));
    found.tried(match read {
        Ok(_) => Ok(()),
        Err(_) => Err("RUSTSEC-2026-0104: a panic".to_owned()),
    });
    found
}

/// A leaf below an authority below the root, each with extensions of its own.
fn below(issuer: Vec<Vec<u8>>, leaf: Vec<Vec<u8>>) -> Chain {
    let (root_key, issuer_key, leaf_key) = (key(), key(), key());
    let with = |mut draft: Draft, extensions: Vec<Vec<u8>>| {
        draft.extensions.extend(extensions);
        draft
    };
    let root = Draft::new("root", "root", root_key.public_spki()).with(authority(None));
    let middle = Draft::new("issuer", "root", root_key.public_spki()).with(authority(None));
    let middle = Draft {
        spki: issuer_key.public_spki().to_vec(),
        ..middle
    };
    let own = Draft::new("leaf", "issuer", leaf_key.public_spki());
    Chain {
        sent: vec![
            with(own, leaf).signed_by(&issuer_key),
            with(middle, issuer).signed_by(&root_key),
        ],
        roots: vec![root.with(signs_all()).signed_by(&root_key)],
        name: None,
    }
}

fn many_constraints(count: usize) -> Chain {
    let names: Vec<_> = (0..count).map(|at| dns(format!("n{at}.test"))).collect();
    let bases: Vec<_> = (0..count).map(|at| dns(format!("b{at}.test"))).collect();
    below(
        vec![name_constraints(&[], &bases)],
        vec![alternative_names(&names)],
    )
}

fn many_names(count: usize, name: Option<String>) -> Chain {
    let names: Vec<_> = (0..count)
        .map(|at| dns(format!("*.a.a.a.a.n{at}.test")))
        .collect();
    Chain {
        name,
        ..below(vec![], vec![alternative_names(&names)])
    }
}

/// A key that nobody uses any more, as the issuer's.
fn keyed(spki: &[u8]) -> Chain {
    let mut chain = below(vec![], vec![]);
    let (root_key, issuer_key) = (key(), key());
    let root = Draft::new("root", "root", root_key.public_spki()).with(authority(None));
    let middle = Draft::new("issuer", "root", spki).with(authority(None));
    let own = Draft::new("leaf", "issuer", key().public_spki());
    chain.sent = vec![own.signed_by(&issuer_key), middle.signed_by(&root_key)];
    chain.roots = vec![root.signed_by(&root_key)];
    chain
}

/// requireExplicitPolicy 0 above a leaf without policies, whose purpose is any.
fn any_purpose_and_policies() -> Chain {
    let any = extension(37, false, &sequence(&[&[6, 4, 0x55, 0x1d, 37, 0]]));
    below(vec![extension(36, true, &[0x30, 3, 0x80, 1, 0])], vec![any])
}

fn policy(number: usize) -> Vec<u8> {
    let [.., high, low] = number.to_be_bytes();
    let low = [0x80 | (high << 1 | low >> 7), low & 0x7f];
    element(6, &[&[0x2a, 3, 0x84], &low])
}

fn many_mappings(count: usize) -> Chain {
    let policies: Vec<_> = (0..count).map(|at| sequence(&[&policy(at)])).collect();
    let pairs: Vec<_> = (0..count)
        .map(|at| sequence(&[&policy(at), &policy(count - 1 - at)]))
        .collect();
    below(
        vec![
            extension(32, false, &sequence(&[&policies.concat()])),
            extension(33, true, &sequence(&[&pairs.concat()])),
            extension(36, true, &[0x30, 3, 0x80, 1, 0]),
        ],
        vec![extension(
            32,
            false,
            &sequence(&[&sequence(&[&[6, 3, 0x2a, 3, 9]])]),
        )],
    )
}

fn many_intermediates() -> Chain {
    let mut chain = below(vec![], vec![]);
    let others = (0..2_000).map(|_| {
        let own = key();
        Draft::new("issuer", "issuer", own.public_spki())
            .with(authority(None))
            .signed_by(&own)
    });
    chain.sent.truncate(1);
    chain.sent.extend(others);
    // The control is led along the names: its chain must hold.
    chain
}

/// Critical extensions that nobody knows, constraints of kinds nobody compares, bases that are
/// none, on the authority.
fn not_understood(verifier: Verifier) -> Found {
    let mut found = Found::default();
    let other = element(0xa0, &[&[6, 3, 0x2a, 3, 4], &element(0xa0, &[&[5, 0]])]);
    let registered = element(0x88, &[&[0x2a, 3, 4]]);
    let bounds = |number: u8| {
        let base = dns("example.test");
        let value = sequence(&[&element(0xa0, &[&sequence(&[&base, &[number, 1, 1]])])]);
        extension(30, true, &value)
    };
    let names = |name: Vec<u8>| alternative_names(&[name]);
    let plain = || names(dns("example.test"));
    let cases: [(&str, Vec<u8>, Vec<u8>); 11] = [
        (
            "an unknown critical extension",
            extension(99, true, &[5, 0]),
            plain(),
        ),
        (
            "otherName",
            name_constraints(std::slice::from_ref(&other), &[]),
            names(other.clone()),
        ),
        (
            "registeredID",
            name_constraints(&[], std::slice::from_ref(&registered)),
            names(registered.clone()),
        ),
        ("minimum", bounds(0x80), plain()),
        ("maximum", bounds(0x81), plain()),
        (
            "an empty extension",
            extension(30, true, &sequence(&[])),
            plain(),
        ),
        (
            "an empty list",
            extension(30, true, &sequence(&[&[0xa0, 0]])),
            plain(),
        ),
        (
            "a mask with a hole",
            name_constraints(&[element(0x87, &[&[10, 0, 0, 0, 255, 0, 255, 0]])], &[]),
            plain(),
        ),
        (
            "a mask without an address",
            name_constraints(&[element(0x87, &[&[255, 0, 0]])], &[]),
            plain(),
        ),
        (
            "a base with a NUL",
            name_constraints(&[dns("example.test\0.evil.test")], &[]),
            plain(),
        ),
        (
            "a base with a star",
            name_constraints(&[dns("*.test")], &[]),
            plain(),
        ),
    ];
    for (label, constraint, names) in cases {
        let judged = verifier(&below(vec![constraint], vec![names]));
        found.tried(if judged.accepted {
            Err(label.to_owned())
        } else {
            Ok(())
        });
    }
    let _ = name;
    found
}

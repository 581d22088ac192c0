//! Rules put together: each part with a case where it holds and one where it does not.

use super::NOW;
use super::made::{Made, authority, dns_names, key};
use crate::certificate::Certificate;
use crate::dane::{Dane, Tlsa, WithoutRecords};
use crate::name::ServerName;
use crate::pin::{MAX_PINS, Pin, Pins};
use crate::roots::Roots;
use crate::verify::combined::evaluation::verify_combined;
use crate::verify::combined::outcome::{CombinedVerdict, Refusal};
use crate::verify::combined::rule::{
    Combination, Evidence, Logged, MAX_DEPTH, MAX_PARTS, Rule, RuleFault,
};
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;
use crate::verify::revocation::Revocation;
use crate::verify::{Purpose, Request};
use rustls_pki_types::CertificateDer;

/// A leaf below an intermediate below a root; and a stranger's root.
struct World {
    root: Vec<u8>,
    intermediate: Vec<u8>,
    leaf: Vec<u8>,
    stranger: Vec<u8>,
    name: ServerName,
    at: i64,
}

impl World {
    fn new() -> Self {
        let (root, intermediate, leaf, stranger) = (key(), key(), key(), key());
        Self {
            root: Made::new("root", "root", &root)
                .with(vec![authority(None)])
                .signed_by(&root),
            intermediate: Made::new("middle", "root", &intermediate)
                .with(vec![authority(None)])
                .signed_by(&root),
            leaf: Made::new("leaf", "middle", &leaf)
                .with(vec![dns_names(&["example.test"])])
                .signed_by(&intermediate),
            stranger: Made::new("stranger", "stranger", &stranger)
                .with(vec![authority(None)])
                .signed_by(&stranger),
            name: ServerName::parse("example.test").expect("a name"),
            at: NOW,
        }
    }

    fn roots(certificate: &[u8]) -> Roots {
        let mut roots = Roots::new();
        let certificate = CertificateDer::from(certificate.to_vec());
        roots.add(certificate).expect("an anchor");
        roots
    }

    fn judge(&self, rule: Rule) -> Result<CombinedVerdict, Box<Refusal>> {
        self.judge_by(rule, &Self::roots(&self.root))
    }

    fn judge_by(&self, rule: Rule, roots: &Roots) -> Result<CombinedVerdict, Box<Refusal>> {
        let combination = Combination::new(rule).expect("a sound rule");
        let evidence = Evidence {
            request: Request {
                // The last one stands on no path.
                chain: &[&self.leaf, &self.intermediate, &self.stranger],
                roots,
                purpose: Purpose::ServerAuth,
                key_usage: None,
                name: Some(&self.name),
                at_unix_s: self.at,
                policy: &Policy::MODERN,
                leaf_key: None,
                facts: None,
                revocation: Revocation::default(),
            },
            sct_list: None,
        };
        verify_combined(&combination, &evidence)
    }
}

fn spki(der: &[u8]) -> Vec<u8> {
    Certificate::parse(der).expect("it").spki().to_vec()
}

fn key_pin(der: &[u8]) -> Pins {
    Pins::new([Pin::of_key(&spki(der))]).expect("a pin")
}

fn strangers_pin() -> Pins {
    Pins::new([Pin::Key([7; 32])]).expect("a pin")
}

fn record(usage: u8, selector: u8, matching: u8, der: &[u8]) -> Tlsa {
    let selected = match selector {
        0 => der.to_vec(),
        _ => spki(der),
    };
    let data = match matching {
        0 => selected,
        _ => crate::fingerprint::sha256(&selected),
    };
    Tlsa {
        usage,
        selector,
        matching,
        data,
    }
}

fn chain_and(rule: Rule) -> Rule {
    Rule::All(vec![Rule::Chain, rule])
}

#[test]
fn a_chain_by_itself_is_what_verify_says() {
    let world = World::new();
    let verdict = world.judge(Rule::Chain).expect("it holds");
    assert_eq!(verdict.verdict().expect("a verdict").path(), [0, 1]);
    let stranger = World::roots(&world.stranger);
    let refused = world
        .judge_by(Rule::Chain, &stranger)
        .expect_err("no anchor");
    let reason = refused.rejection().reason();
    assert!(matches!(reason, Reason::UnknownIssuer { .. }), "{reason}");
    // The same by roots of its own: then it is no verdict by the request's.
    let other = world.judge_by(Rule::ChainTo(World::roots(&world.root)), &stranger);
    assert!(other.expect("it holds").verdict().is_none());
    let other = world.judge(Rule::ChainTo(stranger));
    assert!(!other.expect_err("no anchor").part().holds());
}

#[test]
fn a_pin_matches_any_certificate_of_the_path_or_the_leaf_alone() {
    let world = World::new();
    let chain = [&world.leaf, &world.intermediate, &world.root];
    for (depth, der) in chain.into_iter().enumerate() {
        let certificate = Pins::new([Pin::of_certificate(der)]).expect("a pin");
        for pins in [key_pin(der), certificate] {
            let rule = chain_and(Rule::Pinned(pins.clone()));
            let verdict = world.judge(rule).expect("it is on the path");
            assert!(verdict.verdict().is_some());
            let leaf_only = world.judge(chain_and(Rule::Pinned(pins.of_leaf_only())));
            assert_eq!(leaf_only.is_ok(), depth == 0);
        }
    }
    // A backup pin beside it does no harm; and what is not on the path does not count.
    let mut both = strangers_pin().pins().to_vec();
    both.extend(key_pin(&world.leaf).pins());
    let both = Pins::new(both).expect("two pins");
    assert!(world.judge(chain_and(Rule::Pinned(both))).is_ok());
    let stranger = key_pin(&world.stranger);
    let refused = world.judge(chain_and(Rule::Pinned(stranger)));
    let refused = refused.expect_err("no such key");
    let Reason::NotPinned { shown } = refused.rejection().reason() else {
        panic!("{refused}")
    };
    assert_eq!(shown[0], key_pin(&world.leaf).pins()[0].to_string());
    assert_eq!(shown.len(), 3);
}

#[test]
fn a_pin_needs_its_path_to_hold() {
    let world = World::new();
    let stranger = World::roots(&world.stranger);
    let rule = chain_and(Rule::Pinned(key_pin(&world.leaf)));
    let refused = world.judge_by(rule, &stranger).expect_err("no path");
    assert!(matches!(
        refused.rejection().reason(),
        Reason::UnknownIssuer { .. }
    ));
    assert_eq!(refused.part().parts[1].outcome, Err(Reason::NoPath));
}

#[test]
fn a_leaf_that_is_pinned_alone_needs_neither_anchor_nor_name_nor_dates() {
    let mut world = World::new();
    world.name = ServerName::parse("other.test").expect("a name");
    world.at = i64::MAX / 2;
    let stranger = World::roots(&world.stranger);
    let rule = |pins| Rule::DangerPinnedLeaf(pins);
    let verdict = world.judge_by(rule(key_pin(&world.leaf)), &stranger);
    assert!(verdict.expect("it is the one").verdict().is_none());
    let refused = world.judge_by(rule(strangers_pin()), &stranger);
    assert!(matches!(
        refused.expect_err("another").rejection().reason(),
        Reason::NotPinned { .. }
    ));
    // An authority's key does not do.
    assert!(
        world
            .judge_by(rule(key_pin(&world.intermediate)), &stranger)
            .is_err()
    );
    for (rule, danger) in [
        (rule(strangers_pin()), true),
        (Rule::AnyOf(vec![Rule::Chain, rule(strangers_pin())]), true),
        (chain_and(rule(strangers_pin())), false),
        (
            Rule::All(vec![rule(strangers_pin()), Rule::Pinned(strangers_pin())]),
            true,
        ),
        (Rule::Chain, false),
    ] {
        assert_eq!(Combination::new(rule).expect("sound").is_danger(), danger);
    }
}

#[test]
fn dane_ee_asks_for_the_certificate_or_key_alone() {
    let mut world = World::new();
    world.name = ServerName::parse("other.test").expect("a name");
    world.at = i64::MAX / 2;
    let stranger = World::roots(&world.stranger);
    for (selector, matching) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let good = Dane::new([record(3, selector, matching, &world.leaf)]);
        assert!(world.judge_by(Rule::Dane(good), &stranger).is_ok());
        let other = Dane::new([record(3, selector, matching, &world.intermediate)]);
        let refused = world.judge_by(Rule::Dane(other), &stranger);
        let refused = refused.expect_err("not the peer's own");
        assert!(matches!(
            refused.rejection().reason(),
            Reason::DaneMismatch { .. }
        ));
    }
}

#[test]
fn dane_ta_is_the_anchor_and_name_and_dates_hold_as_always() {
    let world = World::new();
    let stranger = World::roots(&world.stranger);
    let judge = |world: &World, record| world.judge_by(Rule::Dane(Dane::new([record])), &stranger);
    for (selector, matching) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let middle = record(2, selector, matching, &world.intermediate);
        judge(&world, middle).expect("the authority that was sent");
        let own = judge(&world, record(2, selector, matching, &world.leaf));
        assert!(own.is_err(), "the peer is no authority");
        // The root was not sent: a hash of it means nothing that is here.
        let root = judge(&world, record(2, selector, matching, &world.root));
        assert_eq!(root.is_ok(), matching == 0);
        assert!(judge(&world, record(2, selector, matching, &world.stranger)).is_err());
    }
    let middle = record(2, 1, 1, &world.intermediate);
    let mut other = World {
        name: ServerName::parse("other.test").expect("a name"),
        ..World::new()
    };
    other.leaf = world.leaf.clone();
    other.intermediate = world.intermediate.clone();
    let refused = judge(&other, middle.clone()).expect_err("another name");
    assert!(matches!(
        refused.rejection().reason(),
        Reason::NameMismatch { .. }
    ));
    other.name = world.name.clone();
    other.at = i64::MAX / 2;
    let refused = judge(&other, middle).expect_err("too late");
    assert!(matches!(
        refused.rejection().reason(),
        Reason::Expired { .. }
    ));
}

#[test]
fn pkix_usages_want_the_path_too() {
    let world = World::new();
    let (own, stranger) = (World::roots(&world.root), World::roots(&world.stranger));
    for (usage, der, holds) in [
        (0, &world.root, true),
        (0, &world.intermediate, true),
        (0, &world.leaf, false),
        (0, &world.stranger, false),
        (1, &world.leaf, true),
        (1, &world.intermediate, false),
        (1, &world.root, false),
    ] {
        for (selector, matching) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let rule = Rule::Dane(Dane::new([record(usage, selector, matching, der)]));
            let verdict = world.judge_by(rule.clone(), &own);
            assert_eq!(verdict.is_ok(), holds, "{usage} {selector} {matching}");
            if let Ok(verdict) = verdict {
                assert!(verdict.verdict().is_some());
            }
            assert!(
                world.judge_by(rule, &stranger).is_err(),
                "no path, no verdict"
            );
        }
    }
}

#[test]
fn without_a_record_that_can_be_used_the_caller_decides() {
    let world = World::new();
    let unknown = Tlsa {
        usage: 9,
        ..record(3, 1, 1, &world.leaf)
    };
    for records in [vec![], vec![unknown.clone()]] {
        let refused = world.judge(Rule::Dane(Dane::new(records.clone())));
        let refused = refused.expect_err("refused by default");
        let Reason::DaneUnusable { dropped } = refused.rejection().reason() else {
            panic!("{refused}")
        };
        assert_eq!(dropped.len(), records.len());
        let chain = Dane::new(records).or(WithoutRecords::Chain);
        let verdict = world.judge(Rule::Dane(chain.clone())).expect("the chain");
        assert!(verdict.verdict().is_some());
        let stranger = World::roots(&world.stranger);
        assert!(world.judge_by(Rule::Dane(chain), &stranger).is_err());
    }
    // One that can be used decides alone, and those beside it are passed over.
    let chain = |record| Dane::new([unknown.clone(), record]).or(WithoutRecords::Chain);
    assert!(
        world
            .judge(Rule::Dane(chain(record(3, 1, 1, &world.leaf))))
            .is_ok()
    );
    let other = chain(record(3, 1, 1, &world.intermediate));
    assert!(world.judge(Rule::Dane(other)).is_err());
}

#[test]
fn all_and_any_say_of_each_part_whether_and_why() {
    let world = World::new();
    let stranger = World::roots(&world.stranger);
    let good = Dane::new([record(3, 1, 1, &world.leaf)]);
    let either = Rule::AnyOf(vec![Rule::Chain, Rule::Dane(good.clone())]);
    let verdict = world
        .judge_by(either.clone(), &stranger)
        .expect("the zone says so");
    let parts: Vec<_> = verdict
        .part()
        .parts
        .iter()
        .map(crate::verify::combined::outcome::Part::holds)
        .collect();
    assert_eq!(parts, [false, true]);
    assert!(verdict.verdict().is_none(), "that path did not hold");
    assert!(
        world
            .judge(either.clone())
            .expect("both")
            .verdict()
            .is_some()
    );

    // Both together: a pin may be judged by whichever gave the path.
    let pinned = |pins| Rule::All(vec![Rule::Pinned(pins), either.clone()]);
    world
        .judge_by(pinned(key_pin(&world.leaf)), &stranger)
        .expect("the zone's certificate is the pinned one");
    let refused = world.judge_by(pinned(key_pin(&world.root)), &stranger);
    refused.expect_err("the root is on no path that holds");
    world
        .judge(pinned(key_pin(&world.root)))
        .expect("on this one it is");

    let bad = Dane::new([record(3, 1, 1, &world.root)]);
    let neither = Rule::AnyOf(vec![Rule::Chain, Rule::Dane(bad)]);
    let refused = world.judge_by(neither, &stranger).expect_err("neither");
    let Reason::NothingHolds { parts } = refused.rejection().reason() else {
        panic!("{refused}")
    };
    assert!(
        parts[0].starts_with("chain: its issuer is not known"),
        "{parts:?}"
    );
    assert!(
        parts[1].starts_with("DANE: no TLSA record means it"),
        "{parts:?}"
    );
    let text = refused.to_string();
    assert!(text.contains("\n  chain: does not hold"), "{text}");

    let logged = chain_and(Rule::Logged(Logged::default()));
    let refused = world.judge(logged).expect_err("no SCTs");
    assert!(matches!(
        refused.rejection().reason(),
        Reason::NotLogged { .. }
    ));
    assert_eq!(refused.rejection().section(), "RFC 6962 s5.2");
}

#[test]
fn the_order_of_parts_decides_nothing() {
    let world = World::new();
    let stranger = || Rule::ChainTo(World::roots(&world.stranger));
    let own = || Rule::ChainTo(World::roots(&world.root));
    let by_middle = || Rule::ChainTo(World::roots(&world.intermediate));
    let pinned = |der| Rule::Pinned(key_pin(der));
    let (root, leaf) = (|| pinned(&world.root), || pinned(&world.leaf));
    let parts = [
        by_middle(),
        stranger(),
        root(),
        Rule::Pinned(strangers_pin()),
        Rule::Logged(Logged::default()),
        Rule::DangerPinnedLeaf(key_pin(&world.leaf)),
        Rule::Dane(Dane::new([record(3, 1, 1, &world.leaf)])),
        Rule::AnyOf(vec![root()]),
        Rule::AnyOf(vec![stranger(), root()]),
        Rule::AnyOf(vec![Rule::Pinned(strangers_pin()), own()]),
        Rule::All(vec![root(), leaf()]),
        Rule::All(vec![by_middle(), leaf()]),
        Rule::All(vec![by_middle(), root()]),
        Rule::All(vec![Rule::AnyOf(vec![leaf()]), own()]),
    ];
    let judge = |order: [&Rule; 3]| {
        let rule = Rule::All(order.map(Clone::clone).to_vec());
        Combination::new(rule.clone())
            .is_ok()
            .then(|| world.judge(rule).is_ok())
    };
    let mut outcomes = [0; 3];
    for (one, first) in parts.iter().enumerate() {
        for (two, second) in parts.iter().enumerate().skip(one + 1) {
            for third in parts.iter().skip(two + 1) {
                let outcome = judge([first, second, third]);
                for order in [
                    [first, third, second],
                    [second, first, third],
                    [second, third, first],
                    [third, first, second],
                    [third, second, first],
                ] {
                    assert_eq!(judge(order), outcome, "{order:?}");
                }
                outcomes[outcome.map_or(2, usize::from)] += 1;
            }
        }
    }
    // Some refuse, some hold, some are no rules.
    assert!(outcomes.iter().all(|count| *count > 5), "{outcomes:?}");
    // And what comes first is no worse for it.
    world
        .judge(Rule::All(vec![Rule::AnyOf(vec![root()]), Rule::Chain]))
        .expect("the root is on the path");
}

#[test]
fn rules_are_bounded_and_judge_no_path_without_one() {
    let pinned = || Rule::Pinned(strangers_pin());
    let nested = |depth| (1..depth).fold(Rule::Chain, |rule, _| Rule::All(vec![rule]));
    let fault = |rule| Combination::new(rule).err();
    assert_eq!(fault(nested(MAX_DEPTH)), None);
    assert_eq!(fault(nested(MAX_DEPTH + 1)), Some(RuleFault::TooDeep));
    let wide = |parts: usize| Rule::AnyOf(vec![Rule::Chain; parts - 1]);
    assert_eq!(fault(wide(MAX_PARTS)), None);
    assert_eq!(fault(wide(MAX_PARTS + 1)), Some(RuleFault::TooManyParts));
    assert_eq!(fault(Rule::All(vec![])), Some(RuleFault::Empty));
    assert_eq!(fault(Rule::AnyOf(vec![])), Some(RuleFault::Empty));
    assert_eq!(fault(pinned()), Some(RuleFault::PinsWithoutPath));
    let logged = Rule::Logged(Logged::default());
    assert_eq!(fault(logged), Some(RuleFault::LogsWithoutPath));
    // An alternative beside the chain is none without it.
    let alternative = Rule::AnyOf(vec![Rule::Chain, pinned()]);
    assert_eq!(fault(alternative), Some(RuleFault::PinsWithoutPath));
    let within = Rule::All(vec![Rule::Chain, Rule::AnyOf(vec![pinned(), pinned()])]);
    assert_eq!(fault(within), None);
    let maybe = Rule::AnyOf(vec![Rule::Chain, Rule::All(vec![Rule::Chain, pinned()])]);
    assert_eq!(fault(maybe), None);
    assert!(Pins::new(vec![Pin::Key([0; 32]); MAX_PINS]).is_ok());
}

#[test]
fn equal_rules_have_equal_fingerprints_and_others_others() {
    let world = World::new();
    let rules = || {
        let dane = Dane::new([record(3, 1, 1, &world.leaf)]);
        let roots = World::roots(&world.root);
        vec![
            Rule::Chain,
            Rule::ChainTo(roots),
            Rule::ChainTo(World::roots(&world.stranger)),
            chain_and(Rule::Pinned(strangers_pin())),
            chain_and(Rule::Pinned(strangers_pin().of_leaf_only())),
            chain_and(Rule::Pinned(key_pin(&world.leaf))),
            Rule::DangerPinnedLeaf(strangers_pin()),
            chain_and(Rule::Logged(Logged::default())),
            Rule::Dane(dane.clone()),
            Rule::Dane(dane.or(WithoutRecords::Chain)),
            Rule::Dane(Dane::new([record(1, 1, 1, &world.leaf)])),
            Rule::AnyOf(vec![Rule::Chain, Rule::Chain]),
            Rule::All(vec![Rule::Chain, Rule::Chain]),
            Rule::All(vec![Rule::Chain]),
            Rule::All(vec![Rule::All(vec![Rule::Chain]), Rule::Chain]),
            Rule::All(vec![Rule::All(vec![Rule::Chain, Rule::Chain])]),
        ]
    };
    let print = |rule| Combination::new(rule).expect("sound").fingerprint();
    let prints: Vec<_> = rules().into_iter().map(print).collect();
    let again: Vec<_> = rules().into_iter().map(print).collect();
    assert_eq!(prints, again);
    let distinct: std::collections::BTreeSet<_> = prints.iter().collect();
    assert_eq!(distinct.len(), prints.len());
}

//! The cases of NIST's PKITS 4.8 to 4.12, made anew, and graphs that would be trees without end.

use super::broken::Broken;
use super::id::PolicyId;
use super::{PolicyInputs, check};
use crate::certificate::Certificate;
use crate::verify::budget::{Budget, Limits};
use crate::verify::reason::Reason;
use crate::verify::tests::made::{Made, element, extension, key};

/// One certificate of a path.
#[derive(Clone, Default)]
struct Spec {
    /// The last arcs of its policies; 0 is anyPolicy. Without any the extension is left out.
    policies: Vec<u8>,
    mappings: Vec<(u8, u8)>,
    require_explicit: Option<u8>,
    inhibit_mapping: Option<u8>,
    inhibit_any: Option<u8>,
    self_issued: bool,
}

impl Spec {
    fn map(mut self, mappings: &[(u8, u8)]) -> Self {
        self.mappings = mappings.to_vec();
        self
    }

    fn explicit(mut self, after: u8) -> Self {
        self.require_explicit = Some(after);
        self
    }

    fn no_mapping(mut self, after: u8) -> Self {
        self.inhibit_mapping = Some(after);
        self
    }

    fn no_any(mut self, after: u8) -> Self {
        self.inhibit_any = Some(after);
        self
    }

    fn self_issued(mut self) -> Self {
        self.self_issued = true;
        self
    }

    fn made(&self) -> Vec<u8> {
        let mut extensions = vec![extension(14, false, &[4, 1, 1])];
        if !self.policies.is_empty() {
            let list = self
                .policies
                .iter()
                .map(|last| element(0x30, &[&oid(*last)]));
            let list = element(0x30, &[&list.collect::<Vec<_>>().concat()]);
            extensions.push(extension(32, false, &list));
        }
        if !self.mappings.is_empty() {
            let pairs = self.mappings.iter();
            let pairs = pairs.map(|(from, to)| element(0x30, &[&oid(*from), &oid(*to)]));
            let list = element(0x30, &[&pairs.collect::<Vec<_>>().concat()]);
            extensions.push(extension(33, true, &list));
        }
        let number = |tag, number: Option<u8>| number.map(|number| vec![tag, 1, number]);
        let constraints = [
            number(0x80, self.require_explicit),
            number(0x81, self.inhibit_mapping),
        ];
        let constraints = constraints
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .concat();
        if !constraints.is_empty() {
            extensions.push(extension(36, true, &element(0x30, &[&constraints])));
        }
        if let Some(number) = number(2, self.inhibit_any) {
            extensions.push(extension(54, true, &number));
        }
        let key = key();
        let issuer = if self.self_issued { "one" } else { "other" };
        Made::new("one", issuer, &key)
            .with(extensions)
            .signed_by(&key)
    }
}

/// A certificate with these policies.
fn with(policies: &[u8]) -> Spec {
    Spec {
        policies: policies.to_vec(),
        ..Spec::default()
    }
}

/// anyPolicy for 0, else a policy of our own.
fn oid(last: u8) -> Vec<u8> {
    match last {
        0 => vec![6, 4, 0x55, 0x1d, 32, 0],
        last => vec![6, 3, 0x2a, 3, last],
    }
}

fn id(last: u8) -> PolicyId {
    PolicyId::parse(&match last {
        0 => String::from("2.5.29.32.0"),
        last => format!("1.2.3.{last}"),
    })
    .expect("an identifier")
}

fn ids(list: &[u8]) -> Vec<PolicyId> {
    let mut ids: Vec<_> = list.iter().map(|last| id(*last)).collect();
    ids.sort_unstable();
    ids
}

/// What is accepted; what else is asked.
fn asks(accepted: &[u8]) -> PolicyInputs {
    PolicyInputs {
        user_initial_policy_set: (accepted != [0]).then(|| ids(accepted).into()),
        ..PolicyInputs::ANY
    }
}

/// The path from the top down, below an anchor without extensions: what holds, or where it breaks,
/// counted from the top.
fn judged(path: &[Spec], inputs: &PolicyInputs) -> Result<[Vec<PolicyId>; 2], (usize, Reason)> {
    let made: Vec<_> = path.iter().rev().map(Spec::made).collect();
    let read: Vec<_> = made
        .iter()
        .map(|der| Certificate::parse(der).unwrap())
        .collect();
    let anchor = Spec::default().made();
    let mut budget = Budget::new(Limits::default());
    let path: Vec<_> = read.iter().collect();
    match check(
        inputs,
        &path,
        &Certificate::parse(&anchor).unwrap(),
        &mut budget,
    ) {
        Ok(found) => {
            let mut sets = [
                found.authority_constrained().to_vec(),
                found.user_constrained().to_vec(),
            ];
            sets.iter_mut().for_each(|set| set.sort_unstable());
            Ok(sets)
        }
        Err(Broken::At(depth, reason)) => Err((path.len() - 1 - depth, reason)),
        Err(Broken::Budget(exceeded)) => panic!("{exceeded}"),
    }
}

/// The path holds, with these sets of authorities and caller.
#[track_caller]
fn holds(path: &[Spec], inputs: &PolicyInputs, authority: &[u8], user: &[u8]) {
    assert_eq!(judged(path, inputs), Ok([ids(authority), ids(user)]));
}

/// The path breaks at the certificate of this number, counted from the top.
#[track_caller]
fn breaks(path: &[Spec], inputs: &PolicyInputs, at: usize) {
    assert_eq!(judged(path, inputs), Err((at, Reason::ExplicitPolicy)));
}

#[test]
fn policies_of_all_certificates_meet() {
    let explicit = |accepted: &[u8]| PolicyInputs {
        initial_explicit_policy: true,
        ..asks(accepted)
    };
    // 4.8.1: the same policy throughout.
    let same = [with(&[1]), with(&[1])];
    holds(&same, &explicit(&[0]), &[1], &[1]);
    holds(&same, &explicit(&[1]), &[1], &[1]);
    holds(&same, &explicit(&[1, 2]), &[1], &[1]);
    breaks(&same, &explicit(&[2]), 1);
    // 4.8.2: none; fine unless one is demanded.
    let none = [with(&[]), with(&[])];
    holds(&none, &asks(&[0]), &[], &[]);
    breaks(&none, &explicit(&[0]), 0);
    // 4.8.3, 4.8.4, 4.8.5: one of them states another.
    let other = [with(&[1]), with(&[2]), with(&[1])];
    holds(&other, &asks(&[0]), &[], &[]);
    holds(&other, &asks(&[1]), &[], &[]);
    breaks(&other, &explicit(&[0]), 1);
    let broken_off = [with(&[1]), with(&[]), with(&[1])];
    breaks(&broken_off, &explicit(&[0]), 1);
    // 4.8.6 to 4.8.10: what overlaps is left.
    let overlap = [with(&[1, 2, 3]), with(&[1, 2]), with(&[1])];
    holds(&overlap, &explicit(&[1]), &[1], &[1]);
    breaks(&overlap, &explicit(&[2]), 2);
    holds(
        &[with(&[1, 2]), with(&[1, 2])],
        &explicit(&[0]),
        &[1, 2],
        &[1, 2],
    );
    holds(
        &[with(&[1, 2]), with(&[1, 2])],
        &explicit(&[2]),
        &[1, 2],
        &[2],
    );
    breaks(
        &[with(&[1, 2, 3]), with(&[1]), with(&[2])],
        &explicit(&[0]),
        2,
    );
    // 4.8.11 to 4.8.14, 4.8.20: anyPolicy stands for all.
    holds(&[with(&[0]), with(&[0])], &explicit(&[0]), &[0], &[0]);
    holds(&[with(&[0]), with(&[0])], &explicit(&[1]), &[0], &[1]);
    holds(&[with(&[0]), with(&[1])], &explicit(&[1]), &[1], &[1]);
    breaks(&[with(&[0]), with(&[1])], &explicit(&[2]), 1);
    holds(&[with(&[1]), with(&[0])], &explicit(&[1]), &[1], &[1]);
}

#[test]
fn an_explicit_policy_is_demanded_once_so_many_certificates_were_passed() {
    let any = asks(&[0]);
    // 4.9.1 to 4.9.5: four authorities without policies below the demand.
    for (after, broken) in [
        (10, None),
        (5, None),
        (4, Some(4)),
        (2, Some(3)),
        (0, Some(1)),
    ] {
        let path = [
            with(&[1]).explicit(after),
            with(&[]),
            with(&[]),
            with(&[]),
            with(&[]),
        ];
        match broken {
            None => holds(&path, &any, &[], &[]),
            Some(at) => breaks(&path, &any, at),
        }
    }
    // 4.9.3: a nearer demand outweighs a farther one, and is not undone.
    breaks(
        &[with(&[1]).explicit(10), with(&[]).explicit(0), with(&[])],
        &any,
        2,
    );
    breaks(
        &[with(&[1]).explicit(0), with(&[1]).explicit(9), with(&[])],
        &any,
        2,
    );
    // 4.9.6 to 4.9.8: self-issued certificates do not count.
    let through = |own: Spec| [with(&[1]).explicit(2), own, with(&[])];
    breaks(&through(with(&[1])), &any, 2);
    holds(&through(with(&[1]).self_issued()), &any, &[], &[]);
    // RFC 5280 s6.1.5 (a) and (b): the last certificate counts, and may demand for itself.
    holds(
        &[with(&[1]).explicit(3), with(&[1]), with(&[])],
        &any,
        &[],
        &[],
    );
    breaks(&[with(&[1]).explicit(2), with(&[1]), with(&[])], &any, 2);
    breaks(&[with(&[]).explicit(1), with(&[])], &any, 1);
    breaks(&[with(&[]), with(&[]).explicit(0)], &any, 1);
    holds(&[with(&[]), with(&[]).explicit(1)], &any, &[], &[]);
}

#[test]
fn mapped_policies_are_worth_what_they_are_mapped_from() {
    let explicit = |accepted: &[u8]| PolicyInputs {
        initial_explicit_policy: true,
        ..asks(accepted)
    };
    // 4.10.1: 1 is mapped to 2; the caller knows 1 alone.
    let path = [with(&[1]).map(&[(1, 2)]), with(&[2])];
    holds(&path, &explicit(&[1]), &[1], &[1]);
    breaks(&path, &explicit(&[2]), 1);
    let inhibited = PolicyInputs {
        initial_policy_mapping_inhibit: true,
        ..explicit(&[0])
    };
    breaks(&path, &inhibited, 1);
    // 4.10.2: a mapped policy is not expected by its own name any more.
    breaks(&[with(&[1]).map(&[(1, 2)]), with(&[1])], &explicit(&[0]), 1);
    // 4.10.3: one to three by two steps, with another that ends.
    let path = [
        with(&[1, 2]).map(&[(1, 3)]),
        with(&[3, 4]).map(&[(3, 5)]),
        with(&[5]),
    ];
    holds(&path, &explicit(&[0]), &[1], &[1]);
    breaks(&path, &explicit(&[2]), 2);
    // 4.10.4 to 4.10.6: one policy mapped to several.
    let path = |leaf| [with(&[1]).map(&[(1, 2), (1, 3), (1, 4)]), with(&[leaf])];
    for leaf in [2, 3, 4] {
        holds(&path(leaf), &explicit(&[1]), &[1], &[1]);
    }
    breaks(&path(5), &explicit(&[1]), 1);
    // Two mapped to one: it is worth both.
    let path = [with(&[1, 2]).map(&[(1, 3), (2, 3)]), with(&[3])];
    holds(&path, &explicit(&[0]), &[1, 2], &[1, 2]);
    holds(&path, &explicit(&[2]), &[1, 2], &[2]);
    // 4.10.7, 4.10.8: anyPolicy is mapped neither from nor to.
    for pair in [(0, 1), (1, 0)] {
        let path = [with(&[1]).map(&[pair]), with(&[1])];
        let answer = judged(&path, &asks(&[0]));
        assert_eq!(answer, Err((0, Reason::AnyPolicyMapped)));
    }
    // 4.10.9 to 4.10.11: what anyPolicy stands for is mapped as well.
    let path = [with(&[0]).map(&[(1, 2)]), with(&[2])];
    holds(&path, &explicit(&[1]), &[1], &[1]);
    breaks(&path, &explicit(&[2]), 1);
    // 4.10.12 to 4.10.14: mappings of policies that it does not state do nothing.
    let path = [with(&[1]), with(&[1]).map(&[(2, 3)]), with(&[3])];
    breaks(&path, &explicit(&[0]), 2);
    // A leaf's own mappings map nothing.
    holds(
        &[with(&[1]), with(&[1]).map(&[(1, 2)])],
        &explicit(&[0]),
        &[1],
        &[1],
    );
}

#[test]
fn mapping_is_inhibited_once_so_many_certificates_were_passed() {
    let explicit = PolicyInputs {
        initial_explicit_policy: true,
        ..asks(&[0])
    };
    let path = |after, own: Spec| [with(&[1]).no_mapping(after), own, with(&[2])];
    // 4.11.1 to 4.11.4
    let mapping = with(&[1]).map(&[(1, 2)]);
    breaks(&path(0, mapping.clone()), &explicit, 2);
    holds(&path(1, mapping.clone()), &explicit, &[1], &[1]);
    // A policy of the same authority that is not mapped goes on.
    let path = [
        with(&[1, 2]).no_mapping(0),
        with(&[1, 2]).map(&[(1, 3)]),
        with(&[1, 2, 3]),
    ];
    holds(&path, &explicit, &[2], &[2]);
    // 4.11.5, 4.11.6: a nearer limit outweighs a farther one.
    let nested = [
        with(&[1]).no_mapping(5),
        with(&[1]).no_mapping(0),
        mapping.clone(),
        with(&[2]),
    ];
    breaks(&nested, &explicit, 3);
    // 4.11.7 to 4.11.11: self-issued certificates do not count.
    let through = |own: Spec| [with(&[1]).no_mapping(1), own, mapping.clone(), with(&[2])];
    breaks(&through(with(&[1])), &explicit, 3);
    holds(&through(with(&[1]).self_issued()), &explicit, &[1], &[1]);
}

#[test]
fn any_policy_is_inhibited_once_so_many_certificates_were_passed() {
    let explicit = PolicyInputs {
        initial_explicit_policy: true,
        ..asks(&[0])
    };
    // 4.12.1 to 4.12.6
    breaks(&[with(&[1]).no_any(0), with(&[0])], &explicit, 1);
    holds(
        &[with(&[1]).no_any(0), with(&[0, 1])],
        &explicit,
        &[1],
        &[1],
    );
    holds(
        &[with(&[1]).no_any(1), with(&[0]), with(&[1])],
        &explicit,
        &[1],
        &[1],
    );
    breaks(
        &[with(&[1]).no_any(1), with(&[0]), with(&[0])],
        &explicit,
        2,
    );
    breaks(
        &[with(&[1]).no_any(5), with(&[1]).no_any(0), with(&[0])],
        &explicit,
        2,
    );
    let inhibited = PolicyInputs {
        initial_any_policy_inhibit: true,
        ..explicit.clone()
    };
    breaks(&[with(&[0]), with(&[1])], &inhibited, 0);
    holds(&[with(&[1]), with(&[1])], &inhibited, &[1], &[1]);
    // 4.12.7 to 4.12.10: in a self-issued authority's certificate it stands all the same, in a
    // leaf's it does not.
    let through = |own: Spec| [with(&[1]).no_any(0), own, with(&[1])];
    holds(&through(with(&[0]).self_issued()), &explicit, &[1], &[1]);
    breaks(&through(with(&[0])), &explicit, 1);
    breaks(
        &[with(&[1]).no_any(0), with(&[0]).self_issued()],
        &explicit,
        1,
    );
}

#[test]
fn the_constraints_of_an_anchor_hold() {
    let leaf = with(&[0]).made();
    let leaf = Certificate::parse(&leaf).expect("the leaf");
    let answer = |anchor: &Spec| {
        let anchor = anchor.made();
        let anchor = Certificate::parse(&anchor).expect("the anchor");
        let mut budget = Budget::new(Limits::default());
        check(&PolicyInputs::ANY, &[&leaf], &anchor, &mut budget).is_ok()
    };
    assert!(answer(&with(&[])) && answer(&with(&[7]).explicit(0)));
    assert!(!answer(&with(&[]).explicit(0).no_any(0)));
}

#[test]
fn a_policy_stands_once_however_many_ways_lead_to_it() {
    // CVE-2023-0464: in a tree the nodes of each level are the square of those above.
    let all: Vec<u8> = (1..=100).collect();
    let pairs: Vec<(u8, u8)> = all
        .iter()
        .flat_map(|from| [(*from, 1), (*from, 2)])
        .collect();
    let own = with(&all).map(&pairs);
    let path: Vec<Spec> = (0..30)
        .map(|_| own.clone())
        .chain([with(&[1, 2])])
        .collect();
    holds(&path, &asks(&[0]), &all, &all);
    let made: Vec<_> = path.iter().rev().map(Spec::made).collect();
    let read: Vec<_> = made
        .iter()
        .map(|der| Certificate::parse(der).unwrap())
        .collect();
    let mut budget = Budget::new(Limits::default());
    let path: Vec<_> = read.iter().collect();
    check(&PolicyInputs::ANY, &path, &read[0], &mut budget).expect("the path");
    assert!(budget.used().steps < 20_000, "{}", budget.used().steps);
    // And what is too much ends.
    let mut budget = Budget::new(Limits {
        steps: 1_000,
        ..Limits::default()
    });
    let answer = check(&PolicyInputs::ANY, &path, &read[0], &mut budget);
    assert!(matches!(answer, Err(Broken::Budget(_))));
}

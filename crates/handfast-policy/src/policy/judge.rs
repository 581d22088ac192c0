//! Which of a config's lists stand outside of a policy.

use crate::policy::{List, Policy, Rule, Violation};
use core::fmt::Display;
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// The lists of a config; nothing for what was not said.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lists<'a> {
    pub(crate) versions: Option<&'a [ProtocolVersion]>,
    pub(crate) suites: Option<&'a [CipherSuite]>,
    pub(crate) groups: Option<&'a [NamedGroup]>,
    pub(crate) schemes: Option<&'a [SignatureScheme]>,
}

impl Policy {
    /// All that the lists hold outside of the policy, in the order of the rules and of the lists.
    pub(crate) fn judge(&self, lists: Lists<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        outside(&mut found, Rule::Version, &self.versions, lists.versions);
        outside(&mut found, Rule::Suite, &self.suites, lists.suites);
        self.in_order(&mut found, lists.suites);
        outside(&mut found, Rule::Group, &self.groups, lists.groups);
        outside(&mut found, Rule::Scheme, &self.schemes, lists.schemes);
        found
    }

    /// Where the order counts, what the policy names stands as it names it.
    fn in_order(&self, found: &mut Vec<Violation>, suites: Option<&[CipherSuite]>) {
        let (Some(section), Some(suites)) = (self.keeps_order, suites) else {
            return;
        };
        let place = |suite: &CipherSuite| self.suites.sets.iter().position(|one| one == suite);
        let known: Vec<_> = suites.iter().filter(|one| place(one).is_some()).collect();
        let mut pairs = known.iter().zip(known.iter().skip(1));
        if let Some((first, second)) = pairs.find(|(first, second)| place(first) > place(second)) {
            found.push(Violation {
                rule: Rule::SuiteOrder,
                what: format!("{first} before {second}"),
                section,
                remedy: format!("put {second} before {first}"),
            });
        }
    }
}

fn outside<T>(found: &mut Vec<Violation>, rule: Rule, list: &List<T>, held: Option<&[T]>)
where
    T: Copy + PartialEq + Display,
{
    let (Some(section), Some(held)) = (list.section, held) else {
        return;
    };
    for one in held.iter().filter(|one| !list.allows(**one)) {
        found.push(Violation {
            rule,
            what: one.to_string(),
            section,
            remedy: format!("leave {one} out"),
        });
    }
    if !held.iter().any(|one| list.allows(*one)) {
        let first = list.sets.iter().map(ToString::to_string);
        let of = match rule {
            Rule::Version => "versions",
            Rule::Suite => "cipher suites",
            Rule::Group => "groups",
            _ => "signature schemes",
        };
        found.push(Violation {
            rule: Rule::NothingLeft,
            what: of.to_owned(),
            section,
            remedy: format!("name {}", first.collect::<Vec<_>>().join(", ")),
        });
    }
}

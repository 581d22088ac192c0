//! The valid_policy_graph (RFC 9618 s5.2), level by level.

use crate::certificate::Certificate;
use crate::extension::policy::PolicyMappings;
use crate::oid::{ANY_POLICY, Oid};
use crate::verify::budget::{Budget, Exceeded};
use crate::verify::policies::broken::Broken;
use crate::verify::policies::id::PolicyId;
use crate::verify::reason::Reason;
use smallvec::SmallVec;
use std::ops::Range;

/// The graph of a path, from the anchor down to the certificate that was taken last.
pub(crate) struct Graph<'a> {
    levels: Vec<Level<'a>>,
    /// The expected_policy_sets of the last level, as pairs of an expected policy and the node that
    /// expects it; sorted. That of anyPolicy is anyPolicy, and is not listed.
    expected: Vec<(&'a [u8], usize)>,
}

/// The nodes of one depth.
#[derive(Default)]
struct Level<'a> {
    /// By policy, anyPolicy excepted; sorted.
    nodes: SmallVec<[Node<'a>; 2]>,
    /// The nodes above, of all nodes.
    parents: SmallVec<[usize; 4]>,
    /// Whether anyPolicy is one of the nodes. Its parent can only be anyPolicy.
    any: bool,
}

struct Node<'a> {
    policy: &'a [u8],
    parents: Parents,
}

/// The nodes above.
enum Parents {
    /// anyPolicy alone.
    Any,
    /// A part of the level's list: at least one, none of them anyPolicy.
    Listed(Range<usize>),
}

/// Why policies cannot be mapped.
pub(crate) enum Inherited {
    /// anyPolicy is mapped.
    AnyPolicy,
    /// The work has become too much.
    Budget(Exceeded),
}

impl Inherited {
    pub(crate) fn at(self, depth: usize) -> Broken {
        match self {
            Self::AnyPolicy => Broken::At(depth, Reason::AnyPolicyMapped),
            Self::Budget(exceeded) => Broken::Budget(exceeded),
        }
    }
}

impl From<Exceeded> for Inherited {
    fn from(exceeded: Exceeded) -> Self {
        Self::Budget(exceeded)
    }
}

impl<'a> Graph<'a> {
    /// RFC 5280 s6.1.2 (a): anyPolicy alone.
    pub(crate) fn new() -> Self {
        let root = Level {
            any: true,
            ..Level::default()
        };
        Self {
            levels: vec![root],
            expected: Vec::new(),
        }
    }

    /// Whether no policy is left; then none comes back.
    pub(crate) fn is_null(&self) -> bool {
        let last = self.levels.last();
        last.is_none_or(|level| !level.any && level.nodes.is_empty())
    }

    /// The next certificate down (RFC 5280 s6.1.3 (d) and (e)). `any_stands` says that an anyPolicy
    /// in it stands for other policies.
    pub(crate) fn descend(
        &mut self,
        certificate: &Certificate<'a>,
        any_stands: bool,
        budget: &mut Budget,
    ) -> Result<(), Exceeded> {
        let mut level = Level::default();
        let above_any = self.levels.last().is_some_and(|level| level.any);
        let mut stated_any = false;
        let mut stated: SmallVec<[&'a [u8]; 4]> = SmallVec::new();
        for policy in certificate.policies().into_iter().flatten() {
            budget.step(0)?;
            stated_any |= policy.is_any();
            if !policy.is_any() {
                stated.push(policy.id().0);
            }
        }
        stated.sort_unstable();
        // (d)(1): a child of every node that expects the policy, or else of anyPolicy.
        for policy in &stated {
            level.add(policy, self.expecting(policy), above_any);
        }
        if stated_any && any_stands {
            // (d)(2): anyPolicy stands for all that is expected and was not stated.
            level.any = above_any;
            let mut rest = &*self.expected;
            while let Some((policy, _)) = rest.first() {
                budget.step(0)?;
                let same = rest.iter().take_while(|(one, _)| one == policy).count();
                let (run, others) = rest.split_at(same.min(rest.len()));
                if stated.binary_search(policy).is_err() {
                    level.add(policy, run, false);
                }
                rest = others;
            }
            level.nodes.sort_unstable_by_key(|node| node.policy);
        }
        let nodes = level.nodes.iter().enumerate();
        self.expected = nodes.map(|(index, node)| (node.policy, index)).collect();
        self.levels.push(level);
        Ok(())
    }

    /// The authority's mappings (RFC 5280 s6.1.4 (a) and (b)); where they are not `allowed`, the
    /// policies that it maps end here.
    pub(crate) fn map(
        &mut self,
        mappings: PolicyMappings<'a>,
        allowed: bool,
        budget: &mut Budget,
    ) -> Result<(), Inherited> {
        let mut pairs: SmallVec<[(&'a [u8], &'a [u8]); 4]> = SmallVec::new();
        for pair in mappings {
            budget.step(0)?;
            let (from, to) = (pair.issuer_domain.0, pair.subject_domain.0);
            if from == ANY_POLICY || to == ANY_POLICY {
                return Err(Inherited::AnyPolicy);
            }
            pairs.push((from, to));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let Some(level) = self.levels.last_mut() else {
            return Ok(());
        };
        let is_mapped = |policy: &[u8]| {
            let at = pairs.partition_point(|(from, _)| *from < policy);
            pairs.get(at).is_some_and(|(from, _)| *from == policy)
        };
        if !allowed {
            level.nodes.retain(|node| !is_mapped(node.policy));
            pairs.clear();
        } else if level.any {
            // (b)(1): what anyPolicy stands for is mapped as well.
            level.stand_for(&pairs);
        }
        self.expected.clear();
        for (index, node) in level.nodes.iter().enumerate() {
            budget.step(0)?;
            let at = pairs.partition_point(|(from, _)| *from < node.policy);
            let tail = pairs.get(at..).unwrap_or_default();
            let own = tail.iter().take_while(|(from, _)| *from == node.policy);
            let before = self.expected.len();
            self.expected.extend(own.map(|(_, to)| (*to, index)));
            if self.expected.len() == before {
                self.expected.push((node.policy, index));
            }
        }
        self.expected.sort_unstable();
        Ok(())
    }

    /// The policies that hold from the highest authority down to the leaf (RFC 9618 s5.6): the
    /// children of anyPolicy from which a way leads to the last level, and anyPolicy where it does.
    pub(crate) fn authority_constrained(&self) -> Vec<PolicyId> {
        let mut found = Vec::new();
        let mut alive: SmallVec<[bool; 8]> = SmallVec::new();
        for (depth, level) in self.levels.iter().rev().enumerate() {
            if depth == 0 {
                alive.resize(level.nodes.len(), true);
                if level.any {
                    found.push(PolicyId::from(Oid(ANY_POLICY)));
                }
            }
            let mut above: SmallVec<[bool; 8]> = SmallVec::new();
            for (node, _) in level.nodes.iter().zip(&alive).filter(|(_, alive)| **alive) {
                let Parents::Listed(range) = &node.parents else {
                    found.push(PolicyId::from(Oid(node.policy)));
                    continue;
                };
                for parent in level.parents.get(range.clone()).unwrap_or_default() {
                    if above.len() <= *parent {
                        above.resize(parent + 1, false);
                    }
                    if let Some(mark) = above.get_mut(*parent) {
                        *mark = true;
                    }
                }
            }
            alive = above;
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The pairs whose expected policy this is.
    fn expecting(&self, policy: &[u8]) -> &[(&'a [u8], usize)] {
        let begin = self.expected.partition_point(|(one, _)| *one < policy);
        let end = self.expected.partition_point(|(one, _)| *one <= policy);
        self.expected.get(begin..end).unwrap_or_default()
    }
}

impl<'a> Level<'a> {
    /// A node below those that expect it, or below anyPolicy if none does.
    fn add(&mut self, policy: &'a [u8], expecting: &[(&'a [u8], usize)], or_any: bool) {
        let begin = self.parents.len();
        self.parents
            .extend(expecting.iter().map(|(_, parent)| *parent));
        let parents = match self.parents.len() {
            end if end > begin => Parents::Listed(begin..end),
            _ if or_any => Parents::Any,
            _ => return,
        };
        self.nodes.push(Node { policy, parents });
    }

    /// Nodes of their own for mapped policies that only anyPolicy stood for.
    fn stand_for(&mut self, pairs: &[(&'a [u8], &'a [u8])]) {
        let there = self.nodes.len();
        let mut last = None;
        for (policy, _) in pairs {
            let own = self.nodes.get(..there).unwrap_or_default();
            let known = own.binary_search_by_key(policy, |node| node.policy);
            if known.is_err() && last != Some(*policy) {
                let parents = Parents::Any;
                self.nodes.push(Node { policy, parents });
            }
            last = Some(*policy);
        }
        self.nodes.sort_unstable_by_key(|node| node.policy);
    }
}

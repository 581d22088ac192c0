//! Certificate policies: what a path was issued under (RFC 5280 s6.1 by the graph of RFC 9618).
//!
//! ```text
//! anchor: anyPolicy --> level 1: the policies of the highest certificate --> … --> the leaf's
//! ```
//! A policy stands once in each level, however many ways lead to it: what RFC 5280 draws as a tree
//! grows by the product of a path's policies, the graph by their sum. Qualifiers are left where they
//! are: `Certificate::policies` shows them.

pub(crate) mod broken;
mod graph;
pub mod id;

use crate::certificate::Certificate;
use crate::verify::budget::Budget;
use crate::verify::policies::broken::Broken;
use crate::verify::policies::graph::{Graph, Inherited};
use crate::verify::policies::id::PolicyId;
use crate::verify::reason::Reason;
use std::sync::Arc;

/// What a caller asks of policies (RFC 5280 s6.1.1 (c), (e), (f) and (g)). The default asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// user-initial-policy-set: the policies that are acceptable; `None` accepts any.
    pub user_initial_policy_set: Option<Arc<[PolicyId]>>,
    /// initial-explicit-policy: the path must be valid for one of the acceptable policies.
    pub initial_explicit_policy: bool,
    /// initial-policy-mapping-inhibit: authorities map no policy to another.
    pub initial_policy_mapping_inhibit: bool,
    /// initial-any-policy-inhibit: an authority's anyPolicy stands for no policy.
    pub initial_any_policy_inhibit: bool,
}

impl PolicyInputs {
    /// Any policy or none will do, unless an authority demands one.
    pub const ANY: Self = Self {
        user_initial_policy_set: None,
        initial_explicit_policy: false,
        initial_policy_mapping_inhibit: false,
        initial_any_policy_inhibit: false,
    };

    /// A path must be valid for one of these policies.
    #[must_use]
    pub fn require(policies: impl IntoIterator<Item = PolicyId>) -> Self {
        Self {
            user_initial_policy_set: Some(policies.into_iter().collect()),
            initial_explicit_policy: true,
            ..Self::ANY
        }
    }
}

/// The policies for which a path is valid (RFC 9618 s5.6), in the words of its highest authority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    authority: Vec<PolicyId>,
    user: Vec<PolicyId>,
}

impl Policies {
    /// What all authorities of the path agree on; anyPolicy stands for every policy.
    #[must_use]
    pub fn authority_constrained(&self) -> &[PolicyId] {
        &self.authority
    }

    /// What of it the caller accepts too. May be empty, unless the caller or an authority demands
    /// a policy.
    #[must_use]
    pub fn user_constrained(&self) -> &[PolicyId] {
        &self.user
    }
}

/// Judges a whole path, leaf first. The anchor is no part of it (RFC 5280 s6.1), but the
/// constraints that it carries hold (RFC 5937 s3.2).
pub(crate) fn check(
    inputs: &PolicyInputs,
    path: &[&Certificate<'_>],
    anchor: &Certificate<'_>,
    budget: &mut Budget,
) -> Result<Policies, Broken> {
    let mut counters = Counters::new(inputs, path.len());
    counters.constrain(anchor);
    let mut graph = Graph::new();
    for (depth, certificate) in path.iter().enumerate().rev() {
        let is_leaf = depth == 0;
        let self_issued = certificate.is_self_issued();
        let any_stands = counters.inhibit_any > 0 || (!is_leaf && self_issued);
        graph.descend(certificate, any_stands, budget)?;
        // RFC 5280 s6.1.3 (f)
        if counters.explicit == 0 && graph.is_null() {
            return Err(Broken::At(depth, Reason::ExplicitPolicy));
        }
        if is_leaf {
            counters.wrap_up(certificate);
        } else {
            map(&mut graph, certificate, counters.mapping > 0, budget)
                .map_err(|inherited| inherited.at(depth))?;
            counters.count_down(self_issued);
            counters.constrain(certificate);
        }
    }
    let authority = graph.authority_constrained();
    let user = user_constrained(&authority, inputs);
    // RFC 5280 s6.1.5 (g)
    if counters.explicit == 0 && user.is_empty() {
        return Err(Broken::At(0, Reason::ExplicitPolicy));
    }
    Ok(Policies { authority, user })
}

/// RFC 5280 s6.1.4 (a) and (b)
fn map<'a>(
    graph: &mut Graph<'a>,
    certificate: &Certificate<'a>,
    allowed: bool,
    budget: &mut Budget,
) -> Result<(), Inherited> {
    let Some(mappings) = certificate.policy_mappings() else {
        return Ok(());
    };
    graph.map(mappings, allowed, budget)
}

/// RFC 9618 s5.6: what the authorities agree on, and the caller accepts.
fn user_constrained(authority: &[PolicyId], inputs: &PolicyInputs) -> Vec<PolicyId> {
    let accepted = match &inputs.user_initial_policy_set {
        Some(set) if !set.iter().any(PolicyId::is_any) => set,
        _ => return authority.to_vec(),
    };
    if authority.iter().any(PolicyId::is_any) {
        return accepted.to_vec();
    }
    let both = authority.iter().filter(|one| accepted.contains(one));
    both.cloned().collect()
}

/// explicit_policy, policy_mapping and inhibit_anyPolicy of RFC 5280 s6.1.2 (d), (e) and (f).
struct Counters {
    explicit: usize,
    mapping: usize,
    inhibit_any: usize,
}

impl Counters {
    fn new(inputs: &PolicyInputs, path_len: usize) -> Self {
        let begin = |inhibited| if inhibited { 0 } else { path_len + 1 };
        Self {
            explicit: begin(inputs.initial_explicit_policy),
            mapping: begin(inputs.initial_policy_mapping_inhibit),
            inhibit_any: begin(inputs.initial_any_policy_inhibit),
        }
    }

    /// RFC 5280 s6.1.4 (h)
    fn count_down(&mut self, self_issued: bool) {
        if !self_issued {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
    }

    /// RFC 5280 s6.1.4 (i) and (j)
    fn constrain(&mut self, certificate: &Certificate<'_>) {
        let lower = |counter: &mut usize, limit: Option<u32>| {
            let limit = limit.and_then(|limit| usize::try_from(limit).ok());
            *counter = limit.map_or(*counter, |limit| limit.min(*counter));
        };
        let constraints = certificate.policy_constraints().unwrap_or_default();
        lower(&mut self.explicit, constraints.require_explicit_policy);
        lower(&mut self.mapping, constraints.inhibit_policy_mapping);
        lower(&mut self.inhibit_any, certificate.inhibit_any_policy());
    }

    /// RFC 5280 s6.1.5 (a) and (b)
    fn wrap_up(&mut self, leaf: &Certificate<'_>) {
        self.explicit = self.explicit.saturating_sub(1);
        let constraints = leaf.policy_constraints().unwrap_or_default();
        if constraints.require_explicit_policy == Some(0) {
            self.explicit = 0;
        }
    }
}

#[cfg(test)]
mod tests;

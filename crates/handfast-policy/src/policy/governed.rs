//! Configs that a policy is put into, and that it judges.

#[cfg(feature = "legacy")]
use crate::allowance::Allowance;
use crate::policy::credentials::credentials;
use crate::policy::judge::Lists;
use crate::policy::{Policy, Reach, Rule, Violation};
use handfast::config::{CertificateType, Common, Ech, Exception, Verification};
use handfast::{CipherSuite, ClientConfig, Credential, NamedGroup, ServerConfig};

/// A config that a policy is put into: [`ClientConfig`] or [`ServerConfig`].
pub trait Governed: sealed::Sealed {
    #[doc(hidden)]
    fn follow(&mut self, policy: &Policy);
    #[doc(hidden)]
    fn narrow_to(&mut self, policy: &Policy);
    #[doc(hidden)]
    fn violations(&self, policy: &Policy) -> Vec<Violation>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for handfast::ClientConfig {}
    impl Sealed for handfast::ServerConfig {}
}

impl Governed for ClientConfig {
    fn follow(&mut self, policy: &Policy) {
        follow_lists(&mut self.common, policy);
        if policy.groups.section.is_some() {
            self.key_shares = None;
        }
        self.early_data &= policy.no_early_data.is_none();
        self.danger_psk_without_key_exchange &= policy.no_key_without_exchange.is_none();
        self.narrow_to(policy);
    }

    fn narrow_to(&mut self, policy: &Policy) {
        narrow(&mut self.verification, policy);
        self.credentials
            .iter_mut()
            .for_each(|one| sign_by(one, policy));
    }

    fn violations(&self, policy: &Policy) -> Vec<Violation> {
        let mut found = policy.judge(lists(&self.common));
        let early = self.early_data.then_some("early_data");
        early_data(&mut found, policy, early);
        let shares = self.ask_for_psk || !self.psks.is_empty();
        let alone = self.danger_psk_without_key_exchange;
        shared_keys(&mut found, policy, shares, alone);
        verification(&mut found, policy, &self.verification, "verification");
        weakened(&mut found, policy, &self.common);
        bound(&mut found, policy, &self.common);
        raw_keys(
            &mut found,
            policy,
            &self.server_certificate_types,
            &self.credentials,
        );
        encrypted_hello(&mut found, policy, !matches!(self.ech, Ech::Off), "ech");
        exceptions(&mut found, policy, &self.exceptions);
        credentials(&mut found, policy, &self.credentials);
        found
    }
}

impl Governed for ServerConfig {
    fn follow(&mut self, policy: &Policy) {
        follow_lists(&mut self.common, policy);
        if policy.no_early_data.is_some() {
            self.max_early_data = 0;
        }
        #[cfg(feature = "legacy")]
        if policy.groups.section.is_some() {
            self.dh_group = None;
        }
        self.danger_psk_without_key_exchange &= policy.no_key_without_exchange.is_none();
        self.narrow_to(policy);
    }

    fn narrow_to(&mut self, policy: &Policy) {
        for auth in [&mut self.client_auth, &mut self.later_client_auth] {
            if let Some(verification) = auth.verification_mut() {
                narrow(verification, policy);
            }
        }
        self.credentials
            .iter_mut()
            .for_each(|one| sign_by(one, policy));
    }

    fn violations(&self, policy: &Policy) -> Vec<Violation> {
        let mut found = policy.judge(lists(&self.common));
        equal_suites(&mut found, policy, &self.common);
        let early = (self.max_early_data > 0).then_some("max_early_data");
        early_data(&mut found, policy, early);
        let shares = self.ask_for_psk || !self.psks.is_empty();
        let alone = self.danger_psk_without_key_exchange;
        shared_keys(&mut found, policy, shares, alone);
        for (auth, name) in [
            (&self.client_auth, "client_auth"),
            (&self.later_client_auth, "later_client_auth"),
        ] {
            if let Some(one) = auth.verification() {
                verification(&mut found, policy, one, name);
            }
        }
        weakened(&mut found, policy, &self.common);
        bound(&mut found, policy, &self.common);
        raw_keys(
            &mut found,
            policy,
            &self.client_certificate_types,
            &self.credentials,
        );
        encrypted_hello(&mut found, policy, !self.ech_keys.is_empty(), "ech_keys");
        #[cfg(feature = "legacy")]
        if let (Some(section), true) = (policy.groups.section, self.dh_group.is_some()) {
            found.push(Violation {
                rule: Rule::Group,
                what: "dh_group".to_owned(),
                section,
                remedy: "leave dh_group unset: a named group of the list is used".to_owned(),
            });
        }
        exceptions(&mut found, policy, &self.exceptions);
        credentials(&mut found, policy, &self.credentials);
        found
    }
}

/// Where the order counts, nothing of it is left to clients. A client's own are nobody's concern.
fn equal_suites(found: &mut Vec<Violation>, policy: &Policy, common: &Common) {
    let Some(section) = policy.keeps_order else {
        return;
    };
    let ranks =
        |suite: &&CipherSuite| policy.suites.sets.contains(suite) && common.suites.contains(suite);
    for equal in &common.equal_suites {
        let mut ranked = equal.iter().filter(ranks);
        if let (Some(first), Some(second)) = (ranked.next(), ranked.next()) {
            found.push(Violation {
                rule: Rule::SuiteOrder,
                what: format!("equal_suites leaves {first} and {second} to clients"),
                section,
                remedy: "take them out of equal_suites".to_owned(),
            });
        }
    }
}

/// What weakens a config whose lists are as they should be.
fn weakened(found: &mut Vec<Violation>, policy: &Policy, common: &Common) {
    let mut settings = Vec::new();
    if common.danger_any_key_usage {
        settings.push("danger_any_key_usage");
    }
    #[cfg(feature = "legacy")]
    {
        if common.danger_single != Default::default() {
            settings.push("danger_single");
        }
        let has_all = policy.suites.section.is_some() && policy.versions.section.is_some();
        if has_all && Allowance::of(common) > policy.allowance {
            settings.push("obsolete");
        }
    }
    for set in settings {
        found.push(Violation {
            rule: Rule::Weakened,
            what: set.to_owned(),
            section: policy.source,
            remedy: format!("leave {set} unset, or let Policy::apply set it"),
        });
    }
    let Some(section) = policy.schemes.section else {
        return;
    };
    let delegated = common.delegated_schemes.iter();
    for scheme in delegated.filter(|scheme| !policy.schemes.allows(**scheme)) {
        found.push(Violation {
            rule: Rule::Scheme,
            what: format!("{scheme} of delegated credentials"),
            section,
            remedy: "take it out of delegated_schemes".to_owned(),
        });
    }
}

/// What is older than TLS 1.3 goes with the extended master secret alone, where the policy says so.
fn bound(found: &mut Vec<Violation>, policy: &Policy, common: &Common) {
    let is_set = common.require_extended_master_secret;
    if let (Some(section), false) = (policy.extended_master_secret, is_set) {
        let set = "require_extended_master_secret";
        found.push(Violation {
            rule: Rule::ExtendedMasterSecret,
            what: format!("{set} is unset"),
            section,
            remedy: format!("set {set}"),
        });
    }
}

/// Where a policy has rules for all certificates of a chain, a key without one keeps none of them.
fn raw_keys(
    found: &mut Vec<Violation>,
    policy: &Policy,
    types: &[CertificateType],
    own: &[Credential],
) {
    let rules = policy.certificates.as_ref();
    let Some(rules) = rules.filter(|rules| rules.reach == Reach::WholeChain) else {
        return;
    };
    let raw = CertificateType::RAW_PUBLIC_KEY;
    let takes = types.contains(&raw);
    let shows = own.iter().any(|one| one.certificate_type() == raw);
    for (is_there, what) in [(takes, "of the peer"), (shows, "of its own")] {
        if is_there {
            found.push(Violation {
                rule: Rule::RawKey,
                what: what.to_owned(),
                section: rules.section,
                remedy: "use certificates".to_owned(),
            });
        }
    }
}

/// Encrypted ClientHellos agree on keys by X25519.
fn encrypted_hello(found: &mut Vec<Violation>, policy: &Policy, is_set: bool, set: &str) {
    let Some(section) = policy.groups.section else {
        return;
    };
    if is_set && !policy.groups.allows(NamedGroup::X25519) {
        found.push(Violation {
            rule: Rule::Ech,
            what: format!("{set}: X25519"),
            section,
            remedy: format!("leave {set} unset"),
        });
    }
}

fn lists(common: &Common) -> Lists<'_> {
    Lists {
        versions: Some(&common.versions),
        suites: Some(&common.suites),
        groups: Some(&common.groups),
        schemes: Some(&common.schemes),
    }
}

fn follow_lists(common: &mut Common, policy: &Policy) {
    fn set<T: Copy>(list: &mut Vec<T>, sets: &[T]) {
        if !sets.is_empty() {
            *list = sets.to_vec();
        }
    }
    allow(common, policy);
    common.danger_any_key_usage = false;
    common.require_extended_master_secret |= policy.extended_master_secret.is_some();
    if policy.schemes.section.is_some() {
        let delegated = &mut common.delegated_schemes;
        delegated.retain(|scheme| policy.schemes.allows(*scheme));
    }
    set(&mut common.versions, policy.versions.sets);
    set(&mut common.suites, policy.suites.sets);
    // The policy has an order of its own: nothing of it is left to clients.
    if !policy.suites.sets.is_empty() {
        common.equal_suites.clear();
    }
    set(&mut common.groups, policy.groups.sets);
    set(&mut common.schemes, policy.schemes.sets);
}

/// Without the feature there is nothing to allow; [`Policy::is_there`] tells.
#[cfg_attr(
    not(feature = "legacy"),
    expect(unused_variables, reason = "nothing is obsolete without the feature")
)]
fn allow(common: &mut Common, policy: &Policy) {
    #[cfg(feature = "legacy")]
    {
        common.danger_single = Default::default();
        // Where all lists are the policy's, none of them needs more.
        let sets_all = !policy.suites.sets.is_empty() && !policy.versions.sets.is_empty();
        if sets_all || Allowance::of(common) < policy.allowance {
            common.obsolete = policy.allowance.policy();
        }
    }
}

/// The rules for certificates that the policy has hold beside those that are there.
fn narrow(verification: &mut Verification, policy: &Policy) {
    let rules = policy.certificates.as_ref();
    let Some(rules) = rules.filter(|rules| rules.reach == Reach::WholeChain) else {
        return;
    };
    if let Some(before) = verification.policy() {
        let narrowed = rules.narrowed(before.clone());
        *verification = verification.clone().with_policy(narrowed);
    }
}

fn sign_by(credential: &mut Credential, policy: &Policy) {
    *credential = policy.narrowed(credential);
}

impl Policy {
    /// Puts its lists into the part of a config that both sides share, with the settings of that part that
    /// it has rules for, and nothing else.
    pub fn apply_lists(&self, common: &mut Common) {
        follow_lists(common, self);
    }

    /// The credential, signing by those of its schemes that the policy allows, in the policy's order;
    /// the same one where it does so already. One that fits none of them comes back as it is, and
    /// [`Policy::check`] finds it.
    #[must_use]
    pub fn narrowed(&self, credential: &Credential) -> Credential {
        let same = || credential.clone();
        if self.schemes.section.is_none() {
            return same();
        }
        let own = credential.schemes();
        let allowed = self.schemes.sets.iter().chain(self.schemes.also);
        let allowed: Vec<_> = allowed
            .filter(|scheme| own.contains(scheme))
            .copied()
            .collect();
        if own == allowed {
            return same();
        }
        same().with_schemes(&allowed).unwrap_or_else(|_| same())
    }
}

fn early_data(found: &mut Vec<Violation>, policy: &Policy, set: Option<&str>) {
    if let (Some(section), Some(set)) = (policy.no_early_data, set) {
        found.push(Violation {
            rule: Rule::EarlyData,
            what: set.to_owned(),
            section,
            remedy: format!("leave {set} unset"),
        });
    }
}

fn shared_keys(found: &mut Vec<Violation>, policy: &Policy, shares: bool, alone: bool) {
    if let (Some(section), true) = (policy.no_shared_keys, shares) {
        found.push(Violation {
            rule: Rule::SharedKeys,
            what: "psks".to_owned(),
            section,
            remedy: "give no shared keys; both ends show certificates".to_owned(),
        });
    }
    if let (Some(section), true) = (policy.no_key_without_exchange, alone) {
        let set = "danger_psk_without_key_exchange";
        found.push(Violation {
            rule: Rule::SharedKeyAlone,
            what: set.to_owned(),
            section,
            remedy: format!("leave {set} unset"),
        });
    }
}

fn verification(found: &mut Vec<Violation>, policy: &Policy, held: &Verification, name: &str) {
    if let (Some(section), true) = (policy.knows_its_peer, held.takes_anyone()) {
        found.push(Violation {
            rule: Rule::UnknownPeer,
            what: format!("{name} takes anyone"),
            section,
            remedy: "judge by Verification::chain, or by Verification::ask and the policy's \
                     Certificates::verifying"
                .to_owned(),
        });
    }
    let rules = policy.certificates.as_ref();
    let Some(rules) = rules.filter(|rules| rules.reach == Reach::WholeChain) else {
        return;
    };
    // Whoever asks judges by itself.
    let wider = held.policy().map(|held| rules.wider(held));
    for what in wider.into_iter().flatten() {
        found.push(Violation {
            rule: Rule::Verification,
            what: format!("{name} lets pass {what}"),
            section: rules.section,
            remedy: "judge by the policy's Certificates::verifying".to_owned(),
        });
    }
}

/// What an exception lets in for one peer is outside of a policy for everybody, even where the policy
/// would have it: then there is nothing to be excepted.
fn exceptions(found: &mut Vec<Violation>, policy: &Policy, held: &[Exception]) {
    for exception in held {
        found.push(Violation {
            rule: Rule::Exception,
            what: format!("{} for {}", exception.relaxed(), exception.peer()),
            section: policy.source,
            remedy: "take it out".to_owned(),
        });
    }
}

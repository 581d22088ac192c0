//! `--policy`: what may be agreed on beside what is current.

use crate::failure::Failure;
use crate::talk::Talk;
use clap::{Args, ValueEnum};
use handfast::config::Common;
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE, Policy};
use handfast::{CipherSuite, ClientConfig, ProtocolVersion};
use handfast_policy::policy::{Governed, Reach};
use handfast_policy::{Allowance, preset};
use std::sync::atomic::{AtomicBool, Ordering};

/// The policy.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct PeerPolicy {
    /// What may be agreed on: with peers that have nothing better, modern (the default, nothing),
    /// compatible (AES-CBC and RSA key exchange in TLS 1.2), obsolete (TLS 1.1 and 1.0 and Triple
    /// DES too), or museum (SSL 3.0 too); or by a standard and nothing else: cnsa-2.0,
    /// mozilla-intermediate, fips-140-3 ...; `handfast list policies` shows all of it
    #[arg(
        long,
        value_name = "POLICY",
        value_parser = chosen,
        default_value = "modern",
        hide_default_value = true
    )]
    policy: Chosen,
}

/// A policy that adds to what is current, or a preset that holds to a standard.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chosen {
    /// What may be agreed on beside what is current.
    Adds(Name),
    /// This and nothing else.
    Holds(&'static handfast_policy::Policy),
}

impl Default for Chosen {
    fn default() -> Self {
        Self::Adds(Name::default())
    }
}

/// Reads a name; a wrong one is answered with the nearest.
pub(crate) fn chosen(name: &str) -> Result<Chosen, String> {
    if let Ok(name) = Name::from_str(name, true) {
        return Ok(Chosen::Adds(name));
    }
    let none = match preset::find(name) {
        Ok(policy) => return Ok(Chosen::Holds(policy)),
        Err(none) => none,
    };
    let mut known: Vec<&str> = Name::value_variants()
        .iter()
        .map(|one| one.word())
        .collect();
    known.extend(preset::ALL.iter().map(|policy| policy.family()));
    known.dedup();
    Err(format!("{none}; there are {}", known.join(", ")))
}

/// Policies by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Name {
    #[default]
    Modern,
    Compatible,
    Obsolete,
    Museum,
}

impl PeerPolicy {
    /// The preset, where it is one.
    pub(crate) fn preset(self) -> Option<&'static handfast_policy::Policy> {
        match self.policy {
            Chosen::Holds(policy) => Some(policy),
            Chosen::Adds(_) => None,
        }
    }

    /// The policy by name, or the one that reaches as far back as the preset does.
    pub(crate) fn name(self) -> Name {
        match self.policy {
            Chosen::Adds(name) => name,
            Chosen::Holds(policy) => match policy.allowance() {
                Allowance::Modern => Name::Modern,
                Allowance::Compatible => Name::Compatible,
                Allowance::Obsolete => Name::Obsolete,
                Allowance::Museum => Name::Museum,
            },
        }
    }

    /// Adds what the policy allows, and says what that lets in, once in a command; or puts the lists of a
    /// preset in the place of those that are there.
    pub(crate) fn apply(self, common: &mut Common, talk: &Talk) {
        if let Chosen::Holds(policy) = self.policy {
            policy.apply_lists(common);
        }
        let added = self.name().allows();
        if let (Chosen::Adds(_), Some(policy)) = (self.policy, added) {
            common.allow_obsolete(policy);
        }
        if let Some(policy) = added {
            let (name, warning) = (self.word(), policy.warning());
            if !TOLD.swap(true, Ordering::Relaxed) {
                talk.warn(&format!("--policy {name} {warning}"));
            }
        }
    }

    /// Holds a config to a preset, once everything else is set: credentials sign by it and chains are
    /// judged by it.
    ///
    /// # Errors
    /// What the other flags ask for outside of it.
    pub(crate) fn hold(self, config: &mut impl Governed) -> Result<(), Failure> {
        let Chosen::Holds(policy) = self.policy else {
            return Ok(());
        };
        policy.narrow(config);
        policy.check(config).map_err(|violations| {
            let mut failure = Failure::usage(format!("--policy {policy} does not allow all that is asked for"));
            failure.causes = violations.all().iter().map(ToString::to_string).collect();
            failure.hint(format!("leave that out, or take another policy; handfast list policies {policy} shows what it allows"))
        })
    }

    /// The same for a client. Flags that bring their own judgement of certificates would not go by the
    /// preset's.
    ///
    /// # Errors
    /// As [`PeerPolicy::hold`].
    pub(crate) fn hold_client(
        self,
        config: &mut ClientConfig,
        insecure: bool,
    ) -> Result<(), Failure> {
        if let Chosen::Holds(policy) = self.policy {
            let rules = policy.certificates();
            let judges = rules.is_some_and(|rules| rules.reach() == Reach::WholeChain);
            if judges && !insecure && config.verification.policy().is_none() {
                let message = format!(
                    "--policy {policy} has rules for certificates, by which other ways to judge them do \
                     not go"
                );
                let hint =
                    "leave out --revocation, --fetch-issuers, --pin-on-first-use and their like";
                return Err(Failure::usage(message).hint(hint));
            }
        }
        self.hold(config)
    }

    /// As it stands on the command line.
    fn word(self) -> &'static str {
        match self.policy {
            Chosen::Adds(name) => name.word(),
            Chosen::Holds(policy) => policy.name(),
        }
    }
}

/// Whether it was said what the policy lets in.
static TOLD: AtomicBool = AtomicBool::new(false);

impl Name {
    /// The first policy that speaks a version which is not current.
    pub(crate) fn that_speaks(version: ProtocolVersion) -> Option<Self> {
        let speaks = |name: &Self| {
            let policy = name.allows();
            policy.is_some_and(|policy| policy.versions().contains(&version))
        };
        Self::value_variants().iter().copied().find(speaks)
    }

    /// The first policy that takes a suite which is not current, and whether the suite must be named
    /// under it too.
    pub(crate) fn that_takes(suite: CipherSuite) -> Option<(Self, bool)> {
        let names = Self::value_variants().iter();
        names.copied().find_map(|name| {
            let policy = name.allows()?;
            let is_named = policy.named_suites().contains(&suite);
            (is_named || policy.suites().contains(&suite)).then_some((name, is_named))
        })
    }

    /// Whether a policy takes a suite from those who share a key before they meet.
    pub(crate) fn has_for_shared_keys(suite: CipherSuite) -> bool {
        let policies = Self::value_variants().iter();
        let mut policies = policies.filter_map(|name| name.allows());
        policies.any(|policy| policy.shared_key_suites().contains(&suite))
    }

    /// As it stands on the command line.
    pub(crate) fn word(self) -> &'static str {
        self.allows().map_or("modern", Policy::name)
    }

    /// What it lets in, where that is to be told.
    pub(crate) fn warning(self) -> Option<&'static str> {
        self.allows().map(Policy::warning)
    }

    /// What it adds to what is current.
    pub(crate) fn allows(self) -> Option<&'static Policy> {
        match self {
            Self::Modern => None,
            Self::Compatible => Some(&COMPATIBLE),
            Self::Obsolete => Some(&OBSOLETE),
            Self::Museum => Some(&MUSEUM),
        }
    }
}

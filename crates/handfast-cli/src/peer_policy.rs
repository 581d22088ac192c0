//! `--policy`: what may be agreed on beside what is current.

use crate::talk::Talk;
use clap::{Args, ValueEnum};
use handfast::config::Common;
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE, Policy};
use handfast::{CipherSuite, ProtocolVersion};
use std::sync::atomic::{AtomicBool, Ordering};

/// The policy.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct PeerPolicy {
    /// What may be agreed on with peers that have nothing better: modern (the default, nothing),
    /// compatible (AES-CBC and RSA key exchange in TLS 1.2), obsolete (TLS 1.1 and 1.0 and Triple
    /// DES too), or museum (SSL 3.0 too); `handfast list policies` shows all of it
    #[arg(
        long,
        value_name = "POLICY",
        value_enum,
        default_value = "modern",
        hide_default_value = true,
        hide_possible_values = true
    )]
    policy: Name,
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
    /// The policy by name.
    pub(crate) const fn name(self) -> Name {
        self.policy
    }

    /// Adds what the policy allows, and says what that lets in, once in a command.
    pub(crate) fn apply(self, common: &mut Common, talk: &Talk) {
        if let Some(policy) = self.policy.allows() {
            common.allow_obsolete(policy);
            let (name, warning) = (policy.name(), policy.warning());
            if !TOLD.swap(true, Ordering::Relaxed) {
                talk.warn(&format!("--policy {name} {warning}"));
            }
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

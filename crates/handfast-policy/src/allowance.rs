//! How far back a config may reach: the policies of `handfast::obsolete` by name, whether or not
//! this build has them.

use core::fmt;
use handfast::config::Common;
use handfast::suite::{has_group, has_scheme, parts};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// How far back a config may reach; each lets in what the one before it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Allowance {
    /// What is current; no policy is needed.
    #[default]
    Modern,
    /// `handfast::obsolete::COMPATIBLE`.
    Compatible,
    /// `handfast::obsolete::OBSOLETE`.
    Obsolete,
    /// `handfast::obsolete::MUSEUM`.
    Museum,
}

impl Allowance {
    /// All of them, the strictest first.
    pub const ALL: [Self; 4] = [Self::Modern, Self::Compatible, Self::Obsolete, Self::Museum];

    /// As `--policy` spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Compatible => "compatible",
            Self::Obsolete => "obsolete",
            Self::Museum => "museum",
        }
    }
}

#[cfg(feature = "legacy")]
impl Allowance {
    /// The policy; none for what is current.
    #[must_use]
    pub fn policy(self) -> Option<&'static handfast::obsolete::Policy> {
        use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE};
        match self {
            Self::Modern => None,
            Self::Compatible => Some(&COMPATIBLE),
            Self::Obsolete => Some(&OBSOLETE),
            Self::Museum => Some(&MUSEUM),
        }
    }

    /// How far a config reaches.
    #[must_use]
    pub fn of(common: &Common) -> Self {
        let is_its = |allowance: &Self| allowance.policy() == common.obsolete;
        Self::ALL.into_iter().find(is_its).unwrap_or_default()
    }

    /// The strictest that lets a suite in; none where the engine does not have it.
    #[must_use]
    pub fn for_suite(suite: CipherSuite) -> Option<Self> {
        parts(suite)?;
        let lets_in = |policy: &handfast::obsolete::Policy| {
            let named = policy.named_suites();
            [policy.suites(), policy.shared_key_suites(), named]
                .into_iter()
                .any(|suites| suites.contains(&suite))
        };
        Some(Self::first(lets_in).unwrap_or_default())
    }

    /// The same for a group. Those that a policy adds need none to be named.
    #[must_use]
    pub fn for_group(group: NamedGroup) -> Option<Self> {
        has_group(group).then_some(Self::Modern)
    }

    /// The same for a signature scheme.
    #[must_use]
    pub fn for_scheme(scheme: SignatureScheme) -> Option<Self> {
        if has_scheme(scheme) {
            return Some(Self::Modern);
        }
        Self::first(|policy| policy.schemes().contains(&scheme))
    }

    /// The same for a version.
    #[must_use]
    pub fn for_version(version: ProtocolVersion) -> Option<Self> {
        if [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2].contains(&version) {
            return Some(Self::Modern);
        }
        Self::first(|policy| policy.versions().contains(&version))
    }

    /// The strictest whose policy this is true of.
    fn first(lets_in: impl Fn(&handfast::obsolete::Policy) -> bool) -> Option<Self> {
        let is_it = |allowance: &Self| allowance.policy().is_some_and(&lets_in);
        Self::ALL.into_iter().find(is_it)
    }
}

#[cfg(not(feature = "legacy"))]
impl Allowance {
    /// How far a config reaches: this build has nothing but what is current.
    #[must_use]
    pub fn of(_: &Common) -> Self {
        Self::Modern
    }

    /// The strictest that lets a suite in; none where the engine does not have it.
    #[must_use]
    pub fn for_suite(suite: CipherSuite) -> Option<Self> {
        parts(suite).map(|_| Self::Modern)
    }

    /// The same for a group.
    #[must_use]
    pub fn for_group(group: NamedGroup) -> Option<Self> {
        has_group(group).then_some(Self::Modern)
    }

    /// The same for a signature scheme.
    #[must_use]
    pub fn for_scheme(scheme: SignatureScheme) -> Option<Self> {
        has_scheme(scheme).then_some(Self::Modern)
    }

    /// The same for a version.
    #[must_use]
    pub fn for_version(version: ProtocolVersion) -> Option<Self> {
        let current = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
        current.contains(&version).then_some(Self::Modern)
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

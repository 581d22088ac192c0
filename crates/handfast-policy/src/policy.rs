//! Policies: what a standard asks of a TLS config, as a value that is put into one and judges one.
//!
//! A policy is named after its standard and the month in which it was written down here, and never
//! changes: what was audited under a name stays what it was. A standard that changes becomes another
//! policy with another date.
//!
//! ```
//! use handfast::{ClientConfig, NamedGroup, Roots, config::Trust};
//! use handfast_policy::{policy::Rule, preset};
//!
//! let policy = &preset::CNSA_2_0_2026_11;
//! let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
//! policy.apply(&mut config);
//! policy.check(&config)?;
//!
//! // What is added outside of the policy is found, by name.
//! config.common.groups.push(NamedGroup::X25519);
//! let violations = policy.check(&config).unwrap_err();
//! assert_eq!(violations.all()[0].rule, Rule::Group);
//! assert!(violations.to_string().contains("x25519"));
//! # Ok::<(), handfast_policy::policy::Violations>(())
//! ```

mod certificates;
mod credentials;
mod governed;
mod judge;
mod violation;

#[cfg(test)]
pub(crate) use certificates::SIGNATURES;
pub use certificates::{Certificates, Reach};
pub use governed::Governed;
pub(crate) use judge::Lists;
pub use violation::{Rule, Violation, Violations};

use crate::allowance::Allowance;
use crate::settings::{Ranked, Settings};
use core::fmt;
use handfast::suite::{has_group, has_scheme, parts};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// What a standard asks of a TLS config: see the module [`policy`](crate::policy).
#[derive(Debug)]
pub struct Policy {
    pub(crate) name: &'static str,
    pub(crate) family: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) title: &'static str,
    pub(crate) source: &'static str,
    pub(crate) url: &'static str,
    pub(crate) limits: &'static str,
    pub(crate) allowance: Allowance,
    pub(crate) versions: List<ProtocolVersion>,
    pub(crate) suites: List<CipherSuite>,
    pub(crate) groups: List<NamedGroup>,
    pub(crate) schemes: List<SignatureScheme>,
    pub(crate) keeps_order: Option<&'static str>,
    pub(crate) certificates: Option<Certificates>,
    pub(crate) no_early_data: Option<&'static str>,
    pub(crate) no_shared_keys: Option<&'static str>,
    pub(crate) no_key_without_exchange: Option<&'static str>,
    pub(crate) knows_its_peer: Option<&'static str>,
    pub(crate) extended_master_secret: Option<&'static str>,
}

/// One list of a policy: what it puts into a config, and what may stand there beside it.
///
/// A list without `section` is one that the policy says nothing about.
#[derive(Clone, Copy, Debug)]
pub struct List<T: 'static> {
    pub(crate) sets: &'static [T],
    pub(crate) also: &'static [T],
    pub(crate) section: Option<&'static str>,
}

impl<T: Copy + PartialEq> List<T> {
    /// Nothing is said.
    pub(crate) const UNSAID: Self = Self {
        sets: &[],
        also: &[],
        section: None,
    };

    /// These, best first, and no other.
    pub(crate) const fn only(section: &'static str, sets: &'static [T]) -> Self {
        let also = &[];
        Self {
            sets,
            also,
            section: Some(section),
        }
    }

    /// What the policy puts into a config, best first. Empty where it says nothing.
    #[must_use]
    pub const fn sets(&self) -> &'static [T] {
        self.sets
    }

    /// What may stand beside it, though the policy does not put it there.
    #[must_use]
    pub const fn also(&self) -> &'static [T] {
        self.also
    }

    /// Where the standard says so; nothing where the policy has no such rule.
    #[must_use]
    pub const fn section(&self) -> Option<&'static str> {
        self.section
    }

    /// True for what may stand in a config under the policy.
    #[must_use]
    pub fn allows(&self, one: T) -> bool {
        self.section.is_none() || self.sets.contains(&one) || self.also.contains(&one)
    }
}

impl Policy {
    /// The name with its date, which means the same for ever.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name without its date: the newest policy of a family goes by it
    /// ([`preset::find`](crate::preset::find)).
    #[must_use]
    pub const fn family(&self) -> &'static str {
        self.family
    }

    /// Other names under which it is known.
    #[must_use]
    pub const fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// What it is, in a few words.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// The document it follows, with its revision.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Where that document is.
    #[must_use]
    pub const fn url(&self) -> &'static str {
        self.url
    }

    /// What following it does not achieve, in a sentence.
    #[must_use]
    pub const fn limits(&self) -> &'static str {
        self.limits
    }

    /// The policy of `handfast::obsolete` that a config needs for it.
    #[must_use]
    pub const fn allowance(&self) -> Allowance {
        self.allowance
    }

    /// Protocol versions, newest first.
    #[must_use]
    pub const fn versions(&self) -> &List<ProtocolVersion> {
        &self.versions
    }

    /// Cipher suites of all versions, best first.
    #[must_use]
    pub const fn suites(&self) -> &List<CipherSuite> {
        &self.suites
    }

    /// Groups, best first.
    #[must_use]
    pub const fn groups(&self) -> &List<NamedGroup> {
        &self.groups
    }

    /// Signature schemes, best first: taken from the peer, and signed by.
    #[must_use]
    pub const fn schemes(&self) -> &List<SignatureScheme> {
        &self.schemes
    }

    /// What it asks of certificates.
    #[must_use]
    pub const fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Where the standard says that nothing older than TLS 1.3 goes without the extended master secret
    /// (RFC 7627); nothing where the policy has no such rule.
    #[must_use]
    pub const fn extended_master_secret(&self) -> Option<&'static str> {
        self.extended_master_secret
    }

    /// Puts the policy into a config: its lists take the place of those that are there, what it
    /// forbids is switched off, credentials sign by its schemes alone, and peers' chains are judged by
    /// its rules, too, where the config judges them: stricter rules that are there stay. What only the caller can mend (a key of the wrong kind,
    /// shared keys, a verification that takes anyone) is left and found by [`Policy::check`].
    pub fn apply(&self, config: &mut impl Governed) {
        config.follow(self);
    }

    /// The rest of [`Policy::apply`] that takes nothing away from what a caller asked for: credentials
    /// sign by its schemes, and peers' chains are judged by its rules, beside those that are there, where
    /// the config judges them.
    pub fn narrow(&self, config: &mut impl Governed) {
        config.narrow_to(self);
    }

    /// Judges a config.
    ///
    /// # Errors
    /// All that stands in it outside of the policy, each by the name of its rule.
    pub fn check(&self, config: &impl Governed) -> Result<(), Violations> {
        let all = config.violations(self);
        if all.is_empty() {
            Ok(())
        } else {
            Err(Violations {
                policy: self.name,
                all,
            })
        }
    }

    /// What the policy puts into a config, in the form that strings come to as well.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let tls13 = |suite: &&CipherSuite| crate::kind::is_tls13(**suite);
        let suites = self.suites.sets.iter();
        let newer = suites.clone().filter(tls13).copied().collect();
        let older: Vec<_> = suites.filter(|suite| !tls13(suite)).copied().collect();
        let said = self.suites.section.is_some();
        Settings {
            versions: some(self.versions.sets),
            suites: said.then(|| Ranked::each(&older)),
            tls13_suites: said.then_some(newer),
            groups: some(self.groups.sets).map(|groups| Ranked::each(&groups)),
            schemes: some(self.schemes.sets),
            ..Settings::default()
        }
    }

    /// True where this build has all that the policy puts into a config: some need the feature
    /// `legacy`.
    #[must_use]
    pub fn is_there(&self) -> bool {
        let fits = |needs: Option<Allowance>| needs.is_some_and(|needs| needs <= self.allowance);
        let has_suite =
            |suite: &CipherSuite| parts(*suite).is_some() && fits(Allowance::for_suite(*suite));
        let has_scheme =
            |scheme: &SignatureScheme| has_scheme(*scheme) || fits(Allowance::for_scheme(*scheme));
        (cfg!(feature = "legacy") || self.allowance == Allowance::Modern)
            && self.suites.sets.iter().all(has_suite)
            && self.groups.sets.iter().all(|group| has_group(*group))
            && self.schemes.sets.iter().all(has_scheme)
            && fits(
                self.oldest()
                    .map_or(Some(Allowance::Modern), Allowance::for_version),
            )
    }

    fn oldest(&self) -> Option<ProtocolVersion> {
        self.versions.sets.iter().copied().min()
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn some<T: Copy>(list: &[T]) -> Option<Vec<T>> {
    (!list.is_empty()).then(|| list.to_vec())
}

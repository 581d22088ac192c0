//! How a peer's certificate is judged.

use crate::config::fault::ConfigFault;
use handfast_pki::roots::Roots;
use handfast_pki::verify::combined::rule::Combination;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Mode;
use handfast_pki::verify::revocation::store::{RevocationStore, Snapshot};
use std::sync::Arc;

/// Which authorities are trusted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// The system's store. `handfast-tokio` loads it once, by explicit paths; the
    /// engine and its blocking driver never look: there, give
    /// `Trust::Roots(handfast_trust::system()?)`.
    System,
    /// These.
    Roots(Roots),
}

/// Who judges the peer's certificate, and by what.
#[derive(Clone, Debug)]
pub struct Verification {
    pub(crate) judge: Judge,
    /// What was asked for although it is not the config that judges.
    unheard: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) enum Judge {
    Chain(Box<ChainRules>),
    Ask,
    Nobody,
}

/// By what a config judges.
#[derive(Clone, Debug)]
pub(crate) struct ChainRules {
    pub(crate) trust: Trust,
    pub(crate) policy: Policy,
    pub(crate) revocation: RevocationRules,
    /// What must hold instead of the chain alone.
    pub(crate) rule: Option<Combination>,
}

/// How much must be known about revocation, and what is known beside what the peer staples.
///
/// A session goes on only while its certificates pass by what is known then; where they do
/// not, the handshake is a full one, and its certificates are judged.
#[derive(Clone, Debug, Default)]
pub struct RevocationRules {
    /// How much must be known. [`Mode::Off`] still looks at a staple.
    pub mode: Mode,
    /// CRLs and OCSP responses; may change while connections run.
    pub known: Arc<RevocationStore>,
}

impl RevocationRules {
    /// What is known, where it is asked.
    pub(crate) fn known(&self) -> Option<Arc<Snapshot>> {
        (self.mode != Mode::Off).then(|| self.known.snapshot())
    }
}

impl Verification {
    /// The chain must lead to a trusted authority, be valid now, fit the
    /// purpose and, for servers, carry the name that was asked for.
    #[must_use]
    pub fn chain(trust: Trust) -> Self {
        Self::chain_with_policy(trust, Policy::default())
    }

    /// As [`Verification::chain`], by a policy of one's own.
    #[must_use]
    pub fn chain_with_policy(trust: Trust, policy: Policy) -> Self {
        Self::by(Judge::Chain(Box::new(ChainRules {
            trust,
            policy,
            revocation: RevocationRules::default(),
            rule: None,
        })))
    }

    /// With these rules for revocation. It is the config that has to judge: beside
    /// [`Verification::ask`] or [`Verification::danger_accept_anyone`] `check()` refuses them.
    ///
    /// ```
    /// use handfast::config::{RevocationRules, Trust, Verification};
    /// use handfast_pki::verify::revocation::Mode;
    /// use std::sync::Arc;
    ///
    /// let rules = RevocationRules { mode: Mode::HardFail, ..RevocationRules::default() };
    /// let known = Arc::clone(&rules.known);
    /// let verification = Verification::chain(Trust::System).with_revocation(rules);
    /// // While connections run: known.add_crl(std::fs::read("today.crl")?)?;
    /// assert!(known.snapshot().is_empty());
    /// ```
    #[must_use]
    pub fn with_revocation(mut self, revocation: RevocationRules) -> Self {
        match &mut self.judge {
            Judge::Chain(rules) => rules.revocation = revocation,
            Judge::Ask | Judge::Nobody => self.unheard = Some("rules for revocation"),
        }
        self
    }

    /// By this rule instead of the chain alone:
    /// [`Rule::Chain`](handfast_pki::verify::combined::rule::Rule::Chain) in it means the
    /// chain by this trust, policy and revocation. It is the config that has to judge: beside
    /// [`Verification::ask`] or [`Verification::danger_accept_anyone`] `check()` refuses it.
    ///
    /// A rule that asks for logs makes a client ask for SCTs. A session goes on only under the
    /// rule that it was made under.
    ///
    /// ```
    /// use handfast::config::{Trust, Verification};
    /// use handfast_pki::pin::Pins;
    /// use handfast_pki::verify::combined::rule::{Combination, Rule};
    ///
    /// let pins = Pins::parse("sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")?;
    /// let rule = Combination::new(Rule::All(vec![Rule::Chain, Rule::Pinned(pins)]))?;
    /// let verification = Verification::chain(Trust::System).with_rule(rule);
    /// # drop(verification);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_rule(mut self, rule: Combination) -> Self {
        match &mut self.judge {
            Judge::Chain(rules) => rules.rule = Some(rule),
            Judge::Ask | Judge::Nobody => self.unheard = Some("a rule"),
        }
        self
    }

    fn by(judge: Judge) -> Self {
        let unheard = None;
        Self { judge, unheard }
    }

    /// True where whoever it is will do.
    #[cfg(feature = "legacy")]
    pub(crate) fn takes_anyone(&self) -> bool {
        matches!(self.judge, Judge::Nobody)
    }

    /// Pins that nobody looks at must not look like pins.
    pub(crate) fn check(&self) -> Result<(), ConfigFault> {
        match self.unheard {
            Some(what) => Err(ConfigFault::NotJudged(what)),
            None => Ok(()),
        }
    }

    /// Whether SCTs are part of what is judged.
    pub(crate) fn asks_for_scts(&self) -> bool {
        match &self.judge {
            Judge::Chain(rules) => rules.rule.as_ref().is_some_and(Combination::asks_for_scts),
            Judge::Ask | Judge::Nobody => false,
        }
    }

    /// The caller judges, by answering [`crate::Ask::VerifyPeer`]: with
    /// [`crate::Answer::PeerVerified`] and what [`handfast_pki::verify::verify`] gave, or by
    /// rules of its own.
    #[must_use]
    pub fn ask() -> Self {
        Self::by(Judge::Ask)
    }

    /// Whoever it is. **The peer may be anyone**: the connection is private
    /// from those who only listen, and from nobody else. Possession of the
    /// certificate's key is still checked.
    #[must_use]
    pub fn danger_accept_anyone() -> Self {
        Self::by(Judge::Nobody)
    }
}

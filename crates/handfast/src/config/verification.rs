//! How a peer's certificate is judged.

use crate::config::fault::ConfigFault;
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_pki::pin::{Pin, Pins};
use handfast_pki::roots::Roots;
use handfast_pki::verify::combined::rule::Combination;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Mode;
use handfast_pki::verify::revocation::store::{RevocationStore, Snapshot};
use handfast_wire::registry::CertificateType;
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
    /// Raw public keys that are believed, by SHA-256 of the SubjectPublicKeyInfo, in order.
    pub(crate) raw_keys: Option<Arc<[[u8; 32]]>>,
    /// What was asked for although it is not the config that judges.
    unheard: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) enum Judge {
    Chain(Box<ChainRules>),
    /// By known raw keys alone: no certificate is believed.
    RawKeys,
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
            Judge::RawKeys | Judge::Ask | Judge::Nobody => {
                self.unheard = Some("rules for revocation");
            }
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
            Judge::RawKeys | Judge::Ask | Judge::Nobody => self.unheard = Some("a rule"),
        }
        self
    }

    /// By this policy instead of the one that it has. It is the config that has to judge: beside
    /// [`Verification::ask`] or [`Verification::danger_accept_anyone`] `check()` refuses it.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        match &mut self.judge {
            Judge::Chain(rules) => rules.policy = policy,
            Judge::RawKeys | Judge::Ask | Judge::Nobody => {
                self.unheard = Some("a policy for certificates");
            }
        }
        self
    }

    /// What is asked of certificates; nothing where it is not the config that judges.
    #[must_use]
    pub fn policy(&self) -> Option<&Policy> {
        match &self.judge {
            Judge::Chain(rules) => Some(&rules.policy),
            Judge::RawKeys | Judge::Ask | Judge::Nobody => None,
        }
    }

    /// Nobody is believed but whoever shows one of these keys by itself, as a raw public key (RFC 7250),
    /// and proves that it holds it: no authority, no name and no date is asked about. A key is known by
    /// the pin of its SubjectPublicKeyInfo.
    ///
    /// [`crate::ClientConfig::with_verification`] then takes raw public keys alone from a server; for
    /// a server's clients set [`crate::ServerConfig::client_certificate_types`].
    ///
    /// ```
    /// use handfast::config::{CertificateType, Verification};
    /// use handfast::{ClientConfig, Credential, PrivateKey};
    /// use handfast_crypto::signature::KeyKind;
    /// use handfast_pki::pin::{Pin, Pins};
    ///
    /// let sensor = Credential::raw_public_key(PrivateKey::generate(KeyKind::Ed25519)?)?;
    /// let known = Pins::new([Pin::of_key(sensor.raw_key().unwrap())])?;
    /// let config = ClientConfig::with_verification(Verification::raw_keys(&known));
    /// assert_eq!(config.server_certificate_types, [CertificateType::RAW_PUBLIC_KEY]);
    /// config.check()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Pins of certificates say nothing about a key: `check()` refuses them.
    #[must_use]
    pub fn raw_keys(known: &Pins) -> Self {
        Self::by(Judge::RawKeys).with_raw_keys(known)
    }

    /// These raw public keys are believed, too, beside certificates that pass, **each under every name**: a
    /// client that has the key of one device here takes whoever has that key for any server it
    /// connects to, so give such a config to that device alone. It is the config that has to judge:
    /// beside [`Verification::ask`] or [`Verification::danger_accept_anyone`] `check()` refuses it.
    #[must_use]
    pub fn with_raw_keys(mut self, known: &Pins) -> Self {
        let mut hashes = Vec::with_capacity(known.pins().len());
        for pin in known.pins() {
            match pin {
                Pin::Key(hash) => hashes.push(*hash),
                Pin::Certificate(_) => self.unheard = Some("pins of certificates among raw keys"),
            }
        }
        hashes.sort_unstable();
        if matches!(self.judge, Judge::Ask | Judge::Nobody) {
            self.unheard = Some("known raw keys");
        }
        self.raw_keys = Some(hashes.into());
        self
    }

    /// True for a SubjectPublicKeyInfo that is known.
    pub(crate) fn knows(&self, spki: &[u8]) -> bool {
        let hash = digest(HashAlgorithm::Sha256, &[spki]);
        let known = self.raw_keys.as_deref().unwrap_or_default();
        known.iter().any(|one| one == hash.as_ref())
    }

    /// What peers may show that are judged by this, best first.
    pub(crate) fn certificate_types(&self) -> Vec<CertificateType> {
        match (&self.judge, &self.raw_keys) {
            (Judge::RawKeys, _) => vec![CertificateType::RAW_PUBLIC_KEY],
            (Judge::Chain(_), Some(_)) => {
                vec![CertificateType::RAW_PUBLIC_KEY, CertificateType::X509]
            }
            _ => vec![CertificateType::X509],
        }
    }

    /// Everything that peers may show is judged by something.
    pub(crate) fn check_types(&self, accepted: &[CertificateType]) -> Result<(), ConfigFault> {
        let raw = CertificateType::RAW_PUBLIC_KEY;
        if self.raw_keys.is_some() && !accepted.contains(&raw) {
            return Err(ConfigFault::Useless {
                set: "a list of raw public keys to believe",
                needs: "RAW_PUBLIC_KEY among the certificate types that are accepted",
            });
        }
        let unjudged = accepted.iter().find(|one| match &self.judge {
            Judge::Chain(_) => **one == raw && self.raw_keys.is_none(),
            Judge::RawKeys => **one != raw,
            Judge::Ask | Judge::Nobody => false,
        });
        match unjudged {
            Some(one) => Err(ConfigFault::CertificateTypeUnjudged(*one)),
            None => Ok(()),
        }
    }

    fn by(judge: Judge) -> Self {
        Self {
            judge,
            raw_keys: None,
            unheard: None,
        }
    }

    /// True where whoever it is will do ([`Verification::danger_accept_anyone`]).
    #[must_use]
    pub fn takes_anyone(&self) -> bool {
        matches!(self.judge, Judge::Nobody)
    }

    /// Pins that nobody looks at must not look like pins.
    pub(crate) fn check(&self) -> Result<(), ConfigFault> {
        match self.unheard {
            Some(what) => Err(ConfigFault::NotJudged(what)),
            None => Ok(()),
        }
    }

    /// True where the config judges.
    pub(crate) fn is_by_chain(&self) -> bool {
        matches!(self.judge, Judge::Chain(_))
    }

    /// Whether SCTs are part of what is judged.
    pub(crate) fn asks_for_scts(&self) -> bool {
        match &self.judge {
            Judge::Chain(rules) => rules.rule.as_ref().is_some_and(Combination::asks_for_scts),
            Judge::RawKeys | Judge::Ask | Judge::Nobody => false,
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

/// A list of certificate types must name something, nothing twice, and only what is there.
pub(crate) fn check_type_list(
    types: &[CertificateType],
    list: &'static str,
) -> Result<(), ConfigFault> {
    let known = [CertificateType::X509, CertificateType::RAW_PUBLIC_KEY];
    if let Some(one) = types.iter().find(|one| !known.contains(one)) {
        return Err(ConfigFault::CertificateTypeUnknown(*one));
    }
    match types {
        [] => Err(ConfigFault::ListEmpty(list)),
        [_] => Ok(()),
        [one, other] if one != other => Ok(()),
        _ => Err(ConfigFault::ListedTwice(list)),
    }
}

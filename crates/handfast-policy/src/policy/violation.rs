//! What stands in a config outside of a policy.

use core::fmt;

/// The rules that a policy may have. The names of [`Rule::id`] never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A protocol version outside of the policy.
    Version,
    /// A cipher suite outside of the policy.
    Suite,
    /// The cipher suites stand in another order than the one that the policy asks for, or a server leaves
    /// it to its clients (`Common::equal_suites`).
    SuiteOrder,
    /// A group outside of the policy.
    Group,
    /// A signature scheme outside of the policy.
    Scheme,
    /// A list of the config has nothing that the policy allows.
    NothingLeft,
    /// Early data is offered, or taken.
    EarlyData,
    /// Keys that both sides have known before stand in for certificates.
    SharedKeys,
    /// A shared key without a key exchange beside it.
    SharedKeyAlone,
    /// Whoever the peer is will do.
    UnknownPeer,
    /// Peers' certificates are judged by rules that let more pass.
    Verification,
    /// A setting weakens what the lists do not show.
    Weakened,
    /// Nothing older than TLS 1.3 may go without the extended master secret, and here it may.
    ExtendedMasterSecret,
    /// Peers, or this side, may show raw public keys, of which no authority says anything.
    RawKey,
    /// ClientHellos are encrypted by algorithms outside of the policy.
    Ech,
    /// One of the config's exceptions relaxes a rule for a peer.
    Exception,
    /// A credential signs by a scheme outside of the policy, or its certificate vouches for a delegated
    /// key by one.
    CredentialScheme,
    /// A certificate of a credential has a key of a kind or size outside of the policy, or what stands for
    /// it is such a key (a delegated credential).
    CredentialKey,
    /// A certificate of a credential is signed by an algorithm outside of the policy.
    CredentialSignature,
    /// A certificate of a credential is valid for too long.
    CredentialLife,
}

impl Rule {
    /// The name for programs, as `policy.suite`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Version => "policy.version",
            Self::Suite => "policy.suite",
            Self::SuiteOrder => "policy.suite-order",
            Self::Group => "policy.group",
            Self::Scheme => "policy.scheme",
            Self::NothingLeft => "policy.nothing-left",
            Self::EarlyData => "policy.early-data",
            Self::SharedKeys => "policy.shared-keys",
            Self::SharedKeyAlone => "policy.shared-key-alone",
            Self::UnknownPeer => "policy.unknown-peer",
            Self::Verification => "policy.verification",
            Self::Weakened => "policy.weakened",
            Self::ExtendedMasterSecret => "policy.extended-master-secret",
            Self::RawKey => "policy.raw-key",
            Self::Ech => "policy.ech",
            Self::Exception => "policy.exception",
            Self::CredentialScheme => "policy.credential-scheme",
            Self::CredentialKey => "policy.credential-key",
            Self::CredentialSignature => "policy.credential-signature",
            Self::CredentialLife => "policy.credential-life",
        }
    }
}

/// Something that stands in a config outside of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule that it breaks.
    pub rule: Rule,
    /// What it is: the name of a suite, a group, a setting.
    pub what: String,
    /// Where the standard says so.
    pub section: &'static str,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            what,
            section,
            remedy,
        } = self;
        let what_is_wrong = match rule {
            Rule::Version => format!("version {what} is not allowed"),
            Rule::Suite => format!("cipher suite {what} is not allowed"),
            Rule::SuiteOrder => format!("cipher suites stand in another order: {what}"),
            Rule::Group => format!("group {what} is not allowed"),
            Rule::Scheme => format!("signature scheme {what} is not allowed"),
            Rule::NothingLeft => format!("nothing of the {what} is allowed"),
            Rule::EarlyData => format!("early data is not allowed ({what})"),
            Rule::SharedKeys => format!("shared keys must not stand in for certificates ({what})"),
            Rule::SharedKeyAlone => {
                format!("a shared key without a key exchange is not allowed ({what})")
            }
            Rule::UnknownPeer => format!("the peer must be known ({what})"),
            Rule::Verification => format!("certificates of peers pass that must not: {what}"),
            Rule::ExtendedMasterSecret => {
                format!("the extended master secret must be required ({what})")
            }
            Rule::Weakened => format!("a setting weakens it ({what})"),
            Rule::RawKey => format!("raw public keys are not allowed ({what})"),
            Rule::Ech => format!("ClientHellos are encrypted as is not allowed ({what})"),
            Rule::Exception => format!("an exception is not allowed: {what}"),
            Rule::CredentialScheme => format!("a credential signs by {what}"),
            Rule::CredentialKey => format!("a certificate has a key that is not allowed: {what}"),
            Rule::CredentialSignature => {
                format!("a certificate is signed as is not allowed: {what}")
            }
            Rule::CredentialLife => format!("a certificate is valid for too long: {what}"),
        };
        write!(f, "{what_is_wrong} ({section}): {remedy}")
    }
}

/// All that stands in a config outside of a policy: one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    pub(crate) policy: &'static str,
    pub(crate) all: Vec<Violation>,
}

impl Violations {
    /// The policy's name.
    #[must_use]
    pub const fn policy(&self) -> &'static str {
        self.policy
    }

    /// Each of them, in the order of the rules.
    #[must_use]
    pub fn all(&self) -> &[Violation] {
        &self.all
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the config does not follow {}: ", self.policy)?;
        for (at, violation) in self.all.iter().enumerate() {
            let joint = if at == 0 { "" } else { "; " };
            write!(f, "{joint}{violation}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Violations {}

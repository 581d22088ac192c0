//! What would mend a refusal, by name.

use crate::config::Common;
use crate::report::advice::{Advice, Who};
use core::fmt;
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// Something to do about a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remedy {
    /// What kind of remedy it is, for programs: the id of the refusal that it belongs to
    /// (`tls.psk.not-chosen`, `chain.expired`), or what is to be changed (`settings.version`). It never
    /// changes its meaning.
    pub id: &'static str,
    /// Who has to do it.
    pub who: Who,
    /// The settings to change on this side, all of them together; nothing where it is not a setting
    /// that helps.
    pub changes: Vec<Change>,
    /// Why these settings would help, where that is to be said: it stands in front of `words`.
    pub because: Option<&'static str>,
    /// What to do: a clause in lower case, without a full stop.
    pub words: String,
    /// What it lets in, where it makes the connection weaker.
    pub lets_in: Option<&'static str>,
    /// It is a guess, from what peers mostly mean by what this one said; otherwise it follows from
    /// what both sides have offered.
    pub is_likely: bool,
}

impl Remedy {
    /// What holds for all refusals of one kind.
    pub(crate) fn of(id: &'static str, advice: Advice) -> Self {
        Self {
            id,
            who: advice.who,
            changes: Vec::new(),
            because: None,
            words: advice.words.to_owned(),
            lets_in: None,
            is_likely: false,
        }
    }

    /// Settings of this side.
    pub(crate) fn settings(changes: Vec<Change>) -> Self {
        let words: Vec<String> = changes.iter().map(ToString::to_string).collect();
        let policy = changes.iter().find_map(|change| match change {
            Change::Policy(policy) => Some(*policy),
            _ => None,
        });
        let exception = changes.iter().find_map(|change| match change {
            Change::Exception(_) => Some(EXCEPTION),
            _ => None,
        });
        Self {
            id: changes.first().map_or("settings", Change::id),
            who: Who::Here,
            because: None,
            words: words.join(", and "),
            lets_in: policy.map(PolicyName::lets_in).or(exception),
            changes,
            is_likely: false,
        }
    }

    /// The same, as a guess.
    pub(crate) fn likely(mut self) -> Self {
        self.is_likely = true;
        self
    }

    /// With more words in front.
    pub(crate) fn because(mut self, words: &'static str) -> Self {
        self.words = format!("{words}: {}", self.words);
        self.because = Some(words);
        self
    }
}

const EXCEPTION: &str = "this one peer, for a reason and until a day that you give";

/// One setting to change on this side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Allow what this policy of `handfast::obsolete` allows (feature `legacy`).
    Policy(PolicyName),
    /// Add the version to those that are spoken.
    Version(ProtocolVersion),
    /// Speak nothing newer than this version.
    Newest(ProtocolVersion),
    /// Add the cipher suite.
    Suite(CipherSuite),
    /// Leave out suites with finite-field Diffie-Hellman (DHE).
    NoFields,
    /// Add the group.
    Group(NamedGroup),
    /// Add the signature scheme.
    Scheme(SignatureScheme),
    /// Add the application protocol.
    Protocol(Vec<u8>),
    /// Speak of no application protocol.
    NoProtocols,
    /// Say which host is wanted (SNI).
    SayServerName,
    /// Show another certificate: one with a key of this kind.
    Credential(&'static str),
    /// Relax one rule for this peer alone, as `handfast::config::Exception` does: the rule as
    /// `Relaxed` displays it, `expired` or `version TLS 1.0`.
    Exception(String),
}

impl Change {
    /// What is to be changed, for programs: `settings.version`. It never changes its meaning.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Policy(_) => "settings.policy",
            Self::Version(_) => "settings.version",
            Self::Newest(_) => "settings.newest-version",
            Self::Suite(_) => "settings.suite",
            Self::NoFields => "settings.no-dhe",
            Self::Group(_) => "settings.group",
            Self::Scheme(_) => "settings.scheme",
            Self::Protocol(_) => "settings.protocol",
            Self::NoProtocols => "settings.no-protocols",
            Self::SayServerName => "settings.server-name",
            Self::Credential(_) => "settings.credential",
            Self::Exception(_) => "settings.exception",
        }
    }

    /// The field of a config that it is made in.
    #[must_use]
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::Policy(_) => "common.obsolete",
            Self::Version(_) | Self::Newest(_) => "common.versions",
            Self::Suite(_) | Self::NoFields => "common.suites",
            Self::Group(_) => "common.groups",
            Self::Scheme(_) => "common.schemes",
            Self::Protocol(_) | Self::NoProtocols => "common.alpn",
            Self::SayServerName => "send_server_name",
            Self::Credential(_) => "credentials",
            Self::Exception(_) => "exceptions",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(policy) => write!(f, "allow the policy {}", policy.name()),
            Self::Version(version) => write!(f, "allow {version}"),
            Self::Newest(version) => write!(f, "speak nothing newer than {version}"),
            Self::Suite(suite) => write!(f, "add the cipher suite {suite}"),
            Self::NoFields => f.write_str("leave out the cipher suites with DHE"),
            Self::Group(group) => write!(f, "add the group {group}"),
            Self::Scheme(scheme) => write!(f, "add the signature scheme {scheme}"),
            Self::Protocol(name) => {
                write!(f, "add the application protocol {}", name.escape_ascii())
            }
            Self::NoProtocols => f.write_str("speak of no application protocol"),
            Self::SayServerName => f.write_str("say which host is wanted (SNI)"),
            Self::Credential(kind) => write!(f, "show a certificate with {kind}"),
            Self::Exception(rule) => {
                write!(f, "make an exception for this peer alone: relax \"{rule}\"")
            }
        }
    }
}

/// The policies of `handfast::obsolete`, by name: in builds without the feature `legacy`, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PolicyName {
    /// AES-CBC, finite fields and RSA key exchange in TLS 1.2.
    Compatible,
    /// TLS 1.1 and 1.0, Triple DES and SHA-1 too.
    Obsolete,
    /// SSL 3.0 too, and, where they are named, RC4 and NULL.
    Museum,
}

impl PolicyName {
    /// Each allows what those before it do.
    pub const ALL: [Self; 3] = [Self::Compatible, Self::Obsolete, Self::Museum];

    /// What a config allows already.
    #[cfg(feature = "legacy")]
    pub(crate) fn allowed(own: &Common) -> Option<Self> {
        let name = own.obsolete?.name();
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// What a config allows already: nothing, where no policy is built in.
    #[cfg(not(feature = "legacy"))]
    pub(crate) fn allowed(_: &Common) -> Option<Self> {
        None
    }

    /// The name, as commands take it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Obsolete => "obsolete",
            Self::Museum => "museum",
        }
    }

    /// What it lets in.
    #[must_use]
    pub const fn lets_in(self) -> &'static str {
        match self {
            Self::Compatible => {
                "AES-CBC with HMAC, whose flaws (Lucky Thirteen) only care keeps away, and key \
                 exchanges without forward secrecy"
            }
            Self::Obsolete => {
                "TLS 1.1 and 1.0, signatures by SHA-1, whose collisions can be bought, Triple DES, \
                 which leaks after some gigabytes, and what the policy compatible lets in"
            }
            Self::Museum => {
                "SSL 3.0, which protects from nobody (POODLE), and what the policy obsolete lets in: \
                 for laboratories alone"
            }
        }
    }
}

//! Exceptions: one rule, relaxed for one peer, for a reason, until a day.
//!
//! What stands here is relaxed for nobody else, and only while it must be: a peer that meets all
//! rules is not touched by it. What each connection needed is told by
//! [`crate::Negotiated::exceptions`].

use crate::time::Now;
use core::fmt;
use handfast_pki::name::ServerName;
use handfast_pki::pin::Pin;
use handfast_pki::roots::Roots;
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use std::sync::Arc;

/// For whom a rule is relaxed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// On a client, the server that is connected to by this name; on a server, a client whose
    /// certificate bears it.
    Name(ServerName),
    /// Whoever shows this certificate, or one with this key. It is known only once it is shown, so
    /// it goes with rules about certificates alone.
    Pin(Pin),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => fmt::Display::fmt(name, f),
            Self::Pin(pin) => fmt::Display::fmt(pin, f),
        }
    }
}

/// What is relaxed. Those of the first group say what a client offers beside what its config
/// names, behind it; they go with a name alone, since nothing else is known when it is offered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Relaxed {
    /// This version is spoken too. One below TLS 1.2 takes the feature `legacy`, and a suite that
    /// it has.
    Version(ProtocolVersion),
    /// This suite is taken too; an obsolete one takes the feature `legacy`.
    Suite(CipherSuite),
    /// This group is taken too.
    Group(NamedGroup),
    /// The peer may sign with this scheme too; one with SHA-1 takes the feature `legacy`.
    Scheme(SignatureScheme),
    /// The peer's key may be of RSA with 1,024 bits, in its certificate and below TLS 1.3 in the
    /// handshake.
    #[cfg(feature = "legacy")]
    SmallRsaKey,

    /// The time of a certificate may be over.
    Expired,
    /// The time of a certificate may be still to come.
    NotYetValid,
    /// Certificates may be signed with SHA-1.
    Sha1Certificate,
    /// The peer may be known by the common name of a certificate that has no other name.
    CommonName,
    /// The root that the config trusts may be of version 1.
    RootOfVersion1,
    /// The certificate may bear this other name instead.
    OtherName(ServerName),
    /// These roots are trusted too.
    Roots(Roots),
    /// It need not be known whether a certificate is revoked. One that is, is refused all the same.
    RevocationUnknown,
}

impl Relaxed {
    /// True for what is offered before anybody has shown who it is.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        match self {
            Self::Version(_) | Self::Suite(_) | Self::Group(_) | Self::Scheme(_) => true,
            #[cfg(feature = "legacy")]
            Self::SmallRsaKey => true,
            _ => false,
        }
    }

    /// True for what is looked at when certificates are judged: a caller who judges them
    /// ([`crate::config::Verification::ask`]) looks at it ([`crate::config::Leniency`]). A small key is both.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        #[cfg(feature = "legacy")]
        if matches!(self, Self::SmallRsaKey) {
            return true;
        }
        !self.is_offered()
    }

    /// The same rule about the same thing; roots count as the same.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Version(one), Self::Version(other)) => one == other,
            (Self::Suite(one), Self::Suite(other)) => one == other,
            (Self::Group(one), Self::Group(other)) => one == other,
            (Self::Scheme(one), Self::Scheme(other)) => one == other,
            (Self::OtherName(one), Self::OtherName(other)) => one == other,
            _ => core::mem::discriminant(self) == core::mem::discriminant(other),
        }
    }

    /// The name by which configuration files and reports call it; what it is about follows it in
    /// [`Relaxed`]'s display.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Version(_) => "version",
            Self::Suite(_) => "suite",
            Self::Group(_) => "group",
            Self::Scheme(_) => "scheme",
            #[cfg(feature = "legacy")]
            Self::SmallRsaKey => "small-rsa-key",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Sha1Certificate => "sha1-certificate",
            Self::CommonName => "common-name",
            Self::RootOfVersion1 => "root-of-version-1",
            Self::OtherName(_) => "other-name",
            Self::Roots(_) => "roots",
            Self::RevocationUnknown => "revocation-unknown",
        }
    }
}

impl fmt::Display for Relaxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Version(version) => write!(f, " {version}"),
            Self::Suite(suite) => write!(f, " {suite}"),
            Self::Group(group) => write!(f, " {group}"),
            Self::Scheme(scheme) => write!(f, " {scheme}"),
            Self::OtherName(name) => write!(f, " {name}"),
            Self::Roots(roots) => write!(f, " ({} more)", roots.len()),
            _ => Ok(()),
        }
    }
}

/// One rule, relaxed for one peer, for a reason, until a day. Cheap to clone.
///
/// ```
/// use handfast::config::{Exception, Peer, Relaxed, Trust};
/// use handfast::{ClientConfig, ServerName};
///
/// let exception = Exception::danger_relax(
///     Peer::Name(ServerName::parse("printer.test")?),
///     Relaxed::Expired,
///     "its maker is gone; it is replaced in March (ticket 4711)",
///     1_806_537_600, // 2027-04-01
/// );
/// let mut config = ClientConfig::new(Trust::Roots(handfast::Roots::new()));
/// config.exceptions.push(exception);
/// config.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Exception(Arc<Inner>);

struct Inner {
    peer: Peer,
    relaxed: Relaxed,
    reason: Box<str>,
    until_unix_s: u64,
}

impl Exception {
    /// `peer` is let through although it does not meet the rule that `relaxed` names, up to and
    /// without the second `until_unix_s` after 1970. `reason` is for people, and must be there.
    #[must_use]
    pub fn danger_relax(peer: Peer, relaxed: Relaxed, reason: &str, until_unix_s: u64) -> Self {
        Self(Arc::new(Inner {
            peer,
            relaxed,
            reason: reason.trim().into(),
            until_unix_s,
        }))
    }

    /// For whom.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.0.peer
    }

    /// What.
    #[must_use]
    pub fn relaxed(&self) -> &Relaxed {
        &self.0.relaxed
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The first second after 1970 at which it no longer holds.
    #[must_use]
    pub fn until_unix_s(&self) -> u64 {
        self.0.until_unix_s
    }

    /// True while it holds.
    #[must_use]
    pub fn holds_at(&self, now: Now) -> bool {
        now.unix_s() < self.0.until_unix_s
    }

    /// True where both relax the same for the same peer.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.peer() == other.peer() && self.relaxed().is(other.relaxed())
    }
}

/// Equal in all that they say.
impl PartialEq for Exception {
    fn eq(&self, other: &Self) -> bool {
        self.repeats(other)
            && self.reason() == other.reason()
            && self.until_unix_s() == other.until_unix_s()
    }
}

impl fmt::Debug for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exception({self})")
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.relaxed(), self.peer())
    }
}

//! The one form that every string and every preset is brought to.

use crate::dropped::Dropped;
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// What may be agreed on: what a string or a preset says, and no more. A list that is `None` was not
/// spoken of, so that a config keeps its own.
///
/// Lists hold what was *meant*, best first, with what this engine does not have; [`Settings::fit`]
/// leaves what can be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Versions, newest first.
    pub versions: Option<Vec<ProtocolVersion>>,
    /// Suites of TLS 1.2 and older, best first.
    pub suites: Option<Vec<Ranked<CipherSuite>>>,
    /// Suites of TLS 1.3, best first.
    pub tls13_suites: Option<Vec<CipherSuite>>,
    /// Groups, best first.
    pub groups: Option<Vec<Ranked<NamedGroup>>>,
    /// The groups that a client sends a share for at once, where that was said.
    pub key_shares: Option<Vec<NamedGroup>>,
    /// Signature schemes, best first.
    pub schemes: Option<Vec<SignatureScheme>>,
    /// OpenSSL's security level, 0 to 5: what has fewer bits of strength drops out, and from level 1 on
    /// what is older than TLS 1.2. Keys in certificates and, from level 3, tickets are no part of what
    /// settings are put into: they stay as they are.
    pub security_level: Option<u8>,
    /// What was named and is not in the lists, in the order named.
    pub dropped: Vec<Dropped>,
}

/// Something in an order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ranked<T> {
    /// What it is.
    pub item: T,
    /// It ranks as high as the one before it, so that the peer's order decides between the two:
    /// `[a|b]` in a list of suites, a tuple in a list of groups.
    pub as_before: bool,
    /// It was named by itself, and not by a word for many.
    pub by_name: bool,
}

impl<T: Copy> Ranked<T> {
    /// One that was named by itself and ranks below the one before it.
    pub const fn new(item: T) -> Self {
        Self {
            item,
            as_before: false,
            by_name: true,
        }
    }

    /// Each below the one before it, all named by themselves.
    pub fn each(items: &[T]) -> Vec<Self> {
        items.iter().copied().map(Self::new).collect()
    }
}

impl Settings {
    /// These settings, and where `other` speaks of something, that in their place.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.versions = other.versions.or(self.versions);
        self.suites = other.suites.or(self.suites);
        self.tls13_suites = other.tls13_suites.or(self.tls13_suites);
        // Shares belong to their list of groups.
        if other.groups.is_some() {
            self.key_shares = None;
        }
        self.groups = other.groups.or(self.groups);
        self.key_shares = other.key_shares.or(self.key_shares);
        self.schemes = other.schemes.or(self.schemes);
        self.security_level = other.security_level.or(self.security_level);
        self.dropped.extend(other.dropped);
        self
    }

    /// The oldest and the newest version, where versions were spoken of.
    #[must_use]
    pub fn version_range(&self) -> Option<(ProtocolVersion, ProtocolVersion)> {
        let versions = self.versions.as_ref()?;
        Some((*versions.iter().min()?, *versions.iter().max()?))
    }
}

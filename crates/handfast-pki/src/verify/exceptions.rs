//! Weak things that a caller may let pass, each by its name.

use std::fmt;

/// What is let pass although it is too weak. The default lets nothing pass.
///
/// ```
/// use handfast_pki::verify::exceptions::Exceptions;
/// use handfast_pki::verify::policy::Policy;
///
/// let policy = Policy {
///     exceptions: Exceptions::danger_allow(&[Exceptions::SHA1, Exceptions::X509_V1]),
///     ..Policy::MODERN
/// };
/// assert!(policy.exceptions.contains(Exceptions::SHA1));
/// assert_eq!(policy.exceptions.to_string(), "SHA1, X509_V1");
/// assert!(Policy::MODERN.exceptions.is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Exceptions(u8);

/// One of the named exceptions: [`Exceptions::SHA1`] and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exception(u8);

impl Exceptions {
    /// Nothing weak passes.
    pub const NONE: Self = Self(0);

    /// Signatures with SHA-1, of which two certificates can be made that share one signature
    /// (RFC 9155; collisions with a chosen prefix since 2020).
    pub const SHA1: Exception = Exception(1);
    /// RSA keys of 1,024 to 2,047 bits, which a well-funded attacker can factor. Smaller ones
    /// never pass.
    pub const RSA_1024: Exception = Exception(1 << 1);
    /// Anchors of version 1 that issued themselves, although they cannot say that they are an
    /// authority (RFC 5280 s6.1.4 (k)). Below an anchor no certificate of version 1 is one.
    pub const X509_V1: Exception = Exception(1 << 2);
    /// The common name as a server's name, where a certificate has no alternative name of a
    /// server or its service at all (RFC 9525 s2 does away with it).
    pub const COMMON_NAME: Exception = Exception(1 << 3);
    /// Certificates whose time is over (RFC 5280 s4.1.2.5), the peer's own and its authorities': nobody looks after them any more, and lists of revoked ones may have
    /// dropped them.
    pub const EXPIRED: Exception = Exception(1 << 4);
    /// Certificates whose time is still to come, as those of devices whose clock was wrong.
    pub const NOT_YET_VALID: Exception = Exception(1 << 5);

    /// These pass, and whoever can make one may pose as the peer.
    #[must_use]
    pub const fn danger_allow(exceptions: &[Exception]) -> Self {
        let mut set = 0;
        let mut rest = exceptions;
        while let [first, others @ ..] = rest {
            set |= first.0;
            rest = others;
        }
        Self(set)
    }

    /// These, and those that passed before.
    #[must_use]
    pub fn danger_and(self, exceptions: &[Exception]) -> Self {
        Self(self.0 | Self::danger_allow(exceptions).0)
    }

    /// Whether this one passes.
    #[must_use]
    pub const fn contains(self, exception: Exception) -> bool {
        self.0 & exception.0 != 0
    }

    /// Whether nothing weak passes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Exceptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().filter(|(one, _)| self.contains(*one));
        for (index, (_, name)) in named.enumerate() {
            let joint = if index == 0 { "" } else { ", " };
            write!(f, "{joint}{name}")?;
        }
        if self.is_empty() {
            f.write_str("none")?;
        }
        Ok(())
    }
}

const NAMES: [(Exception, &str); 6] = [
    (Exceptions::SHA1, "SHA1"),
    (Exceptions::RSA_1024, "RSA_1024"),
    (Exceptions::X509_V1, "X509_V1"),
    (Exceptions::COMMON_NAME, "COMMON_NAME"),
    (Exceptions::EXPIRED, "EXPIRED"),
    (Exceptions::NOT_YET_VALID, "NOT_YET_VALID"),
];

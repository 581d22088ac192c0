//! A finite field of one's own, for servers.

use core::fmt;
use handfast_crypto::legacy::finite_field::{Field, FieldUnfit};
use std::sync::Arc;

/// A prime and a generator for Diffie-Hellman, found to be good: what
/// [`crate::ServerConfig::dh_group`] holds. Clients that name groups of RFC 7919 get one of those;
/// the others get this one. `handfast_pki::load::dh_parameters` reads one from a file.
///
/// ```
/// use handfast::obsolete::{DhGroup, DhGroupUnfit};
///
/// assert!(DhGroup::rfc3526(2048).is_some());
/// let unfit = DhGroup::new(&[0x17], &[5]).unwrap_err();
/// assert_eq!(unfit.to_string(), "a prime of 5 bits is too short: 2048 at least");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhGroup(Arc<Field>);

/// Why a group is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DhGroupUnfit {
    /// A number is out of range.
    OutOfRange(FieldUnfit),
    /// `p` or `(p-1)/2` is no prime, or `p` has more than 4096 bits, which takes too long to find out.
    NotSafe,
}

impl fmt::Display for DhGroupUnfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange(unfit) => fmt::Display::fmt(unfit, f),
            Self::NotSafe => f.write_str(
                "the prime is not a safe one of at most 4096 bits: make another with `openssl \
                 dhparam 2048`, or leave the choice to RFC 7919",
            ),
        }
    }
}

impl core::error::Error for DhGroupUnfit {}

impl DhGroup {
    /// The group of these two numbers, the first byte first. To find out whether the prime is safe
    /// takes up to a second.
    ///
    /// # Errors
    /// [`DhGroupUnfit`]: primes of fewer than 2048 bits or more than 8192, and those that are not
    /// safe; a generator that is 0, 1, p-1 or not below p.
    pub fn new(prime: &[u8], generator: &[u8]) -> Result<Self, DhGroupUnfit> {
        let field = Field::new(prime, generator).map_err(DhGroupUnfit::OutOfRange)?;
        if !field.find_out_whether_safe() {
            return Err(DhGroupUnfit::NotSafe);
        }
        Ok(Self(Arc::new(field)))
    }

    /// The group of these two numbers, whatever the prime is, as long as they are in range: for tests
    /// of clients.
    ///
    /// # Errors
    /// [`DhGroupUnfit::OutOfRange`].
    pub fn danger_unchecked(prime: &[u8], generator: &[u8]) -> Result<Self, DhGroupUnfit> {
        let field = Field::new(prime, generator).map_err(DhGroupUnfit::OutOfRange)?;
        Ok(Self(Arc::new(field)))
    }

    /// The group of RFC 3526 with a prime of so many bits: 2048, 3072, 4096, 6144 or 8192.
    #[must_use]
    pub fn rfc3526(bits: usize) -> Option<Self> {
        Some(Self(Arc::new(Field::of_rfc3526(bits)?)))
    }

    /// Bits of the prime.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.0.bits()
    }

    pub(crate) fn field(&self) -> &Field {
        &self.0
    }
}

//! Strikes: what tells a first flight with early data from its replay (RFC 8446
//! section 8.2).

use crate::time::Now;
use core::fmt::{self, Debug};
use std::borrow::Cow;

/// The mark of one first flight. Of a flight that anybody replays, to any machine that
/// knows the ticket, it is the same; no other flight has it. It tells nothing about keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Strike {
    key: [u8; 32],
    until_unix_ms: u64,
}

impl Strike {
    /// A strike as the engine makes it: to try a store with.
    #[must_use]
    pub const fn new(key: [u8; 32], until_unix_ms: u64) -> Self {
        Self { key, until_unix_ms }
    }

    /// What it is remembered by: 32 bytes that look random.
    #[must_use]
    pub const fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Until when it matters, in unix milliseconds of this machine's clock: from then on the
    /// flight is too old for early data ([`crate::ServerConfig::early_data_age_ms`]). A machine
    /// whose clock is behind takes it for as much longer as it is behind: what many machines
    /// share must remember it for so long more.
    #[must_use]
    pub const fn until_unix_ms(&self) -> u64 {
        self.until_unix_ms
    }
}

/// Remembers strikes, so that early data is taken once. All machines that can open one
/// another's tickets must share one, or each replay works once on each of them.
///
/// It is asked in the middle of a handshake, and on the thread of that handshake: one that
/// waits for a network belongs behind [`crate::Ask::StrikeInsert`].
///
/// ```
/// use handfast::Now;
/// use handfast::session::{Strike, StrikeFailed, StrikeStore};
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// #[derive(Debug, Default)]
/// struct Seen(Mutex<BTreeMap<[u8; 32], u64>>);
///
/// impl StrikeStore for Seen {
///     fn insert(&self, strike: &Strike, now: Now) -> Result<bool, StrikeFailed> {
///         let mut seen = self.0.lock().map_err(|_| StrikeFailed::new("a thread panicked"))?;
///         seen.retain(|_, until| *until >= now.unix_ms);
///         if seen.len() >= 100_000 {
///             return Err(StrikeFailed::new("full"));
///         }
///         Ok(seen.insert(*strike.key(), strike.until_unix_ms()).is_none())
///     }
/// }
///
/// let (seen, now) = (Seen::default(), Now::default());
/// let strike = Strike::new([7; 32], 10_000);
/// assert_eq!(seen.insert(&strike, now), Ok(true));
/// assert_eq!(seen.insert(&strike, now), Ok(false));
/// ```
pub trait StrikeStore: Debug + Send + Sync {
    /// Remembers a strike, in one step with looking for it: true when it was not there, false
    /// when it was, so that the flight is a replay.
    ///
    /// # Errors
    /// [`StrikeFailed`] when it cannot say, or cannot remember: the early data is refused,
    /// and the handshake goes on.
    fn insert(&self, strike: &Strike, now: Now) -> Result<bool, StrikeFailed>;
}

/// A store cannot say whether it has seen a strike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrikeFailed(Cow<'static, str>);

impl StrikeFailed {
    /// With the reason, in a few words.
    #[must_use]
    pub fn new(why: impl Into<Cow<'static, str>>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for StrikeFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "strikes cannot be remembered: {}", self.0)
    }
}

impl core::error::Error for StrikeFailed {}

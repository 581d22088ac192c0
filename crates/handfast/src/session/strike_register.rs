//! Strikes in this process's memory, for as long as they matter (RFC 8446 section 8.2).

use crate::session::strike::{Strike, StrikeFailed, StrikeStore};
use crate::time::Now;
use core::fmt;
use hashbrown::HashTable;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Remembers strikes of one process, in shards of one lock each. A strike is dropped once its time
/// is over and never before: where there is no room, and wherever a strike may have been
/// dropped or may have come to a process before this one, it says so, and early data is refused.
///
/// * A register that has just been made knows nothing of flights that came before it. It takes
///   none of that time: by default nothing for the first 20 seconds. Where no session can be
///   older than the register (its ticket keys were drawn with it, or its session cache is new),
///   [`StrikeRegister::with_fresh_keys`] takes early data at once.
/// * A clock that is set back brings no flight back: what was dropped stays refused.
/// * It serves one process. Where several open one another's tickets, they need a store that they
///   share ([`crate::ServerConfig::ask_for_strikes`]).
///
/// ```
/// use handfast::config::SystemEntropy;
/// use handfast::session::{StrikeRegister, TicketKeys};
/// use std::sync::Arc;
///
/// # fn example(mut config: handfast::ServerConfig) -> Result<(), handfast::Error> {
/// let now = handfast::stream::now();
/// config.ticket_keys = Some(Arc::new(TicketKeys::new(Arc::new(SystemEntropy), now)?));
/// config.strikes = Some(Arc::new(StrikeRegister::with_fresh_keys(100_000)));
/// config.max_early_data = 16_384;
/// # Ok(()) }
/// ```
pub struct StrikeRegister {
    shards: Box<[Shard]>,
    window_ms: u64,
}

/// On cache lines of its own, so that taking one lock slows no other down.
#[repr(align(128))]
struct Shard(Mutex<Seen>);

struct Seen {
    strikes: HashTable<Strike>,
    most: usize,
    /// Strikes up to this time may be forgotten, or were never heard of.
    unknown_until_ms: u64,
    /// When to look for what is over again, by the monotonic clock.
    tidy_at_ms: u64,
}

/// Shards of a register that is large enough for them.
const SHARDS: usize = 16;
/// Strikes below which a shard is not split off.
const SMALLEST_SHARD: usize = 256;
/// Twice the ten seconds by which a flight's age may be wrong, either way
/// ([`crate::ServerConfig::early_data_age_ms`]).
const WINDOW_MS: u64 = 20_000;
/// A full shard is looked through so often in a window.
const TIDIED: u64 = 8;

impl StrikeRegister {
    /// Room for about `most` strikes at a time, in 50 to 100 bytes each: as many as there are flights
    /// with early data in 20 seconds. Flights that may have come before `now` are refused.
    #[must_use]
    pub fn new(most: usize, now: Now) -> Self {
        let register = Self::with_fresh_keys(most);
        let until_ms = now.unix_ms.saturating_add(WINDOW_MS);
        register
            .each()
            .for_each(|mut seen| seen.unknown_until_ms = until_ms);
        register
    }

    /// The same where no session can be older than this register, so that no flight can have come
    /// before it: only together with new ticket keys, or a new session cache.
    #[must_use]
    pub fn with_fresh_keys(most: usize) -> Self {
        let shards = (most / SMALLEST_SHARD).clamp(1, SHARDS);
        let most = most.div_ceil(shards).max(1);
        Self {
            shards: (0..shards).map(|_| Shard::new(most)).collect(),
            window_ms: WINDOW_MS,
        }
    }

    /// For a config whose [`crate::ServerConfig::early_data_age_ms`] is not the default. Strikes
    /// that matter for longer than twice that are refused.
    #[must_use]
    pub fn with_age_ms(mut self, early_data_age_ms: u32) -> Self {
        let window_ms = 2 * u64::from(early_data_age_ms);
        for mut seen in self.each() {
            if seen.unknown_until_ms > 0 {
                let made_at_ms = seen.unknown_until_ms.saturating_sub(self.window_ms);
                seen.unknown_until_ms = made_at_ms.saturating_add(window_ms);
            }
        }
        self.window_ms = window_ms;
        self
    }

    /// Strikes that are remembered now. Those that are over count until they make room.
    #[must_use]
    pub fn len(&self) -> usize {
        self.each().map(|seen| seen.strikes.len()).sum()
    }

    /// True when none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn each(&self) -> impl Iterator<Item = MutexGuard<'_, Seen>> {
        self.shards.iter().map(Shard::lock)
    }

    fn shard(&self, strike: &Strike) -> Option<MutexGuard<'_, Seen>> {
        // The table goes by the first bytes.
        let [.., last] = *strike.key();
        let at = usize::from(last).checked_rem(self.shards.len())?;
        self.shards.get(at).map(Shard::lock)
    }
}

impl StrikeStore for StrikeRegister {
    fn insert(&self, strike: &Strike, now: Now) -> Result<bool, StrikeFailed> {
        if strike.until_unix_ms().saturating_sub(now.unix_ms) > self.window_ms {
            return Err(StrikeFailed::new(
                "it matters for longer than the register's window",
            ));
        }
        let shard = self.shard(strike);
        let mut seen = shard.ok_or_else(|| StrikeFailed::new("there is no shard"))?;
        seen.insert(strike, now, self.window_ms)
    }
}

impl Shard {
    fn new(most: usize) -> Self {
        Self(Mutex::new(Seen {
            strikes: HashTable::new(),
            most,
            unknown_until_ms: 0,
            tidy_at_ms: 0,
        }))
    }

    /// What is behind it is whole at any time, whatever a thread that held it did.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn insert(&mut self, strike: &Strike, now: Now, window_ms: u64) -> Result<bool, StrikeFailed> {
        let is_same = |known: &Strike| known.key() == strike.key();
        if self.strikes.find(hash(strike), is_same).is_some() {
            return Ok(false);
        }
        if strike.until_unix_ms() <= self.unknown_until_ms {
            return Err(StrikeFailed::new(
                "the flight may have come before what is remembered",
            ));
        }
        if self.strikes.len() >= self.most {
            self.tidy(now, window_ms);
        }
        if self.strikes.len() >= self.most {
            return Err(StrikeFailed::new("the register is full"));
        }
        self.strikes.insert_unique(hash(strike), *strike, hash);
        Ok(true)
    }

    /// Drops what is over, unless that was done a moment ago.
    fn tidy(&mut self, now: Now, window_ms: u64) {
        if now.monotonic_ms < self.tidy_at_ms {
            return;
        }
        self.tidy_at_ms = now.monotonic_ms.saturating_add(window_ms / TIDIED);
        let unknown_until_ms = &mut self.unknown_until_ms;
        self.strikes.retain(|strike| {
            let until_ms = strike.until_unix_ms();
            let matters = until_ms >= now.unix_ms;
            if !matters {
                *unknown_until_ms = until_ms.max(*unknown_until_ms);
            }
            matters
        });
    }
}

/// Keys are digests of what only a holder of the session's key can make.
fn hash(strike: &Strike) -> u64 {
    let first = strike.key().first_chunk();
    first.map_or(0, |first| u64::from_ne_bytes(*first))
}

impl fmt::Debug for StrikeRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StrikeRegister({} strikes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    const HOUR_MS: u64 = 3_600_000;

    fn at(ms: u64) -> Now {
        Now {
            unix_ms: 1_000 * HOUR_MS + ms,
            monotonic_ms: 5 + ms,
        }
    }

    /// A flight that is too old so long after the beginning.
    fn strike(number: u64, until_ms: u64) -> Strike {
        let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut key = [0; 32];
        key[..8].copy_from_slice(&mixed.to_be_bytes());
        key[24..].copy_from_slice(&mixed.rotate_left(29).to_le_bytes());
        Strike::new(key, at(until_ms).unix_ms)
    }

    #[test]
    fn in_a_thousand_races_a_strike_is_new_to_exactly_one_thread() {
        const THREADS: usize = 4;
        let register = StrikeRegister::with_fresh_keys(10_000);
        let together = Barrier::new(THREADS);
        let new: Vec<Vec<bool>> = std::thread::scope(|scope| {
            let race = || {
                let one = |number| {
                    together.wait();
                    register.insert(&strike(number, 10_000), at(0)).unwrap()
                };
                (0..1000).map(one).collect()
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(race)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        for number in 0..1000 {
            let winners = new.iter().filter(|thread| thread[number]).count();
            assert_eq!(winners, 1, "{number}");
        }
        assert_eq!(register.len(), 1000);
    }

    #[test]
    fn a_register_that_has_just_been_made_refuses_what_may_have_come_before_it() {
        let fresh = StrikeRegister::with_fresh_keys(100);
        assert_eq!(fresh.insert(&strike(1, 0), at(0)), Ok(true));
        let register = StrikeRegister::new(100, at(0));
        // Just before, the same flight was taken with all its time before it.
        for until_ms in [0, 10_000, 20_000] {
            assert!(register.insert(&strike(until_ms, until_ms), at(0)).is_err());
        }
        let later = strike(1, 20_001);
        assert_eq!(register.insert(&later, at(1)), Ok(true));
        assert_eq!(register.insert(&later, at(2)), Ok(false));
        let longer = StrikeRegister::new(100, at(0)).with_age_ms(30_000);
        assert!(longer.insert(&strike(1, 60_000), at(1)).is_err());
        assert_eq!(longer.insert(&strike(1, 60_001), at(1)), Ok(true));
    }

    #[test]
    fn a_full_register_refuses_until_a_strike_is_over_and_drops_none_before() {
        let register = StrikeRegister::with_fresh_keys(100);
        for number in 0..100 {
            let until_ms = 5_000 + 100 * number;
            assert_eq!(register.insert(&strike(number, until_ms), at(0)), Ok(true));
        }
        let full = register.insert(&strike(500, 20_000), at(0)).unwrap_err();
        assert!(full.to_string().ends_with("full"), "{full}");
        // At that moment the first still matters.
        assert!(register.insert(&strike(500, 20_000), at(5_000)).is_err());
        assert_eq!(register.insert(&strike(500, 20_000), at(9_950)), Ok(true));
        assert_eq!(register.len(), 51);
        for number in 50..100 {
            let again = strike(number, 5_000 + 100 * number);
            assert_eq!(register.insert(&again, at(9_950)), Ok(false), "{number}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_brings_no_flight_back() {
        let register = StrikeRegister::with_fresh_keys(10);
        for number in 0..10 {
            assert_eq!(register.insert(&strike(number, 1_000), at(0)), Ok(true));
        }
        // The clock leaps ahead by an hour, and room is made.
        let ahead = at(HOUR_MS);
        let there = strike(77, HOUR_MS + 15_000);
        assert_eq!(register.insert(&there, ahead), Ok(true));
        assert_eq!(register.len(), 1);
        // Set back, it finds all those flights young again.
        let back = Now {
            monotonic_ms: ahead.monotonic_ms + 1,
            ..at(500)
        };
        for number in 0..10 {
            let told = register.insert(&strike(number, 1_000), back);
            assert!(told.is_err(), "{number}");
        }
        // What comes later is taken; the control.
        assert_eq!(register.insert(&strike(200, 1_001), back), Ok(true));
    }

    #[test]
    fn strikes_that_matter_for_longer_than_the_window_are_refused() {
        let register = StrikeRegister::with_fresh_keys(10);
        assert!(register.insert(&strike(1, 20_001), at(0)).is_err());
        assert_eq!(register.insert(&strike(1, 20_000), at(0)), Ok(true));
    }

    #[test]
    fn a_register_takes_no_more_than_it_may_however_many_come_and_go() {
        let register = StrikeRegister::with_fresh_keys(4096);
        let mut new = 0;
        for step in 0..200_000_u64 {
            let now = at(step / 4);
            let told = register.insert(&strike(step, step / 4 + 10_000), now);
            new += usize::from(told == Ok(true));
        }
        // 40,000 come in ten seconds: a tenth finds room.
        assert!((4096..40_000).contains(&new), "{new}");
        assert!(register.len() <= 4096);
        for shard in &register.shards {
            let taken = shard.lock().strikes.allocation_size();
            assert!(taken <= 2 * 256 * (size_of::<Strike>() + 1) + 64, "{taken}");
        }
    }
}

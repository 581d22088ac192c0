//! What many threads share without writing to one place.
//!
//! ```text
//! Shared ─┬─ Arc<Near> ─┐          counted by threads of the first place
//!         ├─ Arc<Near> ─┼─► T      … of the second: another cache line
//!         └─ …          ┘
//! ```
//! A count of references that two cores write is sent back and forth between them, at
//! some 50 ns each time; a handshake counts a dozen times.

use core::fmt;
use core::ops::Deref;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// Places of which each thread takes one.
pub(crate) const PLACES: usize = 16;

/// One value for many threads.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    /// Keeps the places apart from the count of the [`Arc`] around them.
    _apart: [u64; 14],
    places: [Arc<Near<T>>; PLACES],
}

/// The value, as it is held by connections of one place.
pub(crate) struct Near<T> {
    value: Arc<T>,
    /// Keeps the counts of two places on two cache lines, wherever they begin.
    _apart: [u64; 12],
}

impl<T> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        let value = Arc::new(value);
        let places = core::array::from_fn(|_| {
            Arc::new(Near {
                value: Arc::clone(&value),
                _apart: [0; 12],
            })
        });
        Self {
            _apart: [0; 14],
            places,
        }
    }

    /// The value by the count that this thread uses.
    pub(crate) fn near(&self) -> &Arc<Near<T>> {
        let [first, ..] = &self.places;
        self.places.get(place()).unwrap_or(first)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let [first, ..] = &self.places;
        first
    }
}

impl<T> Deref for Near<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Default> Default for Near<T> {
    fn default() -> Self {
        Self {
            value: Arc::default(),
            _apart: [0; 12],
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Near<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Numbers of which none comes twice, drawn by many threads.
#[derive(Default)]
pub(crate) struct Numbers([Count; PLACES]);

#[repr(align(128))]
#[derive(Default)]
struct Count(AtomicU64);

impl Numbers {
    /// The place in the highest byte, a count below it.
    pub(crate) fn next(&self) -> u64 {
        let Self([first, ..]) = self;
        let at = place();
        let (at, count) = self.0.get(at).map_or((0, first), |count| (at, count));
        let number = count.0.fetch_add(1, Ordering::Relaxed);
        number.wrapping_add(u64::try_from(at).unwrap_or(0) << 56)
    }
}

/// Where this thread counts. Threads have stacks of their own, of a MiB or more, so
/// where one lies tells them apart, mostly; two that share a place merely wait for
/// each other's cache line, as all would without places.
pub(crate) fn place() -> usize {
    let here = 0_u8;
    let address = u64::try_from(core::ptr::from_ref(&here).addr()).unwrap_or(0);
    // Fibonacci hashing: neighbours in memory come to lie far apart.
    let mixed = (address >> 20).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 60).unwrap_or(0) % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn threads_count_in_different_places_and_see_one_value() {
        let shared = Shared::new(7);
        let started = std::sync::Barrier::new(8);
        let places: HashSet<usize> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        started.wait();
                        assert_eq!((***shared.near(), *shared), (7, 7));
                        Arc::as_ptr(shared.near()).addr()
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        // With 16 places eight threads seldom have fewer than four.
        assert!(places.len() >= 3, "{}", places.len());
        let apart: Vec<usize> = shared
            .places
            .iter()
            .map(|one| Arc::as_ptr(one).addr())
            .collect();
        for (number, one) in apart.iter().enumerate() {
            for other in &apart[number + 1..] {
                assert!(one.abs_diff(*other) >= 112, "{one:x} {other:x}");
            }
        }
    }

    #[test]
    fn no_number_comes_twice_on_any_thread() {
        let numbers = Numbers::default();
        let drawn: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..1000).map(|_| numbers.next()).collect::<Vec<_>>()))
                .collect();
            threads
                .into_iter()
                .flat_map(|t| t.join().unwrap())
                .collect()
        });
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), 4000);
    }
}

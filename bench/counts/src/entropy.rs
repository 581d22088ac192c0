//! Randomness that is the same each time.

use handfast::config::{Entropy, SystemEntropy};
use handfast_crypto::random::RandomFailed;
use std::sync::atomic::{AtomicU64, Ordering};

/// A fixed sequence. Each draw asks the system too, and throws that away: so what draws cost is
/// counted, and their number shows.
#[derive(Debug)]
pub struct Fixed(AtomicU64);

impl Fixed {
    /// The sequence of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        SystemEntropy.fill(out)?;
        let mut state = self.0.load(Ordering::Relaxed);
        for piece in out.chunks_mut(8) {
            // SplitMix64, by Steele, Lea and Flood.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            piece.copy_from_slice(&word.to_le_bytes()[..piece.len()]);
        }
        self.0.store(state, Ordering::Relaxed);
        Ok(())
    }
}

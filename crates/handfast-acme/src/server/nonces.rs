//! Nonces (RFC 8555 section 6.5): each is taken once, and only where it was given out.
//!
//! A nonce is a number and its MAC under a key that lives as long as the process. Giving one out
//! costs no memory, so nobody can fill it by asking; a window of bits remembers which of the
//! last [`WINDOW`] numbers were used. What is older, or of another process, is refused by
//! `badNonce`, whereupon clients try again with the nonce of that very answer.

use crate::jws::{decode, encode};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::random::{Random, RandomFailed};
use zeroize::Zeroize;

/// Gives out nonces and takes them back.
pub(crate) struct Nonces {
    key: HmacKey,
    /// The number of the next one.
    next: u64,
    /// Bit `n % WINDOW` is set where number `n` was used.
    used: Vec<u64>,
}

impl Nonces {
    pub(crate) fn new(random: &mut dyn Random) -> Result<Self, RandomFailed> {
        let mut key = [0; 32];
        random.fill(&mut key)?;
        let nonces = Self {
            key: HmacKey::new(HashAlgorithm::Sha256, &key),
            next: 0,
            used: vec![0; WORDS],
        };
        key.zeroize();
        Ok(nonces)
    }

    /// A nonce that was never given out before.
    pub(crate) fn give(&mut self) -> String {
        let number = self.next;
        self.next = number.saturating_add(1);
        // Its place was another number's before, which no longer counts.
        if let Some((word, bit)) = self.place(number) {
            *word &= !bit;
        }
        let octets = number.to_be_bytes();
        let mac = self.key.sign(&[&octets]);
        let mac = mac.as_bytes().get(..MAC_BYTES).unwrap_or_default();
        encode(&[&octets, mac].concat())
    }

    /// Whether it was given out here and comes for the first time.
    pub(crate) fn take(&mut self, nonce: &str) -> bool {
        let Ok(bytes) = decode(nonce, "nonce") else {
            return false;
        };
        let Some((octets, mac)) = bytes.split_first_chunk::<8>() else {
            return false;
        };
        let own = self.key.sign(&[octets]);
        let own = own.as_bytes().get(..MAC_BYTES).unwrap_or_default();
        if !handfast_crypto::secret::constant_time_eq(own, mac) {
            return false;
        }
        let number = u64::from_be_bytes(*octets);
        let is_known = number < self.next && self.next - number <= WINDOW;
        match self.place(number) {
            Some((word, bit)) if is_known && *word & bit == 0 => {
                *word |= bit;
                true
            }
            _ => false,
        }
    }

    fn place(&mut self, number: u64) -> Option<(&mut u64, u64)> {
        let at = number % WINDOW;
        let word = usize::try_from(at / 64).ok()?;
        Some((self.used.get_mut(word)?, 1 << (at % 64)))
    }
}

/// How many numbers back a nonce may lie: 128 KiB of bits.
const WINDOW: u64 = 1 << 20;
const WORDS: usize = 1 << 14;
const MAC_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_crypto::random::SystemRandom;

    #[test]
    fn a_nonce_is_taken_once_here_and_nowhere_else() {
        let mut nonces = Nonces::new(&mut SystemRandom).unwrap();
        let (first, second) = (nonces.give(), nonces.give());
        assert_ne!(first, second);
        assert!(Nonces::new(&mut SystemRandom).unwrap().give() != first);
        assert!(!Nonces::new(&mut SystemRandom).unwrap().take(&first));
        // In any order, once each.
        assert!(nonces.take(&second) && nonces.take(&first));
        assert!(!nonces.take(&second) && !nonces.take(&first));
    }

    #[test]
    fn a_nonce_that_was_changed_or_made_up_is_refused() {
        let mut nonces = Nonces::new(&mut SystemRandom).unwrap();
        let nonce = nonces.give();
        for at in 0..nonce.len() {
            let mut changed = nonce.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(!nonces.take(std::str::from_utf8(&changed).unwrap()), "{at}");
            assert!(!nonces.take(&nonce[..at]), "{at}");
        }
        // The next one's number is known, its MAC is not.
        assert!(!nonces.take(&encode(&[&1_u64.to_be_bytes()[..], &[0; 16]].concat())));
        assert!(nonces.take(&nonce), "the control");
    }

    #[test]
    fn what_was_used_stays_used_until_it_is_too_old_to_count() {
        let mut nonces = Nonces::new(&mut SystemRandom).unwrap();
        let (used, unused) = (nonces.give(), nonces.give());
        assert!(nonces.take(&used));
        for _ in 0..WINDOW - 2 {
            nonces.next += 1;
        }
        assert!(!nonces.take(&used));
        assert!(nonces.take(&unused), "the last moment");
        nonces.give();
        nonces.give();
        assert!(!nonces.take(&used) && !nonces.take(&unused));
    }
}

//! The primes of finite fields that were found to be safe: that takes long, so it is done once.

use handfast_crypto::hash::{Digest, HashAlgorithm, digest};
use handfast_crypto::legacy::finite_field::Field;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Primes that are remembered; the oldest makes room.
const MOST: usize = 64;

/// A small memory, owned by a client config. Published primes never reach it.
#[derive(Debug, Default)]
pub(crate) struct SafePrimes(Mutex<VecDeque<Digest>>);

impl SafePrimes {
    /// Whether the field's prime is safe. Nobody waits for the lock while that is found out.
    pub(crate) fn has(&self, field: &Field) -> bool {
        if field.is_known() {
            return true;
        }
        let name = digest(HashAlgorithm::Sha256, &[field.prime()]);
        let memory = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory().iter().any(|known| known.as_ref() == name.as_ref()) {
            return true;
        }
        let safe = field.find_out_whether_safe();
        if safe {
            let mut memory = memory();
            if memory.len() >= MOST {
                memory.pop_front();
            }
            memory.push_back(name);
        }
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prime_is_found_out_once_and_what_is_not_safe_is_not_remembered() {
        // 2^2048 - 1942289 is the largest safe prime of 2048 bits.
        let mut prime = [0xff; 256];
        prime[253..].copy_from_slice(&(0x100_0000_u32 - 1_942_289).to_be_bytes()[1..]);
        let field = Field::new(&prime, &[2]).unwrap();
        let memory = SafePrimes::default();
        assert!(!field.is_known() && memory.has(&field) && memory.has(&field));
        assert_eq!(memory.0.lock().unwrap().len(), 1);
        prime[255] ^= 2;
        assert!(!memory.has(&Field::new(&prime, &[2]).unwrap()));
        assert_eq!(memory.0.lock().unwrap().len(), 1);
    }
}

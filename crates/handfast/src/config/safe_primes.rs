//! The primes of finite fields that were found to be safe: that takes long, so it is done once for
//! each server.

use handfast_crypto::hash::{Digest, HashAlgorithm, digest};
use handfast_crypto::legacy::finite_field::Field;
use handfast_pki::name::ServerName;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Servers that are remembered; the oldest makes room.
const MOST: usize = 64;

/// Primes of one server; its oldest makes room.
const MOST_OF_ONE: usize = 4;

/// Bits of a prime that a server has us test, at most: 0.4 s.
const MOST_BITS: usize = 3072;

/// A small memory, owned by a client config. Published primes never reach it. A server's primes push
/// out its own alone, so that nobody makes another server's handshakes dear again.
#[derive(Debug, Default)]
pub(crate) struct SafePrimes(Mutex<VecDeque<Known>>);

#[derive(Debug)]
struct Known {
    server: ServerName,
    primes: VecDeque<Digest>,
}

impl SafePrimes {
    /// Whether the field's prime is safe. Nobody waits for the lock while that is found out.
    pub(crate) fn has(&self, server: &ServerName, field: &Field) -> bool {
        if field.is_known() {
            return true;
        }
        if field.bits() > MOST_BITS {
            return false;
        }
        let name = digest(HashAlgorithm::Sha256, &[field.prime()]);
        if self.knows(server, &name) {
            return true;
        }
        let safe = field.find_out_whether_safe();
        if safe {
            self.keep(server, name);
        }
        safe
    }

    fn knows(&self, server: &ServerName, name: &Digest) -> bool {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory.iter().find(|known| known.server == *server);
        let mut primes = known.iter().flat_map(|known| &known.primes);
        primes.any(|known| known.as_ref() == name.as_ref())
    }

    fn keep(&self, server: &ServerName, name: Digest) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = memory.iter_mut().find(|known| known.server == *server) {
            if known.primes.len() >= MOST_OF_ONE {
                known.primes.pop_front();
            }
            known.primes.push_back(name);
            return;
        }
        if memory.len() >= MOST {
            memory.pop_front();
        }
        memory.push_back(Known {
            server: server.clone(),
            primes: VecDeque::from([name]),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2^2048 - 1942289 is the largest safe prime of 2048 bits.
    fn largest() -> [u8; 256] {
        let mut prime = [0xff; 256];
        prime[253..].copy_from_slice(&(0x100_0000_u32 - 1_942_289).to_be_bytes()[1..]);
        prime
    }

    fn server(name: &str) -> ServerName {
        ServerName::parse(name).unwrap()
    }

    #[test]
    fn a_prime_is_found_out_once_and_what_is_not_safe_is_not_remembered() {
        let field = Field::new(&largest(), &[2]).unwrap();
        let (memory, host) = (SafePrimes::default(), server("host"));
        assert!(!field.is_known() && memory.has(&host, &field));
        let name = digest(HashAlgorithm::Sha256, &[field.prime()]);
        assert!(memory.knows(&host, &name) && memory.has(&host, &field));
        assert!(!memory.knows(&server("other"), &name));
        assert_eq!(memory.0.lock().unwrap()[0].primes.len(), 1);
        let mut other = largest();
        other[255] ^= 2;
        let other = Field::new(&other, &[2]).unwrap();
        assert!(!memory.has(&host, &other));
        assert_eq!(memory.0.lock().unwrap()[0].primes.len(), 1);
    }

    #[test]
    fn a_server_pushes_out_its_own_primes_alone() {
        let memory = SafePrimes::default();
        let prime = |number: u8| digest(HashAlgorithm::Sha256, &[&[number]]);
        memory.keep(&server("honest"), prime(0));
        for number in 1..=200 {
            memory.keep(&server("evil"), prime(number));
        }
        assert!(memory.knows(&server("honest"), &prime(0)));
        assert!(memory.knows(&server("evil"), &prime(200)));
        assert!(!memory.knows(&server("evil"), &prime(196)));
        // The memory is bounded by servers too.
        for number in 0..MOST {
            memory.keep(&server(&format!("host{number}")), prime(1));
        }
        assert_eq!(memory.0.lock().unwrap().len(), MOST);
    }

    #[test]
    fn a_prime_of_more_than_3072_bits_that_nobody_published_is_refused_untested() {
        for (bytes, wanted) in [(384, true), (385, false)] {
            let mut prime = vec![0xff; bytes];
            prime[0] = 0x80 | u8::from(wanted);
            let (memory, host) = (SafePrimes::default(), server("host"));
            let field = Field::new(&prime, &[2]).unwrap();
            // Even one that was found safe, which spares this test the second that a test takes.
            memory.keep(&host, digest(HashAlgorithm::Sha256, &[field.prime()]));
            assert_eq!(memory.has(&host, &field), wanted, "{bytes}");
        }
    }
}

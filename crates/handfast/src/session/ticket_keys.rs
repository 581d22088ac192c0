//! The keys that tickets are sealed with (RFC 5077 section 4, RFC 8446 section 4.6.1).

use crate::config::Entropy;
use crate::fault::OwnFailure;
use crate::time::Now;
use core::fmt;
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use handfast_crypto::secret::{Secret, constant_time_eq};
use std::sync::{Arc, PoisonError, RwLock};

/// Keys that seal tickets with AES-256-GCM. The newest seals for six hours; the
/// two before it are still read. They live outside configs, so that swapping a
/// config keeps its tickets, and die with the process: a restart does not resume.
pub struct TicketKeys {
    entropy: Arc<dyn Entropy>,
    ring: RwLock<Ring>,
}

struct Ring {
    /// Newest first.
    keys: Vec<Key>,
    newest_since_ms: u64,
}

struct Key {
    name: [u8; NAME],
    aead: AeadKey,
}

/// Milliseconds for which a key seals.
const ROTATE_MS: u64 = 6 * 60 * 60 * 1000;
/// Keys that are read: the newest and the two before it.
const KEPT: usize = 3;
const NAME: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;

impl TicketKeys {
    /// Keys drawn from `entropy`, now and at each rotation.
    ///
    /// # Errors
    /// [`OwnFailure::Random`]; there is never a key that was not drawn.
    pub fn new(entropy: Arc<dyn Entropy>, now: Now) -> Result<Self, OwnFailure> {
        let first = Key::draw(&*entropy)?;
        let ring = Ring {
            keys: vec![first],
            newest_since_ms: now.monotonic_ms,
        };
        Ok(Self {
            entropy,
            ring: RwLock::new(ring),
        })
    }

    /// Seals a ticket: key name, nonce, ciphertext.
    pub(crate) fn seal(&self, content: &[u8], now: Now) -> Result<Vec<u8>, OwnFailure> {
        self.rotate_when_due(now)?;
        let mut nonce = [0; NONCE];
        self.entropy
            .fill(&mut nonce)
            .map_err(|_| OwnFailure::Random)?;
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let key = ring.keys.first().ok_or(OwnFailure::Crypto)?;
        let mut ticket = Vec::with_capacity(NAME + NONCE + content.len() + TAG);
        ticket.extend_from_slice(&key.name);
        ticket.extend_from_slice(&nonce);
        let mut sealed = content.to_vec();
        let mut tag = [0; TAG];
        key.aead
            .seal_in_place(&nonce, &key.name, &mut sealed, &mut tag)
            .map_err(|_| OwnFailure::Crypto)?;
        ticket.extend_from_slice(&sealed);
        ticket.extend_from_slice(&tag);
        Ok(ticket)
    }

    /// Opens a ticket of ours; nothing for any other. An unknown, damaged or
    /// foreign ticket means a full handshake and never an alert.
    pub(crate) fn open(&self, ticket: &[u8], now: Now) -> Option<Vec<u8>> {
        self.rotate_when_due(now).ok()?;
        let (name, rest) = ticket.split_at_checked(NAME)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let key = ring
            .keys
            .iter()
            .find(|key| constant_time_eq(&key.name, name))?;
        let mut content = sealed.to_vec();
        let length = key
            .aead
            .open_in_place(nonce, &key.name, &mut content)
            .ok()?;
        content.truncate(length);
        Some(content)
    }

    fn rotate_when_due(&self, now: Now) -> Result<(), OwnFailure> {
        let is_due =
            |ring: &Ring| now.monotonic_ms.saturating_sub(ring.newest_since_ms) >= ROTATE_MS;
        if !is_due(&self.ring.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        // After a long sleep several periods have passed: the old keys are too old.
        while is_due(&ring) {
            let periods = now.monotonic_ms.saturating_sub(ring.newest_since_ms) / ROTATE_MS;
            if periods > u64::try_from(KEPT).unwrap_or(u64::MAX) {
                ring.keys.clear();
                ring.newest_since_ms = now.monotonic_ms.saturating_sub(ROTATE_MS);
            }
            ring.keys.insert(0, Key::draw(&*self.entropy)?);
            ring.keys.truncate(KEPT);
            ring.newest_since_ms = ring.newest_since_ms.saturating_add(ROTATE_MS);
        }
        Ok(())
    }
}

impl Key {
    fn draw(entropy: &dyn Entropy) -> Result<Self, OwnFailure> {
        let mut name = [0; NAME];
        entropy.fill(&mut name).map_err(|_| OwnFailure::Random)?;
        let mut key = Secret::zeros(AeadAlgorithm::Aes256Gcm.key_len());
        entropy
            .fill(key.as_mut_bytes())
            .map_err(|_| OwnFailure::Random)?;
        // A source that gives a constant gives a key that anyone has.
        let first = key.as_bytes().first().copied();
        if key.as_bytes().iter().all(|byte| Some(*byte) == first) {
            return Err(OwnFailure::Random);
        }
        let aead = AeadKey::new(AeadAlgorithm::Aes256Gcm, key.as_bytes())
            .map_err(|_| OwnFailure::Crypto)?;
        Ok(Self { name, aead })
    }
}

impl fmt::Debug for TicketKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketKeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SystemEntropy;
    use handfast_crypto::random::RandomFailed;

    fn at(hours: u64) -> Now {
        Now {
            unix_ms: 0,
            monotonic_ms: hours * 60 * 60 * 1000,
        }
    }

    #[test]
    fn a_ticket_is_read_through_two_rotations_and_no_more() {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let ticket = keys.seal(b"state", at(1)).unwrap();
        for hours in [1, 5, 6, 12, 17] {
            assert_eq!(
                keys.open(&ticket, at(hours)).as_deref(),
                Some(b"state".as_slice()),
                "{hours}"
            );
        }
        assert_eq!(keys.open(&ticket, at(18)), None);
    }

    #[test]
    fn a_long_sleep_forgets_every_key() {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let ticket = keys.seal(b"state", at(0)).unwrap();
        assert_eq!(keys.open(&ticket, at(1000)), None);
        let again = keys.seal(b"state", at(1000)).unwrap();
        assert!(keys.open(&again, at(1001)).is_some());
    }

    #[test]
    fn foreign_and_damaged_tickets_are_not_read() {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let ticket = keys.seal(b"state", at(0)).unwrap();
        let restarted = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        assert_eq!(restarted.open(&ticket, at(0)), None);
        for at_byte in 0..ticket.len() {
            let mut damaged = ticket.clone();
            damaged[at_byte] ^= 1;
            assert_eq!(keys.open(&damaged, at(0)), None, "{at_byte}");
            assert_eq!(keys.open(&ticket[..at_byte], at(0)), None, "{at_byte}");
        }
    }

    #[test]
    fn a_source_that_fails_or_gives_a_constant_makes_no_key() {
        #[derive(Debug)]
        struct Constant;
        impl Entropy for Constant {
            fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
                out.fill(7);
                Ok(())
            }
        }
        assert_eq!(
            TicketKeys::new(Arc::new(Constant), at(0)).err(),
            Some(OwnFailure::Random)
        );
    }
}

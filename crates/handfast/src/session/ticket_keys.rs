//! The keys that tickets are sealed with (RFC 5077 section 4, RFC 8446 section 4.6.1).

use crate::config::{ConfigFault, Entropy};
use crate::fault::OwnFailure;
use crate::near::Numbers;
use crate::time::Now;
use arc_swap::ArcSwap;
use core::fmt;
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::{Secret, SecretBytes, constant_time_eq};
use std::sync::{Arc, Mutex, PoisonError};

/// Keys that seal tickets with AES-256-GCM. The newest seals for six hours; the
/// two before it are still read. They live outside configs, so that swapping a
/// config keeps its tickets. Threads that seal and open wait for nobody, and write
/// nothing that others read.
///
/// Keys that were drawn ([`TicketKeys::new`]) die with the process: a restart does
/// not resume. Keys that come from a root ([`TicketKeys::from_root`]) are the same
/// on every machine that has it.
pub struct TicketKeys {
    entropy: Arc<dyn Entropy>,
    /// What keys come from; without it they are drawn.
    root: Option<HmacKey>,
    ring: ArcSwap<Ring>,
    /// Held by who makes the next ring of drawn keys.
    rotating: Mutex<()>,
    /// A number for each ticket that is sealed.
    sealed: Numbers,
}

struct Ring {
    /// Newest first.
    keys: Vec<Arc<Key>>,
    /// Which of them seals: a key from a root is read before it seals anywhere, as
    /// clocks differ.
    sealing: usize,
    /// Drawn keys: when the newest came, by the monotonic clock. From a root: when
    /// the period began, by the wall clock.
    since_ms: u64,
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
pub(crate) const NONCE: usize = 12;
const TAG: usize = 16;

impl TicketKeys {
    /// Keys drawn from `entropy`, now and at each rotation.
    ///
    /// # Errors
    /// [`OwnFailure::Random`]; there is never a key that was not drawn.
    pub fn new(entropy: Arc<dyn Entropy>, now: Now) -> Result<Self, OwnFailure> {
        let first = Key::draw(&*entropy)?;
        let ring = Ring {
            keys: vec![Arc::new(first)],
            sealing: 0,
            since_ms: now.monotonic_ms,
        };
        Ok(Self::with(entropy, None, ring))
    }

    /// Keys from a secret that several processes or machines share: a new one every
    /// six hours of the wall clock, without a word between them. Where clocks differ by
    /// less than that no key is missed; but a ticket made by a clock that is ahead is
    /// taken only once the reader's has come as far, and until then means a full
    /// handshake. `entropy` is for nonces. Who has the root can read every
    /// connection that tickets led to, so it is a secret to keep and to change.
    ///
    /// # Errors
    /// [`ConfigFault::TicketRoot`] for a root of equal bytes; there is no key that
    /// nobody has chosen.
    pub fn from_root(
        root: &[u8; 32],
        entropy: Arc<dyn Entropy>,
        now: Now,
    ) -> Result<Self, ConfigFault> {
        if is_constant(root) {
            return Err(ConfigFault::TicketRoot);
        }
        let root = HmacKey::new(HashAlgorithm::Sha256, root);
        let ring = Ring::of_period(&root, period(now)).map_err(|_| ConfigFault::TicketRoot)?;
        Ok(Self::with(entropy, Some(root), ring))
    }

    fn with(entropy: Arc<dyn Entropy>, root: Option<HmacKey>, ring: Ring) -> Self {
        Self {
            entropy,
            root,
            ring: ArcSwap::from_pointee(ring),
            rotating: Mutex::default(),
            sealed: Numbers::default(),
        }
    }

    /// Bytes that nobody can predict, for a nonce and what goes with it.
    pub(crate) fn draw<const BYTES: usize>(&self) -> Result<[u8; BYTES], OwnFailure> {
        drawn(&*self.entropy)
    }

    /// Seals what `write` appends, at most about `size` bytes: key name, nonce,
    /// ciphertext. The nonce was drawn for it.
    pub(crate) fn seal<X>(
        &self,
        size: usize,
        nonce: &[u8; NONCE],
        now: Now,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), X>,
    ) -> Result<Vec<u8>, OwnFailure> {
        self.rotate_when_due(now)?;
        // Sealed where it is written: nothing of the content stays anywhere.
        let mut ticket = Vec::with_capacity(NAME + NONCE + size + TAG);
        let ring = self.ring.load();
        let key = ring.keys.get(ring.sealing).ok_or(OwnFailure::Crypto)?;
        let nonce = &self.counted(nonce);
        ticket.extend_from_slice(&key.name);
        ticket.extend_from_slice(nonce);
        write(&mut ticket).map_err(|_| OwnFailure::MessageTooLong)?;
        let mut tag = [0; TAG];
        let content = ticket.get_mut(NAME + NONCE..).ok_or(OwnFailure::Crypto)?;
        key.aead
            .seal_in_place(nonce, &key.name, content, &mut tag)
            .map_err(|_| OwnFailure::Crypto)?;
        ticket.extend_from_slice(&tag);
        Ok(ticket)
    }

    /// The nonce with a number mixed in: a source that gets stuck does not repeat it.
    fn counted(&self, nonce: &[u8; NONCE]) -> [u8; NONCE] {
        let count = self.sealed.next().to_be_bytes();
        let mut counted = *nonce;
        for (byte, count) in counted.iter_mut().rev().zip(count.iter().rev()) {
            *byte ^= count;
        }
        counted
    }

    /// Opens a ticket of ours; nothing for any other. An unknown, damaged or
    /// foreign ticket means a full handshake and never an alert.
    pub(crate) fn open(&self, ticket: &[u8], now: Now) -> Option<SecretBytes> {
        self.rotate_when_due(now).ok()?;
        let (name, rest) = ticket.split_at_checked(NAME)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let ring = self.ring.load();
        let key = ring
            .keys
            .iter()
            .find(|key| constant_time_eq(&key.name, name))?;
        let mut content = SecretBytes::new(sealed.to_vec());
        let length = key
            .aead
            .open_in_place(nonce, &key.name, content.as_mut_bytes())
            .ok()?;
        content.truncate(length);
        Some(content)
    }

    fn rotate_when_due(&self, now: Now) -> Result<(), OwnFailure> {
        let since_ms = self.ring.load().since_ms;
        if let Some(root) = &self.root {
            if since_ms != period(now).saturating_mul(ROTATE_MS) {
                let ring = Ring::of_period(root, period(now))?;
                self.ring.store(Arc::new(ring));
            }
            return Ok(());
        }
        if !is_due(since_ms, now) {
            return Ok(());
        }
        let _rotating = self.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster.
        if let Some(next) = self.ring.load().after(now, &*self.entropy)? {
            self.ring.store(Arc::new(next));
        }
        Ok(())
    }
}

/// True when drawn keys of this time are to be followed by others.
fn is_due(since_ms: u64, now: Now) -> bool {
    now.monotonic_ms.saturating_sub(since_ms) >= ROTATE_MS
}

/// Bytes that nobody can predict.
pub(crate) fn drawn<const BYTES: usize>(entropy: &dyn Entropy) -> Result<[u8; BYTES], OwnFailure> {
    let mut bytes = [0; BYTES];
    entropy.fill(&mut bytes).map_err(|_| OwnFailure::Random)?;
    Ok(bytes)
}

/// Which six hours of the wall clock these are.
fn period(now: Now) -> u64 {
    now.unix_ms / ROTATE_MS
}

/// True for bytes that are all the same: nobody drew them.
fn is_constant(bytes: &[u8]) -> bool {
    let first = bytes.first();
    bytes.iter().all(|byte| Some(byte) == first)
}

impl Ring {
    /// The key of this period and of the two before it, and the next one's, which
    /// a machine whose clock is ahead has begun to use.
    fn of_period(root: &HmacKey, period: u64) -> Result<Self, OwnFailure> {
        let oldest = period.saturating_sub(2);
        let keys = (oldest..=period.saturating_add(1)).rev();
        let keys = keys.map(|period| Key::derive(root, period).map(Arc::new));
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
            sealing: 1,
            since_ms: period.saturating_mul(ROTATE_MS),
        })
    }

    /// Drawn keys as they should be by now; nothing where these still are.
    fn after(&self, now: Now, entropy: &dyn Entropy) -> Result<Option<Self>, OwnFailure> {
        let periods = now.monotonic_ms.saturating_sub(self.since_ms) / ROTATE_MS;
        if periods == 0 {
            return Ok(None);
        }
        // After a long sleep the old keys are too old.
        let missed = usize::try_from(periods).unwrap_or(KEPT).min(KEPT);
        let mut keys = Vec::with_capacity(KEPT);
        for _ in 0..missed {
            keys.push(Arc::new(Key::draw(entropy)?));
        }
        keys.extend(self.keys.iter().take(KEPT - missed).map(Arc::clone));
        Ok(Some(Self {
            keys,
            sealing: 0,
            since_ms: self.since_ms + periods * ROTATE_MS,
        }))
    }
}

impl Key {
    /// The key of a period (HKDF-Expand, RFC 5869 section 2.3).
    fn derive(root: &HmacKey, period: u64) -> Result<Self, OwnFailure> {
        let mut bytes = Secret::zeros(NAME + AeadAlgorithm::Aes256Gcm.key_len());
        root.expand(
            &[b"handfast ticket key", &period.to_be_bytes()],
            bytes.as_mut_bytes(),
        )
        .map_err(|_| OwnFailure::Crypto)?;
        let (name, key) = bytes
            .as_bytes()
            .split_first_chunk::<NAME>()
            .ok_or(OwnFailure::Crypto)?;
        Self::new(*name, key)
    }

    fn new(name: [u8; NAME], key: &[u8]) -> Result<Self, OwnFailure> {
        // A source that gives a constant gives a key that anyone has.
        if is_constant(key) {
            return Err(OwnFailure::Random);
        }
        let aead = AeadKey::new(AeadAlgorithm::Aes256Gcm, key).map_err(|_| OwnFailure::Crypto)?;
        Ok(Self { name, aead })
    }

    fn draw(entropy: &dyn Entropy) -> Result<Self, OwnFailure> {
        let mut name = [0; NAME];
        entropy.fill(&mut name).map_err(|_| OwnFailure::Random)?;
        let mut key = Secret::zeros(AeadAlgorithm::Aes256Gcm.key_len());
        entropy
            .fill(key.as_mut_bytes())
            .map_err(|_| OwnFailure::Random)?;
        Self::new(name, key.as_bytes())
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

    fn open(keys: &TicketKeys, ticket: &[u8], now: Now) -> Option<Vec<u8>> {
        let content = keys.open(ticket, now)?;
        Some(content.as_bytes().to_vec())
    }

    fn seal(keys: &TicketKeys, now: Now) -> Vec<u8> {
        let nonce = keys.draw().unwrap();
        let write = |out: &mut Vec<u8>| -> Result<(), ()> {
            out.extend_from_slice(b"state");
            Ok(())
        };
        keys.seal(5, &nonce, now, write).unwrap()
    }

    fn at(hours: u64) -> Now {
        Now {
            unix_ms: 0,
            monotonic_ms: hours * 60 * 60 * 1000,
        }
    }

    #[test]
    fn a_ticket_is_read_through_two_rotations_and_no_more() {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let ticket = seal(&keys, at(1));
        for hours in [1, 5, 6, 12, 17] {
            assert_eq!(
                open(&keys, &ticket, at(hours)).as_deref(),
                Some(b"state".as_slice()),
                "{hours}"
            );
        }
        assert_eq!(open(&keys, &ticket, at(18)), None);
    }

    #[test]
    fn machines_with_one_root_read_each_other_while_their_clocks_differ_by_hours() {
        let at = |hours: u64| Now {
            unix_ms: (1_000_000 + hours) * 60 * 60 * 1000,
            monotonic_ms: 5,
        };
        let machine = |root, hours| {
            TicketKeys::from_root(
                &[root, 1].repeat(16).try_into().unwrap(),
                Arc::new(SystemEntropy),
                at(hours),
            )
            .unwrap()
        };
        let (one, other) = (machine(9, 0), machine(9, 40));
        let ticket = seal(&one, at(40));
        // 1,000,040 hours lie in the 166,673rd period, its third hour.
        for hours in [34, 40, 52] {
            assert!(open(&other, &ticket, at(hours)).is_some(), "{hours}");
        }
        for hours in [30, 60] {
            assert!(open(&other, &ticket, at(hours)).is_none(), "{hours}");
        }
        // A clock that is set back reads what it read.
        assert!(open(&other, &ticket, at(40)).is_some());
        assert!(machine(8, 40).open(&ticket, at(40)).is_none());
        let constant = TicketKeys::from_root(&[3; 32], Arc::new(SystemEntropy), at(0));
        assert_eq!(constant.err(), Some(ConfigFault::TicketRoot));
    }

    #[test]
    fn a_long_sleep_forgets_every_key() {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let ticket = seal(&keys, at(0));
        assert_eq!(open(&keys, &ticket, at(1000)), None);
        let again = seal(&keys, at(1000));
        assert!(open(&keys, &again, at(1001)).is_some());
    }

    #[test]
    fn a_key_is_read_for_as_long_after_a_gap_as_without_one() {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let ticket = seal(&keys, at(1));
        // One call in the third period: the key is as old as if there had been one in each.
        assert!(open(&keys, &ticket, at(12)).is_some());
        assert_eq!(keys.ring.load().keys.len(), KEPT);
        assert!(open(&keys, &ticket, at(17)).is_some());
        assert!(open(&keys, &ticket, at(18)).is_none());
    }

    #[test]
    fn threads_that_seal_and_open_while_keys_rotate_read_each_other() {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let together = std::sync::Barrier::new(4);
        let nonces: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let seal_and_open = |step: u64| {
                        // No thread may lag behind for so long that its keys are gone.
                        if step.is_multiple_of(48) {
                            together.wait();
                        }
                        let now = at(step / 8);
                        let ticket = seal(&keys, now);
                        assert!(open(&keys, &ticket, now).is_some(), "{step}");
                        ticket[..NAME + NONCE].to_vec()
                    };
                    scope.spawn(move || (0..400).map(seal_and_open).collect::<Vec<_>>())
                })
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        let different: std::collections::HashSet<_> = nonces.iter().collect();
        assert_eq!(different.len(), 4 * 400);
        // 50 hours are eight periods: each of them has one key, whoever drew it.
        let names: std::collections::HashSet<_> = nonces.iter().map(|n| &n[..NAME]).collect();
        assert_eq!(names.len(), 9);
    }

    /// Seals so often under one key; gives how many nonces there were.
    fn nonces(seals: usize) -> usize {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let sealed = (0..seals).map(|_| seal(&keys, at(0)));
        let nonces = sealed.map(|ticket| ticket[NAME..NAME + NONCE].to_vec());
        nonces.collect::<std::collections::HashSet<_>>().len()
    }

    #[test]
    fn no_nonce_comes_twice() {
        assert_eq!(nonces(1 << 16), 1 << 16);
    }

    #[test]
    #[ignore = "takes seconds: `cargo test --release -p handfast --lib ticket_keys -- --ignored`"]
    fn no_nonce_comes_twice_in_a_million() {
        assert_eq!(nonces(1 << 20), 1 << 20);
    }

    #[test]
    fn foreign_and_damaged_tickets_are_not_read() {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        let ticket = seal(&keys, at(0));
        let restarted = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
        assert_eq!(open(&restarted, &ticket, at(0)), None);
        for at_byte in 0..ticket.len() {
            let mut damaged = ticket.clone();
            damaged[at_byte] ^= 1;
            assert_eq!(open(&keys, &damaged, at(0)), None, "{at_byte}");
            assert_eq!(open(&keys, &ticket[..at_byte], at(0)), None, "{at_byte}");
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

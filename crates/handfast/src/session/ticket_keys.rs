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
    ring: ArcSwap<Ring>,
    /// Held by who makes the next ring of drawn keys.
    rotating: Mutex<()>,
    /// A number for each ticket that is sealed.
    sealed: Numbers,
}

struct Ring {
    /// What keys come from, the one that seals first; without them they are drawn.
    roots: Option<Arc<[HmacKey]>>,
    /// Newest first, of each root.
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
            roots: None,
            keys: vec![Arc::new(first)],
            sealing: 0,
            since_ms: now.monotonic_ms,
        };
        Ok(Self::with(entropy, ring))
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
        Self::from_roots([root], entropy, now)
    }

    /// The same by several roots: the first seals, all are read. So a root is changed without a
    /// client noticing: every machine is given the new one behind the old; then every machine
    /// is given it before the old; and 12 hours later the old one goes.
    ///
    /// ```
    /// use handfast::config::SystemEntropy;
    /// use handfast::session::TicketKeys;
    /// use std::sync::Arc;
    ///
    /// # fn example(old: [u8; 32], new: [u8; 32]) -> Result<(), handfast::ConfigFault> {
    /// let now = handfast::stream::now();
    /// let keys = TicketKeys::from_roots([&old, &new], Arc::new(SystemEntropy), now)?;
    /// // … once every machine has both:
    /// keys.replace_roots([&new, &old], now)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ConfigFault::TicketRoot`] for a root of equal bytes, and for none at all.
    pub fn from_roots<'r>(
        roots: impl IntoIterator<Item = &'r [u8; 32]>,
        entropy: Arc<dyn Entropy>,
        now: Now,
    ) -> Result<Self, ConfigFault> {
        Ok(Self::with(entropy, Ring::of_roots(roots, now)?))
    }

    /// Takes these roots from now on ([`TicketKeys::from_roots`]), for all configs that share
    /// these keys. Tickets of roots that are not among them are not read any more; keys
    /// that were drawn are forgotten.
    ///
    /// # Errors
    /// [`ConfigFault::TicketRoot`]; nothing has changed then.
    pub fn replace_roots<'r>(
        &self,
        roots: impl IntoIterator<Item = &'r [u8; 32]>,
        now: Now,
    ) -> Result<(), ConfigFault> {
        let ring = Arc::new(Ring::of_roots(roots, now)?);
        let _rotating = self.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        self.ring.store(ring);
        Ok(())
    }

    fn with(entropy: Arc<dyn Entropy>, ring: Ring) -> Self {
        Self {
            entropy,
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
        if !self.ring.load().is_due(now) {
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
    fn of_roots<'r>(
        roots: impl IntoIterator<Item = &'r [u8; 32]>,
        now: Now,
    ) -> Result<Self, ConfigFault> {
        let keyed = |root: &[u8; 32]| {
            let is_chosen = !is_constant(root);
            is_chosen.then(|| HmacKey::new(HashAlgorithm::Sha256, root))
        };
        let roots: Option<Arc<[HmacKey]>> = roots.into_iter().map(keyed).collect();
        let roots = roots.filter(|roots| !roots.is_empty());
        let roots = roots.ok_or(ConfigFault::TicketRoot)?;
        Self::of_period(roots, period(now)).map_err(|_| ConfigFault::TicketRoot)
    }

    /// Of each root the key of this period and of the two before it, and the next one's,
    /// which a machine whose clock is ahead has begun to use.
    fn of_period(roots: Arc<[HmacKey]>, period: u64) -> Result<Self, OwnFailure> {
        let oldest = period.saturating_sub(2);
        let periods = oldest..=period.saturating_add(1);
        let each = roots
            .iter()
            .flat_map(|root| periods.clone().rev().map(move |period| (root, period)));
        let keys = each.map(|(root, period)| Key::derive(root, period).map(Arc::new));
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
            roots: Some(roots),
            sealing: 1,
            since_ms: period.saturating_mul(ROTATE_MS),
        })
    }

    /// True when these keys are to be followed by others.
    fn is_due(&self, now: Now) -> bool {
        match self.roots {
            // A clock may be set back.
            Some(_) => self.since_ms != period(now).saturating_mul(ROTATE_MS),
            None => now.monotonic_ms.saturating_sub(self.since_ms) >= ROTATE_MS,
        }
    }

    /// The keys as they should be by now; nothing where these still are.
    fn after(&self, now: Now, entropy: &dyn Entropy) -> Result<Option<Self>, OwnFailure> {
        if !self.is_due(now) {
            return Ok(None);
        }
        if let Some(roots) = &self.roots {
            return Self::of_period(Arc::clone(roots), period(now)).map(Some);
        }
        let periods = now.monotonic_ms.saturating_sub(self.since_ms) / ROTATE_MS;
        // After a long sleep the old keys are too old.
        let missed = usize::try_from(periods).unwrap_or(KEPT).min(KEPT);
        let mut keys = Vec::with_capacity(KEPT);
        for _ in 0..missed {
            keys.push(Arc::new(Key::draw(entropy)?));
        }
        keys.extend(self.keys.iter().take(KEPT - missed).map(Arc::clone));
        Ok(Some(Self {
            roots: None,
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

    /// A wall clock so far from the beginning of a period, and a monotonic one of its own.
    fn from_border(milliseconds: i64) -> Now {
        let border = 100_000 * ROTATE_MS;
        Now {
            unix_ms: border.checked_add_signed(milliseconds).unwrap(),
            monotonic_ms: 77,
        }
    }

    fn rooted<'r>(roots: impl IntoIterator<Item = &'r u8>, now: Now) -> TicketKeys {
        let roots: Vec<[u8; 32]> = roots
            .into_iter()
            .map(|root| [*root, 99].repeat(16).try_into().unwrap())
            .collect();
        TicketKeys::from_roots(&roots, Arc::new(SystemEntropy), now).unwrap()
    }

    #[test]
    fn machines_agree_on_both_sides_of_a_border_between_periods() {
        let moments = [-300_000, -1, 0, 1, 300_000].map(from_border);
        // One machine has run through the border, the other was started at that moment.
        let through = rooted(&[1], from_border(-600_000));
        let mut names = Vec::new();
        for sealed_at in moments {
            let ticket = seal(&through, sealed_at);
            names.push(ticket[..NAME].to_vec());
            for opened_at in moments {
                let fresh = rooted(&[1], opened_at);
                assert!(open(&fresh, &ticket, opened_at).is_some());
                let back = seal(&fresh, opened_at);
                assert!(open(&through, &back, sealed_at).is_some());
            }
        }
        names.dedup();
        assert_eq!(names.len(), 2, "one key before the border, one after it");
    }

    #[test]
    fn a_root_is_changed_machine_by_machine_and_no_ticket_is_lost() {
        let now = from_border(0);
        // Each step on one machine first: what either seals the other reads.
        let steps: [&[u8]; 4] = [&[1], &[1, 2], &[2, 1], &[2]];
        let machine = rooted(steps[0], now);
        for pair in steps.windows(2) {
            let [before, after] = [pair[0], pair[1]].map(|roots| rooted(roots, now));
            let tickets = [&before, &after].map(|one| seal(one, now));
            // The old root goes only when nothing that it sealed is alive.
            let until = if pair[1].len() > 1 { 2 } else { 1 };
            for ticket in &tickets[2 - until..] {
                assert!(open(&before, ticket, now).is_some(), "{pair:?}");
                assert!(open(&after, ticket, now).is_some(), "{pair:?}");
            }
        }
        let ticket = seal(&machine, now);
        let root = |first: u8| -> [u8; 32] { [first, 99].repeat(16).try_into().unwrap() };
        machine.replace_roots([&root(2), &root(1)], now).unwrap();
        assert!(open(&machine, &ticket, now).is_some());
        let sealed_by_new = seal(&machine, now);
        assert!(open(&rooted(&[2], now), &sealed_by_new, now).is_some());
        // What is refused changes nothing.
        let none: [&[u8; 32]; 0] = [];
        assert!(machine.replace_roots(none, now).is_err());
        assert!(machine.replace_roots([&root(3), &[0; 32]], now).is_err());
        assert!(open(&machine, &ticket, now).is_some());
        machine.replace_roots([&root(2)], now).unwrap();
        assert!(open(&machine, &ticket, now).is_none());
        assert!(open(&machine, &sealed_by_new, now).is_some());
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

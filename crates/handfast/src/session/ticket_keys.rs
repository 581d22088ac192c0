//! The keys that tickets are sealed with (RFC 5077 section 4, RFC 8446 section 4.6.1).

use crate::config::{ConfigFault, Entropy};
use crate::fault::OwnFailure;
use crate::near::Numbers;
use crate::session::sealer::{self, OpenedTicket, TicketSealer};
use crate::time::Now;
use arc_swap::ArcSwap;
use core::fmt;
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::{Secret, constant_time_eq};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

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
    /// In place of all this: what the caller seals by.
    sealer: Option<Arc<dyn TicketSealer>>,
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

    /// No keys at all, but what seals and opens by the caller's. `entropy` is for what tells tickets apart.
    #[must_use]
    pub fn sealed_by(sealer: Arc<dyn TicketSealer>, entropy: Arc<dyn Entropy>) -> Self {
        let ring = Ring {
            roots: None,
            keys: Vec::new(),
            sealing: 0,
            since_ms: 0,
        };
        Self {
            sealer: Some(sealer),
            ..Self::with(entropy, ring)
        }
    }

    /// Takes these roots from now on ([`TicketKeys::from_roots`]), for all configs that share
    /// these keys. Tickets of roots that are not among them are not read any more; keys
    /// that were drawn are forgotten.
    ///
    /// # Errors
    /// [`ConfigFault::TicketRoot`], also where the caller seals; nothing has changed then.
    pub fn replace_roots<'r>(
        &self,
        roots: impl IntoIterator<Item = &'r [u8; 32]>,
        now: Now,
    ) -> Result<(), ConfigFault> {
        if self.sealer.is_some() {
            return Err(ConfigFault::TicketRoot);
        }
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
            sealer: None,
        }
    }

    /// Bytes that nobody can predict, for a nonce and what goes with it.
    pub(crate) fn draw<const BYTES: usize>(&self) -> Result<[u8; BYTES], OwnFailure> {
        drawn(&*self.entropy)
    }

    /// Seals what `write` appends, at most about `size` bytes: key name, nonce,
    /// ciphertext. The nonce was drawn for it. Nothing where the caller seals, and does not.
    pub(crate) fn seal<X>(
        &self,
        size: usize,
        nonce: &[u8; NONCE],
        now: Now,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), X>,
    ) -> Result<Option<Vec<u8>>, OwnFailure> {
        if let Some(sealer) = &self.sealer {
            let mut session = Zeroizing::new(Vec::with_capacity(size));
            write(&mut session).map_err(|_| OwnFailure::MessageTooLong)?;
            return Ok(sealer.seal(&session, now).and_then(sealer::fit));
        }
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
        Ok(Some(ticket))
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
    pub(crate) fn open(&self, ticket: &[u8], now: Now) -> Option<OpenedTicket> {
        if let Some(sealer) = &self.sealer {
            return sealer.open(ticket, now);
        }
        self.rotate_when_due(now).ok()?;
        let (name, rest) = ticket.split_at_checked(NAME)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let ring = self.ring.load();
        let key = ring
            .keys
            .iter()
            .find(|key| constant_time_eq(&key.name, name))?;
        let mut opened = OpenedTicket::new(sealed.to_vec());
        let length = key
            .aead
            .open_in_place(nonce, &key.name, &mut opened.session)
            .ok()?;
        opened.session.truncate(length);
        Some(opened)
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
mod tests;

//! What leaves the process: names that tell nothing, and values that nobody else can read or make.

use crate::name::Name;
use crate::root_secrets::RootSecrets;
use arc_swap::ArcSwap;
use core::fmt;
use core::time::Duration;
use handfast::config::{Entropy, SystemEntropy};
use handfast::session::{SessionValue, StoredSession, Strike};
use handfast::{Now, OwnFailure};
use handfast_crypto::aead::{AeadAlgorithm, AeadKey, NONCE_LEN};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::Secret;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Seals sessions for a store that is not trusted, and makes their names.
///
/// * A name is an HMAC of the session's: the store learns no session ID and no ticket.
/// * A value is sealed with AES-256-GCM under a key of its own, which comes from the root, the
///   name and a salt: one that is changed, or moved to another name, does not open.
/// * When it ends is sealed with it: a store that keeps it for longer gains nothing. One that gives
///   an old value of the same name again does, for so long.
/// * Machines with the same root and namespace read each other; others see only noise.
///
/// ```
/// use handfast_store::{RootSecrets, Sealed};
///
/// let roots = RootSecrets::draw().unwrap();
/// let (shop, other) = (Sealed::new(&roots, "shop"), Sealed::new(&roots, "other"));
/// let name = |sealed: &Sealed| sealed.names(b"session").first().copied();
/// assert_eq!(name(&shop), name(&shop));
/// assert_ne!(name(&shop), name(&other));
/// ```
pub struct Sealed {
    keys: ArcSwap<Vec<Keys>>,
    namespace: Box<[u8]>,
    entropy: Arc<dyn Entropy>,
}

/// What comes from one root.
struct Keys {
    names: HmacKey,
    values: HmacKey,
}

/// A sealed session, ready for a store.
pub struct Entry {
    /// Under what.
    pub name: Name,
    /// The bytes.
    pub value: Vec<u8>,
    /// For how long.
    pub life: Duration,
}

// Form, salt, nonce, then sealed: when it ends in unix milliseconds, and the session; the tag.
const FORM: u8 = 1;
const SALT: usize = 16;
const UNTIL: usize = 8;
const TAG: usize = 16;
const ALGORITHM: AeadAlgorithm = AeadAlgorithm::Aes256Gcm;
/// Bytes of a value in a store, at most: more is not read.
pub(crate) const LARGEST: usize = 64 * 1024;

/// Milliseconds for which a strike is remembered beyond its time: as far as the clocks of
/// machines that share a store may differ.
pub(crate) const SKEW_MS: u64 = 60_000;

impl Sealed {
    /// By the roots that machines share, for the service of this name.
    #[must_use]
    pub fn new(roots: &RootSecrets, namespace: &str) -> Self {
        Self {
            keys: ArcSwap::from_pointee(Keys::of(roots, namespace.as_bytes())),
            namespace: namespace.as_bytes().into(),
            entropy: Arc::new(SystemEntropy),
        }
    }

    /// Takes these roots from now on: the first seals, all open.
    pub fn replace_roots(&self, roots: &RootSecrets) {
        let keys = Keys::of(roots, &self.namespace);
        self.keys.store(Arc::new(keys));
    }

    /// The names that a session may have in the store, by each root: under the first new ones
    /// are kept.
    #[must_use]
    pub fn names(&self, key: &[u8]) -> Vec<Name> {
        let keys = self.keys.load();
        keys.iter().map(|keys| keys.name(key)).collect()
    }

    /// Seals a session.
    ///
    /// # Errors
    /// [`OwnFailure::Random`]; [`OwnFailure::MessageTooLong`] over 64 KiB.
    pub fn seal(&self, session: &StoredSession, now: Now) -> Result<Entry, OwnFailure> {
        let keys = self.keys.load();
        let keys = keys.first().ok_or(OwnFailure::Crypto)?;
        let name = keys.name(&session.key);
        let life = Duration::from_secs(session.lifetime_s.into());
        let until = now
            .unix_ms
            .saturating_add(u64::from(session.lifetime_s) * 1000);
        let mut random = [0; SALT + NONCE_LEN];
        let drawn = self.entropy.fill(&mut random);
        drawn.map_err(|_| OwnFailure::Random)?;
        let plain = session.value.as_bytes();
        let size = 1 + random.len() + UNTIL + plain.len() + TAG;
        if size > LARGEST {
            return Err(OwnFailure::MessageTooLong);
        }
        // Sealed where it is written: nothing of the session stays anywhere.
        let mut value = Vec::with_capacity(size);
        value.push(FORM);
        value.extend_from_slice(&random);
        value.extend_from_slice(&until.to_be_bytes());
        value.extend_from_slice(plain);
        let (salt, nonce) = random.split_first_chunk().ok_or(OwnFailure::Crypto)?;
        let nonce = nonce.first_chunk().ok_or(OwnFailure::Crypto)?;
        let key = keys.value_key(&name, salt).ok_or(OwnFailure::Crypto)?;
        let mut tag = [0; TAG];
        let content = value.get_mut(1 + random.len()..);
        let content = content.ok_or(OwnFailure::Crypto)?;
        key.seal_in_place(nonce, name.as_bytes(), content, &mut tag)
            .map_err(|_| OwnFailure::Crypto)?;
        value.extend_from_slice(&tag);
        Ok(Entry { name, value, life })
    }

    /// Opens what a store gave for a name. Nothing for what was not sealed for it with these
    /// roots and this namespace, or is too old.
    #[must_use]
    pub fn open(&self, name: &Name, value: &[u8], now: Now) -> Option<SessionValue> {
        let opened = |keys: &Keys| keys.open(name, value, now);
        self.keys.load().iter().find_map(opened)
    }

    /// The name under which a strike is marked, and for how long. No root has a part in it: while
    /// roots change, all machines must mean the same.
    #[must_use]
    pub fn strike(&self, strike: &Strike, now: Now) -> (Name, Duration) {
        let parts = [
            b"handfast strike".as_slice(),
            &length(&self.namespace),
            &self.namespace,
            strike.key(),
        ];
        let left_ms = strike.until_unix_ms().saturating_sub(now.unix_ms);
        let life = Duration::from_millis(left_ms.saturating_add(SKEW_MS));
        (
            name_of(digest(HashAlgorithm::Sha256, &parts).as_bytes()),
            life,
        )
    }
}

impl Keys {
    fn of(roots: &RootSecrets, namespace: &[u8]) -> Vec<Self> {
        let each = roots.iter().map(|root| Self::new(root, namespace));
        each.collect()
    }

    fn new(root: &[u8; 32], namespace: &[u8]) -> Self {
        let root = HmacKey::extract(HashAlgorithm::Sha256, b"handfast store", root);
        let key = |label: &[u8]| {
            let mut key = Secret::zeros(32);
            let parts = [label, &length(namespace), namespace];
            // 32 bytes are never too long.
            let _ = root.expand(&parts, key.as_mut_bytes());
            HmacKey::new(HashAlgorithm::Sha256, key.as_bytes())
        };
        Self {
            names: key(b"names"),
            values: key(b"values"),
        }
    }

    fn name(&self, key: &[u8]) -> Name {
        name_of(self.names.sign(&[key]).as_bytes())
    }

    fn value_key(&self, name: &Name, salt: &[u8; SALT]) -> Option<AeadKey> {
        let mut key = Secret::zeros(ALGORITHM.key_len());
        let info = [name.as_bytes().as_slice(), salt];
        self.values.expand(&info, key.as_mut_bytes()).ok()?;
        AeadKey::new(ALGORITHM, key.as_bytes()).ok()
    }

    fn open(&self, name: &Name, value: &[u8], now: Now) -> Option<SessionValue> {
        let (form, rest) = value.split_first()?;
        let (salt, rest) = rest.split_first_chunk::<SALT>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        if *form != FORM || value.len() > LARGEST {
            return None;
        }
        let key = self.value_key(name, salt)?;
        let mut content = Zeroizing::new(sealed.to_vec());
        let length = key.open_in_place(nonce, name.as_bytes(), &mut content);
        let (until, session) = content.get(..length.ok()?)?.split_first_chunk::<UNTIL>()?;
        let is_alive = now.unix_ms < u64::from_be_bytes(*until);
        is_alive.then(|| SessionValue::new(session.to_vec()))
    }
}

fn name_of(hash: &[u8]) -> Name {
    let mut name = [0; 32];
    name.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    Name::new(name)
}

/// Goes before what has no fixed length, so that no two lists of parts look alike.
fn length(bytes: &[u8]) -> [u8; 8] {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes()
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} roots)", self.keys.load().len())
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({} bytes)", self.value.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now {
        unix_ms: 1_800_000_000_000,
        monotonic_ms: 0,
    };

    fn roots(first: u8) -> RootSecrets {
        RootSecrets::from(core::array::from_fn(|at| first ^ u8::try_from(at).unwrap()))
    }

    fn session(key: &[u8]) -> StoredSession {
        StoredSession {
            key: key.to_vec(),
            value: SessionValue::new(b"the master secret of a client".to_vec()),
            lifetime_s: 60,
        }
    }

    fn later(ms: u64) -> Now {
        Now {
            unix_ms: NOW.unix_ms + ms,
            monotonic_ms: 0,
        }
    }

    #[test]
    fn a_value_opens_on_every_machine_with_the_root_until_its_time_is_over() {
        let (one, other) = (Sealed::new(&roots(1), "a"), Sealed::new(&roots(1), "a"));
        let entry = one.seal(&session(b"id"), NOW).unwrap();
        assert_eq!(other.names(b"id"), [entry.name]);
        for (ms, is_alive) in [(0, true), (59_999, true), (60_000, false)] {
            let opened = other.open(&entry.name, &entry.value, later(ms));
            assert_eq!(opened.is_some(), is_alive, "{ms}");
            assert!(opened.is_none_or(|value| value == session(b"id").value));
        }
        assert_eq!(entry.life, Duration::from_secs(60));
        // The store sees nothing of either.
        let seen = [entry.name.as_bytes(), entry.value.as_slice()].concat();
        assert!(!seen.windows(6).any(|bytes| b"master".as_slice() == bytes));
        assert!(!seen.windows(2).any(|bytes| b"id".as_slice() == bytes));
    }

    #[test]
    fn a_value_that_was_moved_changed_cut_or_made_elsewhere_does_not_open() {
        let sealed = Sealed::new(&roots(1), "a");
        let [one, two] = [b"one", b"two"].map(|key| sealed.seal(&session(key), NOW).unwrap());
        assert!(sealed.open(&one.name, &one.value, NOW).is_some());
        assert!(sealed.open(&one.name, &two.value, NOW).is_none(), "moved");
        for at in 0..one.value.len() {
            let mut changed = one.value.clone();
            changed[at] ^= 1;
            assert!(sealed.open(&one.name, &changed, NOW).is_none(), "{at}");
            let cut = &one.value[..at];
            assert!(sealed.open(&one.name, cut, NOW).is_none(), "{at}");
        }
        let longer = [one.value.as_slice(), &[0]].concat();
        assert!(sealed.open(&one.name, &longer, NOW).is_none());
        for stranger in [Sealed::new(&roots(2), "a"), Sealed::new(&roots(1), "b")] {
            assert!(stranger.open(&one.name, &one.value, NOW).is_none());
            assert_ne!(stranger.names(b"one"), [one.name]);
        }
        let again = sealed.seal(&session(b"one"), NOW).unwrap();
        assert_ne!(again.value, one.value, "a salt and a nonce of its own");
    }

    #[test]
    fn while_roots_change_what_any_of_them_sealed_is_found_and_strikes_stay_the_same() {
        let text = |first: &[u8]| {
            let line = |first: &u8| {
                format!(
                    "{first:02x}{}\n",
                    "0123456789abcdef".repeat(4).split_at(2).1
                )
            };
            first.iter().map(line).collect::<String>()
        };
        let read = |first: &[u8]| {
            let folder = handfast_testkit::peer::Folder::new().unwrap();
            let path = std::path::PathBuf::from(folder.file("roots"));
            std::fs::write(&path, text(first)).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let mode = std::fs::Permissions::from_mode(0o600);
                std::fs::set_permissions(&path, mode).unwrap();
            }
            RootSecrets::read(&path).unwrap()
        };
        let [old, both, new]: [Sealed; 3] =
            [&[1][..], &[2, 1], &[2]].map(|first| Sealed::new(&read(first), "a"));
        let entry = old.seal(&session(b"id"), NOW).unwrap();
        assert_eq!(both.names(b"id")[1], entry.name);
        assert!(both.open(&entry.name, &entry.value, NOW).is_some());
        assert!(new.open(&entry.name, &entry.value, NOW).is_none());
        // The same while it runs.
        new.replace_roots(&read(&[2, 1]));
        assert!(new.open(&entry.name, &entry.value, NOW).is_some());
        let strike = Strike::new([5; 32], NOW.unix_ms + 10_000);
        assert_eq!(old.strike(&strike, NOW), new.strike(&strike, NOW));
        assert_eq!(old.strike(&strike, NOW).1, Duration::from_secs(70));
        assert_eq!(
            old.strike(&strike, later(20_000)).1,
            Duration::from_secs(60)
        );
        let elsewhere = Sealed::new(&roots(1), "b");
        assert_ne!(old.strike(&strike, NOW).0, elsewhere.strike(&strike, NOW).0);
    }
}

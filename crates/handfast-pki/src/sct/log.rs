//! The logs whose word counts: a list that the caller gives.

use crate::time::UnixTime;
use base64ct::{Base64, Encoding};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::signature::{KeyKind, PublicKey};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A log's name: the SHA-256 of its SubjectPublicKeyInfo (RFC 6962 s3.2). Displayed in base64, as
/// lists of logs write it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub [u8; 32]);

impl LogId {
    /// The name of the log with this SubjectPublicKeyInfo, in DER.
    #[must_use]
    pub fn of_key(spki: &[u8]) -> Self {
        let mut id = [0; 32];
        let digest = digest(HashAlgorithm::Sha256, &[spki]);
        for (to, from) in id.iter_mut().zip(digest.as_bytes()) {
            *to = *from;
        }
        Self(id)
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogId({self})")
    }
}

/// How far those who keep a list of logs trust one (Chrome's CT Log Lifecycle names the states).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogState {
    /// It has applied; nothing of it counts.
    Pending,
    /// It was accepted, and its SCTs count.
    Qualified,
    /// It was accepted long enough ago that everybody knows it.
    Usable,
    /// It takes no more certificates; what it has signed counts.
    ReadOnly,
    /// It is trusted no longer; of what it has signed counts what is older.
    Retired {
        /// Since when.
        since: UnixTime,
    },
    /// It was never accepted; nothing of it counts.
    Rejected,
}

impl fmt::Display for LogState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Qualified => "qualified",
            Self::Usable => "usable",
            Self::ReadOnly => "read-only",
            Self::Retired { since } => return write!(f, "retired since {since}"),
            Self::Rejected => "rejected",
        })
    }
}

/// The certificates that a log takes, by the end of their validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemporalInterval {
    /// The first notAfter that it takes.
    pub from: UnixTime,
    /// The first notAfter that it takes no more.
    pub to: UnixTime,
}

impl TemporalInterval {
    /// Whether the log takes certificates that end then.
    #[must_use]
    pub fn covers(&self, not_after: UnixTime) -> bool {
        self.from <= not_after && not_after < self.to
    }
}

/// A log as a list of logs describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its SubjectPublicKeyInfo in DER.
    pub key: Box<[u8]>,
    /// Its name in words.
    pub description: String,
    /// Who runs it: SCTs of one operator's logs do not vouch for each other.
    pub operator: String,
    /// How far it is trusted.
    pub state: LogState,
    /// Which certificates it takes; `None` for any.
    pub interval: Option<TemporalInterval>,
}

impl Log {
    /// Its name: the SHA-256 of its key.
    #[must_use]
    pub fn id(&self) -> LogId {
        LogId::of_key(&self.key)
    }
}

/// The logs that are known. Cloning is cheap: clones share what was read.
///
/// ```
/// use handfast_pki::sct::log::{Log, LogList, LogState};
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der");
/// # let der = std::fs::read(path)?;
/// # let leaf = handfast_pki::certificate::Certificate::parse(&der)?;
/// # let key = leaf.spki();
/// let mut logs = LogList::new();
/// let id = logs.add(Log {
///     key: key.into(),
///     description: "Lark 2030".to_owned(),
///     operator: "Bird Logs".to_owned(),
///     state: LogState::Usable,
///     interval: None,
/// })?;
/// assert_eq!(logs.log(id).unwrap().operator, "Bird Logs");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct LogList {
    logs: Arc<BTreeMap<LogId, Known>>,
}

#[derive(Clone)]
struct Known {
    log: Log,
    key: Arc<PublicKey>,
}

impl LogList {
    /// A list without logs: nothing counts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a log, or replaces the one of the same key.
    ///
    /// # Errors
    /// [`LogKeyFault`] for a key that no log may have: RFC 6962 s2.1.4 knows P-256 and RSA of at
    /// least 2048 bits.
    pub fn add(&mut self, log: Log) -> Result<LogId, LogKeyFault> {
        let key = PublicKey::from_spki(&log.key).ok().filter(|key| {
            matches!(key.kind(), KeyKind::EcP256 | KeyKind::Rsa { .. }) && key.has_strength()
        });
        let id = log.id();
        let Some(key) = key.map(Arc::new) else {
            return Err(LogKeyFault { id });
        };
        Arc::make_mut(&mut self.logs).insert(id, Known { log, key });
        Ok(id)
    }

    /// The log of this name.
    #[must_use]
    pub fn log(&self, id: LogId) -> Option<&Log> {
        self.logs.get(&id).map(|known| &known.log)
    }

    /// The logs, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (LogId, &Log)> {
        self.logs.iter().map(|(id, known)| (*id, &known.log))
    }

    /// How many logs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.logs.len()
    }

    /// Whether there are none, so that nothing counts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// The log of this name, and its key.
    pub(crate) fn known(&self, id: LogId) -> Option<(&Log, &PublicKey)> {
        let known = self.logs.get(&id)?;
        Some((&known.log, &known.key))
    }
}

impl fmt::Debug for LogList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogList({} logs)", self.len())
    }
}

/// A log's key is neither P-256 nor RSA of 2048 to 8192 bits (RFC 6962 s2.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogKeyFault {
    /// The name that the log would have.
    pub id: LogId,
}

impl fmt::Display for LogKeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the key of log {} is neither P-256 nor RSA of 2048 to 8192 bits",
            self.id
        )
    }
}

impl std::error::Error for LogKeyFault {}

#[cfg(test)]
mod tests {
    use super::{Log, LogId, LogList, LogState, TemporalInterval};
    use crate::time::UnixTime;
    use handfast_crypto::signature::{KeyKind, PrivateKey};

    fn log(kind: KeyKind) -> Log {
        let key = PrivateKey::generate(kind).expect("a key");
        Log {
            key: key.public_spki().into(),
            description: String::from("log"),
            operator: String::from("operator"),
            state: LogState::Usable,
            interval: None,
        }
    }

    #[test]
    fn logs_are_found_by_the_hash_of_their_key_and_clones_do_not_change() {
        let mut logs = LogList::new();
        let before = logs.clone();
        let log = log(KeyKind::EcP256);
        let id = logs.add(log.clone()).expect("a log");
        let retired = Log {
            state: LogState::Rejected,
            ..log
        };
        assert_eq!(logs.add(retired.clone()), Ok(id));
        assert_eq!((logs.len(), logs.log(id)), (1, Some(&retired)));
        assert!(before.is_empty() && logs.log(LogId([0; 32])).is_none());
    }

    #[test]
    fn a_log_has_a_p256_or_rsa_key() {
        let mut logs = LogList::new();
        logs.add(log(KeyKind::Rsa { bits: 2048 })).expect("RSA");
        for kind in [KeyKind::EcP384, KeyKind::Ed25519] {
            let log = log(kind);
            let fault = logs.add(log.clone()).expect_err("another kind");
            assert_eq!(fault.id, log.id());
        }
        let mut broken = log(KeyKind::EcP256);
        broken.key = broken.key[1..].into();
        assert!(logs.add(broken).is_err());
        assert_eq!(logs.len(), 1);
    }

    #[test]
    fn an_interval_ends_before_its_end() {
        let interval = TemporalInterval {
            from: UnixTime(10),
            to: UnixTime(20),
        };
        let covered = [9, 10, 19, 20].map(|end| interval.covers(UnixTime(end)));
        assert_eq!(covered, [false, true, true, false]);
    }
}

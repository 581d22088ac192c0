//! The transcript of the handshake (RFC 8446 section 4.4.1).

use crate::fault::OwnFailure;
use handfast_crypto::hash::{Digest, HashAlgorithm, HashContext};
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::double_hash::DoubleHash;
use handfast_wire::registry::HandshakeType;

/// What messages are hashed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeHash {
    /// The suite's hash.
    OfSuite,
    /// MD5 and SHA-1, side by side.
    #[cfg(feature = "legacy")]
    Md5Sha1,
}

/// Messages in order: kept as they are until the hash is known, hashed from then on.
pub(crate) enum Transcript {
    Waiting(Waiting),
    Running(HashContext),
    /// Hashed and kept: TLS 1.2 signs the messages themselves.
    Kept(HashContext, Vec<u8>),
    /// As TLS 1.1 and what came before it hash them.
    #[cfg(feature = "legacy")]
    Double(Box<Double>),
}

/// Messages hashed twice, and kept for a signature by one of the two hashes.
#[cfg(feature = "legacy")]
pub(crate) struct Double {
    hash: DoubleHash,
    kept: Option<Vec<u8>>,
}

/// Messages whose hash is not known yet.
#[derive(Default)]
pub(crate) struct Waiting {
    bytes: Vec<u8>,
    /// Their hash as far as somebody needed it already, and how many bytes that is.
    ahead: Option<(HashContext, usize)>,
}

impl Waiting {
    /// The hash of all, from as far as it is known.
    fn hash(&self, hash: HashAlgorithm) -> HashContext {
        let (mut context, done) = match &self.ahead {
            Some((context, done)) if context.algorithm() == hash => (context.clone(), *done),
            _ => (HashContext::new(hash), 0),
        };
        context.update(self.bytes.get(done..).unwrap_or_default());
        context
    }
}

impl Transcript {
    pub(crate) fn new() -> Self {
        Self::Waiting(Waiting::default())
    }

    /// Adds a whole message, said or heard.
    pub(crate) fn add(&mut self, message: &[u8]) {
        match self {
            Self::Waiting(waiting) => keep(&mut waiting.bytes, message),
            Self::Running(context) => context.update(message),
            Self::Kept(context, bytes) => {
                context.update(message);
                keep(bytes, message);
            }
            #[cfg(feature = "legacy")]
            Self::Double(double) => {
                double.hash.update(message);
                if let Some(kept) = &mut double.kept {
                    keep(kept, message);
                }
            }
        }
    }

    /// As [`Transcript::add`], of a first message whose bytes are taken over.
    pub(crate) fn add_owned(&mut self, message: Vec<u8>) {
        match self {
            Self::Waiting(waiting) if waiting.bytes.is_empty() => waiting.bytes = message,
            _ => self.add(&message),
        }
    }

    /// The suite is chosen: hashes what was kept.
    pub(crate) fn start(&mut self, hash: HashAlgorithm) {
        if let Self::Waiting(waiting) = self {
            *self = Self::Running(waiting.hash(hash));
        }
    }

    /// As [`Transcript::start`], and keeps the messages (RFC 5246 section 7.4.8).
    pub(crate) fn start_keeping(&mut self, hash: HashAlgorithm) {
        if let Self::Waiting(waiting) = self {
            *self = Self::Kept(waiting.hash(hash), core::mem::take(&mut waiting.bytes));
        }
    }

    /// Goes by both hashes, and keeps the messages where they may be signed.
    #[cfg(feature = "legacy")]
    pub(crate) fn start_double(&mut self, keeps: bool) {
        if let Self::Waiting(waiting) = self {
            let mut hash = DoubleHash::new();
            hash.update(&waiting.bytes);
            let kept = core::mem::take(&mut waiting.bytes);
            *self = Self::Double(Box::new(Double {
                hash,
                kept: keeps.then_some(kept),
            }));
        }
    }

    /// Both hashes so far.
    #[cfg(feature = "legacy")]
    pub(crate) fn double(&self) -> Result<&DoubleHash, OwnFailure> {
        match self {
            Self::Double(double) => Ok(&double.hash),
            _ => Err(OwnFailure::Crypto),
        }
    }

    /// Every message so far, where they are kept.
    pub(crate) fn messages(&self) -> Result<&[u8], OwnFailure> {
        match self {
            Self::Waiting(Waiting { bytes, .. }) | Self::Kept(_, bytes) => Ok(bytes),
            Self::Running(_) => Err(OwnFailure::Crypto),
            #[cfg(feature = "legacy")]
            Self::Double(double) => double.kept.as_deref().ok_or(OwnFailure::Crypto),
        }
    }

    /// After a HelloRetryRequest the first ClientHello is replaced by a
    /// message_hash message (RFC 8446 section 4.4.1). Called before that
    /// request is added.
    pub(crate) fn restart_with_message_hash(&mut self, hash: HashAlgorithm) {
        self.start(hash);
        let digest = self.current();
        let digest = digest.as_ref();
        let length = u8::try_from(digest.len()).unwrap_or(u8::MAX);
        let mut context = HashContext::new(hash);
        context.update(&[HandshakeType::MESSAGE_HASH.0, 0, 0, length]);
        context.update(digest);
        *self = Self::Running(context);
    }

    /// The running hash of everything so far and of part of a message that is still
    /// to be added.
    pub(crate) fn with(&self, hash: HashAlgorithm, partial: &[u8]) -> HashContext {
        let mut context = match self {
            Self::Waiting(waiting) => waiting.hash(hash),
            Self::Running(context) | Self::Kept(context, _) => context.clone(),
            // A binder is of TLS 1.3, which never hashes twice.
            #[cfg(feature = "legacy")]
            Self::Double(_) => HashContext::new(hash),
        };
        context.update(partial);
        context
    }

    /// The next message to be added begins with `done` bytes whose hash, after
    /// everything so far, [`Transcript::with`] gave.
    pub(crate) fn expect(&mut self, context: HashContext, done: usize) {
        if let Self::Waiting(waiting) = self {
            waiting.ahead = Some((context, waiting.bytes.len() + done));
        }
    }

    /// Adds a message of whose first `done` bytes [`Transcript::with`] gave the hash,
    /// which is not made again.
    pub(crate) fn add_from(&mut self, context: HashContext, message: &[u8], done: usize) {
        match self {
            Self::Running(running) => {
                *running = context;
                running.update(message.get(done..).unwrap_or_default());
            }
            _ => self.add(message),
        }
    }

    /// The hash of everything so far. Only meaningful once started.
    pub(crate) fn current(&self) -> Digest {
        match self {
            Self::Waiting(waiting) => waiting.hash(HashAlgorithm::Sha256).current(),
            Self::Running(context) | Self::Kept(context, _) => context.current(),
            #[cfg(feature = "legacy")]
            Self::Double(double) => double.hash.current(),
        }
    }
}

/// Messages are few: growing by what comes costs less than twice a long Hello.
fn keep(bytes: &mut Vec<u8>, message: &[u8]) {
    bytes.reserve_exact(message.len());
    bytes.extend_from_slice(message);
}

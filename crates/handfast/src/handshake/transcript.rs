//! The transcript of the handshake (RFC 8446 section 4.4.1).

use crate::fault::OwnFailure;
use handfast_crypto::hash::{Digest, HashAlgorithm, HashContext};
use handfast_wire::registry::HandshakeType;

/// Messages in order: kept as they are until the hash is known, hashed from then on.
pub(crate) enum Transcript {
    Waiting(Vec<u8>),
    Running(HashContext),
    /// Hashed and kept: TLS 1.2 signs the messages themselves.
    Kept(HashContext, Vec<u8>),
}

impl Transcript {
    pub(crate) fn new() -> Self {
        Self::Waiting(Vec::new())
    }

    /// Adds a whole message, said or heard.
    pub(crate) fn add(&mut self, message: &[u8]) {
        match self {
            Self::Waiting(bytes) => keep(bytes, message),
            Self::Running(context) => context.update(message),
            Self::Kept(context, bytes) => {
                context.update(message);
                keep(bytes, message);
            }
        }
    }

    /// The suite is chosen: hashes what was kept.
    pub(crate) fn start(&mut self, hash: HashAlgorithm) {
        if let Self::Waiting(bytes) = self {
            let mut context = HashContext::new(hash);
            context.update(bytes);
            *self = Self::Running(context);
        }
    }

    /// As [`Transcript::start`], and keeps the messages (RFC 5246 section 7.4.8).
    pub(crate) fn start_keeping(&mut self, hash: HashAlgorithm) {
        if let Self::Waiting(bytes) = self {
            let mut context = HashContext::new(hash);
            context.update(bytes);
            *self = Self::Kept(context, core::mem::take(bytes));
        }
    }

    /// Every message so far, where they are kept.
    pub(crate) fn messages(&self) -> Result<&[u8], OwnFailure> {
        match self {
            Self::Waiting(bytes) | Self::Kept(_, bytes) => Ok(bytes),
            Self::Running(_) => Err(OwnFailure::Crypto),
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

    /// The hash of everything so far and of part of a message that is still to
    /// be added.
    pub(crate) fn with(&self, hash: HashAlgorithm, partial: &[u8]) -> Digest {
        match self {
            Self::Waiting(bytes) => handfast_crypto::hash::digest(hash, &[bytes, partial]),
            Self::Running(context) | Self::Kept(context, _) => {
                let mut context = context.clone();
                context.update(partial);
                context.current()
            }
        }
    }

    /// The hash of everything so far. Only meaningful once started.
    pub(crate) fn current(&self) -> Digest {
        match self {
            Self::Waiting(bytes) => handfast_crypto::hash::digest(HashAlgorithm::Sha256, &[bytes]),
            Self::Running(context) | Self::Kept(context, _) => context.current(),
        }
    }
}

/// Messages are few: growing by what comes costs less than twice a long Hello.
fn keep(bytes: &mut Vec<u8>, message: &[u8]) {
    bytes.reserve_exact(message.len());
    bytes.extend_from_slice(message);
}

//! The effects of a step, in order; applied once the step has succeeded.

use crate::connection::established::{Cached, Established};
use crate::connection::mailbox::{Post, Posts};
use crate::near::Near;
use crate::record::TrafficKey;
use crate::session::{SessionCache, SessionId, StoredSession};
use crate::suite::Suite;
use handfast_crypto::hash::Digest;
use handfast_crypto::secret::Secret;
#[cfg(feature = "legacy")]
use handfast_wire::registry::AlertDescription;
use handfast_wire::registry::ProtocolVersion;
use std::sync::Arc;

/// What a step wants done.
pub(crate) struct Output {
    pub(crate) posts: Box<Posts>,
    pub(crate) receive_key: Option<TrafficKey>,
    pub(crate) connected: Option<Box<Established>>,
    pub(crate) may_send: bool,
    pub(crate) skip_early_data: Option<u32>,
    pub(crate) take_early_data: Option<u32>,
    pub(crate) asks_again: bool,
    pub(crate) receive_limit: Option<usize>,
    pub(crate) stored: Vec<StoredSession>,
    pub(crate) cached: Option<Cached>,
    pub(crate) renewed: Option<Renewed>,
}

/// What came of a renewal on a connection that is there.
#[derive(Clone, Copy)]
pub(crate) enum Renewed {
    Done,
    Declined,
}

impl Output {
    /// Effects that are added to what waits to be sent.
    pub(crate) fn on(posts: Box<Posts>) -> Self {
        Self {
            posts,
            receive_key: None,
            connected: None,
            may_send: false,
            skip_early_data: None,
            take_early_data: None,
            asks_again: false,
            receive_limit: None,
            stored: Vec::new(),
            cached: None,
            renewed: None,
        }
    }

    /// Makes room for so many bytes of handshake messages at once.
    pub(crate) fn expect(&mut self, bytes: usize) {
        self.posts.expect(bytes);
    }

    /// Lets `write` append a handshake message to those that wait at this
    /// level, so that they share records.
    pub(crate) fn append_handshake<X>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> X) -> X {
        self.posts.append(write)
    }

    /// The handshake messages that were appended last and share a level.
    pub(crate) fn waiting_handshake(&self) -> &[u8] {
        self.posts.last_handshake()
    }

    /// Ends an answer to a request for a certificate by its Finished, which is made under the secret in
    /// use when it goes out.
    pub(crate) fn answer_finished(&mut self, transcript: Digest) {
        self.posts.push(Post::AnswerFinished(transcript));
    }

    /// Sends a change_cipher_spec record, for middleboxes.
    pub(crate) fn change_cipher_spec(&mut self) {
        self.posts.push(Post::ChangeCipherSpec);
    }

    /// Sends SSL 3.0's warning that there is no certificate to show.
    #[cfg(feature = "legacy")]
    pub(crate) fn no_certificate(&mut self) {
        let alert = AlertDescription::NO_CERTIFICATE_RESERVED;
        self.posts.push(Post::Alert(alert));
    }

    /// Sends under `key` from here on.
    pub(crate) fn send_key(&mut self, key: TrafficKey, secret: Option<Box<Secret>>) {
        self.posts.push(Post::Key(key, secret));
    }

    /// Receives under `key` from here on. Nothing of a handshake message may
    /// be half read then; the receiving half checks it.
    pub(crate) fn receive_key(&mut self, key: TrafficKey) {
        self.receive_key = Some(key);
    }

    /// Lets early data be sent under `key`, so many bytes of it at most.
    pub(crate) fn early_key(&mut self, key: TrafficKey, most: u32) {
        self.posts.push(Post::EarlyKey(key, most));
    }

    /// No early data is sent any more, and what follows is not protected.
    pub(crate) fn no_key(&mut self) {
        self.posts.push(Post::NoKey);
    }

    /// Skips records that do not open, up to this many bytes of content (RFC 8446 section 4.2.10).
    pub(crate) fn skip_early_data(&mut self, bytes: u32) {
        // What is left is never nothing while some may come.
        self.skip_early_data = Some(bytes.saturating_add(1));
    }

    /// Takes up to this many bytes of early data, until the receiving key changes again.
    pub(crate) fn take_early_data(&mut self, bytes: u32) {
        self.take_early_data = Some(bytes);
    }

    /// A HelloRetryRequest was said or heard: whatever the peer sends next must
    /// come after it, so nothing may be half read; the receiving half checks it.
    pub(crate) fn asks_again(&mut self) {
        self.asks_again = true;
    }

    /// Takes at most this many bytes of content in a record from here on.
    pub(crate) fn receive_limit(&mut self, bytes: usize) {
        self.receive_limit = Some(bytes);
    }

    /// Sends at most this many bytes of content in a record from here on.
    pub(crate) fn send_limit(&mut self, bytes: usize) {
        self.posts.push(Post::Fragment(bytes));
    }

    /// Records bear this version from here on: one older than TLS 1.2 was chosen.
    pub(crate) fn version(&mut self, version: ProtocolVersion) {
        if version < ProtocolVersion::TLS_1_2 {
            self.posts.push(Post::Version(version));
        }
    }

    /// A session for the caller to keep.
    pub(crate) fn store(&mut self, session: StoredSession) {
        self.stored.push(session);
    }

    /// The session is in the cache, or else in the caller's store, and is forgotten if the
    /// connection fails (RFC 5246 section 7.2.2).
    pub(crate) fn is_cached(
        &mut self,
        cache: Option<&Arc<Near<Arc<SessionCache>>>>,
        id: SessionId,
    ) {
        self.cached = Some(match cache {
            Some(cache) => Cached::Here(Arc::clone(cache), id),
            None => Cached::There(id),
        });
    }

    /// Application data may be sent, though the handshake goes on.
    pub(crate) fn may_send(&mut self, suite: &'static Suite) {
        self.posts.push(Post::Connected(suite));
        self.may_send = true;
    }

    /// No application data is sent from here on, until the handshake is done.
    pub(crate) fn hold(&mut self) {
        self.posts.push(Post::Hold(true));
    }

    /// The handshake is done.
    pub(crate) fn connected(&mut self, established: Box<Established>) {
        self.posts.push(Post::Connected(established.suite));
        self.connected = Some(established);
    }
}

//! What the receiving half has for the sending half: a small queue that is
//! drained before anything else is sent.

use crate::config::CommonPlan;
use crate::fault::Error;
use crate::near::Near;
use crate::record::TrafficKey;
use crate::suite::Suite;
use core::sync::atomic::{AtomicBool, Ordering};
use handfast_crypto::secret::Secret;
use handfast_wire::registry::AlertDescription;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One thing to send, or to do before sending.
pub(crate) enum Post {
    /// Handshake bytes at the level of the key in use; adjacent ones share records.
    Handshake(Vec<u8>),
    ChangeCipherSpec,
    /// What follows is sent under this key. With a secret: the application keys.
    Key(Box<TrafficKey>, Option<Box<Secret>>),
    /// The settings of a config that was chosen late.
    Config(Arc<Near<CommonPlan>>),
    /// Bytes of content in one record from here on, at most.
    Fragment(usize),
    /// The handshake is done; application data may be sent.
    Connected(&'static Suite),
    /// The peer wants our keys updated too.
    UpdateKey,
    Alert(AlertDescription),
}

/// Joins the two halves of one connection.
#[derive(Default)]
pub(crate) struct Mailbox {
    /// Read on every send, so that a quiet mailbox costs no lock.
    waiting: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) posts: VecDeque<Post>,
    /// Why the connection ended.
    pub(crate) failed: Option<Error>,
}

impl Mailbox {
    /// True when something waits.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it holds the lock; a queue is whole at any time.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds posts in order.
    pub(crate) fn put(&self, posts: impl IntoIterator<Item = Post>) {
        self.put_into(&mut self.lock(), posts);
    }

    fn put_into(&self, inner: &mut Inner, posts: impl IntoIterator<Item = Post>) {
        for post in posts {
            match (inner.posts.back_mut(), post) {
                (Some(Post::Handshake(bytes)), Post::Handshake(more)) => {
                    bytes.extend_from_slice(&more);
                }
                // One reply serves any number of requests (RFC 8446 s4.6.3).
                (Some(Post::UpdateKey), Post::UpdateKey) => {}
                (_, post) => inner.posts.push_back(post),
            }
        }
        self.waiting.store(
            !inner.posts.is_empty() || inner.failed.is_some(),
            Ordering::Release,
        );
    }

    /// Ends the connection: the alert goes out, then every send gives `error`.
    pub(crate) fn fail(&self, error: Error, alert: Option<AlertDescription>) {
        // One lock for both: whoever sees the failure sees its alert.
        let mut inner = self.lock();
        inner.failed.get_or_insert(error);
        self.put_into(&mut inner, alert.map(Post::Alert));
    }

    /// The queue was drained; an empty one keeps no memory.
    pub(crate) fn drained(&self, inner: &mut Inner) {
        if inner.posts.is_empty() {
            inner.posts = VecDeque::new();
        }
        self.waiting.store(
            !inner.posts.is_empty() || inner.failed.is_some(),
            Ordering::Release,
        );
    }
}

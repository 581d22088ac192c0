//! What the receiving half has for the sending half: a small queue that is
//! drained before anything else is sent.

use crate::config::CommonPlan;
use crate::fault::Error;
use crate::near::Near;
use crate::record::TrafficKey;
use crate::suite::Suite;
use core::sync::atomic::{AtomicBool, Ordering};
use handfast_crypto::hash::Digest;
use handfast_crypto::secret::Secret;
use handfast_wire::registry::{AlertDescription, KeyUpdateRequest, ProtocolVersion};
use smallvec::SmallVec;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One thing to send, or to do before sending.
pub(crate) enum Post {
    /// So many bytes of handshake messages at the level of the key in use; adjacent
    /// ones share records.
    Handshake(usize),
    ChangeCipherSpec,
    /// What follows is sent under this key. With a secret: the application keys.
    Key(TrafficKey, Option<Box<Secret>>),
    /// Early data may be sent under this key, so many bytes of it at most.
    EarlyKey(TrafficKey, u32),
    /// Early data was refused before there is another key: nothing is protected now.
    NoKey,
    /// The settings of a config that was chosen late.
    Config(Arc<Near<CommonPlan>>),
    /// Bytes of content in one record from here on, at most.
    Fragment(usize),
    /// The version that was agreed on, where it is older than TLS 1.2: records bear it.
    Version(ProtocolVersion),
    /// The handshake is done; application data may be sent.
    Connected(&'static Suite),
    /// A KeyUpdate is due, since the peer or the caller wants one.
    UpdateKey(KeyUpdateRequest),
    /// The Finished that ends the messages before it, made over this transcript under the sending
    /// secret (RFC 8446 section 4.4.4).
    AnswerFinished(Digest),
    Alert(AlertDescription),
    /// One that ends the connection whatever it is.
    FatalAlert(AlertDescription),
    /// An alert after which the connection goes on.
    Warning(AlertDescription),
    /// Application data waits, or need not wait any more, for a handshake to be done.
    Hold(bool),
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
    /// Boxed, since most of a connection's life none wait; while the handshake runs
    /// the place is kept.
    posts: Option<Box<Posts>>,
    /// A step of the handshake adds to what waits: nothing is sent before it is done.
    is_borrowed: bool,
    /// Why the connection ended.
    pub(crate) failed: Option<Error>,
    /// The version that was chosen, for whoever taps what is sent: nobody else sets it.
    pub(crate) version: Option<ProtocolVersion>,
}

/// Posts in order, with the handshake bytes of all of them in one place.
#[derive(Default)]
pub(crate) struct Posts {
    /// In place for one flight.
    list: SmallVec<[Option<Post>; FLIGHT]>,
    /// Of the list, those that were taken out.
    taken: usize,
    bytes: Vec<u8>,
    /// Bytes at the front that were read.
    read: usize,
}

/// How far posts had come.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    posts: usize,
    /// Of handshake bytes in the last of them.
    last: usize,
    bytes: usize,
}

/// Posts of one flight, at the most.
const FLIGHT: usize = 8;
/// Bytes of a flight without certificates.
const SHORT: usize = 256;

impl Inner {
    pub(crate) fn is_empty(&self) -> bool {
        self.here()
            .is_none_or(|posts| posts.taken == posts.list.len())
    }

    fn here(&self) -> Option<&Posts> {
        self.posts.as_deref().filter(|_| !self.is_borrowed)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Post> {
        self.here()
            .into_iter()
            .flat_map(|posts| posts.list.iter().flatten())
    }

    /// The first post, taken out, with its handshake bytes.
    pub(crate) fn pop(&mut self) -> Option<(Post, &[u8])> {
        self.posts.as_mut().filter(|_| !self.is_borrowed)?.pop()
    }

    fn push(&mut self, post: Post) {
        self.posts.get_or_insert_default().push(post);
    }
}

impl Posts {
    /// Adds a post.
    pub(crate) fn push(&mut self, post: Post) {
        match (self.last_mut(), post) {
            (Some(Post::Handshake(bytes)), Post::Handshake(more)) => *bytes += more,
            // One reply serves any number of requests (RFC 8446 s4.6.3).
            (Some(Post::UpdateKey(asked)), Post::UpdateKey(asks)) => {
                if asks == KeyUpdateRequest::UPDATE_REQUESTED {
                    *asked = asks;
                }
            }
            (_, post) => self.list.push(Some(post)),
        }
    }

    fn last_mut(&mut self) -> Option<&mut Post> {
        self.list.last_mut()?.as_mut()
    }

    /// Makes room for so many bytes of handshake messages at once.
    pub(crate) fn expect(&mut self, bytes: usize) {
        self.bytes.reserve_exact(bytes);
    }

    /// Lets `write` append handshake messages.
    pub(crate) fn append<X>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> X) -> X {
        if self.bytes.capacity() == 0 {
            self.bytes.reserve_exact(SHORT);
        }
        let before = self.bytes.len();
        let result = write(&mut self.bytes);
        self.push(Post::Handshake(self.bytes.len().saturating_sub(before)));
        result
    }

    /// The handshake messages that were appended last and share a level.
    pub(crate) fn last_handshake(&self) -> &[u8] {
        let start = self.bytes.len().saturating_sub(self.last());
        self.bytes.get(start..).unwrap_or_default()
    }

    fn last(&self) -> usize {
        match self.list.last() {
            Some(Some(Post::Handshake(bytes))) => *bytes,
            _ => 0,
        }
    }

    fn pop(&mut self) -> Option<(Post, &[u8])> {
        let post = self.list.get_mut(self.taken)?.take()?;
        self.taken += 1;
        let start = self.read;
        if let Post::Handshake(bytes) = post {
            self.read += bytes;
        }
        let bytes = self.bytes.get(start..self.read).unwrap_or_default();
        Some((post, bytes))
    }

    /// Answers to requests for a certificate that wait to be sent.
    pub(crate) fn answers(&self) -> usize {
        let waiting = self.list.iter().flatten();
        waiting
            .filter(|post| matches!(post, Post::AnswerFinished(_)))
            .count()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            posts: self.list.len(),
            last: self.last(),
            bytes: self.bytes.len(),
        }
    }

    /// Forgets what was added since the mark.
    pub(crate) fn go_back(&mut self, mark: Mark) {
        self.list.truncate(mark.posts);
        if let Some(Post::Handshake(bytes)) = self.last_mut() {
            *bytes = mark.last;
        }
        self.bytes.truncate(mark.bytes);
    }

    /// Adds later ones behind; nothing is left of them, nor of their memory.
    pub(crate) fn append_all(&mut self, later: &mut Self) {
        while let Some((post, bytes)) = later.pop() {
            self.bytes.extend_from_slice(bytes);
            self.push(post);
        }
        *later = Self::default();
    }
}

impl Mailbox {
    /// True when something waits.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it holds the lock; a queue is whole at any time.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a post.
    pub(crate) fn put(&self, post: Post) {
        let mut inner = self.lock();
        inner.push(post);
        self.tell(&inner);
    }

    /// Takes out what waits, so that a step of the handshake adds to it in place.
    pub(crate) fn borrow(&self) -> Box<Posts> {
        let mut inner = self.lock();
        inner.is_borrowed = true;
        inner.posts.take().unwrap_or_default()
    }

    /// Puts back what was borrowed, in front of what came meanwhile.
    pub(crate) fn give_back(&self, mut posts: Box<Posts>) {
        let mut inner = self.lock();
        if let Some(mut later) = inner.posts.take() {
            posts.append_all(&mut later);
        }
        inner.posts = Some(posts);
        inner.is_borrowed = false;
        self.tell(&inner);
    }

    fn tell(&self, inner: &Inner) {
        self.waiting.store(
            !inner.is_empty() || inner.failed.is_some(),
            Ordering::Release,
        );
    }

    /// Ends the connection: the alert goes out, then every send gives `error`.
    pub(crate) fn fail(&self, error: Error, alert: Option<Post>) {
        // One lock for both: whoever sees the failure sees its alert.
        let mut inner = self.lock();
        inner.failed.get_or_insert(error);
        if let Some(alert) = alert {
            inner.push(alert);
        }
        self.tell(&inner);
    }

    /// The queue was drained; an empty one keeps no memory but, while the handshake
    /// runs, its place and that of short messages.
    pub(crate) fn drained(&self, inner: &mut Inner, handshaking: bool) {
        if inner.is_empty() && !inner.is_borrowed {
            match inner.posts.as_mut().filter(|_| handshaking) {
                Some(posts) => {
                    if posts.bytes.capacity() <= SHORT {
                        posts.bytes.clear();
                    } else {
                        posts.bytes = Vec::new();
                    }
                    posts.read = 0;
                    posts.list.clear();
                    posts.taken = 0;
                }
                None => inner.posts = None,
            }
        }
        self.tell(inner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What waits, as words.
    fn drain(posts: &mut Posts) -> Vec<(bool, Vec<u8>)> {
        let mut all = Vec::new();
        while let Some((post, bytes)) = posts.pop() {
            all.push((matches!(post, Post::Handshake(_)), bytes.to_vec()));
        }
        all
    }

    #[test]
    fn handshake_bytes_of_one_level_are_one_post_and_keep_their_order() {
        let mut posts = Posts::default();
        posts.append(|out| out.extend([1, 2]));
        posts.append(|out| out.push(3));
        posts.push(Post::ChangeCipherSpec);
        posts.append(|out| out.push(4));
        assert_eq!(posts.last_handshake(), [4]);
        let wanted = vec![(true, vec![1, 2, 3]), (false, vec![]), (true, vec![4])];
        assert_eq!(drain(&mut posts), wanted);
    }

    #[test]
    fn a_step_that_fails_leaves_what_waited_before_it() {
        let mut posts = Posts::default();
        posts.append(|out| out.extend([1, 2]));
        let mark = posts.mark();
        posts.append(|out| out.push(3));
        posts.push(Post::ChangeCipherSpec);
        posts.append(|out| out.push(4));
        posts.go_back(mark);
        posts.append(|out| out.push(5));
        assert_eq!(drain(&mut posts), vec![(true, vec![1, 2, 5])]);
    }

    #[test]
    fn what_was_added_behind_takes_no_memory_any_more() {
        let (mut posts, mut later) = (Posts::default(), Posts::default());
        for round in 0..3 {
            later.append(|out| out.extend([round; 5000]));
            later.push(Post::ChangeCipherSpec);
            posts.append_all(&mut later);
            assert_eq!((later.bytes.capacity(), later.list.len()), (0, 0));
        }
        assert_eq!(posts.bytes.len(), 15_000);
        assert_eq!(drain(&mut posts).len(), 6);
    }

    #[test]
    fn what_came_while_posts_were_borrowed_stands_behind_them() {
        let mailbox = Mailbox::default();
        mailbox.put(Post::ChangeCipherSpec);
        let mut posts = mailbox.borrow();
        posts.append(|out| out.push(1));
        mailbox.put(Post::Alert(AlertDescription::CLOSE_NOTIFY));
        assert!(mailbox.lock().pop().is_none(), "it would overtake them");
        mailbox.give_back(posts);
        assert!(mailbox.is_waiting());
        let mut posts = mailbox.borrow();
        let all = drain(&mut posts);
        assert_eq!(all, vec![(false, vec![]), (true, vec![1]), (false, vec![])]);
    }
}

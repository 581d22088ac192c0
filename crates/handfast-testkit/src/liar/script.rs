//! The liar's script: honest but for one message.

use handfast::observe::Script;
use handfast_wire::registry::HandshakeType;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Changes a handshake message, header included, into none, one or several.
pub type Change = fn(Vec<u8>) -> Vec<Vec<u8>>;

/// Changes the `nth` message of one type, of all connections of a config.
#[derive(Debug)]
pub(crate) struct Edit {
    msg_type: HandshakeType,
    nth: usize,
    change: Change,
    seen: AtomicUsize,
}

impl Edit {
    pub(crate) fn new(msg_type: HandshakeType, nth: usize, change: Change) -> Self {
        Self {
            msg_type,
            nth,
            change,
            seen: AtomicUsize::new(0),
        }
    }
}

impl Script for Edit {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == self.msg_type && self.seen.fetch_add(1, Ordering::Relaxed) == self.nth {
            (self.change)(message)
        } else {
            vec![message]
        }
    }
}

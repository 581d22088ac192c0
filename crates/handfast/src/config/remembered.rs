//! The groups that servers asked for by HelloRetryRequest: the next connection
//! to the same name sends the right share at once.

use core::sync::atomic::{AtomicBool, Ordering};
use handfast_wire::registry::NamedGroup;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Names that are remembered; the oldest makes room.
const MOST: usize = 256;

/// A small memory, owned by a client config. Until a server has asked for a
/// retry it costs one atomic load.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    any: AtomicBool,
    names: Mutex<VecDeque<(String, NamedGroup)>>,
}

impl Remembered {
    /// The group that this server asked for last.
    pub(crate) fn group(&self, name: &str) -> Option<NamedGroup> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, group)| *group)
    }

    /// A handshake with this server needed a retry, and was done.
    pub(crate) fn remember(&self, name: &str, group: NamedGroup) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.retain(|(known, _)| known != name);
        if names.len() >= MOST {
            names.pop_front();
        }
        names.push_back((name.to_owned(), group));
        self.any.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_answer_counts_and_the_oldest_name_makes_room() {
        let memory = Remembered::default();
        assert_eq!(memory.group("host"), None);
        memory.remember("host", NamedGroup::SECP256R1);
        memory.remember("host", NamedGroup::SECP384R1);
        assert_eq!(memory.group("host"), Some(NamedGroup::SECP384R1));
        for number in 0..MOST {
            memory.remember(&number.to_string(), NamedGroup::X25519);
        }
        assert_eq!(memory.group("host"), None);
        assert_eq!(memory.group("0"), Some(NamedGroup::X25519));
    }
}

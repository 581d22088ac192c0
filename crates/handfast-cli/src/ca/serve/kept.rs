//! OCSP responses that were signed before, for who asks the same.
//!
//! Bounded: whoever asks for ever other serial numbers pushes out what nobody asked for of late,
//! and no more. Two generations do that without a list to keep in order: what the old one is asked
//! for moves to the young one, and when that is full it becomes the old one.

use crate::ca::serve::document::Document;
use crate::ca::serve::log::Answers;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Responses by what they are about.
pub(super) struct Kept {
    generations: Mutex<Generations>,
    /// In one generation.
    most: usize,
}

struct Generations {
    /// Of which state of the records these speak.
    state: u64,
    young: HashMap<Vec<u8>, One>,
    old: HashMap<Vec<u8>, One>,
}

#[derive(Clone)]
struct One {
    document: Arc<Document>,
    /// From then on a new one is made, long before this one ends.
    renew_unix: u64,
    answers: Answers,
}

impl Kept {
    /// At most twice so many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            generations: Mutex::new(Generations {
                state: 0,
                young: HashMap::new(),
                old: HashMap::new(),
            }),
            most,
        }
    }

    /// The response, with what it says in a word, if there is one that is good for long enough.
    pub(super) fn find(&self, key: &[u8], now_unix: u64) -> Option<(Arc<Document>, Answers)> {
        let mut generations = self.generations();
        let one = match generations.young.get(key) {
            Some(one) => one.clone(),
            None => {
                let one = generations.old.remove(key)?;
                self.put(&mut generations, key.to_vec(), one.clone());
                one
            }
        };
        (now_unix < one.renew_unix).then_some((one.document, one.answers))
    }

    /// Keeps a response that speaks of this state of the records, unless that has passed.
    pub(super) fn keep(
        &self,
        key: Vec<u8>,
        state: u64,
        (document, answers): (Arc<Document>, Answers),
        renew_unix: u64,
    ) {
        let mut generations = self.generations();
        if generations.state == state {
            let one = One {
                document,
                renew_unix,
                answers,
            };
            self.put(&mut generations, key, one);
        }
    }

    /// The records are in another state: nothing that was said before is said again.
    pub(super) fn forget(&self, state: u64) {
        let mut generations = self.generations();
        generations.state = state;
        generations.young.clear();
        generations.old.clear();
    }

    fn put(&self, generations: &mut Generations, key: Vec<u8>, one: One) {
        if generations.young.len() >= self.most {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(key, one);
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(what: &str) -> (Arc<Document>, Answers) {
        let document = Document::new(what.as_bytes().to_vec(), "text/plain", 0);
        let answers = vec![("01".to_owned(), what.to_owned())];
        (Arc::new(document), answers.into())
    }

    fn key(number: u32) -> Vec<u8> {
        number.to_be_bytes().to_vec()
    }

    #[test]
    fn what_is_asked_for_stays_however_much_else_comes() {
        let kept = Kept::new(4);
        kept.keep(key(0), 0, said("good"), 100);
        for number in 1..1000 {
            kept.keep(key(number), 0, said("unknown"), 100);
            assert!(kept.find(&key(0), 0).is_some(), "{number}");
        }
        assert!(kept.find(&key(1), 0).is_none());
        let generations = kept.generations();
        assert!(generations.young.len() + generations.old.len() <= 8);
    }

    #[test]
    fn nothing_is_said_again_once_the_records_changed() {
        let kept = Kept::new(4);
        kept.keep(key(1), 0, said("good"), 100);
        kept.forget(1);
        assert!(kept.find(&key(1), 0).is_none());
        // One that was made before the change, and is there only now.
        kept.keep(key(1), 0, said("good"), 100);
        assert!(kept.find(&key(1), 0).is_none());
        kept.keep(key(1), 1, said("revoked"), 100);
        assert_eq!(
            kept.find(&key(1), 0).map(|(_, said)| said[0].1.clone()),
            Some("revoked".to_owned())
        );
    }

    #[test]
    fn a_response_is_made_anew_before_it_ends() {
        let kept = Kept::new(4);
        kept.keep(key(1), 0, said("good"), 100);
        assert!(kept.find(&key(1), 99).is_some());
        assert!(kept.find(&key(1), 100).is_none());
    }
}

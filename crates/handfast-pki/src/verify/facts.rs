//! Signatures that were found right before: a fact about two sets of bytes, which no
//! clock and no policy can change.

use core::fmt;
use handfast_crypto::hash::{HashAlgorithm, digest};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Remembers which certificate was signed by which key, so that a chain that was seen
/// before costs no signature check. Names, dates, constraints, algorithms, key sizes
/// and revocation are judged anew each time.
///
/// A fact is a digest over the whole certificate and the issuer's whole public key.
/// Only right signatures are remembered, and only those of a path that ended at an
/// anchor, so that strangers cannot fill it.
pub struct SignatureFacts {
    shards: [RwLock<Shard>; SHARDS],
    most: usize,
}

/// That a key signed something: a digest of all bytes of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fact([u8; 32]);

impl Fact {
    /// Of what was signed, in DER, and the key's SubjectPublicKeyInfo. DER says its own length, so
    /// two of them are one after the other in one way only.
    pub(crate) fn new(der: &[u8], spki: &[u8]) -> Self {
        let digest = digest(HashAlgorithm::Sha256, &[der, spki]);
        let mut fact = Self::default();
        for (to, from) in fact.0.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        fact
    }
}

/// Oldest first, and sorted.
#[derive(Default)]
struct Shard {
    order: VecDeque<Fact>,
    known: BTreeSet<Fact>,
}

/// Locks, so that threads seldom share one; reading does not exclude reading.
const SHARDS: usize = 16;

impl SignatureFacts {
    /// Room for this many facts or a few more: about 100 bytes each, taken as they
    /// come. The oldest makes room.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            shards: core::array::from_fn(|_| RwLock::default()),
            most: most.div_ceil(SHARDS),
        }
    }

    /// How many facts are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| read(shard).known.len())
            .sum()
    }

    /// True when nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn knows(&self, fact: &Fact) -> bool {
        self.shard(fact)
            .is_some_and(|shard| read(shard).known.contains(fact))
    }

    /// The signature was found right: of a certificate, on a path that ended at an anchor.
    pub(crate) fn learn(&self, fact: Fact) {
        let Some(shard) = self.shard(&fact).filter(|_| self.most > 0) else {
            return;
        };
        if read(shard).known.contains(&fact) {
            return;
        }
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if shard.known.insert(fact) {
            shard.order.push_back(fact);
        }
        if shard.order.len() > self.most
            && let Some(oldest) = shard.order.pop_front()
        {
            shard.known.remove(&oldest);
        }
    }

    fn shard(&self, fact: &Fact) -> Option<&RwLock<Shard>> {
        let [.., last] = fact.0;
        self.shards.get(usize::from(last) % SHARDS)
    }
}

fn read(shard: &RwLock<Shard>) -> RwLockReadGuard<'_, Shard> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

impl Default for SignatureFacts {
    /// Room for 4,096 facts.
    fn default() -> Self {
        Self::new(4096)
    }
}

impl fmt::Debug for SignatureFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignatureFacts({})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Certificate;

    const ISSUER: &[u8] = include_bytes!("../../testdata/root.der");

    #[test]
    fn the_oldest_facts_make_room_and_the_newest_are_known() {
        let issuer = Certificate::parse(ISSUER).expect("the root");
        // The last bytes lie in the signature: the fact is another with each.
        let children: Vec<_> = (0..=255_u8)
            .map(|byte| {
                let mut der = ISSUER.to_vec();
                *der.last_mut().expect("bytes") = byte;
                der
            })
            .collect();
        let facts = SignatureFacts::new(SHARDS);
        for der in &children {
            let fact = Fact::new(der, issuer.spki());
            facts.learn(fact);
            assert!(facts.knows(&fact));
            facts.learn(fact);
            assert!(facts.len() <= SHARDS);
        }
        let known = |der: &Vec<u8>| facts.knows(&Fact::new(der, issuer.spki()));
        let count = children.iter().filter(|der| known(der)).count();
        assert_eq!(count, facts.len());
        assert!(!known(&children[0]));
    }
}

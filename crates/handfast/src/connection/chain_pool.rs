//! Chains that several connections were shown, in memory once.

use crate::connection::peer_chain::{PeerChain, Shown};
use crate::near::place;
use core::fmt;
use rustls_pki_types::CertificateDer;
use std::sync::{Mutex, OnceLock, PoisonError, Weak};

/// Chains that are known at a time, at most.
const PLACES: usize = 64;

/// The chains that the connections of one config hold now. It keeps none alive, and
/// forgets one when another takes its place.
#[derive(Default)]
pub(crate) struct ChainPool {
    places: OnceLock<Box<[Mutex<Weak<Shown>>]>>,
}

impl ChainPool {
    /// These certificates, leaf first: one copy for all connections that hold them.
    pub(crate) fn chain_of(&self, certificates: &[&[u8]]) -> PeerChain {
        let Some(leaf) = certificates.first() else {
            return PeerChain::default();
        };
        let places = self
            .places
            .get_or_init(|| (0..PLACES).map(|_| Mutex::default()).collect());
        let Some(place) = places.get(index(leaf)) else {
            return fresh(certificates);
        };
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = place.upgrade() {
            let known = PeerChain::shared(known);
            if known
                .iter()
                .map(AsRef::<[u8]>::as_ref)
                .eq(certificates.iter().copied())
            {
                return known;
            }
        }
        let chain = fresh(certificates);
        *place = chain.downgrade();
        chain
    }
}

fn fresh(certificates: &[&[u8]]) -> PeerChain {
    certificates
        .iter()
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect()
}

/// By the end of the leaf, which is of its signature and so like drawn; threads go to
/// different places, so that they do not wait for each other.
fn index(leaf: &[u8]) -> usize {
    let end = leaf.last_chunk::<8>().copied().unwrap_or_default();
    let mixed = end.iter().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    mixed.wrapping_add(place()) % PLACES
}

impl fmt::Debug for ChainPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainPool")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_chain_is_held_once_as_long_as_somebody_holds_it() {
        let pool = ChainPool::default();
        let bytes: [&[u8]; 2] = [b"a leaf of twenty byte", b"its issuer"];
        let one = pool.chain_of(&bytes);
        let other = pool.chain_of(&bytes);
        assert!(one.is_shared_with(&other));
        assert_eq!(one.len(), 2);
        drop((one, other));
        assert_eq!(pool.chain_of(&bytes).len(), 2);
    }

    #[test]
    fn another_chain_with_the_same_end_is_not_taken_for_it() {
        let pool = ChainPool::default();
        let one = pool.chain_of(&[b"one: the same end", b"issuer"]);
        for other in [
            &[&b"two: the same end"[..], b"issuer"][..],
            &[b"one: the same end"],
            &[b"one: the same end", b"another issuer"],
        ] {
            let chain = pool.chain_of(other);
            assert!(!one.is_shared_with(&chain));
            assert!(
                chain
                    .iter()
                    .map(AsRef::<[u8]>::as_ref)
                    .eq(other.iter().copied())
            );
        }
        assert!(pool.chain_of(&[]).is_empty());
    }
}

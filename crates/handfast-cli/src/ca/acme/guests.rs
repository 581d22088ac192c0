//! Who is connected, by network: of the places one network has a share.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// How many are connected from where.
#[derive(Clone, Debug, Default)]
pub(super) struct Guests {
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Guest {
    guests: Guests,
    network: IpAddr,
}

impl Guests {
    /// Lets one more in; nothing where its network has its share already.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Guest> {
        let network = network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= SHARE {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Guest {
            guests: self.clone(),
            network,
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let counts = self.guests.counts.lock();
        let mut counts = counts.unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

/// Whoever has one address of IPv6 has all of its /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        four => four,
    }
}

/// Clients of one network at a time.
const SHARE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_has_its_share_of_the_places_and_leaves_the_others_theirs() {
        let guests = Guests::default();
        let enter = |address: &str| guests.enter(address.parse().unwrap());
        for (address, alike, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::ffff:0:0:2", "2001:db8:0:1::1"),
        ] {
            let mut there: Vec<Guest> = (0..SHARE).filter_map(|_| enter(address)).collect();
            assert_eq!(there.len(), SHARE);
            assert!(enter(address).is_none() && enter(alike).is_none());
            assert!(enter(other).is_some());
            there.pop();
            assert!(enter(alike).is_some(), "one has gone");
        }
        assert!(guests.counts.lock().unwrap().is_empty());
    }
}

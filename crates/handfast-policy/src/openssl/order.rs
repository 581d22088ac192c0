//! The list of suites that the words of a cipher string change.
//!
//! Every suite has a place in it from the start, so that suites come on in a sensible order whatever
//! word brings them: fresh keys before fixed ones, AEADs before the rest, the stronger first. Those
//! that were taken off last are the first to come back.

use crate::openssl::row::Row;
use crate::openssl::selector::{
    Selector, authentication as au, cipher as enc, exchange as kx, mac, oldest,
};
use crate::settings::Ranked;
use handfast::CipherSuite;

/// All suites in their order, each on or off.
pub(super) struct Order<'a>(Vec<Place<'a>>);

struct Place<'a> {
    row: &'a Row,
    on: bool,
    by_name: bool,
    as_before: bool,
}

impl<'a> Order<'a> {
    /// All off, in the order in which words bring them on.
    pub(super) fn new(table: &'a [Row]) -> Self {
        let places = table.iter().map(|row| Place {
            row,
            on: false,
            by_name: false,
            as_before: false,
        });
        let mut order = Self(places.collect());
        let all = Selector::default();
        let exchange = |exchange| Selector { exchange, ..all };
        let cipher = |cipher| Selector { cipher, ..all };
        // Elliptic curves with ECDSA first; of the ciphers AES-GCM, ChaCha20, AES, then the rest.
        order.add(&Selector {
            authentication: au::ECDSA,
            ..exchange(kx::ECDHE)
        });
        order.add(&exchange(kx::ECDHE));
        order.remove(&exchange(kx::ECDHE));
        order.add(&cipher(enc::AESGCM));
        order.add(&cipher(enc::CHACHA20));
        order.add(&cipher(enc::AES & !enc::AESGCM));
        order.add(&all);
        // To the end: what is weaker than its keys are long.
        order.put_last(&Selector {
            mac: mac::MD5,
            ..all
        });
        order.put_last(&Selector {
            authentication: au::NOBODY,
            ..all
        });
        order.put_last(&exchange(kx::RSA));
        order.put_last(&exchange(kx::PSK));
        order.put_last(&cipher(enc::RC4));
        order.sort_by_strength();
        // To the front again, the last of these first of all.
        order.put_first(&Selector {
            oldest: oldest::TLS12,
            ..all
        });
        let aead = Selector {
            mac: mac::AEAD,
            ..all
        };
        let fresh = exchange(kx::DHE | kx::ECDHE);
        order.put_first(&aead);
        order.put_first(&fresh);
        order.put_first(&Selector {
            mac: mac::AEAD,
            ..fresh
        });
        order.remove(&all);
        order
    }

    /// Puts what is off and selected on, behind all that is on, each below the one before it.
    pub(super) fn add(&mut self, selector: &Selector) {
        self.bring(selector, |_| false);
    }

    /// The same, all of one rank: that of what was brought before where `joined`. Tells whether there
    /// is something of this rank now.
    pub(super) fn add_equal(&mut self, selector: &Selector, joined: bool) -> bool {
        self.bring(selector, |at| joined || at > 0) > 0 || joined
    }

    fn bring(&mut self, selector: &Selector, as_before: impl Fn(usize) -> bool) -> usize {
        let (added, mut rest) = self.split(|place| !place.on && selector.selects(&place.row.is));
        if selector.suite.is_some() {
            let is_named = |place: &&mut Place<'a>| place.on && selector.selects(&place.row.is);
            let named = rest.iter_mut().filter(is_named);
            named.for_each(|place| place.by_name = true);
        }
        let count = added.len();
        rest.extend(added.into_iter().enumerate().map(|(at, place)| Place {
            on: true,
            by_name: selector.suite.is_some(),
            as_before: as_before(at),
            ..place
        }));
        self.0 = rest;
        count
    }

    /// Takes what is selected off. It comes back first.
    pub(super) fn remove(&mut self, selector: &Selector) {
        let (removed, rest) = self.split(|place| place.on && selector.selects(&place.row.is));
        let removed = removed.into_iter().map(|place| Place {
            on: false,
            by_name: false,
            as_before: false,
            ..place
        });
        self.0 = removed.chain(rest).collect();
    }

    /// Takes what is selected out, for good.
    pub(super) fn kill(&mut self, selector: &Selector) {
        self.0.retain(|place| !selector.selects(&place.row.is));
    }

    /// Moves what is on and selected to the end.
    pub(super) fn put_last(&mut self, selector: &Selector) {
        self.move_to_end(|row| selector.selects(&row.is));
    }

    fn put_first(&mut self, selector: &Selector) {
        let (moved, rest) = self.split(|place| place.on && selector.selects(&place.row.is));
        self.0 = moved.into_iter().chain(rest).collect();
    }

    /// Longer keys first; what has equally long keys stays in its order.
    pub(super) fn sort_by_strength(&mut self) {
        let on = self.0.iter().filter(|place| place.on);
        let mut strengths: Vec<u16> = on.map(|place| place.row.bits).collect();
        strengths.sort_unstable();
        strengths.dedup();
        for bits in strengths.into_iter().rev() {
            self.move_to_end(|row| row.bits == bits);
        }
    }

    /// What is on, in order.
    pub(super) fn suites(self) -> Vec<Ranked<CipherSuite>> {
        let on = self.0.into_iter().filter(|place| place.on);
        let suites = on.map(|place| Ranked {
            item: place.row.suite,
            as_before: place.as_before,
            by_name: place.by_name,
        });
        suites.collect()
    }

    fn move_to_end(&mut self, is_moved: impl Fn(&Row) -> bool) {
        let (moved, mut rest) = self.split(|place| place.on && is_moved(place.row));
        rest.extend(moved);
        self.0 = rest;
    }

    /// Takes all places: those of which it is true, and the rest.
    fn split(&mut self, is_it: impl Fn(&Place<'a>) -> bool) -> (Vec<Place<'a>>, Vec<Place<'a>>) {
        core::mem::take(&mut self.0).into_iter().partition(is_it)
    }
}

//! The authorities of the table, what a row is, and what rows are made of.

use crate::certificates::now_unix;
use crate::made::certificate::{
    Draft, alternative_names, authority, dns, ip, issuer_key_id, key, key_id, purpose, signs_all,
};
use crate::made::{crl, ocsp};
use crate::revocation::world::Expect::{Passes, Refused, Revoked};
use handfast_crypto::signature::PrivateKey;

/// What must come of a row under one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The certificate is accepted.
    Passes,
    /// It is refused as revoked.
    Revoked,
    /// It is refused since its status cannot be said.
    Refused,
}

/// The leaf's serial number.
pub const SERIAL: &[u8] = &[0x11, 0x22];

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Who tells the status.
    pub source: &'static str,
    /// What is told, and what is wrong with it.
    pub state: &'static str,
    /// Under `Off`, `SoftFail` and `HardFail`.
    pub expect: [Expect; 3],
    /// Makes it.
    pub make: fn(&World) -> Evidence,
}

/// What is at hand.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The leaf, if it is not [`World::leaf`].
    pub leaf: Option<Vec<u8>>,
    /// What the server staples.
    pub staple: Option<Vec<u8>>,
    /// Responses that were fetched, with the nonce that was sent.
    pub responses: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// CRLs in DER.
    pub crls: Vec<Vec<u8>>,
    /// Certificates of those who sign CRLs for others.
    pub crl_issuers: Vec<Vec<u8>>,
}

/// The authorities and the leaf of the table.
#[derive(Debug)]
pub struct World {
    /// The time at which all is judged.
    pub now: i64,
    /// The root's key.
    pub root_key: PrivateKey,
    /// The issuer's key.
    pub issuer_key: PrivateKey,
    /// The leaf's key.
    pub leaf_key: PrivateKey,
    /// "Root".
    pub root: Vec<u8>,
    /// "Issuer", below the root.
    pub issuer: Vec<u8>,
    /// A server for `localhost`, below the issuer.
    pub leaf: Vec<u8>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// With new keys, now.
    ///
    /// # Panics
    /// If the clock is far off.
    #[must_use]
    pub fn new() -> Self {
        let (root_key, issuer_key, leaf_key) = (key(), key(), key());
        let now = i64::try_from(now_unix()).expect("the clock is right");
        let root = Draft::new("Root", "Root", root_key.public_spki())
            .with(authority(None))
            .with(signs_all())
            .with(key_id(b"root"))
            .signed_by(&root_key);
        let issuer = Draft::new("Issuer", "Root", issuer_key.public_spki())
            .numbered(&[0x77])
            .with(authority(None))
            .with(signs_all())
            .with(key_id(b"issuer"))
            .with(issuer_key_id(b"root"))
            .signed_by(&root_key);
        let mut world = Self {
            now,
            root_key,
            issuer_key,
            leaf_key,
            root,
            issuer,
            leaf: vec![],
        };
        world.leaf = world.leaf_with(vec![]);
        world
    }

    /// The leaf, with more extensions.
    #[must_use]
    pub fn leaf_with(&self, more: Vec<Vec<u8>>) -> Vec<u8> {
        let mut draft = Draft::new("Leaf", "Issuer", self.leaf_key.public_spki())
            .numbered(SERIAL)
            .with(alternative_names(&[dns("localhost"), ip(&[127, 0, 0, 1])]))
            .with(purpose(1))
            .with(issuer_key_id(b"issuer"));
        draft.extensions.extend(more);
        draft.signed_by(&self.issuer_key)
    }

    /// A CRL of the issuer's, empty, made an hour ago and good for a day.
    #[must_use]
    pub fn list(&self) -> crl::Draft {
        crl::Draft::new("Issuer", self.now - HOUR, self.now + DAY).with(issuer_key_id(b"issuer"))
    }

    /// The same with the leaf on it.
    #[must_use]
    pub fn revoking(&self, reason: u8) -> crl::Draft {
        let reason = crl::reason(reason);
        self.list()
            .and(crl::entry(SERIAL, self.now - DAY, &[reason]))
    }

    /// The root's CRL about the issuer: nothing on it.
    #[must_use]
    pub fn roots_list(&self) -> Vec<u8> {
        crl::Draft::new("Root", self.now - HOUR, self.now + DAY)
            .with(issuer_key_id(b"root"))
            .signed_by(&self.root_key)
    }

    /// The issuer's own response about the leaf: good, made an hour ago and good for a day.
    #[must_use]
    pub fn answer(&self) -> ocsp::Draft {
        let (past, soon) = (self.now - HOUR, self.now + DAY);
        ocsp::Draft::new(&self.issuer, "Issuer", SERIAL, past, soon)
    }
}

impl Evidence {
    pub(super) fn lists(drafts: &[crl::Draft], signer: &PrivateKey) -> Self {
        Self {
            crls: drafts.iter().map(|list| list.signed_by(signer)).collect(),
            ..Self::default()
        }
    }

    pub(super) fn response(der: Vec<u8>) -> Self {
        Self {
            responses: vec![(der, None)],
            ..Self::default()
        }
    }

    pub(super) fn staple(der: Vec<u8>) -> Self {
        Self {
            staple: Some(der),
            ..Self::default()
        }
    }
}

/// One bit of the last byte, which lies in a signature.
pub(super) fn tampered(mut der: Vec<u8>) -> Vec<u8> {
    if let Some(last) = der.last_mut() {
        *last ^= 1;
    }
    der
}

/// Accepted under every mode.
pub(super) const GOOD: [Expect; 3] = [Passes, Passes, Passes];
/// Nothing that can be used is known.
pub(super) const UNKNOWN: [Expect; 3] = [Passes, Passes, Refused];
/// Refused even where nothing is asked: the certificate itself demands more.
pub(super) const ALWAYS_REFUSED: [Expect; 3] = [Refused, Refused, Refused];
/// Refused wherever revocation is asked about at all.
pub(super) const REVOKED: [Expect; 3] = [Passes, Revoked, Revoked];
/// Refused even where nothing is asked: the server itself showed it.
pub(super) const ALWAYS_REVOKED: [Expect; 3] = [Revoked, Revoked, Revoked];

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 24 * HOUR;

pub(super) const KEY_COMPROMISE: u8 = 1;
pub(super) const SUPERSEDED: u8 = 4;
pub(super) const HOLD: u8 = 6;
pub(super) const REMOVE: u8 = 8;

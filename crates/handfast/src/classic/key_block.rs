//! The key block and what it is cut into (RFC 5246 section 6.3).

use crate::classic::prf::PrfKey;
use crate::classic::profile::{KeyLengths, Profile};
use crate::fault::OwnFailure;
use crate::handshake::side::Side;
use crate::record::TrafficKey;
#[cfg(feature = "legacy")]
use crate::record::{BlockKey, Way};
use crate::suite::{Protects, Suite};
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::record::{Keys, Order, Protection};
use handfast_crypto::secret::SecretArray;

/// The keys of both directions.
pub(crate) struct KeyBlock {
    client: TrafficKey,
    server: TrafficKey,
}

impl KeyBlock {
    /// Expands the master secret, cuts it, and makes the keys of both directions. The block is
    /// shown before it is cut.
    pub(crate) fn derive(
        suite: &Suite,
        master: &PrfKey,
        randoms: &Randoms,
        use_of: &Use,
        shown: impl FnOnce(&[u8], KeyLengths),
    ) -> Result<Self, OwnFailure> {
        let lengths = (use_of.profile.key_lengths)(suite);
        // The longest: AES-256 with SHA-384 for MACs has 192 bytes.
        let mut room = SecretArray::<192>::zeros();
        let block = room
            .as_mut_bytes()
            .get_mut(..block_len(lengths))
            .ok_or(OwnFailure::Crypto)?;
        // key_block = PRF(master_secret, "key expansion", server_random + client_random)
        let seed = [&randoms.server[..], &randoms.client];
        master.expand(b"key expansion", &seed, block);
        shown(block, lengths);
        let (client, server) = cut(block, lengths).ok_or(OwnFailure::Crypto)?;
        Ok(Self {
            client: client.traffic_key(suite, use_of, Side::Client)?,
            server: server.traffic_key(suite, use_of, Side::Server)?,
        })
    }

    /// The keys that `own` sends and receives with.
    pub(crate) fn into_halves(self, own: Side) -> (TrafficKey, TrafficKey) {
        match own {
            Side::Client => (self.client, self.server),
            Side::Server => (self.server, self.client),
        }
    }
}

/// Both Hellos' randoms.
#[derive(Clone, Copy)]
pub(crate) struct Randoms {
    pub(crate) client: [u8; 32],
    pub(crate) server: [u8; 32],
}

/// What one side writes with.
pub(super) struct WriteKeys<'b> {
    #[cfg_attr(
        not(any(feature = "legacy", test)),
        expect(dead_code, reason = "an AEAD has no MAC of its own")
    )]
    pub(super) mac_key: &'b [u8],
    pub(super) key: &'b [u8],
    pub(super) iv: &'b [u8],
}

/// What keys are made for, beside the suite.
#[cfg_attr(
    not(feature = "legacy"),
    expect(dead_code, reason = "an AEAD's key serves both ways")
)]
pub(crate) struct Use {
    pub(crate) profile: &'static Profile,
    /// Whose block it is.
    pub(crate) own: Side,
    /// Both sides agreed to it (RFC 7366).
    pub(crate) encrypt_then_mac: bool,
}

impl WriteKeys<'_> {
    /// The key with which `writer` writes.
    #[cfg_attr(
        not(feature = "legacy"),
        expect(unused_variables, reason = "an AEAD's key serves both ways")
    )]
    fn traffic_key(
        &self,
        suite: &Suite,
        use_of: &Use,
        writer: Side,
    ) -> Result<TrafficKey, OwnFailure> {
        match suite.protects {
            Protects::Aead(aead) => TrafficKey::classic(aead, self.key, self.iv),
            #[cfg(feature = "legacy")]
            Protects::Block(cipher, hash) => {
                // RFC 7366 s3: of no meaning where there are no blocks.
                let order = match use_of.encrypt_then_mac && suite.has_blocks() {
                    true => Order::EncryptThenMac,
                    false => Order::MacThenEncrypt,
                };
                let protection = Protection {
                    cipher,
                    hash,
                    order,
                    mac: use_of.profile.records.mac,
                    iv: use_of.profile.records.iv,
                };
                let keys = Keys {
                    mac_key: self.mac_key,
                    key: self.key,
                    iv: self.iv,
                };
                let way = match writer == use_of.own {
                    true => Way::Out,
                    false => Way::In,
                };
                let key = BlockKey::new(protection, keys, way)?;
                Ok(TrafficKey::block_cipher(key, use_of.profile.version))
            }
        }
    }
}

/// Bytes that both sides need.
pub(super) const fn block_len(lengths: KeyLengths) -> usize {
    2 * (lengths.mac_key + lengths.key + lengths.iv)
}

/// Cuts a block in the order of RFC 5246 section 6.3: both MAC keys, both keys,
/// both IVs, the client's first each time. Nothing where it is too short.
pub(super) fn cut(block: &[u8], lengths: KeyLengths) -> Option<(WriteKeys<'_>, WriteKeys<'_>)> {
    let mut rest = block;
    let mut next = |length| {
        let (part, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(part)
    };
    let (client_mac_key, server_mac_key) = (next(lengths.mac_key)?, next(lengths.mac_key)?);
    let (client_key, server_key) = (next(lengths.key)?, next(lengths.key)?);
    let client = WriteKeys {
        mac_key: client_mac_key,
        key: client_key,
        iv: next(lengths.iv)?,
    };
    let server = WriteKeys {
        mac_key: server_mac_key,
        key: server_key,
        iv: next(lengths.iv)?,
    };
    Some((client, server))
}

//! The key block and what it is cut into (RFC 5246 section 6.3).

use crate::classic::prf::prf;
use crate::fault::OwnFailure;
use crate::handshake::side::Side;
use crate::record::TrafficKey;
use crate::suite::Suite;
use handfast_crypto::aead::AeadAlgorithm;
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::secret::Secret;
use zeroize::Zeroizing;

/// The keys of both directions.
pub(crate) struct KeyBlock {
    client: TrafficKey,
    server: TrafficKey,
}

impl KeyBlock {
    /// `key_block = PRF(master_secret, "key expansion", server_random + client_random)`,
    /// cut into the client's and the server's key, then their IVs. Authenticated
    /// encryption has no MAC keys.
    pub(crate) fn derive(
        suite: &Suite,
        hash: HashAlgorithm,
        master: &Secret,
        randoms: &Randoms,
    ) -> Result<Self, OwnFailure> {
        let (key_len, iv_len) = (suite.aead.key_len(), fixed_iv_len(suite.aead));
        let mut block = Zeroizing::new(vec![0; 2 * (key_len + iv_len)]);
        let seed: [&[u8]; 2] = [&randoms.server, &randoms.client];
        prf(hash, master.as_bytes(), b"key expansion", &seed, &mut block);
        let (keys, ivs) = block.split_at(2 * key_len);
        let (client_key, server_key) = keys.split_at(key_len);
        let (client_iv, server_iv) = ivs.split_at(iv_len);
        Ok(Self {
            client: TrafficKey::classic(suite.aead, client_key, client_iv)?,
            server: TrafficKey::classic(suite.aead, server_key, server_iv)?,
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

/// Bytes of IV from the key block: the rest of the nonce is in the record for
/// GCM (RFC 5288 section 3); ChaCha20-Poly1305 has none there (RFC 7905).
const fn fixed_iv_len(aead: AeadAlgorithm) -> usize {
    match aead {
        AeadAlgorithm::ChaCha20Poly1305 => 12,
        _ => 4,
    }
}

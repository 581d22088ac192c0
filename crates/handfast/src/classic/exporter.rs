//! Key material for other protocols (RFC 5705).

use crate::classic::key_block::Randoms;
use crate::classic::prf::{Prf, PrfKey};
use crate::classic::verify_data::VerifyData;
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::secret::Secret;

/// What an exporter needs of a handshake that used the extended master secret.
pub(crate) struct Exporter {
    pub(crate) prf: Prf,
    /// The suite's.
    pub(crate) hash: HashAlgorithm,
    pub(crate) master: Box<Secret>,
    pub(crate) randoms: Randoms,
    /// The verify_data of whichever side finished first (RFC 5929 section 3.1).
    pub(crate) first_finished: VerifyData,
}

impl Exporter {
    /// Fills `out`. Without a context the seed ends with the randoms
    /// (RFC 5705 section 4); an empty one is not the same as none.
    pub(crate) fn export(&self, label: &[u8], context: Option<&[u8]>, out: &mut [u8]) {
        let length = context.map(|context| {
            u16::try_from(context.len())
                .unwrap_or(u16::MAX)
                .to_be_bytes()
        });
        let mut seed: Vec<&[u8]> = vec![&self.randoms.client, &self.randoms.server];
        if let (Some(length), Some(context)) = (&length, context) {
            seed.push(length);
            seed.push(context);
        }
        let master = PrfKey::new(self.prf, self.hash, self.master.as_bytes());
        master.expand(label, &seed, out);
    }
}

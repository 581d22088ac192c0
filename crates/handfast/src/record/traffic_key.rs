//! A key, its IV and its sequence number (RFC 8446 sections 5.2 and 5.3).

use crate::fault::OwnFailure;
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use zeroize::Zeroize;

/// Protects records in one direction.
pub(crate) struct TrafficKey {
    key: AeadKey,
    iv: [u8; 12],
    sequence: u64,
    algorithm: AeadAlgorithm,
}

impl TrafficKey {
    pub(crate) fn new(
        algorithm: AeadAlgorithm,
        key: &[u8],
        iv: [u8; 12],
    ) -> Result<Self, OwnFailure> {
        let key = AeadKey::new(algorithm, key).map_err(|_| OwnFailure::Crypto)?;
        Ok(Self {
            key,
            iv,
            sequence: 0,
            algorithm,
        })
    }

    pub(crate) fn key(&self) -> &AeadKey {
        &self.key
    }

    pub(crate) fn tag_len(&self) -> usize {
        self.algorithm.tag_len()
    }

    /// The nonce of the next record.
    pub(crate) fn nonce(&self) -> [u8; 12] {
        let mut nonce = self.iv;
        let (_, low) = nonce.split_at_mut(4);
        for (byte, count) in low.iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= count;
        }
        nonce
    }

    /// Counts one record.
    pub(crate) fn count(&mut self) {
        self.sequence = self.sequence.saturating_add(1);
    }

    /// Records protected so far.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// True when this many records more bring the key to about as many as its
    /// cipher bears (RFC 8446 section 5.5), so that it must be replaced first.
    pub(crate) fn wears_out_within(&self, records: u64, own_limit: Option<u64>) -> bool {
        if own_limit.is_some_and(|limit| self.sequence >= limit.max(1)) {
            return true;
        }
        // Some room is left for what must still be said under the old key.
        self.sequence.saturating_add(records)
            >= self.algorithm.confidentiality_limit().saturating_sub(16)
    }

    /// True when not even the message that announces a new key may be sent.
    pub(crate) fn is_spent(&self) -> bool {
        self.sequence >= self.algorithm.confidentiality_limit()
    }
}

impl Drop for TrafficKey {
    fn drop(&mut self) {
        self.iv.zeroize();
    }
}

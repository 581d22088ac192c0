//! A key, its IV and its sequence number (RFC 8446 sections 5.2 and 5.3).

use crate::fault::OwnFailure;
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use handfast_wire::record::RecordHeader;
use zeroize::Zeroize;

/// How a record carries its type, its nonce and what is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The type is inside, the header is authenticated (RFC 8446 section 5.2).
    Tls13,
    /// TLS 1.2 with eight bytes of nonce in the record (RFC 5288 section 3).
    ExplicitNonce,
    /// TLS 1.2 with the whole nonce implied (RFC 7905 section 2).
    ImpliedNonce,
}

/// Protects records in one direction.
pub(crate) struct TrafficKey {
    key: AeadKey,
    iv: [u8; 12],
    sequence: u64,
    algorithm: AeadAlgorithm,
    framing: Framing,
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
            framing: Framing::Tls13,
        })
    }

    /// A key of TLS 1.2; `iv` is four bytes where the record holds the rest.
    pub(crate) fn classic(
        algorithm: AeadAlgorithm,
        key: &[u8],
        iv: &[u8],
    ) -> Result<Self, OwnFailure> {
        let mut padded = [0; 12];
        for (to, from) in padded.iter_mut().zip(iv) {
            *to = *from;
        }
        let framing = if iv.len() == 12 {
            Framing::ImpliedNonce
        } else {
            Framing::ExplicitNonce
        };
        let mut made = Self::new(algorithm, key, padded)?;
        made.framing = framing;
        Ok(made)
    }

    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }

    /// Bytes of nonce at the front of a record's body.
    pub(crate) fn explicit_nonce_len(&self) -> usize {
        match self.framing {
            Framing::ExplicitNonce => EXPLICIT_NONCE,
            Framing::Tls13 | Framing::ImpliedNonce => 0,
        }
    }

    /// Bytes that a record is longer than its content, without padding.
    pub(crate) fn expansion(&self) -> usize {
        let type_byte = usize::from(self.framing == Framing::Tls13);
        type_byte + self.explicit_nonce_len() + self.tag_len()
    }

    /// What TLS 1.2 authenticates: the sequence number, then the header with
    /// the content's own length (RFC 5246 section 6.2.3.3).
    pub(crate) fn classic_aad(&self, header: RecordHeader) -> [u8; 13] {
        let mut aad = [0; 13];
        let (sequence, rest) = aad.split_at_mut(8);
        sequence.copy_from_slice(&self.sequence.to_be_bytes());
        rest.copy_from_slice(&header.to_bytes());
        aad
    }

    /// The nonce of a record that holds its own part of it.
    pub(crate) fn nonce_with(&self, explicit: &[u8]) -> [u8; 12] {
        let mut nonce = self.iv;
        let (_, low) = nonce.split_at_mut(4);
        for (to, from) in low.iter_mut().zip(explicit) {
            *to = *from;
        }
        nonce
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

/// Bytes of nonce that a TLS 1.2 GCM record carries.
pub(crate) const EXPLICIT_NONCE: usize = 8;

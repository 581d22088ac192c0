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
    /// The IV as a big-endian number above 32 zero bits.
    iv: u128,
    sequence: u64,
    algorithm: AeadAlgorithm,
    framing: Framing,
    /// Records that the cipher bears (RFC 8446 section 5.5).
    most: u64,
    tag_len: usize,
    /// Bytes of nonce at the front of a record's body.
    explicit_nonce_len: usize,
}

impl TrafficKey {
    pub(crate) fn new(
        algorithm: AeadAlgorithm,
        key: &[u8],
        iv: [u8; 12],
    ) -> Result<Self, OwnFailure> {
        let key = AeadKey::new(algorithm, key).map_err(|_| OwnFailure::Crypto)?;
        let mut padded = [0; 16];
        if let Some(front) = padded.first_chunk_mut() {
            *front = iv;
        }
        let number = u128::from_be_bytes(padded);
        padded.zeroize();
        Ok(Self {
            key,
            iv: number,
            sequence: 0,
            algorithm,
            framing: Framing::Tls13,
            most: algorithm.confidentiality_limit(),
            tag_len: algorithm.tag_len(),
            explicit_nonce_len: 0,
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
        if framing == Framing::ExplicitNonce {
            made.explicit_nonce_len = EXPLICIT_NONCE;
        }
        Ok(made)
    }

    #[inline]
    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }

    /// Bytes of nonce at the front of a record's body.
    #[inline]
    pub(crate) fn explicit_nonce_len(&self) -> usize {
        self.explicit_nonce_len
    }

    /// Bytes that a record is longer than its content, without padding.
    #[inline]
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
        let mut nonce = [0; 12];
        let (salt, low) = nonce.split_at_mut(4);
        for (to, from) in salt.iter_mut().zip(self.iv.to_be_bytes()) {
            *to = from;
        }
        for (to, from) in low.iter_mut().zip(explicit) {
            *to = *from;
        }
        nonce
    }

    #[inline]
    pub(crate) fn key(&self) -> &AeadKey {
        &self.key
    }

    #[inline]
    pub(crate) fn tag_len(&self) -> usize {
        self.tag_len
    }

    /// The nonce of the next record.
    #[inline]
    pub(crate) fn nonce(&self) -> [u8; 12] {
        let nonce = (self.iv ^ (u128::from(self.sequence) << 32)).to_be_bytes();
        nonce.first_chunk().copied().unwrap_or_default()
    }

    /// True when sealing content straight into the record costs less than
    /// copying it there first. ChaCha20 pays a block of its own (some 70 ns)
    /// for the type byte that lies apart, as much as copying about 8 KiB.
    #[inline]
    pub(crate) fn seals_in_one_pass(&self, length: usize) -> bool {
        self.algorithm != AeadAlgorithm::ChaCha20Poly1305 || length > 4096
    }

    /// Counts one record.
    #[inline]
    pub(crate) fn count(&mut self) {
        self.sequence = self.sequence.saturating_add(1);
    }

    #[cfg(test)]
    pub(crate) fn set_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    /// Records protected so far.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// True when this many records more bring the key to about as many as its
    /// cipher bears (RFC 8446 section 5.5), or it has protected `own_limit`, so
    /// that it must be replaced first.
    #[inline]
    pub(crate) fn wears_out_within(&self, records: u64, own_limit: u64) -> bool {
        if self.sequence >= own_limit {
            return true;
        }
        // Some room is left for what must still be said under the old key.
        self.sequence.saturating_add(records) >= self.most.saturating_sub(16)
    }

    /// True when not even the message that announces a new key may be sent.
    #[inline]
    pub(crate) fn is_spent(&self) -> bool {
        self.sequence >= self.most
    }
}

impl Drop for TrafficKey {
    fn drop(&mut self) {
        self.iv.zeroize();
    }
}

/// Bytes of nonce that a TLS 1.2 GCM record carries.
pub(crate) const EXPLICIT_NONCE: usize = 8;

//! A key, its IV and its sequence number (RFC 8446 sections 5.2 and 5.3).

use crate::config::Padding;
use crate::fault::OwnFailure;
#[cfg(feature = "legacy")]
use crate::record::block::BlockKey;
use crate::record::padding::most_padding;
use handfast_crypto::aead::AeadAlgorithm;
use handfast_crypto::record_key::RecordKey;
use handfast_wire::record::RecordHeader;
#[cfg(feature = "legacy")]
use handfast_wire::registry::ProtocolVersion;
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
    /// A block cipher and a MAC (RFC 5246 section 6.2.3.2).
    #[cfg(feature = "legacy")]
    Block,
}

/// What protects the records.
enum Cipher {
    Aead(RecordKey),
    #[cfg(feature = "legacy")]
    Block(Box<Blocks>),
}

/// A block cipher, and how many bytes more it bears.
#[cfg(feature = "legacy")]
struct Blocks {
    key: BlockKey,
    left: u64,
    /// What records bear.
    version: ProtocolVersion,
}

/// Protects records in one direction.
pub(crate) struct TrafficKey {
    cipher: Cipher,
    /// The IV's last eight bytes, to which the sequence number is added.
    iv: u64,
    /// The IV's first four bytes.
    salt: [u8; 4],
    framing: Framing,
    tag_len: u8,
    overhead: u8,
    /// Content of at least so many bytes is sealed on its way into the record.
    one_pass_from: u16,
    sequence: u64,
    /// Records that the cipher bears (RFC 8446 section 5.5).
    most: u64,
}

impl TrafficKey {
    /// A key that rests until its first record.
    pub(crate) fn new(
        algorithm: AeadAlgorithm,
        key: &[u8],
        iv: [u8; 12],
    ) -> Result<Self, OwnFailure> {
        let key = RecordKey::new(algorithm, key).map_err(|_| OwnFailure::Crypto)?;
        let [s0, s1, s2, s3, iv @ ..] = iv;
        let tag_len = u8::try_from(algorithm.tag_len()).unwrap_or(u8::MAX);
        Ok(Self {
            cipher: Cipher::Aead(key),
            iv: u64::from_be_bytes(iv),
            salt: [s0, s1, s2, s3],
            framing: Framing::Tls13,
            tag_len,
            overhead: HEADER + 1 + tag_len,
            one_pass_from: match algorithm {
                // A block of its own (some 70 ns) for the type byte that lies apart: as much as
                // copying about 8 KiB.
                AeadAlgorithm::ChaCha20Poly1305 => 4097,
                // CCM would copy content and type together anyway.
                AeadAlgorithm::Aes128Ccm | AeadAlgorithm::Aes128Ccm8 => u16::MAX,
                _ => 0,
            },
            sequence: 0,
            most: algorithm.confidentiality_limit(),
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
        made.overhead = HEADER + made.tag_len;
        if framing == Framing::ExplicitNonce {
            made.overhead += 8;
        }
        Ok(made)
    }

    /// A key of a block cipher, for one direction.
    #[cfg(feature = "legacy")]
    pub(crate) fn block_cipher(key: BlockKey, version: ProtocolVersion) -> Self {
        let overhead = HEADER.saturating_add(key.overhead());
        Self {
            // What is split goes in two records.
            overhead: overhead.saturating_mul(if key.splits() { 2 } else { 1 }),
            most: u64::MAX,
            cipher: Cipher::Block(Box::new(Blocks {
                left: key.most_bytes(),
                key,
                version,
            })),
            iv: 0,
            salt: [0; 4],
            framing: Framing::Block,
            tag_len: 0,
            one_pass_from: u16::MAX,
            sequence: 0,
        }
    }

    #[inline]
    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }

    /// Bytes of nonce at the front of a record's body.
    #[inline]
    pub(crate) fn explicit_nonce_len(&self) -> usize {
        if self.framing == Framing::ExplicitNonce {
            EXPLICIT_NONCE
        } else {
            0
        }
    }

    /// Bytes that a record is longer than its content, without padding: header, type byte or
    /// explicit nonce, tag.
    #[inline]
    pub(crate) fn overhead(&self) -> usize {
        usize::from(self.overhead)
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
    #[inline]
    pub(crate) fn nonce_with(&self, explicit: [u8; EXPLICIT_NONCE]) -> [u8; 12] {
        let mut nonce = [0; 12];
        let (salt, rest) = nonce.split_at_mut(4);
        salt.copy_from_slice(&self.salt);
        rest.copy_from_slice(&explicit);
        nonce
    }

    /// The nonce of the next record (RFC 8446 section 5.3).
    #[inline]
    pub(crate) fn nonce(&self) -> [u8; 12] {
        self.nonce_with((self.iv ^ self.sequence).to_be_bytes())
    }

    /// The key of an AEAD.
    #[inline]
    pub(crate) fn key(&mut self) -> Option<&mut RecordKey> {
        match &mut self.cipher {
            Cipher::Aead(key) => Some(key),
            #[cfg(feature = "legacy")]
            Cipher::Block(_) => None,
        }
    }

    /// The key of a block cipher.
    #[cfg(feature = "legacy")]
    pub(crate) fn block(&mut self) -> Option<&mut BlockKey> {
        match &mut self.cipher {
            Cipher::Aead(_) => None,
            Cipher::Block(blocks) => Some(&mut blocks.key),
        }
    }

    /// The version that records bear before TLS 1.3.
    #[cfg(feature = "legacy")]
    pub(crate) fn version(&self) -> ProtocolVersion {
        match &self.cipher {
            Cipher::Aead(_) => ProtocolVersion::TLS_1_2,
            Cipher::Block(blocks) => blocks.version,
        }
    }

    /// Bytes of padding that go with the content of one record at the most: what is split is padded
    /// twice.
    #[cfg(feature = "legacy")]
    pub(crate) fn padding_room(&self, padding: Padding) -> usize {
        most_padding(padding) * if self.splits() { 2 } else { 1 }
    }

    /// Bytes of padding that go with the content of one record at the most.
    #[cfg(not(feature = "legacy"))]
    pub(crate) fn padding_room(&self, padding: Padding) -> usize {
        most_padding(padding)
    }

    /// True where application data is split, one byte going ahead.
    #[cfg(feature = "legacy")]
    pub(crate) fn splits(&self) -> bool {
        match &self.cipher {
            Cipher::Aead(_) => false,
            Cipher::Block(blocks) => blocks.key.splits(),
        }
    }

    /// Counts the bytes of a record that a block cipher protects; false where it bears no more.
    #[cfg(feature = "legacy")]
    pub(crate) fn count_bytes(&mut self, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        match &mut self.cipher {
            Cipher::Aead(_) => true,
            Cipher::Block(blocks) => match blocks.left.checked_sub(bytes) {
                Some(left) => {
                    blocks.left = left;
                    true
                }
                None => false,
            },
        }
    }

    /// True where so many bytes may still be protected, and an alert after them.
    pub(crate) fn bears(&self, bytes: usize) -> bool {
        let left = match &self.cipher {
            Cipher::Aead(_) => u64::MAX,
            #[cfg(feature = "legacy")]
            Cipher::Block(blocks) => blocks.left,
        };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        bytes.saturating_add(1024) <= left
    }

    #[cfg(all(test, feature = "legacy"))]
    pub(crate) fn set_left(&mut self, left: u64) {
        if let Cipher::Block(blocks) = &mut self.cipher {
            blocks.left = left;
        }
    }

    #[inline]
    pub(crate) fn tag_len(&self) -> usize {
        usize::from(self.tag_len)
    }

    /// True when sealing content straight into the record costs less than
    /// copying it there first.
    #[inline]
    pub(crate) fn seals_in_one_pass(&self, length: usize) -> bool {
        length >= usize::from(self.one_pass_from)
    }

    /// Gives back what can be made anew from the key. The next record does so.
    pub(crate) fn rest(&mut self) {
        if let Some(key) = self.key() {
            key.rest();
        }
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
    #[inline]
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

    /// While fewer records than this are protected, the key need not be replaced before one more.
    pub(crate) fn fresh_until(&self, own_limit: u64) -> u64 {
        own_limit.min(self.most.saturating_sub(17))
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
        self.salt.zeroize();
    }
}

/// Bytes of a record's header.
const HEADER: u8 = 5;

/// Bytes of nonce that a TLS 1.2 GCM record carries.
pub(crate) const EXPLICIT_NONCE: usize = 8;

//! Records of a block cipher with HMAC (RFC 5246 section 6.2.3.2, RFC 7366).

use crate::config::Padding;
use crate::fault::{Fault, OwnFailure};
use crate::record::padding::body_len;
use core::ops::Range;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_crypto::legacy::record::{BlockOpener, BlockSealer, HEADER_LEN, Keys, Protection};
use handfast_wire::record::RecordHeader;

/// Which way the records of a key go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Out,
    In,
}

/// A key of one direction.
pub(crate) enum BlockKey {
    Seals(BlockSealer),
    Opens(BlockOpener),
}

/// What the MAC covers besides the content: sequence number, type, version.
fn covered(sequence: u64, header: RecordHeader) -> [u8; HEADER_LEN] {
    let mut covered = [0; HEADER_LEN];
    let parts = sequence.to_be_bytes().into_iter().chain(header.to_bytes());
    for (place, byte) in covered.iter_mut().zip(parts) {
        *place = byte;
    }
    covered
}

impl BlockKey {
    pub(crate) fn new(
        protection: Protection,
        keys: Keys<'_>,
        way: Way,
    ) -> Result<Self, OwnFailure> {
        match way {
            Way::Out => BlockSealer::new(protection, keys).map(Self::Seals),
            Way::In => BlockOpener::new(protection, keys).map(Self::Opens),
        }
        .map_err(|_| OwnFailure::Crypto)
    }

    /// True where each record's IV is known before it is made: application data goes with one byte
    /// in a record of its own, whose MAC nobody can foresee, before the rest (BEAST).
    pub(super) fn splits(&self) -> bool {
        let protection = self.protection();
        protection.first_iv_len() > 0
    }

    fn protection(&self) -> Protection {
        match self {
            Self::Seals(key) => key.protection(),
            Self::Opens(key) => key.protection(),
        }
    }

    /// Bytes that a record's body has more than its content, at the most.
    pub(super) fn overhead(&self) -> u8 {
        u8::try_from(self.protection().overhead()).unwrap_or(u8::MAX)
    }

    /// Bytes that the cipher bears. Blocks of 64 bits repeat after some 2^32 of them, and what a
    /// repetition tells adds up (SWEET32): in a GiB, 2^27 blocks, two are alike with a chance of
    /// about 2^-11. Those of 128 bits would take more than anyone sends.
    pub(super) fn most_bytes(&self) -> u64 {
        match self.protection().cipher {
            BulkCipher::TripleDesCbc => 1 << 30,
            _ => 1 << 60,
        }
    }

    /// Bytes of the body of a record with so much content, padded like this.
    pub(super) fn body_len(&self, content: usize, padding: Padding) -> Result<usize, OwnFailure> {
        body_len(padding, self.protection(), content)
    }

    /// Writes a record's body.
    pub(super) fn seal(
        &mut self,
        sequence: u64,
        header: RecordHeader,
        content: &[u8],
        body: &mut [u8],
    ) -> Result<(), OwnFailure> {
        let Self::Seals(key) = self else {
            return Err(OwnFailure::Crypto);
        };
        key.seal(&covered(sequence, header), content, body)
            .map_err(|_| OwnFailure::Crypto)
    }

    /// Opens a record's body where it lies. Whatever is wrong with it, it is the same fault.
    pub(super) fn open(
        &mut self,
        sequence: u64,
        header: RecordHeader,
        body: &mut [u8],
    ) -> Result<Range<usize>, Fault> {
        let Self::Opens(key) = self else {
            return Err(Fault::RecordNotAuthentic);
        };
        key.open(&covered(sequence, header), body)
            .map_err(|_| Fault::RecordNotAuthentic)
    }
}

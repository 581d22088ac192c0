//! What protects records without an AEAD: which cipher, which hash, and what differs by version.

use crate::hash::HashAlgorithm;
use crate::legacy::cipher::BulkCipher;

/// What a MAC covers of a record before its content: sequence number, type and version.
pub const HEADER_LEN: usize = 11;

/// Bytes of padding at the most, the one that says how many included.
pub(super) const MOST_PADDING: usize = 256;

/// In which order content is authenticated and encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As TLS began.
    MacThenEncrypt,
    /// As both sides may agree (RFC 7366).
    EncryptThenMac,
}

/// How a record is authenticated and padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacForm {
    /// TLS: HMAC, and up to 256 bytes of padding, all of which are checked (RFC 5246 section
    /// 6.2.3).
    Hmac,
    /// SSL 3.0: hashes of secret and pads, without the version, and padding shorter than a block
    /// of which nothing but the length can be checked (RFC 6101 section 5.2.3).
    Ssl3,
}

/// Where the IV of a block cipher comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IvRule {
    /// Every record brings one of its own (TLS 1.1 and 1.2).
    InRecord,
    /// The first comes from the key block, the next is the last block of the record before (SSL
    /// 3.0 and TLS 1.0). Who can choose what is sent knows it in advance (BEAST).
    Chained,
}

/// What protects records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// What encrypts.
    pub cipher: BulkCipher,
    /// What authenticates.
    pub hash: HashAlgorithm,
    /// In which order.
    pub order: Order,
    /// In which form.
    pub mac: MacForm,
    /// Where IVs come from; without meaning where the cipher has no blocks.
    pub iv: IvRule,
}

/// The keys of one direction, from the key block.
#[derive(Clone, Copy)]
pub struct Keys<'k> {
    /// As many bytes as the hash gives.
    pub mac_key: &'k [u8],
    /// As many bytes as the cipher takes.
    pub key: &'k [u8],
    /// [`Protection::first_iv_len`] bytes.
    pub iv: &'k [u8],
}

/// Why there is no such key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRefused {
    /// A key or an IV has not the length that the protection asks for.
    Length,
    /// No version has it: Encrypt-then-MAC with a stream or in SSL 3.0, SSL 3.0's MAC with a hash
    /// that it has no pads for.
    NoSuchProtection,
}

impl core::fmt::Display for KeyRefused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Length => "a key or an IV has not the length that the protection asks for",
            Self::NoSuchProtection => "no version protects records like this",
        })
    }
}

impl core::error::Error for KeyRefused {}

impl Protection {
    /// Bytes of IV that the key block gives.
    #[must_use]
    pub const fn first_iv_len(self) -> usize {
        match self.iv {
            IvRule::Chained if self.cipher.has_blocks() => self.cipher.block_len(),
            _ => 0,
        }
    }

    /// Bytes of IV in every record.
    #[must_use]
    pub const fn record_iv_len(self) -> usize {
        match self.iv {
            IvRule::InRecord if self.cipher.has_blocks() => self.cipher.block_len(),
            _ => 0,
        }
    }

    /// Bytes that a record's body has more than its content, least padding, at the most: IV, MAC
    /// and a block.
    #[must_use]
    pub const fn overhead(self) -> usize {
        let padding = match self.cipher.has_blocks() {
            true => self.cipher.block_len(),
            false => 0,
        };
        self.record_iv_len() + self.hash.output_len() + padding
    }

    /// Bytes of a record's body that holds so much content, least padding.
    #[must_use]
    pub const fn sealed_len(self, content: usize) -> usize {
        let (block, mac) = (self.cipher.block_len(), self.hash.output_len());
        let says = self.cipher.has_blocks() as usize;
        let padded = match self.order {
            Order::MacThenEncrypt => (content + mac + says).next_multiple_of(block),
            Order::EncryptThenMac => (content + says).next_multiple_of(block) + mac,
        };
        self.record_iv_len() + padded
    }

    /// Bytes of the longest body of a record that holds so much content: a block cipher of TLS
    /// takes any padding of up to 256 bytes that fills its blocks.
    #[must_use]
    pub const fn most_sealed_len(self, content: usize) -> usize {
        let least = self.sealed_len(content);
        let block = self.cipher.block_len();
        match self.mac {
            MacForm::Hmac if self.cipher.has_blocks() => {
                let padding = least - self.record_iv_len() - content - self.hash.output_len();
                least + (MOST_PADDING - padding) / block * block
            }
            _ => least,
        }
    }

    /// Whether there is such a protection, and the keys fit it.
    pub(super) fn check(self, keys: Keys<'_>) -> Result<(), KeyRefused> {
        let pads = matches!(self.mac, MacForm::Hmac) && self.cipher.has_blocks();
        if matches!(self.order, Order::EncryptThenMac) && !pads {
            return Err(KeyRefused::NoSuchProtection);
        }
        let fits = keys.mac_key.len() == self.hash.output_len()
            && keys.key.len() == self.cipher.key_len()
            && keys.iv.len() == self.first_iv_len();
        fits.then_some(()).ok_or(KeyRefused::Length)
    }

    /// Bytes of a MAC inside and outside of what is encrypted.
    pub(super) const fn mac_lens(self) -> (usize, usize) {
        match self.order {
            Order::MacThenEncrypt => (self.hash.output_len(), 0),
            Order::EncryptThenMac => (0, self.hash.output_len()),
        }
    }
}

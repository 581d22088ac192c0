//! The protection of records by a block cipher and HMAC, in one direction.
//!
//! ```text
//! MAC-then-encrypt (RFC 5246 section 6.2.3.2):  IV | E(content | MAC | padding)
//! Encrypt-then-MAC (RFC 7366):                  IV | E(content | padding) | MAC
//! ```

use crate::aead::{BadKeyLength, OpenFailed, SealFailed};
use crate::ffi::block_cipher::{CbcContext, TlsBlockContext, Way};
use crate::hash::HashAlgorithm;
use crate::hkdf::HmacKey;
use crate::legacy::cipher::BulkCipher;
use crate::legacy::hidden::{Authenticated, mac, mac_is, remove_padding};
use crate::random::{Random, SystemRandom};
use core::ops::Range;

/// What a MAC covers of a record before its content: sequence number, type and version.
pub const HEADER_LEN: usize = 11;

/// The longest IV, in bytes.
const MOST_IV: usize = 16;

/// In which order content is authenticated and encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As TLS began.
    MacThenEncrypt,
    /// As both sides may agree (RFC 7366).
    EncryptThenMac,
}

/// What protects records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// What encrypts.
    pub cipher: BulkCipher,
    /// What authenticates, in HMAC.
    pub hash: HashAlgorithm,
    /// In which order.
    pub order: Order,
}

/// The keys of one direction, from the key block.
#[derive(Clone, Copy)]
pub struct Keys<'k> {
    /// As many bytes as the hash gives.
    pub mac_key: &'k [u8],
    /// As many bytes as the cipher takes.
    pub key: &'k [u8],
}

/// Seals records. Wiped on drop.
pub struct BlockSealer(BlockKey);

/// Opens records. Wiped on drop.
pub struct BlockOpener(BlockKey);

struct BlockKey {
    protection: Protection,
    engine: Engine,
}

enum Engine {
    /// MAC-then-encrypt as the library has it.
    Library(TlsBlockContext),
    Own {
        cipher: CbcContext,
        mac: HmacKey,
    },
}

impl Protection {
    /// Bytes of an IV and of a block.
    #[must_use]
    pub const fn block_len(self) -> usize {
        self.cipher.block_len()
    }

    /// Bytes that a record's body has more than its content, at the most: IV, MAC and padding.
    #[must_use]
    pub const fn overhead(self) -> usize {
        2 * self.block_len() + self.hash.output_len()
    }

    /// Bytes of a record's body that holds so much content, least padding.
    #[must_use]
    pub const fn sealed_len(self, content: usize) -> usize {
        let (block, mac) = (self.block_len(), self.hash.output_len());
        match self.order {
            Order::MacThenEncrypt => block + (content + mac + 1).next_multiple_of(block),
            Order::EncryptThenMac => block + (content + 1).next_multiple_of(block) + mac,
        }
    }
}

impl BlockKey {
    fn new(protection: Protection, keys: Keys<'_>, way: Way) -> Result<Self, BadKeyLength> {
        let Protection {
            cipher,
            hash,
            order,
        } = protection;
        if keys.mac_key.len() != hash.output_len() || keys.key.len() != cipher.key_len() {
            return Err(BadKeyLength);
        }
        let library = match order {
            Order::MacThenEncrypt => {
                TlsBlockContext::new(cipher, hash, &[keys.mac_key, keys.key], way)
            }
            Order::EncryptThenMac => None,
        };
        let engine = match library {
            Some(context) => Engine::Library(context),
            None => Engine::Own {
                cipher: CbcContext::new(cipher, keys.key, way).map_err(|()| BadKeyLength)?,
                mac: HmacKey::new(hash, keys.mac_key),
            },
        };
        Ok(Self { protection, engine })
    }
}

impl BlockSealer {
    /// Takes the keys of a direction.
    ///
    /// # Errors
    /// [`BadKeyLength`] if a key has not the length that its algorithm asks for.
    pub fn new(protection: Protection, keys: Keys<'_>) -> Result<Self, BadKeyLength> {
        BlockKey::new(protection, keys, Way::Seal).map(Self)
    }

    /// What this key does.
    #[must_use]
    pub const fn protection(&self) -> Protection {
        self.0.protection
    }

    /// Writes the body of a record that holds `content` to `body`, which has
    /// [`Protection::sealed_len`] bytes. Its IV is drawn from the library's randomness.
    ///
    /// # Errors
    /// [`SealFailed`] if `body` has not the record's length, or no randomness is to be had.
    pub fn seal(
        &mut self,
        header: &[u8; HEADER_LEN],
        content: &[u8],
        body: &mut [u8],
    ) -> Result<(), SealFailed> {
        let mut iv = [0; MOST_IV];
        let iv = iv
            .get_mut(..self.0.protection.block_len())
            .ok_or(SealFailed)?;
        SystemRandom.fill(iv).map_err(|_| SealFailed)?;
        self.seal_with(header, iv, content, body)
    }

    fn seal_with(
        &mut self,
        header: &[u8; HEADER_LEN],
        iv: &[u8],
        content: &[u8],
        body: &mut [u8],
    ) -> Result<(), SealFailed> {
        let protection = self.0.protection;
        let block_len = protection.block_len();
        if iv.len() != block_len || body.len() != protection.sealed_len(content.len()) {
            return Err(SealFailed);
        }
        let (front, sealed) = body.split_at_mut(block_len);
        front.copy_from_slice(iv);
        match (&mut self.0.engine, protection.order) {
            (Engine::Library(context), _) => {
                let (text, tail) = sealed.split_at_mut(content.len());
                let written = context.seal(iv, header, content, text, tail);
                match written {
                    Ok(length) if length == tail.len() => Ok(()),
                    _ => Err(SealFailed),
                }
            }
            (Engine::Own { cipher, mac }, Order::MacThenEncrypt) => {
                let tag = mac.sign(&[header, &length_of(content.len()), content]);
                let (text, tail) = sealed.split_at_mut(content.len());
                text.copy_from_slice(content);
                let (tag_place, padding) = tail.split_at_mut(tag.as_bytes().len());
                tag_place.copy_from_slice(tag.as_bytes());
                fill_padding(padding);
                cipher.run(iv, sealed).map_err(|()| SealFailed)
            }
            (Engine::Own { cipher, mac }, Order::EncryptThenMac) => {
                let covered = body.len() - protection.hash.output_len();
                let (covered, tag_place) = body.split_at_mut(covered);
                let (_, inner) = covered.split_at_mut(block_len);
                let (text, padding) = inner.split_at_mut(content.len());
                text.copy_from_slice(content);
                fill_padding(padding);
                cipher.run(iv, inner).map_err(|()| SealFailed)?;
                let tag = mac.sign(&[header, &length_of(covered.len()), covered]);
                tag_place.copy_from_slice(tag.as_bytes());
                Ok(())
            }
        }
    }
}

impl BlockOpener {
    /// Takes the keys of a direction.
    ///
    /// # Errors
    /// As [`BlockSealer::new`].
    pub fn new(protection: Protection, keys: Keys<'_>) -> Result<Self, BadKeyLength> {
        BlockKey::new(protection, keys, Way::Open).map(Self)
    }

    /// What this key does.
    #[must_use]
    pub const fn protection(&self) -> Protection {
        self.0.protection
    }

    /// Opens a record's body where it lies, and gives the place of its content.
    ///
    /// # Errors
    /// [`OpenFailed`], and zeros where plaintext would be, whatever it is that is wrong: nobody may be told whether it was the padding.
    pub fn open(
        &mut self,
        header: &[u8; HEADER_LEN],
        body: &mut [u8],
    ) -> Result<Range<usize>, OpenFailed> {
        let protection = self.0.protection;
        let (block_len, mac_len) = (protection.block_len(), protection.hash.output_len());
        // What a record's length tells, anyone may know.
        let encrypted = match protection.order {
            Order::MacThenEncrypt => body.len(),
            Order::EncryptThenMac => body.len().checked_sub(mac_len).ok_or(OpenFailed)?,
        };
        let least = match protection.order {
            Order::MacThenEncrypt => mac_len + 1,
            Order::EncryptThenMac => 1,
        };
        if !encrypted.is_multiple_of(block_len) || encrypted < block_len + least {
            return Err(OpenFailed);
        }
        let (covered, tag) = body.split_at_mut(encrypted);
        if let (Engine::Own { mac, .. }, Order::EncryptThenMac) = (&self.0.engine, protection.order)
            && !mac.verify(&[header, &length_of(covered.len()), covered], tag)
        {
            return Err(OpenFailed);
        }
        let (iv, inner) = covered.split_at_mut(block_len);
        let length = match &mut self.0.engine {
            Engine::Library(context) => context.open(iv, header, inner).ok(),
            Engine::Own { cipher, mac } => {
                let decrypted = cipher.run(iv, inner);
                decrypted.ok().and_then(|()| match protection.order {
                    Order::EncryptThenMac => without_padding(inner),
                    Order::MacThenEncrypt => checked(protection.hash, mac, header, inner),
                })
            }
        };
        let Some(length) = length else {
            // What nobody vouches for, nobody gets to see.
            inner.fill(0);
            return Err(OpenFailed);
        };
        Ok(block_len..block_len + length)
    }
}

/// The content's length of what was authenticated already.
fn without_padding(inner: &[u8]) -> Option<usize> {
    let found = remove_padding(inner, 0);
    (found.right != 0).then_some(found.length as usize)
}

/// The content's length, where padding and MAC are right: only the sum of both is told.
fn checked(
    hash: HashAlgorithm,
    key: &HmacKey,
    header: &[u8; HEADER_LEN],
    inner: &[u8],
) -> Option<usize> {
    let mac_len = hash.output_len();
    let found = remove_padding(inner, u32::try_from(mac_len).ok()?);
    let [_, _, high, low] = found.length.to_be_bytes();
    let mut before = [0u8; HEADER_LEN + 2];
    for (place, value) in before.iter_mut().zip(header.iter().chain(&[high, low])) {
        *place = *value;
    }
    let message = Authenticated {
        header: &before,
        body: inner,
        length: found.length,
    };
    let mut wanted = [0u8; 48];
    mac(hash, key.states(), &message, &mut wanted);
    let right = found.right & mac_is(wanted.get(..mac_len)?, inner, found.length);
    (right != 0).then_some(found.length as usize)
}

/// Every byte of padding says how many more there are (RFC 5246 section 6.2.3.2).
fn fill_padding(padding: &mut [u8]) {
    let says = u8::try_from(padding.len().saturating_sub(1)).unwrap_or(u8::MAX);
    padding.fill(says);
}

fn length_of(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests;

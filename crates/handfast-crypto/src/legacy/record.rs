//! The protection of records by a cipher and a MAC, in one direction.
//!
//! ```text
//! MAC-then-encrypt (RFC 5246 section 6.2.3.2):  [IV] | E(content | MAC | padding)
//! Encrypt-then-MAC (RFC 7366):                  [IV] | E(content | padding) | MAC
//! streams and none (RFC 5246 section 6.2.3.1):  E(content | MAC)
//! ```
//!
//! What differs between versions is named by [`MacForm`] and [`IvRule`]. Sealing is our own code
//! over the library's ciphers, since its TLS AEADs pad no more than they must; opening is the
//! library's where it has the pair of cipher and hash.

use crate::aead::{OpenFailed, SealFailed};
use crate::ffi::block_cipher::{CipherContext, TlsBlockContext, Way};
use crate::legacy::hidden::{Hidden, mac_is, remove_least_padding, remove_padding};
use crate::legacy::mac::MacKey;
use crate::legacy::protection::MOST_PADDING;
use crate::legacy::taint::{public, secret, told};
use crate::random::{Random, SystemRandom};
use core::ops::Range;

pub use crate::legacy::protection::{
    HEADER_LEN, IvRule, KeyRefused, Keys, MacForm, Order, Protection,
};

/// The longest IV, in bytes.
const MOST_IV: usize = 16;

/// Seals records. Wiped on drop.
pub struct BlockSealer {
    protection: Protection,
    cipher: Option<CipherContext>,
    mac: MacKey,
}

/// Opens records. Wiped on drop.
pub struct BlockOpener {
    protection: Protection,
    engine: Engine,
}

enum Engine {
    /// MAC-then-encrypt as the library has it.
    Library(TlsBlockContext),
    Own(Option<CipherContext>, MacKey),
}

impl BlockSealer {
    /// Takes the keys of a direction.
    ///
    /// # Errors
    /// [`KeyRefused`] if a key has another length than it must have, or no version protects
    /// records so.
    pub fn new(protection: Protection, keys: Keys<'_>) -> Result<Self, KeyRefused> {
        let (cipher, mac) = own(protection, keys, Way::Seal)?;
        Ok(Self {
            protection,
            cipher,
            mac,
        })
    }

    /// What this key does.
    #[must_use]
    pub const fn protection(&self) -> Protection {
        self.protection
    }

    /// Writes the body of a record that holds `content` to `body`: as much is padded as fills it.
    /// It has [`Protection::sealed_len`] bytes, or some blocks more, up to
    /// [`Protection::most_sealed_len`]. Its IV is drawn from the library's randomness, or is the
    /// end of the record before.
    ///
    /// # Errors
    /// [`SealFailed`] if `body` has no record's length, or no randomness is to be had.
    pub fn seal(
        &mut self,
        header: &[u8; HEADER_LEN],
        content: &[u8],
        body: &mut [u8],
    ) -> Result<(), SealFailed> {
        let mut iv = [0; MOST_IV];
        let iv_len = self.protection.record_iv_len();
        let iv = iv.get_mut(..iv_len).ok_or(SealFailed)?;
        if !iv.is_empty() {
            SystemRandom.fill(iv).map_err(|_| SealFailed)?;
        }
        self.seal_with(header, iv, content, body)
    }

    fn seal_with(
        &mut self,
        header: &[u8; HEADER_LEN],
        iv: &[u8],
        content: &[u8],
        body: &mut [u8],
    ) -> Result<(), SealFailed> {
        let protection = self.protection;
        let least = protection.sealed_len(content.len());
        let more = body.len().checked_sub(least).ok_or(SealFailed)?;
        if iv.len() != protection.record_iv_len()
            || body.len() > protection.most_sealed_len(content.len())
            || !more.is_multiple_of(protection.cipher.block_len())
        {
            return Err(SealFailed);
        }
        let (inside, outside) = protection.mac_lens();
        let (covered, tag_outside) = body.split_at_mut(body.len() - outside);
        let (front, encrypted) = covered.split_at_mut(iv.len());
        front.copy_from_slice(iv);
        let (text, tail) = encrypted.split_at_mut(content.len());
        text.copy_from_slice(content);
        let (tag_inside, padding) = tail.split_at_mut(inside);
        if inside > 0 {
            tag_inside.copy_from_slice(self.mac.sign(header, content).as_bytes());
        }
        // Every byte of padding says how many more there are (RFC 5246 section 6.2.3.2).
        padding.fill(u8::try_from(padding.len().saturating_sub(1)).unwrap_or(u8::MAX));
        if let Some(cipher) = &mut self.cipher {
            cipher.run(iv, encrypted).map_err(|()| SealFailed)?;
        }
        if outside > 0 {
            tag_outside.copy_from_slice(self.mac.sign(header, covered).as_bytes());
        }
        Ok(())
    }
}

impl BlockOpener {
    /// Takes the keys of a direction.
    ///
    /// # Errors
    /// As [`BlockSealer::new`].
    pub fn new(protection: Protection, keys: Keys<'_>) -> Result<Self, KeyRefused> {
        protection.check(keys)?;
        let library = match (protection.order, protection.mac) {
            (Order::MacThenEncrypt, MacForm::Hmac) => TlsBlockContext::new(
                (protection.cipher, protection.hash, protection.iv),
                &[keys.mac_key, keys.key, keys.iv],
                Way::Open,
            ),
            _ => None,
        };
        let engine = match library {
            Some(context) => Engine::Library(context),
            None => {
                let (cipher, mac) = own(protection, keys, Way::Open)?;
                Engine::Own(cipher, mac)
            }
        };
        Ok(Self { protection, engine })
    }

    /// What this key does.
    #[must_use]
    pub const fn protection(&self) -> Protection {
        self.protection
    }

    /// Opens a record's body where it lies, and gives the place of its content.
    ///
    /// # Errors
    /// [`OpenFailed`], and zeros where plaintext would be, whatever it is that is wrong: nobody may
    /// be told whether it was the padding. Where IVs are chained, and with RC4, the key is of no
    /// use after that.
    pub fn open(
        &mut self,
        header: &[u8; HEADER_LEN],
        body: &mut [u8],
    ) -> Result<Range<usize>, OpenFailed> {
        let opened = self.open_unless_wrong(header, body);
        opened.ok_or_else(|| {
            // What nobody vouches for, nobody gets to see.
            body.fill(0);
            OpenFailed
        })
    }

    fn open_unless_wrong(
        &mut self,
        header: &[u8; HEADER_LEN],
        body: &mut [u8],
    ) -> Option<Range<usize>> {
        let protection = self.protection;
        let (inside, outside) = protection.mac_lens();
        let iv_len = protection.record_iv_len();
        // What a record's length tells, anyone may know.
        let covered = body.len().checked_sub(outside)?;
        let encrypted = covered.checked_sub(iv_len)?;
        let least = inside + usize::from(protection.cipher.has_blocks());
        if encrypted < least || !encrypted.is_multiple_of(protection.cipher.block_len()) {
            return None;
        }
        let (covered, tag) = body.split_at_mut(covered);
        if let (Engine::Own(_, mac), Order::EncryptThenMac) = (&self.engine, protection.order)
            && !mac.verify(header, covered, tag)
        {
            return None;
        }
        let (iv, inner) = covered.split_at_mut(iv_len);
        let length = match &mut self.engine {
            Engine::Library(context) => context.open(iv, header, inner).ok(),
            Engine::Own(cipher, mac) => match cipher {
                Some(cipher) => cipher.run(iv, inner),
                None => Ok(()),
            }
            .ok()
            .and_then(|()| content_len(protection, mac, header, inner)),
        }?;
        Some(iv_len..iv_len + length)
    }
}

/// Our own code over the library's cipher and hash.
fn own(
    protection: Protection,
    keys: Keys<'_>,
    way: Way,
) -> Result<(Option<CipherContext>, MacKey), KeyRefused> {
    protection.check(keys)?;
    let mac = MacKey::new(protection.mac, protection.hash, keys.mac_key);
    let mac = mac.ok_or(KeyRefused::NoSuchProtection)?;
    let cipher = CipherContext::new(protection.cipher, keys.key, keys.iv, way);
    Ok((cipher.map_err(|()| KeyRefused::Length)?, mac))
}

/// The length of the content of what was decrypted, where all is right with it.
fn content_len(
    protection: Protection,
    mac: &MacKey,
    header: &[u8; HEADER_LEN],
    inner: &[u8],
) -> Option<usize> {
    match protection.order {
        // It was authenticated already.
        Order::EncryptThenMac => {
            secret(inner);
            let found = remove_padding(inner, 0);
            told_if(found.right, found.length, inner)
        }
        Order::MacThenEncrypt if protection.cipher.has_blocks() => {
            checked(protection, mac, header, inner)
        }
        Order::MacThenEncrypt => {
            let length = inner.len().checked_sub(protection.hash.output_len())?;
            let (content, tag) = inner.split_at_checked(length)?;
            mac.verify(header, content, tag).then_some(length)
        }
    }
}

/// The content's length, where padding and MAC are right: only the sum of both is told.
fn checked(
    protection: Protection,
    mac: &MacKey,
    header: &[u8; HEADER_LEN],
    inner: &[u8],
) -> Option<usize> {
    let mac_len = protection.hash.output_len();
    let block_len = protection.cipher.block_len();
    let before = u32::try_from(mac_len).ok()?;
    secret(inner);
    let (found, most_padding) = match protection.mac {
        MacForm::Hmac => (remove_padding(inner, before), MOST_PADDING),
        MacForm::Ssl3 => {
            let block = u32::try_from(block_len).ok()?;
            (remove_least_padding(inner, before, block), block_len)
        }
    };
    let ends = Hidden {
        length: found.length,
        most_padding,
    };
    let mut wanted = [0u8; 64];
    mac.sign_hidden(header, inner, &ends, &mut wanted);
    let right = found.right & mac_is(wanted.get(..mac_len)?, inner, &ends);
    told_if(right, found.length, inner)
}

/// Whether all is right is told, and if so, where the content ends.
fn told_if(right: u32, length: u32, inner: &[u8]) -> Option<usize> {
    if told(right) == 0 {
        return None;
    }
    let length = told(length) as usize;
    public(inner.get(..length)?);
    Some(length)
}

#[cfg(test)]
mod tests;

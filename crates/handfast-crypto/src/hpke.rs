//! Hybrid public key encryption (RFC 9180), base mode: what Encrypted ClientHello is sealed with.
//!
//! A sender that knows the recipient's public key makes a context and `enc`, from which the recipient
//! makes the same one. Messages are numbered: the n-th that is sealed is the n-th to be opened.

mod algorithm;
mod shared_secret;

pub use algorithm::{HpkeAead, HpkeSuite, Kdf, Kem};

use crate::ffi::hpke::{Context, KeyPair};
use crate::random::{Random, RandomFailed};
use crate::secret::{SecretArray, SharedSecret};
use core::fmt;

/// Bytes by which a sealed message is longer than what is in it.
pub const HPKE_TAG_LEN: usize = 16;

/// A recipient's key pair. Wiped on drop; does not print.
///
/// ```
/// use handfast_crypto::hpke::*;
/// use handfast_crypto::random::SystemRandom;
///
/// let key = RecipientKey::generate(Kem::X25519HkdfSha256, &mut SystemRandom)?;
/// let (kdf, aead) = (Kdf::HkdfSha256, HpkeAead::Aes128Gcm);
/// let suite = HpkeSuite { kem: key.kem(), kdf, aead };
/// let (mut sender, enc) = Sender::new(suite, key.public(), b"info", &mut SystemRandom)?;
/// let mut sealed = vec![0; 5 + HPKE_TAG_LEN];
/// sender.seal(b"beside", b"hello", &mut sealed)?;
///
/// let mut recipient = Recipient::new(kdf, aead, &key, &enc, b"info")?;
/// assert_eq!(recipient.open(b"beside", &sealed)?, b"hello");
/// # Ok::<(), HpkeFailed>(())
/// ```
pub struct RecipientKey {
    kem: Kem,
    pair: KeyPair,
    public: Vec<u8>,
    private: SecretArray<32>,
}

impl RecipientKey {
    /// Draws a key pair.
    ///
    /// # Errors
    /// [`HpkeFailed::Random`].
    pub fn generate(kem: Kem, random: &mut dyn Random) -> Result<Self, HpkeFailed> {
        let mut private = SecretArray::<32>::zeros();
        random.fill(private.as_mut_bytes())?;
        Self::from_private(kem, private.as_bytes())
    }

    /// Reads the private key, as [`RecipientKey::private`] gives it.
    ///
    /// # Errors
    /// [`HpkeFailed::Key`] where it has not the KEM's length.
    pub fn from_private(kem: Kem, private: &[u8]) -> Result<Self, HpkeFailed> {
        if private.len() != kem.private_len() {
            return Err(HpkeFailed::Key);
        }
        let pair = KeyPair::new(kem, private).map_err(|()| HpkeFailed::Key)?;
        let public = pair.public(kem).map_err(|()| HpkeFailed::Key)?;
        let mut kept = SecretArray::<32>::zeros();
        kept.as_mut_bytes().copy_from_slice(private);
        Ok(Self {
            kem,
            pair,
            public,
            private: kept,
        })
    }

    /// The KEM that the key is for.
    #[must_use]
    pub fn kem(&self) -> Kem {
        self.kem
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// The private key, to be written where nobody else reads.
    #[must_use]
    pub fn private(&self) -> &[u8] {
        self.private.as_bytes()
    }

    /// The KEM's shared secret with the sender of `enc`: for a key log (RFC 9850 section 2.3), nothing else
    /// needs it.
    ///
    /// # Errors
    /// [`HpkeFailed::Message`] where `enc` is none of the KEM's.
    pub fn shared_secret(&self, enc: &[u8]) -> Result<SharedSecret, HpkeFailed> {
        shared_secret::of_x25519(self.private.as_bytes(), enc, enc, &self.public)
            .map_err(|()| HpkeFailed::Message)
    }
}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecipientKey({:?})", self.kem)
    }
}

/// The sealing end. Does not print.
pub struct Sender {
    context: Context,
    logged: Option<SharedSecret>,
}

impl Sender {
    /// A context for whoever has the private key of `peer_public`, and the `enc` that it needs.
    ///
    /// # Errors
    /// [`HpkeFailed::Key`] where the public key is none of the KEM's, [`HpkeFailed::Random`].
    pub fn new(
        suite: HpkeSuite,
        peer_public: &[u8],
        info: &[u8],
        random: &mut dyn Random,
    ) -> Result<(Self, Vec<u8>), HpkeFailed> {
        Self::make(suite, peer_public, info, random, false)
    }

    /// As [`Sender::new`], and keeps the KEM's shared secret for a key log.
    ///
    /// # Errors
    /// As [`Sender::new`].
    pub fn new_logged(
        suite: HpkeSuite,
        peer_public: &[u8],
        info: &[u8],
        random: &mut dyn Random,
    ) -> Result<(Self, Vec<u8>), HpkeFailed> {
        Self::make(suite, peer_public, info, random, true)
    }

    fn make(
        suite: HpkeSuite,
        peer_public: &[u8],
        info: &[u8],
        random: &mut dyn Random,
        is_logged: bool,
    ) -> Result<(Self, Vec<u8>), HpkeFailed> {
        if peer_public.len() != suite.kem.public_len() {
            return Err(HpkeFailed::Key);
        }
        let mut seed = SecretArray::<32>::zeros();
        random.fill(seed.as_mut_bytes())?;
        let mut enc = vec![0; suite.kem.enc_len()];
        let context = Context::sender(suite, peer_public, info, seed.as_bytes(), &mut enc)
            .map_err(|()| HpkeFailed::Key)?;
        let logged = is_logged
            .then(|| shared_secret::of_x25519(seed.as_bytes(), peer_public, &enc, peer_public))
            .transpose()
            .map_err(|()| HpkeFailed::Key)?;
        Ok((Self { context, logged }, enc))
    }

    /// Seals the next message to `sealed`, which must be [`HPKE_TAG_LEN`] longer than it.
    ///
    /// # Errors
    /// [`HpkeFailed::Message`] where it is not.
    pub fn seal(
        &mut self,
        aad: &[u8],
        plaintext: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), HpkeFailed> {
        let sealed = self.context.seal(aad, plaintext, sealed);
        sealed.map_err(|()| HpkeFailed::Message)
    }

    /// The KEM's shared secret, where [`Sender::new_logged`] has kept it.
    #[must_use]
    pub fn logged(&self) -> Option<&SharedSecret> {
        self.logged.as_ref()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

/// The opening end. Does not print.
pub struct Recipient(Context);

impl Recipient {
    /// The context of the sender who gave `enc`.
    ///
    /// # Errors
    /// [`HpkeFailed::Message`] where `enc` is none of the KEM's.
    pub fn new(
        kdf: Kdf,
        aead: HpkeAead,
        key: &RecipientKey,
        enc: &[u8],
        info: &[u8],
    ) -> Result<Self, HpkeFailed> {
        let kem = key.kem;
        let suite = HpkeSuite { kem, kdf, aead };
        let context = Context::recipient(suite, &key.pair, enc, info);
        context.map(Self).map_err(|()| HpkeFailed::Message)
    }

    /// Opens the next message. One that does not open is as if it had not come.
    ///
    /// # Errors
    /// [`HpkeFailed::Message`].
    pub fn open(&mut self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, HpkeFailed> {
        let mut out = vec![0; sealed.len()];
        let opened = self.0.open(aad, sealed, &mut out);
        out.truncate(opened.map_err(|()| HpkeFailed::Message)?);
        Ok(out)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient")
    }
}

/// Why nothing came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HpkeFailed {
    /// The key is none of the KEM's.
    Key,
    /// The message, or what belongs to it, is none that was sealed for this key.
    Message,
    /// The source of randomness failed.
    Random,
}

impl From<RandomFailed> for HpkeFailed {
    fn from(_: RandomFailed) -> Self {
        Self::Random
    }
}

impl fmt::Display for HpkeFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the key is none of the KEM's",
            Self::Message => "the message was not sealed for this key",
            Self::Random => "the source of randomness failed",
        })
    }
}

impl core::error::Error for HpkeFailed {}

#[cfg(test)]
mod tests;

//! Key agreement: the key shares of TLS 1.3 and the secrets they yield.
//!
//! A client [generates](OwnKeyShare::generate) a share and [agrees](OwnKeyShare::agree) with the
//! server's; a server [responds](respond). A hybrid share carries its classical component, which
//! the client may offer a second time without a second generation
//! ([`OwnKeyShare::classical_public`]).
//!
//! ```
//! use handfast_crypto::agreement::{Group, OwnKeyShare, respond};
//! use handfast_crypto::random::SystemRandom;
//!
//! let client = OwnKeyShare::generate(Group::X25519MlKem768, &mut SystemRandom)?;
//! let (server, secret) = respond(client.group(), client.public(), &mut SystemRandom)?;
//! assert_eq!(client.agree(&server)?.as_bytes(), secret.as_bytes());
//! # Ok::<(), handfast_crypto::agreement::AgreementFailed>(())
//! ```

mod group;

pub use group::Group;

use crate::agreement::group::Classical;
use crate::ffi::dh::DhKey;
use crate::ffi::ec::EcdhKey;
use crate::ffi::kem::{ENCAPSULATION_SEED_LEN, KEY_SEED_LEN, Kem, KemKey, SHARED_LEN};
use crate::ffi::x25519;
use crate::random::{Random, RandomFailed};
use crate::secret::SharedSecret;
use zeroize::Zeroizing;

/// Our own private key share: a client's, or either side's of a Diffie-Hellman group. Wiped on
/// drop; does not print.
pub struct OwnKeyShare {
    group: Group,
    kem: Option<KemKey>,
    classical: Option<ClassicalKey>,
    public: Vec<u8>,
}

impl OwnKeyShare {
    /// Draws a key share of `group`.
    ///
    /// The bytes drawn are the secrets themselves, in one draw: ML-KEM's seed of 64 bytes, then
    /// the X25519 key, the scalar (drawn again if out of range) or the exponent.
    ///
    /// # Errors
    /// [`AgreementFailed::Random`] if `random` fails, [`AgreementFailed::Own`] if the library
    /// does.
    pub fn generate(group: Group, random: &mut dyn Random) -> Result<Self, AgreementFailed> {
        let parts = group.parts();
        let seed_len = if parts.kem.is_some() { KEY_SEED_LEN } else { 0 };
        let mut seeds = Seeds::draw(seed_len, parts.classical, random)?;

        let mut public = vec![0; group.public_len_client()];
        let (kem_public, classical_public) = parts
            .split_mut(&mut public, parts.kem.map_or(0, Kem::public_len))
            .ok_or(AgreementFailed::Own)?;
        let kem = match parts.kem {
            Some(kem) => {
                let key = KemKey::from_seed(kem, seeds.first()?, kem_public);
                Some(key.map_err(|()| AgreementFailed::Own)?)
            }
            None => None,
        };
        let classical = match parts.classical {
            Some(classical) => {
                let key = classical.generate(seeds.second(), random, classical_public)?;
                Some(key)
            }
            None => None,
        };
        Ok(Self {
            group,
            kem,
            classical,
            public,
        })
    }

    /// The group.
    #[must_use]
    pub const fn group(&self) -> Group {
        self.group
    }

    /// The public part, exactly as in `KeyShareEntry.key_exchange` (RFC 8446 s4.2.8).
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// The classical component's public part inside a hybrid, to be offered as a second share.
    #[must_use]
    pub fn classical_public(&self) -> Option<&[u8]> {
        self.group.classical_part()?;
        let parts = self.group.parts();
        let (_, classical) = parts.split(&self.public, parts.kem?.public_len())?;
        Some(classical)
    }

    /// The secret shared with the server whose share is `peer`; a hybrid's is the two secrets in
    /// the order of the shares. Finite-field secrets keep their leading zeros (RFC 8446 s7.4.1).
    ///
    /// # Errors
    /// [`AgreementFailed::InvalidPeerShare`].
    pub fn agree(&self, peer: &[u8]) -> Result<SharedSecret, AgreementFailed> {
        let parts = self.group.parts();
        let kem_len = parts.kem.map_or(0, Kem::ciphertext_len);
        if peer.len() != self.group.public_len_server() {
            return Err(AgreementFailed::InvalidPeerShare);
        }
        let (ciphertext, public) = parts
            .split(peer, kem_len)
            .ok_or(AgreementFailed::InvalidPeerShare)?;
        let mut secret = SharedSecret::zeros(parts.secret_len());
        let (kem_secret, classical_secret) = parts
            .split_mut(secret.as_mut_bytes(), parts.kem_secret_len())
            .ok_or(AgreementFailed::Own)?;
        if let Some(key) = &self.kem {
            let kem_secret = exactly(kem_secret)?;
            key.decapsulate(ciphertext, kem_secret)
                .map_err(|()| AgreementFailed::InvalidPeerShare)?;
        }
        if let Some(key) = &self.classical {
            key.agree(public, classical_secret)?;
        }
        Ok(secret)
    }

    /// The secret by the classical component of a hybrid, for a server that chose the second
    /// share.
    ///
    /// # Errors
    /// [`AgreementFailed::InvalidPeerShare`]; [`AgreementFailed::Own`] if this is no hybrid.
    pub fn agree_classical(&self, peer: &[u8]) -> Result<SharedSecret, AgreementFailed> {
        let (Some(_), Some(key)) = (self.group.classical_part(), &self.classical) else {
            return Err(AgreementFailed::Own);
        };
        let secret_len = self.group.parts().secret_len().saturating_sub(SHARED_LEN);
        let mut secret = SharedSecret::zeros(secret_len);
        key.agree(peer, secret.as_mut_bytes())?;
        Ok(secret)
    }
}

impl core::fmt::Debug for OwnKeyShare {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "OwnKeyShare({:?})", self.group)
    }
}

/// The server's side: answers the client's share `peer_public` with its own public part and the
/// secret. A KEM encapsulates, a Diffie-Hellman group generates and agrees; a hybrid does both.
///
/// # Errors
/// [`AgreementFailed::InvalidPeerShare`] for a share of the wrong length, off the curve, of small
/// order, out of range or not reduced; [`AgreementFailed::Random`] if `random` fails;
/// [`AgreementFailed::Own`] if the library does.
pub fn respond(
    group: Group,
    peer_public: &[u8],
    random: &mut dyn Random,
) -> Result<(Vec<u8>, SharedSecret), AgreementFailed> {
    let parts = group.parts();
    if peer_public.len() != group.public_len_client() {
        return Err(AgreementFailed::InvalidPeerShare);
    }
    let (peer_kem, peer_classical) = parts
        .split(peer_public, parts.kem.map_or(0, Kem::public_len))
        .ok_or(AgreementFailed::InvalidPeerShare)?;
    let seed_len = if parts.kem.is_some() {
        ENCAPSULATION_SEED_LEN
    } else {
        0
    };
    let mut seeds = Seeds::draw(seed_len, parts.classical, random)?;

    let mut secret = SharedSecret::zeros(parts.secret_len());
    let (kem_secret, classical_secret) = parts
        .split_mut(secret.as_mut_bytes(), parts.kem_secret_len())
        .ok_or(AgreementFailed::Own)?;
    let mut public = vec![0; group.public_len_server()];
    let (ciphertext, classical_public) = parts
        .split_mut(&mut public, parts.kem.map_or(0, Kem::ciphertext_len))
        .ok_or(AgreementFailed::Own)?;
    if let Some(kem) = parts.kem {
        let kem_secret = exactly(kem_secret)?;
        kem.encapsulate(peer_kem, seeds.first()?, ciphertext, kem_secret)
            .map_err(|()| AgreementFailed::InvalidPeerShare)?;
    }
    match parts.classical {
        // The seed is the key, and is used where it lies.
        Some(Classical::X25519) => {
            let key = exactly(seeds.second())?;
            x25519::public(key, exactly(classical_public)?);
            agree_x25519(key, peer_classical, classical_secret)?;
        }
        Some(classical) => {
            let key = classical.generate(seeds.second(), random, classical_public)?;
            key.agree(peer_classical, classical_secret)?;
        }
        None => {}
    }
    Ok((public, secret))
}

/// Why there is no shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgreementFailed {
    /// The peer's share has the wrong length, is not on the curve, gives an all-zero X25519
    /// secret, lies outside 2..p-2, or is an ML-KEM key with coefficients out of range.
    InvalidPeerShare,
    /// The source of randomness failed.
    Random(RandomFailed),
    /// The library failed, or the call does not fit the group: no fault of the peer.
    Own,
}

impl core::fmt::Display for AgreementFailed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::InvalidPeerShare => "the peer's key share is not valid for its group",
            Self::Random(_) => "no key share: the source of randomness failed",
            Self::Own => "the crypto library could not do the key agreement",
        })
    }
}

impl core::error::Error for AgreementFailed {}

impl From<RandomFailed> for AgreementFailed {
    fn from(failed: RandomFailed) -> Self {
        Self::Random(failed)
    }
}

enum ClassicalKey {
    X25519(Box<Zeroizing<[u8; 32]>>),
    Curve(EcdhKey),
    Field(DhKey),
}

impl Classical {
    const fn seed_len(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::Curve(curve) => curve.field_len(),
            Self::Field(field) => field.exponent_len(),
        }
    }

    /// Makes the key of `seed`, drawing again while a scalar is out of range, and its public part.
    fn generate(
        self,
        seed: &mut [u8],
        random: &mut dyn Random,
        public: &mut [u8],
    ) -> Result<ClassicalKey, AgreementFailed> {
        match self {
            Self::X25519 => {
                let mut key = Box::new(Zeroizing::new([0; 32]));
                key.copy_from_slice(exactly::<32>(seed)?);
                x25519::public(&key, exactly(public)?);
                Ok(ClassicalKey::X25519(key))
            }
            Self::Curve(curve) => {
                for _ in 0..SCALAR_DRAWS {
                    if let Some(first) = seed.first_mut() {
                        *first &= curve.first_byte_mask();
                    }
                    if let Ok((key, point)) = EcdhKey::from_scalar(curve, seed) {
                        fill(public, &point)?;
                        return Ok(ClassicalKey::Curve(key));
                    }
                    random.fill(seed)?;
                }
                Err(AgreementFailed::Random(RandomFailed))
            }
            Self::Field(field) => {
                // Full length, so that the exponent's size tells nothing and is never zero.
                if let Some(first) = seed.first_mut() {
                    *first |= 0x80;
                }
                let (key, power) =
                    DhKey::from_exponent(field, seed).map_err(|()| AgreementFailed::Own)?;
                fill(public, &power)?;
                Ok(ClassicalKey::Field(key))
            }
        }
    }
}

impl ClassicalKey {
    fn agree(&self, peer: &[u8], out: &mut [u8]) -> Result<(), AgreementFailed> {
        let agreed = match self {
            Self::X25519(key) => return agree_x25519(key, peer, out),
            Self::Curve(key) => key.agree(peer, out),
            Self::Field(key) => key.agree(peer, out),
        };
        agreed.map_err(|()| AgreementFailed::InvalidPeerShare)
    }
}

fn agree_x25519(key: &[u8; 32], peer: &[u8], out: &mut [u8]) -> Result<(), AgreementFailed> {
    let invalid = AgreementFailed::InvalidPeerShare;
    let peer = peer.try_into().map_err(|_| invalid)?;
    x25519::agree(key, peer, exactly(out)?).map_err(|()| invalid)
}

/// All the randomness that one side needs, in one draw.
struct Seeds {
    bytes: Zeroizing<[u8; MAX_SEEDS_LEN]>,
    kem_len: usize,
    len: usize,
}

impl Seeds {
    fn draw(
        kem_len: usize,
        classical: Option<Classical>,
        random: &mut dyn Random,
    ) -> Result<Self, AgreementFailed> {
        let mut seeds = Self {
            bytes: Zeroizing::new([0; MAX_SEEDS_LEN]),
            kem_len,
            len: kem_len + classical.map_or(0, Classical::seed_len),
        };
        let drawn = seeds.bytes.get_mut(..seeds.len);
        random.fill(drawn.ok_or(AgreementFailed::Own)?)?;
        Ok(seeds)
    }

    fn first<const LEN: usize>(&self) -> Result<&[u8; LEN], AgreementFailed> {
        self.bytes
            .get(..self.kem_len)
            .and_then(|seed| seed.try_into().ok())
            .ok_or(AgreementFailed::Own)
    }

    fn second(&mut self) -> &mut [u8] {
        self.bytes
            .get_mut(self.kem_len..self.len)
            .unwrap_or_default()
    }
}

/// Fills a place with what has its length.
fn fill(place: &mut [u8], with: &[u8]) -> Result<(), AgreementFailed> {
    if place.len() != with.len() {
        return Err(AgreementFailed::Own);
    }
    place.copy_from_slice(with);
    Ok(())
}

fn exactly<const LEN: usize>(bytes: &mut [u8]) -> Result<&mut [u8; LEN], AgreementFailed> {
    bytes.try_into().map_err(|_| AgreementFailed::Own)
}

/// ML-KEM's seed and P-521's scalar.
const MAX_SEEDS_LEN: usize = KEY_SEED_LEN + 66;
/// P-256's scalar is out of range once in 2^32 draws, the others' far more rarely; a source that
/// misses this often is broken.
const SCALAR_DRAWS: usize = 16;

#[cfg(test)]
mod tests;

//! Where randomness comes from.

use core::fmt::Debug;
use handfast_crypto::random::{Random, RandomFailed, SystemRandom};
use handfast_crypto::secret::SecretArray;

/// Where randomness comes from. Failure fails the handshake; there is no fallback.
pub trait Entropy: Debug + Send + Sync {
    /// Fills `out` with bytes that nobody can predict.
    ///
    /// # Errors
    /// [`RandomFailed`] when the source is not to be had.
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed>;
}

/// The operating system's randomness, by way of the crypto library.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        SystemRandom.fill(out)
    }
}

/// An [`Entropy`] in the shape that the crypto crate draws from.
pub(crate) struct Draw<'e>(pub(crate) &'e dyn Entropy);

impl Random for Draw<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0.fill(out)
    }
}

/// Draws `N` public bytes together with the first secret ones that are asked for: a
/// draw costs the same whatever its size.
pub(crate) struct DrawBeside<'e, const N: usize> {
    entropy: &'e dyn Entropy,
    beside: Option<[u8; N]>,
}

impl<'e, const N: usize> DrawBeside<'e, N> {
    pub(crate) fn new(entropy: &'e dyn Entropy) -> Self {
        Self {
            entropy,
            beside: None,
        }
    }

    /// The `N` bytes, drawn now where nothing else was.
    pub(crate) fn beside(self) -> Result<[u8; N], RandomFailed> {
        if let Some(bytes) = self.beside {
            return Ok(bytes);
        }
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// Bytes of one draw, at the most: 64 public ones, and a seed of ML-KEM beside an X25519 key.
const MOST_AT_ONCE: usize = 192;

impl<const N: usize> Random for DrawBeside<'_, N> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        if self.beside.is_some() {
            return self.entropy.fill(out);
        }
        let mut place = SecretArray::<MOST_AT_ONCE>::zeros();
        let Some(drawn) = place.as_mut_bytes().get_mut(..N.saturating_add(out.len())) else {
            return self.entropy.fill(out);
        };
        self.entropy.fill(drawn)?;
        let (beside, secret) = drawn.split_first_chunk::<N>().ok_or(RandomFailed)?;
        out.copy_from_slice(secret);
        self.beside = Some(*beside);
        Ok(())
    }
}

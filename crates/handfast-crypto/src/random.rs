//! Where randomness comes from.
//!
//! The engine draws what a handshake needs through [`Random`], so that tests can script it and a
//! failing source is a failed handshake, never a weak one.

/// A source of cryptographically secure random bytes.
pub trait Random {
    /// Fills all of `out`.
    ///
    /// # Errors
    /// [`RandomFailed`] if the source cannot; `out` must then not be used.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed>;
}

/// The source of randomness failed; whatever wanted the bytes must fail too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomFailed;

impl core::fmt::Display for RandomFailed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the source of randomness failed")
    }
}

impl core::error::Error for RandomFailed {}

/// The crypto library's generator, seeded by the operating system. One draw costs about 0.34 us
/// whatever its size, so draw once for all that a step needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        aws_lc_rs::rand::fill(out).map_err(|_| RandomFailed)
    }
}

#[cfg(test)]
pub(crate) mod test_sources {
    use super::{Random, RandomFailed};

    /// Fails at once.
    pub(crate) struct Broken;

    impl Random for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomFailed> {
            Err(RandomFailed)
        }
    }

    /// Hands out the given bytes in order, then fails.
    pub(crate) struct Scripted(pub(crate) Vec<u8>);

    impl Random for Scripted {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
            if self.0.len() < out.len() {
                return Err(RandomFailed);
            }
            out.copy_from_slice(&self.0[..out.len()]);
            self.0.drain(..out.len());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let (mut a, mut b) = ([0u8; 32], [0u8; 32]);
        SystemRandom.fill(&mut a).unwrap();
        SystemRandom.fill(&mut b).unwrap();
        assert_ne!(a, b);
        assert_ne!(a, [0; 32]);
    }
}

//! Hashes, forkable: the running transcript is one [`HashContext`], read at many places.

mod algorithm;

pub use algorithm::HashAlgorithm;

use crate::ffi::sha::{SavedState, Sha};
use crate::ffi::wipe::wipe;

/// A hash's value, of up to 64 bytes.
#[derive(Clone, Copy)]
pub struct Digest {
    bytes: [u8; 64],
    len: usize,
}

impl Digest {
    pub(crate) fn finish(context: &mut Sha) -> Self {
        let mut digest = Self {
            bytes: [0; 64],
            len: context.algorithm().output_len(),
        };
        context.finish_into(&mut digest.bytes);
        digest
    }

    /// Two values, one behind the other, of which both are short.
    #[cfg(feature = "legacy")]
    pub(crate) fn joined(first: &Self, second: &Self) -> Self {
        let len = first.len + second.len;
        let mut bytes = [0; 64];
        let values = first.as_bytes().iter().chain(second.as_bytes());
        for (place, value) in bytes.iter_mut().zip(values) {
            *place = *value;
        }
        debug_assert!(len <= bytes.len());
        Self { bytes, len }
    }

    /// A place for a value that is a secret: one that is returned leaves itself behind on the
    /// stack.
    #[inline]
    pub(crate) fn place(algorithm: HashAlgorithm) -> Self {
        Self {
            bytes: [0; 64],
            len: algorithm.output_len(),
        }
    }

    /// Takes on what a state amounts to that has taken in its padding.
    pub(crate) fn take_state(&mut self, state: &SavedState) {
        state.write_into(&mut self.bytes);
    }

    /// Takes on what a context amounts to.
    pub(crate) fn take_finished(&mut self, context: &mut Sha) {
        context.finish_into(&mut self.bytes);
    }

    /// The value's place.
    #[inline]
    pub(crate) fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }

    pub(crate) fn wipe(&mut self) {
        wipe(&mut self.bytes);
    }

    /// The bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Digests are public values; secrets are compared with
/// [`constant_time_eq`](crate::secret::constant_time_eq).
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Digest {}

impl core::hash::Hash for Digest {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// Shows the length only: the value of an HMAC may be a key.
impl core::fmt::Debug for Digest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Digest({} bytes)", self.len)
    }
}

/// A hash under way. `Clone` forks it.
#[derive(Clone)]
pub struct HashContext {
    state: Sha,
}

impl HashContext {
    /// A hash of nothing so far.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self {
            state: Sha::new(algorithm),
        }
    }

    /// Takes in `data`.
    pub fn update(&mut self, data: &[u8]) {
        self.state.update(data);
    }

    /// The hash of everything so far; the context goes on.
    #[must_use]
    pub fn current(&self) -> Digest {
        Digest::finish(&mut self.state.clone())
    }

    /// The hash of everything.
    #[must_use]
    pub fn finish(mut self) -> Digest {
        Digest::finish(&mut self.state)
    }

    /// Which hash this is.
    #[must_use]
    pub fn algorithm(&self) -> HashAlgorithm {
        self.state.algorithm()
    }
}

impl core::fmt::Debug for HashContext {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "HashContext({:?})", self.algorithm())
    }
}

/// The hash of `parts`, one after the other.
#[must_use]
pub fn digest(algorithm: HashAlgorithm, parts: &[&[u8]]) -> Digest {
    let mut state = Sha::new(algorithm);
    for part in parts {
        state.update(part);
    }
    Digest::finish(&mut state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::hex;

    /// FIPS 180-4's examples: the hash of "abc".
    #[test]
    fn abc_hashes_to_the_published_values() {
        for (algorithm, expected) in [
            // RFC 1321 A.5.
            #[cfg(feature = "legacy")]
            (HashAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (
                HashAlgorithm::Sha1,
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                HashAlgorithm::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                HashAlgorithm::Sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                 8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                HashAlgorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            assert_eq!(
                digest(algorithm, &[b"a", b"", b"bc"]).as_bytes(),
                hex(expected)
            );
            assert_eq!(algorithm.output_len(), hex(expected).len());
        }
    }

    #[test]
    fn a_fork_does_not_disturb_the_running_hash() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let mut running = HashContext::new(algorithm);
            running.update(&[1; 100]);
            let mut fork = running.clone();
            assert_eq!(running.current(), digest(algorithm, &[&[1; 100]]));
            fork.update(b"other");
            running.update(&[2; 100]);
            assert_eq!(running.algorithm(), algorithm);
            assert_eq!(running.finish(), digest(algorithm, &[&[1; 100], &[2; 100]]));
            assert_eq!(fork.finish(), digest(algorithm, &[&[1; 100], b"other"]));
        }
    }
}

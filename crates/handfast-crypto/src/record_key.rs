//! The key of one direction of a connection, which rests while nothing is said.
//!
//! A key that is set up takes some 620 bytes of the heap, one at rest 24 or 40. It is at rest from the
//! start and after [`RecordKey::rest`], and sets itself up with the next record, which then takes
//! some 0.1 us longer:
//!
//! ```text
//! new -> at rest -- seal, open --> awake -- rest --> at rest
//! ```
//!
//! Either way the memory that is given back is wiped first. CCM keys are always at rest: they set
//! up a context for each record.

use crate::aead::{AeadAlgorithm, AeadKey, BadKeyLength, NONCE_LEN, OpenFailed, SealFailed};
use crate::ffi::aead::KeyBytes;

/// A key that protects the records of one direction. Wiped on drop; does not print.
///
/// A handle of three words: moving it leaves no copy of the key behind.
///
/// ```
/// use handfast_crypto::aead::AeadAlgorithm;
/// use handfast_crypto::record_key::RecordKey;
///
/// let mut sender = RecordKey::new(AeadAlgorithm::Aes128Gcm, &[7; 16])?;
/// let mut receiver = RecordKey::new(AeadAlgorithm::Aes128Gcm, &[7; 16])?;
/// let (mut text, mut tag) = (*b"hello", [0; 16]);
/// sender.seal_in_place(&[0; 12], b"header", &mut text, &mut tag)?;
/// // Nothing is said for a while; whoever goes on need not know.
/// sender.rest();
/// assert!(!sender.is_awake());
/// let mut record = [&text[..], &tag[..]].concat();
/// assert_eq!(receiver.open_in_place(&[0; 12], b"header", &mut record)?, 5);
/// assert_eq!(&record[..5], b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RecordKey {
    state: State,
}

enum State {
    Awake(AeadKey),
    Resting(KeyBytes),
}

impl RecordKey {
    /// Takes `key`, at rest.
    ///
    /// # Errors
    /// [`BadKeyLength`] if `key` has not [`AeadAlgorithm::key_len`] bytes.
    pub fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Result<Self, BadKeyLength> {
        let state = match algorithm {
            AeadAlgorithm::Aes128Ccm | AeadAlgorithm::Aes128Ccm8 => {
                State::Awake(AeadKey::new(algorithm, key)?)
            }
            AeadAlgorithm::Aes128Gcm
            | AeadAlgorithm::Aes256Gcm
            | AeadAlgorithm::ChaCha20Poly1305 => {
                State::Resting(KeyBytes::new(algorithm, key).map_err(|()| BadKeyLength)?)
            }
        };
        Ok(Self { state })
    }

    /// Which AEAD this is.
    #[must_use]
    pub fn algorithm(&self) -> AeadAlgorithm {
        match &self.state {
            State::Awake(key) => key.algorithm(),
            State::Resting(bytes) => bytes.algorithm(),
        }
    }

    /// True when the key is set up. CCM keys are never set up for longer than a record takes, and
    /// count as awake.
    #[must_use]
    pub const fn is_awake(&self) -> bool {
        matches!(self.state, State::Awake(_))
    }

    /// Gives back all but the key itself, for as long as no record comes or goes.
    pub fn rest(&mut self) {
        if let State::Awake(key) = &self.state
            && let Some(bytes) = key.key_bytes()
        {
            self.state = State::Resting(bytes);
        }
    }

    /// Encrypts `in_out` in place and writes the tag.
    ///
    /// # Errors
    /// As [`AeadKey::seal_in_place`].
    #[inline]
    pub fn seal_in_place(
        &mut self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
        tag_out: &mut [u8],
    ) -> Result<(), SealFailed> {
        match self.awake() {
            Some(key) => key.seal_in_place(nonce, aad, in_out, tag_out),
            None => Err(SealFailed),
        }
    }

    /// Encrypts `plaintext` followed by `extra_in` in one pass, as [`AeadKey::seal_scatter`] does.
    ///
    /// # Errors
    /// As [`AeadKey::seal_scatter`].
    #[inline]
    pub fn seal_scatter(
        &mut self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
        extra_in: &[u8],
        out: &mut [u8],
        extra_out_and_tag: &mut [u8],
    ) -> Result<(), SealFailed> {
        match self.awake() {
            Some(key) => key.seal_scatter(nonce, aad, plaintext, extra_in, out, extra_out_and_tag),
            None => Err(SealFailed),
        }
    }

    /// Opens `in_out`, ciphertext followed by its tag, in place; gives the plaintext's length.
    ///
    /// # Errors
    /// As [`AeadKey::open_in_place`].
    #[inline]
    pub fn open_in_place(
        &mut self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<usize, OpenFailed> {
        match self.awake() {
            Some(key) => key.open_in_place(nonce, aad, in_out),
            None => Err(OpenFailed),
        }
    }

    /// The key set up. Nothing only if the library refused what it took before, which it does not.
    #[inline]
    fn awake(&mut self) -> Option<&AeadKey> {
        if let State::Resting(..) = self.state {
            self.wake();
        }
        match &self.state {
            State::Awake(key) => Some(key),
            State::Resting(..) => None,
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&mut self) {
        if let State::Resting(bytes) = &self.state
            && let Ok(key) = AeadKey::new(bytes.algorithm(), bytes.as_bytes())
        {
            self.state = State::Awake(key);
        }
    }
}

impl core::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "RecordKey({:?})", self.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aead::MAX_TAG_LEN;
    use crate::tests::hex;

    const ALL: [AeadAlgorithm; 5] = [
        AeadAlgorithm::Aes128Gcm,
        AeadAlgorithm::Aes256Gcm,
        AeadAlgorithm::ChaCha20Poly1305,
        AeadAlgorithm::Aes128Ccm,
        AeadAlgorithm::Aes128Ccm8,
    ];

    /// The GCM specification's test case 4 (McGrew and Viega), before, between and after rests.
    #[test]
    fn a_key_that_rested_agrees_with_the_specification() {
        let mut key = RecordKey::new(
            AeadAlgorithm::Aes128Gcm,
            &hex("feffe9928665731c6d6a8f9467308308"),
        )
        .unwrap();
        let nonce = hex("cafebabefacedbaddecaf888").try_into().unwrap();
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
             1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let sealed = hex(
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
             21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091\
             5bc94fbc3221a5db94fae95ae7121a47",
        );
        for rests in [true, false, true, true] {
            let (mut text, mut tag) = (plain.clone(), [0; 16]);
            key.seal_in_place(&nonce, &aad, &mut text, &mut tag)
                .unwrap();
            assert!(key.is_awake());
            text.extend_from_slice(&tag);
            assert_eq!(text, sealed);
            if rests {
                key.rest();
                assert!(!key.is_awake());
            }
            assert_eq!(key.open_in_place(&nonce, &aad, &mut text), Ok(60));
            assert_eq!(text[..60], plain);
            key.rest();
        }
    }

    #[test]
    fn every_algorithm_seals_alike_whether_it_rested_or_not() {
        for algorithm in ALL {
            let bytes: Vec<u8> = (0..algorithm.key_len()).map(|at| at as u8).collect();
            let steady = AeadKey::new(algorithm, &bytes).unwrap();
            let mut sleeper = RecordKey::new(algorithm, &bytes).unwrap();
            let tag_len = algorithm.tag_len();
            for number in 0..5 {
                let nonce = [number; NONCE_LEN];
                let (mut out, mut rest) = ([0; 40], vec![0; 1 + tag_len]);
                steady
                    .seal_scatter(&nonce, b"aad", &[1; 40], &[23], &mut out, &mut rest)
                    .unwrap();
                let (mut again, mut tail) = ([0; 40], vec![0; 1 + tag_len]);
                sleeper.rest();
                sleeper
                    .seal_scatter(&nonce, b"aad", &[1; 40], &[23], &mut again, &mut tail)
                    .unwrap();
                assert_eq!((out, &rest), (again, &tail), "{algorithm:?}");
                let mut record = [&out[..], &rest].concat();
                sleeper.rest();
                assert_eq!(
                    sleeper.open_in_place(&nonce, b"aad", &mut record),
                    Ok(41),
                    "{algorithm:?}"
                );
                assert_eq!(sleeper.algorithm(), algorithm);
            }
        }
    }

    #[test]
    fn only_ccm_is_awake_from_the_start() {
        for algorithm in ALL {
            let key = RecordKey::new(algorithm, &vec![1; algorithm.key_len()]).unwrap();
            assert_eq!(
                key.is_awake(),
                matches!(
                    algorithm,
                    AeadAlgorithm::Aes128Ccm | AeadAlgorithm::Aes128Ccm8
                )
            );
        }
    }

    #[test]
    fn a_failure_leaves_the_key_as_good_as_before() {
        let mut key = RecordKey::new(AeadAlgorithm::Aes256Gcm, &[3; 32]).unwrap();
        let mut short = [0; 15];
        assert_eq!(
            key.open_in_place(&[0; 12], b"", &mut short),
            Err(OpenFailed)
        );
        let (mut text, mut tag) = ([9; 3], [0; MAX_TAG_LEN]);
        assert_eq!(
            key.seal_in_place(&[0; 12], b"", &mut text, &mut tag[..15]),
            Err(SealFailed)
        );
        key.rest();
        key.seal_in_place(&[0; 12], b"", &mut text, &mut tag)
            .unwrap();
        let mut record = [&text[..], &tag[..]].concat();
        assert_eq!(key.open_in_place(&[0; 12], b"", &mut record), Ok(3));
    }

    #[test]
    fn a_wrong_length_is_refused_at_once_and_not_with_the_first_record() {
        for algorithm in ALL {
            for wrong in [0, algorithm.key_len() - 1, algorithm.key_len() + 1, 64] {
                assert_eq!(
                    RecordKey::new(algorithm, &vec![0; wrong]).err(),
                    Some(BadKeyLength)
                );
            }
        }
    }

    #[test]
    fn a_handle_is_three_words_and_does_not_print_the_key() {
        assert!(size_of::<RecordKey>() <= 3 * size_of::<u64>());
        let key = RecordKey::new(AeadAlgorithm::Aes128Gcm, &[0xab; 16]).unwrap();
        assert_eq!(format!("{key:?}"), "RecordKey(Aes128Gcm)");
    }
}

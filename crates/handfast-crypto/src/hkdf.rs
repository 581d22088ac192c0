//! HMAC (RFC 2104) and HKDF (RFC 5869), built on saved hash states.
//!
//! A keyed HMAC is two chaining values: the hash's state after the inner and after the outer
//! padded key. [`HmacKey`] keeps just these (at most 144 bytes), so one use costs two blocks where
//! a fresh HMAC costs four. TLS 1.3 expands each secret several times: make its [`HmacKey`] once.

use crate::ffi::sha::{SavedState, sha256_blocks, write_state};
use crate::ffi::wipe::{wipe, wipe_words};
use crate::hash::{Digest, HashAlgorithm};
use crate::secret::Secret;

/// A keyed HMAC, ready to be used many times. Wiped on drop; does not print.
pub struct HmacKey {
    inner: SavedState,
    outer: SavedState,
    algorithm: HashAlgorithm,
}

impl HmacKey {
    /// Keys HMAC; a key longer than the hash's block is hashed first (RFC 2104 s2).
    #[must_use]
    pub fn new(algorithm: HashAlgorithm, key: &[u8]) -> Self {
        let block_len = algorithm.block_len();
        let mut pad = [0u8; MAX_BLOCK_LEN];
        if key.len() > block_len {
            let mut short = crate::hash::digest(algorithm, &[key]);
            pad[..short.as_bytes().len()].copy_from_slice(short.as_bytes());
            short.wipe();
        } else {
            pad[..key.len()].copy_from_slice(key);
        }
        for byte in &mut pad {
            *byte ^= INNER_PAD;
        }
        let mut inner = SavedState::initial(algorithm);
        inner.add_block(&pad);
        for byte in &mut pad {
            *byte ^= INNER_PAD ^ OUTER_PAD;
        }
        let mut outer = SavedState::initial(algorithm);
        outer.add_block(&pad);
        wipe(&mut pad);
        Self {
            inner,
            outer,
            algorithm,
        }
    }

    /// HKDF-Extract (RFC 5869 s2.2), straight to the key that [`HmacKey::expand`] needs.
    #[must_use]
    pub fn extract(algorithm: HashAlgorithm, salt: &[u8], input_key: &[u8]) -> Self {
        let mut pseudorandom_key = Digest::place(algorithm);
        Self::new(algorithm, salt).sign_into([&[]; 2], &[input_key], &[], &mut pseudorandom_key);
        let key = Self::new(algorithm, pseudorandom_key.as_bytes());
        pseudorandom_key.wipe();
        key
    }

    /// HMAC of `parts`, one after the other.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = Digest::place(self.algorithm);
        self.sign_into([&[]; 2], parts, &[], &mut mac);
        mac
    }

    /// HMAC of `first`, `parts` and `last`, one after the other, in its place: it may be a secret.
    fn sign_into(&self, first: [&[u8]; 2], parts: &[&[u8]], last: &[u8], out: &mut Digest) {
        let all = || first.into_iter().chain(parts.iter().copied());
        let all = || all().chain(core::iter::once(last));
        let block_len = self.algorithm.block_len();
        let length: usize = all().map(<[u8]>::len).sum();
        if let (Some(inner), Some(outer)) = (self.inner.sha256(), self.outer.sha256())
            && length <= MAX_SHORT
        {
            return sign_short(inner, outer, all(), out);
        }
        // What HKDF expands and a Finished authenticates fits in one block with its padding, what
        // TLS 1.2 expands in two, so neither a context nor its buffer is needed.
        if length <= block_len - overhead(block_len) {
            let mut block = LastBlocks::<MAX_BLOCK_LEN>::new(block_len);
            all().for_each(|part| block.add(part));
            let mut state = self.inner.duplicate();
            block.close_into(&mut state, 1);
            out.take_state(&state);
        } else if length <= 2 * block_len - overhead(block_len) {
            let mut blocks = LastBlocks::<{ 2 * MAX_BLOCK_LEN }>::new(block_len);
            all().for_each(|part| blocks.add(part));
            let mut state = self.inner.duplicate();
            blocks.close_into(&mut state, 2);
            out.take_state(&state);
        } else {
            let mut context = self.inner.restore_after_one_block();
            all().for_each(|part| context.update(part));
            out.take_finished(&mut context);
            context.wipe();
        }
        // The outer hash takes the place of the inner one.
        let mut block = LastBlocks::<MAX_BLOCK_LEN>::new(block_len);
        block.add(out.as_bytes());
        let mut state = self.outer.duplicate();
        block.close_into(&mut state, 1);
        out.take_state(&state);
    }

    /// Whether `tag` is the HMAC of `parts`, in constant time; a tag of another length is not.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        crate::secret::constant_time_eq(self.sign(parts).as_bytes(), tag)
    }

    /// The PRF of TLS 1.2 under this secret (RFC 5246 section 5): fills `out` from `label` and
    /// `seed`, whose parts are taken as one.
    pub fn prf(&self, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
        // A(1) = HMAC(secret, label + seed); A(i + 1) = HMAC(secret, A(i)).
        let mut a = Digest::place(self.algorithm);
        let (mut next, mut block) = (a, a);
        self.sign_into([&[], label], seed, &[], &mut a);
        let mut chunks = out.chunks_mut(self.algorithm.output_len()).peekable();
        while let Some(chunk) = chunks.next() {
            self.sign_into([a.as_bytes(), label], seed, &[], &mut block);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
            if chunks.peek().is_some() {
                self.sign_into([a.as_bytes(), &[]], &[], &[], &mut next);
                a = next;
            }
        }
        a.wipe();
        next.wipe();
        block.wipe();
    }

    /// HKDF-Expand (RFC 5869 s2.3) with the concatenation of `info`, filling all of `out`.
    ///
    /// # Errors
    /// [`OutputTooLong`] if `out` has more than 255 times the hash's length; `out` is untouched.
    pub fn expand(&self, info: &[&[u8]], out: &mut [u8]) -> Result<(), OutputTooLong> {
        let hash_len = self.algorithm.output_len();
        if out.len() > 255 * hash_len {
            return Err(OutputTooLong);
        }
        let mut previous = Digest::place(self.algorithm);
        let mut block = Digest::place(self.algorithm);
        for (counter, chunk) in (1..=255u8).zip(out.chunks_mut(hash_len)) {
            let before = if counter == 1 {
                &[]
            } else {
                previous = block;
                previous.as_bytes()
            };
            self.sign_into([before, &[]], info, &[counter], &mut block);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
        if out.len() > hash_len {
            previous.wipe();
        }
        block.wipe();
        Ok(())
    }

    /// The hash beneath.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }
}

impl zeroize::ZeroizeOnDrop for HmacKey {}

impl core::fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "HmacKey({:?})", self.algorithm)
    }
}

/// HMAC of `parts`, one after the other, under `key`.
#[must_use]
pub fn hmac(algorithm: HashAlgorithm, key: &[u8], parts: &[&[u8]]) -> Digest {
    HmacKey::new(algorithm, key).sign(parts)
}

/// HKDF-Extract (RFC 5869 s2.2); `out` takes on the hash's length. An empty salt is a salt of
/// zeros, as the RFC has it.
pub fn extract(algorithm: HashAlgorithm, salt: &[u8], input_key: &[u8], out: &mut Secret) {
    let mut pseudorandom_key = Digest::place(algorithm);
    let key = HmacKey::new(algorithm, salt);
    key.sign_into([&[]; 2], &[input_key], &[], &mut pseudorandom_key);
    out.reset(algorithm.output_len());
    out.as_mut_bytes()
        .copy_from_slice(pseudorandom_key.as_bytes());
    pseudorandom_key.wipe();
}

/// HKDF-Expand (RFC 5869 s2.3) of `pseudorandom_key` with the concatenation of `info`. To expand
/// one key several times, keep its [`HmacKey`].
///
/// # Errors
/// [`OutputTooLong`] if `out` has more than 255 times the hash's length.
pub fn expand(
    algorithm: HashAlgorithm,
    pseudorandom_key: &[u8],
    info: &[&[u8]],
    out: &mut [u8],
) -> Result<(), OutputTooLong> {
    HmacKey::new(algorithm, pseudorandom_key).expand(info, out)
}

/// HKDF gives at most 255 times the hash's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputTooLong;

impl core::fmt::Display for OutputTooLong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HKDF was asked for more than 255 times the hash's length")
    }
}

impl core::error::Error for OutputTooLong {}

/// HMAC-SHA-256 of at most [`MAX_SHORT`] bytes: nearly all that a handshake needs. The message and
/// then the inner hash lie in one place, padded by hand and wiped once.
fn sign_short<'p>(
    inner: &[u32; 8],
    outer: &[u32; 8],
    parts: impl Iterator<Item = &'p [u8]>,
    out: &mut Digest,
) {
    let mut bytes = [0; 2 * SHORT_BLOCK];
    let mut length = 0;
    for part in parts {
        bytes[length..length + part.len()].copy_from_slice(part);
        length += part.len();
    }
    bytes[length] = 0x80;
    let end = if length + overhead(SHORT_BLOCK) <= SHORT_BLOCK {
        SHORT_BLOCK
    } else {
        2 * SHORT_BLOCK
    };
    let bits = 8 * (SHORT_BLOCK + length) as u64;
    bytes[end - 8..end].copy_from_slice(&bits.to_be_bytes());
    let mut state = *inner;
    sha256_blocks(&mut state, &bytes[..end]);

    let (block, _) = bytes.split_at_mut(SHORT_BLOCK);
    let (digest, padding) = block.split_at_mut(32);
    write_state(&state, digest);
    padding.copy_from_slice(&PADDING_OF_DIGEST);
    state = *outer;
    sha256_blocks(&mut state, block);
    out.take_sha256(&state);
    wipe(&mut bytes[..end]);
    wipe_words(&mut state);
}

/// What follows a digest of SHA-256 in the outer hash's last block: 96 bytes were hashed.
const PADDING_OF_DIGEST: [u8; 32] = {
    let mut padding = [0; 32];
    padding[0] = 0x80;
    [padding[30], padding[31]] = (8 * 96_u16).to_be_bytes();
    padding
};

/// Block of SHA-256.
const SHORT_BLOCK: usize = 64;

/// Bytes that fit in two blocks with their padding.
const MAX_SHORT: usize = 2 * SHORT_BLOCK - overhead(SHORT_BLOCK);

/// The last blocks of a message, one or two after a first: content, a one bit, zeros, the length
/// in bits (FIPS 180-4 section 5.1). Wiped on drop.
struct LastBlocks<const BYTES: usize> {
    bytes: [u8; BYTES],
    length: usize,
    block_len: usize,
}

/// Bytes that are not content: the one bit, and the length in an eighth of a block.
const fn overhead(block_len: usize) -> usize {
    1 + block_len / 8
}

impl<const BYTES: usize> LastBlocks<BYTES> {
    fn new(block_len: usize) -> Self {
        Self {
            bytes: [0; BYTES],
            length: 0,
            block_len,
        }
    }

    /// Adds content; the caller has checked that all of it fits.
    fn add(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        self.bytes[self.length..end].copy_from_slice(part);
        self.length = end;
    }

    /// Pads what was added to so many blocks, as what comes after one whole block, and hashes it.
    fn close_into(&mut self, state: &mut SavedState, blocks: usize) {
        self.bytes[self.length] = 0x80;
        let bits = 8 * (self.block_len + self.length) as u64;
        let end = blocks * self.block_len;
        self.bytes[end - 8..end].copy_from_slice(&bits.to_be_bytes());
        for block in self.bytes[..end].chunks_exact(self.block_len) {
            state.add_block(block);
        }
    }
}

impl<const BYTES: usize> Drop for LastBlocks<BYTES> {
    fn drop(&mut self) {
        wipe(&mut self.bytes);
    }
}

/// Block of SHA-384 and SHA-512, the longest.
const MAX_BLOCK_LEN: usize = 128;
/// RFC 2104 s2: ipad.
const INNER_PAD: u8 = 0x36;
/// RFC 2104 s2: opad.
const OUTER_PAD: u8 = 0x5c;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::hex;

    /// RFC 4231 cases 1, 2 and 6 (key longer than the block).
    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let case = |algorithm, key: &[u8], data: &[u8], expected: &str| {
            let tag = hmac(algorithm, key, &[data]);
            assert_eq!(tag.as_bytes(), hex(expected));
            assert!(HmacKey::new(algorithm, key).verify(&[data], &hex(expected)));
            assert!(!HmacKey::new(algorithm, key).verify(&[data], &hex(expected)[1..]));
        };
        case(
            HashAlgorithm::Sha256,
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        );
        case(
            HashAlgorithm::Sha384,
            b"Jefe",
            b"what do ya want for nothing?",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
             8e2240ca5e69e2c78b3239ecfab21649",
        );
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        case(
            HashAlgorithm::Sha256,
            &[0xaa; 131],
            long,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        );
        case(
            HashAlgorithm::Sha512,
            &[0xaa; 131],
            long,
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
             6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        );
    }

    /// RFC 2202 case 2.
    #[test]
    fn hmac_sha1_agrees_with_rfc_2202() {
        let tag = hmac(
            HashAlgorithm::Sha1,
            b"Jefe",
            &[b"what do ya want ", b"for nothing?"],
        );
        assert_eq!(
            tag.as_bytes(),
            hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        );
    }

    /// RFC 5869 A.1, A.2 (long, three blocks) and A.3 (no salt, no info).
    #[test]
    fn hkdf_agrees_with_rfc_5869() {
        let case = |salt: &[u8], ikm: &[u8], info: &[&[u8]], prk: &str, okm: &str| {
            let mut secret = Secret::zeros(0);
            extract(HashAlgorithm::Sha256, salt, ikm, &mut secret);
            assert_eq!(secret.as_bytes(), hex(prk));
            let mut out = vec![0; hex(okm).len()];
            expand(HashAlgorithm::Sha256, secret.as_bytes(), info, &mut out).unwrap();
            assert_eq!(out, hex(okm));
            out.fill(0);
            HmacKey::extract(HashAlgorithm::Sha256, salt, ikm)
                .expand(info, &mut out)
                .unwrap();
            assert_eq!(out, hex(okm));
        };
        case(
            &hex("000102030405060708090a0b0c"),
            &[0x0b; 22],
            &[&hex("f0f1f2f3f4"), &hex("f5f6f7f8f9")],
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        );
        let run = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
        case(
            &run(0x60, 0xaf),
            &run(0x00, 0x4f),
            &[&run(0xb0, 0xff)],
            "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c\
             59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71\
             cc30c58179ec3e87c14c01d5c1f3434f1d87",
        );
        case(
            &[],
            &[0x0b; 22],
            &[],
            "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        );
    }

    /// RFC 2104 s2 spelled out, for messages on both sides of what one block holds.
    #[test]
    fn hmac_is_the_same_for_short_and_long_messages() {
        for algorithm in [
            HashAlgorithm::Sha1,
            HashAlgorithm::Sha256,
            HashAlgorithm::Sha384,
            HashAlgorithm::Sha512,
        ] {
            let padded = |with: u8| {
                let mut pad = vec![with; algorithm.block_len()];
                pad[..20].iter_mut().for_each(|byte| *byte ^= 0x4a);
                pad
            };
            let key = HmacKey::new(algorithm, &[0x4a; 20]);
            for length in 0..300 {
                let message: Vec<u8> = (0..length).map(|at| at as u8).collect();
                let inner = crate::hash::digest(algorithm, &[&padded(0x36), &message]);
                let outer = crate::hash::digest(algorithm, &[&padded(0x5c), inner.as_bytes()]);
                let (front, back) = message.split_at(message.len() / 3);
                assert_eq!(
                    key.sign(&[front, &[], back]),
                    outer,
                    "{algorithm:?} {length}"
                );
            }
        }
    }

    #[test]
    fn expand_stops_at_255_blocks() {
        let key = HmacKey::new(HashAlgorithm::Sha256, b"key");
        assert!(key.expand(&[], &mut vec![0; 255 * 32]).is_ok());
        assert_eq!(
            key.expand(&[], &mut vec![0; 255 * 32 + 1]),
            Err(OutputTooLong)
        );
    }

    #[test]
    fn a_key_does_not_print() {
        let key = HmacKey::new(HashAlgorithm::Sha384, b"key");
        assert_eq!(format!("{key:?}"), "HmacKey(Sha384)");
        assert_eq!(format!("{:?}", key.sign(&[])), "Digest(48 bytes)");
    }
}

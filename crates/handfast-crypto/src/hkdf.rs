//! HMAC (RFC 2104) and HKDF (RFC 5869), built on saved hash states.
//!
//! A keyed HMAC is two chaining values: the hash's state after the inner and after the outer
//! padded key. [`HmacKey`] keeps just these (at most 144 bytes), so one use costs two blocks where
//! a fresh HMAC costs four. TLS 1.3 expands each secret several times: make its [`HmacKey`] once.

mod short;

use crate::ffi::sha::SavedState;
use crate::ffi::wipe::wipe;
use crate::hash::{Digest, HashAlgorithm};
use crate::hkdf::short::{Keyed, Message};
use crate::secret::Secret;
use core::iter::once;

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
        if key.len() > algorithm.block_len() {
            let mut short = crate::hash::digest(algorithm, &[key]);
            let keyed = Self::new(algorithm, short.as_bytes());
            short.wipe();
            return keyed;
        }
        match algorithm {
            #[cfg(feature = "legacy")]
            HashAlgorithm::Md5 => Self::padded::<64>(algorithm, key),
            HashAlgorithm::Sha1 | HashAlgorithm::Sha256 => Self::padded::<64>(algorithm, key),
            HashAlgorithm::Sha384 | HashAlgorithm::Sha512 => Self::padded::<128>(algorithm, key),
        }
    }

    /// The key in a block, `xor`ed with either pad, goes before either hash.
    #[inline]
    fn padded<const BLOCK: usize>(algorithm: HashAlgorithm, key: &[u8]) -> Self {
        let mut pad = [INNER_PAD; BLOCK];
        for (pad, key) in pad.iter_mut().zip(key) {
            *pad ^= key;
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

    /// The states after the inner and the outer padded key.
    #[cfg(feature = "legacy")]
    pub(crate) fn states(&self) -> (&SavedState, &SavedState) {
        (&self.inner, &self.outer)
    }

    /// HKDF-Extract (RFC 5869 s2.2), straight to the key that [`HmacKey::expand`] needs.
    #[must_use]
    pub fn extract(algorithm: HashAlgorithm, salt: &[u8], input_key: &[u8]) -> Self {
        let mut pseudorandom_key = Digest::place(algorithm);
        Self::new(algorithm, salt).sign_into(once(input_key), &mut pseudorandom_key);
        let key = Self::new(algorithm, pseudorandom_key.as_bytes());
        pseudorandom_key.wipe();
        key
    }

    /// HMAC of `parts`, one after the other.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = Digest::place(self.algorithm);
        self.sign_into(parts.iter().copied(), &mut mac);
        mac
    }

    /// HMAC of `parts`, one after the other, in its place: it may be a secret.
    #[inline]
    fn sign_into<'p>(&self, parts: impl Iterator<Item = &'p [u8]> + Clone, out: &mut Digest) {
        let length: usize = parts.clone().map(<[u8]>::len).sum();
        if let (Some(key), true) = (self.sha256(), length <= short::MOST) {
            let mut message = Message::new();
            for part in parts {
                message.add(part);
            }
            message.sign(key, out.as_mut_bytes());
        } else {
            self.sign_long(parts, length, out);
        }
    }

    /// The same, for any hash and length.
    fn sign_long<'p>(
        &self,
        parts: impl Iterator<Item = &'p [u8]>,
        length: usize,
        out: &mut Digest,
    ) {
        let block_len = self.algorithm.block_len();
        // What HKDF expands and a Finished authenticates fits in one block with its padding, what
        // TLS 1.2 expands in two, so neither a context nor its buffer is needed.
        if length <= block_len - overhead(block_len) {
            let mut block = LastBlocks::<MAX_BLOCK_LEN>::new(block_len);
            parts.for_each(|part| block.add(part));
            let mut state = self.inner.duplicate();
            block.close_into(&mut state, 1);
            out.take_state(&state);
        } else if length <= 2 * block_len - overhead(block_len) {
            let mut blocks = LastBlocks::<{ 2 * MAX_BLOCK_LEN }>::new(block_len);
            parts.for_each(|part| blocks.add(part));
            let mut state = self.inner.duplicate();
            blocks.close_into(&mut state, 2);
            out.take_state(&state);
        } else {
            let mut context = self.inner.restore_after_one_block();
            parts.for_each(|part| context.update(part));
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
        if let Some(key) = self.sha256()
            && short::prf(key, label, seed, out)
        {
            return;
        }
        // A(1) = HMAC(secret, label + seed); A(i + 1) = HMAC(secret, A(i)).
        let mut a = Digest::place(self.algorithm);
        let (mut next, mut block) = (a, a);
        let seed = || once(label).chain(seed.iter().copied());
        self.sign_into(seed(), &mut a);
        let mut chunks = out.chunks_mut(self.algorithm.output_len()).peekable();
        while let Some(chunk) = chunks.next() {
            self.sign_into(once(a.as_bytes()).chain(seed()), &mut block);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
            if chunks.peek().is_some() {
                self.sign_into(once(a.as_bytes()), &mut next);
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
    /// [`TooLong`] if `out` has more than 255 times the hash's length; `out` is untouched.
    pub fn expand(&self, info: &[&[u8]], out: &mut [u8]) -> Result<(), TooLong> {
        let hash_len = self.algorithm.output_len();
        if out.len() > 255 * hash_len {
            return Err(TooLong);
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
            let parts = once(before).chain(info.iter().copied());
            self.sign_into(parts.chain(once(&[counter][..])), &mut block);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
        if out.len() > hash_len {
            previous.wipe();
        }
        block.wipe();
        Ok(())
    }

    /// HKDF-Expand-Label of TLS 1.3 (RFC 8446 section 7.1), filling all of `out`; the label is
    /// given without `"tls13 "`.
    ///
    /// # Errors
    /// [`TooLong`] if `out` has more than 255 times the hash's length or 65,535 bytes, if `label`
    /// has more than 249, or if `context` has more than 255; `out` is untouched.
    #[inline]
    pub fn expand_label(
        &self,
        label: &[u8],
        context: &[u8],
        out: &mut [u8],
    ) -> Result<(), TooLong> {
        let out_len = u16::try_from(out.len()).map_err(|_| TooLong)?;
        if let Some(key) = self.sha256()
            && out_len <= 32
            && out_len.is_multiple_of(4)
            && let Some(mut message) = Message::of_label(out_len, label, context)
        {
            message.sign(key, out);
            return Ok(());
        }
        let label_len = u8::try_from(short::PREFIX.len() + label.len()).map_err(|_| TooLong)?;
        let context_len = u8::try_from(context.len()).map_err(|_| TooLong)?;
        let lengths = out_len.to_be_bytes();
        let info: [&[u8]; 6] = [
            &lengths,
            &[label_len],
            short::PREFIX,
            label,
            &[context_len],
            context,
        ];
        self.expand(&info, out)
    }

    /// Both states, of SHA-256.
    #[inline]
    fn sha256(&self) -> Option<Keyed<'_>> {
        Some(Keyed {
            inner: self.inner.sha256()?,
            outer: self.outer.sha256()?,
        })
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
    key.sign_into(once(input_key), &mut pseudorandom_key);
    out.reset(algorithm.output_len());
    out.as_mut_bytes()
        .copy_from_slice(pseudorandom_key.as_bytes());
    pseudorandom_key.wipe();
}

/// HKDF-Expand (RFC 5869 s2.3) of `pseudorandom_key` with the concatenation of `info`. To expand
/// one key several times, keep its [`HmacKey`].
///
/// # Errors
/// [`TooLong`] if `out` has more than 255 times the hash's length.
pub fn expand(
    algorithm: HashAlgorithm,
    pseudorandom_key: &[u8],
    info: &[&[u8]],
    out: &mut [u8],
) -> Result<(), TooLong> {
    HmacKey::new(algorithm, pseudorandom_key).expand(info, out)
}

/// HKDF gives at most 255 times the hash's length, and a label's lengths have bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl core::fmt::Display for TooLong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(
            "HKDF was asked for more than 255 times the hash's length, or by too long a label",
        )
    }
}

impl core::error::Error for TooLong {}

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
        self.bytes[end - 8..end].copy_from_slice(&state.length_bytes(bits));
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

    /// RFC 2202 section 2, cases 2 and 6 (key longer than the block).
    #[cfg(feature = "legacy")]
    #[test]
    fn hmac_md5_agrees_with_rfc_2202() {
        let tag = hmac(
            HashAlgorithm::Md5,
            b"Jefe",
            &[b"what do ya want ", b"for nothing?"],
        );
        assert_eq!(tag.as_bytes(), hex("750c783e6ab0b503eaa86e310a5db738"));
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let tag = hmac(HashAlgorithm::Md5, &[0xaa; 80], &[long]);
        assert_eq!(tag.as_bytes(), hex("6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"));
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
            #[cfg(feature = "legacy")]
            HashAlgorithm::Md5,
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

    /// RFC 5246 s5 by its words, over seeds that fit in one block, in two, and in neither.
    #[test]
    fn the_prf_is_the_same_however_its_seed_fits_into_blocks() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let key = HmacKey::new(algorithm, &[0x4a; 48]);
            for length in 0..300 {
                let seed: Vec<u8> = (0..length).map(|at| at as u8).collect();
                let text = [b"label", &seed[..]].concat();
                let mut wanted = Vec::new();
                let mut a = key.sign(&[&text]);
                for _ in 0..4 {
                    wanted.extend_from_slice(key.sign(&[a.as_bytes(), &text]).as_bytes());
                    a = key.sign(&[a.as_bytes()]);
                }
                let (front, back) = seed.split_at(seed.len() / 3);
                for filled in [0, 12, 31, 32, 33, 40, 48, 64, 100] {
                    let mut out = vec![0; filled];
                    key.prf(b"label", &[front, &[], back], &mut out);
                    assert_eq!(out, wanted[..filled], "{algorithm:?} {length} {filled}");
                }
            }
        }
    }

    #[test]
    fn expand_stops_at_255_blocks() {
        let key = HmacKey::new(HashAlgorithm::Sha256, b"key");
        assert!(key.expand(&[], &mut vec![0; 255 * 32]).is_ok());
        assert_eq!(key.expand(&[], &mut vec![0; 255 * 32 + 1]), Err(TooLong));
    }

    /// RFC 8446 section 7.1 spelled out, for all that the short way takes and what it leaves.
    #[test]
    fn a_label_is_expanded_as_the_rfc_spells_it() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let key = HmacKey::new(algorithm, &[0x4a; 32]);
            for (label, context, length) in (0..=120_usize)
                .map(|length| (length, 32, 32))
                .chain((0..=120).map(|length| (12, length, 16)))
                .chain((0..=100).map(|length| (2, 0, length)))
                .chain([(249, 255, 8160), (0, 0, 0)])
            {
                let (label, context) = (vec![b'l'; label], vec![b'c'; context]);
                let mut info = u16::try_from(length).unwrap().to_be_bytes().to_vec();
                info.push(u8::try_from(6 + label.len()).unwrap());
                info.extend([&b"tls13 "[..], &label].concat());
                info.push(u8::try_from(context.len()).unwrap());
                info.extend(&context);
                let (mut spelled, mut expanded) = (vec![0; length], vec![0; length]);
                key.expand(&[&info], &mut spelled).unwrap();
                key.expand_label(&label, &context, &mut expanded).unwrap();
                assert_eq!(
                    spelled,
                    expanded,
                    "{} {} {length}",
                    label.len(),
                    context.len()
                );
            }
        }
    }

    /// RFC 5246 section 5 spelled out, on both sides of what the short way takes.
    #[test]
    fn the_prf_is_p_hash_as_the_rfc_spells_it() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let key = HmacKey::new(algorithm, &[0x4a; 48]);
            for (seed, length) in (0..=100)
                .map(|seed| (seed, 40))
                .chain((0..=150).map(|length| (64, length)))
            {
                let seed = vec![b's'; seed];
                let mut a = key.sign(&[b"label", &seed]);
                let mut spelled = Vec::new();
                while spelled.len() < length {
                    spelled.extend(key.sign(&[a.as_bytes(), b"label", &seed]).as_bytes());
                    a = key.sign(&[a.as_bytes()]);
                }
                let mut out = vec![0; length];
                let (front, back) = seed.split_at(seed.len() / 3);
                key.prf(b"label", &[front, back], &mut out);
                assert_eq!(out, spelled[..length], "{} {length}", seed.len());
            }
        }
    }

    #[test]
    fn what_a_label_cannot_hold_is_refused() {
        let key = HmacKey::new(HashAlgorithm::Sha256, b"key");
        let mut out = [7; 32];
        assert_eq!(key.expand_label(&[b'l'; 250], &[], &mut out), Err(TooLong));
        assert_eq!(key.expand_label(b"l", &[0; 256], &mut out), Err(TooLong));
        assert_eq!(out, [7; 32]);
        for length in [255 * 32 + 1, 65_536] {
            let mut out = vec![7; length];
            assert_eq!(key.expand_label(b"l", &[], &mut out), Err(TooLong));
            assert_eq!(out, vec![7; length]);
        }
    }

    #[test]
    fn a_key_does_not_print() {
        let key = HmacKey::new(HashAlgorithm::Sha384, b"key");
        assert_eq!(format!("{key:?}"), "HmacKey(Sha384)");
        assert_eq!(format!("{:?}", key.sign(&[])), "Digest(48 bytes)");
    }
}

//! SHA contexts as plain values: a fork is a copy, and a saved state is eight words.

use crate::ffi::wipe::{wipe, wipe_words};
use crate::hash::HashAlgorithm;
#[cfg(feature = "legacy")]
use aws_lc_sys::{MD5_CTX, MD5_Final, MD5_Init, MD5_Transform, MD5_Update};
use aws_lc_sys::{
    SHA_CTX, SHA1_Final, SHA1_Init, SHA1_Transform, SHA1_Update, SHA256_CTX, SHA256_Final,
    SHA256_Init, SHA256_TransformBlocks, SHA256_Update, SHA384_Final, SHA384_Init, SHA384_Update,
    SHA512_CTX, SHA512_Final, SHA512_Init, SHA512_Transform, SHA512_Update,
};
use core::mem::MaybeUninit;

/// A running hash.
#[derive(Clone)]
pub(crate) enum Sha {
    #[cfg(feature = "legacy")]
    Md5(MD5_CTX),
    Sha1(SHA_CTX),
    Sha256(SHA256_CTX),
    Sha384(SHA512_CTX),
    Sha512(SHA512_CTX),
}

/// The chaining value between two blocks: all that a hash of whole blocks amounts to.
pub(crate) enum SavedState {
    #[cfg(feature = "legacy")]
    Md5([u32; 4]),
    Sha1([u32; 5]),
    Sha256([u32; 8]),
    Sha384([u64; 8]),
    Sha512([u64; 8]),
}

impl Sha {
    #[inline]
    pub(crate) fn new(algorithm: HashAlgorithm) -> Self {
        // SAFETY: the contexts are C structs of integers, for which all zeros is a value; `*_Init`
        // writes only inside the struct it is given and cannot fail.
        unsafe {
            match algorithm {
                #[cfg(feature = "legacy")]
                HashAlgorithm::Md5 => {
                    let mut context = MaybeUninit::<MD5_CTX>::zeroed();
                    MD5_Init(context.as_mut_ptr());
                    Self::Md5(context.assume_init())
                }
                HashAlgorithm::Sha1 => {
                    let mut context = MaybeUninit::<SHA_CTX>::zeroed();
                    SHA1_Init(context.as_mut_ptr());
                    Self::Sha1(context.assume_init())
                }
                HashAlgorithm::Sha256 => {
                    let mut context = MaybeUninit::<SHA256_CTX>::zeroed();
                    SHA256_Init(context.as_mut_ptr());
                    Self::Sha256(context.assume_init())
                }
                HashAlgorithm::Sha384 => {
                    let mut context = MaybeUninit::<SHA512_CTX>::zeroed();
                    SHA384_Init(context.as_mut_ptr());
                    Self::Sha384(context.assume_init())
                }
                HashAlgorithm::Sha512 => {
                    let mut context = MaybeUninit::<SHA512_CTX>::zeroed();
                    SHA512_Init(context.as_mut_ptr());
                    Self::Sha512(context.assume_init())
                }
            }
        }
    }

    #[inline]
    pub(crate) fn update(&mut self, data: &[u8]) {
        let (start, len) = (data.as_ptr().cast(), data.len());
        // SAFETY: the context was initialised by `new` or `restore`, and `start` and
        // `len` name one live slice. The functions cannot fail.
        unsafe {
            match self {
                #[cfg(feature = "legacy")]
                Self::Md5(context) => MD5_Update(context, start, len),
                Self::Sha1(context) => SHA1_Update(context, start, len),
                Self::Sha256(context) => SHA256_Update(context, start, len),
                Self::Sha384(context) => SHA384_Update(context, start, len),
                Self::Sha512(context) => SHA512_Update(context, start, len),
            }
        };
    }

    /// Writes the hash to the start of `out` and leaves the context spent.
    #[inline]
    pub(crate) fn finish_into(&mut self, out: &mut [u8; 64]) {
        let out = out.as_mut_ptr();
        // SAFETY: the context is initialised; the longest hash is 64 bytes, which is
        // what `out` has.
        unsafe {
            match self {
                #[cfg(feature = "legacy")]
                Self::Md5(context) => MD5_Final(out, context),
                Self::Sha1(context) => SHA1_Final(out, context),
                Self::Sha256(context) => SHA256_Final(out, context),
                Self::Sha384(context) => SHA384_Final(out, context),
                Self::Sha512(context) => SHA512_Final(out, context),
            }
        };
    }

    pub(crate) fn algorithm(&self) -> HashAlgorithm {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5(_) => HashAlgorithm::Md5,
            Self::Sha1(_) => HashAlgorithm::Sha1,
            Self::Sha256(_) => HashAlgorithm::Sha256,
            Self::Sha384(_) => HashAlgorithm::Sha384,
            Self::Sha512(_) => HashAlgorithm::Sha512,
        }
    }

    /// Wipes a context that has seen a key.
    #[inline]
    pub(crate) fn wipe(&mut self) {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5(context) => {
                wipe_words(&mut context.h);
                wipe(&mut context.data);
            }
            Self::Sha1(context) => {
                wipe_words(&mut context.h);
                wipe(&mut context.data);
            }
            Self::Sha256(context) => {
                wipe_words(&mut context.h);
                wipe(&mut context.data);
            }
            Self::Sha384(context) | Self::Sha512(context) => {
                wipe_words(&mut context.h);
                wipe(&mut context.p);
            }
        }
    }
}

impl SavedState {
    /// The state before anything is hashed.
    #[inline]
    pub(crate) fn initial(algorithm: HashAlgorithm) -> Self {
        match algorithm {
            #[cfg(feature = "legacy")]
            HashAlgorithm::Md5 => Self::Md5(INITIAL_MD5),
            HashAlgorithm::Sha1 => Self::Sha1(INITIAL_SHA1),
            HashAlgorithm::Sha256 => Self::Sha256(INITIAL_SHA256),
            HashAlgorithm::Sha384 => Self::Sha384(INITIAL_SHA384),
            HashAlgorithm::Sha512 => Self::Sha512(INITIAL_SHA512),
        }
    }

    /// A second copy.
    #[inline]
    pub(crate) fn duplicate(&self) -> Self {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5(h) => Self::Md5(*h),
            Self::Sha1(h) => Self::Sha1(*h),
            Self::Sha256(h) => Self::Sha256(*h),
            Self::Sha384(h) => Self::Sha384(*h),
            Self::Sha512(h) => Self::Sha512(*h),
        }
    }

    /// The words, of SHA-256.
    #[inline]
    pub(crate) fn sha256(&self) -> Option<&[u32; 8]> {
        match self {
            Self::Sha256(h) => Some(h),
            _ => None,
        }
    }

    /// Bytes of a block (FIPS 180-4 section 1).
    #[inline]
    fn block_len(&self) -> usize {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5(_) => 64,
            Self::Sha1(_) | Self::Sha256(_) => 64,
            Self::Sha384(_) | Self::Sha512(_) => 128,
        }
    }

    /// Takes in one block: of `block` as many bytes as the hash's blocks have.
    #[inline]
    pub(crate) fn add_block(&mut self, block: &[u8]) {
        assert!(block.len() >= self.block_len(), "less than a block");
        let start = block.as_ptr();
        // SAFETY: the functions read one block, which is there, and write the chaining value.
        // Of a context they touch nothing else, and it is wholly initialised.
        unsafe {
            match self {
                #[cfg(feature = "legacy")]
                Self::Md5(h) => {
                    let mut context = md5_after_blocks(h, 0);
                    MD5_Transform(&raw mut context, start);
                    *h = context.h;
                    wipe_words(&mut context.h);
                }
                Self::Sha1(h) => {
                    let mut context = SHA_CTX {
                        h: *h,
                        Nl: 0,
                        Nh: 0,
                        data: [0; 64],
                        num: 0,
                    };
                    SHA1_Transform(&raw mut context, start);
                    *h = context.h;
                    wipe_words(&mut context.h);
                }
                Self::Sha256(h) => SHA256_TransformBlocks(h.as_mut_ptr(), start, 1),
                Self::Sha384(h) | Self::Sha512(h) => {
                    let mut context = sha512_after_one_block(h, 64);
                    SHA512_Transform(&raw mut context, start);
                    *h = context.h;
                    wipe_words(&mut context.h);
                }
            }
        }
    }

    /// The chaining value as bytes, at the start of `out`: the hash, once padding was taken in.
    #[inline]
    pub(crate) fn write_into(&self, out: &mut [u8; 64]) {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5(h) => write_words(h.iter().map(|word| word.to_le_bytes()), out),
            Self::Sha1(h) => write_words(h.iter().map(|word| word.to_be_bytes()), out),
            Self::Sha256(h) => write_words(h.iter().map(|word| word.to_be_bytes()), out),
            Self::Sha384(h) | Self::Sha512(h) => {
                write_words(h.iter().map(|word| word.to_be_bytes()), out);
            }
        }
    }

    /// The message's length as the last block ends with it: MD5 counts from the lowest byte (RFC
    /// 1321 section 3.2), the others from the highest.
    #[inline]
    pub(crate) fn length_bytes(&self, bits: u64) -> [u8; 8] {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5(_) => bits.to_le_bytes(),
            _ => bits.to_be_bytes(),
        }
    }

    /// A context as it was after one block.
    #[inline]
    pub(crate) fn restore_after_one_block(&self) -> Sha {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5(h) => Sha::Md5(md5_after_blocks(h, 1)),
            Self::Sha1(h) => Sha::Sha1(SHA_CTX {
                h: *h,
                Nl: 512,
                Nh: 0,
                data: [0; 64],
                num: 0,
            }),
            Self::Sha256(h) => Sha::Sha256(SHA256_CTX {
                h: *h,
                Nl: 512,
                Nh: 0,
                data: [0; 64],
                num: 0,
                md_len: 32,
            }),
            Self::Sha384(h) => Sha::Sha384(sha512_after_one_block(h, 48)),
            Self::Sha512(h) => Sha::Sha512(sha512_after_one_block(h, 64)),
        }
    }
}

/// Takes whole blocks of 64 bytes into a state of SHA-256.
#[inline]
pub(crate) fn sha256_blocks(state: &mut [u32; 8], blocks: &[u8]) {
    let (start, count) = (blocks.as_ptr(), blocks.len() / 64);
    // SAFETY: the function reads so many blocks of 64 bytes, which are there, and writes the state.
    unsafe { SHA256_TransformBlocks(state.as_mut_ptr(), start, count) };
}

/// Writes a state of SHA-256 as the digest that it is after the last block.
#[inline]
pub(crate) fn write_state(state: &[u32; 8], out: &mut [u8]) {
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
}

#[inline]
fn write_words<const N: usize>(words: impl Iterator<Item = [u8; N]>, out: &mut [u8; 64]) {
    for (bytes, word) in out.chunks_exact_mut(N).zip(words) {
        bytes.copy_from_slice(&word);
    }
}

/// `Nl` counts bits: a block of MD5 has 512.
#[cfg(feature = "legacy")]
#[inline]
fn md5_after_blocks(h: &[u32; 4], blocks: u32) -> MD5_CTX {
    MD5_CTX {
        h: *h,
        Nl: 512 * blocks,
        Nh: 0,
        data: [0; 64],
        num: 0,
    }
}

/// `Nl` counts bits: a block of SHA-384 and SHA-512 has 1,024.
#[inline]
fn sha512_after_one_block(h: &[u64; 8], md_len: u32) -> SHA512_CTX {
    SHA512_CTX {
        h: *h,
        Nl: 1024,
        Nh: 0,
        p: [0; 128],
        num: 0,
        md_len,
    }
}

impl Drop for SavedState {
    fn drop(&mut self) {
        match self {
            #[cfg(feature = "legacy")]
            Self::Md5(h) => wipe_words(h),
            Self::Sha1(h) => wipe_words(h),
            Self::Sha256(h) => wipe_words(h),
            Self::Sha384(h) | Self::Sha512(h) => wipe_words(h),
        }
    }
}

// RFC 1321 section 3.3; a test holds it to the library's.
#[cfg(feature = "legacy")]
const INITIAL_MD5: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
// FIPS 180-4 section 5.3; a test holds them to the library's.
const INITIAL_SHA1: [u32; 5] = [
    0x6745_2301,
    0xefcd_ab89,
    0x98ba_dcfe,
    0x1032_5476,
    0xc3d2_e1f0,
];
const INITIAL_SHA256: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const INITIAL_SHA384: [u64; 8] = [
    0xcbbb_9d5d_c105_9ed8,
    0x629a_292a_367c_d507,
    0x9159_015a_3070_dd17,
    0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31,
    0x8eb4_4a87_6858_1511,
    0xdb0c_2e0d_64f9_8fa7,
    0x47b5_481d_befa_4fa4,
];
const INITIAL_SHA512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

#[cfg(test)]
mod tests {
    use super::{SavedState, Sha};
    use crate::hash::HashAlgorithm;

    #[test]
    fn hashes_begin_where_the_library_begins() {
        for algorithm in [
            #[cfg(feature = "legacy")]
            HashAlgorithm::Md5,
            HashAlgorithm::Sha1,
            HashAlgorithm::Sha256,
            HashAlgorithm::Sha384,
            HashAlgorithm::Sha512,
        ] {
            match (SavedState::initial(algorithm), Sha::new(algorithm)) {
                #[cfg(feature = "legacy")]
                (SavedState::Md5(h), Sha::Md5(context)) => assert_eq!(h, context.h),
                (SavedState::Sha1(h), Sha::Sha1(context)) => assert_eq!(h, context.h),
                (SavedState::Sha256(h), Sha::Sha256(context)) => assert_eq!(h, context.h),
                (SavedState::Sha384(h), Sha::Sha384(context))
                | (SavedState::Sha512(h), Sha::Sha512(context)) => assert_eq!(h, context.h),
                _ => panic!("another hash than {algorithm:?}"),
            }
        }
    }
}

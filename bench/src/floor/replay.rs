//! The symmetric calls of a handshake, as recorded, and nothing else.

use crate::floor::{HEADER, TAG, each, key, nonce};
use aws_lc_rs::aead::{Aad, LessSafeKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use handfast_bench_work::Result;
use handfast_bench_work::task::{Call, Suite};
use std::hint::black_box;

/// Calls, and what they need: made before they are timed.
pub(super) struct Replay {
    calls: Vec<Call>,
    keys: [LessSafeKey; 3],
    sealed: Vec<Sealed>,
    hashes: Hashes,
    input: Vec<u8>,
    output: Vec<u8>,
}

/// A record to be opened.
struct Sealed {
    body: Vec<u8>,
    tag: [u8; TAG],
}

impl Replay {
    pub(super) fn new(calls: &[Call]) -> Result<Self> {
        let keys = [
            key(Suite::Aes128)?,
            key(Suite::Aes256)?,
            key(Suite::ChaCha20)?,
        ];
        let mut sealed = Vec::new();
        for call in calls {
            if let Call::Open(suite, length) = call {
                let mut body = vec![0; usize::try_from(*length)?];
                let aad = Aad::from([0; HEADER]);
                let tag = of(&keys, *suite).seal_in_place_separate_tag(nonce(1), aad, &mut body)?;
                let tag = tag.as_ref().try_into()?;
                sealed.push(Sealed { body, tag });
            }
        }
        Ok(Self {
            calls: calls.to_vec(),
            keys,
            sealed,
            hashes: Hashes::new(),
            input: vec![7; 1 << 17],
            output: vec![0; 1 << 17],
        })
    }

    /// Nanoseconds of all calls once.
    pub(super) fn each(mut self, count: u32) -> Result<f64> {
        each(count, || self.once())
    }

    fn once(&mut self) -> Result<()> {
        let mut sealed = self.sealed.iter();
        let random = SystemRandom::new();
        for call in &self.calls {
            let input = |length: u32| self.input.get(..length as usize).ok_or("a long call");
            match *call {
                Call::Sha256(length) => self.hashes.sha256(input(length)?),
                Call::Sha256End => self.hashes.sha256_end(),
                Call::Sha256Blocks(blocks) => self.hashes.sha256_blocks(input(64 * blocks)?),
                Call::Sha384(length) => self.hashes.sha384(input(length)?),
                Call::Sha384End => self.hashes.sha384_end(),
                Call::Sha512Block => self.hashes.sha512_block(input(128)?),
                Call::Key(suite) => drop(black_box(key(suite)?)),
                Call::Seal(suite, length) => {
                    let body = self.output.get_mut(..length as usize).ok_or("long")?;
                    let mut tag = [0; TAG];
                    of(&self.keys, suite).seal_in_place_scatter(
                        nonce(1),
                        Aad::from([0; HEADER]),
                        body,
                        &[],
                        &mut tag,
                    )?;
                    black_box(tag);
                }
                Call::Open(suite, length) => {
                    let Sealed { body, tag } = sealed.next().ok_or("no record left")?;
                    of(&self.keys, suite).open_separate_gather(
                        nonce(1),
                        Aad::from([0; HEADER]),
                        body,
                        tag,
                        self.output.get_mut(..length as usize).ok_or("long")?,
                    )?;
                }
                Call::Random(length) => {
                    random.fill(self.output.get_mut(..length as usize).ok_or("long")?)?;
                }
            }
        }
        Ok(())
    }
}

fn of(keys: &[LessSafeKey; 3], suite: Suite) -> &LessSafeKey {
    let [aes_128, aes_256, chacha20] = keys;
    match suite {
        Suite::Aes128 => aes_128,
        Suite::Aes256 => aes_256,
        Suite::ChaCha20 => chacha20,
    }
}

pub(super) use raw::Hashes;

#[expect(
    unsafe_code,
    reason = "the library's hashes without a context of their own on the heap are C"
)]
mod raw {
    use aws_lc_sys::{
        SHA256_CTX, SHA256_Final, SHA256_Init, SHA256_TransformBlocks, SHA256_Update, SHA384_Final,
        SHA384_Init, SHA384_Update, SHA512_CTX, SHA512_Transform,
    };
    use std::mem::MaybeUninit;

    /// A running hash of each kind.
    pub(crate) struct Hashes {
        sha256: SHA256_CTX,
        sha384: SHA512_CTX,
        state: [u32; 8],
        digest: [u8; 64],
    }

    impl Hashes {
        pub(crate) fn new() -> Self {
            // SAFETY: for integers all zeros is a value, and both functions write only inside
            // the context.
            unsafe {
                let (mut sha256, mut sha384) = (
                    MaybeUninit::<SHA256_CTX>::zeroed(),
                    MaybeUninit::<SHA512_CTX>::zeroed(),
                );
                SHA256_Init(sha256.as_mut_ptr());
                SHA384_Init(sha384.as_mut_ptr());
                Self {
                    sha256: sha256.assume_init(),
                    sha384: sha384.assume_init(),
                    state: [7; 8],
                    digest: [0; 64],
                }
            }
        }

        pub(crate) fn sha256(&mut self, data: &[u8]) {
            // SAFETY: the context is initialised, and the slice live.
            unsafe { SHA256_Update(&raw mut self.sha256, data.as_ptr().cast(), data.len()) };
        }

        pub(crate) fn sha256_end(&mut self) {
            // SAFETY: the digest has 32 bytes and more; the context begins anew.
            unsafe {
                SHA256_Final(self.digest.as_mut_ptr(), &raw mut self.sha256);
                SHA256_Init(&raw mut self.sha256);
            }
        }

        pub(crate) fn sha256_blocks(&mut self, blocks: &[u8]) {
            let count = blocks.len() / 64;
            // SAFETY: so many blocks are there.
            unsafe { SHA256_TransformBlocks(self.state.as_mut_ptr(), blocks.as_ptr(), count) };
        }

        pub(crate) fn sha384(&mut self, data: &[u8]) {
            // SAFETY: the context is initialised, and the slice live.
            unsafe { SHA384_Update(&raw mut self.sha384, data.as_ptr().cast(), data.len()) };
        }

        pub(crate) fn sha384_end(&mut self) {
            // SAFETY: the digest has 48 bytes and more; the context begins anew.
            unsafe {
                SHA384_Final(self.digest.as_mut_ptr(), &raw mut self.sha384);
                SHA384_Init(&raw mut self.sha384);
            }
        }

        pub(crate) fn sha512_block(&mut self, block: &[u8]) {
            assert_eq!(block.len(), 128, "one block");
            let mut context = self.sha384;
            // SAFETY: the block is there.
            unsafe { SHA512_Transform(&raw mut context, block.as_ptr()) };
            self.sha384.h = context.h;
        }
    }
}

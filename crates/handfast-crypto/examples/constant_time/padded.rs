//! What a client may encrypt under RSA: a premaster secret as it must be padded, and otherwise.

use handfast_crypto::legacy::premaster::{PREMASTER_LEN, danger_encrypt_padded};
use handfast_crypto::random::{Random, SystemRandom};
use handfast_crypto::signature::{KeyKind, PrivateKey, PublicKey};

/// The version that the client offered.
pub(crate) const VERSION: [u8; 2] = [3, 3];

/// Bytes of the modulus.
pub(crate) const SIZE: usize = 256;

/// All right, and six ways of not being so.
pub(crate) const KINDS: [&str; 7] = [
    "right",
    "first byte not 0",
    "second byte not 2",
    "a zero in the padding",
    "no zero at the end",
    "a byte too short",
    "another version",
];

/// The bytes under RSA, of a kind.
pub(crate) fn padded(kind: usize) -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    SystemRandom.fill(&mut bytes).unwrap();
    for byte in &mut bytes {
        // None is zero, and the modulus is not exceeded.
        *byte = (*byte & 0x7f) | 1;
    }
    let end = SIZE - PREMASTER_LEN - 1;
    (bytes[0], bytes[1], bytes[end]) = (0, 2, 0);
    [bytes[end + 1], bytes[end + 2]] = VERSION;
    spoil(&mut bytes, kind);
    bytes
}

/// Makes of what is right another kind. Always two bytes are written, if only as they were.
pub(crate) fn spoil(right: &mut [u8], kind: usize) {
    let end = SIZE - PREMASTER_LEN - 1;
    let writes = [
        [(0, 0), (1, 2)],
        [(0, 1), (1, 2)],
        [(0, 0), (1, 1)],
        [(0, 0), (20, 0)],
        [(0, 0), (end, 7)],
        [(end, 7), (end + 1, 0)],
        [(0, 0), (end + 2, 1)],
    ];
    for (at, byte) in writes[kind] {
        right[at] = byte;
    }
}

/// A server's key.
pub(crate) struct Server {
    pub(crate) key: PrivateKey,
    public: PublicKey,
}

impl Server {
    pub(crate) fn new() -> Self {
        let bits = u32::try_from(8 * SIZE).unwrap();
        let key = PrivateKey::generate(KeyKind::Rsa { bits }).unwrap();
        let public = PublicKey::from_spki(key.public_spki()).unwrap();
        Self { key, public }
    }

    pub(crate) fn encrypt(&self, padded: &[u8]) -> Vec<u8> {
        danger_encrypt_padded(&self.public, padded).unwrap()
    }
}

//! Records made by hand: seals under secrets that a key log gave, so that any message can be
//! sent at any level, and keys can be compared.

use handfast::CipherSuite;
use handfast::observe::KeyLog;
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;
use handfast_wire::registry::ContentType;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A key log in memory: label, client random and secret, in the order in which they came.
#[derive(Debug, Default)]
pub struct Secrets(Mutex<Vec<Logged>>);

/// One line of a key log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The label of the key log format.
    pub label: String,
    /// The ClientHello's random.
    pub client_random: [u8; 32],
    /// The secret.
    pub secret: Vec<u8>,
}

impl Secrets {
    fn lock(&self) -> MutexGuard<'_, Vec<Logged>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything so far.
    #[must_use]
    pub fn all(&self) -> Vec<Logged> {
        self.lock().clone()
    }

    /// The last secret with this label.
    #[must_use]
    pub fn last(&self, label: &str) -> Option<Vec<u8>> {
        let all = self.lock();
        let found = all.iter().rev().find(|one| one.label == label);
        found.map(|one| one.secret.clone())
    }
}

impl KeyLog for Secrets {
    fn secret(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        self.lock().push(Logged {
            label: label.to_owned(),
            client_random: *client_random,
            secret: secret.to_vec(),
        });
    }
}

/// Seals records of TLS 1.3 under one traffic secret (RFC 8446 section 5.2).
pub struct Sealer {
    key: AeadKey,
    iv: [u8; 12],
    sequence: u64,
}

impl Sealer {
    /// The key and IV that follow from a secret (RFC 8446 section 7.3); nothing for suites that
    /// are not of the three usual ones.
    ///
    /// # Panics
    /// Never: keys and labels are short.
    #[must_use]
    pub fn new(suite: CipherSuite, secret: &[u8]) -> Option<Self> {
        let (aead, hash) = match suite {
            CipherSuite::TLS_AES_128_GCM_SHA256 => {
                (AeadAlgorithm::Aes128Gcm, HashAlgorithm::Sha256)
            }
            CipherSuite::TLS_AES_256_GCM_SHA384 => {
                (AeadAlgorithm::Aes256Gcm, HashAlgorithm::Sha384)
            }
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256 => {
                (AeadAlgorithm::ChaCha20Poly1305, HashAlgorithm::Sha256)
            }
            _ => return None,
        };
        let secret = HmacKey::new(hash, secret);
        let expand = |label: &[u8], out: &mut [u8]| {
            let length = u16::try_from(out.len())
                .expect("a key is short")
                .to_be_bytes();
            let label_length = u8::try_from(label.len()).expect("a label is short");
            let info: [&[u8]; 4] = [&length, &[label_length], label, &[0]];
            secret.expand(&info, out).expect("a key is short");
        };
        let mut key = vec![0; aead.key_len()];
        let mut iv = [0; 12];
        expand(b"tls13 key", &mut key);
        expand(b"tls13 iv", &mut iv);
        Some(Self {
            key: AeadKey::new(aead, &key).expect("the key has its length"),
            iv,
            sequence: 0,
        })
    }

    /// A record of any type.
    ///
    /// # Panics
    /// When the content is longer than a record holds.
    pub fn seal(&mut self, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        let mut inner = [content, &[content_type.0]].concat();
        let mut tag = vec![0; self.key.algorithm().tag_len()];
        let length = u16::try_from(inner.len() + tag.len()).expect("a record is short");
        let header = [&[23, 3, 3][..], &length.to_be_bytes()].concat();
        let mut nonce = self.iv;
        for (byte, count) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= count;
        }
        self.sequence += 1;
        self.key
            .seal_in_place(&nonce, &header, &mut inner, &mut tag)
            .expect("a record can be sealed");
        [header, inner, tag].concat()
    }
}

/// An unprotected record.
///
/// # Panics
/// When the content is longer than a record holds.
#[must_use]
pub fn plain(content_type: ContentType, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("a record is short");
    [&[content_type.0, 3, 3][..], &length.to_be_bytes(), content].concat()
}

/// A flow cut into its records, the last of which may be cut short.
#[must_use]
pub fn records(mut flow: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while let [_, _, _, high, low, ..] = *flow {
        let length = 5 + usize::from(u16::from_be_bytes([high, low]));
        let (one, rest) = flow.split_at(length.min(flow.len()));
        all.push(one.to_vec());
        flow = rest;
    }
    all
}

//! TLS 1.2's keys and records calculated by hand, as RFC 5246 writes them down: a second opinion
//! on the engine, of which nothing but hashes and ciphers is shared with it.
//!
//! ```
//! use handfast_crypto::hash::HashAlgorithm;
//! use handfast_testkit::textbook;
//!
//! let (client_random, server_random) = ([0x20; 32], [0x60; 32]);
//! let master = textbook::master_secret(
//!     HashAlgorithm::Sha256,
//!     b"premaster",
//!     &client_random,
//!     &server_random,
//! );
//! let suite = handfast::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
//! let suite = textbook::Suite::of(suite).unwrap();
//! let keys = suite.keys(&master, &client_random, &server_random);
//! assert_eq!((keys.client.mac_key.len(), keys.client.key.len(), keys.client.iv.len()), (0, 16, 4));
//! ```

use handfast::CipherSuite;
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_wire::registry::ContentType;

/// HMAC of `parts`, one after the other (RFC 2104 section 2).
#[must_use]
pub fn hmac(hash: HashAlgorithm, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut block = if key.len() > hash.block_len() {
        digest(hash, &[key]).as_ref().to_vec()
    } else {
        key.to_vec()
    };
    block.resize(hash.block_len(), 0);
    let ipad: Vec<u8> = block.iter().map(|byte| byte ^ 0x36).collect();
    let opad: Vec<u8> = block.iter().map(|byte| byte ^ 0x5c).collect();
    let text = parts.concat();
    let inner = digest(hash, &[&ipad, &text]);
    digest(hash, &[&opad, inner.as_ref()]).as_ref().to_vec()
}

/// `PRF(secret, label, seed) = P_hash(secret, label + seed)`, cut to `length` bytes (RFC 5246
/// section 5).
#[must_use]
pub fn prf(hash: HashAlgorithm, secret: &[u8], label: &str, seed: &[u8], length: usize) -> Vec<u8> {
    let seed = [label.as_bytes(), seed].concat();
    // P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) + HMAC_hash(secret, A(2) + seed) + ...
    // A(0) = seed, A(i) = HMAC_hash(secret, A(i-1))
    let mut a = seed.clone();
    let mut out = Vec::new();
    while out.len() < length {
        a = hmac(hash, secret, &[&a]);
        out.extend(hmac(hash, secret, &[&a, &seed]));
    }
    out.truncate(length);
    out
}

/// `key_block = PRF(SecurityParameters.master_secret, "key expansion", server_random +
/// client_random)` under the PRF of SHA-256, cut to `length` bytes (RFC 5246 section 6.3).
#[must_use]
pub fn key_block(
    master: &[u8],
    client_random: &[u8; 32],
    server_random: &[u8; 32],
    length: usize,
) -> Vec<u8> {
    let seed = [&server_random[..], client_random].concat();
    prf(
        HashAlgorithm::Sha256,
        master,
        "key expansion",
        &seed,
        length,
    )
}

/// RFC 5246 section 8.1.
#[must_use]
pub fn master_secret(
    hash: HashAlgorithm,
    premaster: &[u8],
    client_random: &[u8; 32],
    server_random: &[u8; 32],
) -> Vec<u8> {
    let seed = [*client_random, *server_random].concat();
    prf(hash, premaster, "master secret", &seed, 48)
}

/// RFC 7627 section 4; `messages` are those from ClientHello to ClientKeyExchange.
#[must_use]
pub fn extended_master_secret(hash: HashAlgorithm, premaster: &[u8], messages: &[u8]) -> Vec<u8> {
    let session_hash = digest(hash, &[messages]);
    prf(
        hash,
        premaster,
        "extended master secret",
        session_hash.as_ref(),
        48,
    )
}

/// RFC 5246 section 7.4.9; the label is "client finished" or "server finished", `messages` are
/// all that passed before.
#[must_use]
pub fn verify_data(hash: HashAlgorithm, master: &[u8], label: &str, messages: &[u8]) -> Vec<u8> {
    prf(hash, master, label, digest(hash, &[messages]).as_ref(), 12)
}

/// What one side writes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteKeys {
    /// The key of the MAC; empty where the cipher authenticates by itself.
    pub mac_key: Vec<u8>,
    /// The cipher's key.
    pub key: Vec<u8>,
    /// What no record carries of the IV or nonce.
    pub iv: Vec<u8>,
}

/// The keys of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The client writes with these, the server reads.
    pub client: WriteKeys,
    /// The server writes with these, the client reads.
    pub server: WriteKeys,
}

/// Bytes of each kind of key for one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// Of the MAC key.
    pub mac_key: usize,
    /// Of the cipher's key.
    pub key: usize,
    /// Of the IV or salt.
    pub iv: usize,
}

/// Expands a master secret into the key block and cuts it (RFC 5246 section 6.3).
#[must_use]
pub fn keys(
    hash: HashAlgorithm,
    lengths: Lengths,
    master: &[u8],
    client_random: &[u8; 32],
    server_random: &[u8; 32],
) -> Keys {
    let Lengths { mac_key, key, iv } = lengths;
    // The server's random comes first here.
    let seed = [*server_random, *client_random].concat();
    let block = prf(
        hash,
        master,
        "key expansion",
        &seed,
        2 * (mac_key + key + iv),
    );
    let part = |start: usize, length: usize| block[start..start + length].to_vec();
    let side = |which: usize| WriteKeys {
        mac_key: part(which * mac_key, mac_key),
        key: part(2 * mac_key + which * key, key),
        iv: part(2 * (mac_key + key) + which * iv, iv),
    };
    Keys {
        client: side(0),
        server: side(1),
    }
}

/// What a suite of TLS 1.2 is made of.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// The hash of PRF and Finished.
    pub hash: HashAlgorithm,
    /// The cipher of records.
    pub aead: AeadAlgorithm,
    /// What the key block is cut into.
    pub lengths: Lengths,
}

impl Suite {
    /// A suite with ephemeral keys and authenticated encryption (RFC 5289, RFC 7905); nothing for
    /// others.
    #[must_use]
    pub fn of(suite: CipherSuite) -> Option<Self> {
        let (hash, aead, key, iv) = match suite {
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => {
                (HashAlgorithm::Sha256, AeadAlgorithm::Aes128Gcm, 16, 4)
            }
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => {
                (HashAlgorithm::Sha384, AeadAlgorithm::Aes256Gcm, 32, 4)
            }
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => (
                HashAlgorithm::Sha256,
                AeadAlgorithm::ChaCha20Poly1305,
                32,
                12,
            ),
            _ => return None,
        };
        let lengths = Lengths {
            mac_key: 0,
            key,
            iv,
        };
        Some(Self {
            hash,
            aead,
            lengths,
        })
    }

    /// The keys of both sides.
    #[must_use]
    pub fn keys(&self, master: &[u8], client_random: &[u8; 32], server_random: &[u8; 32]) -> Keys {
        keys(
            self.hash,
            self.lengths,
            master,
            client_random,
            server_random,
        )
    }

    /// Records of one side, from its ChangeCipherSpec on.
    ///
    /// # Panics
    /// When the keys are another suite's.
    #[must_use]
    pub fn records(&self, keys: &WriteKeys) -> Records {
        Records {
            key: AeadKey::new(self.aead, &keys.key).expect("the key has its length"),
            iv: keys.iv.clone(),
            sequence: 0,
        }
    }
}

/// One direction's records: each is sealed or opened in its turn.
pub struct Records {
    key: AeadKey,
    iv: Vec<u8>,
    sequence: u64,
}

impl Records {
    /// A record of any type (RFC 5246 section 6.2.3.3).
    ///
    /// # Panics
    /// When the content is longer than a record holds.
    pub fn seal(&mut self, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        let explicit = self.explicit_nonce().then(|| self.sequence.to_be_bytes());
        let nonce = self.nonce(explicit);
        let aad = self.additional_data(content_type.0, content.len());
        let mut sealed = content.to_vec();
        let mut tag = vec![0; self.key.algorithm().tag_len()];
        self.key
            .seal_in_place(&nonce, &aad, &mut sealed, &mut tag)
            .expect("a record can be sealed");
        self.sequence += 1;
        let explicit = explicit.iter().flatten().copied().collect();
        let body = [explicit, sealed, tag].concat();
        let length = u16::try_from(body.len()).expect("a record is short");
        [&[content_type.0, 3, 3][..], &length.to_be_bytes(), &body].concat()
    }

    /// The content of a whole record; nothing when it is not authentic.
    pub fn open(&mut self, record: &[u8]) -> Option<Vec<u8>> {
        let (header, mut body) = record.split_first_chunk::<5>()?;
        let mut explicit = None;
        if self.explicit_nonce() {
            let (front, rest) = body.split_first_chunk::<8>()?;
            (explicit, body) = (Some(*front), rest);
        }
        let nonce = self.nonce(explicit);
        let length = body.len().checked_sub(self.key.algorithm().tag_len())?;
        let aad = self.additional_data(header[0], length);
        let mut content = body.to_vec();
        let opened = self.key.open_in_place(&nonce, &aad, &mut content).ok()?;
        content.truncate(opened);
        self.sequence += 1;
        Some(content)
    }

    /// GCM's records hold eight bytes of the nonce (RFC 5288 section 3).
    fn explicit_nonce(&self) -> bool {
        self.iv.len() == 4
    }

    fn nonce(&self, explicit: Option<[u8; 8]>) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..self.iv.len()].copy_from_slice(&self.iv);
        let low = explicit.unwrap_or_else(|| self.sequence.to_be_bytes());
        // Zero where the record holds it; RFC 7905 s2: otherwise the sequence number is mixed in.
        for (byte, other) in nonce[4..].iter_mut().zip(low) {
            *byte ^= other;
        }
        nonce
    }

    /// `seq_num + TLSCompressed.type + TLSCompressed.version + TLSCompressed.length`.
    fn additional_data(&self, content_type: u8, length: usize) -> Vec<u8> {
        let length = u16::try_from(length).expect("a record is short");
        let mut data = self.sequence.to_be_bytes().to_vec();
        data.extend([content_type, 3, 3]);
        data.extend(length.to_be_bytes());
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 section 4.3 and 4.7: a short key, and one that is longer than a block.
    #[test]
    fn hmac_by_hand_gives_the_published_values() {
        let hex =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        let short = hmac(
            HashAlgorithm::Sha256,
            b"Jefe",
            &[b"what do ya want ", b"for nothing?"],
        );
        assert_eq!(
            hex(&short),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let long = hmac(HashAlgorithm::Sha256, &[0xaa; 131], &[text]);
        assert_eq!(
            hex(&long),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_record_is_opened_in_its_turn_only() {
        for suite in [
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ] {
            let suite = Suite::of(suite).unwrap();
            let keys = suite.keys(&[7; 48], &[1; 32], &[2; 32]);
            let (mut out, mut other) = (suite.records(&keys.client), suite.records(&keys.server));
            let mut into = suite.records(&keys.client);
            let first = out.seal(ContentType::HANDSHAKE, b"first");
            let second = out.seal(ContentType::HANDSHAKE, b"second");
            assert_eq!(other.open(&first), None);
            assert_eq!(into.open(&second), None);
            assert_eq!(into.open(&first).unwrap(), b"first");
            assert_eq!(into.open(&second).unwrap(), b"second");
        }
    }
}

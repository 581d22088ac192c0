//! Key calculation as the documents teach it: from the premaster secret and both randoms to the
//! keys of both directions (RFC 5246 sections 5, 6.3 and 8.1, RFC 7627 section 4). The numbers
//! were made by OpenSSL 3.0.19, `openssl kdf -kdfopt digest:SHA256 ... TLS1-PRF`.

use crate::classic::key_block::{block_len, cut};
use crate::classic::master_secret::{self, BoundTo};
use crate::classic::prf::{Prf, PrfKey};
use crate::classic::profile::{KeyLengths, TLS12};
use crate::suite::find_suite;
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::secret::Secret;
use handfast_wire::registry::CipherSuite;

const HASHES: [HashAlgorithm; 2] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384];

/// What both sides know once ClientKeyExchange has passed.
#[derive(Clone)]
struct Known {
    premaster: [u8; 32],
    client_random: [u8; 32],
    server_random: [u8; 32],
}

/// The numbers of the example: premaster 01 02 03..., randoms 20 21 22... and 60 61 62...
fn example() -> Known {
    let from = |first: u8| core::array::from_fn(|at| first + u8::try_from(at).unwrap());
    Known {
        premaster: from(0x01),
        client_random: from(0x20),
        server_random: from(0x60),
    }
}

impl Known {
    /// `master_secret = PRF(pre_master_secret, "master secret",
    /// ClientHello.random + ServerHello.random)[0..47]`.
    fn master_secret(&self, hash: HashAlgorithm) -> Secret {
        let mut master = Secret::zeros(0);
        let bound = BoundTo::Randoms {
            client: &self.client_random,
            server: &self.server_random,
        };
        let premaster = PrfKey::new(Prf::OfSuite, hash, &self.premaster);
        master_secret::derive(&premaster, &bound, &mut master);
        master
    }

    /// `master_secret = PRF(pre_master_secret, "extended master secret", session_hash)[0..47]`.
    /// Both randoms are in the Hellos, and so in the session hash.
    fn extended_master_secret(&self, hash: HashAlgorithm) -> Secret {
        let (client, server) = (&self.client_random, &self.server_random);
        let messages: [&[u8]; 4] = [b"ClientHello", client, b"ServerHello", server];
        let session_hash = digest(hash, &messages);
        let mut master = Secret::zeros(0);
        let bound = BoundTo::Session(&session_hash);
        let premaster = PrfKey::new(Prf::OfSuite, hash, &self.premaster);
        master_secret::derive(&premaster, &bound, &mut master);
        master
    }

    /// `key_block = PRF(master_secret, "key expansion", server_random + client_random)`.
    fn key_block(&self, hash: HashAlgorithm, master: &Secret, lengths: KeyLengths) -> Vec<u8> {
        let mut block = vec![0; block_len(lengths)];
        let seed: [&[u8]; 2] = [&self.server_random, &self.client_random];
        let key = PrfKey::new(Prf::OfSuite, hash, master.as_bytes());
        key.expand(b"key expansion", &seed, &mut block);
        block
    }

    /// Every key that follows, in the order of the block.
    fn keys(&self, hash: HashAlgorithm, extended: bool, lengths: KeyLengths) -> Vec<Vec<u8>> {
        let master = if extended {
            self.extended_master_secret(hash)
        } else {
            self.master_secret(hash)
        };
        let block = self.key_block(hash, &master, lengths);
        let (client, server) = cut(&block, lengths).unwrap();
        let mut keys = vec![client.mac_key, server.mac_key, client.key, server.key];
        keys.extend([client.iv, server.iv]);
        keys.retain(|key| !key.is_empty());
        keys.into_iter().map(<[u8]>::to_vec).collect()
    }
}

/// What the documents cut a key block into, for suites old and new.
const DRAWN: [(&str, KeyLengths); 6] = [
    ("AES_128_GCM", lengths(0, 16, 4)),
    ("AES_256_GCM", lengths(0, 32, 4)),
    ("CHACHA20_POLY1305", lengths(0, 32, 12)),
    // With a MAC, and IVs in the records: the block of AES_256_CBC_SHA256 has 128 bytes.
    ("AES_128_CBC_SHA", lengths(20, 16, 0)),
    ("AES_256_CBC_SHA256", lengths(32, 32, 0)),
    // With a MAC, and IVs in the block, as TLS 1.0 and SSL 3.0 draw it.
    ("3DES_EDE_CBC_SHA, TLS 1.0", lengths(20, 24, 8)),
];

const fn lengths(mac_key: usize, key: usize, iv: usize) -> KeyLengths {
    KeyLengths { mac_key, key, iv }
}

fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn the_master_secret_comes_of_the_premaster_secret_and_both_randoms() {
    let known = example();
    let masters = HASHES.map(|hash| hex(known.master_secret(hash).as_bytes()));
    assert_eq!(masters, [MASTER_SHA256, MASTER_SHA384]);
}

#[test]
fn the_extended_master_secret_comes_of_the_premaster_secret_and_the_session_hash() {
    let masters = HASHES.map(|hash| {
        let session_hash = digest(hash, &[b"ClientHello to ClientKeyExchange"]);
        let mut master = Secret::zeros(0);
        let bound = BoundTo::Session(&session_hash);
        let premaster = PrfKey::new(Prf::OfSuite, hash, &example().premaster);
        master_secret::derive(&premaster, &bound, &mut master);
        hex(master.as_bytes())
    });
    assert_eq!(masters, [EXTENDED_SHA256, EXTENDED_SHA384]);
}

#[test]
fn the_key_block_of_aes_256_cbc_sha256_is_cut_into_mac_keys_and_keys_of_each_side() {
    let (hash, known) = (HashAlgorithm::Sha256, example());
    let lengths = lengths(32, 32, 0);
    assert_eq!(block_len(lengths), 128);
    let block = known.key_block(hash, &known.master_secret(hash), lengths);
    let (client, server) = cut(&block, lengths).unwrap();
    assert_eq!(hex(client.mac_key), BLOCK_SHA256[0]);
    assert_eq!(hex(server.mac_key), BLOCK_SHA256[1]);
    assert_eq!(hex(client.key), BLOCK_SHA256[2]);
    assert_eq!(hex(server.key), BLOCK_SHA256[3]);
    assert!(client.iv.is_empty() && server.iv.is_empty());
}

#[test]
fn with_ivs_in_the_block_six_parts_stand_in_the_order_of_the_documents() {
    let block: Vec<u8> = (0..104).collect();
    let (client, server) = cut(&block, lengths(20, 24, 8)).unwrap();
    let parts = [client.mac_key, server.mac_key, client.key, server.key];
    let parts = parts.into_iter().chain([client.iv, server.iv]);
    assert_eq!(parts.clone().collect::<Vec<_>>().concat(), block);
    let lengths_found: Vec<_> = parts.map(<[u8]>::len).collect();
    assert_eq!(lengths_found, [20, 20, 24, 24, 8, 8]);
    assert!(cut(&block[..103], lengths(20, 24, 8)).is_none());
}

#[test]
fn authenticated_encryption_has_no_mac_keys_and_chacha20_alone_a_whole_iv() {
    for (code, wanted) in [
        (
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            lengths(0, 16, 4),
        ),
        (
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            lengths(0, 32, 4),
        ),
        (
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            lengths(0, 32, 12),
        ),
    ] {
        assert_eq!((TLS12.key_lengths)(find_suite(code).unwrap()), wanted);
    }
    // SHA-256 as in the example above: no MAC keys, so the keys come first.
    let (hash, known) = (HashAlgorithm::Sha256, example());
    let lengths = lengths(0, 32, 4);
    let block = known.key_block(hash, &known.master_secret(hash), lengths);
    let (client, server) = cut(&block, lengths).unwrap();
    assert_eq!(
        (hex(client.key), hex(server.key)),
        (BLOCK_SHA256[0].to_owned(), BLOCK_SHA256[1].to_owned())
    );
    assert_eq!(hex(client.iv), BLOCK_SHA256[2][..8]);
    assert_eq!(hex(server.iv), BLOCK_SHA256[2][8..16]);
}

/// "Change any one random and every key changes": each bit of each of the three numbers.
#[test]
fn another_premaster_or_random_makes_every_key_another() {
    for (name, lengths) in DRAWN {
        for (hash, extended) in [
            (HashAlgorithm::Sha256, false),
            (HashAlgorithm::Sha256, true),
            (HashAlgorithm::Sha384, false),
            (HashAlgorithm::Sha384, true),
        ] {
            let keys = example().keys(hash, extended, lengths);
            for (at, key) in keys.iter().enumerate() {
                assert!(!keys[..at].contains(key), "{name}: two keys are the same");
            }
            let numbers: [fn(&mut Known) -> &mut [u8; 32]; 3] = [
                |known| &mut known.premaster,
                |known| &mut known.client_random,
                |known| &mut known.server_random,
            ];
            for number in numbers {
                for bit in 0..256 {
                    let mut changed = example();
                    number(&mut changed)[bit / 8] ^= 1 << (bit % 8);
                    let others = changed.keys(hash, extended, lengths);
                    assert_eq!(keys.len(), others.len());
                    let same = keys.iter().zip(&others).any(|(key, other)| key == other);
                    assert!(!same, "{name}: bit {bit} leaves a key as it was");
                }
            }
        }
    }
}

/// A session goes on with its master secret; new randoms make new keys of it.
#[test]
fn the_keys_of_a_resumed_session_come_of_its_master_secret_and_new_randoms() {
    let known = example();
    for hash in HASHES {
        for (name, lengths) in DRAWN {
            let master = known.master_secret(hash);
            let first = known.key_block(hash, &master, lengths);
            let mut resumed = example();
            resumed.server_random[31] ^= 1;
            let second = resumed.key_block(hash, &master, lengths);
            assert_ne!(first, second, "{name}");
            let (first, second) = (cut(&first, lengths), cut(&second, lengths));
            let (first, second) = (first.unwrap().0, second.unwrap().0);
            assert_ne!(first.key, second.key, "{name}");
        }
    }
}

/// `verify_data = PRF(master_secret, finished_label, Hash(handshake_messages))[0..11]`.
#[test]
fn verify_data_is_twelve_bytes_of_the_label_and_every_message() {
    let labels: [&[u8]; 2] = [b"client finished", b"server finished"];
    for (hash, wanted) in HASHES.into_iter().zip(VERIFY_DATA) {
        let master = example().master_secret(hash);
        let messages = digest(hash, &[b"ClientHello to ClientKeyExchange"]);
        let verify_data = labels.map(|label| {
            let mut out = [0; 12];
            let key = PrfKey::new(Prf::OfSuite, hash, master.as_bytes());
            key.expand(label, &[messages.as_ref()], &mut out);
            hex(&out)
        });
        assert_eq!(verify_data, wanted);
    }
}

const MASTER_SHA256: &str = "bcf61ef93ccf35c6984ceead0256a2ccf0002fe91419d0fc8a02d34ca9161417a4c005117be8f5afc08156035180c651";
const MASTER_SHA384: &str = "4a10e15b7f60036d258514b72be519534cedef205e628555d458489727480eac473a073bfd1ec2bd1dede2b30268121d";
const EXTENDED_SHA256: &str = "4f6cff73af4bbbc3ef50a98f51b7e44cbe6eaa9c1a48af37eae7fcfce5ceb14bd3abbf03fe0b56e5c53dab8512d88e68";
const EXTENDED_SHA384: &str = "932e027b0381ca5503c297099b3ec70e16ac56a36ae106898a7b16612e55a3121bc202fd83c628dd436cfceeba9a3a7a";
/// 32 bytes a line.
const BLOCK_SHA256: [&str; 4] = [
    "e269d0a373e5be2b93cf9af3d29c5c71e24c954149d8b3f49ef2fb99c82cfd9f",
    "cfb5e7910a470c235f8b7be6268e6b832256b13f597c4fb474ec74787bb96de5",
    "b1d2a2897ad4389528ef7a5a24a5462281538099a93e60e3f130fe5c9f29abf7",
    "4d7c50f8600b72a5e7eb5af9282162bab96f0a8455eb65e3a6e7be784c5bda65",
];
/// The client's, then the server's.
const VERIFY_DATA: [[&str; 2]; 2] = [
    ["89dc02bc82cba5b821aaf524", "e119cb5a48fed2eb1b11393a"],
    ["4e5c2d75633cbac867547779", "9f205b1c21f210a59aaf9199"],
];

//! A34, weak or repeated randomness: randoms and shares never repeat; and where the source gives
//! a constant, what must not repeat still does not: nonces of signatures and of records.

use crate::attack::{Attack, Control, Found};
use handfast::config::{Entropy, SystemEntropy};
use handfast::session::TicketKeys;
use handfast::{CipherSuite, PrivateKey, ServerName};
use handfast_crypto::random::RandomFailed;
use handfast_crypto::signature::SignatureAlgorithm;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::shape::Shape;
use handfast_wire::registry::ExtensionType;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A34",
        name: "randoms_and_shares",
        ours: || hellos(Arc::new(SystemEntropy)),
        controls: &[Control {
            broken: "a_client_whose_randomness_is_constant",
            run: || hellos(Arc::new(Constant)),
        }],
    },
    Attack {
        id: "A34",
        name: "draws",
        ours: || draws(&SystemEntropy),
        controls: &[Control {
            broken: "a_constant_source",
            run: || draws(&Constant),
        }],
    },
    Attack {
        id: "A34",
        name: "nonces_of_ecdsa",
        ours: || ecdsa(sign),
        controls: &[Control {
            broken: "a_signer_with_one_nonce",
            run: || ecdsa(with_one_nonce),
        }],
    },
    Attack {
        id: "A34",
        name: "nonces_of_records",
        ours: || records(|connection| connection),
        controls: &[Control {
            broken: "an_end_whose_count_stands_still",
            run: || records(|_| 0),
        }],
    },
    Attack {
        id: "A34",
        name: "ticket_keys_of_a_constant_source",
        ours: || ticket_keys(&(Arc::new(Constant) as Arc<dyn Entropy>)),
        controls: &[Control {
            broken: "a_source_that_only_seems_constant",
            run: || ticket_keys(&(Arc::new(SystemEntropy) as Arc<dyn Entropy>)),
        }],
    },
];

#[derive(Debug)]
struct Constant;

impl Entropy for Constant {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        out.fill(7);
        Ok(())
    }
}

/// Random, session id and share of 2,048 Hellos.
fn hellos(entropy: Arc<dyn Entropy>) -> Found {
    let mut found = Found::default();
    let (mut client, _) = Shape::Full.configs();
    client.common.entropy = entropy;
    let client = client.check().unwrap();
    let mut seen = HashSet::new();
    for _ in 0..2048 {
        let name = ServerName::parse("localhost").unwrap();
        let mut end = End::new(client.connect(name, now()).unwrap());
        let bytes = end.take_output();
        let _ = client_hello(&bytes[5..], |hello| {
            let share = hello.extensions.content(ExtensionType::KEY_SHARE).to_vec();
            for value in [hello.random.to_vec(), hello.session_id.clone(), share] {
                found.tried(if seen.insert(value) {
                    Ok(())
                } else {
                    Err("a Hello repeats what an earlier one said".to_owned())
                });
            }
        });
    }
    found
}

/// 2^16 draws of 16 bytes.
fn draws(source: &dyn Entropy) -> Found {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for _ in 0..1 << 16 {
        let mut drawn = [0; 16];
        source.fill(&mut drawn).unwrap();
        found.tried(if seen.insert(drawn) {
            Ok(())
        } else {
            Err("a draw repeats".to_owned())
        });
    }
    found
}

fn sign(key: &PrivateKey, message: &[u8]) -> Vec<u8> {
    key.sign(SignatureAlgorithm::EcdsaSha256, message).unwrap()
}

/// What a signature of a signer with one nonce has in common with every other: r.
fn with_one_nonce(key: &PrivateKey, _: &[u8]) -> Vec<u8> {
    static FIRST: OnceLock<Vec<u8>> = OnceLock::new();
    FIRST.get_or_init(|| sign(key, b"the first")).clone()
}

/// A thousand messages: no two signatures share r, which is the nonce's.
fn ecdsa(sign: fn(&PrivateKey, &[u8]) -> Vec<u8>) -> Found {
    let mut found = Found::default();
    let key = certificates::server(KeyKind::EcP256).key();
    let mut seen = HashSet::new();
    for number in 0..1000_u32 {
        let signature = sign(key, &number.to_be_bytes());
        // SEQUENCE, length, INTEGER, length, r.
        let r = signature[4..4 + usize::from(signature[3])].to_vec();
        found.tried(if seen.insert(r) {
            Ok(())
        } else {
            Err(format!("message {number}: r as before"))
        });
    }
    found
}

/// With a constant source at both ends: the explicit nonces of TLS 1.2's GCM count up, and no two
/// records of the same text are alike in any suite. `count` is which record is looked at.
fn records(count: fn(usize) -> usize) -> Found {
    let mut found = Found::default();
    for suite in [
        CipherSuite::TLS_AES_128_GCM_SHA256,
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ] {
        let is_old = suite.0 >> 8 != 0x13;
        let shape = if is_old { Shape::Old } else { Shape::Full };
        let (mut client, mut server) = shape.configs();
        client.common.suites = vec![suite];
        client.common.entropy = Arc::new(Constant);
        server.common.entropy = Arc::new(Constant);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let all: Vec<Vec<u8>> = (0..100)
            .map(|_| pair.client.write(b"the same text"))
            .collect();
        let (mut seen, mut nonces) = (HashSet::new(), HashSet::new());
        for at in 0..all.len() {
            let record = &all[count(at)];
            let is_gcm = suite == CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
            let is_new = seen.insert(record) && (!is_gcm || nonces.insert(&record[5..13]));
            found.tried(if is_new {
                Ok(())
            } else {
                Err(format!("{suite}: record {at} as one before"))
            });
        }
    }
    found
}

/// From a source that gives a constant no ticket key is made, nor from such a root.
fn ticket_keys(source: &Arc<dyn Entropy>) -> Found {
    let mut found = Found::default();
    for byte in 0..=255 {
        let mut root = [0; 32];
        // What an operator who has nothing better fills in.
        root.fill(byte);
        let keys = TicketKeys::from_root(&root, Arc::clone(source), now());
        found.tried(match keys {
            Err(_) => Ok(()),
            Ok(_) => Err(format!("a key was made from a root of {byte}")),
        });
    }
    found.tried(match TicketKeys::new(Arc::clone(source), now()) {
        Err(_) => Ok(()),
        Ok(_) => Err("a key was made".to_owned()),
    });
    found
}

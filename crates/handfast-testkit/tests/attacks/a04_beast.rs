//! A4, BEAST: in SSL 3.0 and TLS 1.0 who sees a record knows the IV of the next. So the first byte
//! of what is sent goes by itself, and the MAC behind it is what nobody can foresee.

use crate::attack::{Attack, Control, Found};
use crate::blocks::{Blocks, SUITES};
use handfast::obsolete::MUSEUM;
use handfast::{CipherSuite, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::{Secrets, records};
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A4",
        name: "first_record_of_one_byte",
        ours: || captured(&[ProtocolVersion::TLS_1_0, ProtocolVersion::SSL_3_0]),
        controls: &[Control {
            broken: "a_version_that_needs_no_split",
            run: || captured(&[ProtocolVersion::TLS_1_1]),
        }],
    },
    Attack {
        id: "A4",
        name: "guesses_by_chosen_blocks",
        ours: || guessed(&|end, _, text| end.write(text), 1),
        controls: &[Control {
            broken: "a_peer_that_does_not_split",
            run: || guessed(&|_, keys, text| keys.seal_next(text), 0),
        }],
    },
];

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };

fn pair(version: ProtocolVersion, suite: CipherSuite, kind: KeyKind) -> (Pair, Arc<Secrets>) {
    let secrets = Arc::new(Secrets::default());
    let (mut client, mut server) = (config::client(), config::server(kind));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
        common.suites = vec![suite];
        common.encrypt_then_mac = false;
    }
    client.common.key_log = Some(Arc::clone(&secrets) as _);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    (pair, secrets)
}

/// Every write of both ends, by the lengths of its records alone.
fn captured(versions: &[ProtocolVersion]) -> Found {
    let mut found = Found::default();
    for version in versions {
        for (suite, block) in [
            (CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA, 16),
            (CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA, 16),
            (CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA, 8),
        ] {
            let (mut pair, _) = pair(*version, suite, RSA_2048);
            for length in [1_usize, 2, 3, 100, 1000, 20_000, 40_000] {
                for side in [Side::Client, Side::Server] {
                    let (writer, reader) = match side {
                        Side::Client => (&mut pair.client, &mut pair.server),
                        Side::Server => (&mut pair.server, &mut pair.client),
                    };
                    let text = vec![7; length];
                    let said = writer.write(&text);
                    let first = records(&said)[0].len() - 5;
                    // A byte and its MAC, padded to whole blocks.
                    let alone = (1_usize + 20 + 1).next_multiple_of(block);
                    let case = format!("{version} {suite} {side:?} {length}: {first} bytes");
                    found.tried(if first == alone { Ok(()) } else { Err(case) });
                    reader.data.clear();
                    reader.deliver(&said, now());
                    assert_eq!((reader.error, &reader.data), (None, &text));
                }
            }
        }
    }
    found
}

type Writes<'w> = &'w dyn Fn(&mut End, &mut Blocks, &[u8]) -> Vec<u8>;

/// The attack itself: a guess at a block that was sent, so mixed with the IVs then and now that it
/// encrypts to the same where it is right. `apart` bytes of a write go by themselves.
fn guessed(writes: Writes<'_>, apart: usize) -> Found {
    let mut found = Found::default();
    let version = ProtocolVersion::TLS_1_0;
    for suite in SUITES
        .into_iter()
        .filter(|one| one.to_string().ends_with("_SHA"))
    {
        for side in [Side::Client, Side::Server] {
            let (mut pair, secrets) = pair(version, suite, KeyKind::EcP256);
            let mut keys = Blocks::of(&pair, &secrets, suite, version, side);
            let block = keys.block_len();
            let end = match side {
                Side::Client => &mut pair.client,
                Side::Server => &mut pair.server,
            };
            let secret: Vec<u8> = (0..64).map(|at| (at * 3) ^ 0x55).collect();
            let said = records(&writes(end, &mut keys, &secret));
            let body = &said.last().unwrap()[5..];
            // The second block of the record, and what stands before it.
            let (before, target) = (&body[..block], &body[block..2 * block]);
            let guess = &secret[apart + block..][..block];
            let iv = &body[body.len() - block..];
            let mixed = guess
                .iter()
                .zip(before)
                .zip(iv)
                .map(|((a, b), c)| a ^ b ^ c);
            let chosen: Vec<u8> = mixed.chain([0; 32]).collect();
            let answer = records(&writes(end, &mut keys, &chosen));
            let same = answer
                .iter()
                .flat_map(|record| record[5..].chunks(block))
                .any(|one| one == target);
            found.tried(if same {
                Err(format!("{suite} {side:?}: a guess is confirmed"))
            } else {
                Ok(())
            });
        }
    }
    found
}

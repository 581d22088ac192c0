//! A6, POODLE: every byte of padding is looked at, and one that is wrong looks from outside like
//! any other record that is not authentic.

use crate::attack::{Attack, Control, Found};
use crate::blocks::{Blocks, SUITES};
use crate::victim::{LINE, SIDES, Victim, ours};
use handfast::obsolete::{MUSEUM, OBSOLETE};
use handfast::{CipherSuite, Error, Fault, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::{Secrets, records};
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A6",
        name: "bytes_of_padding",
        ours: || bytes(|end, _| ours(end)),
        controls: &[Control {
            broken: "a_peer_that_looks_at_the_last_byte_alone",
            run: || bytes(LastByte::boxed),
        }],
    },
    Attack {
        id: "A6",
        name: "blocks_moved_to_the_end",
        ours: || moved(&VERSIONS, 512),
        controls: &[Control {
            broken: "ssl_3_0_itself",
            // But once in 3,000 runs it fires within these.
            run: || moved(&[ProtocolVersion::SSL_3_0], 2048),
        }],
    },
];

/// Versions of TLS with MAC-then-encrypt.
const VERSIONS: [ProtocolVersion; 3] = [
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
];
const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };

type Made = fn(End, Blocks) -> Box<dyn Victim>;

/// A victim that is connected, and who writes to it.
fn connected(
    suite: CipherSuite,
    version: ProtocolVersion,
    victim: Side,
    make: Made,
) -> (Box<dyn Victim>, Blocks) {
    let secrets = Arc::new(Secrets::default());
    let (mut client, mut server) = (config::client(), config::server(KeyKind::EcP256));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&OBSOLETE);
        common.versions = vec![version];
        common.suites = vec![suite];
        common.encrypt_then_mac = false;
    }
    client.common.key_log = Some(Arc::clone(&secrets) as _);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let writer = match victim {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    };
    let blocks = || Blocks::of(&pair, &secrets, suite, version, writer);
    let (theirs, forger) = (blocks(), blocks());
    let end = match victim {
        Side::Client => pair.client,
        Side::Server => pair.server,
    };
    (make(end, theirs), forger)
}

/// Suites that a version has.
fn suites(version: ProtocolVersion) -> impl Iterator<Item = CipherSuite> {
    let newest = version == ProtocolVersion::TLS_1_2;
    SUITES
        .into_iter()
        .filter(move |suite| newest || suite.to_string().ends_with("_SHA"))
}

/// Padding as it should be: so many bytes and the one that says so.
fn right(length: u8) -> Vec<u8> {
    vec![length; usize::from(length) + 1]
}

/// The lengths of padding that fill the blocks of a record with this content.
fn lengths(forger: &Blocks, content: usize) -> impl Iterator<Item = u8> {
    let (block, mac) = (forger.block_len(), forger.hash.output_len());
    (0..=u8::MAX)
        .filter(move |length| (content + mac + usize::from(*length) + 1).is_multiple_of(block))
}

/// Each byte of the longest padding changed, the first and the last of every other one, and one
/// byte to each other value there is; to both ends, in every cipher and hash.
fn bytes(make: Made) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        for suite in suites(version) {
            for side in SIDES {
                let (_, forger) = connected(suite, version, side, make);
                let all: Vec<u8> = lengths(&forger, LINE.len()).collect();
                let longest = *all.last().unwrap();
                let mut wrong = Vec::new();
                for length in &all {
                    whole_is_taken(suite, version, side, *length);
                    let places = 0..=usize::from(*length);
                    let tried = places.filter(|at| {
                        *length == longest || *at == 0 || *at + 1 == usize::from(*length)
                    });
                    wrong.extend(tried.map(|at| (*length, at, 1)));
                }
                if suite == SUITES[0] {
                    wrong.extend((2..=u8::MAX).map(|change| (longest, 3, change)));
                }
                for (length, at, change) in wrong {
                    let mut padding = right(length);
                    padding[at] ^= change;
                    let case = format!("{version} {suite} {side:?} {length}: {at} ^ {change}");
                    let (mut victim, forger) = connected(suite, version, side, make);
                    victim.hear(&forger.seal(LINE, &padding));
                    found.tried(not_taken(&*victim, &case));
                }
            }
        }
    }
    found
}

/// The control of the forger: what is right is taken.
fn whole_is_taken(suite: CipherSuite, version: ProtocolVersion, side: Side, length: u8) {
    let (mut victim, forger) = connected(suite, version, side, |end, _| ours(end));
    victim.hear(&forger.seal(LINE, &right(length)));
    assert_eq!((victim.error(), victim.data()), (None, LINE), "{length}");
}

fn not_taken(victim: &dyn Victim, case: &str) -> Result<(), String> {
    let wanted = Some(Error::Fault(Fault::RecordNotAuthentic));
    if victim.error() == wanted && victim.data().is_empty() {
        Ok(())
    } else {
        Err(format!("{case}: {:?}", victim.error()))
    }
}

/// POODLE as it was, without a key: of a record whose padding is a block by itself that block gives
/// way to one with the secret, in the hope that it ends in the right byte, as it does once in 256
/// times.
fn moved(versions: &[ProtocolVersion], tries: u32) -> Found {
    let mut found = Found::default();
    for version in versions {
        let (mut client, mut server) = (config::client(), config::server(RSA_2048));
        for common in [&mut client.common, &mut server.common] {
            common.allow_obsolete(&MUSEUM);
            common.versions = vec![*version];
            common.suites = vec![CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA];
            common.encrypt_then_mac = false;
        }
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        // Older versions send the first byte by itself.
        let splits = usize::from(*version <= ProtocolVersion::TLS_1_0);
        for number in 0..tries {
            let mut pair = Pair::new(&client, &server);
            pair.connect(Delivery::Whole);
            // With a MAC of 20 bytes it fills four blocks.
            let mut said = records(&pair.client.write(&vec![7; 44 + splits]));
            let mut last = said.pop().unwrap();
            let place = last.len() - 16;
            last.copy_within(place - 64..place - 48, place);
            for record in said {
                pair.server.deliver(&record, now());
            }
            assert_eq!(pair.server.error, None);
            pair.server.data.clear();
            pair.server.deliver(&last, now());
            let outcome = not_taken(&pair.server, &format!("{version} {number}"));
            let is_hole = outcome.is_err();
            found.tried(outcome);
            if is_hole {
                break;
            }
        }
    }
    found
}

/// A peer as those whom POODLE bit again in TLS: the last byte says how long the padding is, and
/// nobody looks at the others.
struct LastByte {
    end: End,
    keys: Blocks,
    data: Vec<u8>,
    error: Option<Error>,
}

impl LastByte {
    fn boxed(end: End, keys: Blocks) -> Box<dyn Victim> {
        Box::new(Self {
            end,
            keys,
            data: Vec::new(),
            error: None,
        })
    }
}

impl Victim for LastByte {
    fn hear(&mut self, bytes: &[u8]) {
        let plain = self.keys.plain(bytes);
        let padding = usize::from(*plain.last().unwrap()) + 1;
        let mac_len = self.keys.hash.output_len();
        let content = plain.len().checked_sub(padding + mac_len);
        let parts = content.map(|length| plain.split_at(length));
        match parts {
            Some((content, rest)) if self.keys.vouches(content, &rest[..mac_len]) => {
                self.data.extend_from_slice(content);
            }
            _ => self.error = Some(Error::Fault(Fault::RecordNotAuthentic)),
        }
    }

    fn say(&mut self) -> Vec<u8> {
        self.end.take_output()
    }

    fn error(&self) -> Option<Error> {
        self.error
    }

    fn data(&self) -> &[u8] {
        &self.data
    }

    fn is_connected(&self) -> bool {
        self.end.is_connected()
    }
}

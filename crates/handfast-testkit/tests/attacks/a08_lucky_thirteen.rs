//! A8, Lucky Thirteen and LuckyMinus20 (CVE-2016-2107): whether padding or MAC is wrong, or both, and
//! however long the padding is, the peer says the same. That it takes the same time is what `cargo
//! xtask constant-time` shows.

use crate::attack::{Attack, Control, Found};
use crate::blocks::{Blocks, SUITES};
use crate::victim::{Victim, ours};
use handfast::obsolete::{MUSEUM, OBSOLETE};
use handfast::{AlertDescription, CipherSuite, Error, Fault, ProtocolVersion};
use handfast_crypto::legacy::record::Order;
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::{Secrets, records};
use handfast_testkit::liar::anatomy::server_hello;
use handfast_testkit::liar::{Side, record};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::witness::messages;
use handfast_wire::registry::{ContentType, ExtensionType};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A8",
        name: "answers_to_padding_and_mac",
        ours: || {
            let all = answers(|end, _| ours(end), &[Order::MacThenEncrypt], 1);
            all.and(answers(|end, _| ours(end), &ORDERS, 15))
        },
        controls: &[
            Control {
                broken: "a_peer_that_tells_wrong_padding_by_decryption_failed",
                run: || answers(says_decryption_failed, &[Order::MacThenEncrypt], 51),
            },
            Control {
                broken: "a_peer_that_says_nothing_of_wrong_padding",
                run: || answers(says_nothing, &[Order::MacThenEncrypt], 51),
            },
        ],
    },
    Attack {
        id: "A8",
        name: "encrypt_then_mac_is_chosen",
        ours: || chosen(true),
        controls: &[Control {
            broken: "a_server_without_rfc_7366",
            run: || chosen(false),
        }],
    },
];

const ORDERS: [Order; 2] = [Order::MacThenEncrypt, Order::EncryptThenMac];
/// Those whose padding can be checked.
const VERSIONS: [ProtocolVersion; 3] = [
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
];

type Made = fn(End, Blocks) -> Box<dyn Victim>;

/// A victim that is connected, the other end, and whoever writes to it with that one's keys.
struct Met {
    victim: Box<dyn Victim>,
    peer: End,
    forger: Blocks,
}

#[derive(Clone, Copy, Debug)]
struct Scene {
    version: ProtocolVersion,
    suite: CipherSuite,
    victim: Side,
    order: Order,
}

impl Scene {
    fn met(self, make: Made) -> Met {
        let secrets = Arc::new(Secrets::default());
        let (mut client, mut server) = (config::client(), config::server(KeyKind::EcP256));
        for common in [&mut client.common, &mut server.common] {
            common.allow_obsolete(&OBSOLETE);
            common.versions = vec![self.version];
            common.suites = vec![self.suite];
            common.encrypt_then_mac = self.order == Order::EncryptThenMac;
        }
        client.common.key_log = Some(Arc::clone(&secrets) as _);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let writer = match self.victim {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        };
        let blocks = || Blocks::of(&pair, &secrets, self.suite, self.version, writer);
        let (theirs, forger) = (blocks(), blocks());
        let (victim, peer) = match self.victim {
            Side::Client => (pair.client, pair.server),
            Side::Server => (pair.server, pair.client),
        };
        Met {
            victim: make(victim, theirs),
            peer,
            forger,
        }
    }

    /// All that there are; or those alone where the victim is a server of TLS 1.2.
    fn all(orders: &[Order], main_alone: bool) -> Vec<Self> {
        let mut all = Vec::new();
        for version in VERSIONS {
            for suite in SUITES {
                for victim in [Side::Server, Side::Client] {
                    for order in orders.iter().copied() {
                        let newest = version == ProtocolVersion::TLS_1_2;
                        let is_there = newest || suite.to_string().ends_with("_SHA");
                        let is_main = newest && victim == Side::Server;
                        if is_there && (is_main || !main_alone) {
                            all.push(Self {
                                version,
                                suite,
                                victim,
                                order,
                            });
                        }
                    }
                }
            }
        }
        all
    }
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Mac,
    Padding,
    Both,
}

/// Padding of every length, or of every so many; the MAC, the padding, or both wrong. Where every
/// length is tried, that is with servers of TLS 1.2.
fn answers(make: Made, orders: &[Order], step: usize) -> Found {
    let mut found = Found::default();
    for scene in Scene::all(orders, step == 1) {
        let mut first = None;
        for length in (0..=u8::MAX).step_by(step) {
            if length % 15 == 0 {
                whole_is_taken(scene, length);
            }
            for wrong in [Wrong::Mac, Wrong::Padding, Wrong::Both] {
                let forge = |forger: &Blocks| forged(forger, scene.order, length, wrong);
                let answer = answer(scene, make, forge);
                let case = format!("{scene:?} {length} {wrong:?}");
                found.tried(match answer {
                    Err(why) => Err(format!("{case}: {why}")),
                    Ok(said) if *first.get_or_insert(said) == said => Ok(()),
                    Ok(said) => Err(format!("{case}: {said} bytes, not {first:?}")),
                });
            }
        }
        for count in blocks_of_padding(scene) {
            let said = answer(scene, make, |forger| all_padding(forger, count));
            found.tried(if said.is_ok() && said.as_ref().ok() == first.as_ref() {
                Ok(())
            } else {
                Err(format!("{scene:?} {count} blocks of padding: {said:?}"))
            });
        }
    }
    found
}

/// LuckyMinus20: so many blocks of padding, long enough for a MAC, which is not there. The forger
/// has them where a record carries its IV.
fn blocks_of_padding(scene: Scene) -> core::ops::Range<usize> {
    if scene.order == Order::EncryptThenMac || scene.version < ProtocolVersion::TLS_1_1 {
        return 0..0;
    }
    let forger = scene.met(|end, _| ours(end)).forger;
    let least = (forger.hash.output_len() + 1).div_ceil(forger.block_len());
    least..256 / forger.block_len() + 1
}

fn all_padding(forger: &Blocks, count: usize) -> Vec<u8> {
    let (length, mac) = (count * forger.block_len(), forger.hash.output_len());
    let padding = vec![(length - 1) as u8; length];
    // What has its MAC behind it, and that cut off.
    let mut sealed = forger.forged(&[], &padding, Order::EncryptThenMac, true);
    sealed.truncate(sealed.len() - mac);
    let body = (sealed.len() - 5) as u16;
    sealed[3..5].copy_from_slice(&body.to_be_bytes());
    sealed
}

fn forged(forger: &Blocks, order: Order, length: u8, wrong: Wrong) -> Vec<u8> {
    let mut padding = vec![length; usize::from(length) + 1];
    if matches!(wrong, Wrong::Padding | Wrong::Both) {
        // The byte that tells the length, where there is no other: more than the record holds.
        padding[0] ^= 0xff;
    }
    let is_whole = matches!(wrong, Wrong::Padding);
    let content = content(forger, order, length);
    forger.forged(&content, &padding, order, is_whole)
}

/// As much content as fills the blocks, beside so much padding.
fn content(forger: &Blocks, order: Order, length: u8) -> Vec<u8> {
    let mac = match order {
        Order::MacThenEncrypt => forger.hash.output_len(),
        Order::EncryptThenMac => 0,
    };
    let filled = mac + usize::from(length) + 1;
    // At least a byte.
    vec![7; (filled + 1).next_multiple_of(forger.block_len()) - filled]
}

/// The control of the forger.
fn whole_is_taken(scene: Scene, length: u8) {
    let mut met = scene.met(|end, _| ours(end));
    let content = content(&met.forger, scene.order, length);
    let padding = vec![length; usize::from(length) + 1];
    let sealed = met.forger.forged(&content, &padding, scene.order, true);
    met.victim.hear(&sealed);
    let heard = (met.victim.error(), met.victim.data());
    assert_eq!(heard, (None, &content[..]), "{scene:?} {length}");
}

/// How many bytes the victim says: one record with one alert, which the other end hears.
fn answer(
    scene: Scene,
    make: Made,
    forge: impl FnOnce(&Blocks) -> Vec<u8>,
) -> Result<usize, String> {
    let Met {
        mut victim,
        mut peer,
        forger,
    } = scene.met(make);
    victim.hear(&forge(&forger));
    let said = victim.say();
    let types: Vec<u8> = records(&said).iter().map(|record| record[0]).collect();
    peer.deliver(&said, now());
    let heard = (victim.error(), victim.data().is_empty(), peer.error);
    let fault = Some(Error::Fault(Fault::RecordNotAuthentic));
    let alert = Some(Error::PeerAlert(AlertDescription::BAD_RECORD_MAC));
    if heard == (fault, true, alert) && types == [ContentType::ALERT.0] {
        Ok(said.len())
    } else {
        Err(format!("{heard:?}, {types:?}"))
    }
}

/// Every suite with a block cipher, in every version, where a client offers both orders.
fn chosen(encrypt_then_mac: bool) -> Found {
    let mut found = Found::default();
    let fits = |suite: &&CipherSuite| {
        let name = suite.to_string();
        name.contains("_CBC_") && !name.contains("_ECDSA_")
    };
    for suite in MUSEUM.suites().iter().filter(fits) {
        for version in VERSIONS {
            if version != ProtocolVersion::TLS_1_2 && !suite.to_string().ends_with("_SHA") {
                continue;
            }
            let rsa = KeyKind::Rsa { bits: 2048 };
            let (mut client, mut server) = (config::client(), config::server(rsa));
            for common in [&mut client.common, &mut server.common] {
                common.allow_obsolete(&MUSEUM);
                common.versions = vec![version];
                common.suites = vec![*suite];
            }
            server.common.encrypt_then_mac = encrypt_then_mac;
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.connect(Delivery::Whole);
            pair.exchange(b"a line of text");
            let first = records(&pair.server.sent)[0][5..].to_vec();
            let mut is_chosen = false;
            let _ = server_hello(messages(&first)[0], |hello| {
                let etm = (ExtensionType::ENCRYPT_THEN_MAC, Vec::new());
                is_chosen = hello.extensions.0.contains(&etm);
            });
            found.tried(if is_chosen {
                Ok(())
            } else {
                Err(format!(
                    "{version} {suite}: the MAC covers what is not encrypted"
                ))
            });
        }
    }
    found
}

/// A peer that looks at the padding first, and says of it what it likes.
struct Telling {
    end: End,
    keys: Blocks,
    /// What it says of wrong padding, if anything.
    alert: Option<AlertDescription>,
    said: Vec<u8>,
    error: Option<Error>,
}

/// TLS 1.0 had it so (RFC 2246 section 7.2.2).
fn says_decryption_failed(end: End, keys: Blocks) -> Box<dyn Victim> {
    Telling::boxed(
        end,
        keys,
        Some(AlertDescription::DECRYPTION_FAILED_RESERVED),
    )
}

fn says_nothing(end: End, keys: Blocks) -> Box<dyn Victim> {
    Telling::boxed(end, keys, None)
}

impl Telling {
    fn boxed(end: End, keys: Blocks, alert: Option<AlertDescription>) -> Box<dyn Victim> {
        Box::new(Self {
            end,
            keys,
            alert,
            said: Vec::new(),
            error: None,
        })
    }
}

impl Victim for Telling {
    fn hear(&mut self, bytes: &[u8]) {
        let plain = self.keys.plain(bytes);
        let last = *plain.last().unwrap();
        let padding = plain.len().checked_sub(usize::from(last) + 1);
        if padding.is_some_and(|at| plain[at..].iter().all(|byte| *byte == last)) {
            self.end.deliver(bytes, now());
            return;
        }
        self.error = Some(Error::Fault(Fault::RecordNotAuthentic));
        if let Some(alert) = self.alert {
            self.said = record(&mut self.end, ContentType::ALERT, &[2, alert.0]);
        }
    }

    fn say(&mut self) -> Vec<u8> {
        let mut said = self.end.take_output();
        said.append(&mut self.said);
        said
    }

    fn error(&self) -> Option<Error> {
        self.error.or(self.end.error)
    }

    fn data(&self) -> &[u8] {
        &self.end.data
    }

    fn is_connected(&self) -> bool {
        self.end.is_connected()
    }
}

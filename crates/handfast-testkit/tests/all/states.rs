//! Every prefix of a legal handshake, then every message at every level: all but the legal
//! continuation are refused by name, and the sender hears of it (SMACK, CVE-2025-61730).
//!
//! The legal messages come from one of our engines; records are forged from its key log, each
//! message in a record of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::ApplicationSettings;
use handfast::observe::{Direction, Observer, Passed};
use handfast::{CipherSuite, Error, Fault, NamedGroup, ProtocolVersion};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::{Sealer, Secrets, plain};
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::{message, new_session_ticket};
use handfast_testkit::pair::{End, Pair};
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::{Arc, Mutex};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Full,
    Mutual,
    Retry,
    /// Both sides have application settings.
    Settings,
    SettingsMutual,
    Old,
    OldMutual,
}

const SHAPES: [Shape; 7] = [
    Shape::Full,
    Shape::Mutual,
    Shape::Retry,
    Shape::Settings,
    Shape::SettingsMutual,
    Shape::Old,
    Shape::OldMutual,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Plain,
    Handshake,
    Application,
}

const LEVELS: [Level; 3] = [Level::Plain, Level::Handshake, Level::Application];

/// What the sender has said, in order.
#[derive(Debug, Default)]
struct Said(Mutex<Vec<Vec<u8>>>);

impl Observer for Said {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Direction::Sent, Passed::Handshake { bytes, .. }) = (direction, what) {
            self.0.lock().unwrap().push(bytes.to_vec());
        }
    }
}

/// An honest end that has heard so many legal messages, and the sender of those.
struct Stage {
    honest: End,
    sender: End,
    /// The message that would come next, when there is one.
    next: Option<Vec<u8>>,
    level: Level,
    handshake: Sealer,
    application: Sealer,
    said: Arc<Said>,
}

fn begin(honest: Side, shape: Shape) -> (Pair, Arc<Said>, Arc<Secrets>) {
    let (said, secrets) = (Arc::new(Said::default()), Arc::new(Secrets::default()));
    let mut client = config::client();
    client.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
    let mut server = config::server(KeyKind::EcP256);
    if matches!(
        shape,
        Shape::Mutual | Shape::SettingsMutual | Shape::OldMutual
    ) {
        server = config::mutual_server(KeyKind::EcP256);
        client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    }
    if matches!(shape, Shape::Settings | Shape::SettingsMutual) {
        for common in [&mut client.common, &mut server.common] {
            common.alpn = vec![b"h2".to_vec()];
            common.application_settings = ApplicationSettings::for_protocol(b"h2", b"any");
        }
    }
    let version = match shape {
        Shape::Old | Shape::OldMutual => ProtocolVersion::TLS_1_2,
        _ => ProtocolVersion::TLS_1_3,
    };
    client.common.versions = vec![version];
    server.common.versions = vec![version];
    if shape == Shape::Retry {
        server.common.groups = vec![NamedGroup::SECP256R1];
    }
    let common = match honest {
        Side::Client => &mut server.common,
        Side::Server => &mut client.common,
    };
    common.observer = Some(Arc::clone(&said) as _);
    common.key_log = Some(Arc::clone(&secrets) as _);
    let pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    (pair, said, secrets)
}

/// Lets the honest end hear `heard` legal messages; nothing when there are not so many.
fn stage(honest_side: Side, shape: Shape, heard: usize) -> Option<Stage> {
    let (pair, said, secrets) = begin(honest_side, shape);
    let now = pair.now;
    let (mut honest, mut sender) = match honest_side {
        Side::Client => (pair.client, pair.server),
        Side::Server => (pair.server, pair.client),
    };
    let whose = match honest_side {
        Side::Client => "SERVER",
        Side::Server => "CLIENT",
    };
    let sealer = |label: &str| {
        let secret = secrets.last(label).unwrap_or_else(|| vec![0; 32]);
        Sealer::new(CipherSuite::TLS_AES_128_GCM_SHA256, &secret).unwrap()
    };
    let mut handshake = None;
    for count in 0..=heard {
        sender.take_output();
        let words = honest.take_output();
        sender.deliver(&words, now);
        sender.take_output();
        assert_eq!((honest.error, sender.error), (None, None));
        let next = said.0.lock().unwrap().get(count).cloned();
        let level = level_of(shape, count, &honest);
        if count == heard {
            let label = format!("{whose}_HANDSHAKE_TRAFFIC_SECRET");
            return Some(Stage {
                next,
                level,
                handshake: handshake.unwrap_or_else(|| sealer(&label)),
                application: sealer(&format!("{whose}_TRAFFIC_SECRET_0")),
                honest,
                sender,
                said: Arc::clone(&said),
            });
        }
        let next = next?;
        if is_old(shape) && next[0] == HandshakeType::FINISHED.0 {
            // It stands behind ChangeCipherSpec and keys of another kind.
            return None;
        }
        let record = if level == Level::Plain {
            plain(ContentType::HANDSHAKE, &next)
        } else {
            let label = format!("{whose}_HANDSHAKE_TRAFFIC_SECRET");
            let handshake = handshake.get_or_insert_with(|| sealer(&label));
            handshake.seal(ContentType::HANDSHAKE, &next)
        };
        honest.deliver(&record, now);
    }
    None
}

fn is_old(shape: Shape) -> bool {
    matches!(shape, Shape::Old | Shape::OldMutual)
}

fn level_of(shape: Shape, heard: usize, end: &End) -> Level {
    let plain_messages = if shape == Shape::Retry { 2 } else { 1 };
    if is_old(shape) || heard < plain_messages {
        Level::Plain
    } else if end.is_connected() {
        Level::Application
    } else {
        Level::Handshake
    }
}

/// What a message of this type at this level leads to; nothing where it is legal.
fn wanted(stage: &Stage, honest: Side, shape: Shape, msg_type: u8, level: Level) -> Option<Fault> {
    if level != stage.level {
        return Some(match (stage.level, level) {
            (Level::Plain, _) => Fault::ApplicationDataUnexpected,
            (_, Level::Plain) => Fault::RecordNotProtected,
            _ => Fault::RecordNotAuthentic,
        });
    }
    let is_next = stage.next.as_ref().is_some_and(|next| next[0] == msg_type);
    let msg_type = HandshakeType(msg_type);
    let legal = match stage.level {
        Level::Application => {
            msg_type == HandshakeType::KEY_UPDATE
                || (msg_type == HandshakeType::NEW_SESSION_TICKET && honest == Side::Client)
        }
        // Before keys change, Finished waits for ChangeCipherSpec.
        _ if is_old(shape) && msg_type == HandshakeType::FINISHED => false,
        _ => is_next || may_come_too(stage, honest, shape, msg_type),
    };
    if honest == Side::Client && is_old(shape) && msg_type == HandshakeType::HELLO_REQUEST {
        // Empty ones are not heard.
        return Some(Fault::HelloRequestMalformed);
    }
    (!legal).then_some(Fault::MessageUnexpected)
}

/// Messages that may come in the place of the next one.
fn may_come_too(stage: &Stage, honest: Side, shape: Shape, msg_type: HandshakeType) -> bool {
    let Some(next) = stage.next.as_ref().map(|next| HandshakeType(next[0])) else {
        return false;
    };
    let request = HandshakeType::CERTIFICATE_REQUEST;
    match (honest, is_old(shape)) {
        // A server may ask for a certificate or not.
        (Side::Client, false) => {
            let asks = matches!(shape, Shape::Mutual | Shape::SettingsMutual);
            (next == HandshakeType::CERTIFICATE && msg_type == request && !asks)
                || (next == request && msg_type == HandshakeType::CERTIFICATE)
        }
        (Side::Client, true) => {
            let done = HandshakeType::SERVER_HELLO_DONE;
            (next == done && msg_type == request && shape == Shape::Old)
                || (next == request && msg_type == done)
        }
        _ => false,
    }
}

/// Tries one message; gives what went wrong.
fn try_message(
    mut stage: Stage,
    honest: Side,
    shape: Shape,
    msg_type: u8,
    level: Level,
) -> Result<(), String> {
    let wanted = wanted(&stage, honest, shape, msg_type, level);
    let bytes = match (&stage.next, HandshakeType(msg_type)) {
        (Some(next), _) if next[0] == msg_type => next.clone(),
        (_, HandshakeType::KEY_UPDATE) => message(HandshakeType::KEY_UPDATE, &[0]),
        (_, HandshakeType::NEW_SESSION_TICKET) => new_session_ticket(|_| {}),
        (_, other) => message(other, &[0; 8]),
    };
    let record = match level {
        Level::Plain => plain(ContentType::HANDSHAKE, &bytes),
        Level::Handshake => stage.handshake.seal(ContentType::HANDSHAKE, &bytes),
        Level::Application => stage.application.seal(ContentType::HANDSHAKE, &bytes),
    };
    let now = handfast_testkit::pair::now();
    stage.honest.deliver(&record, now);
    let Some(fault) = wanted else {
        // Dummy bodies of messages that may come too are refused for their content.
        let refused_as_unexpected = stage.honest.error == Some(Fault::MessageUnexpected.into());
        return if refused_as_unexpected {
            Err("refused though it is legal".to_owned())
        } else {
            Ok(())
        };
    };
    if stage.honest.error != Some(fault.into()) {
        return Err(format!("wanted {fault:?}, got {:?}", stage.honest.error));
    }
    let words = stage.honest.take_output();
    stage.sender.deliver(&words, now);
    if stage.sender.error != Some(Error::PeerAlert(fault.alert())) {
        return Err(format!("{fault:?} was heard as {:?}", stage.sender.error));
    }
    if stage.honest.data.is_empty() {
        Ok(())
    } else {
        Err("data was handed out".to_owned())
    }
}

/// Every state of both roles with these message types; gives the number of cases.
fn enumerate(types: &[u8]) -> usize {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for honest in [Side::Client, Side::Server] {
        for shape in SHAPES {
            let levels = if is_old(shape) {
                &LEVELS[..1]
            } else {
                &LEVELS[..]
            };
            let mut heard = 0;
            while stage(honest, shape, heard).is_some() {
                for msg_type in types {
                    for level in levels {
                        let stage = stage(honest, shape, heard).unwrap();
                        cases += 1;
                        if let Err(why) = try_message(stage, honest, shape, *msg_type, *level) {
                            let msg_type = HandshakeType(*msg_type);
                            wrong.push(format!(
                                "{honest:?} {shape:?} after {heard}, {msg_type} {level:?}: {why}"
                            ));
                        }
                    }
                }
                heard += 1;
            }
            assert!(heard >= 2, "{honest:?} {shape:?}: {heard} states");
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cases}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    cases
}

#[test]
fn every_message_at_every_level_has_one_place() {
    let known = [
        0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 24, 25, 254, 7, 255,
    ];
    println!("{} cases", enumerate(&known));
}

#[test]
#[ignore = "takes a minute: every number that a type can have"]
fn every_number_at_every_level_has_one_place() {
    let all: Vec<u8> = (0..=255).collect();
    let cases = enumerate(&all);
    println!("{cases} cases");
    assert!(cases > 20_000);
}

#[test]
fn data_and_change_cipher_spec_have_their_places_too() {
    let now = handfast_testkit::pair::now();
    for honest in [Side::Client, Side::Server] {
        for shape in SHAPES {
            let mut heard = 0;
            while let Some(mut one) = stage(honest, shape, heard) {
                let record = match one.level {
                    Level::Plain => plain(ContentType::APPLICATION_DATA, b"data"),
                    Level::Handshake => one.handshake.seal(ContentType::APPLICATION_DATA, b"data"),
                    Level::Application => {
                        one.application.seal(ContentType::APPLICATION_DATA, b"data")
                    }
                };
                one.honest.deliver(&record, now);
                let case = format!("{honest:?} {shape:?} after {heard}");
                if one.level == Level::Application {
                    assert_eq!(
                        (one.honest.error, &one.honest.data[..]),
                        (None, &b"data"[..])
                    );
                } else {
                    let unexpected = Some(Fault::ApplicationDataUnexpected.into());
                    assert_eq!(one.honest.error, unexpected, "{case}");
                    assert!(one.honest.data.is_empty());
                }

                let mut one = stage(honest, shape, heard).unwrap();
                let dummy = plain(ContentType::CHANGE_CIPHER_SPEC, &[1]);
                one.honest.deliver(&dummy, now);
                // RFC 8446 s5: between the first ClientHello and the peer's Finished.
                let is_dummy = !is_old(shape) && one.level != Level::Application;
                let begun = honest == Side::Client || heard > 0;
                let waits = is_old(shape) && one.next.as_ref().is_some_and(|n| n[0] == 20);
                let awaited = waits || (is_old(shape) && honest == Side::Client && heard == 0);
                if (is_dummy && begun) || awaited {
                    assert_eq!(one.honest.error, None, "{case}");
                } else {
                    let unexpected = Some(Fault::ChangeCipherSpecUnexpected.into());
                    assert_eq!(one.honest.error, unexpected, "{case}");
                }
                heard += 1;
            }
        }
    }
}

/// Lengths by a seed: xorshift, each from 1 to `most`.
struct Lengths {
    state: u64,
    most: usize,
}

impl Lengths {
    fn next(&mut self) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        1 + usize::try_from(self.state % self.most as u64).unwrap()
    }

    fn cut<'b>(&mut self, mut bytes: &'b [u8]) -> Vec<&'b [u8]> {
        let mut parts = Vec::new();
        while !bytes.is_empty() {
            let (part, rest) = bytes.split_at(self.next().min(bytes.len()));
            parts.push(part);
            bytes = rest;
        }
        parts
    }
}

/// The same messages in records of other lengths: messages in pieces, and several in one.
#[test]
fn messages_may_be_cut_and_joined_in_records_at_will() {
    for seed in 1..=60 {
        for honest in [Side::Client, Side::Server] {
            for shape in SHAPES.into_iter().filter(|shape| !is_old(*shape)) {
                let most = [3, 40, 700, 5000][usize::try_from(seed).unwrap() % 4];
                let mut lengths = Lengths { state: seed, most };
                let plain_messages = if shape == Shape::Retry { 2 } else { 1 };
                let mut one = stage(honest, shape, plain_messages).unwrap();
                // What is left of the flight, as the sender said it.
                let flight = rest_of_flight(&one);
                for part in lengths.cut(&flight) {
                    let record = one.handshake.seal(ContentType::HANDSHAKE, part);
                    one.honest.deliver(&record, handfast_testkit::pair::now());
                }
                let case = format!("seed {seed} {honest:?} {shape:?}");
                assert_eq!(one.honest.error, None, "{case}");
                assert!(one.honest.is_connected(), "{case}");
            }
        }
    }
}

/// The sender's messages from the next one to Finished.
fn rest_of_flight(stage: &Stage) -> Vec<u8> {
    let said = stage.said.0.lock().unwrap();
    let next = stage.next.as_ref().unwrap();
    let first = said.iter().position(|one| one == next).unwrap();
    let is_last = |one: &&Vec<u8>| one[0] == HandshakeType::FINISHED.0;
    let last = said.iter().position(|one| is_last(&one)).unwrap();
    said[first..=last].concat()
}

/// Plain records too: a ClientHello in pieces, whole, and byte by byte.
#[test]
fn a_hello_may_come_in_any_number_of_records() {
    for (honest, shape) in [
        (Side::Client, Shape::Full),
        (Side::Server, Shape::Full),
        (Side::Client, Shape::Old),
        (Side::Server, Shape::Old),
    ] {
        for seed in 1..=20 {
            let mut lengths = Lengths {
                state: seed,
                most: 90,
            };
            let mut one = stage(honest, shape, 0).unwrap();
            for part in lengths.cut(&one.next.clone().unwrap()) {
                let record = plain(ContentType::HANDSHAKE, part);
                one.honest.deliver(&record, handfast_testkit::pair::now());
            }
            assert_eq!(one.honest.error, None, "seed {seed} {honest:?} {shape:?}");
            let words = one.honest.take_output();
            assert!(
                honest == Side::Client || !words.is_empty(),
                "the server answers"
            );
        }
    }
}

/// Heartbeat is never agreed on, and its records are refused wherever they come (CVE-2014-0160).
#[test]
fn heartbeats_are_refused_at_every_state() {
    let probe = [1, 0x40, 0];
    for honest in [Side::Client, Side::Server] {
        for shape in SHAPES {
            let mut heard = 0;
            while let Some(mut one) = stage(honest, shape, heard) {
                let first = honest == Side::Server && heard == 0;
                let fault = if first {
                    Fault::NotTls
                } else {
                    Fault::RecordTypeUnknown
                };
                let bytes = plain(ContentType(24), &probe);
                one.honest.deliver(&bytes, handfast_testkit::pair::now());
                let case = format!("{honest:?} {shape:?} after {heard}");
                assert_eq!(one.honest.error, Some(fault.into()), "{case}");
                // The answer is an alert of two bytes, sealed or not, and nothing of our memory.
                assert!(
                    one.honest.take_output().len() < 5 + 2 + 1 + 16 + 16,
                    "{case}"
                );
                heard += 1;
            }
        }
    }
}

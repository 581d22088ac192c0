//! What a tap sees is what passes: headers, inner types and messages, in order, on both sides.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{ClientAuth, Renegotiation};
use handfast::connection::Renewal;
use handfast::observe::{Direction, Tap, Tapped};
use handfast::obsolete::{MUSEUM, OBSOLETE};
use handfast::{Answer, CipherSuite, ClientConfig, Event, Fault, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, End, Pair};
use handfast_testkit::witness::{Witness, records};
use std::sync::{Arc, Mutex};

/// One thing that passed, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    direction: Direction,
    version: Option<ProtocolVersion>,
    content_type: u16,
    msg_type: u16,
    bytes: Vec<u8>,
}

/// Keeps all that passes at one end.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Item>>);

impl Tap for Kept {
    fn tapped(&self, direction: Direction, version: Option<ProtocolVersion>, what: Tapped<'_>) {
        self.0.lock().unwrap().push(Item {
            direction,
            version,
            content_type: what.content_type(),
            msg_type: what.msg_type(),
            bytes: what.bytes().to_vec(),
        });
    }
}

impl Kept {
    fn take(&self) -> Vec<Item> {
        core::mem::take(&mut self.0.lock().unwrap())
    }

    fn all(&self) -> Vec<Item> {
        self.0.lock().unwrap().clone()
    }
}

const HEADER: u16 = 256;
const INNER: u16 = 257;
const HANDSHAKE: u16 = 22;
const VERSIONS: [ProtocolVersion; 5] = [
    ProtocolVersion::TLS_1_3,
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];

fn configs(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let kind = KeyKind::Rsa { bits: 2048 };
    let (mut client, mut server) = (config::client(), config::mutual_server(kind));
    client.credentials = vec![config::credential(handfast_testkit::certificates::client(
        kind,
    ))];
    for common in [&mut client.common, &mut server.common] {
        if version < ProtocolVersion::TLS_1_2 {
            common.allow_obsolete(&MUSEUM);
        }
        common.versions = vec![version];
    }
    (client, server)
}

/// A pair of which each end is tapped; the client's tap, then the server's.
fn tapped((mut client, mut server): (ClientConfig, ServerConfig)) -> (Pair, [Arc<Kept>; 2]) {
    let taps = [(); 2].map(|()| Arc::new(Kept::default()));
    client.common.tap = Some(Arc::clone(&taps[0]) as _);
    server.common.tap = Some(Arc::clone(&taps[1]) as _);
    let pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    (pair, taps)
}

fn of(items: &[Item], direction: Direction) -> Vec<Item> {
    let all = items.iter().filter(|item| item.direction == direction);
    all.cloned().collect()
}

/// What passed one way, without who says so and by which version.
fn bare(items: &[Item], direction: Direction) -> Vec<(u16, u16, Vec<u8>)> {
    let all = of(items, direction).into_iter();
    all.map(|item| (item.content_type, item.msg_type, item.bytes))
        .collect()
}

fn headers(items: &[Item], direction: Direction) -> Vec<Vec<u8>> {
    let all = bare(items, direction).into_iter();
    all.filter(|(kind, ..)| *kind == HEADER)
        .map(|(.., bytes)| bytes)
        .collect()
}

fn headers_sent(end: &End) -> Vec<Vec<u8>> {
    let all = records(&end.sent).into_iter();
    all.map(|record| record[..5].to_vec()).collect()
}

#[test]
fn every_record_header_is_seen_on_both_sides_as_it_stood_on_the_wire() {
    for version in VERSIONS {
        for delivery in [Delivery::Whole, Delivery::Chunks(1), Delivery::Chunks(777)] {
            let (mut pair, [client, server]) = tapped(configs(version));
            pair.connect(delivery);
            pair.exchange(&[7; 40_000]);
            pair.client.connection.close();
            pair.run(delivery);
            let (client, server) = (client.take(), server.take());
            let (up, down) = (headers_sent(&pair.client), headers_sent(&pair.server));
            assert_eq!(headers(&client, Direction::Sent), up, "{version}");
            assert_eq!(headers(&server, Direction::Received), up, "{version}");
            assert_eq!(headers(&server, Direction::Sent), down, "{version}");
            assert_eq!(headers(&client, Direction::Received), down, "{version}");
        }
    }
}

#[test]
fn handshake_messages_are_those_that_an_observer_sees() {
    for version in VERSIONS {
        let (mut client, mut server) = configs(version);
        let [of_client, of_server] = Witness::of_both();
        client.common.observer = Some(Arc::clone(&of_client) as _);
        server.common.observer = Some(of_server);
        let (mut pair, [client, server]) = tapped((client, server));
        pair.connect(Delivery::Chunks(100));
        let messages = |items: &[Item], direction| -> Vec<Vec<u8>> {
            let all = bare(items, direction).into_iter();
            all.filter(|(kind, ..)| *kind == HANDSHAKE)
                .map(|(.., bytes)| bytes)
                .collect()
        };
        for (side, sender, receiver) in [
            (Side::Client, &client, &server),
            (Side::Server, &server, &client),
        ] {
            let said = of_client.of(side);
            assert!(said.len() >= 4, "{version} {side:?}");
            assert_eq!(messages(&sender.all(), Direction::Sent), said, "{version}");
            let heard = messages(&receiver.all(), Direction::Received);
            assert_eq!(heard, said, "{version}");
        }
    }
}

/// Content type and message type of all that passes one way, as Python's callback numbers them.
fn numbers(items: &[Item], direction: Direction) -> Vec<(u16, u16)> {
    let all = bare(items, direction).into_iter();
    all.map(|(kind, msg_type, _)| (kind, msg_type)).collect()
}

#[test]
fn a_header_comes_before_what_it_holds_and_the_inner_type_between_them() {
    let (mut pair, [client, server]) = tapped(configs(ProtocolVersion::TLS_1_3));
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line");
    let mut out = vec![0; 256];
    let written = pair.client.connection.key_update(false, &mut out).unwrap();
    pair.server.deliver(&out[..written], pair.now);
    pair.client.connection.close();
    pair.run(Delivery::Whole);
    let up = [
        (HEADER, 22),
        (HANDSHAKE, 1),
        (HEADER, 20),
        (20, 0x0101),
        (HEADER, 23),
        (INNER, 22),
        (HANDSHAKE, 11),
        (HANDSHAKE, 15),
        (HANDSHAKE, 20),
        (HEADER, 23),
        (INNER, 23),
        (HEADER, 23),
        (INNER, 22),
        (HANDSHAKE, 24),
        (HEADER, 23),
        (INNER, 21),
        (21, 0),
    ];
    let down = [
        (HEADER, 22),
        (HANDSHAKE, 2),
        (HEADER, 20),
        (20, 0x0101),
        (HEADER, 23),
        (INNER, 22),
        (HANDSHAKE, 8),
        (HANDSHAKE, 13),
        (HANDSHAKE, 11),
        (HANDSHAKE, 15),
        (HANDSHAKE, 20),
        (HEADER, 23),
        (INNER, 23),
    ];
    for (sender, receiver, wanted) in [(&client, &server, &up[..]), (&server, &client, &down[..])] {
        assert_eq!(numbers(&sender.all(), Direction::Sent), wanted);
        assert_eq!(numbers(&receiver.all(), Direction::Received), wanted);
    }
}

#[test]
fn before_tls13_no_record_has_an_inner_type() {
    for version in &VERSIONS[1..] {
        let (mut pair, [client, server]) = tapped(configs(*version));
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line");
        let up = [
            (HEADER, 22),
            (HANDSHAKE, 1),
            (HEADER, 22),
            (HANDSHAKE, 11),
            (HANDSHAKE, 16),
            (HANDSHAKE, 15),
            (HEADER, 20),
            (20, 0x0101),
            (HEADER, 22),
            (HANDSHAKE, 20),
            (HEADER, 23),
        ];
        for (items, direction) in [
            (client.all(), Direction::Sent),
            (server.all(), Direction::Received),
        ] {
            let mut numbers = numbers(&items, direction);
            // One byte goes ahead where an IV could be foreseen.
            numbers.truncate(up.len());
            assert_eq!(numbers, up, "{version} {direction:?}");
            assert!(items.iter().all(|item| item.content_type != INNER));
        }
    }
}

#[test]
fn the_version_is_told_once_it_is_chosen() {
    for version in VERSIONS {
        let (mut pair, taps) = tapped(configs(version));
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line");
        for (side, tap) in [Side::Client, Side::Server].into_iter().zip(taps) {
            let items = tap.take();
            let unknown = items.iter().take_while(|item| item.version.is_none());
            let (of_hello, direction) = match side {
                // It learns from the ServerHello.
                Side::Client => (4, Direction::Received),
                Side::Server => (2, Direction::Received),
            };
            let unknown = unknown.cloned().collect::<Vec<_>>();
            assert_eq!(unknown.len(), of_hello, "{version} {side:?} {items:?}");
            assert_eq!(unknown.last().map(|item| item.direction), Some(direction));
            let rest = &items[unknown.len()..];
            assert!(
                rest.iter().all(|item| item.version == Some(version)),
                "{version} {side:?} {rest:?}"
            );
        }
    }
}

#[test]
fn alerts_are_seen_with_their_two_bytes() {
    let (client, mut server) = configs(ProtocolVersion::TLS_1_3);
    server.common.suites = vec![CipherSuite::TLS_CHACHA20_POLY1305_SHA256];
    let mut other = client;
    other.common.suites = vec![CipherSuite::TLS_AES_128_GCM_SHA256];
    let (mut pair, [client, server]) = tapped((other, server));
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.error, Some(Fault::SuiteNotCommon.into()));
    let alert = |items: Vec<Item>| {
        let mut all = items.into_iter().filter(|item| item.content_type == 21);
        all.next().map(|item| (item.msg_type, item.bytes))
    };
    assert_eq!(alert(server.take()), Some((40, vec![2, 40])));
    assert_eq!(alert(client.take()), Some((40, vec![2, 40])));
}

/// A tap may stand in the config that is swapped in, or in the first one, or in both.
#[test]
fn a_config_that_is_chosen_late_has_its_tap_from_the_hello_on() {
    for (first_is_tapped, second_is_tapped, wanted) in [
        (true, true, (1, true)),
        (true, false, (1, false)),
        (false, true, (1, true)),
        (false, false, (0, false)),
    ] {
        let (client, mut first) = configs(ProtocolVersion::TLS_1_3);
        let (_, mut second) = configs(ProtocolVersion::TLS_1_3);
        let tap = Arc::new(Kept::default());
        first.ask_for_config = true;
        first.common.tap = first_is_tapped.then(|| Arc::clone(&tap) as _);
        second.common.tap = second_is_tapped.then(|| Arc::clone(&tap) as _);
        let second = second.check().unwrap();
        let mut pair = Pair::new(&client.check().unwrap(), &first.check().unwrap());
        pair.server.answerer = Some(Box::new(move |_| Answer::Config(second.clone())));
        pair.connect(Delivery::Whole);
        let items = tap.take();
        let hellos = items.iter().filter(|item| item.content_type == HANDSHAKE);
        let hellos = hellos.filter(|item| item.msg_type == 1).count();
        let finished = items
            .iter()
            .any(|item| item.msg_type == 20 && item.content_type == 22);
        assert_eq!((hellos, finished), wanted);
    }
}

/// What is refused as a record is no record; one that does not open is.
#[test]
fn a_record_that_does_not_open_is_seen_by_its_header() {
    let (mut pair, [_, server]) = tapped(configs(ProtocolVersion::TLS_1_3));
    pair.connect(Delivery::Whole);
    server.take();
    let mut record = pair.client.write(b"a line");
    let last = record.len() - 1;
    record[last] ^= 1;
    pair.server.deliver(&record, pair.now);
    assert_eq!(pair.server.error, Some(Fault::RecordNotAuthentic.into()));
    assert_eq!(numbers(&server.take(), Direction::Received), [(HEADER, 23)]);

    let (mut pair, [_, server]) = tapped(configs(ProtocolVersion::TLS_1_3));
    pair.server.deliver(b"GET / HTTP/1.1\r\n\r\n", pair.now);
    assert_eq!(pair.server.error, Some(Fault::PlainHttp.into()));
    assert_eq!(server.take(), []);
}

/// Many records in one call, records of any type, and nothing at all.
#[test]
fn each_way_to_send_is_tapped() {
    let (mut pair, [client, server]) = tapped(configs(ProtocolVersion::TLS_1_3));
    pair.connect(Delivery::Whole);
    client.take();
    server.take();
    let contents: [&[u8]; 3] = [b"one", b"", b"two"];
    let connection = &mut pair.client.connection;
    let mut out = vec![0; connection.send_records_size(&contents)];
    let written = connection.send_records(&contents, &mut out).unwrap();
    pair.server.deliver(&out[..written], pair.now);
    let mut out = vec![0; 100];
    let kind = handfast_wire::registry::ContentType::APPLICATION_DATA;
    let connection = &mut pair.client.connection;
    let written = connection.danger_send_record(kind, b"", &mut out).unwrap();
    pair.server.deliver(&out[..written], pair.now);
    let wanted = [(HEADER, 23), (INNER, 23)].repeat(3);
    assert_eq!(numbers(&client.take(), Direction::Sent), wanted);
    assert_eq!(numbers(&server.take(), Direction::Received), wanted);
    assert_eq!(pair.server.data, b"onetwo");
}

#[test]
fn a_hello_in_the_format_of_ssl2_is_seen_as_such() {
    let (_, mut server) = configs(ProtocolVersion::TLS_1_0);
    server.common.allow_obsolete(&OBSOLETE);
    let (mut pair, [_, server]) = tapped((config::client(), server));
    // CLIENT-HELLO of 3.1: no known suite.
    let mut hello = vec![0x80, 28, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x99];
    hello.extend([7; 16]);
    pair.server.deliver(&hello, pair.now);
    assert_eq!(pair.server.error, Some(Fault::SuiteNotCommon.into()));
    let seen = server.take();
    assert_eq!(numbers(&seen, Direction::Received), [(0, 1)]);
    assert_eq!(seen[0].bytes, hello[2..]);
}

/// What passes in second handshakes is seen as in first ones: renegotiation under the old keys, and a
/// certificate that is asked for later.
#[test]
fn second_handshakes_are_seen_record_by_record() {
    for version in &VERSIONS[..4] {
        let (mut client, mut server) = configs(*version);
        server.client_auth = ClientAuth::None;
        server.later_client_auth = ClientAuth::require(config::trust());
        client.post_handshake_auth = true;
        for common in [&mut client.common, &mut server.common] {
            common.renegotiation = Renegotiation::ALLOW;
        }
        let [of_client, of_server] = Witness::of_both();
        client.common.observer = Some(Arc::clone(&of_client) as _);
        server.common.observer = Some(of_server);
        let (mut pair, [client, server]) = tapped((client, server));
        pair.connect(Delivery::Whole);
        let what = Renewal::ClientCertificate;
        pair.server.connection.renew(what, pair.now).unwrap();
        pair.run(Delivery::Chunks(100));
        assert_eq!(
            pair.server.events.last(),
            Some(&Event::Renewed(what)),
            "{version}"
        );
        pair.exchange(b"a line");
        let (client, server) = (client.take(), server.take());
        let (up, down) = (headers_sent(&pair.client), headers_sent(&pair.server));
        assert_eq!(headers(&client, Direction::Sent), up, "{version}");
        assert_eq!(headers(&server, Direction::Received), up, "{version}");
        assert_eq!(headers(&server, Direction::Sent), down, "{version}");
        assert_eq!(headers(&client, Direction::Received), down, "{version}");
        for (side, sender, receiver) in [
            (Side::Client, &client, &server),
            (Side::Server, &server, &client),
        ] {
            let sent = bare(sender, Direction::Sent);
            assert_eq!(bare(receiver, Direction::Received), sent, "{version}");
            let messages = sent.into_iter().filter(|(kind, ..)| *kind == HANDSHAKE);
            let messages: Vec<_> = messages.map(|(.., bytes)| bytes).collect();
            // An observer hears of HelloRequest too.
            assert_eq!(messages, of_client.of(side), "{version} {side:?}");
        }
        let later = server
            .iter()
            .rev()
            .take_while(|item| item.version.is_some());
        assert!(later.count() > 10);
    }
}

/// Early data are application data, seen before any version is chosen by whoever sends them.
#[test]
fn early_data_are_seen_as_records() {
    let (mut client, mut server) = configs(ProtocolVersion::TLS_1_3);
    server.client_auth = ClientAuth::None;
    server.ticket_keys = Some(crate::resumption::keys());
    server.max_early_data = 1000;
    server.strikes = Some(Arc::new(Fresh));
    client.early_data = true;
    client.sessions = Some(Arc::<handfast::session::MemoryStore>::default());
    let taps = [(); 2].map(|()| Arc::new(Kept::default()));
    client.common.tap = Some(Arc::clone(&taps[0]) as _);
    server.common.tap = Some(Arc::clone(&taps[1]) as _);
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    Pair::new(&client, &server).connect(Delivery::Whole);
    let _ = taps.each_ref().map(|tap| tap.take());
    let mut pair = Pair::new(&client, &server);
    let connection = &mut pair.client.connection;
    let mut out = vec![0; connection.send_size(5)];
    let written = connection.send_replayable(&[b"early"], &mut out).unwrap();
    pair.server.deliver(&out[..written], pair.now);
    pair.connect(Delivery::Whole);
    let sent = numbers(&taps[0].take(), Direction::Sent);
    let early = sent.iter().position(|one| *one == (INNER, 23)).unwrap();
    assert_eq!(sent[early - 1], (HEADER, 23));
    assert_eq!(sent[..2], [(HEADER, 22), (HANDSHAKE, 1)]);
    assert_eq!(numbers(&taps[1].take(), Direction::Received), sent);
}

/// Nothing was ever seen.
#[derive(Debug)]
struct Fresh;

impl handfast::session::StrikeStore for Fresh {
    fn insert(
        &self,
        _: &handfast::session::Strike,
        _: handfast::Now,
    ) -> Result<bool, handfast::session::StrikeFailed> {
        Ok(true)
    }
}

//! The pause at the ClientHello: another config, the same one, or a chosen alert.

use handfast::config::{SystemEntropy, Verification};
use handfast::connection::{Question, RefusalDetail};
use handfast::observe::{Direction, Observer, Passed};
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{
    AlertDescription, Answer, Ask, Client, ClientConfig, Connection, Error, Event, Fault, Misuse,
    NamedGroup, ProtocolVersion, Server, ServerConfig,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
const DELIVERIES: [Delivery; 3] = [Delivery::Whole, Delivery::Chunks(1), Delivery::Chunks(100)];

fn client(version: ProtocolVersion) -> ClientConfig {
    let mut client = config::client();
    client.common.versions = vec![version];
    client.common.alpn = vec![b"first".to_vec(), b"second".to_vec()];
    client
}

/// The config that a server has before it has heard anything.
fn first() -> ServerConfig {
    let mut server = config::server(KeyKind::EcP256);
    server.common.alpn = vec![b"first".to_vec()];
    server.ask_for_config = true;
    server
}

/// The one that it is given by name.
fn second() -> ServerConfig {
    let mut server = config::server(KeyKind::Ed25519);
    server.common.alpn = vec![b"second".to_vec()];
    server
}

/// A pair whose server answers the pause so.
fn pair(
    client: &Client,
    server: &Server,
    mut answer: impl FnMut(Option<&str>) -> Answer + 'static,
) -> Pair {
    let mut pair = Pair::new(client, server);
    pair.server.answerer = Some(Box::new(move |question| match question {
        Question::Config { client_hello } => answer(client_hello.server_name()),
        _ => Answer::Failed,
    }));
    pair
}

/// How often the ClientHello was shown.
fn pauses(end: &End) -> usize {
    let asks = end.events.iter();
    asks.filter(|event| matches!(event, Event::Ask(Ask::Config(_))))
        .count()
}

#[test]
fn the_config_that_is_swapped_in_shows_its_certificate_and_its_protocol() {
    for version in VERSIONS {
        for delivery in DELIVERIES {
            let client = client(version).check().unwrap();
            let server = first().check().unwrap();
            let mut pair = pair(&client, &server, |name| {
                assert_eq!(name, Some("localhost"));
                Answer::Config(second().check().unwrap())
            });
            pair.connect(delivery);
            pair.exchange(b"a line");
            let leaf = &certificates::server(KeyKind::Ed25519).chain()[0];
            for end in [&pair.client, &pair.server] {
                let negotiated = end.connection.negotiated().unwrap();
                assert_eq!(
                    negotiated.alpn.as_deref(),
                    Some(&b"second"[..]),
                    "{version}"
                );
            }
            let shown = &pair.client.connection.negotiated().unwrap().peer_chain;
            assert_eq!(shown.first(), Some(leaf), "{version}");
            assert_eq!(pauses(&pair.server), 1);
        }
    }
}

#[test]
fn the_same_config_goes_on_where_the_answer_says_so() {
    for version in VERSIONS {
        let client = client(version).check().unwrap();
        let mut pair = pair(&client, &first().check().unwrap(), |_| Answer::SameConfig);
        pair.connect(Delivery::Whole);
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(negotiated.alpn.as_deref(), Some(&b"first"[..]));
        let leaf = &certificates::server(KeyKind::EcP256).chain()[0];
        assert_eq!(negotiated.peer_chain.first(), Some(leaf), "{version}");
        assert_eq!(pauses(&pair.server), 1);
    }
}

/// A config that swaps itself in asks no second time, and neither does a second ClientHello.
#[test]
fn a_connection_pauses_once() {
    let client = client(ProtocolVersion::TLS_1_3).check().unwrap();
    let mut again = first();
    again.common.groups = vec![NamedGroup::SECP384R1];
    let again = again.check().unwrap();
    let mut pair = pair(&client, &first().check().unwrap(), move |_| {
        Answer::Config(again.clone())
    });
    pair.connect(Delivery::Chunks(100));
    assert!(pair.server.connection.negotiated().unwrap().retried);
    assert_eq!(pauses(&pair.server), 1);
}

#[test]
fn without_the_setting_nobody_is_asked() {
    let client = client(ProtocolVersion::TLS_1_3).check().unwrap();
    let mut server = first();
    server.ask_for_config = false;
    let mut pair = Pair::new(&client, &server.check().unwrap());
    pair.connect(Delivery::Whole);
    assert_eq!(pauses(&pair.server), 0);
}

/// A server made without a config has none to go on with.
#[test]
fn there_is_no_same_config_where_there_was_none() {
    let client = client(ProtocolVersion::TLS_1_3).check().unwrap();
    let mut pair = Pair::new(&client, &first().check().unwrap());
    pair.server = End::new(Connection::accept_any(now()));
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, now());
    let Some(Event::Ask(ask)) = pair.server.events.last().cloned() else {
        unreachable!("it asks for a config");
    };
    let server = &mut pair.server.connection;
    let answered = server.answer(ask.id(), Answer::SameConfig, now());
    assert_eq!(answered, Err(Error::Misuse(Misuse::AnswerUnfit)));
    let second = Answer::Config(second().check().unwrap());
    server.answer(ask.id(), second, now()).unwrap();
    pair.server.deliver(&[], now());
    pair.connect(Delivery::Whole);
}

/// Whatever number it has, and whatever it is worth elsewhere.
#[test]
fn a_chosen_alert_is_what_the_peer_is_told_to_the_byte() {
    for version in VERSIONS {
        let client = client(version).check().unwrap();
        for number in 0..=u8::MAX {
            let alert = AlertDescription(number);
            let mut pair = pair(&client, &first().check().unwrap(), move |_| {
                Answer::RefusedByAlert(alert)
            });
            pair.run(Delivery::Whole);
            assert_eq!(pair.server.error, Some(Fault::ClientRefused.into()));
            assert_eq!(pair.server.sent, [21, 3, 3, 0, 2, 2, number], "{version}");
            // This one a client takes for a remark, and waits.
            let told =
                (alert != AlertDescription::USER_CANCELED).then_some(Error::PeerAlert(alert));
            assert_eq!(pair.client.error, told, "{version}");
            let refusal = pair.server.connection.refusal().unwrap();
            assert!(
                matches!(refusal.detail, RefusalDetail::Alert(told) if told == alert),
                "{refusal}"
            );
            assert!(refusal.to_string().contains(&alert.to_string()));
        }
    }
}

/// So may whoever judges peers.
#[test]
fn a_judge_chooses_an_alert_too() {
    for version in VERSIONS {
        let mut client = client(version);
        client.verification = Verification::ask();
        let mut server = first();
        server.ask_for_config = false;
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.client.answerer = Some(Box::new(|_| {
            Answer::RefusedByAlert(AlertDescription::INSUFFICIENT_SECURITY)
        }));
        pair.run(Delivery::Whole);
        assert_eq!(pair.client.error, Some(Fault::PeerRefused.into()));
        let told = Error::PeerAlert(AlertDescription::INSUFFICIENT_SECURITY);
        assert_eq!(pair.server.error, Some(told), "{version}");
    }
}

/// Counts ClientHellos.
#[derive(Debug, Default)]
struct Hellos(AtomicUsize);

impl Observer for Hellos {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let is_hello = matches!(what, Passed::Handshake { msg_type, .. } if msg_type.0 == 1);
        if direction == Direction::Received && is_hello {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn each_observer_sees_the_hello_once_whichever_config_it_belongs_to() {
    let client = client(ProtocolVersion::TLS_1_3).check().unwrap();
    let seen = [true, false].map(|is_shared| {
        let (before, after) = (Arc::new(Hellos::default()), Arc::new(Hellos::default()));
        let mut server = first();
        server.common.observer = Some(Arc::clone(&before) as _);
        let mut other = second();
        let observer = if is_shared { &before } else { &after };
        other.common.observer = Some(Arc::clone(observer) as _);
        let other = other.check().unwrap();
        let mut pair = pair(&client, &server.check().unwrap(), move |_| {
            Answer::Config(other.clone())
        });
        pair.connect(Delivery::Whole);
        (
            before.0.load(Ordering::Relaxed),
            after.0.load(Ordering::Relaxed),
        )
    });
    assert_eq!(seen, [(1, 0), (1, 1)]);
}

/// Sessions belong to the config that was swapped in, not to the one that asked: the labels stand
/// for whatever tells two configs apart.
#[test]
fn a_session_goes_on_under_the_config_that_it_was_made_under_alone() {
    for version in VERSIONS {
        let keys = Arc::new(TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap());
        let labelled = |config: fn() -> ServerConfig, label: &[u8]| {
            let mut config = config();
            config.common.session_scope = Some(label.to_vec());
            config.ticket_keys = Some(Arc::clone(&keys));
            config.check().unwrap()
        };
        let (asks, one) = (labelled(first, b"asks"), labelled(second, b"one"));
        let other = labelled(second, b"other");
        let store = Arc::new(MemoryStore::default());
        let mut client = client(version);
        client.sessions = Some(store);
        let client = client.check().unwrap();
        let next = Arc::new(Mutex::new(None::<Server>));
        let resumed = |config: Option<&Server>| {
            *next.lock().unwrap() = config.cloned();
            let chosen = Arc::clone(&next);
            let mut pair = pair(&client, &asks, move |_| {
                let chosen = chosen.lock().unwrap().clone();
                chosen.map_or(Answer::SameConfig, Answer::Config)
            });
            pair.connect(Delivery::Whole);
            // Tickets of TLS 1.3 come behind the handshake.
            pair.run(Delivery::Whole);
            pair.server.connection.negotiated().unwrap().is_resumed()
        };
        assert!(!resumed(Some(&one)), "{version}");
        assert!(resumed(Some(&one)), "{version}");
        assert!(!resumed(Some(&other)), "{version}");
        assert!(resumed(Some(&other)), "{version}");
        assert!(!resumed(None), "{version}");
        assert!(resumed(None), "{version}");
    }
}

//! What Python's `SSLSession`, `session_stats()` and `get_channel_binding` are made of.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{keys, later};
use handfast::config::Renegotiation;
use handfast::connection::{ChannelBinding, Question, Renewal};
use handfast::observe::Direction;
use handfast::session::{
    Session, SessionCache, SessionCounters, SessionStats, SessionValue, StoredSession,
};
use handfast::{
    Answer, Client, ClientConfig, Connection, Event, Now, ProtocolVersion, Server, ServerConfig,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use std::sync::Arc;

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

/// A context of Python's on each side: all is counted, and sessions are the caller's to keep.
fn configs(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(KeyKind::EcP256));
    for common in [&mut client.common, &mut server.common] {
        common.versions = vec![version];
        common.counters = Some(Arc::new(SessionCounters::default()));
        common.keep_finished = true;
    }
    client.ask_for_sessions = true;
    (client, server)
}

/// Connects as `wrap_socket(..., session=...)` does; gives the `session` of it.
fn connect(
    client: &Client,
    server: &Server,
    session: Option<&StoredSession>,
    now: Now,
) -> (Pair, Option<StoredSession>) {
    let mut pair = Pair::at(client, server, now);
    let value = session.map(|session| session.value.clone());
    pair.client.answerer = Some(Box::new(move |question| match question {
        Question::LoadSession { .. } => Answer::Sessions(vec![value.clone()]),
        _ => Answer::Failed,
    }));
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    let session = pair.client.connection.take_sessions().pop();
    (pair, session)
}

fn read(stored: &StoredSession) -> Session {
    Session::from_bytes(stored.value.as_bytes()).unwrap()
}

fn resumed(pair: &Pair) -> bool {
    let is_resumed = |end: &End| end.connection.negotiated().unwrap().is_resumed();
    assert_eq!(is_resumed(&pair.client), is_resumed(&pair.server));
    is_resumed(&pair.client)
}

/// As CPython's own test of sessions asks for them.
#[test]
fn a_session_tells_what_pythons_object_does() {
    for version in VERSIONS {
        for tickets in [true, false] {
            let (client, mut server) = configs(version);
            if tickets {
                server.ticket_keys = Some(keys());
            } else {
                server.session_cache = Some(Arc::default());
            }
            let (client, server) = (client.check().unwrap(), server.check().unwrap());
            let (pair, stored) = connect(&client, &server, None, now());
            assert!(!resumed(&pair));
            let stored = stored.unwrap();
            let session = read(&stored);
            // Behind TLS 1.3's tickets both are.
            assert_eq!(
                session.has_ticket(),
                tickets || version == ProtocolVersion::TLS_1_3
            );
            assert!((1..=32).contains(&session.id().len()));
            assert_eq!(session.received_unix_ms(), now().unix_ms);
            assert!(session.lifetime_s() > 0);
            assert_eq!(session.version(), version);
            let (pair, again) = connect(&client, &server, Some(&stored), later(5));
            assert!(resumed(&pair), "{version} {tickets}");
            // Before TLS 1.3 it is the same one, and given back to be kept.
            let same = again.map(|again| read(&again).id() == session.id());
            match version {
                ProtocolVersion::TLS_1_2 => assert_ne!(same, Some(false)),
                _ => assert_eq!(same, Some(false)),
            }
            // Another connection's is another one.
            let (pair, other) = connect(&client, &server, None, later(6));
            assert!(!resumed(&pair));
            assert_ne!(read(&other.unwrap()).id(), session.id());
        }
    }
}

#[test]
fn the_id_of_a_session_is_that_of_its_copies() {
    let (client, mut server) = configs(ProtocolVersion::TLS_1_2);
    server.ticket_keys = Some(keys());
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let (_, stored) = connect(&client, &server, None, now());
    let session = read(&stored.unwrap());
    let copy = Session::from_bytes(&session.to_bytes().unwrap()).unwrap();
    assert_eq!(copy.id(), session.id());
    assert_eq!(copy.received_unix_ms(), session.received_unix_ms());
    assert_eq!(copy.lifetime_s(), session.lifetime_s());
}

fn stats(change: impl FnOnce(&mut SessionStats)) -> SessionStats {
    let mut stats = SessionStats::default();
    change(&mut stats);
    stats
}

#[test]
fn handshakes_hits_misses_and_timeouts_are_counted_where_they_happen() {
    for version in VERSIONS {
        for tickets in [true, false] {
            let (client, mut server) = configs(version);
            if tickets {
                server.ticket_keys = Some(keys());
            } else {
                server.session_cache = Some(Arc::default());
            }
            // Another machine, which counts in the same place and knows no session of the first.
            let mut elsewhere = server.clone();
            elsewhere.ticket_keys = tickets.then(keys);
            elsewhere.session_cache = (!tickets).then(Arc::default);
            let (client, server) = (client.check().unwrap(), server.check().unwrap());
            let elsewhere = elsewhere.check().unwrap();
            assert_eq!(server.session_stats(), SessionStats::default());
            let number = |server: &Server| u64::from(server.session_stats().number > 0);

            let (_, stored) = connect(&client, &server, None, now());
            let stored = stored.unwrap();
            assert_eq!(number(&server), u64::from(!tickets));
            let counted = |server: &Server| {
                let mut stats = server.session_stats();
                stats.number = 0;
                stats
            };
            let wanted = stats(|stats| (stats.accept, stats.accept_good) = (1, 1));
            assert_eq!(counted(&server), wanted, "{version} {tickets}");
            let wanted = stats(|stats| (stats.connect, stats.connect_good) = (1, 1));
            assert_eq!(client.session_stats(), wanted, "{version} {tickets}");

            let (_, again) = connect(&client, &server, Some(&stored), later(1));
            let stored = again.unwrap_or(stored);
            let wanted = stats(|stats| {
                (stats.accept, stats.accept_good, stats.hits) = (2, 2, 1);
            });
            assert_eq!(counted(&server), wanted, "{version} {tickets}");
            let wanted = stats(|stats| {
                (stats.connect, stats.connect_good, stats.hits) = (2, 2, 1);
            });
            assert_eq!(client.session_stats(), wanted, "{version} {tickets}");

            let (_, _) = connect(&client, &elsewhere, Some(&stored), later(2));
            let wanted = stats(|stats| {
                (stats.accept, stats.accept_good) = (3, 3);
                (stats.hits, stats.misses) = (1, 1);
            });
            assert_eq!(counted(&server), wanted, "{version} {tickets}");
        }
    }
}

#[test]
fn a_session_that_comes_too_late_is_counted_as_such() {
    for version in VERSIONS {
        let (client, mut server) = configs(version);
        server.ticket_keys = Some(keys());
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        let (_, stored) = connect(&client, &server, None, now());
        // The client's clock stands still.
        let mut pair = Pair::at(&client, &server, later(1));
        let value = stored.map(|session| session.value);
        pair.client.answerer = Some(Box::new(move |_| Answer::Sessions(vec![value.clone()])));
        pair.client.deliver(&[], later(1));
        let hello = pair.client.take_output();
        // By then the key of its ticket is still there.
        pair.now = later(12 * 60 * 60 + 1);
        pair.server = End::new(server.accept(pair.now).unwrap());
        pair.server.deliver(&hello, pair.now);
        pair.connect(Delivery::Whole);
        let stats = server.session_stats();
        assert_eq!(
            (stats.hits, stats.misses, stats.timeouts),
            (0, 0, 1),
            "{version}"
        );
    }
}

#[test]
fn what_a_full_cache_drops_is_counted() {
    let (client, mut server) = configs(ProtocolVersion::TLS_1_2);
    server.session_cache = Some(Arc::new(SessionCache::new(4096)));
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    for _ in 0..60 {
        connect(&client, &server, None, now());
    }
    let stats = server.session_stats();
    assert!(stats.cache_full > 0);
    assert_eq!(stats.number + stats.cache_full, 60);
}

#[test]
fn a_handshake_that_fails_is_begun_and_not_good() {
    let (client, server) = configs(ProtocolVersion::TLS_1_3);
    let (_, other) = configs(ProtocolVersion::TLS_1_2);
    let (client, other) = (client.check().unwrap(), other.check().unwrap());
    drop(server);
    let mut pair = Pair::new(&client, &other);
    pair.client.answerer = Some(Box::new(|_| Answer::Sessions(vec![None])));
    pair.run(Delivery::Whole);
    assert!(pair.client.error.is_some() && pair.server.error.is_some());
    let wanted = stats(|stats| stats.connect = 1);
    assert_eq!(client.session_stats(), wanted);
    assert_eq!(other.session_stats(), stats(|stats| stats.accept = 1));
}

/// A config that is chosen late counts what it takes over.
#[test]
fn a_connection_without_a_config_is_counted_by_the_one_that_it_gets() {
    let (client, server) = configs(ProtocolVersion::TLS_1_3);
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut pair = Pair::new(&client, &server);
    let before = server.session_stats().accept;
    pair.server = End::new(Connection::accept_any(now()));
    let chosen = server.clone();
    pair.server.answerer = Some(Box::new(move |_| Answer::Config(chosen.clone())));
    pair.client.answerer = Some(Box::new(|_| Answer::Sessions(vec![None])));
    pair.connect(Delivery::Whole);
    let stats = server.session_stats();
    assert_eq!((stats.accept, stats.accept_good), (before + 1, 1));
}

fn renegotiating() -> (Client, Server) {
    let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
    client.common.renegotiation = Renegotiation::ALLOW;
    server.common.renegotiation = Renegotiation::ALLOW;
    (client.check().unwrap(), server.check().unwrap())
}

#[test]
fn second_handshakes_are_counted_by_themselves() {
    let (client, server) = renegotiating();
    let (mut pair, _) = connect(&client, &server, None, now());
    pair.client
        .connection
        .renew(Renewal::Keys, pair.now)
        .unwrap();
    pair.run(Delivery::Whole);
    pair.now.monotonic_ms += 60_000;
    pair.server
        .connection
        .renew(Renewal::Keys, pair.now)
        .unwrap();
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.client.events.last(),
        Some(&Event::Renewed(Renewal::Keys))
    );
    let wanted = stats(|stats| {
        (stats.connect, stats.connect_good, stats.connect_renegotiate) = (1, 3, 2);
    });
    assert_eq!(client.session_stats(), wanted);
    let wanted = stats(|stats| {
        (stats.accept, stats.accept_good, stats.accept_renegotiate) = (1, 3, 2);
    });
    assert_eq!(server.session_stats(), wanted);
}

/// Each side's own and the other's, in every kind of handshake; tls-unique is the one that came first.
#[test]
fn what_both_sides_said_in_finished_is_kept_where_it_is_asked_for() {
    for version in VERSIONS {
        let (client, mut server) = configs(version);
        server.ticket_keys = Some(keys());
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        let (full, stored) = connect(&client, &server, None, now());
        let (back, _) = connect(&client, &server, stored.as_ref(), later(1));
        assert!(resumed(&back));
        for (pair, client_first) in [(full, true), (back, false)] {
            let said = |end: &End, whose| end.connection.finished(whose).unwrap().to_vec();
            let by_client = said(&pair.client, Direction::Sent);
            let by_server = said(&pair.server, Direction::Sent);
            assert_eq!(said(&pair.server, Direction::Received), by_client);
            assert_eq!(said(&pair.client, Direction::Received), by_server);
            assert_ne!(by_client, by_server);
            let bytes = if version == ProtocolVersion::TLS_1_3 {
                32
            } else {
                12
            };
            assert_eq!((by_client.len(), by_server.len()), (bytes, bytes));
            let unique = pair
                .client
                .connection
                .channel_binding(ChannelBinding::TlsUnique);
            if version == ProtocolVersion::TLS_1_2 {
                let first = if client_first { by_client } else { by_server };
                assert_eq!(unique.unwrap(), first);
            }
        }
    }
}

#[test]
fn tls_unique_is_that_of_the_newest_handshake() {
    let (client, server) = renegotiating();
    let (mut pair, _) = connect(&client, &server, None, now());
    let mut before = Vec::new();
    for _ in 0..2 {
        pair.client
            .connection
            .renew(Renewal::Keys, pair.now)
            .unwrap();
        pair.run(Delivery::Whole);
        pair.now.monotonic_ms += 60_000;
        let unique = |end: &End| {
            let unique = end.connection.channel_binding(ChannelBinding::TlsUnique);
            unique.unwrap()
        };
        assert_eq!(unique(&pair.client), unique(&pair.server));
        // A second handshake is a full one: the client's comes first.
        let first = pair.client.connection.finished(Direction::Sent).unwrap();
        assert_eq!(unique(&pair.client), first);
        assert_ne!(unique(&pair.client), before);
        before = unique(&pair.client);
    }
}

#[test]
fn where_nobody_asks_nothing_is_kept_or_counted() {
    let (mut client, mut server) = configs(ProtocolVersion::TLS_1_3);
    for common in [&mut client.common, &mut server.common] {
        common.counters = None;
        common.keep_finished = false;
    }
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let (pair, _) = connect(&client, &server, None, now());
    assert_eq!(pair.client.connection.finished(Direction::Sent), None);
    assert_eq!(pair.server.connection.finished(Direction::Received), None);
    assert_eq!(server.session_stats(), SessionStats::default());
    assert_eq!(client.session_stats(), SessionStats::default());
}

/// What is no session is none.
#[test]
fn bytes_that_are_no_session_cost_a_full_handshake() {
    let (client, server) = configs(ProtocolVersion::TLS_1_3);
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let junk = StoredSession {
        key: b"localhost".to_vec(),
        value: SessionValue::new(vec![7; 100]),
        lifetime_s: 1,
    };
    let (pair, _) = connect(&client, &server, Some(&junk), now());
    assert!(!resumed(&pair));
    assert!(Session::from_bytes(junk.value.as_bytes()).is_err());
}

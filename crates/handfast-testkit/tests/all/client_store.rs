//! What a client's store of sessions goes through.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::SystemEntropy;
use handfast::session::{MemoryStore, SessionStore, TicketKeys};
use handfast::{Client, ClientConfig, Now, ProtocolVersion, Server, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};
use std::sync::Arc;

const NEWER: ProtocolVersion = ProtocolVersion::TLS_1_3;
const OLDER: ProtocolVersion = ProtocolVersion::TLS_1_2;

/// A client with this store, of one version.
fn client(store: &Arc<MemoryStore>, version: ProtocolVersion) -> Client {
    let mut config = ClientConfig {
        sessions: Some(Arc::clone(store) as Arc<dyn SessionStore>),
        ..config::client()
    };
    config.common.versions = vec![version];
    config.check().unwrap()
}

/// A server that gives so many tickets of TLS 1.3.
fn server(tickets: u8) -> Server {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
    let config = ServerConfig {
        ticket_keys: Some(Arc::new(keys)),
        tickets,
        ..config::server(KeyKind::EcP256)
    };
    config.check().unwrap()
}

fn later(seconds: u64) -> Now {
    let now = now();
    Now {
        unix_ms: now.unix_ms + seconds * 1000,
        monotonic_ms: now.monotonic_ms + seconds * 1000,
    }
}

/// Connects, and tells whether a session went on.
fn came_back(client: &Client, server: &Server, now: Now) -> bool {
    let mut pair = Pair::at(client, server, now);
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    pair.client.connection.negotiated().unwrap().is_resumed()
}

#[test]
fn a_session_that_a_config_cannot_offer_stays_for_one_that_can() {
    let store = Arc::new(MemoryStore::default());
    let [newer, older] = [NEWER, OLDER].map(|version| client(&store, version));
    let server = server(3);
    assert!(!came_back(&newer, &server, now()));
    // Three that the older one cannot offer lie there, and stay.
    assert!(!came_back(&older, &server, later(1)));
    assert!(came_back(&newer, &server, later(2)));
    // Three newer ones lie above its own.
    assert!(came_back(&older, &server, later(3)));
    assert!(came_back(&newer, &server, later(4)));
    let versions = || core::iter::from_fn(|| store.take("localhost")).map(|one| one.version());
    assert_eq!(versions().collect::<Vec<_>>(), [NEWER, NEWER, NEWER, OLDER]);
}

#[test]
fn a_session_that_has_expired_is_not_put_back() {
    for (at, left) in [(later(3600), 2), (later(48 * 60 * 60), 1)] {
        let store = Arc::new(MemoryStore::default());
        let server = server(1);
        came_back(&client(&store, NEWER), &server, now());
        came_back(&client(&store, OLDER), &server, at);
        let found = core::iter::from_fn(|| store.take("localhost")).count();
        assert_eq!(found, left);
    }
}

//! Coming back: TLS 1.2 with tickets and session IDs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{client_config, connect, keys, kind, later, resumed, server_config};
use handfast::connection::{PeerStanding, Resumption};
use handfast::observe::Script;
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{ClientConfig, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;

/// Both ends of TLS 1.2.
fn classic(store: &Arc<MemoryStore>, keys: &Arc<TicketKeys>) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (client_config(store), server_config(keys));
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    server.common.versions = vec![ProtocolVersion::TLS_1_2];
    (client, server)
}

#[test]
fn a_tls12_ticket_serves_until_it_expires() {
    let store = Arc::new(MemoryStore::default());
    let (client, server) = classic(&store, &keys());
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut exported = Vec::new();
    for expected in [false, true, true, true] {
        let pair = connect(&client, &server, later(1));
        let ours = pair.client.connection.negotiated().unwrap();
        assert_eq!(
            (ours.is_resumed(), ours.version),
            (expected, ProtocolVersion::TLS_1_2)
        );
        assert_eq!(ours.peer_standing, PeerStanding::Verified);
        assert_eq!(
            ours.peer_chain,
            certificates::server(KeyKind::EcP256).chain()
        );
        let mut out = [0; 32];
        pair.client
            .connection
            .export(b"label", None, &mut out)
            .unwrap();
        assert!(!exported.contains(&out), "new randoms give new keys");
        exported.push(out);
    }
    assert!(!resumed(&connect(&client, &server, later(13 * 60 * 60))));
}

/// Says a ticket of TLS 1.2 as a pre-shared key too.
#[derive(Debug)]
struct InBothPlaces;

impl Script for InBothPlaces {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![message];
        }
        client_hello(&message, |hello| {
            let ticket = hello.extensions.content(ExtensionType::SESSION_TICKET);
            let sized = |bytes: &[u8]| {
                let length = u16::try_from(bytes.len()).unwrap();
                [&length.to_be_bytes()[..], bytes].concat()
            };
            if ticket.is_empty() {
                return;
            }
            let identity = [&sized(ticket)[..], &[0; 4]].concat();
            let binder = [&[32][..], &[0; 32]].concat();
            let offered = [sized(&identity), sized(&binder)].concat();
            hello
                .extensions
                .set(ExtensionType::PRE_SHARED_KEY, &offered);
        })
    }
}

#[test]
fn a_hello_with_its_tls12_ticket_in_both_places_comes_back_by_it_in_tls12_alone() {
    for (versions, wanted) in [
        (&[ProtocolVersion::TLS_1_2][..], Some(Resumption::Ticket)),
        (&[ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2], None),
    ] {
        let (store, keys) = (Arc::new(MemoryStore::default()), keys());
        let (client, mut server) = classic(&store, &keys);
        server.common.versions = config::server(KeyKind::EcP256).common.versions;
        let server = server.check().unwrap();
        let first = connect(&client.check().unwrap(), &server, now());
        assert_eq!(kind(&first), None);
        let mut client = client_config(&store);
        client.common.versions = versions.to_vec();
        client.common.danger_script = Some(Arc::new(InBothPlaces));
        let again = connect(&client.check().unwrap(), &server, later(1));
        assert_eq!(kind(&again), wanted, "{versions:?}");
    }
}

#[test]
fn a_tls12_ticket_is_delivered_in_any_splitting_and_keeps_the_client_certificate() {
    for size in [1, 3, 7, 100] {
        let store = Arc::new(MemoryStore::default());
        let (mut client, mut server) = classic(&store, &keys());
        client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
        server.client_auth = config::mutual_server(KeyKind::EcP256).client_auth;
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        for expected in [false, true] {
            let mut pair = Pair::at(&client, &server, later(1));
            pair.connect(Delivery::Chunks(size));
            pair.exchange(b"a line of text");
            let theirs = pair.server.connection.negotiated().unwrap();
            assert_eq!(theirs.is_resumed(), expected, "{size}");
            assert_eq!(
                theirs.peer_chain,
                certificates::client(KeyKind::EcP256).chain()
            );
        }
    }
}

#[test]
fn a_tls12_ticket_of_another_process_or_version_is_not_resumed() {
    let store = Arc::new(MemoryStore::default());
    let (client, server) = classic(&store, &keys());
    let client = client.check().unwrap();
    connect(&client, &server.check().unwrap(), now());
    let (_, restarted) = classic(&store, &keys());
    assert!(!resumed(&connect(
        &client,
        &restarted.check().unwrap(),
        later(1)
    )));

    // A server that has learnt TLS 1.3 since speaks it, and starts anew.
    let keys = keys();
    let (mut client, server) = classic(&store, &keys);
    client.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    let client = client.check().unwrap();
    connect(&client, &server.check().unwrap(), now());
    let pair = connect(&client, &server_config(&keys).check().unwrap(), later(1));
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(
        (negotiated.is_resumed(), negotiated.version),
        (false, ProtocolVersion::TLS_1_3)
    );
}

#[test]
fn a_tls12_session_id_serves_until_it_expires_and_keeps_the_client_certificate() {
    for delivery in [Delivery::Whole, Delivery::Chunks(1), Delivery::Chunks(7)] {
        let store = Arc::new(MemoryStore::default());
        let (mut client, mut server) = classic(&store, &keys());
        client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
        server.client_auth = config::mutual_server(KeyKind::EcP256).client_auth;
        server.ticket_keys = None;
        let cache = Arc::new(SessionCache::default());
        server.session_cache = Some(Arc::clone(&cache));
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        for (seconds, expected) in [
            (1, None),
            (2, Some(Resumption::SessionId)),
            (3, Some(Resumption::SessionId)),
            (13 * 60 * 60, None),
        ] {
            let mut pair = Pair::at(&client, &server, later(seconds));
            pair.connect(delivery);
            pair.exchange(b"a line of text");
            assert_eq!(kind(&pair), expected, "{seconds}");
            let theirs = pair.server.connection.negotiated().unwrap();
            assert_eq!(theirs.peer_standing, PeerStanding::Verified);
            assert_eq!(
                theirs.peer_chain,
                certificates::client(KeyKind::EcP256).chain()
            );
        }
        assert_eq!(cache.len(), 2, "one for each full handshake");
        cache.clear();
        assert_eq!(kind(&connect(&client, &server, later(13 * 60 * 60))), None);
    }
}

#[test]
fn a_ticket_goes_before_a_session_id_and_a_client_without_tickets_gets_an_id() {
    let store = Arc::new(MemoryStore::default());
    let (client, mut server) = classic(&store, &keys());
    let cache = Arc::new(SessionCache::default());
    server.session_cache = Some(Arc::clone(&cache));
    let server = server.check().unwrap();
    let client = client.check().unwrap();
    assert_eq!(kind(&connect(&client, &server, now())), None);
    assert!(cache.is_empty());
    let back = connect(&client, &server, later(1));
    assert_eq!(kind(&back), Some(Resumption::Ticket));
}

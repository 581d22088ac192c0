//! Who requires the extended master secret (RFC 7627) goes on with nobody who has it not, in a full
//! handshake and with a session, and misses nobody else.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::SystemEntropy;
use handfast::obsolete::MUSEUM;
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{AlertDescription, ClientConfig, Error, Fault, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::NotExtended;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::shape::Shape;
use std::sync::Arc;

const ABSENT: Error = Error::Fault(Fault::ExtendedMasterSecretAbsent);

fn run(client: &ClientConfig, server: &ServerConfig) -> Pair {
    let (client, server) = (client.clone().check(), server.clone().check());
    let mut pair = Pair::new(&client.unwrap(), &server.unwrap());
    pair.run(Delivery::Whole);
    pair
}

/// Both ends keep sessions, and are lenient: sessions that nothing binds come back, too.
fn ends(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let mut client = config::client();
    let mut server = config::server(KeyKind::Rsa { bits: 2048 });
    client.sessions = Some(Arc::new(MemoryStore::default()));
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
    server.ticket_keys = Some(Arc::new(keys));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
    }
    (client, server)
}

#[test]
fn who_requires_it_meets_every_peer_of_ours() {
    for shape in Shape::ALL {
        let (mut client, mut server) = shape.configs();
        client.common.require_extended_master_secret = true;
        server.common.require_extended_master_secret = true;
        let (client, server) = shape.met(client, server);
        Pair::new(&client, &server).connect(Delivery::Whole);
    }
}

#[test]
fn each_side_refuses_a_peer_without_it_where_it_is_required() {
    for version in [
        ProtocolVersion::TLS_1_2,
        ProtocolVersion::TLS_1_1,
        ProtocolVersion::TLS_1_0,
    ] {
        for (by_client, by_server) in [(false, false), (true, false), (false, true)] {
            let (mut client, mut server) = ends(version);
            client.common.danger_script = Some(Arc::new(NotExtended));
            client.common.require_extended_master_secret = by_client;
            server.common.require_extended_master_secret = by_server;
            let pair = run(&client, &server);
            let refused = Some(ABSENT);
            let told = Some(Error::PeerAlert(AlertDescription::HANDSHAKE_FAILURE));
            let errors = (pair.client.error, pair.server.error);
            match (by_client, by_server) {
                (true, _) => assert_eq!(errors, (refused, told), "{version}"),
                (_, true) => assert_eq!(errors, (told, refused), "{version}"),
                _ => assert_eq!(errors, (None, None), "control {version}"),
            }
        }
    }
}

#[test]
fn a_version_without_extensions_is_refused_where_it_is_required() {
    for required in [false, true] {
        let (client, mut server) = ends(ProtocolVersion::SSL_3_0);
        server.common.require_extended_master_secret = required;
        let error = run(&client, &server).server.error;
        assert_eq!(error, required.then_some(ABSENT));
    }
}

/// A session that began while nobody required it: neither side goes on with it, and both go on.
#[test]
fn a_session_without_it_is_left_behind_once_it_is_required() {
    for (by_client, by_server) in [(false, false), (true, false), (false, true)] {
        let (mut client, mut server) = ends(ProtocolVersion::TLS_1_2);
        client.common.danger_script = Some(Arc::new(NotExtended));
        assert_eq!(run(&client, &server).client.error, None);
        client.common.require_extended_master_secret = by_client;
        server.common.require_extended_master_secret = by_server;
        if by_client || by_server {
            client.common.danger_script = None;
        }
        let pair = run(&client, &server);
        let agreed = pair.client.connection.negotiated().unwrap();
        let is_required = by_client || by_server;
        assert_eq!(agreed.is_resumed(), !is_required, "{by_client} {by_server}");
        assert_eq!(agreed.extended_master_secret, is_required);
    }
}

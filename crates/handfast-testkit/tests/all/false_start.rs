//! A client that sends before the server's Finished has come (RFC 7918), where its config says so.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::keys;
use handfast::obsolete::OBSOLETE;
use handfast::session::MemoryStore;
use handfast::{
    CipherSuite, ClientConfig, Error, Event, Fault, Misuse, ProtocolVersion, ServerConfig,
    SignatureScheme,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Pair, now};
use std::sync::Arc;

const AEAD: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
const CBC: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA;
const TRANSPORT: CipherSuite = CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256;
const TLS12: ProtocolVersion = ProtocolVersion::TLS_1_2;

fn configs(version: ProtocolVersion, suite: CipherSuite) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (
        config::client(),
        config::server(KeyKind::Rsa { bits: 2048 }),
    );
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&OBSOLETE);
        common.versions = vec![version];
    }
    client.common.suites = vec![suite];
    client.false_start = true;
    (client, server)
}

/// Up to the client's Finished, which the server has not seen yet.
fn until_finished(client: ClientConfig, server: ServerConfig) -> (Pair, Vec<u8>) {
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, now());
    let flight = pair.server.take_output();
    pair.client.deliver(&flight, now());
    let finished = pair.client.take_output();
    (pair, finished)
}

#[test]
fn data_goes_out_with_the_clients_finished() {
    let (client, server) = configs(TLS12, AEAD);
    let (mut pair, mut finished) = until_finished(client, server);
    assert_eq!(pair.client.events, [Event::MaySend]);
    assert!(pair.client.connection.is_handshaking());
    assert!(pair.client.connection.negotiated().is_none());
    finished.extend(pair.client.write(b"GET / HTTP/1.1"));
    pair.server.deliver(&finished, now());
    assert_eq!(pair.server.data, b"GET / HTTP/1.1");
    let answer = pair.server.take_output();
    pair.client.deliver(&answer, now());
    assert_eq!(pair.client.events, [Event::MaySend, Event::Connected]);
    pair.exchange(b"and so on");
}

#[test]
fn nothing_goes_out_early_unless_asked_for_or_where_it_would_not_be_safe() {
    let tls11 = ProtocolVersion::TLS_1_1;
    for (version, suite, asked) in [
        (TLS12, AEAD, false),
        (TLS12, CBC, true),
        (TLS12, TRANSPORT, true),
        (tls11, CBC, true),
    ] {
        let (mut client, server) = configs(version, suite);
        client.false_start = asked;
        let (mut pair, _) = until_finished(client, server);
        assert_eq!(pair.client.events, [], "{version} {suite}");
        let sent = pair.client.connection.send(&[b"early"], &mut [0; 1000]);
        assert_eq!(sent, Err(Error::Misuse(Misuse::NotConnected)));
    }
}

#[test]
fn a_session_that_goes_on_needs_no_early_start() {
    let (mut client, mut server) = configs(TLS12, AEAD);
    client.sessions = Some(Arc::new(MemoryStore::default()));
    server.ticket_keys = Some(keys());
    for round in 0..2 {
        let (mut pair, finished) = until_finished(client.clone(), server.clone());
        pair.server.deliver(&finished, now());
        let rest = pair.server.take_output();
        pair.client.deliver(&rest, now());
        let early = pair.client.events.contains(&Event::MaySend);
        assert_eq!(early, round == 0);
        assert!(pair.client.is_connected());
    }
}

#[test]
fn a_wrong_finished_ends_the_connection_all_the_same() {
    let (client, server) = configs(TLS12, AEAD);
    let (mut pair, finished) = until_finished(client, server);
    pair.client.write(b"early");
    pair.server.deliver(&finished, now());
    let mut answer = pair.server.take_output();
    *answer.last_mut().unwrap() ^= 1;
    pair.client.deliver(&answer, now());
    assert_eq!(
        pair.client.error,
        Some(Error::Fault(Fault::RecordNotAuthentic))
    );
    let sent = pair.client.connection.send(&[b"late"], &mut [0; 1000]);
    assert!(sent.is_err());
}

/// The scheme is what stands between the early data and whoever struck the better ones.
#[test]
fn a_server_that_signed_by_sha1_is_waited_for() {
    for (scheme, early) in [
        (SignatureScheme::RSA_PKCS1_SHA256, true),
        (SignatureScheme::RSA_PKCS1_SHA1, false),
    ] {
        let (mut client, server) = configs(TLS12, AEAD);
        client.common.schemes = vec![scheme];
        let (pair, _) = until_finished(client, server);
        assert_eq!(
            pair.client.events.contains(&Event::MaySend),
            early,
            "{scheme}"
        );
        assert!(pair.client.error.is_none());
    }
}

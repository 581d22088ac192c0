//! Second handshakes on a connection before TLS 1.3 (RFC 5246 section 7.4.1.1, RFC 5746).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{ClientAuth, Common, Renegotiation, SystemEntropy};
use handfast::connection::{ChannelBinding, PeerStanding, Renewal};
use handfast::obsolete::MUSEUM;
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{
    AlertDescription, Answer, CipherSuite, ClientConfig, Error, Event, Fault, Misuse,
    ProtocolVersion, ServerConfig,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::witness::Witness;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

const RSA: KeyKind = KeyKind::Rsa { bits: 2048 };
const SINCE_TLS_1_0: [ProtocolVersion; 3] = [
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
];

/// Both speak this version alone, and let the other begin.
fn configs(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(RSA));
    let set = |common: &mut Common| {
        if version < ProtocolVersion::TLS_1_2 {
            common.allow_obsolete(&MUSEUM);
        }
        common.versions = vec![version];
        common.renegotiation = Renegotiation::ALLOW;
        common.alpn = vec![b"http/1.1".to_vec()];
    };
    set(&mut client.common);
    set(&mut server.common);
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    server.later_client_auth = ClientAuth::require(config::trust());
    (client, server)
}

fn connected((client, server): (ClientConfig, ServerConfig)) -> Pair {
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    pair
}

/// What both tell of their keys.
fn keys(end: &End) -> Vec<u8> {
    let mut out = vec![0; 32];
    end.connection
        .export(b"EXPERIMENTAL-keys", None, &mut out)
        .unwrap();
    out.extend(
        end.connection
            .channel_binding(ChannelBinding::TlsUnique)
            .unwrap(),
    );
    out
}

fn assert_renewed(pair: &mut Pair, before: &[u8]) {
    for end in [&pair.client, &pair.server] {
        assert_eq!(end.error, None, "{:?}", end.connection.refusal());
        let told = end.events.last();
        assert!(matches!(told, Some(Event::Renewed(_))), "{told:?}");
        assert!(!end.connection.is_renewing() && !end.connection.is_handshaking());
    }
    assert_eq!(keys(&pair.client), keys(&pair.server));
    assert_ne!(keys(&pair.client), before);
    pair.exchange(b"after it");
}

#[test]
fn a_client_gets_fresh_keys_in_every_version_that_has_extensions() {
    for version in SINCE_TLS_1_0 {
        let mut pair = connected(configs(version));
        pair.exchange(b"before it");
        for _ in 0..2 {
            let before = keys(&pair.client);
            pair.client
                .connection
                .renew(Renewal::Keys, pair.now)
                .unwrap();
            pair.run(Delivery::Chunks(7));
            assert_renewed(&mut pair, &before);
            pair.now.monotonic_ms += 60_000;
        }
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(negotiated.version, version);
        assert_eq!(negotiated.alpn.as_deref(), Some(&b"http/1.1"[..]));
        assert!(!negotiated.is_resumed() && negotiated.secure_renegotiation);
    }
}

#[test]
fn a_server_asks_for_fresh_keys_and_for_a_certificate() {
    for version in SINCE_TLS_1_0 {
        let mut pair = connected(configs(version));
        let standing = |pair: &Pair| pair.server.connection.negotiated().unwrap().peer_standing;
        assert_eq!(standing(&pair), PeerStanding::NotAsked);
        let before = keys(&pair.client);
        let renew = pair.server.connection.renew(Renewal::Keys, pair.now);
        renew.unwrap();
        pair.run(Delivery::Whole);
        assert_renewed(&mut pair, &before);
        assert_eq!(standing(&pair), PeerStanding::NotAsked);
        pair.now.monotonic_ms += 60_000;
        let what = Renewal::ClientCertificate;
        pair.server.connection.renew(what, pair.now).unwrap();
        pair.run(Delivery::Chunks(100));
        assert_renewed(&mut pair, &before);
        assert_eq!(standing(&pair), PeerStanding::Verified);
        let leaf = &certificates::client(KeyKind::EcP256).chain()[0];
        let chain = &pair.server.connection.negotiated().unwrap().peer_chain;
        assert_eq!(chain.first().unwrap(), leaf);
        // Who the client is stays known where it is not asked again.
        pair.now.monotonic_ms += 60_000;
        pair.client
            .connection
            .renew(Renewal::Keys, pair.now)
            .unwrap();
        pair.run(Delivery::Whole);
        assert_eq!(standing(&pair), PeerStanding::Verified);
        assert!(
            !pair
                .server
                .connection
                .negotiated()
                .unwrap()
                .peer_chain
                .is_empty()
        );
    }
}

#[test]
fn data_flows_until_the_other_side_is_ready() {
    let mut pair = connected(configs(ProtocolVersion::TLS_1_2));
    pair.server
        .connection
        .renew(Renewal::Keys, pair.now)
        .unwrap();
    let request = pair.server.take_output();
    // The client has not heard of it yet; nor is the server kept from anything.
    let on_its_way = pair.client.write(b"upload ");
    let download = pair.server.write(b"download ");
    pair.client.deliver(&[request, download].concat(), pair.now);
    assert_eq!(pair.client.data, b"download ");
    assert!(pair.client.connection.is_renewing());
    // From its ClientHello on the client sends nothing, and takes what comes.
    let mut out = vec![0; 1000];
    let sent = pair.client.connection.send(&[b"more"], &mut out);
    assert_eq!(sent, Err(Error::Misuse(Misuse::RenewalRunning)));
    let hello = pair.client.take_output();
    let sent = pair.client.connection.send(&[b"more"], &mut out);
    assert_eq!(sent, Err(Error::Misuse(Misuse::RenewalRunning)));
    let download = pair.server.write(b"goes on");
    pair.client.deliver(&download, pair.now);
    assert_eq!(pair.client.data, b"download goes on");
    pair.server.deliver(&[on_its_way, hello].concat(), pair.now);
    assert_eq!(pair.server.data, b"upload ");
    let sent = pair.server.connection.send(&[b"more"], &mut out);
    assert_eq!(sent, Err(Error::Misuse(Misuse::RenewalRunning)));
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.server.events.last(),
        Some(&Event::Renewed(Renewal::Keys))
    );
    pair.exchange(b"afterwards");
}

/// The handshake is under the old keys: nothing of it can be read or changed on the way.
#[test]
fn a_second_handshake_is_encrypted() {
    let mut pair = connected(configs(ProtocolVersion::TLS_1_2));
    let before = (pair.client.sent.len(), pair.server.sent.len());
    pair.server
        .connection
        .renew(Renewal::ClientCertificate, pair.now)
        .unwrap();
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.server.events.last(),
        Some(&Event::Renewed(Renewal::ClientCertificate))
    );
    let leaf = &certificates::client(KeyKind::EcP256).chain()[0];
    let client = &pair.client.sent[before.0..];
    assert!(
        !client
            .windows(32)
            .any(|window| leaf.windows(32).any(|part| part == window))
    );
    for flow in [client, &pair.server.sent[before.1..]] {
        // HelloRequest and ClientHello are longer than their bare records would be.
        assert!(flow.len() > 5 + 4 + 16, "{}", flow.len());
    }
}

#[test]
fn a_peer_that_declines_is_told_of_and_the_connection_lives_on() {
    for (by_client, ours) in [(true, Renegotiation::Decline), (false, Renegotiation::Own)] {
        let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
        let declining = if by_client {
            &mut server.common
        } else {
            &mut client.common
        };
        declining.renegotiation = ours;
        let mut pair = connected((client, server));
        let before = keys(&pair.client);
        let asking = if by_client {
            &mut pair.client
        } else {
            &mut pair.server
        };
        asking.connection.renew(Renewal::Keys, pair.now).unwrap();
        pair.run(Delivery::Whole);
        let asking = if by_client {
            &pair.client
        } else {
            &pair.server
        };
        assert_eq!(
            asking.events.last(),
            Some(&Event::RenewalDeclined(Renewal::Keys))
        );
        assert_eq!(keys(&pair.client), before);
        pair.exchange(b"as it was");
        // Whoever asks again at once is in earnest about nothing.
        let asking = if by_client {
            &mut pair.client
        } else {
            &mut pair.server
        };
        asking.connection.renew(Renewal::Keys, pair.now).unwrap();
        pair.run(Delivery::Whole);
        let alert = Error::PeerAlert(AlertDescription::NO_RENEGOTIATION_RESERVED);
        let refused = Error::Fault(Fault::RenegotiationRefused);
        let (asking, declining) = match by_client {
            true => (&pair.client, &pair.server),
            false => (&pair.server, &pair.client),
        };
        assert_eq!(
            (asking.error, declining.error),
            (Some(alert), Some(refused))
        );
    }
}

#[test]
fn a_client_that_says_when_is_told_and_nothing_begins_before() {
    let (mut client, server) = configs(ProtocolVersion::TLS_1_2);
    client.common.renegotiation = Renegotiation::WhenToldTo {
        most: 1,
        pause_s: 0,
    };
    let mut pair = connected((client, server));
    let before = keys(&pair.client);
    let ask = |pair: &mut Pair| {
        let now = pair.now;
        pair.server.connection.renew(Renewal::Keys, now).unwrap();
        pair.run(Delivery::Whole);
    };
    ask(&mut pair);
    assert_eq!(pair.client.events.last(), Some(&Event::RenewalWanted));
    assert!(!pair.client.connection.is_renewing());
    pair.exchange(b"as it was");
    assert_eq!(keys(&pair.client), before);
    let now = pair.now;
    pair.client.connection.renew(Renewal::Keys, now).unwrap();
    pair.run(Delivery::Whole);
    assert_renewed(&mut pair, &before);
    // No more than it may.
    ask(&mut pair);
    assert_eq!(
        pair.client.events.last(),
        Some(&Event::Renewed(Renewal::Keys))
    );
    let declined = matches!(pair.server.events.last(), Some(Event::RenewalDeclined(_)));
    assert!(declined, "{:?}", pair.server.events);
}

#[test]
fn a_server_that_says_when_begins_as_one_that_allows() {
    let (client, mut server) = configs(ProtocolVersion::TLS_1_2);
    server.common.renegotiation = Renegotiation::WhenToldTo {
        most: 1,
        pause_s: 0,
    };
    let mut pair = connected((client, server));
    for by_client in [true, false] {
        let before = keys(&pair.client);
        let now = pair.now;
        let end = match by_client {
            true => &mut pair.client,
            false => &mut pair.server,
        };
        end.connection.renew(Renewal::Keys, now).unwrap();
        pair.run(Delivery::Whole);
        assert_renewed(&mut pair, &before);
    }
}

#[test]
fn a_client_may_be_deaf_to_requests_but_not_for_ever() {
    let (mut client, server) = configs(ProtocolVersion::TLS_1_2);
    client.common.renegotiation = Renegotiation::Ignore;
    let mut pair = connected((client, server));
    pair.server
        .connection
        .renew(Renewal::Keys, pair.now)
        .unwrap();
    pair.run(Delivery::Whole);
    assert_eq!(pair.client.events, [Event::Connected]);
    pair.exchange(b"as if nothing had been");
    let again = pair.server.connection.renew(Renewal::Keys, pair.now);
    assert_eq!(again, Err(Error::Misuse(Misuse::RenewalRunning)));
    let mut requests = 0;
    while pair.client.error.is_none() {
        let mut out = vec![0; 200];
        let handshake = handfast_wire::registry::ContentType::HANDSHAKE;
        let sent = pair
            .server
            .connection
            .danger_send_record(handshake, &[0; 4], &mut out);
        pair.client.deliver(&out[..sent.unwrap()], pair.now);
        requests += 1;
    }
    assert_eq!(
        pair.client.error,
        Some(Error::Fault(Fault::TooManyHelloRequests))
    );
    assert_eq!(requests, 33);
}

#[test]
fn it_is_off_by_default_and_needs_both_bindings() {
    let all = |change: &dyn Fn(&mut ClientConfig, &mut ServerConfig)| {
        let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
        change(&mut client, &mut server);
        connected((client, server))
    };
    let mut pair = all(&|client, server| {
        client.common.renegotiation = Renegotiation::default();
        server.common.renegotiation = Renegotiation::default();
    });
    let not_allowed = Err(Error::Misuse(Misuse::RenewalNotAllowed));
    for end in [&mut pair.client, &mut pair.server] {
        assert_eq!(end.connection.renew(Renewal::Keys, pair.now), not_allowed);
    }
    // Nor does a client ask its server who it is, or a server that could not judge.
    let mut pair = all(&|_, server| server.later_client_auth = ClientAuth::None);
    for end in [&mut pair.client, &mut pair.server] {
        let renewed = end.connection.renew(Renewal::ClientCertificate, pair.now);
        assert_eq!(renewed, not_allowed);
    }
}

#[test]
fn a_peer_begins_no_more_often_than_it_may() {
    let (client, mut server) = configs(ProtocolVersion::TLS_1_2);
    server.common.renegotiation = Renegotiation::Allow {
        most: 2,
        pause_s: 10,
    };
    let mut pair = connected((client, server));
    let renew = |pair: &mut Pair, after_s: u64| {
        pair.now.monotonic_ms += after_s * 1000;
        pair.client
            .connection
            .renew(Renewal::Keys, pair.now)
            .unwrap();
        pair.run(Delivery::Whole);
        pair.client.events.last().cloned()
    };
    assert_eq!(renew(&mut pair, 0), Some(Event::Renewed(Renewal::Keys)));
    assert_eq!(
        renew(&mut pair, 9),
        Some(Event::RenewalDeclined(Renewal::Keys))
    );
    assert_eq!(renew(&mut pair, 61), Some(Event::Renewed(Renewal::Keys)));
    assert_eq!(
        renew(&mut pair, 3600),
        Some(Event::RenewalDeclined(Renewal::Keys))
    );
    // What this side begins is not counted.
    for _ in 0..5 {
        pair.server
            .connection
            .renew(Renewal::Keys, pair.now)
            .unwrap();
        pair.now.monotonic_ms += 60_000;
        pair.run(Delivery::Whole);
        assert_eq!(
            pair.server.events.last(),
            Some(&Event::Renewed(Renewal::Keys))
        );
    }
}

#[test]
fn a_client_that_must_show_who_it_is_and_cannot_is_refused() {
    let (mut client, server) = configs(ProtocolVersion::TLS_1_2);
    client.credentials = Vec::new();
    let mut pair = connected((client, server));
    pair.server
        .connection
        .renew(Renewal::ClientCertificate, pair.now)
        .unwrap();
    pair.run(Delivery::Whole);
    let wanted = Error::Fault(Fault::ClassicCertificateRequired);
    assert_eq!(pair.server.error, Some(wanted));
}

#[test]
fn an_identity_is_added_but_never_swapped() {
    let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
    client.ask_for_credential = true;
    client.credentials = Vec::new();
    server.client_auth = ClientAuth::Request(match ClientAuth::require(config::trust()) {
        ClientAuth::Require(verification) => verification,
        _ => unreachable!(),
    });
    let one = config::credential(certificates::client(KeyKind::EcP256));
    let other = config::credential(certificates::client(RSA));
    for (first, second, fault) in [
        (None, Some(one.clone()), None),
        (Some(one.clone()), Some(one.clone()), None),
        (Some(one.clone()), Some(other), Some(Fault::PeerChanged)),
        (Some(one), None, Some(Fault::PeerChanged)),
    ] {
        let (client, server) = (client.clone(), server.clone());
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        let mut shown = vec![second, first];
        pair.client.answerer = Some(Box::new(move |_| Answer::Credential(shown.pop().unwrap())));
        pair.connect(Delivery::Whole);
        pair.client
            .connection
            .renew(Renewal::Keys, pair.now)
            .unwrap();
        pair.run(Delivery::Whole);
        assert_eq!(pair.server.error, fault.map(Error::Fault));
    }
}

#[test]
fn a_certificate_of_the_server_that_changes_is_refused() {
    let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
    client.common.suites = vec![
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ];
    server.common.suites = client.common.suites.clone();
    server.credentials = Vec::new();
    server.ask_for_credential = true;
    let of = |kind| config::credential(certificates::server(kind));
    let mut shown = vec![of(KeyKind::EcP256), of(RSA)];
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.server.answerer = Some(Box::new(move |_| Answer::Credential(shown.pop())));
    pair.connect(Delivery::Whole);
    pair.client
        .connection
        .renew(Renewal::Keys, pair.now)
        .unwrap();
    pair.run(Delivery::Whole);
    assert_eq!(pair.client.error, Some(Error::Fault(Fault::PeerChanged)));
}

/// RFC 5246 s7.4.1.1: what a server asks for while a handshake runs is what it gets already.
#[test]
fn a_request_during_a_handshake_is_not_heard() {
    let request = [22, 3, 3, 0, 4, 0, 0, 0, 0];
    let (mut client, server) = configs(ProtocolVersion::TLS_1_2);
    client.common.versions.push(ProtocolVersion::TLS_1_3);
    let mut pair = Pair::new(&client.clone().check().unwrap(), &server.check().unwrap());
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, pair.now);
    pair.client.deliver(&request, pair.now);
    let flight = pair.server.take_output();
    pair.client.deliver(&flight, pair.now);
    pair.client.deliver(&request, pair.now);
    pair.run(Delivery::Whole);
    assert_eq!(pair.client.events, [Event::Connected]);
    // A client that speaks TLS 1.3 alone knows no such message.
    client.common.versions = vec![ProtocolVersion::TLS_1_3];
    let name = handfast::ServerName::parse("localhost").unwrap();
    let mut client = End::new(client.check().unwrap().connect(name, pair.now).unwrap());
    client.deliver(&request, pair.now);
    assert_eq!(client.error, Some(Error::Fault(Fault::MessageUnexpected)));
}

/// A client that sends on while it shakes hands again is understood, under the keys that were there.
#[test]
fn data_behind_a_second_client_hello_is_taken_until_keys_change() {
    let (client, server) = configs(ProtocolVersion::TLS_1_2);
    let mut pair = connected((client, server));
    let send = |end: &mut End, data: &[u8]| {
        let mut out = vec![0; 1000];
        let data_type = handfast_wire::registry::ContentType::APPLICATION_DATA;
        let sent = end.connection.danger_send_record(data_type, data, &mut out);
        out.truncate(sent.unwrap());
        out
    };
    pair.client
        .connection
        .renew(Renewal::Keys, pair.now)
        .unwrap();
    let hello = pair.client.take_output();
    let behind = send(&mut pair.client, b"behind it");
    pair.server.deliver(&[hello, behind].concat(), pair.now);
    assert_eq!(pair.server.data, b"behind it");
    // Under the new keys none comes before Finished.
    let flight = pair.server.take_output();
    pair.client.deliver(&flight, pair.now);
    let mut finished = pair.client.take_output();
    let lengths = handfast_testkit::forge::records(&finished);
    finished.truncate(finished.len() - lengths.last().unwrap().len());
    pair.server.deliver(&finished, pair.now);
    assert_eq!(pair.server.error, None);
    let early = send(&mut pair.client, b"too early");
    pair.server.deliver(&early, pair.now);
    // Its record number says that one is missing.
    assert_eq!(
        pair.server.error,
        Some(Error::Fault(Fault::RecordNotAuthentic))
    );
    assert_eq!(pair.server.data, b"behind it");
}

#[test]
fn a_renewal_that_is_refused_does_not_change_the_one_that_runs() {
    let mut pair = connected(configs(ProtocolVersion::TLS_1_2));
    let server = &mut pair.server.connection;
    server.renew(Renewal::ClientCertificate, pair.now).unwrap();
    let refused = server.renew(Renewal::Keys, pair.now);
    assert_eq!(refused, Err(Error::Misuse(Misuse::RenewalRunning)));
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.server.events.last(),
        Some(&Event::Renewed(Renewal::ClientCertificate))
    );
    let standing = pair.server.connection.negotiated().unwrap().peer_standing;
    assert_eq!(standing, PeerStanding::Verified);
}

/// RFC 5246 s7.4.1.1: a client may leave a request unanswered. It may be asked again, and what was
/// wanted first is not given up by that.
#[test]
fn a_request_that_was_not_heard_is_said_again_after_a_while() {
    let (client, server) = configs(ProtocolVersion::TLS_1_2);
    let mut pair = connected((client, server));
    let ask = |pair: &mut Pair, what, after_s: u64| {
        pair.now.monotonic_ms += after_s * 1000;
        let asked = pair.server.connection.renew(what, pair.now);
        // On the way it is lost; the client's records have their numbers, so it is answered at last.
        (asked, pair.server.take_output())
    };
    let (asked, first) = ask(&mut pair, Renewal::ClientCertificate, 0);
    assert_eq!(asked, Ok(()));
    let (asked, none) = ask(&mut pair, Renewal::Keys, 9);
    assert_eq!(asked, Err(Error::Misuse(Misuse::RenewalRunning)));
    assert!(none.is_empty());
    let (asked, again) = ask(&mut pair, Renewal::Keys, 1);
    assert_eq!(asked, Ok(()));
    pair.client.deliver(&[first, again].concat(), pair.now);
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.server.events.last(),
        Some(&Event::Renewed(Renewal::ClientCertificate))
    );
    let standing = pair.server.connection.negotiated().unwrap().peer_standing;
    assert_eq!(standing, PeerStanding::Verified);
}

/// RFC 5246 s7.2.2: a connection that ends by an alert is not come back to, however often it was
/// negotiated.
#[test]
fn sessions_of_every_handshake_end_with_their_connection() {
    for renewals in [0, 1, 2] {
        let store = Arc::new(MemoryStore::default());
        let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
        client.sessions = Some(Arc::clone(&store) as _);
        server.session_cache = Some(Arc::new(SessionCache::new(100)));
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        let connect = || {
            let mut pair = Pair::new(&client, &server);
            pair.connect(Delivery::Whole);
            pair
        };
        drop(connect());
        assert!(
            connect()
                .server
                .connection
                .negotiated()
                .unwrap()
                .is_resumed()
        );
        let mut pair = connect();
        for _ in 0..renewals {
            pair.client
                .connection
                .renew(Renewal::Keys, pair.now)
                .unwrap();
            pair.now.monotonic_ms += 60_000;
            pair.run(Delivery::Whole);
            assert_eq!(
                pair.server.events.last(),
                Some(&Event::Renewed(Renewal::Keys))
            );
        }
        let mut out = vec![0; 200];
        let unknown = handfast_wire::registry::ContentType(99);
        let sent = pair
            .client
            .connection
            .danger_send_record(unknown, &[0; 4], &mut out);
        pair.server.deliver(&out[..sent.unwrap()], pair.now);
        assert!(pair.server.error.is_some());
        let again = connect();
        let resumed = again.server.connection.negotiated().unwrap().is_resumed();
        assert!(!resumed, "after {renewals}");
    }
}

/// RFC 5077 section 3.3. GnuTLS's clients wait in the second handshake for a ticket where they got one
/// in the first.
#[test]
fn a_second_handshake_has_an_empty_ticket_and_the_first_ones_session_stays_good() {
    let store = Arc::new(MemoryStore::default());
    let [ours, theirs] = Witness::of_both();
    let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
    client.sessions = Some(Arc::clone(&store) as _);
    client.common.observer = Some(ours);
    server.common.observer = Some(Arc::clone(&theirs) as _);
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
    server.ticket_keys = Some(Arc::new(keys));
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Whole);
    let asked = Renewal::ClientCertificate;
    pair.server.connection.renew(asked, pair.now).unwrap();
    pair.run(Delivery::Whole);
    assert_eq!(pair.client.error, None);
    assert_eq!(pair.server.events.last(), Some(&Event::Renewed(asked)));
    let said = theirs.of(Side::Server);
    let tickets = said
        .iter()
        .filter(|one| one[0] == HandshakeType::NEW_SESSION_TICKET.0);
    // Header, lifetime and length.
    let is_empty: Vec<bool> = tickets.map(|one| one.len() == 4 + 4 + 2).collect();
    assert_eq!(is_empty, [false, true]);
    pair.exchange(b"after it");
    drop(pair);
    let mut next = Pair::new(&client, &server);
    next.connect(Delivery::Whole);
    let negotiated = next.server.connection.negotiated().unwrap();
    assert!(negotiated.is_resumed());
    assert!(
        negotiated.peer_chain.is_empty(),
        "who came later is no part of it"
    );
}

/// The same where the caller keeps the sessions: it is told which one to forget.
#[test]
fn a_session_in_the_callers_store_is_named_when_its_connection_ends_after_a_second_handshake() {
    for renews in [false, true] {
        let (mut client, mut server) = configs(ProtocolVersion::TLS_1_2);
        client.sessions = Some(Arc::new(MemoryStore::default()) as _);
        server.ask_for_sessions = true;
        let mut pair = connected((client, server));
        let kept = pair.server.connection.take_sessions();
        assert_eq!(kept.len(), 1);
        if renews {
            pair.client
                .connection
                .renew(Renewal::Keys, pair.now)
                .unwrap();
            pair.run(Delivery::Whole);
            assert_eq!(
                pair.server.events.last(),
                Some(&Event::Renewed(Renewal::Keys))
            );
        }
        let mut out = vec![0; 200];
        let unknown = handfast_wire::registry::ContentType(99);
        let sent = pair
            .client
            .connection
            .danger_send_record(unknown, &[0; 4], &mut out);
        pair.server.deliver(&out[..sent.unwrap()], pair.now);
        assert!(pair.server.error.is_some());
        let lost = pair.server.connection.take_lost_session();
        assert_eq!(lost.as_ref(), Some(&kept[0].key), "renews: {renews}");
    }
}

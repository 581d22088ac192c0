//! What is not asked, not judged well, and not carried over to another connection.

use super::*;

#[test]
fn whoever_may_not_ask_is_told_so_and_nothing_is_sent() {
    let misuse = |client: ClientConfig, server: ServerConfig, wanted: Misuse| {
        let mut pair = connected(client, server);
        assert_eq!(ask(&mut pair), Err(wanted.into()));
        assert!(!pair.server.connection.wants_send());
        pair.exchange(b"nothing has changed");
    };
    let (client, mut server) = configs();
    server.later_client_auth = ClientAuth::None;
    misuse(client, server, Misuse::RenewalNotAllowed);
    let (mut client, server) = configs();
    client.post_handshake_auth = false;
    misuse(client, server, Misuse::PeerTakesNoRequest);
    // A client asks nobody.
    let (client, server) = configs();
    let mut pair = connected(client, server);
    let asked = pair
        .client
        .connection
        .renew(Renewal::ClientCertificate, now());
    assert_eq!(asked, Err(Misuse::RenewalNotAllowed.into()));
    // Nobody is connected yet.
    let (client, server) = configs();
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    assert_eq!(ask(&mut pair), Err(Misuse::NotConnected.into()));
    // The client has closed, so it will not answer.
    let (client, server) = configs();
    let mut pair = connected(client, server);
    pair.client.connection.close();
    pair.run(Delivery::Whole);
    assert_eq!(ask(&mut pair), Err(Misuse::Closed.into()));
}

#[test]
fn the_servers_caller_judges_where_the_config_says_so() {
    for accepts in [true, false] {
        let (client, mut server) = configs();
        server.later_client_auth = ClientAuth::Require(Verification::ask());
        let mut pair = connected(client, server);
        pair.server.answerer = Some(Box::new(move |question| match question {
            Question::VerifyPeer { chain, name, .. } => {
                assert_eq!(chain, certificates::client(KeyKind::EcP256).chain());
                assert!(name.is_none());
                if accepts {
                    Answer::PeerAccepted
                } else {
                    Answer::Refused(Fault::CertificateAccessDenied)
                }
            }
            other => panic!("{other:?}"),
        }));
        ask(&mut pair).unwrap();
        pair.run(Delivery::Whole);
        let asked = pair.server.events.iter();
        let asked = asked.filter(|event| matches!(event, Event::Ask(Ask::VerifyPeer(_))));
        assert_eq!(asked.count(), 1);
        if accepts {
            well(&pair);
            let standing = pair.server.connection.negotiated().unwrap().peer_standing;
            assert_eq!(standing, PeerStanding::AcceptedByCaller);
        } else {
            let denied = Fault::CertificateAccessDenied;
            assert_eq!(pair.server.error, Some(denied.into()));
            assert_eq!(pair.client.error, Some(Error::PeerAlert(denied.alert())));
        }
    }
}

#[test]
fn a_chain_to_nobody_trusted_is_refused() {
    let (client, mut server) = configs();
    let other = handfast::Roots::new();
    let trust = handfast::config::Trust::Roots(other);
    server.later_client_auth = ClientAuth::Require(Verification::chain(trust));
    let mut pair = connected(client, server);
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.server.error,
        Some(Fault::CertificateAuthorityUnknown.into())
    );
    // It was never who it said it was.
    let negotiated = pair.server.connection.negotiated().unwrap();
    assert!(negotiated.peer_chain.is_empty());
    assert_eq!(negotiated.peer_standing, PeerStanding::NotAsked);
}

/// What an end says, message by message.
#[derive(Debug, Default)]
struct Said(Mutex<Vec<Vec<u8>>>);

impl Observer for Said {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Direction::Sent, Passed::Handshake { bytes, .. }) = (direction, what) {
            self.0.lock().unwrap().push(bytes.to_vec());
        }
    }
}

#[test]
fn answers_come_in_any_order() {
    let (mut client, mut server) = configs();
    let (said, secrets) = (Arc::new(Said::default()), Arc::new(Secrets::default()));
    client.common.versions = vec![ProtocolVersion::TLS_1_3];
    client.common.suites = vec![CipherSuite::TLS_AES_128_GCM_SHA256];
    server.common.observer = Some(Arc::clone(&said) as _);
    server.common.key_log = Some(Arc::clone(&secrets) as _);
    let mut pair = connected(client, server);
    for _ in 0..2 {
        ask(&mut pair).unwrap();
        pair.server.take_output();
    }
    // The same two requests in two records, the other way round.
    let secret = secrets.last("SERVER_TRAFFIC_SECRET_0").unwrap();
    let mut sealer = Sealer::new(CipherSuite::TLS_AES_128_GCM_SHA256, &secret).unwrap();
    let last: Vec<Vec<u8>> = said
        .0
        .lock()
        .unwrap()
        .iter()
        .rev()
        .take(2)
        .cloned()
        .collect();
    for request in last {
        let record = sealer.seal(ContentType::HANDSHAKE, &request);
        pair.client.deliver(&record, now());
    }
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 2);
    pair.exchange(b"afterwards");
}

#[test]
fn a_request_to_a_client_that_did_not_offer_is_refused() {
    for (offers, version, fine) in [
        (true, ProtocolVersion::TLS_1_3, true),
        (false, ProtocolVersion::TLS_1_3, false),
        (true, ProtocolVersion::TLS_1_2, false),
        (false, ProtocolVersion::TLS_1_2, false),
    ] {
        let (mut client, server) = configs();
        client.post_handshake_auth = offers;
        client.common.versions = vec![version];
        if version == ProtocolVersion::TLS_1_3 {
            client.common.versions.push(ProtocolVersion::TLS_1_2);
        }
        let mut pair = connected(client, server);
        let bytes = record(&mut pair.server, ContentType::HANDSHAKE, &request());
        pair.client.deliver(&bytes, now());
        let refused = Some(Fault::MessageUnexpected.into());
        let wanted = if fine { None } else { refused };
        assert_eq!(pair.client.error, wanted, "{offers} {version}");
    }
}

/// RFC 8446 section E.1: whoever shares the key with both could pass the signature on.
#[test]
fn nobody_is_asked_where_both_met_by_a_shared_key() {
    let (mut client, mut server) = configs();
    client.common.versions = vec![ProtocolVersion::TLS_1_3];
    client.sessions = Some(Arc::new(MemoryStore::default()));
    server.ticket_keys = Some(keys());
    let key = || PreSharedKey::new(b"pump-7", &[7; 32]).unwrap();
    client.psks = vec![key()];
    server.psks = vec![key()];
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    for is_resumed in [false, true] {
        let mut pair = Pair::new(&client, &server);
        pair.connect(Delivery::Whole);
        let negotiated = pair.server.connection.negotiated().unwrap();
        assert_eq!(negotiated.peer_standing, PeerStanding::SharedKey);
        assert_eq!(negotiated.is_resumed(), is_resumed);
        assert_eq!(ask(&mut pair), Err(Misuse::RenewalNotAllowed.into()));
        if is_resumed {
            // And a client that is asked all the same refuses.
            let bytes = record(&mut pair.server, ContentType::HANDSHAKE, &request());
            pair.client.deliver(&bytes, now());
            let refused = Some(Fault::MessageUnexpected.into());
            assert_eq!(pair.client.error, refused);
        }
    }
}

/// A CertificateRequest made by hand.
fn request() -> Vec<u8> {
    let body = [&[1, 7][..], &[0, 8], &[0, 13, 0, 4, 0, 2, 4, 3]].concat();
    message(HandshakeType::CERTIFICATE_REQUEST, &body)
}

#[test]
fn it_goes_on_from_a_handshake_with_early_data() {
    let (mut client, mut server) = configs();
    client.sessions = Some(Arc::new(MemoryStore::default()));
    client.early_data = true;
    server.ticket_keys = Some(keys());
    server.max_early_data = 1000;
    server.strikes = Some(Arc::new(AllFresh));
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    Pair::new(&client, &server).connect(Delivery::Whole);
    let mut pair = Pair::new(&client, &server);
    let mut out = vec![0; 4096];
    let early = &mut pair.client.connection;
    let written = early.send_replayable(&[b"early"], &mut out).unwrap();
    pair.server.deliver(&out[..written], now());
    pair.connect(Delivery::Whole);
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.early_data, EarlyData::Accepted);
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 1);
}

/// Takes every first flight for fresh.
#[derive(Debug)]
struct AllFresh;

impl StrikeStore for AllFresh {
    fn insert(&self, _strike: &Strike, _now: handfast::Now) -> Result<bool, StrikeFailed> {
        Ok(true)
    }
}

#[test]
fn tickets_know_nothing_of_who_came_later() {
    // A session begins without a certificate; whoever comes back by it has shown none.
    let (mut client, mut server) = configs();
    client.sessions = Some(Arc::new(MemoryStore::default()));
    server.ticket_keys = Some(keys());
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Whole);
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 1);
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Whole);
    let negotiated = pair.server.connection.negotiated().unwrap();
    assert!(negotiated.is_resumed());
    assert!(negotiated.peer_chain.is_empty());
    assert_eq!(negotiated.peer_standing, PeerStanding::NotAsked);
    // And it can be asked again.
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 1);
}

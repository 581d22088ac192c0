//! Who the client is, asked while the connection lasts (RFC 8446 section 4.6.2).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod refused;

use crate::resumption::keys;
use handfast::config::{ClientAuth, PreSharedKey, Verification};
use handfast::connection::{EarlyData, PeerStanding, Question, Renewal};
use handfast::observe::{Direction, Observer, Passed};
use handfast::session::{MemoryStore, Strike, StrikeFailed, StrikeStore};
use handfast::{
    AlertDescription, Answer, Ask, CipherSuite, ClientConfig, Credential, Error, Event, Fault,
    Misuse, NamedGroup, ProtocolVersion, ServerConfig, SignatureScheme,
};
use handfast_crypto::signature::SignatureAlgorithm;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::{Sealer, Secrets, records};
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::liar::record;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::{Arc, Mutex};

const SHOWN: Event = Event::Renewed(Renewal::ClientCertificate);
const DECLINED: Event = Event::RenewalDeclined(Renewal::ClientCertificate);

/// A client that may be asked and has a certificate, and a server that may ask.
fn configs() -> (ClientConfig, ServerConfig) {
    let mut client = config::client();
    client.post_handshake_auth = true;
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    let mut server = config::server(KeyKind::EcP256);
    server.later_client_auth = ClientAuth::Require(Verification::chain(config::trust()));
    (client, server)
}

fn connected(client: ClientConfig, server: ServerConfig) -> Pair {
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    pair
}

fn ask(pair: &mut Pair) -> Result<(), Error> {
    let server = &mut pair.server.connection;
    server.renew(Renewal::ClientCertificate, now())
}

fn count(end: &End, event: &Event) -> usize {
    end.events.iter().filter(|one| *one == event).count()
}

fn well(pair: &Pair) {
    assert_eq!(
        (pair.client.error, pair.server.error),
        (None, None),
        "{:?} {:?}",
        pair.client.connection.refusal(),
        pair.server.connection.refusal()
    );
}

#[test]
fn a_client_shows_later_who_it_is() {
    for kind in certificates::KINDS {
        for delivery in [Delivery::Whole, Delivery::Chunks(1), Delivery::Chunks(100)] {
            let (mut client, server) = configs();
            client.credentials = vec![config::credential(certificates::client(kind))];
            let mut pair = connected(client, server);
            pair.exchange(b"before");
            let before = pair.server.connection.negotiated().unwrap();
            assert_eq!(before.peer_standing, PeerStanding::NotAsked);
            assert!(before.peer_chain.is_empty());
            ask(&mut pair).unwrap();
            assert!(pair.server.connection.is_renewing());
            assert!(!pair.server.connection.is_handshaking());
            pair.run(delivery);
            well(&pair);
            let server = pair.server.connection.negotiated().unwrap();
            let issued = certificates::client(kind);
            assert_eq!(&server.peer_chain[..], issued.chain());
            assert_eq!(server.peer_standing, PeerStanding::Verified);
            let client = pair.client.connection.negotiated().unwrap();
            assert_eq!(client.own_chain(), issued.chain());
            assert_eq!(server.peer_scheme, client.own_scheme);
            assert!(client.own_scheme.is_some());
            for end in [&pair.client, &pair.server] {
                assert_eq!(count(end, &SHOWN), 1, "{kind:?}");
                assert!(!end.connection.is_renewing());
            }
            pair.exchange(b"after");
        }
    }
}

#[test]
fn every_suite_has_its_finished() {
    for suite in [
        CipherSuite::TLS_AES_128_GCM_SHA256,
        CipherSuite::TLS_AES_256_GCM_SHA384,
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    ] {
        let (mut client, server) = configs();
        client.common.versions = vec![ProtocolVersion::TLS_1_3];
        client.common.suites = vec![suite];
        let mut pair = connected(client, server);
        ask(&mut pair).unwrap();
        pair.run(Delivery::Whole);
        well(&pair);
        assert_eq!(count(&pair.server, &SHOWN), 1);
    }
}

#[test]
fn it_works_after_a_retry() {
    let (mut client, mut server) = configs();
    client.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
    client.key_shares = Some(vec![NamedGroup::X25519]);
    server.common.groups = vec![NamedGroup::SECP256R1];
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Whole);
    assert!(pair.client.connection.negotiated().unwrap().retried);
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 1);
}

#[test]
fn data_goes_on_both_ways_while_a_request_is_out() {
    let (client, server) = configs();
    let mut pair = connected(client, server);
    ask(&mut pair).unwrap();
    let request = pair.server.take_output();
    pair.exchange_before(&request);
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 1);
    pair.exchange(b"and afterwards");
}

/// Data both ways, with the server's `request` behind it.
trait ExchangeBefore {
    fn exchange_before(&mut self, request: &[u8]);
}

impl ExchangeBefore for Pair {
    fn exchange_before(&mut self, request: &[u8]) {
        let early = self.client.write(b"from the client");
        self.server.deliver(&early, self.now);
        let late = self.server.write(b"from the server");
        self.client.deliver(&[request, &late].concat(), self.now);
        assert_eq!(self.server.data, b"from the client");
        assert_eq!(self.client.data, b"from the server");
    }
}

/// A client that leaves every ask open.
fn asked() -> Pair {
    let (mut client, server) = configs();
    client.credentials.clear();
    client.ask_for_credential = true;
    connected(client, server)
}

fn open_ask(end: &End) -> handfast::AskId {
    let asks = end.events.iter().rev().filter_map(|event| match event {
        Event::Ask(ask) => Some(ask.id()),
        _ => None,
    });
    asks.into_iter().next().unwrap()
}

fn remote() -> Credential {
    Credential::with_remote_key(certificates::client(KeyKind::EcP256).chain().to_vec()).unwrap()
}

fn signature(question: Question<'_>) -> Answer {
    let Question::Sign {
        scheme, message, ..
    } = question
    else {
        panic!("{question:?}");
    };
    assert_eq!(scheme, SignatureScheme::ECDSA_SECP256R1_SHA256);
    let key = certificates::client(KeyKind::EcP256).key();
    Answer::Signature(key.sign(SignatureAlgorithm::EcdsaSha256, message).unwrap())
}

#[test]
fn while_the_client_thinks_data_and_key_updates_and_more_requests_come() {
    let mut pair = asked();
    for _ in 0..3 {
        ask(&mut pair).unwrap();
    }
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.client
            .events
            .iter()
            .filter(|e| matches!(e, Event::Ask(_)))
            .count(),
        1
    );
    pair.exchange(b"while it thinks");
    let mut out = [0; 256];
    let written = pair.server.connection.key_update(true, &mut out).unwrap();
    pair.client.deliver(&out[..written], now());
    assert_eq!(count(&pair.client, &Event::KeyUpdated), 1);
    pair.run(Delivery::Whole);
    pair.exchange(b"under other keys");
    // The certificate is chosen; nothing of the answer is sent before it is signed.
    let id = open_ask(&pair.client);
    let client = &mut pair.client.connection;
    client
        .answer(id, Answer::Credential(Some(remote())), now())
        .unwrap();
    pair.client.deliver(&[], now());
    assert!(!pair.client.connection.wants_send());
    pair.exchange(b"while it signs");
    let written = pair.client.connection.key_update(false, &mut out).unwrap();
    pair.server.deliver(&out[..written], now());
    for round in 1..=3 {
        let id = open_ask(&pair.client);
        let answer = signature(pair.client.connection.question().unwrap());
        pair.client.connection.answer(id, answer, now()).unwrap();
        pair.client.deliver(&[], now());
        pair.run(Delivery::Whole);
        well(&pair);
        assert_eq!(count(&pair.client, &SHOWN), round);
        assert_eq!(count(&pair.server, &SHOWN), round);
        if round < 3 {
            let id = open_ask(&pair.client);
            let answer = Answer::Credential(Some(remote()));
            pair.client.connection.answer(id, answer, now()).unwrap();
            pair.client.deliver(&[], now());
        }
    }
    assert!(!pair.client.connection.is_renewing() && !pair.server.connection.is_renewing());
    pair.exchange(b"done");
}

#[test]
fn an_answer_that_waits_is_finished_under_the_keys_of_when_it_goes_out() {
    let (client, server) = configs();
    let mut pair = connected(client, server);
    // The client's KeyUpdate, and behind it the answer, wait in one queue.
    pair.server.connection.renew(Renewal::Keys, now()).unwrap();
    ask(&mut pair).unwrap();
    pair.server.connection.renew(Renewal::Keys, now()).unwrap();
    let words = pair.server.take_output();
    pair.client.deliver(&words, now());
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 1, "{:?}", pair.server.events);
    let standing = pair.server.connection.negotiated().unwrap().peer_standing;
    assert_eq!(standing, PeerStanding::Verified);
    pair.exchange(b"both keys are new");
}

#[test]
fn renewed_keys_are_told_to_whoever_wanted_them() {
    let (client, server) = configs();
    let mut pair = connected(client, server);
    for wants_client in [true, false] {
        let (end, other) = if wants_client {
            (&mut pair.client, &mut pair.server)
        } else {
            (&mut pair.server, &mut pair.client)
        };
        end.events.clear();
        other.events.clear();
        end.connection.renew(Renewal::Keys, now()).unwrap();
        pair.run(Delivery::Whole);
        well(&pair);
        let (end, other) = if wants_client {
            (&pair.client, &pair.server)
        } else {
            (&pair.server, &pair.client)
        };
        // Its own at once; the peer's may wait until that has something to say.
        assert_eq!(
            end.events,
            [Event::Renewed(Renewal::Keys), Event::KeyUpdated]
        );
        assert_eq!(other.events, [Event::KeyUpdated]);
        pair.exchange(b"under new keys");
    }
}

#[test]
fn a_client_that_shows_nothing_declines_where_it_may() {
    let (mut client, mut server) = configs();
    client.credentials.clear();
    server.later_client_auth = ClientAuth::Request(Verification::chain(config::trust()));
    let mut pair = connected(client.clone(), server);
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &DECLINED), 1);
    assert_eq!(count(&pair.server, &SHOWN), 0);
    assert_eq!(count(&pair.client, &SHOWN), 0);
    let standing = pair.server.connection.negotiated().unwrap().peer_standing;
    assert_eq!(standing, PeerStanding::Anonymous);
    pair.exchange(b"the connection lives on");

    // And is refused where it may not.
    let mut pair = connected(client, configs().1);
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.error, Some(Fault::CertificateRequired.into()));
    let told = Error::PeerAlert(AlertDescription::CERTIFICATE_REQUIRED);
    assert_eq!(pair.client.error, Some(told));
}

#[test]
fn who_declines_later_stays_who_it_was() {
    let (mut client, mut server) = configs();
    client.credentials.clear();
    client.ask_for_credential = true;
    server.client_auth = ClientAuth::Require(Verification::chain(config::trust()));
    server.later_client_auth = ClientAuth::Request(Verification::chain(config::trust()));
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let mut times = 0;
    pair.client.answerer = Some(Box::new(move |_| {
        times += 1;
        let own = config::credential(certificates::client(KeyKind::EcP256));
        Answer::Credential((times == 1).then_some(own))
    }));
    pair.connect(Delivery::Whole);
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &DECLINED), 1);
    let negotiated = pair.server.connection.negotiated().unwrap();
    assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
    let issued = certificates::client(KeyKind::EcP256);
    assert_eq!(&negotiated.peer_chain[..], issued.chain());
}

#[test]
fn the_same_certificate_again_is_no_swap() {
    let (client, mut server) = configs();
    server.client_auth = ClientAuth::Require(Verification::chain(config::trust()));
    let mut pair = connected(client, server);
    for round in 1..=3 {
        ask(&mut pair).unwrap();
        pair.run(Delivery::Whole);
        well(&pair);
        assert_eq!(count(&pair.server, &SHOWN), round);
    }
}

#[test]
fn a_server_asks_at_most_eight_times_at_once() {
    let (client, server) = configs();
    let mut pair = connected(client, server);
    for _ in 0..8 {
        ask(&mut pair).unwrap();
    }
    let ninth = ask(&mut pair);
    assert_eq!(ninth, Err(Misuse::TooManyRenewals.into()));
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 8);
    ask(&mut pair).unwrap();
    pair.run(Delivery::Whole);
    well(&pair);
    assert_eq!(count(&pair.server, &SHOWN), 9);
}

#[test]
fn a_server_may_ask_again_in_the_middle_of_an_answer() {
    let (client, server) = configs();
    let mut pair = connected(client, server);
    ask(&mut pair).unwrap();
    let request = pair.server.take_output();
    pair.client.deliver(&request, now());
    let answer = pair.client.take_output();
    for part in records(&answer) {
        ask(&mut pair).unwrap();
        pair.server.deliver(&part, now());
    }
    assert_eq!(count(&pair.server, &SHOWN), 1);
    pair.run(Delivery::Whole);
    well(&pair);
    assert!(count(&pair.server, &SHOWN) > 1);
    assert!(!pair.server.connection.is_renewing());
}

#[test]
fn half_an_answer_makes_nobody_known() {
    let (client, server) = configs();
    let mut pair = connected(client, server);
    ask(&mut pair).unwrap();
    let request = pair.server.take_output();
    pair.client.deliver(&request, now());
    let answer = pair.client.take_output();
    pair.server.deliver(&records(&answer)[0], now());
    // What never came in full is nobody.
    let negotiated = pair.server.connection.negotiated().unwrap();
    assert!(negotiated.peer_chain.is_empty());
    assert_eq!(negotiated.peer_standing, PeerStanding::NotAsked);
}

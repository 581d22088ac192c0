//! Asks: each in its order, answered well, badly, twice, or not at all; and the four causes of
//! an alert.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use handfast::config::{ClientAuth, Verification};
use handfast::connection::{PeerStanding, Question};
use handfast::{
    AlertDescription, Answer, Ask, AskId, Connection, Credential, Error, Event, Fault, Misuse,
    OwnFailure, PrivateKey, ProtocolVersion, SignatureScheme,
};
use handfast_crypto::signature::SignatureAlgorithm;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::record;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_wire::registry::ContentType;

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

fn remote(issued: &handfast_ca::issued::Issued) -> Credential {
    Credential::with_remote_key(issued.chain().to_vec()).unwrap()
}

fn sign(key: &PrivateKey, scheme: SignatureScheme, message: &[u8]) -> Answer {
    assert_eq!(scheme, SignatureScheme::ECDSA_SECP256R1_SHA256);
    let signature = key.sign(SignatureAlgorithm::EcdsaSha256, message).unwrap();
    Answer::Signature(signature)
}

/// A pair in which the caller answers everything that can be asked for.
fn asking(version: ProtocolVersion) -> Pair {
    let mut client = config::client();
    client.common.versions = vec![version];
    client.verification = Verification::ask();
    client.ask_for_credential = true;
    let server = config::server(KeyKind::EcP256).check().unwrap();
    let mut pair = Pair::new(&client.check().unwrap(), &server);
    pair.server = End::new(Connection::accept_any(now()));
    pair.client.answerer = Some(Box::new(|question| match question {
        Question::VerifyPeer { chain, name, .. } => {
            assert_eq!(chain.len(), 2);
            assert!(name.is_some());
            Answer::PeerAccepted
        }
        Question::Credential { schemes, .. } => {
            assert!(schemes.contains(&SignatureScheme::ECDSA_SECP256R1_SHA256));
            Answer::Credential(Some(remote(certificates::client(KeyKind::EcP256))))
        }
        Question::Sign {
            scheme, message, ..
        } => sign(certificates::client(KeyKind::EcP256).key(), scheme, message),
        _ => Answer::Failed,
    }));
    pair.server.answerer = Some(Box::new(move |question| match question {
        Question::Config { client_hello } => {
            assert_eq!(client_hello.server_name(), Some("localhost"));
            let mut config = config::server(KeyKind::EcP256);
            config.common.versions = vec![version];
            config.ask_for_credential = true;
            config.client_auth = ClientAuth::Require(Verification::ask());
            Answer::Config(config.check().unwrap())
        }
        Question::Credential { server_name, .. } => {
            assert_eq!(server_name, Some("localhost"));
            Answer::Credential(Some(remote(certificates::server(KeyKind::EcP256))))
        }
        Question::Sign {
            scheme, message, ..
        } => sign(certificates::server(KeyKind::EcP256).key(), scheme, message),
        Question::VerifyPeer { chain, name, .. } => {
            assert!(!chain.is_empty() && name.is_none());
            Answer::PeerAccepted
        }
        _ => Answer::Failed,
    }));
    pair
}

/// The asks among the events, by name, and Connected.
fn order(end: &End) -> Vec<&'static str> {
    let name = |event: &Event| match event {
        Event::Ask(Ask::Config(_)) => Some("Config"),
        Event::Ask(Ask::Credential(_)) => Some("Credential"),
        Event::Ask(Ask::Sign(_)) => Some("Sign"),
        Event::Ask(Ask::VerifyPeer(_)) => Some("VerifyPeer"),
        Event::Connected => Some("Connected"),
        _ => None,
    };
    end.events.iter().filter_map(name).collect()
}

#[test]
fn every_ask_comes_in_its_order_and_is_answered() {
    for version in VERSIONS {
        for delivery in [Delivery::Whole, Delivery::Chunks(1), Delivery::Chunks(100)] {
            let mut pair = asking(version);
            pair.connect(delivery);
            pair.exchange(b"a line");
            let client = ["VerifyPeer", "Credential", "Sign", "Connected"];
            assert_eq!(order(&pair.client), client, "{version}");
            let server = ["Config", "Credential", "Sign", "VerifyPeer", "Connected"];
            assert_eq!(order(&pair.server), server, "{version}");
            for end in [&pair.client, &pair.server] {
                let standing = end.connection.negotiated().unwrap().peer_standing;
                assert_eq!(standing, PeerStanding::AcceptedByCaller);
            }
        }
    }
}

/// Answers the `nth` ask of an end by `answer`, all others well; gives both errors.
fn answered_once(
    version: ProtocolVersion,
    client_answers: bool,
    nth: usize,
    answer: fn() -> Answer,
) -> (Option<Error>, Option<Error>) {
    let mut pair = asking(version);
    let end = if client_answers {
        &mut pair.client
    } else {
        &mut pair.server
    };
    let mut well = end.answerer.take().unwrap();
    let mut count = 0;
    end.answerer = Some(Box::new(move |question| {
        count += 1;
        if count == nth + 1 {
            answer()
        } else {
            well(question)
        }
    }));
    pair.run(Delivery::Whole);
    assert!(!pair.client.is_connected() || !pair.server.is_connected());
    if client_answers {
        (pair.client.error, pair.server.error)
    } else {
        (pair.server.error, pair.client.error)
    }
}

#[test]
fn an_answer_that_fails_is_an_internal_error_wherever_it_is_asked_for() {
    for version in VERSIONS {
        for (client_answers, asks) in [(true, 3), (false, 4)] {
            for nth in 0..asks {
                let ends = answered_once(version, client_answers, nth, || Answer::Failed);
                let own = Some(Error::Own(OwnFailure::AnswerFailed));
                let told = Some(Error::PeerAlert(AlertDescription::INTERNAL_ERROR));
                assert_eq!(ends, (own, told), "{version} {client_answers} {nth}");
            }
        }
    }
}

#[test]
fn a_refusal_is_told_by_its_alert() {
    for version in VERSIONS {
        let client = answered_once(version, true, 0, || Answer::Refused(Fault::PeerRefused));
        let server = answered_once(version, false, 0, || Answer::Refused(Fault::ClientRefused));
        let peer = answered_once(version, false, 3, || {
            Answer::Refused(Fault::CertificateRevoked)
        });
        for (ends, fault) in [
            (client, Fault::PeerRefused),
            (server, Fault::ClientRefused),
            (peer, Fault::CertificateRevoked),
        ] {
            let told = Error::PeerAlert(fault.alert());
            assert_eq!(ends, (Some(fault.into()), Some(told)), "{version}");
        }
    }
}

#[test]
fn a_signature_that_is_wrong_is_noticed_by_the_peer() {
    for version in VERSIONS {
        let (own, peer) = answered_once(version, false, 2, || Answer::Signature(vec![1, 2, 3]));
        assert_eq!(peer, Some(Fault::SignatureWrong.into()), "{version}");
        assert_eq!(own, Some(Error::PeerAlert(AlertDescription::DECRYPT_ERROR)));
    }
}

/// A client whose VerifyPeer is open, its id, and the server.
fn open() -> (Pair, AskId) {
    let mut client = config::client();
    client.verification = Verification::ask();
    let server = config::server(KeyKind::EcP256).check().unwrap();
    let mut pair = Pair::new(&client.check().unwrap(), &server);
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, now());
    let flight = pair.server.take_output();
    pair.client.deliver(&flight, now());
    let Some(Event::Ask(ask)) = pair.client.events.last().cloned() else {
        panic!("an ask is open: {:?}", pair.client.events);
    };
    (pair, ask.id())
}

#[test]
fn wrong_answers_are_misuse_and_leave_the_ask_open() {
    let (mut pair, id) = open();
    let (other_pair, other_id) = {
        let mut pair = asking(ProtocolVersion::TLS_1_3);
        pair.connect(Delivery::Whole);
        let Some(Event::Ask(last)) = pair
            .server
            .events
            .iter()
            .rev()
            .find(|event| matches!(event, Event::Ask(_)))
            .cloned()
        else {
            panic!("the server asked");
        };
        (pair, last.id())
    };
    assert_ne!(id, other_id);
    drop(other_pair);
    let client = &mut pair.client.connection;
    let config = || config::server(KeyKind::EcP256).check().unwrap();
    for (id, answer, wanted) in [
        (other_id, Answer::PeerAccepted, Misuse::NoSuchAsk),
        (other_id, Answer::Config(config()), Misuse::NoSuchAsk),
        (id, Answer::Config(config()), Misuse::AnswerUnfit),
        (id, Answer::Credential(None), Misuse::AnswerUnfit),
        (id, Answer::Signature(vec![1]), Misuse::AnswerUnfit),
    ] {
        let answered = client.answer(id, answer, now());
        assert_eq!(answered, Err(Error::Misuse(wanted)));
        assert!(matches!(
            client.question(),
            Some(Question::VerifyPeer { .. })
        ));
    }
    client.answer(id, Answer::PeerAccepted, now()).unwrap();
    let twice = client.answer(id, Answer::PeerAccepted, now());
    assert_eq!(twice, Err(Error::Misuse(Misuse::NoSuchAsk)));
    assert!(client.question().is_none());
    pair.client.deliver(&[], now());
    pair.connect(Delivery::Whole);
    pair.exchange(b"nothing was lost");
    let late = pair
        .client
        .connection
        .answer(id, Answer::PeerAccepted, now());
    assert_eq!(late, Err(Error::Misuse(Misuse::NoSuchAsk)));
}

#[test]
fn while_an_ask_is_open_nothing_is_consumed_and_nothing_secret_is_sent() {
    let (mut pair, _) = open();
    let mut junk = vec![0xff; 100];
    for _ in 0..3 {
        let received = pair.client.connection.receive(&mut junk, now()).unwrap();
        assert_eq!((received.consumed, received.event), (0, None));
    }
    // change_cipher_spec at the most: no Certificate, Finished or data before the verdict.
    let sent = pair.client.take_output();
    assert!(sent.is_empty() || sent == [20, 3, 3, 0, 1, 1], "{sent:?}");
    let mut out = [0; 1000];
    let early = pair.client.connection.send(&[b"early"], &mut out);
    assert_eq!(early, Err(Error::Misuse(Misuse::NotConnected)));
}

#[test]
fn an_answer_after_a_fault_gives_the_fault() {
    let (mut pair, id) = open();
    pair.client
        .connection
        .answer(id, Answer::Refused(Fault::PeerRefused), now())
        .unwrap_err();
    let again = pair
        .client
        .connection
        .answer(id, Answer::PeerAccepted, now());
    assert_eq!(again, Err(Fault::PeerRefused.into()));
}

#[test]
fn a_client_may_show_nothing_and_a_server_that_only_asks_goes_on() {
    for version in VERSIONS {
        let mut client = config::client();
        client.common.versions = vec![version];
        client.ask_for_credential = true;
        let mut server = config::server(KeyKind::EcP256);
        server.common.versions = vec![version];
        server.client_auth = ClientAuth::Request(Verification::ask());
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.client.answerer = Some(Box::new(|_| Answer::Credential(None)));
        pair.connect(Delivery::Whole);
        assert_eq!(order(&pair.client), ["Credential", "Connected"]);
        assert_eq!(order(&pair.server), ["Connected"]);
        let negotiated = pair.server.connection.negotiated().unwrap();
        assert_eq!(negotiated.peer_standing, PeerStanding::Anonymous);
    }
}

#[test]
fn the_four_causes_of_alerts() {
    let new = || {
        let mut pair = Pair::new(
            &config::client().check().unwrap(),
            &config::server(KeyKind::EcP256).check().unwrap(),
        );
        pair.connect(Delivery::Whole);
        pair
    };
    // The peer closes: an event, no error, and nothing is sent back by itself.
    let mut pair = new();
    pair.client.connection.close();
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.events.last(), Some(&Event::Closed));
    assert_eq!((pair.client.error, pair.server.error), (None, None));
    // An illegal message: a fault, told by its alert.
    let mut pair = new();
    let bytes = record(&mut pair.client, ContentType::HANDSHAKE, &[20, 0, 0, 0]);
    pair.server.deliver(&bytes, now());
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.error, Some(Fault::MessageUnexpected.into()));
    let told = Some(Error::PeerAlert(AlertDescription::UNEXPECTED_MESSAGE));
    assert_eq!(pair.client.error, told);
    // Bytes that do not decrypt.
    let mut pair = new();
    pair.server
        .deliver(&[&[23, 3, 3, 0, 32][..], &[0; 32]].concat(), now());
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.error, Some(Fault::RecordNotAuthentic.into()));
    let told = Some(Error::PeerAlert(AlertDescription::BAD_RECORD_MAC));
    assert_eq!(pair.client.error, told);
    // The user gives up: a warning, then the end.
    let mut pair = new();
    pair.client.connection.cancel();
    pair.run(Delivery::Whole);
    let warned = Event::Warning(AlertDescription::USER_CANCELED);
    assert_eq!(
        pair.server.events.iter().rev().take(2).collect::<Vec<_>>(),
        [&Event::Closed, &warned]
    );
    assert_eq!(pair.server.error, None);
}

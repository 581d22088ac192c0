//! What a client's session keeps of its server: the staples of the first visit, and the
//! certificates, by which the server can be judged anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{SystemEntropy, Trust, Verification};
use handfast::connection::{PeerStanding, Question};
use handfast::session::{MemoryStore, Session, SessionCache, SessionStore, TicketKeys};
use handfast::{
    AlertDescription, Answer, Ask, ClientConfig, Error, Event, Fault, Negotiated, Now,
    ProtocolVersion, Roots, ServerConfig,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};
use std::sync::Arc;

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
const RESPONSE: &[u8] = b"\x30\x03 a response";
const SCTS: &[u8] = b"\x00\x05\x00\x03one";

fn later(seconds: u64) -> Now {
    let now = now();
    Now {
        unix_ms: now.unix_ms + seconds * 1000,
        monotonic_ms: now.monotonic_ms + seconds * 1000,
    }
}

fn client(version: ProtocolVersion, store: &Arc<MemoryStore>) -> ClientConfig {
    let mut client = config::client();
    client.common.versions = vec![version];
    client.sessions = Some(Arc::clone(store) as Arc<dyn SessionStore>);
    client.request_scts = true;
    client
}

/// A server that staples these, and knows sessions by tickets or keeps them itself.
fn server(
    by_tickets: bool,
    stapled: (Option<&[u8]>, Option<&[u8]>),
    keys: &Arc<TicketKeys>,
    cache: &Arc<SessionCache>,
) -> ServerConfig {
    let mut server = config::server(KeyKind::EcP256);
    let mut credential = config::credential(certificates::server(KeyKind::EcP256));
    if let Some(response) = stapled.0 {
        credential = credential.with_ocsp_response(response.to_vec());
    }
    if let Some(list) = stapled.1 {
        credential = credential.with_sct_list(list.to_vec()).unwrap();
    }
    server.credentials = vec![credential];
    if by_tickets {
        server.ticket_keys = Some(Arc::clone(keys));
    } else {
        server.session_cache = Some(Arc::clone(cache));
    }
    server
}

fn ticket_keys() -> Arc<TicketKeys> {
    Arc::new(TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap())
}

fn staples(negotiated: &Negotiated) -> (Option<&[u8]>, Option<&[u8]>) {
    (
        negotiated.ocsp_response.as_deref(),
        negotiated.sct_list.as_deref(),
    )
}

/// The newest session goes through its form as bytes, as into another process.
fn stored_and_loaded(store: &Arc<MemoryStore>) {
    let bytes = store.take("localhost").unwrap().to_bytes().unwrap();
    while store.take("localhost").is_some() {}
    store.put("localhost", Session::from_bytes(&bytes).unwrap());
}

#[test]
fn who_comes_back_sees_what_was_stapled_on_the_first_visit() {
    for version in VERSIONS {
        for by_tickets in [true, false] {
            for stapled in [
                (None, None),
                (Some(RESPONSE), None),
                (None, Some(SCTS)),
                (Some(RESPONSE), Some(SCTS)),
            ] {
                let store = Arc::default();
                let (keys, cache) = (ticket_keys(), Arc::default());
                let client = client(version, &store).check().unwrap();
                let first = server(by_tickets, stapled, &keys, &cache);
                // Later the server has others; whoever comes back gets none of them.
                let renewed = (Some(&b"\x30\x01 a newer one"[..]), Some(SCTS));
                let later_on = server(by_tickets, renewed, &keys, &cache);
                let visits = [(first, false), (later_on.clone(), true), (later_on, true)];
                for (seconds, (server, comes_back)) in (0..).zip(visits) {
                    let server = server.check().unwrap();
                    let mut pair = Pair::at(&client, &server, later(seconds));
                    pair.connect(Delivery::Chunks(13));
                    pair.exchange(b"a line of text");
                    let negotiated = pair.client.connection.negotiated().unwrap();
                    assert_eq!(negotiated.is_resumed(), comes_back);
                    assert_eq!(staples(negotiated), stapled, "{version} {by_tickets}");
                    // The client stapled nothing.
                    let theirs = pair.server.connection.negotiated().unwrap();
                    assert_eq!(staples(theirs), (None, None));
                    stored_and_loaded(&store);
                }
            }
        }
    }
}

#[test]
fn a_staple_that_is_too_long_is_seen_once_and_not_kept() {
    // TLS 1.2's CertificateStatus is too long for its place before its staple is.
    let longest = vec![0x30; 16 * 1024];
    let longest_of_tls12 = vec![0x30; 16 * 1024 - 4];
    let too_long = vec![0x30; 16 * 1024 + 1];
    for (version, response, is_kept) in [
        (ProtocolVersion::TLS_1_3, &longest, true),
        (ProtocolVersion::TLS_1_3, &too_long, false),
        (ProtocolVersion::TLS_1_2, &longest_of_tls12, true),
    ] {
        let store = Arc::default();
        let stapled = (Some(response.as_slice()), Some(SCTS));
        let client = client(version, &store).check().unwrap();
        let server = server(true, stapled, &ticket_keys(), &Arc::default());
        let server = server.check().unwrap();
        for comes_back in [false, true] {
            let mut pair = Pair::at(&client, &server, later(1));
            pair.connect(Delivery::Whole);
            pair.exchange(b"a line of text");
            let negotiated = pair.client.connection.negotiated().unwrap();
            assert_eq!(negotiated.is_resumed(), comes_back);
            let seen = stapled.0.filter(|_| is_kept || !comes_back);
            assert_eq!(staples(negotiated), (seen, stapled.1), "{version}");
        }
    }
}

/// What the caller is asked to judge: certificates and the stapled response.
fn judge(pair: &mut Pair, answer: fn() -> Answer) {
    pair.client.answerer = Some(Box::new(move |question| match question {
        Question::VerifyPeer {
            chain,
            name,
            ocsp_response,
            ..
        } => {
            assert_eq!(chain, certificates::server(KeyKind::EcP256).chain());
            assert!(name.is_some());
            assert_eq!(ocsp_response, Some(RESPONSE));
            answer()
        }
        _ => Answer::Failed,
    }));
}

fn judged(pair: &Pair) -> usize {
    let events = pair.client.events.iter();
    events
        .filter(|event| matches!(event, Event::Ask(Ask::VerifyPeer(_))))
        .count()
}

#[test]
fn a_caller_judges_again_where_it_wants_to_and_can_refuse() {
    for version in VERSIONS {
        for by_tickets in [true, false] {
            for delivery in [Delivery::Whole, Delivery::Chunks(1)] {
                let store = Arc::default();
                let mut client = client(version, &store);
                client.verification = Verification::ask();
                client.common.session_scope = Some(b"one judge".to_vec());
                let trusting = client.clone().check().unwrap();
                client.reverify_on_resume = true;
                let wary = client.check().unwrap();
                let stapled = (Some(RESPONSE), None);
                let server = server(by_tickets, stapled, &ticket_keys(), &Arc::default());
                let server = server.check().unwrap();
                for (client, comes_back, times) in
                    [(&wary, false, 1), (&wary, true, 1), (&trusting, true, 0)]
                {
                    let mut pair = Pair::at(client, &server, later(1));
                    judge(&mut pair, || Answer::PeerAccepted);
                    pair.connect(delivery);
                    pair.exchange(b"a line of text");
                    let negotiated = pair.client.connection.negotiated().unwrap();
                    assert_eq!(negotiated.is_resumed(), comes_back);
                    assert_eq!(negotiated.peer_standing, PeerStanding::AcceptedByCaller);
                    assert_eq!(judged(&pair), times, "{version} {by_tickets}");
                }
                let mut pair = Pair::at(&wary, &server, later(2));
                judge(&mut pair, || Answer::Refused(Fault::CertificateRevoked));
                pair.run(delivery);
                assert_eq!(judged(&pair), 1);
                assert_eq!(pair.client.error, Some(Fault::CertificateRevoked.into()));
                let alert = Error::PeerAlert(AlertDescription::CERTIFICATE_REVOKED);
                assert_eq!(pair.server.error, Some(alert));
                assert!(!pair.client.is_connected() && !pair.server.is_connected());
            }
        }
    }
}

/// As after an update of the system that takes an authority away.
#[test]
fn an_authority_that_is_trusted_no_longer_ends_a_session_where_servers_are_judged_again() {
    let Trust::Roots(roots) = config::trust() else {
        unreachable!("the tests' trust is a list of roots");
    };
    for version in VERSIONS {
        for judges_again in [true, false] {
            let store = Arc::default();
            let with = |roots: &Roots| {
                let mut client = client(version, &store);
                client.verification = Verification::chain(Trust::System);
                client.reverify_on_resume = judges_again;
                let client = client.check().unwrap();
                client.set_system_roots(roots.clone());
                client
            };
            let server = server(true, (None, None), &ticket_keys(), &Arc::default());
            let server = server.check().unwrap();
            for comes_back in [false, true] {
                let mut pair = Pair::at(&with(&roots), &server, later(1));
                pair.connect(Delivery::Whole);
                pair.exchange(b"a line of text");
                let negotiated = pair.client.connection.negotiated().unwrap();
                assert_eq!(negotiated.is_resumed(), comes_back);
                assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
            }
            let mut pair = Pair::at(&with(&Roots::new()), &server, later(2));
            pair.run(Delivery::Whole);
            let expected = judges_again.then(|| Fault::CertificateAuthorityUnknown.into());
            assert_eq!(pair.client.error, expected, "{version}");
            assert_eq!(pair.client.is_connected(), !judges_again);
        }
    }
}

#[test]
fn a_peer_let_in_against_the_verdict_is_unverified_in_its_sessions_too() {
    for version in VERSIONS {
        for by_tickets in [true, false] {
            let store = Arc::default();
            let mut client = client(version, &store);
            client.verification = Verification::ask();
            client.common.session_scope = Some(b"one judge".to_vec());
            let trusting = client.clone().check().unwrap();
            client.reverify_on_resume = true;
            let wary = client.check().unwrap();
            let stapled = (Some(RESPONSE), None);
            let server = server(by_tickets, stapled, &ticket_keys(), &Arc::default());
            let server = server.check().unwrap();
            let tolerated: fn() -> Answer = || Answer::DangerPeerUnverified;
            let accepted: fn() -> Answer = || Answer::PeerAccepted;
            // Only a new verdict makes the peer one that was accepted.
            for (client, answer, comes_back, standing) in [
                (&trusting, tolerated, false, PeerStanding::Unverified),
                (&trusting, accepted, true, PeerStanding::Unverified),
                (&wary, accepted, true, PeerStanding::AcceptedByCaller),
                (&wary, tolerated, true, PeerStanding::Unverified),
            ] {
                let mut pair = Pair::at(client, &server, later(1));
                judge(&mut pair, answer);
                pair.connect(Delivery::Whole);
                pair.exchange(b"a line of text");
                let negotiated = pair.client.connection.negotiated().unwrap();
                assert_eq!(negotiated.is_resumed(), comes_back);
                assert_eq!(negotiated.peer_standing, standing, "{version} {by_tickets}");
            }
        }
    }
}

//! Sessions that lead nowhere: unknown, damaged, foreign, expired, of another version or of a
//! suite that is no longer spoken. Each ends in a full handshake, never in an alert; and each
//! has its control, the same session as it was, which leads back.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod identities;
mod meeting;

use crate::coming_back::cell::{Back, later};
use handfast::connection::Resumption;
use handfast::observe::Script;
use handfast::session::{MemoryStore, Session, SessionStore};
use handfast::{CipherSuite, Client, Now, ProtocolVersion, Server, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::Secrets;
use handfast_testkit::liar::anatomy::{Hello, client_hello};
use handfast_testkit::pair::{Delivery, End, Pair};
use handfast_testkit::stored::checked_again;
use handfast_wire::registry::{ExtensionType, HandshakeType};
use meeting::{client_config, client_with, identity, meet, server_config, session, session_at};
use std::sync::Arc;

/// 12 hours; the server's own count of them.
const LIFETIME_S: u64 = 12 * 60 * 60;

/// At each time: a session, by a client whose clock may differ from the server's.
#[test]
fn a_session_lives_twelve_hours_by_the_clock_of_either_end() {
    for back in Back::ALL {
        let server = server_config(back).check().unwrap();
        // A session by ID is kept two hours by a client, which no server tells for how long.
        let own_s = if back == Back::SessionId {
            2 * 60 * 60
        } else {
            LIFETIME_S
        };
        for (seconds, good) in [(own_s - 1, true), (own_s, false), (20 * 60 * 60, false)] {
            let one = session(back, &server);
            let client = client_with(&one, client_config(back));
            let expected = good.then_some(back.resumption());
            assert_eq!(
                meet(&client, &server, later(seconds)),
                expected,
                "{back:?} {seconds}"
            );
        }
        // The client's clock stands still, so it offers what the server knows to be too old.
        for (seconds, good) in [(LIFETIME_S - 1, true), (LIFETIME_S, false)] {
            let one = session(back, &server);
            let client = client_with(&one, client_config(back));
            let expected = good.then_some(back.resumption());
            let came_back = meet_apart(&client, &server, later(1), later(seconds));
            assert_eq!(came_back, expected, "{back:?} {seconds}");
        }
    }
}

/// Two ends with a clock each; the certificates are good at both times.
fn meet_apart(client: &Client, server: &Server, ours: Now, theirs: Now) -> Option<Resumption> {
    let mut pair = Pair::at(client, server, ours);
    pair.server = End::new(server.accept(theirs).unwrap());
    loop {
        let words = pair.client.take_output();
        pair.server.deliver(&words, theirs);
        let answer = pair.server.take_output();
        pair.client.deliver(&answer, ours);
        if words.is_empty() && answer.is_empty() {
            break;
        }
    }
    pair.connect(Delivery::Whole);
    let kinds =
        [&pair.client, &pair.server].map(|end| end.connection.negotiated().unwrap().resumption);
    assert_eq!(kinds[0], kinds[1]);
    kinds[0]
}

/// A clock that was set back tells nothing about how old a session is; clocks that
/// differ by minutes were not.
#[test]
fn a_clock_that_was_set_back_leads_to_a_full_handshake() {
    for back in Back::ALL {
        let server = server_config(back).check().unwrap();
        for (ours, theirs) in [(60, 0), (0, 60), (0, 0)] {
            let one = session_at(client_config(back), &server, later(60));
            let client = client_with(&one, client_config(back));
            let came_back = meet_apart(&client, &server, later(ours), later(theirs));
            assert_eq!(
                came_back,
                Some(back.resumption()),
                "{back:?} {ours} {theirs}"
            );
        }
        for seconds in [6 * 60, 11 * 60 * 60] {
            // Both clocks, the client's alone, the server's alone.
            for (ours, theirs) in [(0, 0), (0, seconds), (seconds, 0)] {
                let one = session_at(client_config(back), &server, later(seconds));
                let client = client_with(&one, client_config(back));
                let came_back = meet_apart(&client, &server, later(ours), later(theirs));
                assert_eq!(came_back, None, "{back:?} {ours} {theirs}");
            }
            let one = session_at(client_config(back), &server, later(seconds));
            let client = client_with(&one, client_config(back));
            let came_back = meet(&client, &server, later(seconds));
            assert_eq!(came_back, Some(back.resumption()), "{back:?}: the control");
        }
    }
}

/// However often a client comes back in time: after 24 hours it proves itself anew.
#[test]
fn a_line_of_sessions_ends_a_day_after_its_full_handshake() {
    let day_s = 24 * 60 * 60;
    for back in Back::NEW {
        let server = server_config(back).check().unwrap();
        let store = Arc::new(MemoryStore::default());
        let mut client = client_config(back);
        client.sessions = Some(store.clone());
        let client = client.check().unwrap();
        let hours_11 = 11 * 60 * 60;
        for (seconds, comes_back) in [
            (0, false),
            (hours_11, true),
            (2 * hours_11, true),
            (day_s - 1, true),
            (day_s, false),
            (day_s + 1, true),
        ] {
            let expected = comes_back.then_some(Resumption::Psk);
            assert_eq!(
                meet(&client, &server, later(seconds)),
                expected,
                "{back:?} {seconds}"
            );
        }
    }
}

#[test]
fn a_session_ends_with_the_certificates_it_was_made_with() {
    let now_s = certificates::now_unix();
    let validity = handfast_ca::profile::Validity {
        not_before_unix: now_s - 60,
        not_after_unix: now_s + 3600,
    };
    let authority = certificates::intermediate();
    let names = certificates::names();
    let server_cert = authority
        .issue_server(&names, validity, KeyKind::EcP256)
        .unwrap();
    let mail = Some("ada@example.test");
    let client_cert = authority
        .issue_client("Ada", mail, validity, KeyKind::EcP256)
        .unwrap();
    for back in Back::ALL {
        // The server's certificate: the client's clock counts.
        let mut server = server_config(back);
        server.credentials = vec![config::credential(&server_cert)];
        let server = server.check().unwrap();
        let one = session(back, &server);
        assert!((1..=3600).contains(&one.lifetime_s()), "{back:?}");
        let again = client_with(&one, client_config(back));
        assert_eq!(meet(&again, &server, later(3590)), Some(back.resumption()));
        let again = client_with(&one, client_config(back));
        let mut late = Pair::at(&again, &server, later(3601));
        late.run(Delivery::Whole);
        assert!(
            late.client.error.is_some(),
            "{back:?}: past its certificate"
        );

        // The client's certificate: the server's clock counts.
        let mut server = server_config(back);
        server.client_auth = config::mutual_server(KeyKind::EcP256).client_auth;
        let server = server.check().unwrap();
        let mut client = client_config(back);
        client.credentials = vec![config::credential(&client_cert)];
        let one = session_at(client.clone(), &server, later(0));
        let again = client_with(&one, client.clone());
        assert_eq!(meet(&again, &server, later(3590)), Some(back.resumption()));
        let one = session_at(client.clone(), &server, later(0));
        let again = client_with(&one, client);
        let mut late = Pair::at(&again, &server, later(3601));
        late.run(Delivery::Whole);
        assert!(
            late.server.error.is_some(),
            "{back:?}: past its certificate"
        );
        assert!(!late.server.is_connected());
    }
}

const GCM_128: CipherSuite = CipherSuite::TLS_AES_128_GCM_SHA256;
const GCM_256: CipherSuite = CipherSuite::TLS_AES_256_GCM_SHA384;
const CHACHA: CipherSuite = CipherSuite::TLS_CHACHA20_POLY1305_SHA256;
const OLD_128: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
const OLD_256: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384;
const OLD_CHACHA: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;

/// A session belongs to its suite in TLS 1.2, and to its suite's hash in TLS 1.3.
#[test]
fn a_suite_that_is_no_longer_spoken_leads_to_a_full_handshake() {
    for back in Back::ALL {
        let is_new = Back::NEW.contains(&back);
        let [first, same_hash, other_hash] = if is_new {
            [GCM_128, CHACHA, GCM_256]
        } else {
            [OLD_128, OLD_CHACHA, OLD_256]
        };
        let base = server_config(back);
        for (ours, theirs, comes_back) in [
            (vec![first], vec![first], true),
            (vec![first, other_hash], vec![other_hash], false),
            (vec![other_hash], vec![first, other_hash], false),
            // RFC 8446 s4.2.11: a key goes with its hash.
            (vec![first, same_hash], vec![same_hash], is_new),
        ] {
            let with = |suites: &[CipherSuite]| {
                let mut server = base.clone();
                server.common.suites = suites.to_vec();
                server.check().unwrap()
            };
            let mut client = client_config(back);
            client.common.suites = vec![first];
            let one = session_at(client.clone(), &with(&[first]), later(0));
            client.common.suites.clone_from(&ours);
            let came_back = meet(&client_with(&one, client), &with(&theirs), later(1));
            let expected = comes_back.then_some(back.resumption());
            assert_eq!(came_back, expected, "{back:?} {ours:?} {theirs:?}");
        }
    }
}

const NEW: ProtocolVersion = ProtocolVersion::TLS_1_3;
const OLD: ProtocolVersion = ProtocolVersion::TLS_1_2;

#[test]
fn a_session_of_another_version_than_is_chosen_leads_to_a_full_handshake() {
    for back in Back::ALL {
        let made_in = back.version();
        let base = server_config(back);
        for (ours, theirs) in [
            (vec![NEW, OLD], vec![NEW, OLD]),
            (vec![NEW, OLD], vec![OLD]),
            (vec![NEW, OLD], vec![NEW]),
            (vec![OLD], vec![NEW, OLD]),
            (vec![NEW], vec![NEW, OLD]),
        ] {
            let with = |versions: &[ProtocolVersion]| {
                let mut server = base.clone();
                server.common.versions = versions.to_vec();
                server.check().unwrap()
            };
            let one = session(back, &with(&[made_in]));
            let mut client = client_config(back);
            client.common.versions.clone_from(&ours);
            let client = client_with(&one, client);
            let came_back = meet(&client, &with(&theirs), later(1));
            let chosen = ours.iter().filter(|version| theirs.contains(version)).max();
            let expected = (chosen == Some(&made_in)).then_some(back.resumption());
            assert_eq!(came_back, expected, "{back:?} {ours:?} {theirs:?}");
        }
    }
}

/// Changes a ClientHello by the bytes of some session.
struct Edit<F>(F);

impl<F> core::fmt::Debug for Edit<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Edit")
    }
}

impl<F: Fn(&mut Hello) + Send + Sync> Script for Edit<F> {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == HandshakeType::CLIENT_HELLO {
            client_hello(&message, &self.0)
        } else {
            vec![message]
        }
    }
}

/// A server of TLS 1.2 that gives tickets and keeps sessions, and tells its secrets.
fn generous_server() -> (Server, Server, Arc<Secrets>) {
    let secrets = Arc::new(Secrets::default());
    let mut both = server_config(Back::Ticket);
    Back::SessionId.prepare(&mut both);
    both.common.key_log = Some(secrets.clone());
    let ids_alone = ServerConfig {
        ticket_keys: None,
        ..both.clone()
    };
    (both.check().unwrap(), ids_alone.check().unwrap(), secrets)
}

#[test]
fn of_a_ticket_and_a_session_id_that_both_are_known_the_ticket_is_taken() {
    let (both, ids_alone, secrets) = generous_server();
    let by_id = session(Back::SessionId, &ids_alone);
    let of_id = secrets.last("CLIENT_RANDOM").unwrap();
    let by_ticket = session(Back::Ticket, &both);
    let of_ticket = secrets.last("CLIENT_RANDOM").unwrap();
    assert_ne!(of_id, of_ticket);
    let id = identity(&by_id);
    let mut client = client_config(Back::Ticket);
    client.common.danger_script = Some(Arc::new(Edit(move |hello: &mut Hello| {
        hello.session_id.clone_from(&id);
    })));
    let mut pair = Pair::at(&client_with(&by_ticket, client), &both, later(1));
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, pair.now);
    assert_eq!(pair.server.error, None);
    assert_eq!(secrets.last("CLIENT_RANDOM"), Some(of_ticket));
    // The control: without its ticket the same ClientHello leads to the other session.
    let mut client = client_config(Back::SessionId);
    client.common.danger_script = Some(Arc::new(Edit(|hello: &mut Hello| {
        hello.extensions.remove(ExtensionType::SESSION_TICKET);
    })));
    let came_back = meet(&client_with(&by_id, client), &both, later(1));
    assert_eq!(came_back, Some(Resumption::SessionId));
    assert_eq!(secrets.last("CLIENT_RANDOM"), Some(of_id));
}

#[test]
fn where_the_ticket_is_unknown_a_known_session_id_still_leads_back() {
    let (both, ids_alone, _) = generous_server();
    let by_id = session(Back::SessionId, &ids_alone);
    for ticket in [vec![], vec![7], vec![7; 200]] {
        let mut client = client_config(Back::SessionId);
        client.common.danger_script = Some(Arc::new(Edit(move |hello: &mut Hello| {
            hello.extensions.set(ExtensionType::SESSION_TICKET, &ticket);
        })));
        // What is written for tickets is not promised to a client that goes on by ID.
        let came_back = meet(&client_with(&by_id, client), &both, later(1));
        assert_eq!(came_back, Some(Resumption::SessionId));
    }
}

/// A client keeps what it has by the name of its server, but looks at what a session is for.
#[test]
fn a_session_of_another_host_is_not_offered() {
    for back in Back::ALL {
        let server = server_config(back).check().unwrap();
        let one = session(back, &server);
        let client = client_with(&one, client_config(back));
        let misled = MemoryStore::default();
        misled.put("127.0.0.1", one);
        let mut config = client_config(back);
        config.sessions = Some(Arc::new(misled));
        let now = later(1);
        let elsewhere = handfast::ServerName::parse("127.0.0.1").unwrap();
        let elsewhere = config.check().unwrap().connect(elsewhere, now).unwrap();
        let mut pair = Pair {
            client: End::new(elsewhere),
            server: End::new(server.accept(now).unwrap()),
            now,
        };
        pair.connect(Delivery::Whole);
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(negotiated.resumption, None, "{back:?}");
        assert_eq!(meet(&client, &server, now), Some(back.resumption()));
    }
}

/// How old a client says that its ticket is need not agree with the server's count without early
/// data (RFC 8446 section 8.3), as clocks jump; but what it holds to be dead is not taken.
#[test]
fn a_wrong_age_does_not_matter_unless_it_is_past_the_lifetime() {
    for back in Back::NEW {
        let server = server_config(back).check().unwrap();
        let one = session(back, &server);
        let client = client_with(&one, client_config(back));
        let came_back = meet_apart(&client, &server, later(5 * 60 * 60), later(1));
        assert_eq!(came_back, Some(Resumption::Psk), "{back:?}");
        for (claimed_s, good) in [
            (0, true),
            (LIFETIME_S - 10, true),
            (LIFETIME_S + 10, false),
            (40 * 24 * 60 * 60, false),
        ] {
            // As bytes a session begins with the time at which it came.
            let mut bytes = session(back, &server).to_bytes().unwrap().to_vec();
            let received_ms = later(0).unix_ms - claimed_s * 1000;
            bytes[..8].copy_from_slice(&received_ms.to_be_bytes());
            let aged = Session::from_bytes(&checked_again(bytes)).unwrap();
            let came_back = meet(&client_with(&aged, client_config(back)), &server, later(0));
            let expected = good.then_some(Resumption::Psk);
            assert_eq!(came_back, expected, "{back:?} {claimed_s}");
        }
    }
}

/// Every byte of a session that was stored: refused when it is read, or good for a connection
/// that both ends take for what it is, or for a refusal; never for a panic or a lie.
#[test]
fn a_stored_session_with_a_damaged_byte_does_no_harm() {
    for back in Back::ALL {
        let server = server_config(back).check().unwrap();
        let mut outcomes = [0; 4];
        // The chain is long and of no interest here: the first 300 bytes hold everything else.
        for at in 0..300 {
            // A new one each time: what a server keeps of TLS 1.3 is good for one use.
            let mut damaged = session(back, &server).to_bytes().unwrap().to_vec();
            damaged[at] ^= 0x11;
            assert!(Session::from_bytes(&damaged).is_err(), "by accident");
            let Ok(damaged) = Session::from_bytes(&checked_again(damaged)) else {
                outcomes[0] += 1;
                continue;
            };
            let client = client_with(&damaged, client_config(back));
            let mut pair = Pair::at(&client, &server, later(1));
            pair.run(Delivery::Whole);
            let both = [&pair.client, &pair.server];
            let kinds = both.map(|end| {
                let negotiated = end.connection.negotiated();
                negotiated
                    .filter(|_| end.error.is_none())
                    .map(|one| one.resumption)
            });
            match kinds {
                [Some(ours), Some(theirs)] => {
                    assert_eq!(ours, theirs, "{back:?} at {at}");
                    outcomes[if ours.is_some() { 1 } else { 2 }] += 1;
                }
                _ => outcomes[3] += 1,
            }
        }
        println!("{back:?}: unreadable, back, full, refused: {outcomes:?}");
        assert!(
            outcomes.iter().all(|count| *count > 0),
            "{back:?} {outcomes:?}"
        );
    }
}

//! Sessions and ticket keys that the caller is asked for: there, slow to come, missing,
//! damaged, or not to be found out. Without them a handshake is a full one, never an error.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{SystemEntropy, Verification};
use handfast::connection::{Question, Resumption};
use handfast::session::{
    MemoryStore, SessionCache, SessionStore, SessionValue, StoredSession, TicketKeys,
};
use handfast::{
    Answer, ClientConfig, ConfigFault, Connection, Event, Now, ProtocolVersion, ServerConfig,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Answerer, Delivery, Pair, now};
use handfast_wire::registry::ContentType;
use std::sync::{Arc, Mutex};

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

/// A store of the caller's: sessions by their keys, newest last.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Vec<StoredSession>>>);

/// What becomes of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    Missing,
    Damaged,
    Fails,
}

impl Store {
    /// Keeps what the connection gives out; the event said so.
    fn keep(&self, connection: &mut Connection, events: &[Event]) {
        let sessions = connection.take_sessions();
        assert_eq!(events.contains(&Event::StoreSession), !sessions.is_empty());
        self.0.lock().unwrap().extend(sessions);
        assert_eq!(connection.take_sessions(), []);
    }

    fn answerer(&self, mood: Mood) -> Option<Answerer> {
        let store = self.clone();
        Some(Box::new(move |question| match question {
            Question::LoadSession { .. } if mood == Mood::Fails => Answer::Failed,
            Question::LoadSession { keys, .. } => {
                assert!((1..=4).contains(&keys.len()));
                Answer::Sessions(keys.iter().map(|key| store.take(key, mood)).collect())
            }
            Question::VerifyPeer { .. } => Answer::PeerAccepted,
            _ => Answer::Failed,
        }))
    }

    /// Gives sessions as they are, and leaves there what is not for one use.
    fn answerer_that_leaves(&self) -> Option<Answerer> {
        let store = self.clone();
        Some(Box::new(move |question| match question {
            Question::LoadSession { keys, single_use } => {
                let found = keys.iter().map(|key| {
                    let value = store.take(key, Mood::Well)?;
                    if !single_use {
                        store.0.lock().unwrap().push(StoredSession {
                            key: key.clone(),
                            value: value.clone(),
                            lifetime_s: 1,
                        });
                    }
                    Some(value)
                });
                Answer::Sessions(found.collect())
            }
            _ => Answer::Failed,
        }))
    }

    fn take(&self, key: &[u8], mood: Mood) -> Option<SessionValue> {
        let mut sessions = self.0.lock().unwrap();
        let at = sessions.iter().rposition(|session| session.key == key)?;
        let session = sessions.remove(at);
        let mut bytes = session.value.as_bytes().to_vec();
        match mood {
            Mood::Missing => return None,
            // On a server this is a bit of the secret.
            Mood::Damaged => bytes[20] ^= 1,
            _ => {}
        }
        Some(SessionValue::new(bytes))
    }
}

fn later(seconds: u64) -> Now {
    let now = now();
    Now {
        unix_ms: now.unix_ms + seconds * 1000,
        monotonic_ms: now.monotonic_ms + seconds * 1000,
    }
}

fn client(version: ProtocolVersion) -> ClientConfig {
    let mut client = config::client();
    client.common.versions = vec![version];
    client
}

fn server(version: ProtocolVersion) -> ServerConfig {
    let mut server = config::server(KeyKind::EcP256);
    server.common.versions = vec![version];
    server
}

/// The kind of resumption when it goes by a name.
fn by_name(version: ProtocolVersion) -> Resumption {
    match version {
        ProtocolVersion::TLS_1_3 => Resumption::Psk,
        _ => Resumption::SessionId,
    }
}

fn kind(pair: &Pair) -> Option<Resumption> {
    let ours = pair.client.connection.negotiated().unwrap().resumption;
    let theirs = pair.server.connection.negotiated().unwrap().resumption;
    assert_eq!(ours, theirs);
    ours
}

#[test]
fn a_server_whose_store_answers_resumes_and_any_other_answer_is_a_full_handshake() {
    for version in VERSIONS {
        for (mood, expected) in [
            (Mood::Well, Some(by_name(version))),
            (Mood::Missing, None),
            (Mood::Damaged, None),
            (Mood::Fails, None),
        ] {
            let sessions = Arc::new(MemoryStore::default());
            let mut client = client(version);
            client.sessions = Some(Arc::clone(&sessions) as Arc<dyn SessionStore>);
            let client = client.check().unwrap();
            let mut server = server(version);
            server.ask_for_sessions = true;
            let server = server.check().unwrap();
            let store = Store::default();
            for (seconds, expected) in [(0, None), (1, expected)] {
                let mut pair = Pair::at(&client, &server, later(seconds));
                pair.server.answerer = store.answerer(mood);
                pair.connect(Delivery::Chunks(17));
                pair.exchange(b"a line of text");
                assert_eq!(kind(&pair), expected, "{version} {mood:?}");
                store.keep(&mut pair.server.connection, &pair.server.events);
            }
        }
    }
}

#[test]
fn a_client_is_given_its_session_before_it_speaks() {
    for version in VERSIONS {
        for (mood, comes_back) in [
            (Mood::Well, true),
            (Mood::Missing, false),
            (Mood::Damaged, false),
            (Mood::Fails, false),
        ] {
            let mut client = client(version);
            client.ask_for_sessions = true;
            let client = client.check().unwrap();
            let mut server = server(version);
            server.session_cache = Some(Arc::default());
            let server = server.check().unwrap();
            let store = Store::default();
            for expected in [false, comes_back] {
                let mut pair = Pair::at(&client, &server, later(1));
                assert!(!pair.client.connection.wants_send(), "nothing is said yet");
                pair.client.answerer = store.answerer(mood);
                pair.connect(Delivery::Whole);
                pair.exchange(b"a line of text");
                let expected = expected.then(|| by_name(version));
                assert_eq!(kind(&pair), expected, "{version} {mood:?}");
                store.keep(&mut pair.client.connection, &pair.client.events);
            }
        }
    }
}

/// Connects to a machine whose ticket keys come from this root, or cannot be had.
fn machine(mut pair: Pair, root: Option<u8>) -> Pair {
    let keys = root.map(|root| {
        let mut bytes = [root; 32];
        bytes[0] = 1;
        Arc::new(TicketKeys::from_root(&bytes, Arc::new(SystemEntropy), pair.now).unwrap())
    });
    pair.server.answerer = Some(Box::new(move |question| match (question, &keys) {
        (Question::TicketKeys, Some(keys)) => Answer::TicketKeys(Arc::clone(keys)),
        _ => Answer::Failed,
    }));
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    pair
}

#[test]
fn ticket_keys_are_asked_for_and_without_them_no_ticket_is_read_or_made() {
    for version in VERSIONS {
        let sessions = Arc::new(MemoryStore::default());
        let mut client = client(version);
        client.sessions = Some(Arc::clone(&sessions) as Arc<dyn SessionStore>);
        let client = client.check().unwrap();
        let mut server = server(version);
        server.ask_for_ticket_keys = true;
        let server = server.check().unwrap();
        let sealed = match version {
            ProtocolVersion::TLS_1_3 => Resumption::Psk,
            _ => Resumption::Ticket,
        };
        for (root, expected) in [
            (Some(7), None),
            (Some(7), Some(sealed)),
            (None, None),
            (Some(7), None), // without keys no ticket was made
            (Some(8), None), // another root
            (Some(8), Some(sealed)),
        ] {
            let pair = machine(Pair::at(&client, &server, later(1)), root);
            assert_eq!(kind(&pair), expected, "{version} {root:?}");
            // Only what this connection gave is left for the next one.
            let newest = sessions.take("localhost");
            while sessions.take("localhost").is_some() {}
            if let Some(newest) = newest.filter(|_| root.is_some()) {
                sessions.put("localhost", newest);
            }
        }
    }
}

#[test]
fn where_the_caller_judges_a_session_goes_on_under_an_equal_label_alone() {
    for version in VERSIONS {
        let sessions = Arc::new(MemoryStore::default());
        let cache = Arc::new(SessionCache::default());
        let label = |label: &[u8]| {
            let mut client = client(version);
            client.verification = Verification::ask();
            client.sessions = Some(Arc::clone(&sessions) as Arc<dyn SessionStore>);
            client.common.session_scope = Some(label.to_vec());
            let mut server = server(version);
            server.client_auth = handfast::config::ClientAuth::Request(Verification::ask());
            server.session_cache = Some(Arc::clone(&cache));
            server.common.session_scope = Some(label.to_vec());
            (client, server)
        };
        let same = label(b"rules of monday");
        let other = label(b"rules of tuesday");
        let connect = |client: &ClientConfig, server: &ServerConfig| {
            let client = client.clone().check().unwrap();
            let server = server.clone().check().unwrap();
            let mut pair = Pair::at(&client, &server, later(1));
            pair.client.answerer = Store::default().answerer(Mood::Well);
            pair.server.answerer = Store::default().answerer(Mood::Well);
            pair.connect(Delivery::Whole);
            pair.exchange(b"a line of text");
            kind(&pair)
        };
        assert_eq!(connect(&same.0, &same.1), None);
        assert_eq!(connect(&same.0, &same.1), Some(by_name(version)));
        assert_eq!(
            connect(&same.0, &other.1),
            None,
            "the server's rules changed"
        );
        assert_eq!(
            connect(&other.0, &same.1),
            None,
            "the client's rules changed"
        );
    }
}

#[test]
fn a_connection_that_fails_takes_its_cached_session_with_it() {
    let sessions = Arc::new(MemoryStore::default());
    let mut client = client(ProtocolVersion::TLS_1_2);
    client.sessions = Some(Arc::clone(&sessions) as Arc<dyn SessionStore>);
    let client = client.check().unwrap();
    let cache = Arc::new(SessionCache::default());
    let mut server = server(ProtocolVersion::TLS_1_2);
    server.session_cache = Some(Arc::clone(&cache));
    let server = server.check().unwrap();
    let connect = || {
        let mut pair = Pair::at(&client, &server, later(1));
        pair.connect(Delivery::Whole);
        pair
    };
    assert_eq!(kind(&connect()), None);
    let mut back = connect();
    assert_eq!((kind(&back), cache.len()), (Some(Resumption::SessionId), 1));
    // A record that was not sealed by the client.
    let broken = [
        &[ContentType::APPLICATION_DATA.0, 3, 3, 0, 40][..],
        &[0; 40],
    ]
    .concat();
    back.server.deliver(&broken, later(1));
    assert!(back.server.error.is_some());
    assert!(cache.is_empty());
    assert_eq!(kind(&connect()), None);
}

/// RFC 5246 s7.2.2: the caller hears of it once, whether the session was made or went on.
#[test]
fn a_connection_that_fails_names_its_session_in_the_callers_store() {
    for version in VERSIONS {
        let sessions = Arc::new(MemoryStore::default());
        let mut client = client(version);
        client.sessions = Some(Arc::clone(&sessions) as Arc<dyn SessionStore>);
        let client = client.check().unwrap();
        let mut server = server(version);
        server.ask_for_sessions = true;
        let server = server.check().unwrap();
        let store = Store::default();
        let mut first_key = None;
        for comes_back in [false, true] {
            let mut pair = Pair::at(&client, &server, later(1));
            pair.server.answerer = store.answerer_that_leaves();
            pair.connect(Delivery::Whole);
            pair.exchange(b"a line of text");
            assert_eq!(kind(&pair).is_some(), comes_back, "{version}");
            let server = &mut pair.server;
            let kept = server.connection.take_sessions();
            first_key = first_key.or(kept.first().map(|one| one.key.clone()));
            store.0.lock().unwrap().extend(kept);
            assert_eq!(server.connection.take_lost_session(), None, "{version}");
            let broken = [
                &[ContentType::APPLICATION_DATA.0, 3, 3, 0, 40][..],
                &[0; 40],
            ];
            server.deliver(&broken.concat(), later(1));
            assert!(server.error.is_some());
            let lost = server.connection.take_lost_session();
            let expected = first_key
                .clone()
                .filter(|_| version == ProtocolVersion::TLS_1_2);
            assert_eq!(lost, expected, "{version} {comes_back}");
            assert_eq!(server.connection.take_lost_session(), None, "{version}");
        }
        // The control: a connection that is closed loses nothing.
        let mut pair = Pair::at(&client, &server, later(1));
        pair.server.answerer = store.answerer_that_leaves();
        pair.connect(Delivery::Whole);
        pair.client.connection.close();
        pair.connect(Delivery::Whole);
        assert_eq!(pair.server.connection.take_lost_session(), None);
    }
}

#[test]
fn a_config_has_one_source_of_sessions_and_of_ticket_keys() {
    let mut client = client(ProtocolVersion::TLS_1_3);
    client.ask_for_sessions = true;
    client.sessions = Some(Arc::new(MemoryStore::default()));
    assert_eq!(
        client.check().err(),
        Some(ConfigFault::TwoSources("sessions"))
    );
    let mut both = server(ProtocolVersion::TLS_1_3);
    both.ask_for_sessions = true;
    both.session_cache = Some(Arc::default());
    assert_eq!(
        both.check().err(),
        Some(ConfigFault::TwoSources("sessions"))
    );
    let mut both = server(ProtocolVersion::TLS_1_3);
    both.ask_for_ticket_keys = true;
    both.ticket_keys = Some(Arc::new(
        TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap(),
    ));
    assert_eq!(
        both.check().err(),
        Some(ConfigFault::TwoSources("ticket keys"))
    );
}

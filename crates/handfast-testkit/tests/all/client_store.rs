//! What a client's store of sessions goes through.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::SystemEntropy;
use handfast::session::{MemoryStore, Session, SessionStore, TicketKeys};
use handfast::{
    AlertDescription, Answer, CipherSuite, Client, ClientConfig, Error, Event, Fault, Now,
    ProtocolVersion, Server, ServerConfig,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::record;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_wire::registry::ContentType;
use std::sync::Arc;

const NEWER: ProtocolVersion = ProtocolVersion::TLS_1_3;
const OLDER: ProtocolVersion = ProtocolVersion::TLS_1_2;

/// A client with this store, of one version.
fn client<Store>(store: &Arc<Store>, version: ProtocolVersion) -> Client
where
    Store: SessionStore + 'static,
{
    client_config(store, version).check().unwrap()
}

fn client_config<Store>(store: &Arc<Store>, version: ProtocolVersion) -> ClientConfig
where
    Store: SessionStore + 'static,
{
    let mut config = ClientConfig {
        sessions: Some(Arc::clone(store) as Arc<dyn SessionStore>),
        ..config::client()
    };
    config.common.versions = vec![version];
    config
}

/// A server that gives so many tickets of TLS 1.3.
fn server(tickets: u8) -> Server {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
    let config = ServerConfig {
        ticket_keys: Some(Arc::new(keys)),
        tickets,
        ..config::server(KeyKind::EcP256)
    };
    config.check().unwrap()
}

fn later(seconds: u64) -> Now {
    let now = now();
    Now {
        unix_ms: now.unix_ms + seconds * 1000,
        monotonic_ms: now.monotonic_ms + seconds * 1000,
    }
}

/// Connects, and tells whether a session went on.
fn came_back(client: &Client, server: &Server, now: Now) -> bool {
    let mut pair = Pair::at(client, server, now);
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    pair.client.connection.negotiated().unwrap().is_resumed()
}

#[test]
fn a_session_that_a_config_cannot_offer_stays_for_one_that_can() {
    let store = Arc::new(MemoryStore::default());
    let [newer, older] = [NEWER, OLDER].map(|version| client(&store, version));
    let server = server(3);
    assert!(!came_back(&newer, &server, now()));
    // Three that the older one cannot offer lie there, and stay.
    assert!(!came_back(&older, &server, later(1)));
    assert!(came_back(&newer, &server, later(2)));
    // Three newer ones lie above its own.
    assert!(came_back(&older, &server, later(3)));
    assert!(came_back(&newer, &server, later(4)));
    let versions = || core::iter::from_fn(|| store.take("localhost")).map(|one| one.version());
    assert_eq!(versions().collect::<Vec<_>>(), [NEWER, NEWER, NEWER, OLDER]);
}

/// RFC 5246 section 7.4.1.2: a session is asked for only along with its suite.
#[test]
fn a_session_of_a_suite_that_a_config_does_not_offer_stays_too() {
    for (version, suites) in [
        (
            OLDER,
            [
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            ],
        ),
        (
            NEWER,
            [
                CipherSuite::TLS_AES_128_GCM_SHA256,
                CipherSuite::TLS_AES_256_GCM_SHA384,
            ],
        ),
    ] {
        let store = Arc::new(MemoryStore::default());
        let [one, other] = suites.map(|suite| {
            let mut config = client_config(&store, version);
            config.common.suites = vec![suite];
            config.check().unwrap()
        });
        let server = server(1);
        assert!(!came_back(&one, &server, now()));
        assert!(!came_back(&other, &server, later(1)));
        assert!(came_back(&one, &server, later(2)), "{version:?}");
    }
}

#[test]
fn a_session_that_has_expired_is_not_put_back() {
    for (at, left) in [(later(3600), 2), (later(48 * 60 * 60), 1)] {
        let store = Arc::new(MemoryStore::default());
        let server = server(1);
        came_back(&client(&store, NEWER), &server, now());
        came_back(&client(&store, OLDER), &server, at);
        let found = core::iter::from_fn(|| store.take("localhost")).count();
        assert_eq!(found, left);
    }
}

/// A store that knows no more than it must.
#[derive(Debug, Default)]
struct Plain(MemoryStore);

impl SessionStore for Plain {
    fn put(&self, server: &str, session: Session) {
        self.0.put(server, session);
    }

    fn take(&self, server: &str) -> Option<Session> {
        self.0.take(server)
    }
}

/// All that lies there, oldest first; it stays there.
fn kept(store: &dyn SessionStore) -> Vec<Vec<u8>> {
    let mut all: Vec<_> = core::iter::from_fn(|| store.take("localhost")).collect();
    all.reverse();
    for session in &all {
        store.put("localhost", session.clone());
    }
    let bytes = all.iter().map(|one| one.to_bytes().unwrap().to_vec());
    bytes.collect()
}

fn connected(client: &Client, server: &Server, seconds: u64) -> Pair {
    let mut pair = Pair::at(client, server, later(seconds));
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    pair
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// The server says a fatal alert.
    Alert,
    /// A record comes that the server did not seal.
    BadRecord,
    /// Both say close_notify.
    Close,
    /// The stream ends in a record.
    Truncation,
}

impl End {
    /// Ends it, and checks that it has ended so.
    fn of(self, pair: &mut Pair) {
        let now = pair.now;
        let error = match self {
            Self::Alert => {
                let alert = [2, AlertDescription::INTERNAL_ERROR.0];
                let alert = record(&mut pair.server, ContentType::ALERT, &alert);
                pair.client.deliver(&alert, now);
                Some(Error::PeerAlert(AlertDescription::INTERNAL_ERROR))
            }
            Self::BadRecord => {
                let head = [ContentType::APPLICATION_DATA.0, 3, 3, 0, 40];
                let forged = [&head[..], &[0; 40]].concat();
                pair.client.deliver(&forged, now);
                Some(Error::Fault(Fault::RecordNotAuthentic))
            }
            Self::Close => {
                pair.server.connection.close();
                pair.client.connection.close();
                pair.run(Delivery::Whole);
                assert_eq!(pair.client.events.last(), Some(&Event::Closed));
                None
            }
            Self::Truncation => {
                let sent = pair.server.write(b"of this the end does not come");
                pair.client.deliver(&sent[..20], now);
                None
            }
        };
        assert_eq!(pair.client.error, error, "{self:?}");
    }

    fn is_failure(self) -> bool {
        matches!(self, Self::Alert | Self::BadRecord)
    }
}

const ENDS: [End; 4] = [End::Alert, End::BadRecord, End::Close, End::Truncation];

/// Whether a session of TLS 1.3 or 1.2 stays, in a store of this kind.
fn check_ends<Store>(version: ProtocolVersion, named: bool)
where
    Store: SessionStore + Default + 'static,
{
    for end in ENDS {
        let store = Arc::new(Store::default());
        let mut config = client_config(&store, version);
        config.send_server_name = named;
        let (client, server) = (config.check().unwrap(), server(2));
        let mut failing = connected(&client, &server, 0);
        let own = kept(&*store);
        assert_eq!(own.len(), if version == NEWER { 2 } else { 1 });
        end.of(&mut failing);
        let left = if end.is_failure() { Vec::new() } else { own };
        assert_eq!(kept(&*store), left, "{end:?} {version} {named}");
        let back = connected(&client, &server, 1);
        let is_resumed = back.client.connection.negotiated().unwrap().is_resumed();
        assert_eq!(is_resumed, !end.is_failure(), "{end:?} {version} {named}");
    }
}

#[test]
fn a_connection_that_fails_takes_its_sessions_out_of_the_store() {
    for version in [NEWER, OLDER] {
        for named in [true, false] {
            check_ends::<MemoryStore>(version, named);
            check_ends::<Plain>(version, named);
        }
    }
}

/// As `check_ends`, where the store holds sessions of another connection too.
fn check_others<Store>(version: ProtocolVersion)
where
    Store: SessionStore + Default + 'static,
{
    for end in [End::Alert, End::BadRecord] {
        let store = Arc::new(Store::default());
        let (client, server) = (client(&store, version), server(2));
        let mut failing = connected(&client, &server, 0);
        let own: Vec<_> = core::iter::from_fn(|| store.take("localhost")).collect();
        connected(&client, &server, 1);
        let others = kept(&*store);
        for session in own {
            store.put("localhost", session);
        }
        assert!(kept(&*store).len() > others.len());
        end.of(&mut failing);
        assert_eq!(kept(&*store), others, "{end:?} {version}");
        assert!(came_back(&client, &server, later(2)));
    }
}

#[test]
fn sessions_of_other_connections_stay_when_one_fails() {
    for version in [NEWER, OLDER] {
        check_others::<MemoryStore>(version);
        check_others::<Plain>(version);
    }
}

#[test]
fn a_tls12_session_that_went_on_is_lost_and_of_tls13_the_tickets_of_that_connection() {
    for (version, left) in [(NEWER, 1), (OLDER, 0)] {
        let store = Arc::new(MemoryStore::default());
        let (client, server) = (client(&store, version), server(2));
        connected(&client, &server, 0);
        let first = kept(&*store);
        let mut back = connected(&client, &server, 1);
        assert!(back.client.connection.negotiated().unwrap().is_resumed());
        End::Alert.of(&mut back);
        assert_eq!(kept(&*store), first[..left]);
        assert_eq!(came_back(&client, &server, later(2)), left > 0);
    }
}

#[test]
fn sessions_that_the_caller_has_not_taken_are_lost_with_their_connection() {
    for version in [NEWER, OLDER] {
        for end in ENDS {
            let mut config = ClientConfig {
                ask_for_sessions: true,
                ..config::client()
            };
            config.common.versions = vec![version];
            let mut pair = Pair::new(&config.check().unwrap(), &server(2));
            pair.client.answerer = Some(Box::new(|_| Answer::Sessions(vec![None])));
            pair.connect(Delivery::Whole);
            assert!(pair.client.events.contains(&Event::StoreSession));
            end.of(&mut pair);
            let is_lost = pair.client.connection.take_sessions().is_empty();
            assert_eq!(is_lost, end.is_failure(), "{end:?} {version}");
        }
    }
}

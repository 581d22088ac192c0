//! Application settings (ALPS, draft-vvv-tls-alps): both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{client_config, keys, later, resumed, server_config};
use handfast::config::{ApplicationSettings, PreSharedKey, SettingsCodePoint};
use handfast::connection::{EarlyData, EarlyDataReason};
use handfast::observe::{Direction, Observer, Passed};
use handfast::session::{MemoryStore, Session, SessionStore};
use handfast::{ClientConfig, Error, Fault, NamedGroup, Now, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::strikes::Strikes;
use handfast_testkit::{config, ech};
use handfast_wire::registry::HandshakeType;
use std::sync::{Arc, Mutex};

type Change = fn(&mut World);

/// Both configs, and what both ends remember.
struct World {
    store: Arc<MemoryStore>,
    said: Arc<Said>,
    client: ClientConfig,
    server: ServerConfig,
}

/// The types of the messages that the client has said.
#[derive(Debug, Default)]
struct Said(Mutex<Vec<HandshakeType>>);

impl Observer for Said {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Direction::Sent, Passed::Handshake { msg_type, .. }) = (direction, what) {
            self.0.lock().unwrap().push(msg_type);
        }
    }
}

fn for_h2(settings: &[u8]) -> ApplicationSettings {
    ApplicationSettings::for_protocol(b"h2", settings)
}

impl World {
    /// Both speak h2 and have settings for it, and early data is taken.
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let said = Arc::new(Said::default());
        let mut client = client_config(&store);
        client.early_data = true;
        client.common.alpn = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
        client.common.application_settings = for_h2(b"the client's");
        client.common.observer = Some(Arc::clone(&said) as _);
        let mut server = server_config(&keys());
        server.max_early_data = 100;
        server.strikes = Some(Arc::new(Strikes::default()));
        server.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        server.common.application_settings = for_h2(b"the server's");
        Self {
            store,
            said,
            client,
            server,
        }
    }

    fn changed(change: Change) -> Self {
        let mut world = Self::new();
        change(&mut world);
        world
    }

    fn pair(&self, now: Now) -> Pair {
        self.said.0.lock().unwrap().clear();
        let client = self.client.clone().check().unwrap();
        Pair::at(&client, &self.server.clone().check().unwrap(), now)
    }

    fn visit(&self, now: Now, delivery: Delivery) -> Pair {
        let mut pair = self.pair(now);
        pair.connect(delivery);
        pair.exchange(b"a line of text");
        pair
    }

    /// As [`World::visit`], with early data.
    fn come_back(&self, now: Now) -> Pair {
        let mut pair = self.pair(now);
        let early = pair.client.write_early(b"early");
        pair.server.deliver(&early, now);
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line of text");
        assert!(resumed(&pair));
        pair
    }

    /// How many EncryptedExtensions the client has said.
    fn told(&self) -> usize {
        let said = self.said.0.lock().unwrap();
        let is_one = |one: &&HandshakeType| **one == HandshakeType::ENCRYPTED_EXTENSIONS;
        said.iter().filter(is_one).count()
    }
}

/// What the client knows of the server, and the other way around.
fn known(pair: &Pair) -> [Option<&[u8]>; 2] {
    [&pair.client, &pair.server].map(|end| {
        let negotiated = end.connection.negotiated().unwrap();
        negotiated.peer_application_settings()
    })
}

fn early(pair: &Pair) -> [EarlyData; 2] {
    [&pair.client, &pair.server].map(|end| end.connection.negotiated().unwrap().early_data)
}

const BOTH: [Option<&[u8]>; 2] = [Some(b"the server's"), Some(b"the client's")];

#[test]
fn each_end_learns_the_others_settings_in_every_kind_of_handshake() {
    let changes: [Change; 6] = [
        |_| {},
        |world| {
            world.client.common.application_settings.code_point = SettingsCodePoint::Old;
            world.server.common.application_settings.code_point = SettingsCodePoint::Old;
        },
        |world| {
            let mutual = config::mutual_server(KeyKind::EcP256);
            world.server.client_auth = mutual.client_auth;
            let credential = config::credential(certificates::client(KeyKind::EcP256));
            world.client.credentials = vec![credential];
        },
        |world| {
            // It is asked, and shows nothing.
            let mutual = config::mutual_server(KeyKind::EcP256);
            let rules = mutual.client_auth.verification().unwrap().clone();
            world.server.client_auth = handfast::config::ClientAuth::Request(rules);
        },
        |world| world.server.common.groups = vec![NamedGroup::SECP384R1],
        |world| {
            let key = PreSharedKey::new(b"pump-7", &[7; 32]).unwrap();
            world.client.psks = vec![key.clone()];
            world.server.psks = vec![key];
        },
    ];
    for change in changes {
        for delivery in [Delivery::Whole, Delivery::Chunks(1)] {
            let world = World::changed(change);
            assert_eq!(known(&world.visit(now(), delivery)), BOTH);
            assert_eq!(world.told(), 1);
            // Without early data a session that goes on says them once more.
            let mut world = world;
            world.client.early_data = false;
            let pair = world.visit(later(1), delivery);
            assert!(resumed(&pair));
            assert_eq!((known(&pair), world.told()), (BOTH, 1));
        }
    }
}

#[test]
fn empty_settings_are_settings_and_long_ones_come_whole() {
    let mut world = World::new();
    let long = vec![7; 8192];
    world.client.common.application_settings = for_h2(b"");
    world.server.common.application_settings = for_h2(&long);
    let pair = world.visit(now(), Delivery::Whole);
    assert_eq!(known(&pair), [Some(&*long), Some(&[][..])]);
    world.server.common.application_settings.protocols[0]
        .settings
        .push(7);
    assert!(world.server.clone().check().is_err());
}

#[test]
fn without_settings_for_the_protocol_on_either_side_nothing_is_said() {
    let changes: [Change; 6] = [
        |world| world.client.common.application_settings = ApplicationSettings::default(),
        |world| world.server.common.application_settings = ApplicationSettings::default(),
        |world| {
            world.server.common.application_settings.code_point = SettingsCodePoint::Old;
        },
        |world| {
            let other = ApplicationSettings::for_protocol(b"http/1.1", b"other");
            world.server.common.application_settings = other;
        },
        |world| {
            world.server.alpn_optional = true;
            world.server.common.alpn = vec![];
            world.server.common.application_settings = ApplicationSettings::default();
        },
        |world| {
            let versions = vec![ProtocolVersion::TLS_1_2];
            world.client.common.versions.clone_from(&versions);
            world.server.common.versions = versions;
        },
    ];
    for change in changes {
        let world = World::changed(change);
        let pair = world.visit(now(), Delivery::Whole);
        assert_eq!((known(&pair), world.told()), ([None; 2], 0));
    }
}

/// What the config does not speak of is not in the Hello, nor is it where TLS 1.3 is not.
#[test]
fn a_hello_lists_protocols_with_settings_and_nothing_without() {
    let listed = |change: Change| {
        let mut pair = World::changed(change).pair(now());
        let hello = pair.client.take_output();
        let at = |code: [u8; 2]| {
            let needle = [&code[..], b"\0\x05\0\x03\x02h2"].concat();
            hello.windows(needle.len()).any(|window| window == needle)
        };
        [at([0x44, 0xcd]), at([0x44, 0x69])]
    };
    assert_eq!(listed(|_| {}), [true, false]);
    let old: Change = |world| {
        world.client.common.application_settings.code_point = SettingsCodePoint::Old;
    };
    assert_eq!(listed(old), [false, true]);
    let none: Change =
        |world| world.client.common.application_settings = ApplicationSettings::default();
    assert_eq!(listed(none), [false, false]);
    let older: Change = |world| world.client.common.versions = vec![ProtocolVersion::TLS_1_2];
    assert_eq!(listed(older), [false, false]);
}

#[test]
fn early_data_goes_on_under_the_settings_of_its_session_and_nobody_says_them_again() {
    let world = World::new();
    let first = world.visit(now(), Delivery::Whole);
    assert_eq!(known(&first), BOTH);
    // By bytes, as a store of the caller's would keep it.
    let session = world.store.take("localhost").unwrap();
    assert_eq!(session.peer_application_settings(), BOTH[0]);
    let session = Session::from_bytes(&session.to_bytes().unwrap()).unwrap();
    assert_eq!(session.peer_application_settings(), BOTH[0]);
    world.store.put("localhost", session);
    // Each connection brings the sessions for the next.
    for seconds in 1..4 {
        let pair = world.come_back(later(seconds));
        assert_eq!(early(&pair), [EarlyData::Accepted; 2]);
        assert_eq!(pair.server.early, b"early");
        assert_eq!((known(&pair), world.told()), (BOTH, 0));
    }
}

#[test]
fn a_server_whose_settings_have_changed_refuses_early_data_and_says_them_anew() {
    let (set, unset): (Change, Change) = (
        |world| world.server.common.application_settings = for_h2(b"newer"),
        |world| world.server.common.application_settings = ApplicationSettings::default(),
    );
    let empty: Change = |world| world.server.common.application_settings = for_h2(b"");
    let old = BOTH[1];
    for (before, after, wanted) in [
        ((|_| {}) as Change, set, [Some(&b"newer"[..]), old]),
        (|_| {}, unset, [None, None]),
        (|_| {}, empty, [Some(b""), old]),
        (unset, set, [Some(b"newer"), old]),
        (empty, unset, [None, None]),
        (unset, empty, [Some(b""), old]),
    ] {
        let mut world = World::changed(before);
        world.visit(now(), Delivery::Whole);
        after(&mut world);
        let pair = world.come_back(later(1));
        let refused = [
            EarlyDataReason::PeerDeclined,
            EarlyDataReason::SettingsChanged,
        ];
        assert_eq!(early(&pair), refused.map(EarlyData::Rejected));
        assert_eq!(pair.server.early, b"");
        assert_eq!(known(&pair), wanted);
    }
}

#[test]
fn a_client_whose_settings_have_changed_offers_no_early_data() {
    for changed in [
        for_h2(b"newer"),
        for_h2(b""),
        ApplicationSettings::default(),
    ] {
        let mut world = World::new();
        world.visit(now(), Delivery::Whole);
        let told = changed.protocols.first().map(|one| one.settings.clone());
        world.client.common.application_settings = changed;
        let pair = world.visit(later(1), Delivery::Whole);
        assert!(resumed(&pair));
        let kept = EarlyData::NotOffered(EarlyDataReason::SettingsChanged);
        assert_eq!(early(&pair)[0], kept);
        assert_eq!(known(&pair)[1], told.as_deref());
    }
    // One that had none, and has some now, leaves it to the server, which has none for it.
    let mut world = World::new();
    world.server.common.application_settings = ApplicationSettings::default();
    world.visit(now(), Delivery::Whole);
    world.client.common.application_settings = for_h2(b"newer");
    let pair = world.come_back(later(1));
    assert_eq!(early(&pair), [EarlyData::Accepted; 2]);
    assert_eq!(known(&pair), [None; 2]);
}

#[test]
fn a_session_without_early_data_keeps_no_settings() {
    let mut world = World::new();
    world.server.max_early_data = 0;
    world.visit(now(), Delivery::Whole);
    let session = world.store.take("localhost").unwrap();
    assert_eq!(session.peer_application_settings(), None);
}

#[test]
fn who_has_not_opened_the_encrypted_hello_is_told_no_settings() {
    let settings = |client: &mut ClientConfig, server: &mut ServerConfig| {
        for common in [&mut client.common, &mut server.common] {
            common.alpn = vec![b"h2".to_vec()];
        }
        client.common.application_settings = for_h2(b"the client's");
        server.common.application_settings = for_h2(b"the server's");
    };
    let keys = [ech::key(1)];
    let (mut client, mut server) = (ech::client(&ech::list(&keys)), ech::server(&keys));
    settings(&mut client, &mut server);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    assert_eq!(known(&pair), BOTH);

    // Another key: what was sealed does not open, and the outer Hello lists the protocol too.
    for shows in [true, false] {
        let mut client = ech::client(&ech::list(&[ech::key(2)]));
        let mut server = ech::server(&keys);
        settings(&mut client, &mut server);
        client.ech_shows_alpn = shows;
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        assert_eq!(pair.client.error, Some(Error::Fault(Fault::EchRejected)));
        let negotiated = pair.server.connection.negotiated().unwrap();
        let wanted = shows.then_some(&b""[..]);
        assert_eq!(negotiated.peer_application_settings(), wanted);
    }
}

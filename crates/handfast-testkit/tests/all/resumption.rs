//! Coming back: TLS 1.3 with tickets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{ClientAuth, SystemEntropy, Trust, UnknownName, Verification};
use handfast::connection::{PeerStanding, Resumption};
use handfast::session::{MemoryStore, Session, SessionCache, SessionStore, TicketKeys};
use handfast::{
    CipherSuite, Client, ClientConfig, Credential, Fault, NamedGroup, Now, ProtocolVersion, Roots,
    Server, ServerConfig,
};
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::stored::checked_again;
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

pub(crate) fn keys() -> Arc<TicketKeys> {
    Arc::new(TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap())
}

pub(crate) fn client_config(store: &Arc<MemoryStore>) -> ClientConfig {
    ClientConfig {
        sessions: Some(Arc::clone(store) as Arc<dyn SessionStore>),
        ..config::client()
    }
}

pub(crate) fn server_config(keys: &Arc<TicketKeys>) -> ServerConfig {
    ServerConfig {
        ticket_keys: Some(Arc::clone(keys)),
        ..config::server(KeyKind::EcP256)
    }
}

/// Connects at `now` and tells whether the session went on.
pub(crate) fn connect(client: &Client, server: &Server, now: Now) -> Pair {
    let mut pair = Pair::at(client, server, now);
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    let resumed = |pair: &Pair| {
        let ours = pair.client.connection.negotiated().unwrap().is_resumed();
        let theirs = pair.server.connection.negotiated().unwrap().is_resumed();
        assert_eq!(ours, theirs);
        ours
    };
    resumed(&pair);
    pair
}

pub(crate) fn resumed(pair: &Pair) -> bool {
    pair.client.connection.negotiated().unwrap().is_resumed()
}

pub(crate) fn later(seconds: u64) -> Now {
    let now = now();
    Now {
        unix_ms: now.unix_ms + seconds * 1000,
        monotonic_ms: now.monotonic_ms + seconds * 1000,
    }
}

#[test]
fn a_client_comes_back_with_each_ticket_once() {
    let store = Arc::new(MemoryStore::default());
    let client = client_config(&store).check().unwrap();
    let server = server_config(&keys()).check().unwrap();
    assert!(!resumed(&connect(&client, &server, now())));
    // Two tickets came, and each resumption brings two more.
    let pair = connect(&client, &server, later(1));
    assert!(resumed(&pair));
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
    assert_eq!(
        negotiated.peer_chain,
        certificates::server(KeyKind::EcP256).chain()
    );
    while store.take("localhost").is_some() {}
    assert!(!resumed(&connect(&client, &server, later(2))));
}

#[test]
fn every_hash_and_a_retry_resume() {
    for suite in [
        CipherSuite::TLS_AES_128_GCM_SHA256,
        CipherSuite::TLS_AES_256_GCM_SHA384,
    ] {
        let store = Arc::new(MemoryStore::default());
        let mut client = client_config(&store);
        client.common.suites = vec![suite];
        client.key_shares = Some(Vec::new());
        let client = client.check().unwrap();
        let server = server_config(&keys()).check().unwrap();
        for expected in [false, true, true] {
            let pair = connect(&client, &server, later(1));
            let negotiated = pair.client.connection.negotiated().unwrap();
            assert_eq!(
                (negotiated.is_resumed(), negotiated.retried),
                (expected, true)
            );
        }
    }
}

#[test]
fn a_client_certificate_stays_with_the_session() {
    let store = Arc::new(MemoryStore::default());
    let mut client = client_config(&store);
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    let client = client.check().unwrap();
    let mut server = config::mutual_server(KeyKind::EcP256);
    server.ticket_keys = Some(keys());
    let server = server.check().unwrap();
    for expected in [false, true] {
        let pair = connect(&client, &server, later(1));
        let theirs = pair.server.connection.negotiated().unwrap();
        assert_eq!(theirs.is_resumed(), expected);
        assert_eq!(theirs.peer_standing, PeerStanding::Verified);
        assert_eq!(
            theirs.peer_chain,
            certificates::client(KeyKind::EcP256).chain()
        );
    }
}

#[test]
fn a_restart_without_shared_keys_does_not_resume_and_with_them_it_does() {
    let store = Arc::new(MemoryStore::default());
    let client = client_config(&store).check().unwrap();
    let shared = keys();
    connect(&client, &server_config(&shared).check().unwrap(), now());
    assert!(resumed(&connect(
        &client,
        &server_config(&shared).check().unwrap(),
        later(1)
    )));
    assert!(!resumed(&connect(
        &client,
        &server_config(&keys()).check().unwrap(),
        later(2)
    )));
}

#[test]
fn a_ticket_is_good_for_its_host_and_its_rules_alone() {
    let keys = keys();
    let store = Arc::new(MemoryStore::default());
    let client = client_config(&store).check().unwrap();
    connect(&client, &server_config(&keys).check().unwrap(), now());
    // The same keys, but clients are judged another way now.
    let mut stricter = server_config(&keys);
    stricter.client_auth = ClientAuth::Request(Verification::danger_accept_anyone());
    stricter.unknown_name = UnknownName::UseFirst;
    assert!(!resumed(&connect(
        &client,
        &stricter.check().unwrap(),
        later(1)
    )));
}

#[test]
fn a_session_of_a_client_that_took_anyone_is_worth_nothing_to_one_that_verifies() {
    let store = Arc::new(MemoryStore::default());
    let mut careless = client_config(&store);
    careless.verification = Verification::danger_accept_anyone();
    let server = server_config(&keys()).check().unwrap();
    let careless = careless.check().unwrap();
    connect(&careless, &server, now());
    assert!(resumed(&connect(&careless, &server, later(1))));
    let careful = client_config(&store).check().unwrap();
    let pair = connect(&careful, &server, later(2));
    assert!(!resumed(&pair));
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
}

#[test]
fn an_expired_ticket_gives_a_full_handshake() {
    let store = Arc::new(MemoryStore::default());
    let client = client_config(&store).check().unwrap();
    let server = server_config(&keys()).check().unwrap();
    connect(&client, &server, now());
    assert!(!resumed(&connect(&client, &server, later(12 * 60 * 60))));
}

#[test]
fn a_session_is_a_value_that_another_process_can_use_and_damage_is_survived() {
    let store = Arc::new(MemoryStore::default());
    let client = client_config(&store).check().unwrap();
    let server = server_config(&keys()).check().unwrap();
    connect(&client, &server, now());
    let bytes = store.take("localhost").unwrap().to_bytes().unwrap();
    while store.take("localhost").is_some() {}

    let elsewhere = Arc::new(MemoryStore::default());
    elsewhere.put("localhost", Session::from_bytes(&bytes).unwrap());
    let client = client_config(&elsewhere).check().unwrap();
    assert!(resumed(&connect(&client, &server, later(1))));

    // A flipped bit in the ticket is damage, which shows; by a hand that knows the form it does
    // not: the server starts anew, without an alert.
    let mut damaged = bytes.to_vec();
    damaged[30] ^= 1;
    while elsewhere.take("localhost").is_some() {}
    assert!(Session::from_bytes(&damaged).is_err());
    let damaged = Session::from_bytes(&checked_again(damaged)).unwrap();
    elsewhere.put("localhost", damaged);
    assert!(!resumed(&connect(&client, &server, later(2))));
}

#[test]
fn a_stolen_ticket_without_its_key_is_refused_at_the_binder() {
    let store = Arc::new(MemoryStore::default());
    let client = client_config(&store).check().unwrap();
    let server = server_config(&keys()).check().unwrap();
    connect(&client, &server, now());
    let mut bytes = store
        .take("localhost")
        .unwrap()
        .to_bytes()
        .unwrap()
        .to_vec();
    while store.take("localhost").is_some() {}
    // The secret stands behind the ticket: received (8), kind (1), length (2),
    // ticket, form,
    // parts, version and suite (6), the secret's length (1).
    let ticket = usize::from(u16::from_be_bytes([bytes[9], bytes[10]]));
    bytes[9 + 2 + ticket + 6 + 1] ^= 1;
    store.put(
        "localhost",
        Session::from_bytes(&checked_again(bytes)).unwrap(),
    );
    let mut pair = Pair::at(&client, &server, later(1));
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.error, Some(Fault::BinderWrong.into()));
}

/// As a host that moves away, while its ticket keys and its rules stay.
#[test]
fn a_host_that_is_served_no_longer_is_refused_to_those_who_come_back_too() {
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        for by_tickets in [true, false] {
            let store = Arc::new(MemoryStore::default());
            let mut client = client_config(&store);
            client.common.versions = vec![version];
            let client = client.check().unwrap();
            let mut server = server_config(&keys());
            server.common.versions = vec![version];
            server.unknown_name = UnknownName::Refuse;
            if !by_tickets {
                server.ticket_keys = None;
                server.session_cache = Some(Arc::default());
            }
            let mut moved = server.clone();
            moved.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
            let (server, moved) = (server.check().unwrap(), moved.check().unwrap());
            assert!(!resumed(&connect(&client, &server, now())));
            assert!(resumed(&connect(&client, &server, later(1))));
            let mut pair = Pair::at(&client, &moved, later(2));
            pair.run(Delivery::Whole);
            assert_eq!(
                pair.server.error,
                Some(Fault::ServerNameUnknown.into()),
                "{version} {by_tickets}"
            );
        }
    }
}

/// A ticket holds the client's chain, and clients take messages of 16 KiB.
#[test]
fn a_client_with_a_long_chain_is_given_no_ticket_that_it_could_not_take() {
    let validity = Validity::days(certificates::now_unix(), 30);
    for names in [10, 700] {
        let names: Vec<_> = (0..names)
            .map(|number| AlternativeName::dns(&format!("{number}.a-rather-long-name.test")))
            .collect();
        let own = certificates::intermediate()
            .issue_server(&names, validity, KeyKind::EcP256)
            .unwrap();
        let is_short = own.chain()[0].len() < 2000;
        assert!(is_short || own.chain()[0].len() > 16 * 1024);
        let own = Credential::new(own.chain().to_vec(), own.key().clone()).unwrap();
        for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
            let store = Arc::new(MemoryStore::default());
            let mut client = client_config(&store);
            client.common.versions = vec![version];
            client.credentials = vec![own.clone()];
            let client = client.check().unwrap();
            let mut server = server_config(&keys());
            server.common.versions = vec![version];
            server.client_auth = ClientAuth::Require(Verification::danger_accept_anyone());
            let server = server.check().unwrap();
            for comes_back in [false, is_short] {
                let pair = connect(&client, &server, later(1));
                assert_eq!(resumed(&pair), comes_back, "{version}");
            }
        }
    }
}

#[test]
fn a_fresh_key_exchange_is_made_each_time() {
    let store = Arc::new(MemoryStore::default());
    let mut client = client_config(&store);
    client.common.groups = vec![NamedGroup::X25519];
    let client = client.check().unwrap();
    let server = server_config(&keys()).check().unwrap();
    let mut exported = Vec::new();
    for _ in 0..3 {
        let pair = connect(&client, &server, later(1));
        let mut out = [0; 32];
        pair.client
            .connection
            .export(b"label", None, &mut out)
            .unwrap();
        assert!(!exported.contains(&out));
        exported.push(out);
    }
}

#[test]
fn nobody_comes_back_as_somebody_else() {
    let store = Arc::new(MemoryStore::default());
    let mut ada = client_config(&store);
    ada.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    let ada = ada.check().unwrap();
    let mut server = config::mutual_server(KeyKind::EcP256);
    server.ticket_keys = Some(keys());
    let server = server.check().unwrap();
    connect(&ada, &server, now());
    // Another config with the same store, and without a certificate.
    let nobody = client_config(&store).check().unwrap();
    let mut pair = Pair::at(&nobody, &server, later(1));
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.error, Some(Fault::CertificateRequired.into()));
}

/// A certificate that is trusted is not one that is shown, though both are in the scope.
#[test]
fn what_a_client_trusts_and_what_it_shows_are_told_apart_in_its_scope() {
    let own = certificates::client(KeyKind::EcP256);
    let root = certificates::root().root_der();
    let roots = |anchors: &[&CertificateDer<'static>]| {
        let mut roots = Roots::new();
        for anchor in anchors {
            roots.add((*anchor).clone()).unwrap();
        }
        Verification::chain(Trust::Roots(roots))
    };
    // The digest takes anchors in the order of their bytes, and credentials after them.
    assert!(root.as_ref() < own.chain()[0].as_ref());
    let store = Arc::new(MemoryStore::default());
    let mut shows = client_config(&store);
    shows.verification = roots(&[root]);
    shows.credentials = vec![config::credential(own)];
    let mut trusts = client_config(&store);
    trusts.verification = roots(&[root, &own.chain()[0]]);
    let (shows, trusts) = (shows.check().unwrap(), trusts.check().unwrap());
    let server = server_config(&keys()).check().unwrap();
    assert!(!resumed(&connect(&shows, &server, now())));
    assert!(resumed(&connect(&shows, &server, later(1))));
    assert!(!resumed(&connect(&trusts, &server, later(2))));
}

#[test]
fn where_the_caller_judges_each_connection_is_judged_anew() {
    let store = Arc::new(MemoryStore::default());
    let mut client = client_config(&store);
    client.verification = Verification::ask();
    let client = client.check().unwrap();
    let server = server_config(&keys()).check().unwrap();
    for _ in 0..2 {
        let mut pair = Pair::at(&client, &server, later(1));
        pair.client.answerer = Some(Box::new(|_| handfast::Answer::PeerAccepted));
        pair.connect(Delivery::Whole);
        assert!(!resumed(&pair));
    }
}

/// Keeps the server's EncryptedExtensions as the client hears them.
#[derive(Debug, Default)]
struct Heard(std::sync::Mutex<Vec<Vec<u8>>>);

impl handfast::observe::Observer for Heard {
    fn passed(&self, direction: handfast::observe::Direction, what: handfast::observe::Passed<'_>) {
        if let (
            handfast::observe::Direction::Received,
            handfast::observe::Passed::Handshake { bytes, .. },
        ) = (direction, what)
            && bytes.first() == Some(&8)
        {
            self.0.lock().unwrap().push(bytes.to_vec());
        }
    }
}

#[test]
fn the_name_is_acknowledged_but_not_again_where_a_session_goes_on() {
    let heard = Arc::new(Heard::default());
    let mut config = client_config(&Arc::default());
    config.common.observer = Some(heard.clone());
    let client = config.check().unwrap();
    let server = server_config(&keys()).check().unwrap();
    assert!(!resumed(&connect(&client, &server, now())));
    assert!(resumed(&connect(&client, &server, later(1))));
    // server_name, of no content: type 0, length 0.
    let blocks = heard.0.lock().unwrap();
    assert_eq!(blocks[0], [8, 0, 0, 6, 0, 4, 0, 0, 0, 0]);
    assert_eq!(blocks[1], [8, 0, 0, 2, 0, 0]);
}

/// By what both sides say that the connection came back.
pub(crate) fn kind(pair: &Pair) -> Option<Resumption> {
    let ours = pair.client.connection.negotiated().unwrap().resumption;
    let theirs = pair.server.connection.negotiated().unwrap().resumption;
    assert_eq!(ours, theirs);
    ours
}

#[test]
fn tickets_of_tls13_without_a_key_name_a_session_that_is_kept_and_used_up() {
    let store = Arc::new(MemoryStore::default());
    let client = client_config(&store).check().unwrap();
    let cache = Arc::new(SessionCache::default());
    let mut server = config::server(KeyKind::EcP256);
    server.session_cache = Some(Arc::clone(&cache));
    let server = server.check().unwrap();
    assert_eq!(kind(&connect(&client, &server, now())), None);
    assert_eq!(cache.len(), 2);
    let again = store.take("localhost").unwrap();
    store.put("localhost", again.clone());
    let back = connect(&client, &server, later(1));
    assert_eq!(kind(&back), Some(Resumption::Psk));
    assert_eq!(cache.len(), 3, "one used up, two new");
    // The same ticket a second time: a full handshake.
    while store.take("localhost").is_some() {}
    store.put("localhost", again);
    assert_eq!(kind(&connect(&client, &server, later(2))), None);
}

//! TLS 1.2 between two of our engines, in every combination.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::connection::PeerStanding;
use handfast::observe::{Direction, Observer, Passed};
use handfast::{
    AlertDescription, CipherSuite, Error, Event, Fault, Misuse, NamedGroup, ProtocolVersion,
};
use handfast_testkit::certificates::{self, KINDS, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use std::sync::{Arc, Mutex};

const ECDSA: [CipherSuite; 3] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];
const RSA: [CipherSuite; 3] = [
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];
const GROUPS: [NamedGroup; 4] = [
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
];

fn suites(kind: KeyKind) -> [CipherSuite; 3] {
    match kind {
        KeyKind::Rsa { .. } | KeyKind::RsaPss { .. } => RSA,
        _ => ECDSA,
    }
}

fn is_old_enough(kind: &KeyKind) -> bool {
    !matches!(kind, KeyKind::MlDsa44 | KeyKind::MlDsa65 | KeyKind::MlDsa87)
}

fn pair(suite: CipherSuite, group: NamedGroup, kind: KeyKind, mutual: bool) -> Pair {
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    client.common.suites = vec![suite];
    client.common.groups = config::groups(group, kind);
    let mut server = config::server(kind);
    if mutual {
        server = config::mutual_server(kind);
        client.credentials = vec![config::credential(certificates::client(kind))];
    }
    server.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    server.common.groups = vec![group];
    Pair::new(&client.check().unwrap(), &server.check().unwrap())
}

fn shake(suite: CipherSuite, group: NamedGroup, kind: KeyKind, mutual: bool, delivery: Delivery) {
    let mut pair = pair(suite, group, kind, mutual);
    pair.connect(delivery);
    pair.exchange(b"a line of text");
    let ours = pair.client.connection.negotiated().unwrap();
    let theirs = pair.server.connection.negotiated().unwrap();
    assert_eq!(
        (ours.version, ours.suite, ours.group),
        (ProtocolVersion::TLS_1_2, suite, group)
    );
    assert_eq!(
        (theirs.version, theirs.suite, theirs.group),
        (ours.version, suite, group)
    );
    assert_eq!(ours.peer_standing, PeerStanding::Verified);
    let standing = if mutual {
        PeerStanding::Verified
    } else {
        PeerStanding::NotAsked
    };
    assert_eq!(theirs.peer_standing, standing);
    assert_eq!(ours.peer_scheme, theirs.own_scheme);
    assert_eq!(ours.own_scheme, theirs.peer_scheme);
    assert!(ours.extended_master_secret && theirs.extended_master_secret);
    let mut exported = [[0; 32]; 2];
    pair.client
        .connection
        .export(b"label", Some(b"context"), &mut exported[0])
        .unwrap();
    pair.server
        .connection
        .export(b"label", Some(b"context"), &mut exported[1])
        .unwrap();
    assert_eq!(exported[0], exported[1]);
    assert_ne!(exported[0], [0; 32]);
}

#[test]
fn every_suite_group_and_certificate_connects() {
    for kind in KINDS.into_iter().filter(is_old_enough) {
        for suite in suites(kind) {
            for group in GROUPS {
                for mutual in [false, true] {
                    shake(suite, group, kind, mutual, Delivery::Whole);
                }
            }
        }
    }
}

#[test]
fn an_exporter_without_a_context_is_not_one_with_an_empty_context_before_tls13() {
    for (version, alike) in [
        (ProtocolVersion::TLS_1_2, false),
        (ProtocolVersion::TLS_1_3, true),
    ] {
        let mut client = config::client();
        client.common.versions = vec![version];
        let server = config::server(KeyKind::EcP256);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let exported = |context| {
            let [mut ours, mut theirs] = [[0; 32]; 2];
            let (client, server) = (&pair.client.connection, &pair.server.connection);
            client.export(b"label", context, &mut ours).unwrap();
            server.export(b"label", context, &mut theirs).unwrap();
            assert_eq!(ours, theirs);
            ours
        };
        let (none, empty) = (exported(None), exported(Some(b"")));
        assert_eq!(none == empty, alike, "{version}");
        assert_ne!(empty, exported(Some(b"context")));
    }
}

#[test]
fn any_splitting_connects() {
    for size in [1, 2, 3, 5, 7, 16, 100] {
        for mutual in [false, true] {
            shake(
                ECDSA[0],
                NamedGroup::X25519,
                KeyKind::EcP256,
                mutual,
                Delivery::Chunks(size),
            );
        }
    }
}

#[test]
fn the_newest_version_in_common_is_chosen() {
    let both = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    let old = vec![ProtocolVersion::TLS_1_2];
    let new = vec![ProtocolVersion::TLS_1_3];
    for (ours, theirs, chosen) in [
        (&both, &both, Some(ProtocolVersion::TLS_1_3)),
        (&both, &old, Some(ProtocolVersion::TLS_1_2)),
        (&old, &both, Some(ProtocolVersion::TLS_1_2)),
        (&new, &both, Some(ProtocolVersion::TLS_1_3)),
        (&old, &new, None),
        (&new, &old, None),
    ] {
        let mut client = config::client();
        client.common.versions = ours.clone();
        let mut server = config::server(KeyKind::EcP256);
        server.common.versions = theirs.clone();
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        let negotiated = pair
            .client
            .connection
            .negotiated()
            .map(|negotiated| negotiated.version);
        assert_eq!(negotiated, chosen, "{ours:?} {theirs:?}");
        if chosen.is_none() {
            assert_eq!(pair.server.error, Some(Fault::VersionNotCommon.into()));
            let alert = AlertDescription::PROTOCOL_VERSION;
            assert_eq!(pair.client.error, Some(Error::PeerAlert(alert)));
        }
    }
}

#[test]
fn a_middleman_who_strikes_tls13_is_caught_by_the_mark_in_the_random() {
    // Both ends speak both versions unasked.
    let (client, server) = (config::client(), config::server(KeyKind::EcP256));
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let mut hello = pair.client.take_output();
    // supported_versions: 0x0304 becomes a version that nobody speaks.
    let at = hello
        .windows(4)
        .position(|bytes| bytes == [4, 3, 4, 3])
        .unwrap();
    hello[at + 1] = 0x7f;
    pair.server.deliver(&hello, pair.now);
    pair.run(Delivery::Whole);
    assert_eq!(pair.client.error, Some(Fault::Downgrade.into()));
    assert!(!pair.server.is_connected());
}

#[test]
fn an_ecdsa_certificate_lies_on_a_curve_that_the_client_names() {
    let connects = |version, groups: &[NamedGroup], kinds: &[KeyKind]| {
        let mut client = config::client();
        client.common.versions = vec![version];
        client.common.groups = groups.to_vec();
        let mut server = config::server(kinds[0]);
        let credentials = kinds.iter().map(|kind| certificates::server(*kind));
        server.credentials = credentials.map(config::credential).collect();
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        let chain = pair.client.connection.negotiated();
        let shown = chain.and_then(|one| one.peer_chain.first().cloned());
        (shown, pair.server.error)
    };
    let leaf = |kind| Some(certificates::server(kind).chain()[0].clone());
    let (tls12, tls13) = (ProtocolVersion::TLS_1_2, ProtocolVersion::TLS_1_3);
    let (x25519, p384) = ([NamedGroup::X25519], [NamedGroup::SECP384R1]);
    let p256_alone = [KeyKind::EcP256];
    let several = [KeyKind::EcP256, KeyKind::EcP384, KeyKind::Ed25519];
    let refused = Some(Fault::CertificateCurveNotCommon.into());
    assert_eq!(connects(tls12, &x25519, &p256_alone), (None, refused));
    // Ed25519 is told by signatures alone, and TLS 1.3 tells all so.
    for (version, groups, kinds, shown) in [
        (tls12, &p384, &several[..], KeyKind::EcP384),
        (tls12, &x25519, &several[..], KeyKind::Ed25519),
        (tls13, &x25519, &several[..], KeyKind::EcP256),
    ] {
        assert_eq!(connects(version, groups, kinds), (leaf(shown), None));
    }
}

/// Types of handshake messages that were sent; 0 for change_cipher_spec.
#[derive(Debug, Default)]
struct Sent(Mutex<Vec<u8>>);

impl Observer for Sent {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let seen = match (direction, what) {
            (Direction::Sent, Passed::Handshake { msg_type, .. }) => msg_type.0,
            (Direction::Sent, Passed::ChangeCipherSpec) => 0,
            _ => return,
        };
        self.0.lock().unwrap().push(seen);
    }
}

#[test]
fn an_observer_hears_of_change_cipher_spec_where_it_stands_on_the_wire() {
    let (of_client, of_server) = (Arc::new(Sent::default()), Arc::new(Sent::default()));
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    client.common.observer = Some(of_client.clone());
    let mut server = config::server(KeyKind::EcP256);
    server.common.observer = Some(of_server.clone());
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    assert_eq!(*of_client.0.lock().unwrap(), [1, 16, 0, 20]);
    assert_eq!(*of_server.0.lock().unwrap(), [2, 11, 12, 14, 0, 20]);
}

#[test]
fn keys_are_not_updated_before_tls13() {
    let mut pair = pair(ECDSA[0], NamedGroup::X25519, KeyKind::EcP256, false);
    pair.connect(Delivery::Whole);
    let mut out = [0; 256];
    let refused = pair.client.connection.key_update(true, &mut out);
    assert_eq!(refused, Err(Error::Misuse(Misuse::NotInThisVersion)));
    pair.exchange(b"and nothing is lost");
}

#[test]
fn large_data_and_closing_work_as_ever() {
    let mut pair = pair(
        RSA[0],
        NamedGroup::X25519,
        KeyKind::Rsa { bits: 2048 },
        false,
    );
    pair.connect(Delivery::Whole);
    let data: Vec<u8> = (0..100_000_u32).map(|n| n.to_be_bytes()[3]).collect();
    pair.exchange(&data);
    pair.client.connection.close();
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.events.last(), Some(&Event::Closed));
}

#[test]
fn a_client_without_a_certificate_is_refused_where_one_is_required() {
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    let mut server = config::mutual_server(KeyKind::EcP256);
    server.common.versions = vec![ProtocolVersion::TLS_1_2];
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.server.error,
        Some(Fault::ClassicCertificateRequired.into())
    );
    let alert = AlertDescription::HANDSHAKE_FAILURE;
    assert_eq!(pair.client.error, Some(Error::PeerAlert(alert)));
}

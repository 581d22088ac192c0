//! Two of our engines shake hands, in every combination.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::Padding;
use handfast::config::{ClientAuth, Verification};
use handfast::connection::PeerStanding;
use handfast::{
    CipherSuite, ClientConfig, ConfigFault, Error, Event, Fault, NamedGroup, ProtocolVersion,
    ServerConfig, SignatureScheme,
};
use handfast_ca::authority::Authority;
use handfast_ca::profile::Validity;
use handfast_pki::certificate::Certificate;
use handfast_testkit::certificates::{self, Flaw, KINDS, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use rustls_pki_types::CertificateDer;

const SUITES: [CipherSuite; 5] = [
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_AES_128_CCM_SHA256,
    CipherSuite::TLS_AES_128_CCM_8_SHA256,
];

const GROUPS: [NamedGroup; 13] = [
    NamedGroup::X25519MLKEM768,
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::SECP384R1MLKEM1024,
    NamedGroup::MLKEM768,
    NamedGroup::MLKEM1024,
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
    NamedGroup::FFDHE8192,
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Full,
    Retry,
    Mutual,
}

fn shake(suite: CipherSuite, group: NamedGroup, kind: KeyKind, shape: Shape, delivery: Delivery) {
    let mut client = config::client();
    client.common.suites = vec![suite];
    client.common.groups = vec![group];
    if shape == Shape::Retry {
        client.key_shares = Some(Vec::new());
    }
    let mut server = config::server(kind);
    if shape == Shape::Mutual {
        server = config::mutual_server(kind);
        client.credentials = vec![config::credential(certificates::client(kind))];
    }
    server.common.suites = SUITES.to_vec();
    server.common.groups = GROUPS.to_vec();
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(delivery);
    pair.exchange(b"a line of text");

    let ours = pair.client.connection.negotiated().unwrap();
    let theirs = pair.server.connection.negotiated().unwrap();
    assert_eq!(
        (ours.version, ours.suite, ours.group),
        (ProtocolVersion::TLS_1_3, suite, group)
    );
    assert_eq!(
        (theirs.version, theirs.suite, theirs.group),
        (ours.version, suite, group)
    );
    assert_eq!(
        (ours.retried, theirs.retried),
        (shape == Shape::Retry, shape == Shape::Retry)
    );
    assert_eq!(ours.peer_standing, PeerStanding::Verified);
    let standing = if shape == Shape::Mutual {
        PeerStanding::Verified
    } else {
        PeerStanding::NotAsked
    };
    assert_eq!(theirs.peer_standing, standing);
    assert_eq!(ours.peer_scheme, theirs.own_scheme);
    assert_eq!(ours.own_scheme, theirs.peer_scheme);
    assert_eq!(theirs.server_name.as_deref(), Some("localhost"));

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
fn every_suite_group_and_shape_connects_whole() {
    for suite in SUITES {
        for group in GROUPS {
            for shape in [Shape::Full, Shape::Retry, Shape::Mutual] {
                shake(suite, group, KeyKind::EcP256, shape, Delivery::Whole);
            }
        }
    }
}

#[test]
fn every_certificate_connects_in_every_shape() {
    for kind in KINDS {
        for shape in [Shape::Full, Shape::Retry, Shape::Mutual] {
            shake(
                CipherSuite::TLS_AES_128_GCM_SHA256,
                NamedGroup::X25519,
                kind,
                shape,
                Delivery::Whole,
            );
        }
    }
}

#[test]
fn any_splitting_connects() {
    for size in [1, 2, 3, 5, 7, 16, 100] {
        for shape in [Shape::Full, Shape::Retry, Shape::Mutual] {
            let delivery = Delivery::Chunks(size);
            shake(
                CipherSuite::TLS_AES_256_GCM_SHA384,
                NamedGroup::X25519MLKEM768,
                KeyKind::EcP256,
                shape,
                delivery,
            );
        }
    }
}

#[test]
fn a_flawed_certificate_is_refused_by_name() {
    for flaw in Flaw::ALL {
        let server = ServerConfig::new(config::credential(&flaw.server()));
        let mut pair = Pair::new(&config::client().check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        assert!(
            matches!(pair.client.error, Some(Error::Fault(_))),
            "{flaw:?}: {:?}",
            pair.client.error
        );
        let Some(Error::Fault(fault)) = pair.client.error else {
            continue;
        };
        assert_eq!(
            pair.server.error,
            Some(Error::PeerAlert(fault.alert())),
            "{flaw:?}"
        );
        assert!(pair.client.connection.refusal().is_some());
        assert!(!pair.server.is_connected());
    }
}

#[test]
fn large_data_crosses_in_many_records() {
    let mut pair = Pair::new(
        &config::client().check().unwrap(),
        &config::server(KeyKind::EcP256).check().unwrap(),
    );
    pair.connect(Delivery::Whole);
    let data: Vec<u8> = (0..100_000_u32).map(|n| n.to_be_bytes()[3]).collect();
    pair.exchange(&data);
}

#[test]
fn keys_can_be_updated_both_ways() {
    let mut pair = Pair::new(
        &config::client().check().unwrap(),
        &config::server(KeyKind::EcP256).check().unwrap(),
    );
    pair.connect(Delivery::Whole);
    for both_ways in [false, true, true] {
        let mut out = [0; 256];
        let written = pair
            .client
            .connection
            .key_update(both_ways, &mut out)
            .unwrap();
        pair.server.deliver(&out[..written], pair.now);
        pair.run(Delivery::Whole);
        pair.exchange(b"after the update");
    }
    let updates = |events: &[Event]| {
        events
            .iter()
            .filter(|event| **event == Event::KeyUpdated)
            .count()
    };
    assert_eq!(updates(&pair.server.events), 3);
    assert_eq!(updates(&pair.client.events), 2);
}

#[test]
fn closing_is_told_apart_from_truncation_and_half_closed_data_still_flows() {
    let mut pair = Pair::new(
        &config::client().check().unwrap(),
        &config::server(KeyKind::EcP256).check().unwrap(),
    );
    pair.connect(Delivery::Whole);
    assert!(!pair.server.events.contains(&Event::Closed));
    pair.client.connection.close();
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.events.last(), Some(&Event::Closed));
    let late = pair.server.write(b"still here");
    pair.client.deliver(&late, pair.now);
    assert_eq!(pair.client.data, b"still here");
    let mut out = [0; 256];
    assert!(matches!(
        pair.client.connection.send(&[b"x"], &mut out),
        Err(Error::Misuse(_))
    ));
}

#[test]
fn a_client_without_a_certificate_is_refused_where_one_is_required() {
    let server = config::mutual_server(KeyKind::EcP256).check().unwrap();
    let mut pair = Pair::new(&config::client().check().unwrap(), &server);
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.error, Some(Fault::CertificateRequired.into()));
    assert_eq!(
        pair.client.error,
        Some(Error::PeerAlert(
            handfast::AlertDescription::CERTIFICATE_REQUIRED
        ))
    );
}

#[test]
fn a_client_with_no_suitable_certificate_shows_none_and_the_server_decides() {
    let shown = |version, requires: bool, change: &dyn Fn(&mut ClientConfig, &mut ServerConfig)| {
        let mut client = config::client();
        client.common.versions = vec![version];
        let ada = config::credential(certificates::client(KeyKind::EcP256));
        client.credentials = vec![ada.only_for_matching_issuer()];
        let mut server = config::mutual_server(KeyKind::EcP256);
        server.client_authorities = vec![subject_of(certificates::root().root_der())];
        if !requires {
            server.client_auth = ClientAuth::Request(Verification::chain(config::trust()));
        }
        change(&mut client, &mut server);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        let standing = pair.server.connection.negotiated();
        (standing.map(|one| one.peer_standing), pair.server.error)
    };
    let another_authority: &dyn Fn(&mut ClientConfig, &mut ServerConfig) =
        &|_, server| server.client_authorities = vec![vec![0x30, 0]];
    let another_scheme: &dyn Fn(&mut ClientConfig, &mut ServerConfig) = &|_, server| {
        server.common.schemes = vec![SignatureScheme::RSA_PSS_RSAE_SHA256];
    };
    for (version, required) in [
        (ProtocolVersion::TLS_1_3, Fault::CertificateRequired),
        (ProtocolVersion::TLS_1_2, Fault::ClassicCertificateRequired),
    ] {
        let fits = shown(version, true, &|_, _| {});
        assert_eq!(fits, (Some(PeerStanding::Verified), None));
        for change in [another_authority, another_scheme] {
            let asked = shown(version, false, change);
            assert_eq!(asked, (Some(PeerStanding::Anonymous), None), "{version}");
            let refused = shown(version, true, change);
            assert_eq!(refused, (None, Some(required.into())), "{version}");
        }
    }
}

#[test]
fn scts_arrive_as_given_where_they_are_asked_for_and_no_other_list_is_taken() {
    let list = b"\x00\x09\x00\x03one\x00\x02to";
    let with = |list: &[u8]| {
        let credential = config::credential(certificates::server(KeyKind::EcP256));
        credential.with_sct_list(list.to_vec())
    };
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        for asks in [true, false] {
            let mut client = config::client();
            client.common.versions = vec![version];
            client.request_scts = asks;
            let mut server = config::server(KeyKind::EcP256);
            server.credentials = vec![with(list).unwrap()];
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.connect(Delivery::Whole);
            let came = pair.client.connection.negotiated().unwrap();
            assert_eq!(
                came.sct_list,
                asks.then(|| Box::from(&list[..])),
                "{version}"
            );
        }
    }
    let wrong: [&[u8]; 6] = [
        b"",
        b"\x00",
        b"\x00\x00",
        b"\x00\x02\x00\x00",
        b"\x00\x05\x00\x04one",
        b"\x00\x05\x00\x03one!",
    ];
    for list in wrong {
        assert_eq!(
            with(list).err(),
            Some(ConfigFault::SctListMalformed),
            "{list:?}"
        );
    }
}

#[test]
fn what_a_named_authority_issued_is_shown_before_what_stands_first() {
    let validity = Validity::days(certificates::now_unix(), 30);
    let stranger = Authority::new("Stranger", validity, KeyKind::EcP256).unwrap();
    let eve = stranger
        .issue_client("Eve", None, validity, KeyKind::EcP256)
        .unwrap();
    let ada = certificates::client(KeyKind::EcP256);
    let root = subject_of(certificates::root().root_der());
    let other = subject_of(stranger.root_der());
    for version in [ProtocolVersion::TLS_1_2, ProtocolVersion::TLS_1_3] {
        for (named, expected) in [
            (vec![root.clone()], ada),
            (vec![other.clone()], &eve),
            // Nobody is named, or nobody whom we know: the best goes first.
            (vec![], &eve),
            (vec![b"\x30\x00".to_vec()], &eve),
        ] {
            let mut server = config::server(KeyKind::EcP256);
            server.client_auth = ClientAuth::Require(Verification::danger_accept_anyone());
            server.client_authorities = named;
            server.common.versions = vec![version];
            let mut client = config::client();
            client.common.versions = vec![version];
            client.credentials = [&eve, ada].map(config::credential).to_vec();
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.connect(Delivery::Whole);
            let theirs = pair.server.connection.negotiated().unwrap();
            assert_eq!(theirs.peer_chain, expected.chain(), "{version}");
        }
    }
}

#[test]
fn a_sending_key_is_replaced_by_itself_after_its_records() {
    let mut client = config::client();
    client.common.key_update_after = Some(3);
    let server = config::server(KeyKind::EcP256).check().unwrap();
    let mut pair = Pair::new(&client.check().unwrap(), &server);
    pair.connect(Delivery::Whole);
    for _ in 0..10 {
        pair.exchange(b"one record each way");
    }
    let updates = pair
        .server
        .events
        .iter()
        .filter(|event| **event == Event::KeyUpdated)
        .count();
    assert_eq!(updates, 3, "after records 3, 6 and 9");
}

#[test]
fn a_client_remembers_the_group_that_a_server_asked_for() {
    let client = config::client().check().unwrap();
    let mut server = config::server(KeyKind::EcP256);
    server.common.groups = vec![NamedGroup::SECP384R1];
    let server = server.check().unwrap();
    for retried in [true, false, false] {
        let mut pair = Pair::new(&client, &server);
        pair.connect(Delivery::Whole);
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(
            (negotiated.group, negotiated.retried),
            (NamedGroup::SECP384R1, retried)
        );
    }
}

/// A server takes short records only, and says so in the message that the client refuses.
#[test]
fn an_alert_fits_a_limit_that_was_not_yet_taken_in() {
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_3];
    client.common.padding = Padding::Multiple(512);
    client.common.record_size_limit = Some(16_385);
    client.common.alpn = vec![b"h2".to_vec()];
    client.alpn_optional = false;
    let mut server = config::server(KeyKind::EcP256);
    server.common.record_size_limit = Some(64);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    let fault = Fault::AlpnNotCommon;
    assert_eq!(pair.client.error, Some(fault.into()));
    assert_eq!(pair.server.error, Some(Error::PeerAlert(fault.alert())));
}

/// Takes so many bytes at a time, and blocks every second time.
struct Reluctant<T> {
    inner: T,
    most: usize,
    blocks: bool,
}

impl<T: std::io::Read> std::io::Read for Reluctant<T> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(out)
    }
}

impl<T: std::io::Write> std::io::Write for Reluctant<T> {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.blocks = !self.blocks;
        if self.blocks {
            return Err(std::io::ErrorKind::WouldBlock.into());
        }
        self.inner.write(&data[..data.len().min(self.most)])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[test]
fn a_stream_loses_nothing_to_a_transport_that_blocks() {
    use std::io::{ErrorKind, Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = config::server(KeyKind::EcP256).check().unwrap();
    let serving = std::thread::spawn(move || {
        let (transport, _) = listener.accept().unwrap();
        let mut stream = handfast::stream::Stream::accept(&server, transport).unwrap();
        let mut data = vec![0; 50_000];
        stream.read_exact(&mut data).unwrap();
        data
    });
    let client = config::client().check().unwrap();
    let name = handfast::ServerName::parse("localhost").unwrap();
    let connection = client.connect(name, handfast::stream::now()).unwrap();
    let inner = std::net::TcpStream::connect(address).unwrap();
    let transport = Reluctant {
        inner,
        most: 100,
        blocks: false,
    };
    let mut stream = handfast::stream::Stream::begin(connection, transport);
    let again = |result: std::io::Result<()>| match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => true,
        result => {
            result.unwrap();
            false
        }
    };
    while again(stream.complete()) {}
    let data: Vec<u8> = (0..50_000_u32).map(|n| n.to_be_bytes()[3]).collect();
    let mut left = &data[..];
    while !left.is_empty() {
        match stream.write(left) {
            Ok(taken) => left = &left[taken..],
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    while again(stream.flush()) {}
    assert!(serving.join().unwrap() == data);
}

fn subject_of(root: &CertificateDer<'_>) -> Vec<u8> {
    let root = Certificate::parse(root).unwrap();
    root.subject().der().to_vec()
}

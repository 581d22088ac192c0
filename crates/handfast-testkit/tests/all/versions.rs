//! Which versions a config speaks, and what its ClientHello says of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::{CipherSuite, ClientConfig, ConfigFault, Fault, NamedGroup, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, HandshakeHeader};
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::ExtensionType;

const TLS_1_2: ProtocolVersion = ProtocolVersion::TLS_1_2;
const TLS_1_3: ProtocolVersion = ProtocolVersion::TLS_1_3;

/// What only TLS 1.2 reads, and what only TLS 1.3 does.
const OLDER: [ExtensionType; 3] = [
    ExtensionType::EXTENDED_MASTER_SECRET,
    ExtensionType::RENEGOTIATION_INFO,
    ExtensionType::EC_POINT_FORMATS,
];
const NEWER: [ExtensionType; 2] = [ExtensionType::SUPPORTED_VERSIONS, ExtensionType::KEY_SHARE];

/// What a ClientHello offers.
struct Offered {
    session_id: usize,
    suites: Vec<CipherSuite>,
    groups: Vec<NamedGroup>,
    versions: Vec<ProtocolVersion>,
    extensions: Vec<ExtensionType>,
}

fn offered(client: ClientConfig) -> Offered {
    let server = config::server(KeyKind::EcP256);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let record = pair.client.take_output();
    let (_, body) = HandshakeHeader::split(&record[RecordHeader::LENGTH..]).unwrap();
    let hello = ClientHello::decode(body).unwrap();
    let extensions = ClientHelloExtensions::read(hello.extensions).unwrap();
    Offered {
        session_id: hello.legacy_session_id.0.len(),
        suites: hello.cipher_suites.iter().collect(),
        groups: extensions.supported_groups.unwrap().iter().collect(),
        versions: extensions
            .supported_versions
            .map_or_else(Vec::new, |versions| versions.iter().collect()),
        extensions: hello
            .extensions
            .iter()
            .map(|one| one.extension_type)
            .collect(),
    }
}

fn speaking(versions: &[ProtocolVersion]) -> ClientConfig {
    let mut client = config::client();
    client.common.versions = versions.to_vec();
    client
}

fn is_newer(suite: &CipherSuite) -> bool {
    suite.0 >> 8 == 0x13
}

#[test]
fn a_hello_of_tls12_alone_says_nothing_of_tls13() {
    let hello = offered(speaking(&[TLS_1_2]));
    assert_eq!(hello.session_id, 0);
    assert!(!hello.suites.iter().any(is_newer));
    assert!(!hello.groups.contains(&NamedGroup::X25519MLKEM768));
    assert!(hello.groups.contains(&NamedGroup::X25519));
    assert!(OLDER.iter().all(|one| hello.extensions.contains(one)));
    assert!(!NEWER.iter().any(|one| hello.extensions.contains(one)));
}

#[test]
fn a_hello_of_tls13_alone_says_nothing_of_tls12() {
    let hello = offered(speaking(&[TLS_1_3]));
    assert_eq!(hello.session_id, 32);
    assert!(hello.suites.iter().all(is_newer));
    assert_eq!(hello.versions, [TLS_1_3]);
    assert!(!OLDER.iter().any(|one| hello.extensions.contains(one)));
}

#[test]
fn both_are_offered_by_default_and_each_with_all_that_it_takes() {
    let hello = offered(config::client());
    assert_eq!(hello.session_id, 32);
    assert_eq!(hello.versions, [TLS_1_3, TLS_1_2]);
    assert_eq!(hello.suites.iter().filter(|one| is_newer(one)).count(), 3);
    assert_eq!(hello.suites.iter().filter(|one| !is_newer(one)).count(), 6);
    assert!(hello.groups.contains(&NamedGroup::X25519MLKEM768));
    for one in OLDER.iter().chain(&NEWER) {
        assert!(hello.extensions.contains(one), "{one}");
    }
}

#[test]
fn by_default_both_ends_speak_the_older_version_where_the_peer_has_no_other() {
    for (client, server, chosen) in [
        (None, None, TLS_1_3),
        (None, Some(TLS_1_3), TLS_1_3),
        (None, Some(TLS_1_2), TLS_1_2),
        (Some(TLS_1_3), None, TLS_1_3),
        (Some(TLS_1_2), None, TLS_1_2),
    ] {
        let mut ours = config::client();
        ours.common.versions = client.map_or(ours.common.versions, |one| vec![one]);
        let mut theirs = config::server(KeyKind::EcP256);
        theirs.common.versions = server.map_or(theirs.common.versions, |one| vec![one]);
        let mut pair = Pair::new(&ours.check().unwrap(), &theirs.check().unwrap());
        pair.connect(Delivery::Whole);
        for end in [&pair.client, &pair.server] {
            let negotiated = end.connection.negotiated().unwrap();
            assert_eq!(negotiated.version, chosen, "{client:?} {server:?}");
        }
    }
}

#[test]
fn a_version_without_a_suite_or_a_group_is_neither_offered_nor_chosen() {
    let older = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    let newer = CipherSuite::TLS_AES_128_GCM_SHA256;
    for (suite, chosen) in [(older, TLS_1_2), (newer, TLS_1_3)] {
        for ours_is_narrow in [true, false] {
            let mut client = config::client();
            let mut server = config::server(KeyKind::EcP256);
            let narrow = if ours_is_narrow {
                &mut client.common
            } else {
                &mut server.common
            };
            narrow.suites = vec![suite];
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.connect(Delivery::Whole);
            let negotiated = pair.client.connection.negotiated().unwrap();
            assert_eq!((negotiated.version, negotiated.suite), (chosen, suite));
        }
    }
    // A hybrid alone: who asks for it does not fall back to what lacks it.
    let mut client = config::client();
    client.common.groups = vec![NamedGroup::X25519MLKEM768];
    let hello = offered(client.clone());
    assert_eq!(hello.versions, [TLS_1_3]);
    assert!(hello.suites.iter().all(is_newer));
    let mut server = config::server(KeyKind::EcP256);
    server.common.versions = vec![TLS_1_2];
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    assert_eq!(pair.server.error, Some(Fault::VersionNotCommon.into()));
}

#[test]
fn a_config_whose_versions_can_all_not_be_spoken_is_refused() {
    let mut client = speaking(&[TLS_1_2]);
    client.common.suites = vec![CipherSuite::TLS_AES_128_GCM_SHA256];
    let fault = client.check().err();
    let list = "cipher suites of the versions named";
    assert_eq!(fault, Some(ConfigFault::ListEmpty(list)));
    let mut client = speaking(&[TLS_1_2]);
    client.common.groups = vec![NamedGroup::X25519MLKEM768];
    let fault = client.check().err();
    let list = "groups of the versions named";
    assert_eq!(fault, Some(ConfigFault::ListEmpty(list)));
}

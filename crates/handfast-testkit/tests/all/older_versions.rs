//! TLS 1.1, TLS 1.0 and SSL 3.0, by name: what each carries, how they are chosen, and how a
//! connection comes back.

use crate::resumption::keys;
use handfast::config::{ClientAuth, Trust, Verification};
use handfast::connection::{PeerStanding, Resumption};
use handfast::observe::Script;
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE};
use handfast::session::{MemoryStore, SessionCache};
use handfast::{
    CipherSuite, ClientConfig, ConfigFault, Credential, Error, Fault, Misuse, ProtocolVersion,
    ServerConfig,
};
use handfast_pki::load;
use handfast_pki::roots::Roots;
use handfast_pki::verify::exceptions::Exceptions;
use handfast_pki::verify::policy::Policy;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::witness::records;
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};
use std::sync::Arc;

const SSL3: ProtocolVersion = ProtocolVersion::SSL_3_0;
const TLS10: ProtocolVersion = ProtocolVersion::TLS_1_0;
const TLS11: ProtocolVersion = ProtocolVersion::TLS_1_1;
const TLS12: ProtocolVersion = ProtocolVersion::TLS_1_2;
const TLS13: ProtocolVersion = ProtocolVersion::TLS_1_3;
const OLD: [ProtocolVersion; 3] = [TLS11, TLS10, SSL3];
const ALL: [ProtocolVersion; 5] = [TLS13, TLS12, TLS11, TLS10, SSL3];

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const KINDS: [KeyKind; 2] = [KeyKind::EcP256, RSA_2048];

fn configs(kind: KeyKind, version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(kind));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
    }
    (client, server)
}

/// Suites that a server with such a key can speak in this version.
fn suites(kind: KeyKind, version: ProtocolVersion) -> Vec<CipherSuite> {
    let fits = |suite: &&CipherSuite| {
        let name = suite.to_string();
        let key = match kind {
            KeyKind::EcP256 => name.contains("_ECDSA_"),
            _ => name.contains("_RSA_"),
        };
        let curves = !name.contains("_ECDHE_") || version > SSL3;
        key && curves && name.ends_with("_SHA")
    };
    MUSEUM.suites().iter().filter(fits).copied().collect()
}

#[test]
fn every_suite_of_every_old_version_connects_and_carries_data() {
    let mut met = 0;
    for version in OLD {
        for kind in KINDS {
            for suite in suites(kind, version) {
                for orders in [[true, true], [true, false]] {
                    for delivery in [Delivery::Whole, Delivery::Chunks(7)] {
                        let (mut client, mut server) = configs(kind, version);
                        client.common.suites = vec![suite];
                        client.common.encrypt_then_mac = orders[0];
                        server.common.encrypt_then_mac = orders[1];
                        let (client, server) = (client.check().unwrap(), server.check().unwrap());
                        let mut pair = Pair::new(&client, &server);
                        pair.connect(delivery);
                        pair.exchange(b"a line of text");
                        pair.exchange(&[7; 40_000]);
                        for end in [&pair.client, &pair.server] {
                            let agreed = end.connection.negotiated().unwrap();
                            assert_eq!((agreed.version, agreed.suite), (version, suite));
                            let extends = version > SSL3;
                            assert_eq!(agreed.extended_master_secret, extends);
                        }
                        met += 1;
                    }
                }
            }
        }
    }
    // In TLS: curves with either key and three ciphers, and RSA's own; in SSL 3.0 only that.
    assert!(met >= 4 * (2 * 9 + 3), "{met}");
}

#[test]
fn the_highest_version_in_common_is_spoken() {
    for client_oldest in 0..ALL.len() {
        for client_newest in 0..=client_oldest {
            for server_oldest in 0..ALL.len() {
                for server_newest in 0..=server_oldest {
                    let ours = &ALL[client_newest..=client_oldest];
                    let theirs = &ALL[server_newest..=server_oldest];
                    let (mut client, mut server) = configs(RSA_2048, TLS12);
                    client.common.versions = ours.to_vec();
                    server.common.versions = theirs.to_vec();
                    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
                    pair.run(Delivery::Whole);
                    let wanted = ours.iter().find(|one| theirs.contains(one)).copied();
                    let met = pair.client.connection.negotiated().map(|one| one.version);
                    assert_eq!(met, wanted, "{ours:?} {theirs:?}");
                    if wanted.is_none() {
                        assert!(pair.server.error.is_some(), "{ours:?} {theirs:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_old_needs_a_policy_that_allows_it() {
    for version in OLD {
        let mut client = config::client();
        client.common.versions.push(version);
        let refused = Some(ConfigFault::VersionObsolete(version));
        assert_eq!(client.clone().check().err(), refused);
        client.common.versions.pop();
        client.common.allow_obsolete(&COMPATIBLE);
        assert!(!client.common.versions.contains(&version));
        client.common.versions.push(version);
        assert_eq!(client.check().err(), refused);
    }
    let mut client = config::client();
    client.common.allow_obsolete(&OBSOLETE);
    assert_eq!(client.common.versions, [TLS13, TLS12, TLS11, TLS10]);
    client.common.versions.push(SSL3);
    let refused = Some(ConfigFault::VersionObsolete(SSL3));
    assert_eq!(client.check().err(), refused);
}

/// How the server gives sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Ticket,
    SessionId,
}

#[test]
fn sessions_of_old_versions_come_back() {
    for version in OLD {
        for by in [By::Ticket, By::SessionId] {
            for mutual in [false, true] {
                let (mut client, mut server) = configs(RSA_2048, version);
                if mutual {
                    server.client_auth = config::mutual_server(RSA_2048).client_auth;
                    client.credentials = vec![config::credential(certificates::client(RSA_2048))];
                }
                client.sessions = Some(Arc::new(MemoryStore::default()));
                match by {
                    By::Ticket => server.ticket_keys = Some(keys()),
                    By::SessionId => {
                        let cache = SessionCache::new(1 << 20);
                        server.session_cache = Some(Arc::new(cache));
                    }
                }
                let (client, server) = (client.check().unwrap(), server.check().unwrap());
                for round in 0..3 {
                    let mut pair = Pair::new(&client, &server);
                    pair.connect(Delivery::Whole);
                    pair.exchange(b"again");
                    let agreed = pair.client.connection.negotiated().unwrap();
                    let wanted = match by {
                        _ if round == 0 => None,
                        // SSL 3.0 has no extension to give a ticket by.
                        By::Ticket if version == SSL3 => None,
                        By::Ticket => Some(Resumption::Ticket),
                        By::SessionId => Some(Resumption::SessionId),
                    };
                    assert_eq!(
                        agreed.resumption, wanted,
                        "{version} {by:?} {mutual} {round}"
                    );
                    assert_eq!(agreed.version, version);
                    let theirs = pair.server.connection.negotiated().unwrap();
                    let standing = match mutual {
                        true => PeerStanding::Verified,
                        false => PeerStanding::NotAsked,
                    };
                    assert_eq!(theirs.peer_standing, standing);
                }
            }
        }
    }
}

#[test]
fn clients_prove_who_they_are_with_either_kind_of_key() {
    for version in OLD {
        for server_kind in KINDS {
            // SSL 3.0 has no curves, for either side.
            if version == SSL3 && server_kind == KeyKind::EcP256 {
                continue;
            }
            for client_kind in KINDS {
                if version == SSL3 && client_kind == KeyKind::EcP256 {
                    continue;
                }
                let (mut client, mut server) = configs(server_kind, version);
                server.client_auth = config::mutual_server(server_kind).client_auth;
                client.credentials = vec![config::credential(certificates::client(client_kind))];
                let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
                pair.connect(Delivery::Whole);
                pair.exchange(b"who am I");
                let agreed = pair.server.connection.negotiated().unwrap();
                assert_eq!(agreed.peer_standing, PeerStanding::Verified);
                let chain = certificates::client(client_kind).chain();
                assert_eq!(agreed.peer_chain, chain, "{version}");
            }
        }
    }
}

#[test]
fn a_client_without_a_certificate_says_so_as_its_version_has_it() {
    for version in OLD {
        for required in [false, true] {
            let (client, mut server) = configs(RSA_2048, version);
            let mutual = config::mutual_server(RSA_2048).client_auth;
            server.client_auth = match mutual {
                ClientAuth::Require(rules) if !required => ClientAuth::Request(rules),
                other => other,
            };
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.run(Delivery::Whole);
            if required {
                let wanted = Some(Error::Fault(Fault::ClassicCertificateRequired));
                assert_eq!(pair.server.error, wanted, "{version}");
                continue;
            }
            pair.exchange(b"nobody");
            let agreed = pair.server.connection.negotiated().unwrap();
            assert_eq!(agreed.peer_standing, PeerStanding::Anonymous);
            let alerts = records(&pair.client.sent)
                .into_iter()
                .filter(|record| record[0] == ContentType::ALERT.0)
                .map(|record| record[5..].to_vec())
                .collect::<Vec<_>>();
            let wanted = match version {
                // A warning, no_certificate.
                SSL3 => vec![vec![1, 41]],
                _ => vec![],
            };
            assert_eq!(alerts, wanted, "{version}");
        }
    }
}

/// BEAST (A4): where the next IV can be foreseen, a byte in a record of its own goes ahead.
#[test]
fn application_data_is_split_where_ivs_are_chained() {
    for version in [TLS12, TLS11, TLS10, SSL3] {
        let suite = CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA;
        let (mut client, server) = configs(RSA_2048, version);
        client.common.suites = vec![suite];
        client.common.encrypt_then_mac = false;
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let (iv, chained) = match version {
            TLS12 | TLS11 => (16, false),
            _ => (0, true),
        };
        let length = |content: usize| iv + (content + 20 + 1_usize).next_multiple_of(16);
        for end in [&mut pair.client, &mut pair.server] {
            for content in [1, 2, 100, 16_384] {
                let sent = end.write(&vec![7; content]);
                let bodies = records(&sent)
                    .iter()
                    .map(|one| one.len() - 5)
                    .collect::<Vec<_>>();
                let wanted = match content {
                    1 => vec![length(1)],
                    more if chained => vec![length(1), length(more - 1)],
                    more => vec![length(more)],
                };
                assert_eq!(bodies, wanted, "{version} {content}");
            }
        }
    }
}

#[test]
fn nothing_is_exported_from_what_no_handshake_binds() {
    let (client, server) = configs(RSA_2048, SSL3);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let mut out = [0; 16];
    let exported = pair.client.connection.export(b"label", None, &mut out);
    assert!(
        matches!(exported, Err(Error::Misuse(Misuse::NotInThisVersion))),
        "{exported:?}"
    );
    for version in [TLS11, TLS10] {
        let (client, server) = configs(RSA_2048, version);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let exported = [&pair.client, &pair.server].map(|end| {
            let mut out = [0; 16];
            end.connection.export(b"label", None, &mut out).unwrap();
            out
        });
        assert_eq!(exported[0], exported[1]);
    }
}

/// A self-signed certificate with its key, as a device of 2005 has it: RSA with 1024 bits.
const DEVICE: &[u8] = include_bytes!("data/rsa-1024.pem");

/// Whoever reaches a device names two things: the policy, and the exception in what judges it.
#[test]
fn a_key_of_1024_bits_takes_a_policy_and_an_exception() {
    let device = Credential::new(
        load::certificates(DEVICE).unwrap(),
        load::private_key(DEVICE, None).unwrap(),
    );
    let device = device.unwrap();
    let leaf = device.chain()[0].clone();
    let judged = |exceptions| {
        let mut roots = Roots::new();
        roots.add(leaf.clone()).unwrap();
        let policy = Policy {
            exceptions,
            ..Policy::default()
        };
        Verification::chain_with_policy(Trust::Roots(roots), policy)
    };
    let small = Exceptions::danger_allow(&[Exceptions::RSA_1024]);
    for version in [TLS12, TLS11, TLS10, SSL3] {
        for (suite, name) in [
            (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "signs"),
            (CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA, "transports"),
        ] {
            if (version, name) == (SSL3, "signs") {
                continue;
            }
            for (policy, exceptions, wanted) in [
                (&MUSEUM, small, None),
                (&MUSEUM, Exceptions::NONE, Some(Fault::CertificateBad)),
                (&COMPATIBLE, small, Some(Fault::CertificateKeyWeak)),
            ] {
                if policy == &COMPATIBLE && version < TLS12 {
                    continue;
                }
                let (_, mut server) = configs(RSA_2048, version);
                server.credentials = vec![device.clone()];
                let mut client = ClientConfig::with_verification(judged(exceptions));
                client.common.allow_obsolete(policy);
                client.common.versions = vec![version];
                client.common.suites = vec![suite];
                let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
                pair.run(Delivery::Whole);
                let error = pair.client.error;
                assert_eq!(error, wanted.map(Error::Fault), "{version} {name}");
                assert_eq!(pair.client.is_connected(), wanted.is_none());
            }
        }
    }
}

/// Says SSL 3.0's number in the old field of a Hello.
#[derive(Debug)]
struct Ssl3Number;

impl Script for Ssl3Number {
    fn say(&self, msg_type: HandshakeType, mut message: Vec<u8>) -> Vec<Vec<u8>> {
        if matches!(
            msg_type,
            HandshakeType::CLIENT_HELLO | HandshakeType::SERVER_HELLO
        ) {
            message[5] = 0;
        }
        vec![message]
    }
}

/// RFC 8446 appendix D.5: the number is right where nothing newer is named, and nowhere else.
#[test]
fn ssl3s_number_beside_named_versions_is_refused_by_either_end() {
    for by_client in [true, false] {
        let (mut client, mut server) = configs(RSA_2048, TLS13);
        for common in [&mut client.common, &mut server.common] {
            common.versions = ALL.to_vec();
        }
        let liar = match by_client {
            true => &mut client.common,
            false => &mut server.common,
        };
        liar.danger_script = Some(Arc::new(Ssl3Number));
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        let judge = if by_client {
            &pair.server
        } else {
            &pair.client
        };
        assert_eq!(
            judge.error,
            Some(Error::Fault(Fault::LegacyVersionObsolete))
        );
    }
}

/// Who speaks nothing newer refuses in words that an old peer knows.
#[test]
fn what_is_refused_before_a_version_is_settled_bears_an_old_one() {
    for version in OLD {
        let (mut client, mut server) = configs(RSA_2048, version);
        client.common.suites = vec![CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA];
        server.common.suites = vec![CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA];
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        assert_eq!(pair.server.error, Some(Error::Fault(Fault::SuiteNotCommon)));
        let number = version.0.to_be_bytes();
        assert_eq!(pair.server.sent, [21, number[0], number[1], 0, 2, 2, 40]);
    }
}

/// SSL 3.0's MAC leaves the version of a record out: it is compared.
#[test]
fn a_protected_record_of_another_version_is_refused() {
    for version in OLD {
        let (client, server) = configs(RSA_2048, version);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.connect(Delivery::Whole);
        let mut record = pair.client.write(b"x");
        record[2] = 0x42;
        pair.server.deliver(&record, pair.now);
        let wanted = Some(Error::Fault(Fault::RecordVersionWrong));
        assert_eq!(pair.server.error, wanted, "{version}");
        assert!(pair.server.data.is_empty());
    }
}

/// Java's clients of SSL 3.0 name it in the extension that came with TLS 1.3.
#[derive(Debug)]
struct NamesSsl3;

impl Script for NamesSsl3 {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        match msg_type {
            HandshakeType::CLIENT_HELLO => client_hello(&message, |hello| {
                let extension = ExtensionType::SUPPORTED_VERSIONS;
                hello.extensions.set(extension, &[2, 3, 0]);
            }),
            _ => vec![message],
        }
    }
}

#[test]
fn a_client_that_names_ssl3_alone_is_served() {
    let (mut client, server) = configs(RSA_2048, SSL3);
    client.common.danger_script = Some(Arc::new(NamesSsl3));
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let agreed = pair.server.connection.negotiated().unwrap();
    assert_eq!(agreed.version, SSL3);
}

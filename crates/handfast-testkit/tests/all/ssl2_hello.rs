//! A ClientHello in SSL 2.0's format, as the way to a newer version (RFC 5246 appendix E.2): by
//! name alone, as the first bytes alone, and never to SSL 2.0.

use handfast::connection::{Answer, Question};
use handfast::observe::{Direction, Observer, Passed, Script};
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE, Policy};
use handfast::{
    AlertDescription, CipherSuite, ClientConfig, Connection, Error, Fault, ProtocolVersion,
    ServerConfig,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::Ssl2ClientHello;
use handfast_wire::registry::HandshakeType;
use std::sync::{Arc, Mutex};

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };

/// Says its ClientHello in the old format; the transcript begins with it at both ends.
#[derive(Debug)]
struct Old {
    version: [u8; 2],
    /// Ciphers of SSL 2.0 that stand before the suites.
    before: &'static [u8],
    /// Bytes of the challenge.
    challenge: usize,
}

const TLS_1_2: Old = Old {
    version: [3, 3],
    before: &[7, 0, 0xc0, 1, 0, 0x80],
    challenge: 32,
};

impl Script for Old {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![message];
        }
        let mut old = Vec::new();
        let _ = client_hello(&message, |hello| {
            let mut specs = self.before.to_vec();
            for suite in hello.suites.chunks(2) {
                specs.extend([&[0], suite].concat());
            }
            let hello = Ssl2ClientHello {
                version: ProtocolVersion(u16::from_be_bytes(self.version)),
                cipher_specs: &specs,
                session_id: &[],
                challenge: &hello.random[32 - self.challenge..],
            };
            old = hello.encode().expect("short parts");
        });
        vec![old]
    }
}

fn configs(policy: Option<&'static Policy>) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    client.common.allow_obsolete(&OBSOLETE);
    if let Some(policy) = policy {
        server.common.allow_obsolete(policy);
    }
    (client, server)
}

fn with(old: Old, policy: Option<&'static Policy>) -> (ClientConfig, ServerConfig) {
    let (mut client, server) = configs(policy);
    client.common.danger_script = Some(Arc::new(old));
    (client, server)
}

/// The ClientHello under a header of SSL 2.0, in place of its record's.
fn first_bytes(pair: &mut Pair) -> Vec<u8> {
    let record = pair.client.take_output();
    let length = u16::try_from(record.len() - 5).expect("one record") | 0x8000;
    [&length.to_be_bytes(), &record[5..]].concat()
}

/// Runs a handshake; the client's first bytes are delivered so many at a time.
fn run(client: ClientConfig, server: ServerConfig, chunk: usize) -> Pair {
    let client = client.check().expect("a sound config");
    let server = server.check().expect("a sound config");
    let mut pair = Pair::new(&client, &server);
    let first = first_bytes(&mut pair);
    for part in first.chunks(chunk) {
        pair.server.deliver(part, now());
    }
    pair.run(Delivery::Whole);
    pair
}

fn refused(end: &End, fault: Fault) {
    assert_eq!(end.error, Some(Error::Fault(fault)));
}

#[test]
fn every_suite_of_tls_1_2_is_reached_through_the_old_format() {
    let (client, _) = configs(Some(&OBSOLETE));
    let named = |word: &str| {
        let all = client.common.suites.iter().copied();
        all.filter(|suite| suite.to_string().starts_with(word))
            .collect::<Vec<_>>()
    };
    let suites = [named("TLS_RSA_"), named("TLS_ECDHE_RSA_")].concat();
    assert!(suites.len() > 10);
    for suite in suites {
        for chunk in [1, 7, usize::MAX] {
            let (mut client, server) = with(TLS_1_2, Some(&OBSOLETE));
            client.common.suites = vec![suite];
            let mut pair = run(client, server, chunk);
            pair.exchange(b"a line of text");
            let agreed = pair.server.connection.negotiated().unwrap();
            assert_eq!((agreed.suite, agreed.version.0), (suite, 0x0303));
            assert!(!agreed.extended_master_secret, "it has no extensions");
        }
    }
}

/// What it was made for: whoever sent it got the best that the server had.
#[test]
fn the_old_format_leads_to_each_version_that_is_the_newest_in_common() {
    let versions = [
        ProtocolVersion::TLS_1_2,
        ProtocolVersion::TLS_1_1,
        ProtocolVersion::TLS_1_0,
        ProtocolVersion::SSL_3_0,
    ];
    for version in versions {
        for (client_has_more, mutual) in [(false, false), (false, true), (true, false)] {
            let (mut client, mut server) = with(
                Old {
                    version: version.0.to_be_bytes(),
                    ..TLS_1_2
                },
                Some(&MUSEUM),
            );
            client.common.allow_obsolete(&MUSEUM);
            client.common.versions = vec![version];
            client.common.suites = vec![CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA];
            server.common.versions = versions.to_vec();
            if client_has_more {
                // The client speaks TLS 1.2, the server no more than this version.
                client.common.versions = versions.to_vec();
                client.common.danger_script = Some(Arc::new(TLS_1_2));
                server.common.versions = vec![version];
            }
            if mutual {
                server.client_auth = config::mutual_server(RSA_2048).client_auth;
                client.credentials = vec![config::credential(certificates::client(RSA_2048))];
            }
            let mut pair = run(client, server, usize::MAX);
            pair.exchange(b"a line of text");
            let agreed = pair.server.connection.negotiated().unwrap();
            assert_eq!(agreed.version, version, "{client_has_more} {mutual}");
        }
    }
}

#[test]
fn clients_show_certificates_after_the_old_format_too() {
    let (mut client, mut server) = with(TLS_1_2, Some(&OBSOLETE));
    server.client_auth = config::mutual_server(RSA_2048).client_auth;
    client.credentials = vec![config::credential(certificates::client(RSA_2048))];
    run(client, server, usize::MAX).exchange(b"a line of text");
}

#[test]
fn the_old_format_never_leads_to_tls_1_3() {
    for version in [[3, 3], [3, 4], [3, 9]] {
        let (client, mut server) = with(Old { version, ..TLS_1_2 }, Some(&OBSOLETE));
        server.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
        let pair = run(client, server, usize::MAX);
        // The server spoke TLS 1.2: its ServerHello says so, the first after the record's header.
        assert_eq!(pair.server.sent[9..11], [3, 3], "{version:?}");
        let (client, mut server) = with(TLS_1_2, Some(&OBSOLETE));
        server.common.versions = vec![ProtocolVersion::TLS_1_3];
        let pair = run(client, server, usize::MAX);
        refused(&pair.server, Fault::VersionNotCommon);
    }
}

/// Someone between puts the old format in the place of a ClientHello of TLS 1.3.
#[test]
fn a_client_that_speaks_tls_1_3_notices() {
    let (mut client, server) = with(TLS_1_2, Some(&OBSOLETE));
    client.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    let pair = run(client, server, usize::MAX);
    refused(&pair.client, Fault::Downgrade);
}

#[test]
fn without_the_policy_the_old_format_is_refused_by_name() {
    for policy in [None, Some(&COMPATIBLE)] {
        let (client, server) = with(TLS_1_2, policy);
        let pair = run(client, server, 1);
        refused(&pair.server, Fault::Ssl2HelloRefused);
        let alert = [21, 3, 3, 0, 2, 2, AlertDescription::PROTOCOL_VERSION.0];
        assert_eq!(pair.server.sent[3..], alert[3..]);
    }
}

#[test]
fn ssl_2_0_itself_is_told_and_not_spoken() {
    for policy in [None, Some(&OBSOLETE)] {
        let (client, server) = with(
            Old {
                version: [0, 2],
                ..TLS_1_2
            },
            policy,
        );
        let pair = run(client, server, usize::MAX);
        refused(&pair.server, Fault::Ssl2Alone);
        assert_eq!(Fault::Ssl2Alone.alert(), AlertDescription::PROTOCOL_VERSION);
    }
}

#[test]
fn a_client_of_ssl_2_0s_ciphers_alone_has_no_suite_in_common() {
    let (_, server) = configs(Some(&OBSOLETE));
    let hello = Ssl2ClientHello {
        version: ProtocolVersion::TLS_1_0,
        cipher_specs: TLS_1_2.before,
        session_id: &[],
        challenge: &[7; 32],
    };
    let end = said(server, &hello.encode().unwrap());
    refused(&end, Fault::SuiteNotCommon);
}

/// A server to which someone said this under a header of SSL 2.0.
fn said(server: ServerConfig, message: &[u8]) -> End {
    let server = server.check().expect("a sound config");
    let mut end = End::new(server.accept(now()).expect("it begins"));
    let length = u16::try_from(message.len()).expect("short") | 0x8000;
    let bytes = [&length.to_be_bytes(), message].concat();
    end.deliver(&bytes, now());
    end
}

#[test]
fn a_short_challenge_stands_at_the_right_of_the_random() {
    // The client made its random before: only zeros at its front would let it agree.
    let (client, server) = with(
        Old {
            challenge: 16,
            ..TLS_1_2
        },
        Some(&OBSOLETE),
    );
    let pair = run(client, server, usize::MAX);
    assert!(
        pair.server.error.is_some(),
        "another random, another secret"
    );
    let (_, server) = configs(Some(&OBSOLETE));
    let malformed = [&[1, 3, 3, 0, 3, 0, 0, 0, 15, 0, 0, 0x2f][..], &[7; 15]].concat();
    refused(&said(server, &malformed), Fault::Ssl2HelloMalformed);
}

#[test]
fn only_the_first_bytes_may_be_of_the_old_format() {
    let (client, server) = with(TLS_1_2, Some(&OBSOLETE));
    let client = client.check().unwrap();
    let server = server.check().unwrap();
    let mut pair = Pair::new(&client, &server);
    let first = first_bytes(&mut pair);
    let again = [first.clone(), first.clone()].concat();
    pair.server.deliver(&again, now());
    refused(&pair.server, Fault::RecordTypeUnknown);
    // Behind a warning that TLS lets pass.
    let mut end = End::new(server.accept(now()).unwrap());
    end.deliver(&[21, 3, 1, 0, 2, 1, 90], now());
    end.deliver(&first, now());
    refused(&end, Fault::RecordTypeUnknown);
}

#[test]
fn a_length_that_no_record_has_is_refused_before_it_is_waited_for() {
    let (_, server) = configs(Some(&OBSOLETE));
    let server = server.check().unwrap();
    let mut end = End::new(server.accept(now()).unwrap());
    end.deliver(&[0xc0, 1, 1, 3, 1], now());
    refused(&end, Fault::PlaintextTooLong);
}

/// Writes down what the server's observer hears.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<&'static str>>);

impl Observer for Heard {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let name = match what {
            Passed::Ssl2ClientHello { .. } => "old",
            Passed::Handshake { msg_type, .. } if msg_type == HandshakeType::CLIENT_HELLO => "new",
            _ => return,
        };
        assert_eq!(direction, Direction::Received);
        self.0.lock().expect("nobody panicked").push(name);
    }
}

#[test]
fn observers_hear_one_hello_in_its_own_format_whenever_the_config_comes() {
    for (old, word) in [(true, "old"), (false, "new")] {
        for asked in [false, true] {
            let (client, mut server) = if old {
                with(TLS_1_2, Some(&OBSOLETE))
            } else {
                configs(Some(&OBSOLETE))
            };
            let heard = Arc::new(Heard::default());
            server.common.observer = Some(Arc::clone(&heard) as _);
            let server = server.check().unwrap();
            let mut pair = Pair::new(&client.check().unwrap(), &server);
            if asked {
                pair.server = End::new(Connection::accept_any(now()));
                pair.server.answerer = Some(Box::new(move |question| match question {
                    Question::Config { .. } => Answer::Config(server.clone()),
                    _ => Answer::Failed,
                }));
            }
            let first = if old {
                first_bytes(&mut pair)
            } else {
                pair.client.take_output()
            };
            pair.server.deliver(&first, now());
            pair.run(Delivery::Whole);
            assert!(pair.server.is_connected());
            assert_eq!(*heard.0.lock().unwrap(), [word], "asked: {asked}");
        }
    }
}

/// Where the config is asked for, it is the config's policy that counts.
#[test]
fn a_config_that_is_asked_for_says_whether_the_old_format_is_read() {
    for (policy, taken) in [(&COMPATIBLE, false), (&OBSOLETE, true)] {
        let (client, server) = with(TLS_1_2, Some(policy));
        let server = server.check().unwrap();
        let mut pair = Pair::new(&client.check().unwrap(), &server);
        pair.server = End::new(Connection::accept_any(now()));
        pair.server.answerer = Some(Box::new(move |question| match question {
            Question::Config { client_hello } => {
                assert_eq!(
                    client_hello.message.legacy_version,
                    ProtocolVersion::TLS_1_2
                );
                Answer::Config(server.clone())
            }
            _ => Answer::Failed,
        }));
        let first = first_bytes(&mut pair);
        pair.server.deliver(&first, now());
        if taken {
            pair.run(Delivery::Whole);
            pair.exchange(b"a line of text");
        } else {
            refused(&pair.server, Fault::Ssl2HelloRefused);
        }
    }
}

//! Handshakes of TLS 1.2 signed by SHA-1: by name alone, behind what is current, and what a client
//! means that names no schemes (RFC 5246 section 7.4.1.4.1).

use crate::resumption::keys;
use handfast::observe::Script;
use handfast::obsolete::{COMPATIBLE, OBSOLETE, Policy};
use handfast::session::MemoryStore;
use handfast::{
    CipherSuite, ClientConfig, ConfigFault, Error, Fault, ProtocolVersion, ServerConfig,
    SignatureScheme,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::{Hello, client_hello};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const BOTH: [(KeyKind, SignatureScheme); 2] = [
    (RSA_2048, SignatureScheme::RSA_PKCS1_SHA1),
    (KeyKind::EcP256, SignatureScheme::ECDSA_SHA1),
];

/// Both ends show a certificate; TLS 1.2.
fn configs(kind: KeyKind, policy: Option<&'static Policy>) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::mutual_server(kind));
    client.credentials = vec![config::credential(certificates::client(kind))];
    for common in [&mut client.common, &mut server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        if let Some(policy) = policy {
            common.allow_obsolete(policy);
        }
        // Nobody signs under RSA key exchange.
        common
            .suites
            .retain(|suite| !suite.to_string().starts_with("TLS_RSA_"));
    }
    (client, server)
}

fn run(client: ClientConfig, server: ServerConfig) -> Pair {
    let client = client.check().expect("a sound config");
    let server = server.check().expect("a sound config");
    let mut pair = Pair::new(&client, &server);
    pair.run(Delivery::Whole);
    pair
}

#[test]
fn either_end_signs_by_sha_1_where_the_other_takes_nothing_else() {
    for (kind, scheme) in BOTH {
        let (mut client, mut server) = configs(kind, Some(&OBSOLETE));
        client.common.schemes = vec![scheme];
        server.common.schemes = vec![scheme];
        let mut pair = run(client, server);
        pair.exchange(b"a line of text");
        for end in [&pair.client, &pair.server] {
            let agreed = end.connection.negotiated().unwrap();
            assert_eq!(agreed.own_scheme, Some(scheme));
            assert_eq!(agreed.peer_scheme, Some(scheme));
        }
    }
}

#[test]
fn what_is_current_signs_before_sha_1() {
    for (kind, scheme) in BOTH {
        let (mut client, server) = configs(kind, Some(&OBSOLETE));
        client.common.schemes.rotate_right(2);
        assert!(client.common.schemes[..2].contains(&scheme));
        let mut pair = run(client, server);
        pair.exchange(b"a line of text");
        let agreed = pair.client.connection.negotiated().unwrap();
        let schemes = [agreed.own_scheme.unwrap(), agreed.peer_scheme.unwrap()];
        assert!(!OBSOLETE.schemes().iter().any(|one| schemes.contains(one)));
    }
}

#[test]
fn without_the_policy_sha_1_is_neither_named_nor_made() {
    for (kind, scheme) in BOTH {
        let refused = Some(ConfigFault::SchemeObsolete(scheme));
        for policy in [None, Some(&COMPATIBLE)] {
            let (mut client, mut server) = configs(kind, policy);
            client.common.schemes.push(scheme);
            server.common.schemes.push(scheme);
            assert_eq!(client.check().err(), refused);
            assert_eq!(server.check().err(), refused);
            // A client that takes nothing else gets nothing.
            let (mut client, _) = configs(kind, Some(&OBSOLETE));
            client.common.schemes = vec![scheme];
            let (_, server) = configs(kind, policy);
            let pair = run(client, server);
            assert_eq!(pair.server.error, Some(Fault::SchemeNotCommon.into()));
        }
    }
}

#[test]
fn no_config_names_what_no_hello_can() {
    let implied = SignatureScheme::RSA_PKCS1_MD5_SHA1;
    let (mut client, _) = configs(RSA_2048, Some(&OBSOLETE));
    client.common.schemes.push(implied);
    let refused = Some(ConfigFault::SchemeObsolete(implied));
    assert_eq!(client.check().err(), refused);
}

#[test]
fn no_signature_of_tls_1_3_is_by_sha_1() {
    for (kind, scheme) in BOTH {
        let (mut client, mut server) = configs(kind, Some(&OBSOLETE));
        for common in [&mut client.common, &mut server.common] {
            common.versions = vec![ProtocolVersion::TLS_1_3];
        }
        client.common.schemes = vec![scheme];
        let pair = run(client, server);
        assert_eq!(pair.server.error, Some(Fault::SchemeNotCommon.into()));
    }
}

/// Changes the ClientHello on its way out of the client's engine.
#[derive(Debug)]
struct Changed(fn(&mut Hello));

impl Script for Changed {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        match msg_type {
            HandshakeType::CLIENT_HELLO => client_hello(&message, self.0),
            _ => vec![message],
        }
    }
}

fn with_hello(
    kind: KeyKind,
    policy: Option<&'static Policy>,
    change: fn(&mut Hello),
) -> (ClientConfig, ServerConfig) {
    let (mut client, _) = configs(kind, Some(&OBSOLETE));
    let (_, server) = configs(kind, policy);
    client.common.danger_script = Some(Arc::new(Changed(change)));
    (client, server)
}

#[test]
fn a_client_that_names_no_schemes_means_sha_1() {
    let none = |hello: &mut Hello| hello.extensions.remove(ExtensionType::SIGNATURE_ALGORITHMS);
    for (kind, scheme) in BOTH {
        let (client, server) = with_hello(kind, Some(&OBSOLETE), none);
        let mut pair = run(client, server);
        pair.exchange(b"a line of text");
        let agreed = pair.client.connection.negotiated().unwrap();
        assert_eq!(agreed.peer_scheme, Some(scheme));
        for policy in [None, Some(&COMPATIBLE)] {
            let (client, server) = with_hello(kind, policy, none);
            let error = run(client, server).server.error;
            assert_eq!(error, Some(Error::Fault(Fault::SchemeNotCommon)));
        }
    }
}

#[test]
fn what_no_hello_can_name_is_not_signed_by_in_tls_1_2() {
    let implied = |hello: &mut Hello| {
        let list = [0, 2, 0xff, 0x01];
        let extension = ExtensionType::SIGNATURE_ALGORITHMS;
        hello.extensions.set(extension, &list);
    };
    let (mut client, server) = with_hello(RSA_2048, Some(&OBSOLETE), implied);
    client.common.suites = vec![CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
    let error = run(client, server).server.error;
    assert_eq!(error, Some(Error::Fault(Fault::SchemeNotCommon)));
}

/// Which ends of the second connection take SHA-1 still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Both,
    ServerAlone,
    ClientAlone,
    /// By a policy that would allow it.
    Neither,
    /// Without a policy.
    Modern,
}

/// A session remembers how the peer proved itself: it comes back to nobody who would not take that.
#[test]
fn a_session_that_sha1_authenticated_comes_back_only_where_sha1_is_taken() {
    let sha1 = SignatureScheme::RSA_PKCS1_SHA1;
    for then in [
        Then::Both,
        Then::ServerAlone,
        Then::ClientAlone,
        Then::Neither,
        Then::Modern,
    ] {
        let (store, keys) = (Arc::new(MemoryStore::default()), keys());
        let connected = |then: Then| {
            let policy = (then != Then::Modern).then_some(&OBSOLETE);
            let (mut client, mut server) = configs(RSA_2048, policy);
            let takes = [
                matches!(then, Then::Both | Then::ClientAlone),
                matches!(then, Then::Both | Then::ServerAlone),
            ];
            for (common, takes) in [&mut client.common, &mut server.common]
                .into_iter()
                .zip(takes)
            {
                common.suites = vec![CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
                match takes {
                    true => common.schemes = vec![sha1],
                    false => common.schemes.retain(|scheme| *scheme != sha1),
                }
            }
            client.sessions = Some(Arc::clone(&store) as _);
            server.ticket_keys = Some(Arc::clone(&keys));
            let pair = run(client, server);
            let agreed = pair.client.connection.negotiated().expect("connected");
            (agreed.is_resumed(), agreed.peer_scheme)
        };
        assert_eq!(connected(Then::Both), (false, Some(sha1)));
        assert_eq!(connected(then).0, then == Then::Both, "{then:?}");
    }
}

//! Servers without certificates before TLS 1.3: with keys that both sides have known before (RFC 4279,
//! RFC 5489), and with nothing (RFC 5246 section 7.4.3).

use crate::resumption::keys;
use handfast::config::{ClientAuth, PreSharedKey, PskUnfit, Verification};
use handfast::connection::{Answer, PeerStanding, Question};
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE};
use handfast::session::{MemoryStore, SessionCache};
use handfast::{
    CipherSuite, ClientConfig, ConfigFault, Error, Fault, NamedGroup, Negotiated, ProtocolVersion,
    ServerConfig,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use std::sync::Arc;

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const NAME: &[u8] = b"pump 7";

fn key(byte: u8) -> PreSharedKey {
    PreSharedKey::new(NAME, &[byte; 32]).expect("a key")
}

/// Both share a key, speak TLS 1.2 and allow what is obsolete; the server has a certificate too.
fn configs() -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.allow_obsolete(&OBSOLETE);
        common.versions = vec![ProtocolVersion::TLS_1_2];
    }
    client.psks = vec![key(1)];
    server.psks = vec![
        PreSharedKey::new(b"pump 6", &[6; 16]).expect("a key"),
        key(1),
    ];
    (client, server)
}

fn run(client: ClientConfig, server: ServerConfig) -> Pair {
    let client = client.check().expect("a config");
    let mut pair = Pair::new(&client, &server.check().expect("a config"));
    pair.run(Delivery::Whole);
    pair
}

/// Those of any policy, and those that need none.
fn suites() -> Vec<CipherSuite> {
    let current = [
        CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256,
        // A tag of eight bytes: where a config names them.
        CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256,
        CipherSuite::TLS_PSK_WITH_AES_128_CCM_8,
    ];
    [&current, OBSOLETE.shared_key_suites()].concat()
}

#[test]
fn every_suite_with_a_shared_key_connects() {
    assert_eq!(suites().len(), 37);
    for suite in suites() {
        for delivery in [Delivery::Whole, Delivery::Chunks(7)] {
            let (mut client, mut server) = configs();
            client.common.suites = vec![suite];
            server.common.suites = vec![suite];
            let client = client.check().unwrap();
            let mut pair = Pair::new(&client, &server.check().unwrap());
            pair.connect(delivery);
            pair.exchange(b"a line of text");
            pair.exchange(&[7; 40_000]);
            let name = suite.to_string();
            let with_certificate = name.contains("_RSA_PSK_");
            for end in [&pair.client, &pair.server] {
                let agreed = end.connection.negotiated().unwrap();
                assert_eq!(agreed.suite, suite);
                assert_eq!(agreed.psk_identity.as_deref(), Some(NAME));
                assert!(agreed.extended_master_secret);
                assert_eq!(
                    agreed.group != NamedGroup(0),
                    name.contains("DHE_"),
                    "{suite}"
                );
            }
            let standing = |end: &handfast_testkit::pair::End| {
                end.connection.negotiated().unwrap().peer_standing
            };
            let wanted = match with_certificate {
                true => PeerStanding::Verified,
                false => PeerStanding::SharedKey,
            };
            assert_eq!(standing(&pair.client), wanted, "{suite}");
            assert_eq!(standing(&pair.server), PeerStanding::SharedKey, "{suite}");
        }
    }
}

#[test]
fn certificates_go_before_shared_keys_and_a_server_without_any_needs_none() {
    let (client, server) = configs();
    let pair = run(client.clone(), server.clone());
    let agreed = pair.client.connection.negotiated().unwrap();
    assert_eq!(
        (agreed.peer_standing, &agreed.psk_identity),
        (PeerStanding::Verified, &None)
    );
    let server = ServerConfig {
        credentials: Vec::new(),
        ..server
    };
    let pair = run(client.clone(), server.clone());
    let agreed = pair.client.connection.negotiated().unwrap();
    assert_eq!(
        agreed.suite,
        CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256
    );
    assert_eq!(agreed.peer_standing, PeerStanding::SharedKey);
    // The same without any policy.
    let (mut plain_client, mut plain_server) = (config::client(), server.clone());
    plain_client.psks = vec![key(1)];
    plain_server.common = config::server(RSA_2048).common;
    let pair = run(plain_client, plain_server);
    assert!(pair.client.is_connected() && pair.server.is_connected());
    // Who names its suites has those alone, in its own order.
    let (mut client, mut server) = configs();
    let psk = CipherSuite::TLS_PSK_WITH_AES_128_CCM_8;
    client.common.suites.insert(0, psk);
    server.common.suites.insert(0, psk);
    let pair = run(client, server);
    assert_eq!(pair.client.connection.negotiated().unwrap().suite, psk);
}

#[test]
fn without_a_key_no_suite_that_takes_one_is_offered_or_taken() {
    let suite = CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256;
    let (mut client, mut server) = configs();
    client.common.suites.insert(0, suite);
    client.psks.clear();
    server.common.suites.insert(0, suite);
    let pair = run(client, server.clone());
    assert_ne!(pair.client.connection.negotiated().unwrap().suite, suite);
    let (mut client, _) = configs();
    client.common.suites = vec![suite];
    server.psks = Vec::new();
    let pair = run(client, server);
    assert_eq!(pair.server.error, Some(Error::Fault(Fault::SuiteNotCommon)));
}

#[test]
fn suites_that_are_not_current_need_a_policy_even_with_a_key() {
    for (suite, policy) in [
        (CipherSuite::TLS_PSK_WITH_AES_128_GCM_SHA256, None),
        (CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA, None),
        (
            CipherSuite::TLS_PSK_WITH_3DES_EDE_CBC_SHA,
            Some(&COMPATIBLE),
        ),
        (
            CipherSuite::TLS_ECDH_ANON_WITH_AES_128_CBC_SHA,
            Some(&OBSOLETE),
        ),
    ] {
        let mut client = config::client();
        client.psks = vec![key(1)];
        client.common.suites.push(suite);
        client.common.obsolete = policy;
        assert_eq!(
            client.check().err(),
            Some(ConfigFault::SuiteObsolete(suite))
        );
    }
}

#[test]
fn a_wrong_key_ends_at_finished_and_an_unknown_identity_at_once_unless_it_is_hidden() {
    for suite in suites() {
        let (mut client, mut server) = configs();
        client.common.suites = vec![suite];
        server.common.suites = vec![suite];
        client.psks = vec![key(2)];
        let pair = run(client.clone(), server.clone());
        assert_eq!(
            pair.server.error,
            Some(Error::Fault(Fault::RecordNotAuthentic))
        );
        client.psks = vec![PreSharedKey::new(b"pump 8", &[1; 32]).unwrap()];
        let pair = run(client.clone(), server.clone());
        assert_eq!(
            pair.server.error,
            Some(Error::Fault(Fault::PskIdentityUnknown))
        );
        server.hide_unknown_psks = true;
        let pair = run(client, server);
        assert_eq!(
            pair.server.error,
            Some(Error::Fault(Fault::RecordNotAuthentic))
        );
    }
}

#[test]
fn a_caller_that_keeps_the_keys_is_asked_given_the_identity_or_the_hint() {
    for suite in suites() {
        let (mut client, mut server) = configs();
        (client.psks, client.ask_for_psk) = (Vec::new(), true);
        (server.psks, server.ask_for_psk) = (Vec::new(), true);
        server.psk_hint = Some(b"pumps".to_vec());
        client.common.suites = vec![suite];
        server.common.suites = vec![suite];
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.client.answerer = Some(Box::new(|question| match question {
            Question::Psk {
                identity: None,
                hint: Some(b"pumps"),
                version: ProtocolVersion::TLS_1_2,
            } => Answer::Psk(Some(key(1))),
            _ => Answer::Failed,
        }));
        pair.server.answerer = Some(Box::new(|question| match question {
            Question::Psk {
                identity: Some(NAME),
                hint: None,
                version: ProtocolVersion::TLS_1_2,
            } => Answer::Psk(Some(key(1))),
            _ => Answer::Failed,
        }));
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line of text");
    }
    // Nobody knows one: the client has not sent anything of it yet.
    let (mut client, mut server) = configs();
    (client.psks, client.ask_for_psk) = (Vec::new(), true);
    let suite = CipherSuite::TLS_PSK_WITH_AES_128_GCM_SHA256;
    client.common.suites = vec![suite];
    server.common.suites = vec![suite];
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.client.answerer = Some(Box::new(|_| Answer::Psk(None)));
    pair.run(Delivery::Whole);
    assert_eq!(
        pair.client.error,
        Some(Error::Fault(Fault::PskIdentityUnknown))
    );
}

#[test]
fn who_insists_on_certificates_of_clients_takes_none_without() {
    let (mut client, mut server) = configs();
    let suite = CipherSuite::TLS_PSK_WITH_AES_128_GCM_SHA256;
    client.common.suites = vec![suite];
    server.common.suites.insert(0, suite);
    assert!(run(client.clone(), server.clone()).server.is_connected());
    let require = config::mutual_server(RSA_2048).client_auth;
    assert!(matches!(require, ClientAuth::Require(_)));
    server.client_auth = require;
    let pair = run(client.clone(), server.clone());
    assert_eq!(
        pair.server.error,
        Some(Error::Fault(Fault::SchemeNotCommon))
    );
    // Beside a certificate the client is asked for its own.
    let suite = CipherSuite::TLS_RSA_PSK_WITH_AES_128_GCM_SHA256;
    client.common.suites = vec![suite];
    server.common.suites.insert(0, suite);
    let pair = run(client, server);
    let wanted = Fault::ClassicCertificateRequired;
    assert_eq!(pair.server.error, Some(Error::Fault(wanted)));
}

/// Meets twice by this suite, the second time with these keys of the server's, by a ticket or a session
/// ID. Tells whether the session went on.
#[expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]
fn comes_back(suite: CipherSuite, by_ticket: bool, later: &[PreSharedKey]) -> bool {
    let (mut client, mut server) = configs();
    client.common.suites = vec![suite];
    server.common.suites = vec![suite];
    client.sessions = Some(Arc::new(MemoryStore::default()));
    match by_ticket {
        true => server.ticket_keys = Some(keys()),
        false => server.session_cache = Some(Arc::new(SessionCache::new(1 << 16))),
    }
    let client = client.check().unwrap();
    let mut resumed = false;
    for psks in [server.psks.clone(), later.to_vec()] {
        let server = ServerConfig {
            psks,
            ..server.clone()
        };
        let mut pair = Pair::new(&client, &server.check().unwrap());
        pair.run(Delivery::Whole);
        let Some(ours) = pair.client.connection.negotiated() else {
            return false;
        };
        assert_eq!(ours.psk_identity.as_deref(), Some(NAME), "{suite}");
        let theirs = pair.server.connection.negotiated().unwrap();
        assert_eq!(theirs.psk_identity.as_deref(), Some(NAME), "{suite}");
        assert_eq!(theirs.peer_standing, PeerStanding::SharedKey, "{suite}");
        let shows = suite.to_string().contains("_RSA_PSK_");
        let standing = match shows {
            true => PeerStanding::Verified,
            false => PeerStanding::SharedKey,
        };
        assert_eq!(
            (ours.peer_standing, shows),
            (standing, !ours.peer_chain.is_empty())
        );
        resumed = ours.is_resumed();
        assert_eq!(resumed, theirs.is_resumed());
        pair.exchange(b"a line of text");
    }
    resumed
}

#[test]
fn a_session_that_began_by_a_key_goes_on_while_the_server_has_the_key() {
    for suite in suites() {
        for by_ticket in [false, true] {
            assert!(comes_back(suite, by_ticket, &[key(1)]), "{suite}");
            // Changed since, or taken away.
            assert!(!comes_back(suite, by_ticket, &[key(2)]), "{suite}");
            let other = PreSharedKey::new(b"pump 6", &[6; 16]).unwrap();
            assert!(!comes_back(suite, by_ticket, &[other]), "{suite}");
        }
    }
}

#[test]
fn where_the_caller_has_the_keys_a_session_is_kept_under_its_label_alone() {
    for label in [None, Some(b"keys of today".to_vec())] {
        let (mut client, mut server) = configs();
        client.common.suites = vec![CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256];
        server.common.suites = client.common.suites.clone();
        server.common.session_scope.clone_from(&label);
        client.sessions = Some(Arc::new(MemoryStore::default()));
        server.ticket_keys = Some(keys());
        (server.psks, server.ask_for_psk) = (Vec::new(), true);
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        for again in [false, true] {
            let mut pair = Pair::new(&client, &server);
            pair.server.answerer = Some(Box::new(|question| match question {
                Question::Psk { .. } => Answer::Psk(Some(key(1))),
                _ => Answer::Failed,
            }));
            pair.connect(Delivery::Whole);
            let resumed = pair.client.connection.negotiated().unwrap().is_resumed();
            assert_eq!(resumed, again && label.is_some());
        }
    }
}

#[test]
fn a_session_that_began_by_a_key_goes_on_while_the_caller_has_the_key() {
    let (mut client, mut server) = configs();
    client.common.suites = vec![CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256];
    server.common.suites = client.common.suites.clone();
    server.common.session_scope = Some(b"pumps".to_vec());
    client.sessions = Some(Arc::new(MemoryStore::default()));
    server.ticket_keys = Some(keys());
    (server.psks, server.ask_for_psk) = (Vec::new(), true);
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    // Whom the caller knows, whether the session goes on, and what else comes of it.
    let unknown = Some(Fault::PskIdentityUnknown.into());
    let cases = [
        (Some(1), false, None),
        (Some(1), true, None),
        (Some(2), false, Some(Fault::RecordNotAuthentic.into())),
        (None, false, unknown),
    ];
    for (has, resumes, error) in cases {
        let mut pair = Pair::new(&client, &server);
        pair.server.answerer = Some(Box::new(move |question| match question {
            Question::Psk { identity, .. } => {
                assert_eq!(identity, Some(NAME));
                Answer::Psk(has.map(key))
            }
            _ => Answer::Failed,
        }));
        pair.run(Delivery::Whole);
        assert_eq!(pair.server.error, error, "{has:?}");
        let negotiated = pair.server.connection.negotiated();
        assert_eq!(negotiated.is_some_and(Negotiated::is_resumed), resumes);
    }
}

#[test]
fn keys_that_can_be_guessed_are_named_so() {
    let short = PreSharedKey::new(NAME, &[1; 15]).unwrap_err();
    assert_eq!(short, PskUnfit::KeyShort { bytes: 15 });
    assert!(PreSharedKey::danger_short(NAME, &[1; 15]).is_ok());
    let long = PreSharedKey::new(NAME, &[1; 257]).unwrap_err();
    assert_eq!(long, PskUnfit::KeyLong { bytes: 257 });
    assert!(PreSharedKey::new(b"", &[1; 32]).is_ok());
    let named = PreSharedKey::new(&[7; 1025], &[1; 32]).unwrap_err();
    assert_eq!(named, PskUnfit::IdentityLength { bytes: 1025 });
    let none = PreSharedKey::danger_short(NAME, &[]).unwrap_err();
    assert_eq!(none, PskUnfit::KeyShort { bytes: 0 });
}

fn is_anonymous(suite: &CipherSuite) -> bool {
    suite.to_string().contains("_anon_")
}

fn anonymous() -> Vec<CipherSuite> {
    let named = MUSEUM.named_suites().iter().copied();
    named.filter(is_anonymous).collect()
}

#[test]
fn anonymous_suites_connect_where_a_museum_names_them_and_come_by_themselves_nowhere() {
    let anonymous = anonymous();
    for suite in anonymous.iter().copied() {
        let (mut client, mut server) = (config::client(), ServerConfig::without_credential());
        for common in [&mut client.common, &mut server.common] {
            common.versions = vec![ProtocolVersion::TLS_1_2];
            common.obsolete = Some(&MUSEUM);
            common.suites = vec![suite];
        }
        client.verification = Verification::danger_accept_anyone();
        let mut pair = run(client, server);
        pair.exchange(b"a line of text");
        let standing =
            |end: &handfast_testkit::pair::End| end.connection.negotiated().unwrap().peer_standing;
        assert_eq!(standing(&pair.client), PeerStanding::Anonymous, "{suite}");
        assert_eq!(standing(&pair.server), PeerStanding::NotAsked);
    }
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        assert!(!common.suites.iter().any(is_anonymous));
    }
    // A server takes none that it does not name itself.
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    client.common.suites = anonymous;
    client.verification = Verification::danger_accept_anyone();
    let pair = run(client, server);
    assert_eq!(pair.server.error, Some(Error::Fault(Fault::SuiteNotCommon)));
}

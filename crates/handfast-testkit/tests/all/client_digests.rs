//! Servers that keep no more than a digest of what clients showed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{client_config, connect, keys, later, resumed, server_config};
use handfast::config::{ClientAuth, Renegotiation};
use handfast::connection::{PeerStanding, Renewal};
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{Answer, Client, ProtocolVersion, Server, ServerConfig};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};
use std::sync::Arc;

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

fn client(version: ProtocolVersion, store: &Arc<MemoryStore>) -> Client {
    let mut client = client_config(store);
    client.common.versions = vec![version];
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    client.check().unwrap()
}

fn server_of(keys: &Arc<TicketKeys>, change: impl Fn(&mut ServerConfig)) -> Server {
    let mut server = server_config(keys);
    server.client_auth = config::mutual_server(KeyKind::EcP256).client_auth;
    change(&mut server);
    server.check().unwrap()
}

fn keeping(keys: &Arc<TicketKeys>, digests: bool) -> Server {
    server_of(keys, |config| config.keep_only_digests_of_clients = digests)
}

/// What the server knows of its client: a digest, and how many certificates.
fn known(pair: &Pair) -> (Option<Vec<u8>>, usize) {
    let negotiated = pair.server.connection.negotiated().unwrap();
    assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
    let digest = negotiated.peer_chain.digest();
    (digest.map(|one| one.to_vec()), negotiated.peer_chain.len())
}

fn leaf_digest() -> Vec<u8> {
    let chain = certificates::client(KeyKind::EcP256).chain();
    let leaf = digest(HashAlgorithm::Sha256, &[chain[0].as_ref()]);
    leaf.as_bytes().to_vec()
}

#[test]
fn the_digest_is_that_of_the_leaf_also_where_the_session_goes_on() {
    for version in VERSIONS {
        for (digests, wanted) in [(true, (Some(leaf_digest()), 0)), (false, (None, 1))] {
            let (store, keys) = (Arc::default(), keys());
            let (client, server) = (client(version, &store), keeping(&keys, digests));
            for expected in [false, true, true] {
                let pair = connect(&client, &server, later(1));
                assert_eq!(resumed(&pair), expected, "{version} {digests}");
                let seen = known(&pair);
                assert_eq!(seen.0, wanted.0, "{version} {expected}");
                assert!(seen.1 >= wanted.1 && (!digests || seen.1 == 0));
            }
        }
    }
}

#[test]
fn sessions_in_a_cache_keep_the_digest_too() {
    for version in VERSIONS {
        let (store, cache) = (Arc::default(), Arc::new(SessionCache::new(1 << 20)));
        let server = server_of(&keys(), |config| {
            config.keep_only_digests_of_clients = true;
            config.ticket_keys = None;
            config.session_cache = Some(Arc::clone(&cache));
        });
        let client = client(version, &store);
        for expected in [false, true] {
            let pair = connect(&client, &server, later(1));
            assert_eq!(resumed(&pair), expected, "{version}");
            assert_eq!(known(&pair), (Some(leaf_digest()), 0), "{version}");
        }
    }
}

#[test]
fn a_session_goes_on_only_where_as_much_is_kept_as_when_it_began() {
    for version in VERSIONS {
        for (before, after) in [(true, false), (false, true), (true, true), (false, false)] {
            let (store, keys) = (Arc::default(), keys());
            let client = client(version, &store);
            connect(&client, &keeping(&keys, before), now());
            let pair = connect(&client, &keeping(&keys, after), later(1));
            assert_eq!(
                resumed(&pair),
                before == after,
                "{version} {before} {after}"
            );
            assert_eq!(known(&pair).0.is_some(), after, "{version}");
        }
    }
}

#[test]
fn where_nobody_is_asked_the_setting_changes_nothing() {
    for version in VERSIONS {
        let (store, keys) = (Arc::default(), keys());
        let client = client(version, &store);
        let of = |digests: bool| {
            server_of(&keys, |config| {
                config.client_auth = ClientAuth::None;
                config.keep_only_digests_of_clients = digests;
            })
        };
        connect(&client, &of(true), now());
        let pair = connect(&client, &of(false), later(1));
        assert!(resumed(&pair), "{version}");
        let negotiated = pair.server.connection.negotiated().unwrap();
        assert!(negotiated.peer_chain.digest().is_none());
    }
}

#[test]
fn tickets_are_smaller_by_it() {
    let sizes = [false, true].map(|digests| {
        let (store, keys) = (Arc::default(), keys());
        let client = client(ProtocolVersion::TLS_1_3, &store);
        let pair = connect(&client, &keeping(&keys, digests), now());
        pair.server.sent.len()
    });
    let chain = certificates::client(KeyKind::EcP256).chain();
    let saved: usize = chain.iter().map(|one| one.len()).sum();
    // Two tickets, each with the chain or with 38 bytes.
    assert!(sizes[0] - sizes[1] > saved, "{sizes:?} {saved}");
}

#[test]
fn a_client_is_the_same_by_its_digest_when_it_shows_its_certificate_again() {
    for (other, stays) in [(false, true), (true, false)] {
        let (store, keys) = (Arc::default(), keys());
        let mut client = client_config(&store);
        client.common.versions = vec![ProtocolVersion::TLS_1_2];
        client.common.renegotiation = Renegotiation::ALLOW;
        client.ask_for_credential = true;
        let server = server_of(&keys, |config| {
            config.keep_only_digests_of_clients = true;
            config.common.renegotiation = Renegotiation::ALLOW;
            config.later_client_auth = config.client_auth.clone();
        });
        let mut pair = Pair::at(&client.check().unwrap(), &server, now());
        let mut asked = 0;
        pair.client.answerer = Some(Box::new(move |_| {
            asked += 1;
            let kind = match other && asked > 1 {
                true => KeyKind::Ed25519,
                false => KeyKind::EcP256,
            };
            let credential = config::credential(certificates::client(kind));
            Answer::Credential(Some(credential))
        }));
        pair.connect(Delivery::Whole);
        assert_eq!(known(&pair).0, Some(leaf_digest()));
        pair.server
            .connection
            .renew(Renewal::ClientCertificate, now())
            .unwrap();
        pair.run(Delivery::Whole);
        assert_eq!(pair.server.error.is_none(), stays, "{other}");
    }
}

//! Channel bindings: equal at both ends, different on every connection where they are of the
//! connection, and refused where they would not hold.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::Verification;
use handfast::connection::{ChannelBinding, Resumption};
use handfast::session::{MemoryStore, SessionCache};
use handfast::{Error, Misuse, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use std::sync::Arc;

const EACH: [ChannelBinding; 3] = [
    ChannelBinding::TlsUnique,
    ChannelBinding::TlsServerEndPoint,
    ChannelBinding::TlsExporter,
];

type Bound = Result<Vec<u8>, Error>;

/// Connects; gives each binding as the client and as the server has it.
fn connect(client: &handfast::Client, server: &handfast::Server) -> (Pair, [(Bound, Bound); 3]) {
    let mut pair = Pair::new(client, server);
    assert_eq!(
        pair.client
            .connection
            .channel_binding(ChannelBinding::TlsUnique),
        Err(Misuse::NotConnected.into())
    );
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    let bound = EACH.map(|binding| {
        let of = |end: &handfast_testkit::pair::End| end.connection.channel_binding(binding);
        (of(&pair.client), of(&pair.server))
    });
    (pair, bound)
}

#[test]
fn both_ends_have_the_same_bindings_and_those_of_the_connection_are_new_each_time() {
    for version in [ProtocolVersion::TLS_1_2, ProtocolVersion::TLS_1_3] {
        let mut client = config::client();
        client.common.versions = vec![version];
        client.sessions = Some(Arc::new(MemoryStore::default()));
        let mut server = config::server(KeyKind::EcP256);
        server.common.versions = vec![version];
        server.session_cache = Some(Arc::new(SessionCache::default()));
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        let mut seen = Vec::new();
        for resumed in [false, true, true] {
            let (pair, [unique, end_point, exporter]) = connect(&client, &server);
            let negotiated = pair.client.connection.negotiated().unwrap();
            assert_eq!(negotiated.is_resumed(), resumed);
            if version == ProtocolVersion::TLS_1_2 {
                assert_eq!(unique.0.as_ref().unwrap().len(), 12);
                assert_eq!(unique.0, unique.1);
                assert!(!seen.contains(&unique.0));
                seen.push(unique.0);
            } else {
                let none = Err(Misuse::NotInThisVersion.into());
                assert_eq!(unique, (none.clone(), none));
            }
            assert_eq!(exporter.0.as_ref().unwrap().len(), 32);
            assert_eq!(exporter.0, exporter.1);
            assert!(!seen.contains(&exporter.0));
            seen.push(exporter.0);
            // The hash of the certificate, which is signed with ECDSA and SHA-256.
            let leaf = &certificates::server(KeyKind::EcP256).chain()[0];
            let hash = handfast_crypto::hash::digest(
                handfast_crypto::hash::HashAlgorithm::Sha256,
                &[leaf],
            );
            assert_eq!(end_point.0.unwrap(), hash.as_ref());
            match resumed {
                false => assert_eq!(end_point.1.unwrap(), hash.as_ref()),
                true => assert_eq!(end_point.1, Err(Misuse::NoBinding.into())),
            }
        }
    }
}

#[test]
fn tls_unique_is_the_finished_that_came_first() {
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    client.sessions = Some(Arc::new(MemoryStore::default()));
    let mut server = config::server(KeyKind::EcP256);
    server.common.versions = vec![ProtocolVersion::TLS_1_2];
    server.session_cache = Some(Arc::new(SessionCache::default()));
    let heard = [Arc::new(Finished::default()), Arc::new(Finished::default())];
    client.common.observer = Some(heard[0].clone());
    server.common.observer = Some(heard[1].clone());
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    // In a full handshake the server hears the first, in a resumed one the client.
    for (kind, hearer) in [(None, 1), (Some(Resumption::SessionId), 0)] {
        let (pair, [unique, ..]) = connect(&client, &server);
        assert_eq!(
            pair.client.connection.negotiated().unwrap().resumption,
            kind
        );
        let last = heard[hearer].0.lock().unwrap().clone();
        assert_eq!(unique.0.unwrap(), last);
    }
}

/// The last Finished that came.
#[derive(Debug, Default)]
struct Finished(std::sync::Mutex<Vec<u8>>);

impl handfast::observe::Observer for Finished {
    fn passed(&self, direction: handfast::observe::Direction, what: handfast::observe::Passed<'_>) {
        if let (
            handfast::observe::Direction::Received,
            handfast::observe::Passed::Handshake { bytes, .. },
        ) = (direction, what)
            && bytes.first() == Some(&20)
        {
            *self.0.lock().unwrap() = bytes[4..].to_vec();
        }
    }
}

#[test]
fn the_end_point_goes_by_the_hash_of_the_signature_and_where_there_is_none_is_none() {
    let validity = handfast_ca::profile::Validity {
        not_before_unix: certificates::now_unix() - 60,
        not_after_unix: certificates::now_unix() + 60,
    };
    for (kind, expected) in [
        (KeyKind::Rsa { bits: 2048 }, Some(32)),
        (KeyKind::EcP384, Some(48)),
        (KeyKind::EcP521, Some(64)),
        (KeyKind::Ed25519, None),
    ] {
        let root = handfast_ca::authority::Authority::new("Root", validity, kind).unwrap();
        let issued = root.issue_server(&certificates::names(), validity, KeyKind::EcP256);
        let credential = config::credential(&issued.unwrap());
        let mut client = config::client();
        client.verification = Verification::danger_accept_anyone();
        let client = client.check().unwrap();
        let server = ServerConfig::new(credential).check().unwrap();
        let (_, [_, end_point, _]) = connect(&client, &server);
        match expected {
            Some(length) => assert_eq!(end_point.0.as_ref().unwrap().len(), length),
            None => assert_eq!(end_point.0, Err(Misuse::NoBinding.into())),
        }
        assert_eq!(end_point.0, end_point.1);
    }
}

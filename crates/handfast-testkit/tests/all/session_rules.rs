//! A session goes on only where the config would agree on it anew: its group, the scheme of who
//! proved itself, and the exception that it needed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{Delegate, Exception, Peer, Relaxed, Renegotiation};
use handfast::connection::Renewal;
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{
    ClientConfig, Error, Event, Misuse, NamedGroup, ProtocolVersion, ServerConfig, ServerName,
    SignatureScheme,
};
use handfast_policy::preset;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::{config, delegated};
use std::sync::Arc;

const TLS12: ProtocolVersion = ProtocolVersion::TLS_1_2;
const TLS13: ProtocolVersion = ProtocolVersion::TLS_1_3;

fn ticket_keys() -> Arc<TicketKeys> {
    let entropy = config::client().common.entropy;
    Arc::new(TicketKeys::new(entropy, now()).unwrap())
}

/// A client that keeps sessions, and a server that gives tickets, in this version.
fn ends(version: ProtocolVersion, kind: KeyKind) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(kind));
    client.common.versions = vec![version];
    client.sessions = Some(Arc::new(MemoryStore::new(8)));
    server.common.versions = vec![version];
    server.ticket_keys = Some(ticket_keys());
    (client, server)
}

/// True where a session went on.
fn resumes(client: &ClientConfig, server: &ServerConfig) -> bool {
    let client = client.clone().check().unwrap();
    let server = server.clone().check().unwrap();
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Whole);
    pair.exchange(b"x");
    let [client, server] = [&pair.client, &pair.server].map(|end| {
        let negotiated = end.connection.negotiated().unwrap();
        negotiated.is_resumed()
    });
    assert_eq!(client, server);
    client
}

#[test]
fn a_group_that_is_taken_no_more_ends_its_sessions_at_either_end() {
    let (x25519, p384) = (NamedGroup::X25519, NamedGroup::SECP384R1);
    for at_client in [true, false] {
        let (mut client, mut server) = ends(TLS12, KeyKind::Ed25519);
        client.common.groups = vec![x25519, p384];
        server.common.groups = vec![x25519, p384];
        assert!(!resumes(&client, &server));
        assert!(resumes(&client, &server), "the control");
        match at_client {
            true => client.common.groups = vec![p384],
            false => server.common.groups = vec![p384],
        }
        assert!(!resumes(&client, &server), "at the client: {at_client}");
        // What it agreed on instead goes on.
        assert!(resumes(&client, &server));
    }
}

#[test]
fn a_policy_takes_no_session_by_a_group_outside_of_it() {
    let (mut client, mut server) = ends(TLS12, KeyKind::EcP256);
    client.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
    assert!(!resumes(&client, &server));
    let policy = preset::find("boringssl-fips").unwrap();
    policy.apply(&mut client);
    policy.apply(&mut server);
    client.common.versions = vec![TLS12];
    assert!(!resumes(&client, &server));
    assert!(resumes(&client, &server));
}

#[test]
fn no_session_outlives_the_exception_for_its_group() {
    let (mut client, mut server) = ends(TLS12, KeyKind::Ed25519);
    client.common.groups = vec![NamedGroup::SECP521R1];
    server.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP521R1];
    let peer = Peer::Name(ServerName::parse("localhost").unwrap());
    let rule = Relaxed::Group(NamedGroup::X25519);
    let exception = Exception::danger_relax(peer, rule, "a test", now().unix_s() + 60);
    client.exceptions = vec![exception.clone()];
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let met = |seconds: u64| {
        let mut at = now();
        at.unix_ms += seconds * 1000;
        let mut pair = Pair::at(&client, &server, at);
        pair.connect(Delivery::Whole);
        let negotiated = pair.client.connection.negotiated().unwrap();
        (negotiated.group, negotiated.exceptions().to_vec())
    };
    assert_eq!(met(0), (NamedGroup::X25519, vec![exception]));
    assert_eq!(met(120), (NamedGroup::SECP521R1, vec![]));
}

#[test]
fn a_scheme_of_clients_that_is_taken_no_more_ends_their_sessions() {
    for version in [TLS12, TLS13] {
        let (mut client, plain) = ends(version, KeyKind::EcP384);
        let mut server = config::mutual_server(KeyKind::EcP384);
        server.common.versions = vec![version];
        server.ticket_keys = plain.ticket_keys;
        client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
        assert!(!resumes(&client, &server));
        assert!(resumes(&client, &server), "the control");
        server.common.schemes = vec![SignatureScheme::ECDSA_SECP384R1_SHA384];
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        let mut pair = Pair::new(&client, &server);
        pair.run(Delivery::Whole);
        // The client has no other key: in a full handshake it could show nobody.
        let negotiated = pair.server.connection.negotiated();
        assert!(
            negotiated.is_none_or(|one| !one.is_resumed()),
            "{version}: it came back"
        );
    }
}

#[test]
fn a_session_by_a_delegated_key_goes_on_whose_scheme_is_for_such_keys_alone() {
    let (mut client, mut server) = ends(TLS13, KeyKind::EcP256);
    let ed25519 = SignatureScheme::ED25519;
    client.common.delegated_schemes = vec![ed25519];
    client.common.schemes.retain(|scheme| *scheme != ed25519);
    let issued = delegated::certificate(KeyKind::EcP256);
    let kind = KeyKind::Ed25519;
    let by_key = delegated::credential(Delegate::Server, &issued, kind, delegated::LIFE_S);
    // For who takes none: the leaf's own key.
    server.credentials.insert(0, by_key);
    assert!(!resumes(&client, &server));
    assert!(resumes(&client, &server));
    client.common.delegated_schemes.clear();
    assert!(!resumes(&client, &server), "it is taken no more");
}

#[test]
fn nothing_is_agreed_on_again_under_an_exception_that_is_over() {
    for by_client in [true, false] {
        for (later_s, renewed) in [(0, true), (120, false)] {
            let mut client = config::client();
            client.common.versions = vec![TLS13];
            client.common.renegotiation = Renegotiation::ALLOW;
            let peer = Peer::Name(ServerName::parse("localhost").unwrap());
            let rule = Relaxed::Version(TLS12);
            let until = now().unix_s() + 60;
            client.exceptions = vec![Exception::danger_relax(peer, rule, "a test", until)];
            let mut server = config::server(KeyKind::EcP256);
            server.common.versions = vec![TLS12];
            server.common.renegotiation = Renegotiation::ALLOW;
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.connect(Delivery::Whole);
            pair.now.unix_ms += later_s * 1000;
            pair.now.monotonic_ms += later_s * 1000;
            let at = pair.now;
            let asked = match by_client {
                true => pair.client.connection.renew(Renewal::Keys, at),
                false => pair.server.connection.renew(Renewal::Keys, at),
            };
            let refused = Err(Error::from(Misuse::RenewalNotAllowed));
            let is_refused_here = by_client && !renewed;
            assert_eq!(asked, if is_refused_here { refused } else { Ok(()) });
            pair.run(Delivery::Whole);
            let mut events = pair.client.events.iter();
            let seen = events.any(|event| matches!(event, Event::Renewed(_)));
            assert_eq!(
                seen, renewed,
                "by the client: {by_client}, {later_s} s later"
            );
            // What was agreed on is not cut off.
            assert_eq!(pair.client.error, None);
        }
    }
}

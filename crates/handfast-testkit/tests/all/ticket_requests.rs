//! How many tickets a client asks for (RFC 9149), and under which names they are good
//! (draft-ietf-tls-cross-sni-resumption).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{client_config, keys, later, server_config};
use handfast::config::{AcrossNames, TicketRequest, Trust, Verification};
use handfast::session::{MemoryStore, SessionStore};
use handfast::{
    Client, ClientConfig, ConfigFault, Credential, ProtocolVersion, Roots, Server, ServerConfig,
    ServerName,
};
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::pair::{Delivery, End, Pair};
use std::sync::Arc;

const WWW: &str = "www.example.test";
const STATIC: &str = "static.example.test";
const OTHER: &str = "other.example.test";

fn name(text: &str) -> ServerName {
    ServerName::parse(text).unwrap()
}

fn names(texts: &[&str]) -> Vec<ServerName> {
    texts.iter().copied().map(name).collect()
}

/// A client of `host` and a server, connected, with what came behind the handshake delivered.
fn met(client: &Client, server: &Server, host: &str) -> Pair {
    let now = later(1);
    let mut pair = Pair {
        client: End::new(client.connect(name(host), now).unwrap()),
        server: End::new(server.accept(now).unwrap()),
        now,
    };
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line");
    pair
}

fn is_resumed(pair: &Pair) -> bool {
    pair.client.connection.negotiated().unwrap().is_resumed()
}

/// Takes all sessions with localhost out of a store.
fn count(store: &MemoryStore) -> usize {
    core::iter::from_fn(|| store.take("localhost")).count()
}

#[test]
fn a_server_gives_as_many_tickets_as_a_client_asks_for_up_to_its_own_limit() {
    // What is asked for in a full handshake and where a session goes on; the server's usual number and
    // its limit; what comes of it in either case.
    for (asked, usual, most, wanted) in [
        (None, 2, 4, (2, 2)),
        (Some((1, 0)), 2, 4, (1, 0)),
        (Some((3, 1)), 2, 4, (3, 1)),
        (Some((4, 4)), 2, 4, (4, 4)),
        (Some((255, 9)), 2, 3, (3, 3)),
        (Some((2, 2)), 2, 0, (0, 0)),
        (Some((2, 2)), 0, 4, (0, 0)),
    ] {
        let store = Arc::new(MemoryStore::default());
        let mut client = client_config(&store);
        client.ticket_request = asked.map(|(new_session_count, resumption_count)| TicketRequest {
            new_session_count,
            resumption_count,
        });
        let client = client.check().unwrap();
        let mut server = server_config(&keys());
        (server.tickets, server.most_tickets) = (usual, most);
        let server = server.check().unwrap();
        let (new, resumed) = wanted;
        let pair = met(&client, &server, "localhost");
        let negotiated = pair.client.connection.negotiated().unwrap();
        let expected = asked.map(|_| new);
        assert_eq!(negotiated.expected_tickets, expected, "{asked:?}");
        let kept = store.take("localhost");
        let others = count(&store);
        assert_eq!(
            usize::from(kept.is_some()) + others,
            usize::from(new),
            "{asked:?}"
        );
        let Some(kept) = kept else { continue };
        store.put("localhost", kept);
        let pair = met(&client, &server, "localhost");
        assert!(is_resumed(&pair));
        let negotiated = pair.client.connection.negotiated().unwrap();
        assert_eq!(negotiated.expected_tickets, asked.map(|_| resumed));
        let server_sees = pair
            .server
            .connection
            .negotiated()
            .unwrap()
            .expected_tickets;
        assert_eq!(server_sees, asked.map(|_| resumed));
        assert_eq!(count(&store), usize::from(resumed), "{asked:?}");
    }
}

#[test]
fn a_client_that_keeps_no_sessions_asks_for_no_tickets() {
    let mut client = handfast_testkit::config::client();
    client.ticket_request = Some(TicketRequest {
        new_session_count: 3,
        resumption_count: 1,
    });
    let server = server_config(&keys()).check().unwrap();
    let pair = met(&client.check().unwrap(), &server, "localhost");
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.expected_tickets, None);
}

/// A server for two names, and one of a name that its certificate lacks.
fn server(across: AcrossNames) -> ServerConfig {
    let validity = Validity::days(certificates::now_unix(), 30);
    let named = [WWW, STATIC].map(AlternativeName::dns);
    let issued = certificates::intermediate()
        .issue_server(&named, validity, KeyKind::EcP256)
        .unwrap();
    let credential = Credential::new(issued.chain().to_vec(), issued.key().clone()).unwrap();
    ServerConfig {
        ticket_keys: Some(keys()),
        resume_across_names: across,
        ..ServerConfig::new(credential)
    }
}

fn client(store: &Arc<MemoryStore>, across: &[&str]) -> ClientConfig {
    ClientConfig {
        resume_across_names: names(across),
        ..client_config(store)
    }
}

/// Whether a session of the first name goes on under the second.
fn crosses(client: ClientConfig, server: ServerConfig, from: &str, to: &str) -> bool {
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    assert!(!is_resumed(&met(&client, &server, from)));
    is_resumed(&met(&client, &server, to))
}

#[test]
fn a_session_goes_on_under_another_name_only_where_both_sides_say_so() {
    let among = || AcrossNames::Among(names(&[WWW, STATIC]));
    let both = [WWW, STATIC];
    for (by_client, by_server, wanted) in [
        (&both[..], among(), true),
        (&both[..], AcrossNames::All, true),
        (&both[..], AcrossNames::Never, false),
        (&[][..], among(), false),
        (&both[..1], among(), false),
        (&both[1..], among(), false),
        (&both[..], AcrossNames::Among(names(&[WWW, OTHER])), false),
        (&[][..], AcrossNames::Never, false),
    ] {
        let store = Arc::new(MemoryStore::default());
        let what = format!("{by_client:?} {by_server:?}");
        let client = client(&store, by_client);
        assert_eq!(
            crosses(client, server(by_server), WWW, STATIC),
            wanted,
            "{what}"
        );
    }
}

#[test]
fn a_session_goes_on_under_its_own_name_whatever_is_said_of_others() {
    for across in [
        AcrossNames::Never,
        AcrossNames::All,
        AcrossNames::Among(names(&[WWW, STATIC])),
    ] {
        let store = Arc::new(MemoryStore::default());
        let client = client(&store, &[WWW, STATIC]);
        assert!(crosses(client, server(across), WWW, WWW));
    }
}

#[test]
fn a_certificate_that_is_not_for_the_other_name_lets_no_session_cross() {
    let store = Arc::new(MemoryStore::default());
    let client = client(&store, &[WWW, OTHER]).check().unwrap();
    let server = server(AcrossNames::All).check().unwrap();
    met(&client, &server, WWW);
    let now = later(1);
    let mut pair = Pair {
        client: End::new(client.connect(name(OTHER), now).unwrap()),
        server: End::new(server.accept(now).unwrap()),
        now,
    };
    pair.run(Delivery::Whole);
    let refused = pair.client.error;
    assert_eq!(refused, Some(handfast::Fault::CertificateNameWrong.into()));
    // The session is still there for its own name.
    assert!(is_resumed(&met(&client, &server, WWW)));
}

#[test]
fn a_client_that_trusts_somebody_else_by_now_lets_no_session_cross() {
    let store = Arc::new(MemoryStore::default());
    let server = server(AcrossNames::All).check().unwrap();
    let trusting = client(&store, &[WWW, STATIC]).check().unwrap();
    met(&trusting, &server, WWW);
    let mut wary = client(&store, &[WWW, STATIC]);
    wary.verification = Verification::chain(Trust::Roots(Roots::new()));
    let now = later(1);
    let wary = wary.check().unwrap();
    let mut pair = Pair {
        client: End::new(wary.connect(name(STATIC), now).unwrap()),
        server: End::new(server.accept(now).unwrap()),
        now,
    };
    pair.run(Delivery::Whole);
    assert!(pair.client.error.is_some());
    assert!(is_resumed(&met(&trusting, &server, STATIC)));
}

#[test]
fn servers_of_other_names_or_other_ways_share_no_sessions() {
    let store = Arc::new(MemoryStore::default());
    let keys = keys();
    let with = |across| ServerConfig {
        ticket_keys: Some(Arc::clone(&keys)),
        ..server(across)
    };
    let client = client(&store, &[WWW, STATIC]).check().unwrap();
    let among = AcrossNames::Among(names(&[STATIC, WWW]));
    let first = with(AcrossNames::Among(names(&[WWW, STATIC])))
        .check()
        .unwrap();
    for (other, wanted) in [
        (with(among.clone()), true),
        (with(AcrossNames::All), false),
        (with(AcrossNames::Never), false),
        (
            with(AcrossNames::Among(names(&[WWW, STATIC, OTHER]))),
            false,
        ),
        (
            ServerConfig {
                client_auth: handfast::config::ClientAuth::Request(
                    Verification::danger_accept_anyone(),
                ),
                ..with(among)
            },
            false,
        ),
    ] {
        while store.take(WWW).or_else(|| store.take(STATIC)).is_some() {}
        met(&client, &first, WWW);
        let other = other.check().unwrap();
        assert_eq!(is_resumed(&met(&client, &other, STATIC)), wanted);
    }
}

#[test]
fn the_flag_survives_storage_and_says_what_the_server_said() {
    for (across, wanted) in [(AcrossNames::All, true), (AcrossNames::Never, false)] {
        let store = Arc::new(MemoryStore::default());
        let client = client(&store, &[]).check().unwrap();
        met(&client, &server(across).check().unwrap(), WWW);
        let session = store.take(WWW).unwrap();
        assert_eq!(session.is_resumable_across_names(), wanted);
        let bytes = session.to_bytes().unwrap();
        let again = handfast::session::Session::from_bytes(&bytes).unwrap();
        assert_eq!(again.is_resumable_across_names(), wanted);
    }
}

#[test]
fn no_early_data_is_offered_under_another_name() {
    let strikes = Arc::new(handfast::session::StrikeRegister::new(1024, later(0)));
    let store = Arc::new(MemoryStore::default());
    let mut own = client(&store, &[WWW, STATIC]);
    own.early_data = true;
    let own = own.check().unwrap();
    let mut server = server(AcrossNames::All);
    server.max_early_data = 1000;
    server.strikes = Some(strikes);
    let server = server.check().unwrap();
    met(&own, &server, WWW);
    let offered = |host: &str| {
        let pair = met(&own, &server, host);
        assert!(is_resumed(&pair));
        pair.client.connection.negotiated().unwrap().early_data
    };
    use handfast::connection::EarlyData;
    assert!(matches!(offered(STATIC), EarlyData::NotOffered(_)));
    assert!(!matches!(offered(WWW), EarlyData::NotOffered(_)));
}

#[test]
fn a_list_of_one_name_or_of_one_twice_is_refused() {
    let refused = |list: &[&str]| server(AcrossNames::Among(names(list))).check().err();
    assert!(matches!(refused(&[WWW]), Some(ConfigFault::Useless { .. })));
    assert!(matches!(
        refused(&[WWW, STATIC, WWW]),
        Some(ConfigFault::ListedTwice(_))
    ));
    assert_eq!(refused(&[WWW, STATIC]), None);
}

#[test]
fn a_server_tells_by_how_much_the_clocks_differ() {
    let store = Arc::new(MemoryStore::default());
    let mut client = client_config(&store);
    client.common.versions = vec![ProtocolVersion::TLS_1_3];
    let client = client.check().unwrap();
    let server = server_config(&keys()).check().unwrap();
    met(&client, &server, "localhost");
    for (by_client, by_server, skew_ms) in [(11, 11, 0), (21, 11, 10_000), (11, 21, -10_000)] {
        let kept = store.take("localhost").unwrap();
        store.put("localhost", kept.clone());
        let own = client.connect(name("localhost"), later(by_client)).unwrap();
        let mut pair = Pair {
            client: End::new(own),
            server: End::new(server.accept(later(by_server)).unwrap()),
            now: later(by_server),
        };
        pair.connect(Delivery::Whole);
        let negotiated = pair.server.connection.negotiated().unwrap();
        assert!(negotiated.is_resumed());
        assert_eq!(negotiated.ticket_age_skew_ms, Some(skew_ms));
        let seen = pair
            .client
            .connection
            .negotiated()
            .unwrap()
            .ticket_age_skew_ms;
        assert_eq!(seen, None, "a client does not know");
        while store.take("localhost").is_some() {}
        store.put("localhost", kept);
    }
}

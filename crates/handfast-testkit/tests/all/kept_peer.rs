//! What a client's session keeps of its server: the staples of the first visit.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::SystemEntropy;
use handfast::session::{MemoryStore, Session, SessionCache, SessionStore, TicketKeys};
use handfast::{ClientConfig, Negotiated, Now, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};
use std::sync::Arc;

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
const RESPONSE: &[u8] = b"\x30\x03 a response";
const SCTS: &[u8] = b"\x00\x05\x00\x03one";

fn later(seconds: u64) -> Now {
    let now = now();
    Now {
        unix_ms: now.unix_ms + seconds * 1000,
        monotonic_ms: now.monotonic_ms + seconds * 1000,
    }
}

fn client(version: ProtocolVersion, store: &Arc<MemoryStore>) -> ClientConfig {
    let mut client = config::client();
    client.common.versions = vec![version];
    client.sessions = Some(Arc::clone(store) as Arc<dyn SessionStore>);
    client.request_scts = true;
    client
}

/// A server that staples these, and knows sessions by tickets or keeps them itself.
fn server(
    by_tickets: bool,
    stapled: (Option<&[u8]>, Option<&[u8]>),
    keys: &Arc<TicketKeys>,
    cache: &Arc<SessionCache>,
) -> ServerConfig {
    let mut server = config::server(KeyKind::EcP256);
    let mut credential = config::credential(certificates::server(KeyKind::EcP256));
    if let Some(response) = stapled.0 {
        credential = credential.with_ocsp_response(response.to_vec());
    }
    if let Some(list) = stapled.1 {
        credential = credential.with_sct_list(list.to_vec()).unwrap();
    }
    server.credentials = vec![credential];
    if by_tickets {
        server.ticket_keys = Some(Arc::clone(keys));
    } else {
        server.session_cache = Some(Arc::clone(cache));
    }
    server
}

fn ticket_keys() -> Arc<TicketKeys> {
    Arc::new(TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap())
}

fn staples(negotiated: &Negotiated) -> (Option<&[u8]>, Option<&[u8]>) {
    (
        negotiated.ocsp_response.as_deref(),
        negotiated.sct_list.as_deref(),
    )
}

/// The newest session goes through its form as bytes, as into another process.
fn stored_and_loaded(store: &Arc<MemoryStore>) {
    let bytes = store.take("localhost").unwrap().to_bytes().unwrap();
    while store.take("localhost").is_some() {}
    store.put("localhost", Session::from_bytes(&bytes).unwrap());
}

#[test]
fn who_comes_back_sees_what_was_stapled_on_the_first_visit() {
    for version in VERSIONS {
        for by_tickets in [true, false] {
            for stapled in [
                (None, None),
                (Some(RESPONSE), None),
                (None, Some(SCTS)),
                (Some(RESPONSE), Some(SCTS)),
            ] {
                let store = Arc::default();
                let (keys, cache) = (ticket_keys(), Arc::default());
                let client = client(version, &store).check().unwrap();
                let first = server(by_tickets, stapled, &keys, &cache);
                // Later the server has others; whoever comes back gets none of them.
                let renewed = (Some(&b"\x30\x01 a newer one"[..]), Some(SCTS));
                let later_on = server(by_tickets, renewed, &keys, &cache);
                let visits = [(first, false), (later_on.clone(), true), (later_on, true)];
                for (seconds, (server, comes_back)) in (0..).zip(visits) {
                    let server = server.check().unwrap();
                    let mut pair = Pair::at(&client, &server, later(seconds));
                    pair.connect(Delivery::Chunks(13));
                    pair.exchange(b"a line of text");
                    let negotiated = pair.client.connection.negotiated().unwrap();
                    assert_eq!(negotiated.is_resumed(), comes_back);
                    assert_eq!(staples(negotiated), stapled, "{version} {by_tickets}");
                    // The client stapled nothing.
                    let theirs = pair.server.connection.negotiated().unwrap();
                    assert_eq!(staples(theirs), (None, None));
                    stored_and_loaded(&store);
                }
            }
        }
    }
}

#[test]
fn a_staple_that_is_too_long_is_seen_once_and_not_kept() {
    // TLS 1.2's CertificateStatus is too long for its place before its staple is.
    let longest = vec![0x30; 16 * 1024];
    let longest_of_tls12 = vec![0x30; 16 * 1024 - 4];
    let too_long = vec![0x30; 16 * 1024 + 1];
    for (version, response, is_kept) in [
        (ProtocolVersion::TLS_1_3, &longest, true),
        (ProtocolVersion::TLS_1_3, &too_long, false),
        (ProtocolVersion::TLS_1_2, &longest_of_tls12, true),
    ] {
        let store = Arc::default();
        let stapled = (Some(response.as_slice()), Some(SCTS));
        let client = client(version, &store).check().unwrap();
        let server = server(true, stapled, &ticket_keys(), &Arc::default());
        let server = server.check().unwrap();
        for comes_back in [false, true] {
            let mut pair = Pair::at(&client, &server, later(1));
            pair.connect(Delivery::Whole);
            pair.exchange(b"a line of text");
            let negotiated = pair.client.connection.negotiated().unwrap();
            assert_eq!(negotiated.is_resumed(), comes_back);
            let seen = stapled.0.filter(|_| is_kept || !comes_back);
            assert_eq!(staples(negotiated), (seen, stapled.1), "{version}");
        }
    }
}

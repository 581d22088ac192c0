//! Tickets that the caller seals: they serve, are renewed when it says so, and cost a full handshake where
//! it will not or cannot.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{client_config, connect, keys, later, resumed, server_config};
use handfast::config::SystemEntropy;
use handfast::session::{
    MemoryStore, OpenedTicket, SessionCache, SessionStore, TicketKeys, TicketSealer,
};
use handfast::{Answer, Client, ConfigFault, Now, ProtocolVersion, Server};
use handfast_testkit::pair::{Delivery, Pair, now};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

/// What becomes of tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    Renews,
    SealsNothing,
    OpensNothing,
    OpensNonsense,
}

/// A safe with numbers, which a ticket of a test's length ends in.
#[derive(Debug)]
struct Safe {
    mood: Mutex<Mood>,
    length: usize,
    next: AtomicU64,
    held: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
}

impl Safe {
    fn new(length: usize) -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(Mood::Well),
            length,
            next: AtomicU64::new(1),
            held: Mutex::default(),
        })
    }

    fn keys(self: &Arc<Self>) -> Arc<TicketKeys> {
        let keys = TicketKeys::sealed_by(Arc::clone(self) as _, Arc::new(SystemEntropy));
        Arc::new(keys)
    }
}

impl TicketSealer for Safe {
    fn seal(&self, session: &[u8], _now: Now) -> Option<Vec<u8>> {
        if *self.mood.lock().unwrap() == Mood::SealsNothing {
            return None;
        }
        let number = self.next.fetch_add(1, Relaxed);
        let mut ticket = vec![b'T'; self.length - 8];
        ticket.extend(number.to_be_bytes());
        let mut held = self.held.lock().unwrap();
        held.insert(ticket.clone(), session.to_vec());
        Some(ticket)
    }

    fn open(&self, ticket: &[u8], _now: Now) -> Option<OpenedTicket> {
        let session = self.held.lock().unwrap().get(ticket)?.clone();
        match *self.mood.lock().unwrap() {
            Mood::OpensNothing => None,
            Mood::OpensNonsense => Some(OpenedTicket::new(vec![7; session.len()])),
            Mood::Renews => Some(OpenedTicket::to_renew(session)),
            Mood::Well | Mood::SealsNothing => Some(OpenedTicket::new(session)),
        }
    }
}

fn ends(
    version: ProtocolVersion,
    store: &Arc<MemoryStore>,
    keys: &Arc<TicketKeys>,
) -> (Client, Server) {
    let (mut client, mut server) = (client_config(store), server_config(keys));
    client.common.versions = vec![version];
    server.common.versions = vec![version];
    (client.check().unwrap(), server.check().unwrap())
}

/// How long the ticket is that the client holds; the session stays where it is.
fn ticket_of(store: &MemoryStore) -> Option<Vec<u8>> {
    let session = store.take("localhost")?;
    let bytes = session.to_bytes().unwrap().to_vec();
    store.put("localhost", session);
    Some(bytes)
}

#[test]
fn a_session_goes_on_by_a_ticket_that_the_caller_sealed_and_the_wire_has_no_other() {
    for version in VERSIONS {
        let (safe, store) = (Safe::new(40), Arc::new(MemoryStore::default()));
        let (client, server) = ends(version, &store, &safe.keys());
        assert!(!resumed(&connect(&client, &server, now())), "{version}");
        let held = safe.held.lock().unwrap().len();
        assert!(held > 0, "{version}");
        let kept = ticket_of(&store).unwrap();
        let is_ours = |ticket: &Vec<u8>| kept.windows(40).any(|part| part == ticket);
        assert!(safe.held.lock().unwrap().keys().any(is_ours), "{version}");
        assert!(resumed(&connect(&client, &server, later(1))), "{version}");
    }
}

#[test]
fn what_the_sealer_does_not_give_or_know_means_a_full_handshake_and_no_alert() {
    for version in VERSIONS {
        for (mood, length, serves) in [
            (Mood::Well, 17, true),
            (Mood::Well, 16_128, true),
            // As long as the name of a session that a server keeps, and longer than clients take.
            (Mood::Well, 16, false),
            (Mood::Well, 16_129, false),
            (Mood::SealsNothing, 40, false),
            (Mood::OpensNothing, 40, false),
            (Mood::OpensNonsense, 40, false),
        ] {
            let (safe, store) = (Safe::new(length), Arc::new(MemoryStore::default()));
            *safe.mood.lock().unwrap() = mood;
            let (client, server) = ends(version, &store, &safe.keys());
            connect(&client, &server, now());
            let again = connect(&client, &server, later(1));
            assert_eq!(resumed(&again), serves, "{version} {mood:?} {length}");
            assert_eq!(again.server.error, None);
        }
    }
}

#[test]
fn before_tls13_a_ticket_is_followed_by_another_where_the_sealer_says_so_and_only_there() {
    for (mood, changes) in [(Mood::Well, false), (Mood::Renews, true)] {
        let (safe, store) = (Safe::new(40), Arc::new(MemoryStore::default()));
        let (client, server) = ends(ProtocolVersion::TLS_1_2, &store, &safe.keys());
        connect(&client, &server, now());
        let first = ticket_of(&store).unwrap();
        *safe.mood.lock().unwrap() = mood;
        let mut pair = connect(&client, &server, later(60));
        assert!(resumed(&pair), "{mood:?}");
        pair.exchange(b"under the same master secret");
        let second = ticket_of(&store).unwrap();
        assert_eq!(first != second, changes, "{mood:?}");
        *safe.mood.lock().unwrap() = Mood::Well;
        assert!(resumed(&connect(&client, &server, later(120))), "{mood:?}");
    }
}

#[test]
fn a_renewed_ticket_outlives_the_first_one_and_never_the_day() {
    const HOUR: u64 = 60 * 60;
    for (mood, at_13_hours) in [(Mood::Well, false), (Mood::Renews, true)] {
        let (safe, store) = (Safe::new(40), Arc::new(MemoryStore::default()));
        *safe.mood.lock().unwrap() = mood;
        let (client, server) = ends(ProtocolVersion::TLS_1_2, &store, &safe.keys());
        connect(&client, &server, now());
        assert!(resumed(&connect(&client, &server, later(10 * HOUR))));
        let again = connect(&client, &server, later(13 * HOUR));
        assert_eq!(resumed(&again), at_13_hours, "{mood:?}");
        if at_13_hours {
            assert!(resumed(&connect(&client, &server, later(23 * HOUR))));
            assert!(!resumed(&connect(&client, &server, later(25 * HOUR))));
        }
    }
}

#[test]
fn a_server_with_a_cache_beside_it_takes_tickets_of_any_length() {
    for version in VERSIONS {
        let (safe, store) = (Safe::new(17), Arc::new(MemoryStore::default()));
        let (mut client, mut server) = (client_config(&store), server_config(&safe.keys()));
        client.common.versions = vec![version];
        server.common.versions = vec![version];
        server.session_cache = Some(Arc::new(SessionCache::new(1 << 20)));
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        connect(&client, &server, now());
        assert!(resumed(&connect(&client, &server, later(1))), "{version}");
    }
}

#[test]
fn the_sealer_may_be_the_answer_to_the_ask_for_ticket_keys() {
    for version in VERSIONS {
        let (safe, store) = (Safe::new(40), Arc::new(MemoryStore::default()));
        let (mut client, mut server) = (client_config(&store), server_config(&keys()));
        client.common.versions = vec![version];
        server.common.versions = vec![version];
        server.ticket_keys = None;
        server.ask_for_ticket_keys = true;
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        for expected in [false, true] {
            let mut pair = Pair::at(&client, &server, later(u64::from(expected)));
            let keys = safe.keys();
            pair.server.answerer = Some(Box::new(move |_| Answer::TicketKeys(Arc::clone(&keys))));
            pair.connect(Delivery::Whole);
            assert_eq!(resumed(&pair), expected, "{version}");
        }
    }
}

#[test]
fn roots_are_not_put_where_the_caller_seals() {
    let safe = Safe::new(40);
    let root = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let refused = safe.keys().replace_roots([&root], now());
    assert_eq!(refused, Err(ConfigFault::TicketRoot));
    assert_eq!(keys().replace_roots([&root], now()), Ok(()));
}

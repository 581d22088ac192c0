//! Early data (0-RTT): taken once, where everything is right; otherwise skipped, and the
//! handshake goes on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{client_config, keys, later, server_config};
use handfast::config::{Trust, Verification};
use handfast::connection::{EarlyData, EarlyDataReason, Question};
use handfast::session::{MemoryStore, SessionCache, SessionStore};
use handfast::{
    Answer, CipherSuite, ClientConfig, ConfigFault, Error, Event, Fault, Misuse, NamedGroup, Now,
    ProtocolVersion, Roots, ServerConfig,
};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::strikes::Strikes;
use std::sync::{Arc, Mutex};

const MOST: u32 = 5000;
const EARLY: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// What is done to a world.
type Change = fn(&mut World);

/// Both configs, and what both ends remember.
struct World {
    store: Arc<MemoryStore>,
    strikes: Arc<Strikes>,
    client: ClientConfig,
    server: ServerConfig,
}

impl World {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let strikes = Arc::new(Strikes::default());
        let mut client = client_config(&store);
        client.early_data = true;
        let mut server = server_config(&keys());
        server.max_early_data = MOST;
        server.strikes = Some(Arc::clone(&strikes) as _);
        Self {
            store,
            strikes,
            client,
            server,
        }
    }

    fn pair(&self, now: Now) -> Pair {
        let client = self.client.clone().check().unwrap();
        Pair::at(&client, &self.server.clone().check().unwrap(), now)
    }

    /// A first connection, from which sessions come.
    fn visit(&self) {
        let mut pair = self.pair(now());
        pair.connect(Delivery::Whole);
        let nothing = EarlyData::NotOffered(EarlyDataReason::NoSession);
        assert_eq!(told(&pair).0, nothing);
        // One connection is enough for one session.
        let newest = self.store.take("localhost").unwrap();
        while self.store.take("localhost").is_some() {}
        self.store.put("localhost", newest);
    }

    /// Comes back with early data, and sees that the connection is whole in any case.
    fn come_back(&self, now: Now, delivery: Delivery) -> Pair {
        let mut pair = self.pair(now);
        let early = pair.client.write_early(EARLY);
        deliver(&mut pair, &early, delivery);
        pair.connect(delivery);
        pair.exchange(b"a line of text");
        pair
    }
}

fn deliver(pair: &mut Pair, bytes: &[u8], delivery: Delivery) {
    let size = match delivery {
        Delivery::Whole => bytes.len(),
        Delivery::Chunks(size) => size,
    };
    for chunk in bytes.chunks(size) {
        pair.server.deliver(chunk, pair.now);
    }
}

/// What both ends say became of it.
fn told(pair: &Pair) -> (EarlyData, EarlyData) {
    let of = |end: &handfast_testkit::pair::End| end.connection.negotiated().unwrap().early_data;
    (of(&pair.client), of(&pair.server))
}

#[test]
fn early_data_comes_before_the_handshake_is_done_and_the_answer_need_not_wait() {
    for suite in [
        CipherSuite::TLS_AES_128_GCM_SHA256,
        CipherSuite::TLS_AES_256_GCM_SHA384,
        CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    ] {
        let mut world = World::new();
        world.client.common.suites = vec![suite];
        world.visit();
        let mut pair = world.pair(later(1));
        assert_eq!(pair.client.connection.early_data_left(), Some(5000));
        let flight = pair.client.write_early(EARLY);
        assert_eq!(
            pair.client.connection.early_data_left(),
            Some(5000 - EARLY.len())
        );
        pair.server.deliver(&flight, pair.now);
        assert_eq!(pair.server.early, EARLY);
        assert!(pair.server.connection.is_handshaking());
        assert_eq!(pair.server.events, [Event::MaySend]);
        let agreed = pair.server.connection.negotiated().unwrap();
        assert_eq!((agreed.suite, agreed.is_resumed()), (suite, true));
        assert!(pair.client.connection.negotiated().is_none());
        // RFC 8446 s2.3: the server's first flight may bring its answer.
        let answer = [
            pair.server.take_output(),
            pair.server.write(b"HTTP/1.1 200 OK"),
        ]
        .concat();
        // More may come until the client has heard from the server.
        let more = pair.client.write_early(b"more");
        pair.client.deliver(&answer, pair.now);
        assert_eq!(pair.client.data, b"HTTP/1.1 200 OK");
        assert!(pair.client.is_connected());
        let last = pair.client.take_output();
        pair.server.deliver(&[more, last].concat(), pair.now);
        assert_eq!(pair.server.early, [EARLY, b"more"].concat());
        assert!(pair.server.is_connected());
        assert_eq!(told(&pair), (EarlyData::Accepted, EarlyData::Accepted));
        assert_eq!(pair.server.data, b"");
        pair.exchange(b"a line of text");
        // The session that came of it brings early data once more.
        pair.connect(Delivery::Whole);
        let again = world.come_back(later(2), Delivery::Whole);
        assert_eq!(told(&again), (EarlyData::Accepted, EarlyData::Accepted));
    }
}

#[test]
fn early_data_may_come_byte_by_byte_and_in_many_records() {
    let world = World::new();
    world.visit();
    let mut pair = world.pair(later(1));
    let mut flight = Vec::new();
    for _ in 0..50 {
        flight.extend(pair.client.write_early(&[b'x'; 100]));
    }
    let misuse = |result: Result<usize, Error>| match result {
        Err(Error::Misuse(misuse)) => misuse,
        other => panic!("{other:?}"),
    };
    let connection = &mut pair.client.connection;
    let result = connection.send_replayable(&[b"x"], &mut [0; 100]);
    assert_eq!(misuse(result), Misuse::TooMuchEarlyData { left: 0 });
    let result = connection.send(&[b"x"], &mut [0; 100]);
    assert_eq!(misuse(result), Misuse::NotConnected);
    deliver(&mut pair, &flight, Delivery::Chunks(1));
    pair.connect(Delivery::Chunks(1));
    assert_eq!(pair.server.early, [b'x'; 5000]);
    let connection = &mut pair.client.connection;
    let result = connection.send_replayable(&[b"x"], &mut [0; 100]);
    assert_eq!(misuse(result), Misuse::NoEarlyData);
    assert_eq!(connection.early_data_left(), None);
    pair.exchange(b"a line of text");
}

/// The world is changed between both connections; then early data is refused for this reason,
/// nothing of it arrives, and all else works.
fn refused(reason: EarlyDataReason, client_knows: EarlyDataReason, change: Change) {
    refused_at(later(1), reason, client_knows, change);
}

fn refused_at(now: Now, reason: EarlyDataReason, client_knows: EarlyDataReason, change: Change) {
    for delivery in [Delivery::Whole, Delivery::Chunks(3)] {
        let mut world = World::new();
        world.visit();
        change(&mut world);
        let pair = world.come_back(now, delivery);
        assert_eq!(pair.server.early, b"", "{reason:?}");
        assert_eq!(pair.server.data, b"a line of text", "{reason:?}");
        let wanted = (
            EarlyData::Rejected(client_knows),
            EarlyData::Rejected(reason),
        );
        assert_eq!(told(&pair), wanted);
        assert!(!pair.server.events.contains(&Event::MaySend));
    }
}

#[test]
fn early_data_is_refused_where_anything_has_changed_and_the_handshake_goes_on() {
    use EarlyDataReason::{
        AlpnChanged, Disabled, PeerDeclined, Retry, SessionNotResumed, StrikeFailed, SuiteChanged,
    };
    refused(Disabled, PeerDeclined, |world| {
        world.server.max_early_data = 0;
    });
    refused(StrikeFailed, PeerDeclined, |world| {
        world.strikes.set_down(true);
    });
    refused(AlpnChanged, PeerDeclined, |world| {
        world.client.common.alpn = vec![b"h2".to_vec()];
        world.server.common.alpn = vec![b"h2".to_vec()];
    });
    refused(SuiteChanged, PeerDeclined, |world| {
        // The same hash, so that the session itself goes on.
        world.server.common.suites = vec![CipherSuite::TLS_CHACHA20_POLY1305_SHA256];
    });
    refused(Retry, Retry, |world| {
        world.server.common.groups = vec![NamedGroup::SECP384R1];
    });
    refused(SessionNotResumed, SessionNotResumed, |world| {
        world.server.ticket_keys = Some(keys());
    });
}

/// Both ends' limits in a row: what a ticket allowed was sent before anybody could know better.
#[test]
fn early_data_that_a_ticket_allowed_is_skipped_where_less_is_allowed_by_now() {
    for (by_now, reason) in [
        (0, EarlyDataReason::Disabled),
        (39_999, EarlyDataReason::SessionUnfit),
    ] {
        let mut world = World::new();
        world.server.max_early_data = 60_000;
        world.visit();
        world.server.max_early_data = by_now;
        let mut pair = world.pair(later(1));
        let early = pair.client.write_early(&[7; 40_000]);
        pair.server.deliver(&early, pair.now);
        pair.connect(Delivery::Whole);
        assert_eq!(pair.server.early, b"");
        assert_eq!(told(&pair).1, EarlyData::Rejected(reason));
        pair.exchange(b"a line of text");
        // The ticket that this connection gave says what holds by now.
        let most = world.store.take("localhost").unwrap().max_early_data();
        assert_eq!(most, by_now);
    }
}

/// Only content counts, as where it is taken: records may be small.
#[test]
fn early_data_in_small_records_is_skipped() {
    for size in [1, 10, 100] {
        let mut world = World::new();
        world.server.max_early_data = 20_000;
        world.visit();
        world.strikes.set_down(true);
        let mut pair = world.pair(later(1));
        for _ in 0..20_000 / size {
            let early = pair.client.write_early(&vec![7; size]);
            pair.server.deliver(&early, pair.now);
        }
        pair.connect(Delivery::Whole);
        let reason = EarlyDataReason::StrikeFailed;
        assert_eq!(told(&pair).1, EarlyData::Rejected(reason));
        pair.exchange(b"a line of text");
    }
}

/// RFC 8446 s8.3: both ends must agree on how long ago the ticket was given, within ten seconds.
#[test]
fn a_first_flight_of_the_wrong_age_is_refused() {
    use EarlyDataReason::{AgeWrong, PeerDeclined};
    let shifted = |by_ms: i64| {
        let now = later(60);
        Now {
            unix_ms: now.unix_ms.saturating_add_signed(by_ms),
            ..now
        }
    };
    for (by_ms, wanted) in [
        (0, true),
        (10_000, true),
        (-10_000, true),
        (10_001, false),
        (-10_001, false),
        (3_600_000, false),
    ] {
        let world = World::new();
        world.visit();
        let client = world.client.clone().check().unwrap();
        let server = world.server.clone().check().unwrap();
        let mut pair = Pair::at(&client, &server, shifted(0));
        let early = pair.client.write_early(EARLY);
        // The server's clock is another one.
        pair.now = shifted(by_ms);
        pair.server.connection = server.accept(pair.now).unwrap();
        pair.server.deliver(&early, pair.now);
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line of text");
        let (client, server) = match wanted {
            true => (EarlyData::Accepted, EarlyData::Accepted),
            false => (
                EarlyData::Rejected(PeerDeclined),
                EarlyData::Rejected(AgeWrong),
            ),
        };
        assert_eq!(told(&pair), (client, server), "{by_ms}");
        assert_eq!(pair.server.early, if wanted { EARLY } else { b"" });
        // A flight that is refused for its age leaves no mark.
        assert_eq!(world.strikes.len(), usize::from(wanted));
    }
}

#[test]
fn the_same_first_flight_is_taken_once() {
    for by_name in [false, true] {
        let mut world = World::new();
        if by_name {
            world.server.ticket_keys = None;
            world.server.session_cache = Some(Arc::new(SessionCache::default()));
        }
        world.visit();
        let mut pair = world.pair(later(1));
        let flight = pair.client.write_early(EARLY);
        let server = world.server.clone().check().unwrap();
        let mut taken = 0;
        for _ in 0..5 {
            let mut replay = Pair::at(&world.client.clone().check().unwrap(), &server, later(1));
            replay.server.deliver(&flight, later(1));
            assert_eq!(replay.server.error, None);
            taken += usize::from(replay.server.early == EARLY);
            assert!(replay.server.early == EARLY || replay.server.early.is_empty());
        }
        assert_eq!(taken, 1);
        // A session behind a name is gone once it was used: only one came as far as its strike.
        assert_eq!(world.strikes.len(), 1);
    }
}

#[test]
fn the_caller_is_asked_for_the_strike_while_early_data_waits() {
    use EarlyDataReason::{Replayed, StrikeFailed};
    for (answer, wanted) in [
        (Some(true), EarlyData::Accepted),
        (Some(false), EarlyData::Rejected(Replayed)),
        (None, EarlyData::Rejected(StrikeFailed)),
    ] {
        let mut world = World::new();
        world.server.strikes = None;
        world.server.ask_for_strikes = true;
        world.visit();
        let mut pair = world.pair(later(1));
        let flight = pair.client.write_early(EARLY);
        pair.server.deliver(&flight, pair.now);
        assert_eq!(pair.server.early, b"");
        let Some(Event::Ask(ask)) = pair.server.events.pop() else {
            panic!("{:?}", pair.server.events);
        };
        let connection = &mut pair.server.connection;
        let Some(Question::StrikeInsert { strike }) = connection.question() else {
            panic!("another question");
        };
        // It matters until the flight is too old: it was said just now.
        assert_eq!(strike.until_unix_ms(), later(11).unix_ms);
        let answer = answer.map_or(Answer::Failed, Answer::Strike);
        let unfit = connection.answer(ask.id(), Answer::Sessions(vec![]), pair.now);
        assert_eq!(unfit, Err(Error::Misuse(Misuse::AnswerUnfit)));
        connection.answer(ask.id(), answer, pair.now).unwrap();
        pair.server.deliver(&[], pair.now);
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line of text");
        assert_eq!(told(&pair).1, wanted);
        assert_eq!(
            pair.server.early == EARLY,
            wanted == EarlyData::Accepted,
            "{wanted:?}"
        );
    }
}

#[test]
fn a_config_that_takes_early_data_must_tell_replays() {
    let mut server = World::new().server;
    server.ask_for_strikes = true;
    assert_eq!(
        server.clone().check().err(),
        Some(ConfigFault::TwoSources("strikes"))
    );
    server.strikes = None;
    assert!(server.clone().check().is_ok());
    server.ask_for_strikes = false;
    assert_eq!(server.check().err(), Some(ConfigFault::EarlyDataUnmarked));
}

#[test]
fn a_client_says_why_it_offers_no_early_data() {
    use EarlyDataReason::{AlpnChanged, Disabled, JudgedAgain, NoSession, SessionUnfit, Version};
    let told_by = |change: Change, between: Change| {
        let mut world = World::new();
        change(&mut world);
        world.pair(now()).connect(Delivery::Whole);
        between(&mut world);
        let mut pair = world.pair(later(1));
        assert_eq!(pair.client.connection.early_data_left(), None);
        pair.connect(Delivery::Whole);
        told(&pair).0
    };
    let cases: [(EarlyDataReason, Change, Change); 6] = [
        (Disabled, |_| {}, |world| world.client.early_data = false),
        (
            SessionUnfit,
            |world| world.server.max_early_data = 0,
            |_| {},
        ),
        (
            AlpnChanged,
            |world| {
                world.client.common.alpn = vec![b"h2".to_vec()];
                world.server.common.alpn = vec![b"h2".to_vec(), b"h3".to_vec()];
            },
            |world| world.client.common.alpn = vec![b"h3".to_vec()],
        ),
        (
            NoSession,
            |_| {},
            |world| while world.store.take("localhost").is_some() {},
        ),
        (
            Version,
            |_| {},
            |world| world.client.common.versions = vec![ProtocolVersion::TLS_1_2],
        ),
        (
            JudgedAgain,
            |_| {},
            |world| world.client.reverify_on_resume = true,
        ),
    ];
    for (reason, change, between) in cases {
        let told = told_by(change, between);
        assert_eq!(told, EarlyData::NotOffered(reason));
    }
}

/// Whoever has a ticket's key can read early data, also a server that is to be refused by now.
#[test]
fn no_early_data_goes_to_a_server_whose_authority_is_trusted_no_longer() {
    let Trust::Roots(roots) = config::trust() else {
        panic!("roots are what the test trusts");
    };
    for judges_again in [false, true] {
        let mut world = World::new();
        world.client.verification = Verification::chain(Trust::System);
        world.client.reverify_on_resume = judges_again;
        let server = world.server.clone().check().unwrap();
        let trusting = |roots: &Roots| {
            let client = world.client.clone().check().unwrap();
            client.set_system_roots(roots.clone());
            client
        };
        Pair::new(&trusting(&roots), &server).connect(Delivery::Whole);
        let mut pair = Pair::at(&trusting(&Roots::new()), &server, later(1));
        if pair.client.connection.early_data_left().is_some() {
            let early = pair.client.write_early(EARLY);
            pair.server.deliver(&early, pair.now);
        }
        pair.run(Delivery::Whole);
        let wanted = if judges_again { b"" } else { EARLY };
        assert_eq!(pair.server.early, wanted);
        assert_eq!(pair.client.error.is_some(), judges_again);
    }
}

/// The same where the caller judges: nothing is sent before it was asked.
#[test]
fn no_early_data_goes_to_a_server_that_the_caller_is_to_judge_again() {
    let mut world = World::new();
    world.client.verification = Verification::ask();
    world.client.common.session_scope = Some(b"the rules of today".to_vec());
    world.client.reverify_on_resume = true;
    let meet = |at: Now| {
        let mut pair = world.pair(at);
        pair.client.answerer = Some(Box::new(|_| Answer::PeerAccepted));
        assert_eq!(pair.client.connection.early_data_left(), None);
        pair.connect(Delivery::Whole);
        pair
    };
    meet(now());
    let pair = meet(later(1));
    assert!(pair.client.connection.negotiated().unwrap().is_resumed());
    let why = EarlyDataReason::JudgedAgain;
    assert_eq!(told(&pair).0, EarlyData::NotOffered(why));
}

/// How a client of `world` comes back whose caller answers so, time after time; how often it was asked.
fn judged_before(world: &World, answers: Vec<Answer>) -> (Pair, usize) {
    let asked = Arc::new(Mutex::new(answers.into_iter().rev().collect::<Vec<_>>()));
    let mut pair = world.pair(later(1));
    let left = Arc::clone(&asked);
    let first = left.lock().unwrap().len();
    pair.client.answerer = Some(Box::new(move |question| {
        assert!(
            matches!(question, Question::VerifyPeer { chain, name: Some(_), .. }
            if !chain.is_empty())
        );
        left.lock().unwrap().pop().unwrap()
    }));
    assert_eq!(pair.client.take_output(), b"", "nothing before the verdict");
    pair.client.deliver(b"", pair.now);
    if pair.client.connection.early_data_left().is_some() {
        let early = pair.client.write_early(EARLY);
        pair.server.deliver(&early, pair.now);
    }
    pair.run(Delivery::Whole);
    let times = first - asked.lock().unwrap().len();
    (pair, times)
}

#[test]
fn early_data_goes_to_a_server_that_the_caller_has_judged_before_and_once_is_enough() {
    use Answer::{DangerPeerUnverified, PeerAccepted, Refused};
    let new = || {
        let mut world = World::new();
        world.client.verification = Verification::ask();
        world.client.common.session_scope = Some(b"the rules of today".to_vec());
        world.client.reverify_on_resume = true;
        world.client.judge_before_early_data = true;
        let mut pair = world.pair(now());
        pair.client.answerer = Some(Box::new(|_| PeerAccepted));
        pair.connect(Delivery::Whole);
        world
    };
    let (pair, times) = judged_before(&new(), vec![PeerAccepted]);
    assert_eq!((times, &pair.server.early[..]), (1, EARLY));
    assert_eq!(told(&pair).0, EarlyData::Accepted);
    // Not taken: the server may be another one by now, so it is judged as ever.
    let declining = || {
        let mut world = new();
        world.server.max_early_data = 0;
        world.server.strikes = None;
        world
    };
    let (pair, times) = judged_before(&declining(), vec![PeerAccepted, PeerAccepted]);
    assert_eq!((times, &pair.server.early[..]), (2, &b""[..]));
    assert!(pair.client.connection.negotiated().unwrap().is_resumed());
    let refused = Fault::PeerRefused;
    let (pair, times) = judged_before(&declining(), vec![PeerAccepted, Refused(refused)]);
    assert_eq!((times, pair.client.error), (2, Some(refused.into())));
    // Refused, or let in without proof.
    let (pair, times) = judged_before(&new(), vec![Refused(Fault::PeerRefused), PeerAccepted]);
    assert_eq!((times, &pair.server.early[..]), (2, &b""[..]));
    assert!(!pair.client.connection.negotiated().unwrap().is_resumed());
    let (pair, times) = judged_before(&new(), vec![DangerPeerUnverified, PeerAccepted]);
    assert_eq!((times, &pair.server.early[..]), (2, &b""[..]));
    let (pair, _) = judged_before(&new(), vec![Answer::Failed]);
    assert_ne!(pair.client.sent.first(), Some(&22), "an alert at most");
    assert!(matches!(pair.client.error, Some(Error::Own(_))));
}

#[test]
fn a_config_judges_before_early_data_by_the_roots_of_now() {
    let Trust::Roots(roots) = config::trust() else {
        panic!("roots are what the test trusts");
    };
    for (of_now, goes) in [(roots.clone(), true), (Roots::new(), false)] {
        let mut world = World::new();
        world.client.verification = Verification::chain(Trust::System);
        world.client.reverify_on_resume = true;
        world.client.judge_before_early_data = true;
        let server = world.server.clone().check().unwrap();
        let trusting = |roots: &Roots| {
            let client = world.client.clone().check().unwrap();
            client.set_system_roots(roots.clone());
            client
        };
        Pair::new(&trusting(&roots), &server).connect(Delivery::Whole);
        let mut pair = Pair::at(&trusting(&of_now), &server, later(1));
        assert_eq!(pair.client.connection.early_data_left().is_some(), goes);
        if goes {
            let early = pair.client.write_early(EARLY);
            pair.server.deliver(&early, pair.now);
        }
        pair.run(Delivery::Whole);
        assert_eq!(pair.server.early == EARLY, goes);
        assert_eq!(pair.client.error.is_none(), goes);
    }
}

/// What a client takes along into another process brings early data too, and what an older form
/// says brings none.
#[test]
fn a_stored_session_keeps_how_much_early_data_it_brings() {
    let world = World::new();
    world.visit();
    let session = world.store.take("localhost").unwrap();
    assert_eq!(session.max_early_data(), MOST);
    let bytes = session.to_bytes().unwrap();
    let loaded = handfast::session::Session::from_bytes(&bytes).unwrap();
    assert_eq!(loaded.max_early_data(), MOST);
    world.store.put("localhost", loaded);
    let pair = world.come_back(later(1), Delivery::Whole);
    assert_eq!(told(&pair).0, EarlyData::Accepted);
}

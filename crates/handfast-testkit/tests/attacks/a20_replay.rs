//! A20, replay of early data (RFC 8446 section 8): a first flight that anybody records and sends to
//! two nodes which share keys and strikes is taken once at the most, at the same moment as later, and
//! whatever their clocks say; where nobody can tell, it is not taken, and the handshake goes on.

use crate::attack::{Attack, Control, Found};
use handfast::config::SystemEntropy;
use handfast::session::{
    MemoryStore, SessionStore, Strike, StrikeFailed, StrikeRegister, StrikeStore, TicketKeys,
};
use handfast::{Client, Event, Now, Server, ServerConfig, ServerName};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::strikes::Strikes;
use std::collections::HashMap;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A20",
        name: "one_first_flight_to_two_nodes",
        ours: || {
            let shared = races(&two(&(Arc::new(Strikes::default()) as _)));
            let register = Arc::new(StrikeRegister::with_fresh_keys(10_000));
            shared.and(races(&two(&(register as _))))
        },
        controls: &[
            Control {
                broken: "nodes_that_remember_each_for_itself",
                run: || races(&[Arc::new(Strikes::default()), Arc::new(Strikes::default())]),
            },
            Control {
                broken: "a_store_that_looks_and_then_writes",
                run: || races(&two(&(Arc::new(TwoSteps::default()) as _))),
            },
        ],
    },
    Attack {
        id: "A20",
        name: "replays_later_and_by_other_clocks",
        ours: || clocks(3600 * 1000),
        controls: &[
            Control {
                broken: "a_store_that_goes_by_one_clock_alone",
                run: || clocks(0),
            },
            Control {
                broken: "a_server_that_goes_by_ages_alone",
                run: || clocks_with(|_| Arc::new(Anything)),
            },
        ],
    },
    Attack {
        id: "A20",
        name: "a_store_that_fails",
        ours: || failing(|strikes| strikes),
        controls: &[Control {
            broken: "a_server_that_takes_what_nobody_knows",
            run: || failing(|strikes| Arc::new(Trusting(strikes))),
        }],
    },
];

const RACES: usize = 1000;
const EARLY: &[u8] = b"POST /pay HTTP/1.1\r\n\r\n";

type Store = Arc<dyn StrikeStore>;

fn two(store: &Store) -> [Store; 2] {
    [Arc::clone(store), Arc::clone(store)]
}

/// Nodes that share keys, and a client that was there.
struct World {
    client: Client,
    sessions: Arc<MemoryStore>,
    nodes: Vec<Server>,
}

impl World {
    fn new(stores: &[Store]) -> Self {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
        let keys = Arc::new(keys);
        let node = |store: &Store| {
            let server = ServerConfig {
                ticket_keys: Some(Arc::clone(&keys)),
                max_early_data: 1000,
                strikes: Some(Arc::clone(store)),
                ..config::server(KeyKind::EcP256)
            };
            server.check().unwrap()
        };
        let nodes: Vec<_> = stores.iter().map(node).collect();
        let sessions = Arc::new(MemoryStore::default());
        let mut client = config::client();
        client.sessions = Some(Arc::clone(&sessions) as _);
        client.early_data = true;
        let client = client.check().unwrap();
        Pair::new(&client, &nodes[0]).connect(Delivery::Whole);
        Self {
            client,
            sessions,
            nodes,
        }
    }

    /// What an attacker on the way records: a ClientHello and early data. Each time another one.
    fn flight(&self) -> Vec<u8> {
        let session = self.sessions.take("localhost").unwrap();
        self.sessions.put("localhost", session.clone());
        let name = ServerName::parse("localhost").unwrap();
        let mut client = End::new(self.client.connect(name, now()).unwrap());
        let flight = client.write_early(EARLY);
        self.sessions.put("localhost", session);
        flight
    }
}

/// Whether a node hands out the early data of a flight. In any case the handshake goes on.
fn takes(node: &Server, flight: &[u8], now: Now) -> bool {
    let mut server = End::new(node.accept(now).unwrap());
    server.deliver(flight, now);
    assert_eq!(server.error, None, "the handshake goes on");
    assert!(!server.take_output().is_empty());
    assert!(server.early.is_empty() || server.early == EARLY);
    let taken = !server.early.is_empty();
    assert_eq!(taken, server.events.contains(&Event::MaySend));
    taken
}

/// Each flight comes to both nodes at the same moment; the honest one is the first of them.
fn races(stores: &[Store; 2]) -> Found {
    let world = World::new(stores);
    let flights: Vec<_> = (0..RACES).map(|_| world.flight()).collect();
    let start = Barrier::new(2);
    let run = |node: &Server| {
        let taken = flights.iter().map(|flight| {
            start.wait();
            takes(node, flight, now())
        });
        taken.collect::<Vec<_>>()
    };
    let taken = thread::scope(|scope| {
        let nodes = world.nodes.iter();
        let running: Vec<_> = nodes.map(|node| scope.spawn(|| run(node))).collect();
        let done = running.into_iter().map(|one| one.join().unwrap());
        done.collect::<Vec<_>>()
    });
    let mut found = Found::default();
    for race in 0..RACES {
        let times = taken.iter().filter(|node| node[race]).count();
        // One of them takes it, or the probe probes nothing.
        found.tried(match times {
            1 => Ok(()),
            times => Err(format!("race {race}: taken {times} times")),
        });
    }
    found
}

/// A shared store that remembers strikes for so much longer than the first node says.
fn clocks(longer_ms: u64) -> Found {
    clocks_with(|real| {
        Arc::new(Expiring {
            real,
            longer_ms,
            seen: Mutex::default(),
        })
    })
}

/// The clock on the wall, which no node has.
type Real = Arc<Mutex<u64>>;

/// A flight comes to a node whose clock is wrong by so much, and later to another one.
fn clocks_with(store: impl Fn(Real) -> Store) -> Found {
    let real: Real = Arc::new(Mutex::new(now().unix_ms));
    let store = store(Arc::clone(&real));
    let world = World::new(&two(&store));
    let mut found = Found::default();
    let mut once = 0;
    const OFF_MS: [i64; 7] = [0, 9_000, -9_000, 10_000, -10_000, 3_600_000, -3_600_000];
    for first_ms in OFF_MS {
        for second_ms in OFF_MS {
            for later_ms in [0, 5_000, 30_000, 3_600_000] {
                let flight = world.flight();
                let at = |node: &Server, real_ms: u64, off_ms: i64| {
                    *real.lock().unwrap() = real_ms;
                    let unix_ms = real_ms.saturating_add_signed(off_ms);
                    takes(node, &flight, Now { unix_ms, ..now() })
                };
                let start_ms = now().unix_ms;
                let first = at(&world.nodes[0], start_ms, first_ms);
                let second = at(&world.nodes[1], start_ms + later_ms, second_ms);
                once += usize::from(first != second);
                found.tried(if first && second {
                    Err(format!("{first_ms} {second_ms} {later_ms}: taken twice"))
                } else {
                    Ok(())
                });
            }
        }
    }
    assert!(once > 100, "clocks that agree take it: {once}");
    found
}

/// Where the store cannot say, nothing is taken.
fn failing(broken: impl Fn(Store) -> Store) -> Found {
    let strikes = Arc::new(Strikes::default());
    strikes.set_down(true);
    let store = broken(Arc::clone(&strikes) as _);
    let world = World::new(&two(&store));
    let mut found = Found::default();
    for _ in 0..100 {
        let taken = takes(&world.nodes[0], &world.flight(), now());
        found.tried(if taken {
            Err("taken unmarked".to_owned())
        } else {
            Ok(())
        });
    }
    strikes.set_down(false);
    assert!(takes(&world.nodes[0], &world.flight(), now()));
    found
}

/// Forgets by the clock on the wall.
#[derive(Debug)]
struct Expiring {
    real: Real,
    longer_ms: u64,
    seen: Mutex<HashMap<[u8; 32], u64>>,
}

impl StrikeStore for Expiring {
    fn insert(&self, strike: &Strike, now: Now) -> Result<bool, StrikeFailed> {
        let real_ms = *self.real.lock().unwrap();
        let left_ms = strike.until_unix_ms().saturating_sub(now.unix_ms);
        let mut seen = self.seen.lock().unwrap();
        seen.retain(|_, until_ms| *until_ms >= real_ms);
        let until_ms = real_ms + left_ms + self.longer_ms;
        Ok(seen.insert(*strike.key(), until_ms).is_none())
    }
}

/// Remembers nothing.
#[derive(Debug)]
struct Anything;

impl StrikeStore for Anything {
    fn insert(&self, _: &Strike, _: Now) -> Result<bool, StrikeFailed> {
        Ok(true)
    }
}

/// Takes what its store knows nothing of.
#[derive(Debug)]
struct Trusting(Store);

impl StrikeStore for Trusting {
    fn insert(&self, strike: &Strike, now: Now) -> Result<bool, StrikeFailed> {
        Ok(self.0.insert(strike, now).unwrap_or(true))
    }
}

/// Between looking and writing somebody else may look.
#[derive(Debug, Default)]
struct TwoSteps(Mutex<HashMap<[u8; 32], u64>>);

impl StrikeStore for TwoSteps {
    fn insert(&self, strike: &Strike, now: Now) -> Result<bool, StrikeFailed> {
        let known = self.0.lock().unwrap().contains_key(strike.key());
        thread::yield_now();
        self.0.lock().unwrap().insert(*strike.key(), now.unix_ms);
        Ok(!known)
    }
}

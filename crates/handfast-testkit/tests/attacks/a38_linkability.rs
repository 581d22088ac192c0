//! A38: who comes back is not known again by whoever watches.

use crate::attack::{Attack, Control, Found};
use crate::tickets::{Greedy, Keep, Kind, Stuck, Ticket, client, collect, ours};
use handfast::config::Entropy;
use handfast::observe::{Direction, Observer, Passed};
use handfast::session::{MemoryStore, SessionStore};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A38",
        name: "age_add",
        ours: || age_add(ours()),
        controls: &[
            Control {
                broken: "a_server_whose_randomness_is_stuck",
                run: || age_add(&collect(20, &stuck())),
            },
            Control {
                broken: "a_server_that_counts",
                run: || age_add(&counting()),
            },
        ],
    },
    Attack {
        id: "A38",
        name: "tickets_repeated",
        ours: || repeated(ours()),
        controls: &[Control {
            broken: "a_server_that_gives_one_ticket_twice",
            run: || repeated(&vec![ours()[0].clone(); 2]),
        }],
    },
    Attack {
        id: "A38",
        name: "tickets_used_twice",
        ours: || used(|| Arc::new(MemoryStore::default())),
        controls: &[Control {
            broken: "a_client_that_keeps_its_tickets",
            run: || used(|| Arc::new(Greedy::default())),
        }],
    },
    Attack {
        id: "A38",
        name: "tickets_in_the_clear",
        ours: || in_the_clear(Kind::Sealed).and(in_the_clear(Kind::Kept)),
        controls: &[Control {
            broken: "a_server_of_tls_1_2",
            run: || in_the_clear(Kind::OldTicket),
        }],
    },
];

fn stuck() -> Arc<dyn Entropy> {
    Arc::new(Stuck::default())
}

/// Ours, with age_add counted up.
fn counting() -> Vec<Ticket> {
    let count = |(at, one): (usize, &Ticket)| Ticket {
        age_add: u32::try_from(at).unwrap(),
        ..one.clone()
    };
    ours().iter().enumerate().map(count).collect()
}

/// Each byte of age_add is as frequent as any other (chi-square with 255 degrees of freedom: 410
/// is seven standard deviations above the mean), and hardly any value comes twice.
fn age_add(tickets: &[Ticket]) -> Found {
    let mut found = Found::default();
    for place in 0..4 {
        let mut counts = [0_u32; 256];
        for ticket in tickets {
            counts[usize::from(ticket.age_add.to_be_bytes()[place])] += 1;
        }
        let mean = tickets.len() as f64 / 256.0;
        let chi: f64 = counts
            .iter()
            .map(|count| (f64::from(*count) - mean).powi(2) / mean)
            .sum();
        found.tried(if chi < 410.0 {
            Ok(())
        } else {
            Err(format!("byte {place}: chi-square {chi:.0}"))
        });
    }
    let distinct: HashSet<u32> = tickets.iter().map(|one| one.age_add).collect();
    // Of 10,000 draws from 2^32 two are alike once in 86 runs.
    found.tried(if distinct.len() + 2 >= tickets.len() {
        Ok(())
    } else {
        Err(format!(
            "{} values in {} tickets",
            distinct.len(),
            tickets.len()
        ))
    });
    found
}

/// No ticket comes twice; of one connection no two have one nonce (RFC 8446 section 4.6.1).
fn repeated(tickets: &[Ticket]) -> Found {
    let mut found = Found::default();
    let (mut seen, mut nonces) = (HashSet::new(), HashSet::new());
    for one in tickets {
        let is_new = seen.insert(&one.ticket) && nonces.insert((one.connection, &one.nonce));
        found.tried(if is_new {
            Ok(())
        } else {
            Err(format!("of connection {} a second time", one.connection))
        });
    }
    found
}

/// Keeps the identities that clients offer.
#[derive(Debug, Default)]
struct Offered(Mutex<Vec<Vec<u8>>>);

impl Observer for Offered {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Direction::Received, Passed::Handshake { msg_type, bytes }) = (direction, what)
            && msg_type == HandshakeType::CLIENT_HELLO
        {
            let _ = client_hello(bytes, |hello| {
                let psk = ExtensionType::PRE_SHARED_KEY;
                if hello.extensions.0.iter().any(|(one, _)| *one == psk) {
                    // Two lengths, then the first identity.
                    let content = hello.extensions.content(psk);
                    let length = usize::from(u16::from_be_bytes([content[2], content[3]]));
                    self.0.lock().unwrap().push(content[4..4 + length].to_vec());
                }
            });
        }
    }
}

/// A client comes back fifty times by TLS 1.3: no identity is seen twice.
fn used(store: fn() -> Arc<dyn SessionStore>) -> Found {
    let mut found = Found::default();
    for kind in [Kind::Sealed, Kind::Kept] {
        let offered = Arc::new(Offered::default());
        let client = client(kind, store()).check().unwrap();
        let mut server = Keep::system(kind).give(kind, config::server(KeyKind::EcP256));
        server.common.observer = Some(Arc::clone(&offered) as _);
        let server = server.check().unwrap();
        for _ in 0..50 {
            // Tickets of the handshake that are not heard are not there to be used.
            let mut pair = Pair::new(&client, &server);
            pair.connect(Delivery::Whole);
        }
        let offered = offered.0.lock().unwrap();
        assert!(offered.len() >= 49, "{kind:?}: {}", offered.len());
        let mut seen = HashSet::new();
        for identity in offered.iter() {
            found.tried(if seen.insert(identity) {
                Ok(())
            } else {
                Err(format!("{kind:?}: one identity twice"))
            });
        }
    }
    found
}

/// What a client comes back by was not to be seen on the wire when it was given.
fn in_the_clear(kind: Kind) -> Found {
    let mut found = Found::default();
    let store = Arc::new(MemoryStore::default());
    let client = client(kind, Arc::clone(&store) as _).check().unwrap();
    let server = Keep::system(kind).give(kind, config::server(KeyKind::EcP256));
    let mut pair = Pair::new(&client, &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let session = store.take("localhost").unwrap().to_bytes().unwrap();
    // Received (8), kind (1), length (2), identity.
    let length = usize::from(u16::from_be_bytes([session[9], session[10]]));
    let identity = &session[11..11 + length];
    let mut seen = pair.server.sent.windows(length);
    found.tried(if seen.any(|bytes| bytes == identity) {
        Err(format!("{kind:?}: the identity was sent in the clear"))
    } else {
        Ok(())
    });
    found
}

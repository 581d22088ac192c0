//! A16, ticket keys that are zero, constant, reused or stale (CVE-2020-13777): nobody who lacks
//! the key opens a ticket, no nonce comes twice, and a restart resumes nothing.

use crate::attack::{Attack, Control, Found};
use crate::tickets::{Counted, Keep, Kind, Stuck, client, collect, ours};
use handfast::config::{Entropy, SystemEntropy};
use handfast::session::{MemoryStore, TicketKeys};
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Pair, now};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A16",
        name: "resumed_after_a_restart",
        ours: || restart(Keep::system),
        controls: &[Control {
            broken: "a_server_that_starts_with_the_same_keys",
            run: || restart(|kind| Keep::new(kind, Arc::new(Counted::default()))),
        }],
    },
    Attack {
        id: "A16",
        name: "foreign_roots",
        ours: || roots(&[&[1, 2, 3], &[1, 2, 4]]),
        controls: &[Control {
            broken: "machines_that_share_a_root",
            run: || roots(&[&[1, 2, 3], &[1, 2, 3]]),
        }],
    },
    Attack {
        id: "A16",
        name: "guessed_keys",
        ours: || guess(&sealed(ours())),
        controls: &[Control {
            broken: "a_server_whose_key_is_zero",
            run: || guess(&sealed_with_zero()),
        }],
    },
    Attack {
        id: "A16",
        name: "nonces_used_twice",
        ours: || nonces(&sealed(ours())).and(nonces(&of_a_stuck_source())),
        controls: &[
            Control {
                broken: "a_server_that_gives_a_ticket_twice",
                run: || nonces(&sealed(&[&ours()[..4], &ours()[..4]].concat())),
            },
            Control {
                broken: "a_server_that_does_not_count",
                run: || nonces(&uncounted(of_a_stuck_source())),
            },
        ],
    },
];

/// A server is started anew, with nothing but what `start` gives it; a client comes back.
fn restart(start: fn(Kind) -> Keep) -> Found {
    let mut found = Found::default();
    for kind in Kind::ALL {
        let client = client(kind, Arc::new(MemoryStore::default()))
            .check()
            .unwrap();
        let connect = |keep: &Keep| {
            let server = keep.give(kind, config::server(KeyKind::EcP256));
            let mut pair = Pair::new(&client, &server.check().unwrap());
            keep.run(&mut pair)
        };
        let before = start(kind);
        assert!(!connect(&before));
        assert!(
            connect(&before),
            "{kind:?}: without a restart a session goes on"
        );
        found.tried(if connect(&start(kind)) {
            Err(format!("{kind:?} was resumed after a restart"))
        } else {
            Ok(())
        });
    }
    found
}

/// Machines whose keys come from roots: a client of the first comes to the second.
fn roots(roots: &[&[u8]; 2]) -> Found {
    let mut found = Found::default();
    for kind in [Kind::OldTicket, Kind::Sealed] {
        let client = client(kind, Arc::new(MemoryStore::default()))
            .check()
            .unwrap();
        let resumed = roots.map(|root| {
            let mut whole = [0; 32];
            whole[..root.len()].copy_from_slice(root);
            let keys = TicketKeys::from_root(&whole, Arc::new(SystemEntropy), now()).unwrap();
            let keep = Keep::Keys(Arc::new(keys));
            let server = keep.give(kind, config::server(KeyKind::EcP256));
            let mut pair = Pair::new(&client, &server.check().unwrap());
            keep.run(&mut pair)
        });
        assert!(!resumed[0]);
        found.tried(if resumed[1] {
            Err(format!("{kind:?} was resumed under another root"))
        } else {
            Ok(())
        });
    }
    found
}

/// Key name, nonce, and what is sealed.
struct Sealed {
    name: Vec<u8>,
    nonce: [u8; 12],
    sealed: Vec<u8>,
}

fn sealed(tickets: &[crate::tickets::Ticket]) -> Vec<Sealed> {
    let cut = |one: &crate::tickets::Ticket| Sealed {
        name: one.ticket[..16].to_vec(),
        nonce: one.ticket[16..28].try_into().unwrap(),
        sealed: one.ticket[28..].to_vec(),
    };
    tickets.iter().map(cut).collect()
}

fn sealed_with_zero() -> Vec<Sealed> {
    let key = AeadKey::new(AeadAlgorithm::Aes256Gcm, &[0; 32]).unwrap();
    let seal = |one: &Sealed| {
        let mut sealed = vec![7; one.sealed.len() - 16];
        let mut tag = [0; 16];
        key.seal_in_place(&one.nonce, &one.name, &mut sealed, &mut tag)
            .unwrap();
        Sealed {
            name: one.name.clone(),
            nonce: one.nonce,
            sealed: [&sealed[..], &tag].concat(),
        }
    };
    let tickets = collect(2, &(Arc::new(SystemEntropy) as Arc<dyn Entropy>));
    sealed(&tickets).iter().map(seal).collect()
}

/// Each ticket with the keys that broken servers had; every tenth with every repeated byte.
fn guess(tickets: &[Sealed]) -> Found {
    let key = |bytes: &[u8; 32]| {
        [AeadAlgorithm::Aes256Gcm, AeadAlgorithm::Aes128Gcm]
            .map(|aead| AeadKey::new(aead, &bytes[..aead.key_len()]).unwrap())
    };
    let counting: [u8; 32] = core::array::from_fn(|at| at.to_le_bytes()[0]);
    let mut last = [0; 32];
    last[31] = 1;
    let likely = [[0; 32], [1; 32], [0xff; 32], counting, last]
        .each_ref()
        .map(key);
    let repeated: Vec<_> = (0..=255_u8).map(|byte| key(&[byte; 32])).collect();
    let mut found = Found::default();
    for (at, ticket) in tickets.iter().enumerate() {
        let more = if at % 10 == 0 { &repeated[..] } else { &[] };
        let mut keys = likely.iter().chain(more).flatten();
        let opened = keys.any(|key| {
            let mut content = ticket.sealed.clone();
            key.open_in_place(&ticket.nonce, &ticket.name, &mut content)
                .is_ok()
        });
        found.tried(if opened {
            Err(format!("ticket {at} opens with a key that anyone has"))
        } else {
            Ok(())
        });
    }
    found
}

/// Tickets of a server whose randomness is stuck once its keys are drawn.
fn of_a_stuck_source() -> Vec<Sealed> {
    sealed(&collect(
        4,
        &(Arc::new(Stuck::default()) as Arc<dyn Entropy>),
    ))
}

/// The same with what was drawn for their nonces, and nothing counted.
fn uncounted(tickets: Vec<Sealed>) -> Vec<Sealed> {
    let drawn = |one| Sealed {
        nonce: [7; 12],
        ..one
    };
    tickets.into_iter().map(drawn).collect()
}

/// A name and a nonce go together once.
fn nonces(tickets: &[Sealed]) -> Found {
    let mut seen = std::collections::HashSet::new();
    let mut found = Found::default();
    for (at, ticket) in tickets.iter().enumerate() {
        found.tried(if seen.insert((&ticket.name, ticket.nonce)) {
            Ok(())
        } else {
            Err(format!("ticket {at} has the nonce of an earlier one"))
        });
    }
    found
}

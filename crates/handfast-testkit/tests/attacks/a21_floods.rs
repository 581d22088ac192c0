//! A21, floods (CVE-2026-56862) and knots (CVE-2026-32283) of KeyUpdates, empty records,
//! warnings, tickets and ChangeCipherSpecs: each ends the connection within its limit, and what it
//! takes meanwhile does not grow.

use crate::attack::{Attack, Control, Found};
use crate::victim::{Filtered, LINE, Make, SIDES, Victim, meet, ours, pair};
use handfast::{AlertDescription, Error};
use handfast_testkit::forge::plain;
use handfast_testkit::liar::anatomy::{message, new_session_ticket};
use handfast_testkit::liar::{Side, record};
use handfast_testkit::pair::{Delivery, End, Pair};
use handfast_testkit::shape::Shape;
use handfast_wire::registry::{ContentType, HandshakeType};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A21",
        name: "floods_once_connected",
        ours: || probe(ours),
        controls: &[
            Control {
                broken: "a_peer_that_counts_nothing",
                run: || probe(|end| Filtered::boxed_once_connected(end, counts_nothing)),
            },
            Control {
                broken: "a_peer_that_hoards",
                run: || probe(|end| Filtered::boxed_once_connected(end, hoards)),
            },
        ],
    },
    Attack {
        id: "A21",
        name: "floods_in_the_handshake",
        ours: || early(ours),
        controls: &[Control {
            broken: "a_peer_that_counts_nothing_yet",
            run: || early(|end| Filtered::boxed(end, overhears_plain)),
        }],
    },
    Attack {
        id: "A21",
        name: "key_updates_that_cross",
        ours: || crossing(ends_that_answer_once),
        controls: &[Control {
            broken: "ends_that_answer_each_request_by_a_request",
            run: || crossing(|requests| Some(requests).filter(|requests| *requests == 0)),
        }],
    },
];

/// One kind of flood: who may be flooded, and how much is borne at the most.
struct Flood {
    name: &'static str,
    victims: &'static [Side],
    is_old: Option<bool>,
    most: usize,
    unit: fn(&mut End) -> Vec<u8>,
}

const HANDSHAKE: ContentType = ContentType::HANDSHAKE;
const DATA: ContentType = ContentType::APPLICATION_DATA;
const ALERT: ContentType = ContentType::ALERT;
const CCS: [u8; 6] = [20, 3, 3, 0, 1, 1];

const FLOODS: [Flood; 9] = [
    Flood {
        name: "KeyUpdates",
        victims: &SIDES,
        is_old: Some(false),
        most: 32,
        unit: |peer| update(peer, false),
    },
    Flood {
        name: "KeyUpdates that ask for one",
        victims: &SIDES,
        is_old: Some(false),
        most: 32,
        unit: |peer| update(peer, true),
    },
    Flood {
        name: "KeyUpdates with empty data between",
        victims: &SIDES,
        is_old: Some(false),
        most: 32,
        unit: |peer| [update(peer, false), record(peer, DATA, &[])].concat(),
    },
    Flood {
        name: "empty data",
        victims: &SIDES,
        is_old: None,
        most: 32,
        unit: |peer| record(peer, DATA, &[]),
    },
    Flood {
        name: "warnings",
        victims: &SIDES,
        is_old: None,
        most: 4,
        unit: |peer| record(peer, ALERT, &[1, 90]),
    },
    Flood {
        name: "tickets",
        victims: &[Side::Client],
        is_old: Some(false),
        most: 32,
        unit: |peer| record(peer, HANDSHAKE, &new_session_ticket(|_| {})),
    },
    Flood {
        name: "ChangeCipherSpecs",
        victims: &SIDES,
        is_old: None,
        most: 0,
        unit: |_| CCS.to_vec(),
    },
    Flood {
        name: "HelloRequests",
        victims: &[Side::Client],
        is_old: Some(true),
        most: 0,
        unit: |peer| record(peer, HANDSHAKE, &message(HandshakeType::HELLO_REQUEST, &[])),
    },
    Flood {
        name: "empty handshake records",
        victims: &SIDES,
        is_old: None,
        most: 0,
        unit: |peer| record(peer, HANDSHAKE, &[]),
    },
];

fn update(peer: &mut End, both_ways: bool) -> Vec<u8> {
    let mut out = [0; 256];
    let written = peer.connection.key_update(both_ways, &mut out);
    // What a liar cannot send as a KeyUpdate it sends as it is.
    written.map_or_else(|_| CCS.to_vec(), |written| out[..written].to_vec())
}

/// How much a flood may take while it lasts, answers included: a record.
const MEMORY: u64 = 16 * 1024;
/// A flood ends here if nobody else ends it.
const ENDLESS: usize = 500;

fn probe(make: Make) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        for side in SIDES {
            for flood in FLOODS {
                let fits = flood.is_old.is_none_or(|old| old == shape.is_old());
                if flood.victims.contains(&side) && fits {
                    let case = format!("{shape:?} {side:?} {}", flood.name);
                    found.tried(flooded(shape, side, make, &flood, &case));
                }
            }
        }
    }
    found
}

/// Floods a connected victim that sends nothing meanwhile.
fn flooded(shape: Shape, side: Side, make: Make, flood: &Flood, case: &str) -> Result<(), String> {
    let mut met = meet(pair(shape), side, make, |_, record| record);
    let units: Vec<Vec<u8>> = (0..ENDLESS).map(|_| (flood.unit)(&mut met.peer)).collect();
    let mut borne = 0;
    let victim = &mut met.victim;
    let taken = allocation_counter::measure(|| {
        for unit in &units {
            victim.hear(unit);
            if victim.error().is_some() {
                break;
            }
            borne += 1;
        }
    });
    if borne > flood.most {
        return Err(format!("{case}: {borne} are borne"));
    }
    if taken.bytes_max > MEMORY {
        return Err(format!("{case}: takes {} bytes", taken.bytes_max));
    }
    let answers = victim.say().len();
    if answers > 512 {
        return Err(format!("{case}: {answers} bytes of answers"));
    }
    is_unexpected(&**victim, case)
}

fn is_unexpected(victim: &dyn Victim, case: &str) -> Result<(), String> {
    let told = match victim.error() {
        Some(Error::Fault(fault)) => fault.alert(),
        other => return Err(format!("{case}: {other:?}")),
    };
    let may = [
        AlertDescription::UNEXPECTED_MESSAGE,
        AlertDescription::NO_RENEGOTIATION_RESERVED,
    ];
    if may.contains(&told) {
        Ok(())
    } else {
        Err(format!("{case}: told by {told}"))
    }
}

/// Whatever comes goes by unheard.
fn counts_nothing(_: Vec<u8>, _: &mut Vec<u8>) -> Vec<u8> {
    Vec::new()
}

/// Counts as it should, and keeps what came.
fn hoards(record: Vec<u8>, answers: &mut Vec<u8>) -> Vec<u8> {
    // A line of text, and a ticket of ours, are longer or have another length.
    let is_line = [22, 29].contains(&(record.len().wrapping_sub(LINE.len())));
    if !is_line && record.len() < 60 {
        answers.extend(record.repeat(64));
    }
    record
}

/// Floods in the clear, before the first message and after it.
fn early(make: Make) -> Found {
    let mut found = Found::default();
    let warning = plain(ALERT, &[1, 90]);
    let floods = [
        ("warnings", warning, 4),
        ("ChangeCipherSpecs", CCS.to_vec(), 32),
        ("empty handshake records", plain(HANDSHAKE, &[]), 0),
        ("empty alerts", plain(ALERT, &[]), 0),
    ];
    for shape in Shape::ALL {
        for side in SIDES {
            for (name, unit, most) in &floods {
                for at in [0, 1] {
                    let mut borne = 0;
                    let Pair { client, server, .. } = pair(shape);
                    let (mut victim, mut peer) = match side {
                        Side::Client => (make(client), server),
                        Side::Server => (make(server), client),
                    };
                    // What is to be said first is said.
                    peer.deliver(&victim.say(), handfast_testkit::pair::now());
                    if at == 1 {
                        let words = handfast_testkit::forge::records(&peer.take_output());
                        victim.hear(&words[0]);
                    }
                    while borne < ENDLESS && victim.error().is_none() {
                        victim.hear(unit);
                        borne += usize::from(victim.error().is_none());
                    }
                    let case = format!("{shape:?} {side:?} {name} after {at}");
                    found.tried(if borne > *most {
                        Err(format!("{case}: {borne} are borne"))
                    } else {
                        is_unexpected(&*victim, &case)
                    });
                }
            }
        }
    }
    found
}

fn overhears_plain(record: Vec<u8>, _: &mut Vec<u8>) -> Vec<u8> {
    if record[0] == 22 && record.len() > 5 {
        record
    } else {
        Vec::new()
    }
}

/// Both ends ask for new keys at once, many times, and nobody reads until all is sent; `answers`
/// tells how many KeyUpdates it takes until both are quiet, if they ever are.
fn crossing(answers: fn(usize) -> Option<usize>) -> Found {
    let mut found = Found::default();
    for requests in [1, 2, 7, 31] {
        found.tried(match answers(requests) {
            Some(answers) if answers <= 2 * (requests + 1) => Ok(()),
            other => Err(format!("{requests} requests each: {other:?} updates")),
        });
    }
    found
}

fn ends_that_answer_once(requests: usize) -> Option<usize> {
    let mut both = pair(Shape::Full);
    both.connect(Delivery::Whole);
    let mut count = 0;
    let ask =
        |end: &mut End| -> Vec<u8> { (0..requests).flat_map(|_| update(end, true)).collect() };
    let (mut to_server, mut to_client) = (ask(&mut both.client), ask(&mut both.server));
    for _ in 0..100 {
        count += handfast_testkit::forge::records(&to_server).len();
        count += handfast_testkit::forge::records(&to_client).len();
        both.server.deliver(&to_server, both.now);
        both.client.deliver(&to_client, both.now);
        (to_client, to_server) = (both.server.take_output(), both.client.take_output());
        if to_client.is_empty() && to_server.is_empty() {
            both.exchange(LINE);
            return Some(count);
        }
    }
    None
}

//! A3, SMACK and its kin: a handshake from which a message is left out, in which one comes twice,
//! out of its order, or from elsewhere, connects nobody. The sender's own transcript agrees with
//! what it says, so that Finished alone does not save us.
//!
//! Every message at every state and key level, in records made by hand, is tried by the module
//! `states` of the test binary `all`.

use crate::attack::{Attack, Control, Found};
use crate::victim::{SIDES, meet, ours};
use handfast::observe::Script;
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::shape::Shape;
use handfast_wire::registry::HandshakeType;
use std::sync::{Arc, Mutex};

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A3",
    name: "deviant_traces",
    ours: || probe(our_peer),
    controls: &[
        Control {
            broken: "a_peer_that_waits_for_finished_alone",
            run: || probe(|case| case.heard().last() == Some(&FINISHED)),
        },
        Control {
            broken: "a_peer_that_minds_no_order",
            run: || probe(minds_no_order),
        },
        Control {
            broken: "a_peer_that_overhears_what_it_does_not_know",
            run: || probe(|case| matches!(case.deviation, Deviation::Foreign(..))),
        },
    ],
}];

const FINISHED: HandshakeType = HandshakeType::FINISHED;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deviation {
    /// The nth message is left out.
    Skip(usize),
    /// The nth message comes twice.
    Repeat(usize),
    /// The nth message comes after the one that follows it.
    Swap(usize),
    /// Before the nth message comes one from elsewhere.
    Foreign(usize, HandshakeType),
}

struct Case {
    shape: Shape,
    /// Who hears the trace.
    side: Side,
    /// What an honest sender says, up to Finished.
    honest: Vec<HandshakeType>,
    deviation: Deviation,
}

impl Case {
    /// The trace that the victim hears.
    fn heard(&self) -> Vec<HandshakeType> {
        let mut heard = self.honest.clone();
        match self.deviation {
            Deviation::Skip(at) => drop(heard.remove(at)),
            Deviation::Repeat(at) => heard.insert(at, heard[at]),
            Deviation::Swap(at) => heard.swap(at, at + 1),
            Deviation::Foreign(at, other) => heard.insert(at, other),
        }
        heard
    }

    /// A server may ask for a certificate or not; that is for the server to say.
    fn is_legal(&self) -> bool {
        matches!(self.deviation, Deviation::Skip(at)
            if self.honest[at] == HandshakeType::CERTIFICATE_REQUEST && self.side == Side::Client)
    }
}

/// Every deviation of every shape; `connects` says whether the victim is taken in.
fn probe(connects: fn(&Case) -> bool) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        for side in SIDES {
            let honest = messages(shape, side);
            let mut deviations = Vec::new();
            for at in 0..honest.len() {
                deviations.extend([Deviation::Skip(at), Deviation::Repeat(at)]);
                if at + 1 < honest.len() {
                    deviations.push(Deviation::Swap(at));
                }
                deviations.extend(FOREIGN.map(|other| Deviation::Foreign(at, other)));
            }
            for deviation in deviations {
                let case = Case {
                    shape,
                    side,
                    honest: honest.clone(),
                    deviation,
                };
                if !case.is_legal() {
                    found.tried(if connects(&case) {
                        Err(format!(
                            "{shape:?} {side:?} {deviation:?}: {:?}",
                            case.heard()
                        ))
                    } else {
                        Ok(())
                    });
                }
            }
        }
    }
    found
}

/// Messages that belong to other handshakes, or to none.
const FOREIGN: [HandshakeType; 8] = [
    HandshakeType::HELLO_REQUEST,
    HandshakeType::END_OF_EARLY_DATA,
    HandshakeType::KEY_UPDATE,
    HandshakeType::SERVER_HELLO_DONE,
    HandshakeType::CLIENT_KEY_EXCHANGE,
    HandshakeType::CERTIFICATE_STATUS,
    HandshakeType::MESSAGE_HASH,
    HandshakeType(99),
];

/// Says a trace, and keeps what was to be said.
#[derive(Debug)]
struct Deviant {
    deviation: Option<Deviation>,
    said: Mutex<(Vec<HandshakeType>, Option<Vec<u8>>)>,
}

impl Script for Deviant {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let mut said = self.said.lock().unwrap();
        let at = said.0.len();
        said.0.push(msg_type);
        if let Some(held) = said.1.take() {
            return vec![bytes, held];
        }
        match self.deviation {
            Some(Deviation::Skip(nth)) if nth == at => vec![],
            Some(Deviation::Repeat(nth)) if nth == at => vec![bytes.clone(), bytes],
            Some(Deviation::Swap(nth)) if nth == at => {
                said.1 = Some(bytes);
                vec![]
            }
            Some(Deviation::Foreign(nth, other)) if nth == at => {
                vec![message(other, &[0]), bytes]
            }
            _ => vec![bytes],
        }
    }
}

fn deviant(shape: Shape, side: Side, deviation: Option<Deviation>) -> (Pair, Arc<Deviant>) {
    let script = Arc::new(Deviant {
        deviation,
        said: Mutex::default(),
    });
    let (mut client, mut server) = shape.configs();
    // Those who meet again met honestly before: see `arm`.
    let armed = Arc::new(Armed(Mutex::default()));
    let common = match side {
        Side::Client => &mut server.common,
        Side::Server => &mut client.common,
    };
    common.danger_script = Some(Arc::clone(&armed) as _);
    let (client, server) = shape.met(client, server);
    *armed.0.lock().unwrap() = Some(Arc::clone(&script));
    (Pair::new(&client, &server), script)
}

/// Honest until it is given a script.
#[derive(Debug)]
struct Armed(Mutex<Option<Arc<Deviant>>>);

impl Script for Armed {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        match &*self.0.lock().unwrap() {
            Some(script) => script.say(msg_type, bytes),
            None => vec![bytes],
        }
    }
}

/// What an honest sender says to the victim, up to Finished.
fn messages(shape: Shape, side: Side) -> Vec<HandshakeType> {
    let (mut pair, script) = deviant(shape, side, None);
    pair.connect(Delivery::Whole);
    let said = script.said.lock().unwrap();
    let last = said.0.iter().position(|one| *one == FINISHED).unwrap();
    said.0[..=last].to_vec()
}

/// True when our peer took the handshake for done and went on, or handed out data. (In TLS 1.2
/// the right Finished ends the handshake, and what comes after it the connection.)
fn our_peer(case: &Case) -> bool {
    let (pair, _) = deviant(case.shape, case.side, Some(case.deviation));
    let met = meet(pair, case.side, ours, |_, record| record);
    let goes_on = met.victim.is_connected() && met.victim.error().is_none();
    goes_on || !met.victim.data().is_empty()
}

/// All that is awaited came, each once, in whatever order.
fn minds_no_order(case: &Case) -> bool {
    let (mut heard, mut honest) = (case.heard(), case.honest.clone());
    heard.sort_unstable_by_key(|one| one.0);
    honest.sort_unstable_by_key(|one| one.0);
    heard == honest
}

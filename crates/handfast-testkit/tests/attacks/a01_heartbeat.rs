//! A1, Heartbleed (CVE-2014-0160): a heartbeat is never agreed on and never answered.

use crate::attack::{Attack, Control, Found};
use crate::victim::{Filtered, Make, SIDES, honest, meet, ours, pair, refused_with, sealed};
use handfast::AlertDescription;
use handfast::observe::Script;
use handfast_testkit::forge::{plain, records};
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::shape::Shape;
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A1",
        name: "heartbeat_records",
        ours: || probe(ours),
        controls: &[
            Control {
                broken: "a_peer_that_answers_from_its_memory",
                run: || probe(|end| Filtered::boxed(end, bleed)),
            },
            Control {
                broken: "a_peer_that_overhears_heartbeats",
                run: || probe(|end| Filtered::boxed(end, overhear)),
            },
        ],
    },
    Attack {
        id: "A1",
        name: "heartbeat_extension",
        ours: || offered(Vec::new()),
        controls: &[Control {
            broken: "a_client_that_offers_heartbeats",
            run: || offered(vec![(ExtensionType(15), vec![1])]),
        }],
    },
];

const HEARTBEAT: ContentType = ContentType(24);
/// A request that says 16 KiB and holds nothing.
const REQUEST: [u8; 3] = [1, 0x40, 0];

/// A heartbeat before every record of every shape, and under the keys once connected.
fn probe(make: Make) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        for side in SIDES {
            for at in 0..honest(shape, side).records {
                let mut met = meet(pair(shape), side, make, |number, record| {
                    let request = [&[24, 3, 3, 0, 3][..], &REQUEST].concat();
                    if number == at {
                        [request, record].concat()
                    } else {
                        record
                    }
                });
                let case = format!("{shape:?} {side:?} before record {at}");
                found.tried(no_answer(&met.said, &case));
                found.tried(refused_with(
                    &mut met,
                    AlertDescription::UNEXPECTED_MESSAGE,
                    &case,
                ));
            }
            let mut met = meet(pair(shape), side, make, |_, record| record);
            let request = sealed(&mut met, HEARTBEAT, &REQUEST);
            met.victim.hear(&request);
            let case = format!("{shape:?} {side:?} connected");
            let said = met.victim.say();
            found.tried(no_answer(&said, &case));
            if !shape.is_old() {
                // The type is sealed: a filter on the wire does not see it.
                let refused = met.victim.error().is_some();
                assert!(refused, "{case}");
            }
        }
    }
    found
}

/// Nothing of type 24, and nothing long after the request.
fn no_answer(said: &[u8], case: &str) -> Result<(), String> {
    match records(said).iter().find(|record| record[0] == HEARTBEAT.0) {
        None => Ok(()),
        Some(answer) => Err(format!("{case}: {} bytes of memory", answer.len())),
    }
}

/// Heartbleed itself: as many bytes as the request says, from wherever they lie.
fn bleed(record: Vec<u8>, answers: &mut Vec<u8>) -> Vec<u8> {
    if record[0] != HEARTBEAT.0 {
        return record;
    }
    let length = usize::from(u16::from_be_bytes([record[6], record[7]])).min(1000);
    let memory = b"-----BEGIN PRIVATE KEY-----".repeat(40);
    let answer = [&[2, 0x40, 0][..], &memory[..length]].concat();
    answers.extend(plain(HEARTBEAT, &answer));
    Vec::new()
}

fn overhear(record: Vec<u8>, _: &mut Vec<u8>) -> Vec<u8> {
    if record[0] == HEARTBEAT.0 {
        Vec::new()
    } else {
        record
    }
}

/// Adds extensions to the ClientHello.
#[derive(Debug)]
struct Adds(Vec<(ExtensionType, Vec<u8>)>);

impl Script for Adds {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![message];
        }
        client_hello(&message, |hello| {
            for (extension, content) in &self.0 {
                hello.extensions.add(*extension, content);
            }
        })
    }
}

/// What a client that also offers `more` sends has no heartbeat extension, and a server that is
/// offered one does not answer it: the client, which did not mean it, would refuse.
fn offered(more: Vec<(ExtensionType, Vec<u8>)>) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        let hello = |extensions: Vec<(ExtensionType, Vec<u8>)>| {
            let (mut client, server) = shape.configs();
            client.common.danger_script = Some(Arc::new(Adds(extensions)));
            let (client, server) = shape.met(client, server);
            Pair::new(&client, &server)
        };
        let mut pair = hello(more.clone());
        let bytes = pair.client.take_output();
        let mut types = Vec::new();
        let _ = client_hello(&bytes[5..], |hello| {
            types.extend(hello.extensions.0.iter().map(|(one, _)| *one));
        });
        found.tried(if types.contains(&ExtensionType(15)) {
            Err(format!("{shape:?}: heartbeat is offered"))
        } else {
            Ok(())
        });
        if !shape.resumes() {
            // pre_shared_key must stand last, so an honest session cannot bear more.
            let mut pair = hello(vec![(ExtensionType(15), vec![1])]);
            pair.run(Delivery::Whole);
            found.tried(match pair.client.error {
                None if pair.client.is_connected() => Ok(()),
                other => Err(format!("{shape:?}: offered one, answered: {other:?}")),
            });
        }
    }
    found
}

//! A22, messages at the wrong key level (CVE-2025-61730): bytes that came under one key are never
//! acted on under the next.

use crate::attack::{Attack, Control, Found};
use crate::victim::{Filtered, Make, SIDES, meet, ours, pair, refused_with, sealed};
use handfast::AlertDescription;
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::shape::Shape;
use handfast_wire::registry::{ContentType, HandshakeType};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A22",
        name: "packed_before_a_key_change",
        ours: || plain(ours),
        controls: &[Control {
            broken: "a_peer_that_drops_the_surplus",
            run: || plain(|end| Filtered::boxed(end, drop_surplus)),
        }],
    },
    Attack {
        id: "A22",
        name: "packed_under_the_keys",
        ours: || under_keys(|surplus| surplus),
        controls: &[Control {
            broken: "a_peer_that_drops_the_surplus_under_the_keys",
            run: || under_keys(|_| Vec::new()),
        }],
    },
];

/// What is packed along: a byte, half a message, a whole one, and the one that comes next.
fn surplus() -> [Vec<u8>; 4] {
    [
        vec![8],
        vec![8, 0, 0, 2, 0],
        message(HandshakeType::ENCRYPTED_EXTENSIONS, &[0, 0]),
        message(HandshakeType::FINISHED, &[0; 12]),
    ]
}

/// Surplus behind the last message of every unprotected record after which keys change.
fn plain(make: Make) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        for side in SIDES {
            for at in boundaries(shape, side) {
                for surplus in surplus() {
                    let mut met = meet(pair(shape), side, make, |number, mut record| {
                        if number == at {
                            record.extend(&surplus);
                            let length = u16::try_from(record.len() - 5).unwrap();
                            record[3..5].copy_from_slice(&length.to_be_bytes());
                        }
                        record
                    });
                    let case = format!("{shape:?} {side:?} record {at} with {surplus:?}");
                    let alert = AlertDescription::UNEXPECTED_MESSAGE;
                    found.tried(refused_with(&mut met, alert, &case));
                }
            }
        }
    }
    found
}

/// The unprotected handshake records after which the victim's receiving keys change, and
/// HelloRetryRequest, after which the client must be heard first.
fn boundaries(shape: Shape, side: handfast_testkit::liar::Side) -> Vec<usize> {
    let mut handshake = Vec::new();
    let mut keys_changed = false;
    meet(pair(shape), side, ours, |number, record| {
        keys_changed |= record[0] == 20 && shape.is_old();
        if record[0] == 22 && !keys_changed {
            handshake.push(number);
        }
        record
    });
    assert!(!handshake.is_empty(), "{shape:?} {side:?}");
    if shape.is_old() {
        // Keys change at ChangeCipherSpec alone.
        handshake.split_off(handshake.len() - 1)
    } else {
        handshake
    }
}

/// What was packed along is cut off again.
fn drop_surplus(mut record: Vec<u8>, _: &mut Vec<u8>) -> Vec<u8> {
    let packed = surplus()
        .into_iter()
        .rev()
        .find(|surplus| record.ends_with(surplus));
    if let (22, Some(surplus)) = (record[0], packed) {
        record.truncate(record.len() - surplus.len());
        let length = u16::try_from(record.len() - 5).unwrap();
        record[3..5].copy_from_slice(&length.to_be_bytes());
    }
    record
}

/// Surplus behind a KeyUpdate, under the keys of the connection; `hears` is what the victim makes
/// of it.
fn under_keys(hears: fn(Vec<u8>) -> Vec<u8>) -> Found {
    let mut found = Found::default();
    let update = message(HandshakeType::KEY_UPDATE, &[0]);
    for shape in Shape::ALL.into_iter().filter(|shape| !shape.is_old()) {
        for side in SIDES {
            for surplus in surplus().into_iter().chain([update.clone()]) {
                let mut met = meet(pair(shape), side, ours, |_, record| record);
                let packed = [update.clone(), hears(surplus.clone())].concat();
                let record = sealed(&mut met, ContentType::HANDSHAKE, &packed);
                met.victim.hear(&record);
                let case = format!("{shape:?} {side:?} KeyUpdate with {surplus:?}");
                let alert = AlertDescription::UNEXPECTED_MESSAGE;
                found.tried(refused_with(&mut met, alert, &case));
            }
        }
    }
    found
}

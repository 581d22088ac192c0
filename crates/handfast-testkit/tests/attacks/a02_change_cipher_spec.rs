//! A2, early ChangeCipherSpec (CVE-2014-0224): it has one place in TLS 1.2; in TLS 1.3 it means
//! nothing and is borne only where RFC 8446 section 5 says.

use crate::attack::{Attack, Control, Found};
use crate::victim::{Filtered, LINE, Make, SIDES, honest, meet, ours, pair, refused_with};
use handfast::AlertDescription;
use handfast_testkit::liar::Side;
use handfast_testkit::shape::Shape;

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A2",
    name: "change_cipher_spec_anywhere",
    ours: || probe(ours),
    controls: &[Control {
        broken: "a_peer_that_takes_it_at_any_time",
        run: || probe(|end| Filtered::boxed(end, deaf)),
    }],
}];

const CCS: [u8; 6] = [20, 3, 3, 0, 1, 1];

/// One more ChangeCipherSpec before every record of every shape, and one after the last.
fn probe(make: Make) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        for side in SIDES {
            let honest = honest(shape, side);
            let records = honest.records;
            for at in 0..=records {
                let mut met = meet(pair(shape), side, make, |number, record| {
                    let mut bytes = record;
                    if number == at {
                        bytes.splice(0..0, CCS);
                    }
                    if at == records && number + 1 == records {
                        bytes.extend(CCS);
                    }
                    bytes
                });
                let case = format!("{shape:?} {side:?} before record {at} of {records}");
                let may = may_come(shape, side, at, honest.connected_after);
                found.tried(if may && met.victim.error().is_none() {
                    assert_eq!(met.victim.data(), LINE, "{case}");
                    Ok(())
                } else {
                    refused_with(&mut met, AlertDescription::UNEXPECTED_MESSAGE, &case)
                });
            }
        }
    }
    found
}

/// RFC 8446 section 5: after the first ClientHello and before the peer's Finished, which is the
/// record that makes the victim connected. In TLS 1.2 a second one has no place at all.
fn may_come(shape: Shape, side: Side, at: usize, connected_after: usize) -> bool {
    !shape.is_old() && at < connected_after && (side == Side::Client || at > 0)
}

fn deaf(record: Vec<u8>, _: &mut Vec<u8>) -> Vec<u8> {
    if record == CCS { Vec::new() } else { record }
}

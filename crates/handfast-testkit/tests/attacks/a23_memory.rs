//! A23, huge messages (CVE-2025-66199): a size that is only declared takes no memory, and a
//! message that comes whole takes little more than itself, whoever sends it.

use crate::attack::{Attack, Control, Found};
use handfast::observe::Script;
use handfast_testkit::forge::plain;
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::{client_hello, message};
use handfast_testkit::pair::{Pair, now};
use handfast_testkit::shape::Shape;
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A23",
        name: "sizes_declared",
        ours: || declared(our_peer),
        controls: &[Control {
            broken: "a_peer_that_takes_what_is_declared",
            run: || declared(takes_what_is_declared),
        }],
    },
    Attack {
        id: "A23",
        name: "messages_as_long_as_allowed",
        ours: || whole(1),
        controls: &[Control {
            broken: "a_peer_that_keeps_ten_copies",
            run: || whole(10),
        }],
    },
];

/// More than a quiet connection takes, the message aside.
const MORE: u64 = 4 * 1024;
/// The record in which a message begins or ends is there beside it.
const RECORD: u64 = 16 * 1024;

/// A victim that waits for its first message.
fn our_peer(side: Side, shape: Shape, bytes: &[u8]) -> u64 {
    let (client, server) = shape.ends();
    let mut pair = Pair::new(&client, &server);
    pair.client.take_output();
    let victim = match side {
        Side::Client => &mut pair.client,
        Side::Server => &mut pair.server,
    };
    victim.incoming.reserve(bytes.len());
    victim.events.reserve(8);
    let taken = allocation_counter::measure(|| victim.deliver(bytes, now()));
    taken.bytes_max
}

/// The control: room for all that the header promises.
fn takes_what_is_declared(_: Side, _: Shape, bytes: &[u8]) -> u64 {
    let declared = u32::from_be_bytes([0, bytes[6], bytes[7], bytes[8]]);
    let taken = allocation_counter::measure(|| {
        std::hint::black_box(Vec::<u8>::with_capacity(usize::try_from(declared).unwrap()));
    });
    taken.bytes_max
}

/// Headers that promise up to 16 MiB, and a few bytes.
fn declared(peak: fn(Side, Shape, &[u8]) -> u64) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        for side in [Side::Client, Side::Server] {
            for msg_type in [1_u8, 2, 4, 8, 11, 12, 13, 15, 16, 20, 22, 24, 25, 99] {
                for size in [
                    0x3ff0_u32, 0x4000, 0x4001, 0x8000, 0x8001, 0x1_9000, 0xff_ffff,
                ] {
                    let header = [&[msg_type][..], &size.to_be_bytes()[1..], &[3; 20]].concat();
                    let taken = peak(side, shape, &plain(ContentType::HANDSHAKE, &header));
                    let case = format!("{shape:?} {side:?} type {msg_type} of {size}");
                    found.tried(if taken <= MORE {
                        Ok(())
                    } else {
                        Err(format!("{case}: {taken} bytes"))
                    });
                }
            }
        }
    }
    found
}

/// Makes one message as long as it may be.
#[derive(Debug)]
struct Stretches(HandshakeType);

impl Script for Stretches {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != self.0 {
            return vec![bytes];
        }
        match msg_type {
            HandshakeType::CLIENT_HELLO => client_hello(&bytes, |hello| {
                let room = 32 * 1024 - (bytes.len() - 4) - 4;
                hello
                    .extensions
                    .0
                    .insert(0, (ExtensionType(21), vec![0; room]));
            }),
            HandshakeType::CERTIFICATE => vec![message(msg_type, &[0; 100 * 1024])],
            other => vec![message(other, &[0; 16 * 1024])],
        }
    }
}

const STRETCHED: [(Side, HandshakeType, u64); 7] = [
    (Side::Server, HandshakeType::CLIENT_HELLO, 32 * 1024),
    (Side::Client, HandshakeType::SERVER_HELLO, 16 * 1024),
    (Side::Client, HandshakeType::ENCRYPTED_EXTENSIONS, 16 * 1024),
    (Side::Client, HandshakeType::CERTIFICATE, 100 * 1024),
    (Side::Server, HandshakeType::CERTIFICATE, 100 * 1024),
    (Side::Client, HandshakeType::SERVER_KEY_EXCHANGE, 16 * 1024),
    (Side::Client, HandshakeType::FINISHED, 16 * 1024),
];

/// The most that the victim's half of a handshake takes.
fn peak(shape: Shape, side: Side, stretched: Option<HandshakeType>) -> u64 {
    let (mut client, mut server) = shape.configs();
    if let Some(msg_type) = stretched {
        let script = Some(Arc::new(Stretches(msg_type)) as Arc<dyn Script>);
        match side {
            Side::Client => server.common.danger_script = script,
            Side::Server => client.common.danger_script = script,
        }
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    for end in [&mut pair.client, &mut pair.server] {
        end.incoming.reserve(1 << 20);
        end.events.reserve(64);
        end.sent.reserve(1 << 20);
    }
    let (mut most, mut kept) = (0, 0);
    loop {
        let (victim, peer) = match side {
            Side::Client => (&mut pair.client, &mut pair.server),
            Side::Server => (&mut pair.server, &mut pair.client),
        };
        let said = victim.take_output();
        peer.deliver(&said, now());
        let coming = peer.take_output();
        let taken = allocation_counter::measure(|| victim.deliver(&coming, now()));
        most = most.max(kept + i64::try_from(taken.bytes_max).unwrap());
        kept += taken.bytes_current;
        if said.is_empty() && coming.is_empty() {
            return u64::try_from(most).unwrap();
        }
    }
}

/// Each message as long as it may be: beyond an honest handshake it takes its length, a record and
/// little more. `copies` of that are kept by the control.
fn whole(copies: u64) -> Found {
    let mut found = Found::default();
    for shape in [Shape::Full, Shape::Mutual, Shape::Old, Shape::OldMutual] {
        for (side, msg_type, limit) in STRETCHED {
            let honest = peak(shape, side, None);
            let taken = peak(shape, side, Some(msg_type));
            let case = format!("{shape:?} {side:?} {msg_type}");
            // A ClientHello is also kept for the transcript, whose hash is not chosen yet, and to
            // be answered once the config is.
            let may = if msg_type == HandshakeType::CLIENT_HELLO {
                3 * limit
            } else {
                limit
            };
            found.tried(if taken * copies <= honest + may + RECORD + MORE {
                Ok(())
            } else {
                Err(format!(
                    "{case}: {taken} bytes, {honest} in an honest handshake"
                ))
            });
        }
    }
    found
}

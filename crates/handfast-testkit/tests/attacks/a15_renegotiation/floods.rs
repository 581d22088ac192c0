//! Second handshakes without end: what a peer may begin is numbered, and nothing else is free.

use super::{HANDSHAKE, VERSIONS, configs};
use crate::attack::Found;
use crate::victim::{Make, SIDES, meet};
use handfast::config::{Common, Renegotiation};
use handfast::connection::Renewal;
use handfast::{Event, ProtocolVersion};
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::liar::{Side, record};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::HandshakeType;

pub(super) const SETTINGS: [Renegotiation; 5] = [
    Renegotiation::Refuse,
    Renegotiation::Decline,
    Renegotiation::Ignore,
    Renegotiation::Own,
    Renegotiation::ALLOW,
];
/// Whoever takes them all.
pub(super) const WITHOUT_END: Renegotiation = Renegotiation::Allow {
    most: u16::MAX,
    pause_s: 0,
};
/// Seconds between two wishes.
const PAUSES_S: [u64; 4] = [0, 59, 61, 24 * 60 * 60];
/// What [`Renegotiation::ALLOW`] lets a peer begin.
const MOST: usize = 8;
/// Bytes that the victim says for one of these, and to decline another.
const MOST_EACH: usize = 8 * 1024;
const MOST_DECLINED: usize = 64;

fn request() -> Vec<u8> {
    message(HandshakeType::HELLO_REQUEST, &[])
}

/// A thousand wishes, each carried through by an honest engine if it is granted.
pub(super) fn carried_through(setting_of: fn(Renegotiation) -> Renegotiation) -> Found {
    let mut found = Found::default();
    for version in &VERSIONS[..3] {
        for side in SIDES {
            for setting in SETTINGS {
                for pause_s in PAUSES_S {
                    let (renewed, said) = flood(*version, side, setting_of(setting), pause_s);
                    let most_said = renewed * MOST_EACH + 1000 * MOST_DECLINED;
                    let most = if setting == Renegotiation::ALLOW {
                        MOST
                    } else {
                        0
                    };
                    found.tried(if renewed <= most && said <= most_said {
                        Ok(())
                    } else {
                        Err(format!(
                            "{version} {side:?} {setting:?}, each after {pause_s} s: {renewed} \
                             renewed, {said} bytes said"
                        ))
                    });
                }
            }
        }
    }
    found
}

/// How many second handshakes the victim went through, and the bytes that it said.
fn flood(
    version: ProtocolVersion,
    side: Side,
    setting: Renegotiation,
    pause_s: u64,
) -> (usize, usize) {
    let (mut client, mut server) = configs(version);
    let of = |common: &mut Common, is_victim| {
        common.renegotiation = if is_victim { setting } else { WITHOUT_END };
    };
    of(&mut client.common, side == Side::Client);
    of(&mut server.common, side == Side::Server);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let before = match side {
        Side::Client => pair.client.sent.len(),
        Side::Server => pair.server.sent.len(),
    };
    let mut renewed = 0;
    for _ in 0..1000 {
        pair.now.monotonic_ms += pause_s * 1000;
        match side {
            Side::Client => {
                let wish = record(&mut pair.server, HANDSHAKE, &request());
                pair.client.deliver(&wish, pair.now);
            }
            Side::Server => {
                if pair
                    .client
                    .connection
                    .renew(Renewal::Keys, pair.now)
                    .is_err()
                {
                    break;
                }
            }
        }
        pair.run(Delivery::Whole);
        let victim = match side {
            Side::Client => &pair.client,
            Side::Server => &pair.server,
        };
        let is_renewed = |event: &&Event| matches!(event, Event::Renewed(_));
        renewed = victim.events.iter().filter(is_renewed).count();
        // As a driver does: who has ended hears no more.
        if victim.error.is_some() || renewed > MOST {
            break;
        }
    }
    let victim = match side {
        Side::Client => &pair.client,
        Side::Server => &pair.server,
    };
    (renewed, victim.sent.len() - before)
}

/// A thousand wishes, and nothing else: it ends, and costs little until then.
pub(super) fn unanswered(make: Make) -> Found {
    const MOST_SAID: usize = 1024;
    const MOST_TAKEN: u64 = 64 * 1024;
    let mut found = Found::default();
    for version in VERSIONS {
        for side in SIDES {
            for setting in SETTINGS {
                let (mut client, mut server) = configs(version);
                client.common.renegotiation = setting;
                server.common.renegotiation = setting;
                let (client, server) = (client.check().unwrap(), server.check().unwrap());
                let pair = Pair::new(&client, &server);
                let mut met = meet(pair, side, make, |_, record| record);
                let wish = match side {
                    Side::Client => request(),
                    Side::Server => Pair::new(&client, &server).client.take_output()[5..].to_vec(),
                };
                let wishes: Vec<_> = (0..1000)
                    .map(|_| record(&mut met.peer, HANDSHAKE, &wish))
                    .collect();
                let mut said = 0;
                let victim = &mut met.victim;
                let taken = allocation_counter::measure(|| {
                    for wish in &wishes {
                        victim.hear(wish);
                        said += victim.say().len();
                        if victim.error().is_some() {
                            break;
                        }
                    }
                });
                let total = taken.bytes_total;
                let ended = victim.error().is_some();
                found.tried(if ended && said <= MOST_SAID && total <= MOST_TAKEN {
                    Ok(())
                } else {
                    let error = victim.error();
                    Err(format!(
                        "{version} {side:?} {setting:?}: {said} bytes said, {total} taken, {error:?}"
                    ))
                });
            }
        }
    }
    found
}

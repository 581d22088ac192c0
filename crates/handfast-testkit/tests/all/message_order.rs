//! The order of TLS 1.2's messages is the RFC's (RFC 5246 sections 7.3 and 7.4, RFC 5077 section
//! 3.1, RFC 6066 section 8), each flight is one write, and no other order is taken.

mod scene;

use handfast::{AlertDescription, Error, Event, Fault};
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::pair::now;
use handfast_testkit::witness::records;
use handfast_wire::registry::{ContentType, HandshakeType};
use scene::{Item, Play, Scene, Shape};

const SIDES: [Side; 2] = [Side::Client, Side::Server];

/// What each side says in a handshake, flight by flight, as the RFCs list it.
fn wanted(shape: Shape, side: Side) -> Vec<Vec<&'static str>> {
    let mutual = matches!(shape, Shape::Mutual | Shape::Everything);
    let status = matches!(shape, Shape::Status | Shape::Everything);
    let ticket = matches!(shape, Shape::Ticket | Shape::Everything);
    let change = ["change_cipher_spec", "finished"];
    let some = |name, is_there: bool| is_there.then_some(name);
    match (side, shape.is_resumed()) {
        (Side::Client, true) => vec![vec!["client_hello"], change.to_vec()],
        (Side::Server, true) => vec![vec!["server_hello", change[0], change[1]]],
        (Side::Client, false) => {
            let flight = [
                some("certificate", mutual),
                Some("client_key_exchange"),
                some("certificate_verify", mutual),
            ];
            let flight = flight.into_iter().flatten().chain(change);
            vec![vec!["client_hello"], flight.collect()]
        }
        (Side::Server, false) => {
            let flight = [
                Some("server_hello"),
                Some("certificate"),
                some("certificate_status", status),
                Some("server_key_exchange"),
                some("certificate_request", mutual),
                Some("server_hello_done"),
            ];
            let last = some("new_session_ticket", ticket).into_iter().chain(change);
            vec![flight.into_iter().flatten().collect(), last.collect()]
        }
    }
}

#[test]
fn messages_come_in_the_order_of_the_rfc() {
    for shape in Shape::ALL {
        for side in SIDES {
            let flights = Scene::new(shape, side).flights();
            let names: Vec<Vec<String>> = flights
                .iter()
                .map(|flight| flight.iter().map(Item::name).collect())
                .collect();
            assert_eq!(names, wanted(shape, side), "{shape:?} {side:?}");
        }
    }
}

/// One write each, with the fewest records: the plain messages in one, ChangeCipherSpec in one,
/// Finished in one.
#[test]
fn each_flight_is_one_write_of_the_fewest_records() {
    for shape in Shape::ALL {
        for side in SIDES {
            let scene = Scene::new(shape, side);
            let mut play = scene.play();
            let mut written = Vec::new();
            for _ in 0..4 {
                let mut out = vec![0; play.speaker.connection.send_size(0)];
                let length = play.speaker.connection.send(&[], &mut out).unwrap();
                assert!(!play.speaker.connection.wants_send(), "a second write");
                play.honest.deliver(&out[..length], now());
                let types: Vec<u8> = records(&out[..length]).iter().map(|one| one[0]).collect();
                if !types.is_empty() {
                    written.push(types);
                }
                play.answer();
            }
            assert!(play.speaker.is_connected() && play.honest.is_connected());
            let wanted: Vec<Vec<u8>> = wanted(shape, side)
                .iter()
                .map(|flight| match flight[..] {
                    // ChangeCipherSpec and Finished alone.
                    ["change_cipher_spec", _] => vec![20, 22],
                    [.., "change_cipher_spec", _] => vec![22, 20, 22],
                    _ => vec![22],
                })
                .collect();
            assert_eq!(written, wanted, "{shape:?} {side:?}");
        }
    }
}

/// How a speaker departs from the order. Numbers count items over all flights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    None,
    Swap(usize, usize),
    Drop(usize),
    Repeat(usize),
}

/// Everything that can be done to so many items in one way.
fn changes(count: usize) -> Vec<Change> {
    let mut changes = Vec::new();
    for first in 0..count {
        changes.extend([Change::Drop(first), Change::Repeat(first)]);
        changes.extend((first + 1..count).map(|second| Change::Swap(first, second)));
    }
    changes
}

/// One flight changed. What belongs to another flight is taken from an earlier handshake.
fn changed(change: Change, start: usize, flight: &[Item], earlier: &[Item]) -> Vec<Item> {
    let own = |at: usize| match at.checked_sub(start).and_then(|at| flight.get(at)) {
        Some(item) => item.clone(),
        None => earlier[at].clone(),
    };
    let places = start..start + flight.len();
    places
        .flat_map(|at| match change {
            Change::Swap(first, second) if at == first => vec![own(second)],
            Change::Swap(first, second) if at == second => vec![own(first)],
            Change::Drop(dropped) if at == dropped => vec![],
            Change::Repeat(repeated) if at == repeated => vec![own(at), own(at)],
            _ => vec![own(at)],
        })
        .collect()
}

/// Plays a handshake with one change; what was left out at the end of a flight shows in what
/// comes next.
fn play<'s>(scene: &'s Scene, change: Change, joined: bool, earlier: &[Item]) -> Play<'s> {
    let mut play = scene.play();
    let mut start = 0;
    while let Some(flight) = play.listen() {
        play.speak(&changed(change, start, &flight, earlier), joined);
        start += flight.len();
        play.answer();
        if play.honest.error.is_some() || play.speaker.error.is_some() {
            return play;
        }
    }
    if let Change::Drop(dropped) = change {
        match earlier.get(dropped + 1) {
            Some(next) => play.speak(core::slice::from_ref(next), joined),
            None => play.say(ContentType::APPLICATION_DATA, b"data"),
        }
        play.answer();
    }
    play
}

/// Messages that a server may leave out: its client goes on, but not as the server means it.
fn may_be_left_out(item: &Item) -> bool {
    let optional = [
        HandshakeType::CERTIFICATE_STATUS,
        HandshakeType::CERTIFICATE_REQUEST,
    ];
    matches!(item, Item::Message(message) if optional.map(|one| one.0).contains(&message[0]))
}

fn check(
    play: &Play<'_>,
    change: Change,
    earlier: &[Item],
    scene_resumes: bool,
) -> Result<(), String> {
    if let Change::Drop(dropped) = change
        && may_be_left_out(&earlier[dropped])
    {
        // RFC 6066 s8: a server may send no status after all. What was signed and what the keys
        // are bound to differs then.
        let found = play.speaker.error;
        let wanted = [
            Fault::MessageUnexpected,
            Fault::SignatureWrong,
            Fault::RecordNotAuthentic,
        ];
        let refused = wanted.map(|one| Some(one.into())).contains(&found)
            && !play.speaker.is_connected()
            && !play.honest.is_connected();
        return if refused {
            Ok(())
        } else {
            Err(format!("the server took it: {found:?}"))
        };
    }
    let Some(Error::Fault(fault)) = play.honest.error else {
        return Err(format!("the honest end: {:?}", play.honest.error));
    };
    if fault.alert() != AlertDescription::UNEXPECTED_MESSAGE {
        return Err(format!("the honest end: {fault:?}"));
    }
    let alert = Some(Error::PeerAlert(AlertDescription::UNEXPECTED_MESSAGE));
    // Asked too late, a client has gone on without a certificate, which its server notices first.
    let too_late = matches!(change, Change::Swap(..)) && play.speaker.error == play.honest.error;
    if play.speaker.error != alert && !too_late {
        return Err(format!("{fault:?} was heard as {:?}", play.speaker.error));
    }
    // What is repeated after the last Finished comes too late to prevent it.
    let after_all = change == Change::Repeat(earlier.len() - 1);
    if play.honest.is_connected() != after_all {
        return Err(format!("the honest end is connected: {}", !after_all));
    }
    if play.is_full() && scene_resumes {
        return Err("no session went on".to_owned());
    }
    Ok(())
}

#[test]
fn swapping_dropping_or_repeating_any_message_is_refused_as_unexpected() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for shape in Shape::ALL {
        for speaker in SIDES {
            let scene = Scene::new(shape, speaker);
            let earlier: Vec<Item> = scene.flights().into_iter().flatten().collect();
            for joined in [false, true] {
                // The control: through the same hands, in order.
                let control = play(&scene, Change::None, joined, &earlier);
                assert_eq!((control.honest.error, control.speaker.error), (None, None));
                assert!(control.honest.is_connected() && control.speaker.is_connected());
                for change in changes(earlier.len()) {
                    cases += 1;
                    let play = play(&scene, change, joined, &earlier);
                    if let Err(why) = check(&play, change, &earlier, shape.is_resumed()) {
                        let names: Vec<_> = earlier.iter().map(Item::name).collect();
                        wrong.push(format!(
                            "{shape:?} {speaker:?} {change:?} joined {joined}: {why}\n  of {names:?}"
                        ));
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cases}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{cases} cases");
    assert!(cases > 500, "{cases}");
}

/// A warning that is heard tells the state in which it was sent, and does no harm.
const WARNING: [u8; 2] = [1, 90];

fn heard(play: &Play<'_>) -> bool {
    play.honest.error.is_none()
        && play.honest.events.last() == Some(&Event::Warning(AlertDescription::USER_CANCELED))
}

/// "Pending" becomes "current" at ChangeCipherSpec and nowhere else: at every point of every
/// flight, a record in the state of before is heard until then, and one in the new state after.
#[test]
fn the_current_state_changes_at_change_cipher_spec_only() {
    for shape in Shape::ALL {
        for speaker in SIDES {
            let scene = Scene::new(shape, speaker);
            let count = scene.flights().concat().len();
            // A server has no state before the first ClientHello.
            let first = usize::from(speaker == Side::Client);
            for point in first..=count {
                for right in [true, false] {
                    let mut play = scene.play();
                    let mut said = 0;
                    let mut probed = false;
                    while let Some(flight) = play.listen() {
                        for item in &flight {
                            if said == point {
                                probe(&mut play, right);
                                probed = true;
                            }
                            play.speak(core::slice::from_ref(item), false);
                            said += 1;
                        }
                        play.answer();
                    }
                    if !probed {
                        probe(&mut play, right);
                    }
                    let case = format!("{shape:?} {speaker:?} at {point}, right {right}");
                    assert_eq!(
                        play.honest.is_connected(),
                        right || point == count,
                        "{case}"
                    );
                    assert_eq!(play.honest.error.is_none(), right, "{case}");
                }
            }
        }
    }
}

/// Sends a warning in the current state, or in the other one.
fn probe(play: &mut Play<'_>, right: bool) {
    if right {
        play.say(ContentType::ALERT, &WARNING);
    } else {
        play.say_at_the_wrong_level(ContentType::ALERT, &WARNING);
    }
    assert_eq!(heard(play), right);
}

/// The types that may come at a point: what the speaker means to say there, and what it might
/// have said instead.
fn may_come(shape: Shape, speaker: Side, next: Option<&Item>) -> Vec<HandshakeType> {
    use HandshakeType as Type;
    let Some(Item::Message(next)) = next else {
        return Vec::new();
    };
    let next = HandshakeType(next[0]);
    let mutual = matches!(shape, Shape::Mutual | Shape::Everything);
    let instead = match (speaker, next) {
        (Side::Server, Type::CERTIFICATE_STATUS) => Some(Type::SERVER_KEY_EXCHANGE),
        (Side::Server, Type::CERTIFICATE_REQUEST) => Some(Type::SERVER_HELLO_DONE),
        (Side::Server, Type::SERVER_HELLO_DONE) if !mutual => Some(Type::CERTIFICATE_REQUEST),
        _ => None,
    };
    core::iter::once(next).chain(instead).collect()
}

/// Every message at every point, also behind ChangeCipherSpec and once connected, where the
/// module `states` does not look: in place or not at all.
#[test]
fn every_message_at_every_point_has_one_place() {
    let types = [
        0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 203, 254, 7, 255,
    ];
    let mut cases = 0;
    for shape in Shape::ALL {
        for speaker in SIDES {
            let scene = Scene::new(shape, speaker);
            let items: Vec<Item> = scene.flights().into_iter().flatten().collect();
            for point in 0..=items.len() {
                let legal = may_come(shape, speaker, items.get(point));
                for msg_type in types.map(HandshakeType) {
                    if legal.contains(&msg_type) {
                        continue;
                    }
                    cases += 1;
                    let case = format!("{msg_type} to {shape:?} {speaker:?} at {point}");
                    let connected = point == items.len();
                    let begins_anew = match speaker {
                        Side::Client => HandshakeType::CLIENT_HELLO,
                        Side::Server => HandshakeType::HELLO_REQUEST,
                    };
                    let is_request = msg_type == HandshakeType::HELLO_REQUEST;
                    let fault = if is_request && speaker == Side::Server {
                        // Not heard, or declined, were it whole.
                        Fault::HelloRequestMalformed
                    } else if connected && msg_type == begins_anew {
                        Fault::RenegotiationRefused
                    } else {
                        Fault::MessageUnexpected
                    };
                    let play = interject(&scene, point, msg_type);
                    assert_eq!(play.honest.error, Some(fault.into()), "{case}");
                    let heard = Some(Error::PeerAlert(fault.alert()));
                    assert_eq!(play.speaker.error, heard, "{case}");
                    assert_eq!(play.honest.is_connected(), connected, "{case}");
                }
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 1_000, "{cases}");
}

/// Plays a handshake up to a point, where a message of this type comes in.
fn interject(scene: &Scene, point: usize, msg_type: HandshakeType) -> Play<'_> {
    let mut play = scene.play();
    let mut said = 0;
    while let Some(flight) = play.listen() {
        for item in &flight {
            if said == point {
                break;
            }
            play.speak(core::slice::from_ref(item), false);
            said += 1;
        }
        if said == point {
            break;
        }
        play.answer();
    }
    play.say(ContentType::HANDSHAKE, &message(msg_type, &[0; 8]));
    play.answer();
    play
}

//! Replay and tampering: bytes sent again, bytes changed, randomness that fails or repeats.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{Entropy, SystemEntropy};
use handfast::{AlertDescription, Client, Error, OwnFailure, ServerName};
use handfast_crypto::random::RandomFailed;
use handfast_testkit::forge::{Logged, Secrets, records};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::shape::Shape;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Those who meet for the first time.
fn strangers() -> impl Iterator<Item = Shape> {
    Shape::ALL.into_iter().filter(|shape| !shape.resumes())
}

fn pair(shape: Shape) -> Pair {
    let (client, server) = shape.ends();
    Pair::new(&client, &server)
}

#[test]
fn those_who_have_met_before_resume() {
    for shape in Shape::ALL {
        let mut pair = pair(shape);
        pair.connect(Delivery::Whole);
        let resumed = pair.client.connection.negotiated().unwrap().is_resumed();
        assert_eq!(resumed, shape.resumes(), "{shape:?}");
    }
}

#[test]
fn a_clients_bytes_sent_again_fail_by_finished_and_deliver_nothing() {
    for shape in Shape::ALL {
        let (client, server) = shape.ends();
        let mut first = Pair::new(&client, &server);
        first.connect(Delivery::Whole);
        first.exchange(b"transfer 100 to Eve");
        let mut again = End::new(server.accept(now()).unwrap());
        again.deliver(&first.client.sent, now());
        assert!(
            matches!(again.error, Some(Error::Fault(_))),
            "{shape:?}: {:?}",
            again.error
        );
        assert!(!again.is_connected() && again.data.is_empty(), "{shape:?}");
    }
}

#[test]
fn a_servers_bytes_sent_again_fail_and_deliver_nothing() {
    for shape in Shape::ALL {
        let (client, server) = shape.ends();
        let mut first = Pair::new(&client, &server);
        first.connect(Delivery::Whole);
        first.exchange(b"your balance");
        let name = ServerName::parse("localhost").unwrap();
        let mut again = End::new(client.connect(name, now()).unwrap());
        again.take_output();
        again.deliver(&first.server.sent, now());
        assert!(
            matches!(again.error, Some(Error::Fault(_))),
            "{shape:?}: {:?}",
            again.error
        );
        assert!(!again.is_connected() && again.data.is_empty(), "{shape:?}");
    }
}

/// Runs a handshake and a line each way, every byte of the wire through `tamper` with its
/// direction (true: from the client) and its place.
fn tampered(mut pair: Pair, mut tamper: impl FnMut(bool, usize, Vec<u8>) -> Vec<u8>) -> Pair {
    let mut places = [0, 0];
    let mut carry = |from_client: bool, bytes: Vec<u8>, to: &mut End| {
        let place = &mut places[usize::from(from_client)];
        let length = bytes.len();
        if length > 0 {
            to.deliver(&tamper(from_client, *place, bytes), now());
        }
        *place += length;
        length > 0
    };
    let mut written = [false, false];
    loop {
        let mut from_client = pair.client.take_output();
        if pair.client.is_connected() && pair.client.error.is_none() && !written[1] {
            written[1] = true;
            from_client.extend(pair.client.write(LINE));
        }
        let mut busy = carry(true, from_client, &mut pair.server);
        let mut from_server = pair.server.take_output();
        if pair.server.is_connected() && pair.server.error.is_none() && !written[0] {
            written[0] = true;
            from_server.extend(pair.server.write(LINE));
        }
        busy |= carry(false, from_server, &mut pair.client);
        if !busy {
            return pair;
        }
    }
}

const LINE: &[u8] = b"one line each way";

/// Tampers at every `step`th bit; gives how many bits were flipped.
fn flip_bits(shape: Shape, step: usize) -> usize {
    let honest = tampered(pair(shape), |_, _, bytes| bytes);
    assert_eq!(
        (&honest.client.data[..], &honest.server.data[..]),
        (LINE, LINE)
    );
    let mut flips = 0;
    for (from_client, flow) in [(true, &honest.client.sent), (false, &honest.server.sent)] {
        let harmless = version_bytes(flow);
        for bit in (0..flow.len() * 8).step_by(step) {
            let (at, mask) = (bit / 8, 1 << (bit % 8));
            let mut flipped = false;
            let pair = tampered(pair(shape), |direction, place, mut bytes| {
                if direction == from_client && (place..place + bytes.len()).contains(&at) {
                    bytes[at - place] ^= mask;
                    flipped = true;
                }
                bytes
            });
            flips += usize::from(flipped);
            let case = format!("{shape:?} client: {from_client} byte {at} mask {mask}");
            for end in [&pair.client, &pair.server] {
                assert!(LINE.starts_with(&end.data), "{case}: {:?}", end.data);
            }
            let (client, server) = (&pair.client, &pair.server);
            let all_is_well = client.error.is_none()
                && server.error.is_none()
                && (&client.data[..], &server.data[..]) == (LINE, LINE);
            assert!(
                !all_is_well || harmless.contains(&at),
                "{case}: nobody noticed"
            );
        }
    }
    flips
}

/// Where the version's lower byte stands in each unprotected record: both versions ignore it
/// (RFC 8446 section 5.1).
fn version_bytes(flow: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    while at + 5 <= flow.len() {
        if flow[at] != 23 {
            places.push(at + 2);
        }
        at += 5 + usize::from(u16::from_be_bytes([flow[at + 3], flow[at + 4]]));
    }
    places
}

#[test]
fn no_flipped_bit_goes_unnoticed() {
    let flips: usize = Shape::ALL.iter().map(|shape| flip_bits(*shape, 101)).sum();
    println!("{flips} flips");
    assert!(flips > 500);
}

#[test]
#[ignore = "takes minutes: every bit of every flow"]
fn not_one_flipped_bit_goes_unnoticed() {
    let flips: usize = Shape::ALL.iter().map(|shape| flip_bits(*shape, 1)).sum();
    println!("{flips} flips");
}

#[test]
fn a_record_repeated_dropped_or_swapped_is_never_taken() {
    for shape in Shape::ALL {
        let honest = tampered(pair(shape), |_, _, bytes| bytes);
        for (from_client, flow) in [(true, &honest.client.sent), (false, &honest.server.sent)] {
            for nth in 0..records(flow).len() {
                for change in [Change::Repeat, Change::Drop, Change::Swap] {
                    let mut seen = 0;
                    let pair = tampered(pair(shape), |direction, _, bytes| {
                        if direction != from_client {
                            return bytes;
                        }
                        let mut all = records(&bytes);
                        let first = seen;
                        seen += all.len();
                        change.apply(&mut all, nth.checked_sub(first));
                        all.concat()
                    });
                    let case = format!("{shape:?} client: {from_client} record {nth} {change:?}");
                    for end in [&pair.client, &pair.server] {
                        assert!(LINE.starts_with(&end.data), "{case}: {:?}", end.data);
                    }
                }
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Repeat,
    Drop,
    Swap,
}

impl Change {
    fn apply(self, all: &mut Vec<Vec<u8>>, nth: Option<usize>) {
        let Some(nth) = nth.filter(|nth| *nth < all.len()) else {
            return;
        };
        match self {
            Self::Repeat => all.insert(nth, all[nth].clone()),
            Self::Drop => drop(all.remove(nth)),
            Self::Swap if nth + 1 < all.len() => all.swap(nth, nth + 1),
            Self::Swap => {}
        }
    }
}

#[test]
fn a_flow_cut_anywhere_is_never_taken_for_its_end() {
    for shape in Shape::ALL {
        let mut whole = pair(shape);
        whole.connect(Delivery::Whole);
        let mut last = whole.server.write(LINE);
        whole.server.connection.close();
        last.extend(whole.server.take_output());
        let sent = &whole.server.sent;
        let flight = sent.len() - last.len();
        // During the handshake: whatever comes, the client is not connected until all is there.
        for cut in 0..flight {
            let mut end = tampered_cut(shape, cut);
            assert!(
                !end.events.contains(&handfast::Event::Closed),
                "{shape:?} {cut}"
            );
            assert!(
                end.data.is_empty() && end.error.is_none(),
                "{shape:?} {cut}"
            );
            assert_eq!(end.take_output().len(), 0);
        }
        // Afterwards: Closed comes with the last byte, and only then.
        for (count, byte) in last.iter().enumerate() {
            whole.client.deliver(&[*byte], now());
            let closed = whole.client.events.contains(&handfast::Event::Closed);
            assert_eq!(closed, count + 1 == last.len(), "{shape:?} {count}");
        }
        assert_eq!(whole.client.data, LINE);
    }
}

/// A client that was given the first bytes of what a server has to say.
fn tampered_cut(shape: Shape, cut: usize) -> End {
    let mut heard = 0;
    let pair = tampered(pair(shape), |from_client, place, mut bytes| {
        if !from_client {
            bytes.truncate(cut.saturating_sub(place));
            heard += bytes.len();
        }
        bytes
    });
    assert!(heard <= cut);
    pair.client
}

/// Randomness by a counter, so that a handshake can be had twice; one draw may differ in a bit.
#[derive(Debug)]
struct Counted {
    draws: AtomicU64,
    seed: u8,
    /// The draw and the byte in which a bit is flipped.
    flip: Option<(u64, usize)>,
}

impl Counted {
    fn new(seed: u8, flip: Option<(u64, usize)>) -> Arc<Self> {
        Arc::new(Self {
            draws: AtomicU64::new(0),
            seed,
            flip,
        })
    }
}

impl Entropy for Counted {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        let draw = self.draws.fetch_add(1, Ordering::Relaxed);
        for (place, byte) in out.iter_mut().enumerate() {
            let mixed = (place as u64 + 1) * 0x9e37 + (draw + 1) * 0x79b9 + u64::from(self.seed);
            *byte = mixed.to_be_bytes()[6] ^ mixed.to_be_bytes()[7];
        }
        if let Some((wanted, place)) = self.flip
            && wanted == draw
        {
            out[place] ^= 1;
        }
        Ok(())
    }
}

/// The secrets of a handshake with this randomness, as each end knows them.
fn secrets(
    shape: Shape,
    client: &Arc<Counted>,
    server: &Arc<Counted>,
) -> (Vec<Logged>, Vec<Logged>) {
    let logs = [Arc::new(Secrets::default()), Arc::new(Secrets::default())];
    let (mut client_config, mut server_config) = shape.configs();
    client_config.common.entropy = Arc::clone(client) as _;
    client_config.common.key_log = Some(Arc::clone(&logs[0]) as _);
    server_config.common.entropy = Arc::clone(server) as _;
    server_config.common.key_log = Some(Arc::clone(&logs[1]) as _);
    let mut pair = Pair::new(
        &client_config.check().unwrap(),
        &server_config.check().unwrap(),
    );
    pair.connect(Delivery::Whole);
    (logs[0].all(), logs[1].all())
}

fn values(log: &[Logged]) -> Vec<&[u8]> {
    log.iter().map(|one| &one.secret[..]).collect()
}

/// Not the first: X25519 clears the lowest bits of its key.
const BYTE: usize = 5;

#[test]
fn a_flipped_bit_of_a_random_changes_every_key() {
    for shape in [Shape::Full, Shape::Old] {
        let plain = secrets(shape, &Counted::new(1, None), &Counted::new(2, None));
        let twin = secrets(shape, &Counted::new(1, None), &Counted::new(2, None));
        assert_eq!(
            plain, twin,
            "{shape:?}: the same randomness gives the same keys"
        );
        assert_eq!(values(&plain.0), values(&plain.1));
        let labels = plain.0.len();
        assert_eq!(labels, if shape == Shape::Full { 5 } else { 1 });
        // A side of TLS 1.3 draws once: a client its random, a session id and its key, a server
        // its random and its key. Before, a client's key is a draw of its own, and with a
        // server's comes the name of a session.
        let (client_key, server_key) = match shape {
            Shape::Old => ((1, BYTE), (0, 48 + BYTE)),
            _ => ((0, 64 + BYTE), (0, 32 + BYTE)),
        };
        let of_client = [(0, BYTE), client_key]
            .map(|flip| secrets(shape, &Counted::new(1, Some(flip)), &Counted::new(2, None)));
        let of_server = [(0, BYTE), server_key]
            .map(|flip| secrets(shape, &Counted::new(1, None), &Counted::new(2, Some(flip))));
        let changed = of_client.into_iter().chain(of_server);
        for other in changed {
            for (one, two) in plain.0.iter().zip(&other.0) {
                assert_eq!(one.label, two.label);
                assert_ne!(one.secret, two.secret, "{shape:?} {}", one.label);
            }
        }
    }
}

#[test]
fn handshakes_with_one_certificate_share_no_key() {
    for shape in strangers() {
        let log = Arc::new(Secrets::default());
        let (mut client, server) = shape.configs();
        client.common.key_log = Some(Arc::clone(&log) as _);
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        for _ in 0..10 {
            Pair::new(&client, &server).connect(Delivery::Whole);
        }
        let all = log.all();
        let mut keys = values(&all);
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert!(count >= 10);
        assert_eq!(keys.len(), count, "{shape:?}");
    }
}

/// Randomness that fails at one draw and from then on.
#[derive(Debug)]
struct Failing {
    left: AtomicU64,
}

impl Entropy for Failing {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 {
            return Err(RandomFailed);
        }
        SystemEntropy.fill(out)
    }
}

fn failing(draws: u64) -> Arc<Failing> {
    Arc::new(Failing {
        left: AtomicU64::new(draws),
    })
}

#[test]
fn randomness_that_fails_at_any_draw_is_a_failed_handshake() {
    let own = Some(Error::Own(OwnFailure::Random));
    let told = Some(Error::PeerAlert(AlertDescription::INTERNAL_ERROR));
    let mut failed = 0;
    for shape in strangers() {
        for draws in 0.. {
            let (client, mut server) = shape.configs();
            server.common.entropy = failing(draws);
            let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
            pair.run(Delivery::Whole);
            if pair.server.error.is_none() {
                assert!(
                    pair.server.is_connected() && draws >= 1,
                    "{shape:?} {draws}"
                );
                break;
            }
            assert_eq!(
                (pair.server.error, pair.client.error),
                (own, told),
                "{shape:?} {draws}"
            );
            assert!(!pair.server.is_connected() && !pair.client.is_connected());
            failed += 1;
        }
        for draws in 0.. {
            let (mut client, server) = shape.configs();
            client.common.entropy = failing(draws);
            let client = client.check().unwrap();
            let name = ServerName::parse("localhost").unwrap();
            let connection = match client.connect(name, now()) {
                Ok(connection) => connection,
                Err(error) => {
                    assert_eq!(Some(error), own, "{shape:?} {draws}");
                    failed += 1;
                    continue;
                }
            };
            let mut pair = Pair::new(&pair_client(shape), &server.check().unwrap());
            pair.client = End::new(connection);
            pair.run(Delivery::Whole);
            if pair.client.error.is_none() {
                assert!(
                    pair.client.is_connected() && draws >= 1,
                    "{shape:?} {draws}"
                );
                break;
            }
            assert_eq!(
                (pair.client.error, pair.server.error),
                (own, told),
                "{shape:?} {draws}"
            );
            failed += 1;
        }
    }
    println!("{failed} failed draws");
}

fn pair_client(shape: Shape) -> Client {
    shape.configs().0.check().unwrap()
}

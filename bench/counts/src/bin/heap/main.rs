//! What a connection of TLS 1.3 holds in memory: `heap [--mutual] [--hybrid] [--sites]`.
//!
//! Bytes are live bytes of C and Rust alike by `malloc_usable_size`, the connection's own value (in
//! a box) included, the transport's memory not: as in the benchmark's rows. *Ours* came by Rust's
//! allocator, *the library's* from the crypto library's C. One pair is looked at, after others have
//! made what is made once a process.

mod log;
mod sites;

use crate::log::{Event, Phase, during, events, tick, with_stacks};
use handfast_counts::Result;
use handfast_counts::ends::Ends;
use handfast_counts::pair::{Wire, open, seal, shake_hands};
use handfast_counts::scenario::{Handshake, Part, Version};

fn main() -> Result<()> {
    let (mut handshake, mut with_sites) = (Handshake::full(Version::Tls13), false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--mutual" => handshake.mutual = true,
            "--hybrid" => handshake.hybrid = true,
            "--sites" => with_sites = true,
            other => {
                return Err(format!("heap [--mutual] [--hybrid] [--sites], not {other}").into());
            }
        }
    }
    if with_sites {
        with_stacks();
    }
    let ends = Ends::new(handshake)?;
    for _ in 0..WARM_UP {
        pair(&ends, false)?;
    }
    let ticks = pair(&ends, true)?;
    let events = events();
    let sides = [
        Side::new(&events, Phase::ClientHandshake, Phase::ClientTraffic, ticks),
        Side::new(&events, Phase::ServerHandshake, Phase::ServerTraffic, ticks),
    ];
    table(&sides);
    if with_sites {
        for (side, name) in sides.iter().zip(["client", "server"]) {
            sites::print(side, name);
        }
    }
    Ok(())
}

/// When what was over.
#[derive(Clone, Copy)]
struct Ticks {
    connected: u64,
    /// The first record went each way: its keys are set up.
    begun: u64,
    finished: u64,
    /// Both sides rest.
    rests: u64,
}

/// One pair through its handshake and its traffic, to its rest. What it does is written down if
/// `look`.
fn pair(ends: &Ends, look: bool) -> Result<Ticks> {
    let phase = |phase: Phase| if look { phase } else { Phase::Nothing };
    let (client_shakes, server_shakes) =
        (phase(Phase::ClientHandshake), phase(Phase::ServerHandshake));
    let (client_talks, server_talks) = (phase(Phase::ClientTraffic), phase(Phase::ServerTraffic));
    let (mut to_server, mut to_client) = (Wire::default(), Wire::default());
    let (content, mut wire) = (vec![0x5a; 16 * 1024], vec![0; 17 * 1024]);
    let mut client = during(client_shakes, || ends.client().map(Box::new))?;
    let mut server = during(server_shakes, || ends.server().map(Box::new))?;
    let wires = (&mut to_server, &mut to_client);
    shake_hands(&mut client, &mut server, wires, &mut |part, work| {
        let phase = match part {
            Part::Client => client_shakes,
            Part::Server => server_shakes,
        };
        during(phase, work)
    })?;
    let connected = tick();
    let mut begun = connected;
    for number in 0..=RECORDS {
        let record = during(client_talks, || seal(&mut client, &content, &mut wire, 0))?;
        during(server_talks, || {
            open(&mut server, &mut wire[record], content.len())
        })?;
        let record = during(server_talks, || seal(&mut server, &content, &mut wire, 0))?;
        during(client_talks, || {
            open(&mut client, &mut wire[record], content.len())
        })?;
        if number == 0 {
            begun = tick();
        }
    }
    let finished = tick();
    during(client_talks, || client.rest());
    during(server_talks, || server.rest());
    Ok(Ticks {
        connected,
        begun,
        finished,
        rests: tick(),
    })
}

/// What one side did.
pub(crate) struct Side {
    /// Allocations in the handshake.
    pub(crate) handshake: Vec<Event>,
    /// Allocations in the traffic.
    pub(crate) traffic: Vec<Event>,
    /// What it holds right after the handshake.
    pub(crate) idle: Vec<Event>,
    /// What it holds after 64 KiB each way.
    pub(crate) after_traffic: Vec<Event>,
    /// What it holds at rest after that.
    pub(crate) at_rest: Vec<Event>,
    /// What it holds when it holds most, in the handshake.
    pub(crate) peak: Vec<Event>,
}

impl Side {
    fn new(events: &[Event], handshake: Phase, traffic: Phase, ticks: Ticks) -> Self {
        let of = |phase: Phase| -> Vec<Event> {
            let mine = events.iter().filter(|event| event.phase == phase as u32);
            mine.copied().collect()
        };
        let (handshake, traffic) = (of(handshake), of(traffic));
        let live = |tick: u64| -> Vec<Event> {
            let all = handshake.iter().chain(&traffic);
            all.filter(|event| event.lived_at(tick)).copied().collect()
        };
        let births = handshake.iter().map(|event| event.born);
        let peak = births.map(live).max_by_key(|live| bytes(live, |_| true));
        Self {
            idle: live(ticks.connected),
            after_traffic: live(ticks.finished),
            at_rest: live(ticks.rests),
            peak: peak.unwrap_or_default(),
            traffic: traffic
                .iter()
                .filter(|event| (ticks.begun..ticks.finished).contains(&event.born))
                .copied()
                .collect(),
            handshake,
        }
    }
}

pub(crate) fn bytes(events: &[Event], which: impl Fn(&Event) -> bool) -> u64 {
    let those = events.iter().filter(|event| which(event));
    those.map(|event| event.bytes).sum()
}

fn table(sides: &[Side; 2]) {
    println!("{:<48} {:>8} {:>8}", "", "client", "server");
    let row = |name: &str, of: &dyn Fn(&Side) -> u64| {
        let [client, server] = sides.each_ref().map(of);
        println!("{name:<48} {client:>8} {server:>8}");
    };
    let all = |_: &Event| true;
    let theirs = |event: &Event| !event.is_ours();
    row("heap bytes, idle after the handshake", &|side| {
        bytes(&side.idle, all)
    });
    row("  of these ours", &|side| bytes(&side.idle, Event::is_ours));
    row("  of these the library's", &|side| {
        bytes(&side.idle, theirs)
    });
    row("heap bytes, idle after 64 KiB each way", &|side| {
        bytes(&side.after_traffic, all)
    });
    row("heap bytes, at rest after that", &|side| {
        bytes(&side.at_rest, all)
    });
    row("heap bytes, peak in the handshake", &|side| {
        bytes(&side.peak, all)
    });
    row("  of these ours", &|side| bytes(&side.peak, Event::is_ours));
    row("  of these the library's", &|side| {
        bytes(&side.peak, theirs)
    });
    let count = |events: &[Event], ours: bool| {
        let those = events.iter().filter(|event| event.is_ours() == ours);
        those.count() as u64
    };
    row("allocations of the handshake", &|side| {
        side.handshake.len() as u64
    });
    row("  of these ours", &|side| count(&side.handshake, true));
    row("  of these the library's", &|side| {
        count(&side.handshake, false)
    });
    row(
        "allocations of 4 records each way after the first",
        &|side| side.traffic.len() as u64,
    );
}

/// Pairs before the one that is looked at.
const WARM_UP: u32 = 4;

/// Records of 16 KiB each way.
const RECORDS: u32 = 4;

//! One library measured: time, heap, resident memory.

use crate::handshake::{Pair, ROUND_TRIPS, buffer, handshakes};
use crate::material::Material;
use crate::peer::{Lacks, Peer, Side};
use crate::rows::USUAL;
use crate::task::{BATCH, HeapUse, Measured, Return, Scenario, Suite, Task, Version, Way};
use crate::wire::{Sink, Source};
use crate::{Result, clock, heap};
use std::hint::black_box;

/// Bytes of wire that lie ready in a bulk measurement: less than a core's cache.
const READY: usize = 192 * 1024;

/// Does `task` with the library `P`.
pub fn measure<P: Peer>(material: &Material, task: Task) -> Result<Measured> {
    match done::<P>(material, task) {
        Err(error) if error.is::<Lacks>() => Ok(Measured::Unsupported),
        other => other,
    }
}

fn done<P: Peer>(material: &Material, task: Task) -> Result<Measured> {
    match task {
        Task::Handshake { scenario, count } => handshakes::<P>(material, scenario, count),
        Task::Bulk {
            suite,
            way,
            size,
            count,
        } => bulk::<P>(material, suite, way, size, count),
        Task::Heap { scenario, count } => held::<P>(material, scenario, count),
        Task::Resident { scenario, count } => resident::<P>(material, scenario, count),
        Task::Sessions { count } => sessions::<P>(material, count),
        Task::Primitive { .. } | Task::Replay { .. } => Ok(Measured::Unsupported),
    }
}

fn bulk<P: Peer>(
    material: &Material,
    suite: Suite,
    way: Way,
    size: usize,
    count: u32,
) -> Result<Measured> {
    let scenario = Scenario { suite, ..USUAL };
    let mut pair = Pair::connect(&P::new(material, scenario)?, scenario)?;
    let data = vec![0x5a; size];
    if way == Way::Send {
        let mut wire = Sink::discarding();
        pair.client.send(&data, &mut wire)?;
        let start = clock::cpu_ns();
        for _ in 0..count {
            pair.client.send(black_box(&data), &mut wire)?;
        }
        return Ok(Measured::Each(
            (clock::cpu_ns() - start) as f64 / f64::from(count),
        ));
    }
    if way == Way::SendBatch {
        return batches(&mut pair.client, &data, count.div_ceil(BATCH as u32));
    }
    let ready = u32::try_from((READY / (size + 22)).clamp(1, 1000))?;
    let batches = count.div_ceil(ready);
    let mut ns = 0;
    let mut content = vec![0; size + 512];
    for batch in 0..=batches {
        let mut wire = Sink::keeping();
        for _ in 0..ready {
            pair.client.send(&data, &mut wire)?;
        }
        let wire = wire.take();
        let spent = match way {
            Way::ReceiveInPlace => match in_place(&mut pair.server, wire, ready, size)? {
                Some(spent) => spent,
                None => return Ok(Measured::Unsupported),
            },
            _ => through_reads(&mut pair.server, wire, ready, size, &mut content)?,
        };
        // The first batch warms up.
        if batch > 0 {
            ns += spent;
        }
    }
    Ok(Measured::Each(ns as f64 / f64::from(batches * ready)))
}

fn batches(side: &mut impl Side, data: &[u8], count: u32) -> Result<Measured> {
    let mut wire = Sink::discarding();
    if !side.send_batch(data, &mut wire)? {
        return Ok(Measured::Unsupported);
    }
    let start = clock::cpu_ns();
    for _ in 0..count {
        side.send_batch(black_box(data), &mut wire)?;
    }
    let records = f64::from(count) * BATCH as f64;
    Ok(Measured::Each((clock::cpu_ns() - start) as f64 / records))
}

fn through_reads(
    side: &mut impl Side,
    wire: Vec<u8>,
    records: u32,
    size: usize,
    content: &mut [u8],
) -> Result<i64> {
    let mut source = Source::new(wire);
    let start = clock::cpu_ns();
    for _ in 0..records {
        let length = side.receive(&mut source, content)?;
        if length != size {
            return Err(format!("{length} bytes of content, not {size}").into());
        }
        black_box(&mut *content);
    }
    Ok(clock::cpu_ns() - start)
}

fn in_place(
    side: &mut impl Side,
    mut wire: Vec<u8>,
    records: u32,
    size: usize,
) -> Result<Option<i64>> {
    let mut at = 0;
    let start = clock::cpu_ns();
    for _ in 0..records {
        let Some((used, length)) = side.receive_in_place(&mut wire[at..])? else {
            return Ok(None);
        };
        if length != size {
            return Err(format!("{length} bytes of content, not {size}").into());
        }
        at += used;
    }
    Ok(Some(clock::cpu_ns() - start))
}

/// Charges what one side does to that side's account.
#[derive(Default)]
struct Account {
    live: i64,
    peak: i64,
    allocations: i64,
    allocations_rust: i64,
}

impl Account {
    fn charge<T>(&mut self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let (live, allocations) = (heap::live(), heap::allocations());
        let rust = heap::allocations_rust();
        heap::reset_peak();
        let done = work()?;
        self.peak = self.peak.max(self.live + heap::peak() - live);
        self.live += heap::live() - live;
        self.allocations += heap::allocations() - allocations;
        self.allocations_rust += heap::allocations_rust() - rust;
        Ok(done)
    }
}

fn held<P: Peer>(material: &Material, scenario: Scenario, count: u32) -> Result<Measured> {
    heap::count();
    let peer = P::new(material, scenario)?;
    drop(Pair::connect(&peer, scenario)?);
    let (mut client_use, mut server_use) = (HeapUse::default(), HeapUse::default());
    let mut pairs = Vec::with_capacity(usize::try_from(count)?);
    let mut content = vec![0; 17 * 1024];
    let data = vec![0x5a; 16 * 1024];
    // What is made once a process, or grows to its size once, is not a
    // connection's: the transport's buffers are shared by all.
    let (mut to_server, mut to_client) = (buffer(), buffer());
    for _ in 0..count {
        let (mut ours, mut theirs) = (Account::default(), Account::default());
        // In a box each, so that the bytes of the value itself count too.
        let mut client = ours.charge(|| Ok(Box::new(peer.client()?)))?;
        let mut server = theirs.charge(|| Ok(Box::new(peer.server()?)))?;
        for _ in 0..ROUND_TRIPS {
            ours.charge(|| client.drive(&mut to_client, &mut to_server))?;
            theirs.charge(|| server.drive(&mut to_server, &mut to_client))?;
        }
        after_handshake(&mut client_use, &mut ours);
        after_handshake(&mut server_use, &mut theirs);
        for number in 0..=4 {
            if number == 1 {
                // What the first record of a direction sets up is a connection's, not a record's.
                (ours.allocations, theirs.allocations) = (0, 0);
            }
            traffic(
                (&mut *client, &mut ours),
                (&mut *server, &mut theirs),
                &data,
                &mut content,
            )?;
            traffic(
                (&mut *server, &mut theirs),
                (&mut *client, &mut ours),
                &data,
                &mut content,
            )?;
        }
        client_use.after_traffic += ours.live as f64;
        server_use.after_traffic += theirs.live as f64;
        client_use.allocations_traffic += ours.allocations as f64;
        server_use.allocations_traffic += theirs.allocations as f64;
        pairs.push((client, server));
    }
    let each = |sum: HeapUse| HeapUse {
        idle: sum.idle / f64::from(count),
        after_traffic: sum.after_traffic / f64::from(count),
        peak: sum.peak / f64::from(count),
        allocations: sum.allocations / f64::from(count),
        allocations_rust: sum.allocations_rust / f64::from(count),
        allocations_traffic: sum.allocations_traffic / f64::from(count),
    };
    Ok(Measured::Heap {
        client: each(client_use),
        server: each(server_use),
    })
}

fn after_handshake(sum: &mut HeapUse, account: &mut Account) {
    sum.idle += account.live as f64;
    sum.peak += account.peak as f64;
    sum.allocations += account.allocations as f64;
    sum.allocations_rust += account.allocations_rust as f64;
    account.allocations = 0;
}

fn traffic(
    (from, from_account): (&mut impl Side, &mut Account),
    (to, to_account): (&mut impl Side, &mut Account),
    data: &[u8],
    content: &mut [u8],
) -> Result<()> {
    let mut wire = Sink::with_room(2 * data.len());
    from_account.charge(|| from.send(data, &mut wire))?;
    let mut source = Source::new(wire.take());
    let length = to_account.charge(|| to.receive(&mut source, content))?;
    if length == data.len() {
        Ok(())
    } else {
        Err("content came in pieces".into())
    }
}

fn resident<P: Peer>(material: &Material, scenario: Scenario, count: u32) -> Result<Measured> {
    let peer = P::new(material, scenario)?;
    // What is made once a process is not a connection's.
    let mut pairs = Vec::with_capacity(usize::try_from(count)?);
    for _ in 0..16 {
        pairs.push(without_buffers(Pair::connect(&peer, scenario)?));
    }
    let before = resident_bytes()?;
    for _ in 16..count {
        pairs.push(without_buffers(Pair::connect(&peer, scenario)?));
    }
    let gained = resident_bytes()? - before;
    Ok(Measured::Resident(gained / f64::from(count - 16)))
}

/// Every client comes anew and keeps nothing, so that what grows is the server's.
fn sessions<P: Peer>(material: &Material, count: u32) -> Result<Measured> {
    heap::count();
    let stranger = Scenario {
        version: Version::Tls12,
        ..USUAL
    };
    let keeping = Scenario {
        back: Some(Return::SessionId),
        ..stranger
    };
    let (clients, servers) = (P::new(material, stranger)?, P::new(material, keeping)?);
    let connect = || -> Result<()> {
        let (client, server) = (clients.client()?, servers.server()?);
        Pair::<P>::shake_hands(client, server, stranger).map(drop)
    };
    // What is made once a process is not the cache's; the cache of a connection or
    // two is small beside the others.
    for _ in 0..2 {
        connect()?;
    }
    servers.forget_sessions();
    let before = heap::live();
    for _ in 0..count {
        connect()?;
    }
    Ok(Measured::Sessions {
        kept: servers.sessions().unwrap_or(f64::from(count)),
        bytes: (heap::live() - before) as f64,
    })
}

fn without_buffers<P: Peer>(pair: Pair<P>) -> (P::Client, P::Server) {
    (pair.client, pair.server)
}

fn resident_bytes() -> Result<f64> {
    let pages = std::fs::read_to_string("/proc/self/statm")?;
    let resident: f64 = pages
        .split_whitespace()
        .nth(1)
        .ok_or("statm has no second field")?
        .parse()?;
    Ok(resident * 4096.0)
}

//! Does one scenario: `scenario NAME [ROUNDS]`. What is to be counted happens below the function
//! `counted`, everything else outside it, so that callgrind can tell them apart:
//!
//! `valgrind --tool=callgrind --collect-atstart=no '--toggle-collect=scenario::counted' scenario tls13-full-server 32`

use handfast_counts::Result;
use handfast_counts::ends::Ends;
use handfast_counts::pair::{Wire, open, seal, shake_hands};
use handfast_counts::scenario::{Handshake, Part, SCENARIOS, Version, Work};
use std::hint::black_box;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some(scenario) = SCENARIOS.iter().find(|scenario| scenario.name == name) else {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        return Err(format!("scenario NAME [ROUNDS], with one of: {}", names.join(", ")).into());
    };
    let rounds = arguments.next().map_or(Ok(32), |rounds| rounds.parse())?;
    match scenario.work {
        Work::Handshake(handshake, part) => handshakes(handshake, part, rounds),
        Work::Send(bytes) => send(bytes, rounds),
        Work::Receive(bytes) => receive(bytes, rounds),
    }
}

/// Below here callgrind counts.
#[inline(never)]
fn counted(work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    work()?;
    // Not a tail call, or the function would end before its work begins.
    black_box(());
    Ok(())
}

fn handshakes(handshake: Handshake, part: Part, rounds: u32) -> Result<()> {
    let ends = Ends::new(handshake)?;
    // What is made once a process or a config is not a handshake's; and who comes back was there.
    for _ in 0..WARM_UP {
        one(&ends, handshake, None)?;
    }
    for _ in 0..rounds {
        one(&ends, handshake, Some(part))?;
    }
    Ok(())
}

fn one(ends: &Ends, handshake: Handshake, part: Option<Part>) -> Result<()> {
    let turn = |mine: Part, work: &mut dyn FnMut() -> Result<()>| match part {
        Some(part) if part == mine => counted(work),
        _ => work(),
    };
    let (mut client, mut server) = (None, None);
    turn(Part::Client, &mut || {
        client = Some(ends.client()?);
        Ok(())
    })?;
    turn(Part::Server, &mut || {
        server = Some(ends.server()?);
        Ok(())
    })?;
    let (Some(client_end), Some(server_end)) = (&mut client, &mut server) else {
        return Err("an end is missing".into());
    };
    let wires = (&mut Wire::default(), &mut Wire::default());
    shake_hands(client_end, server_end, wires, &mut |part, work| {
        turn(part, work)
    })?;
    let back = |end: &handfast::Connection| end.negotiated().is_some_and(|it| it.is_resumed());
    let wanted = handshake.back.is_some() && part.is_some();
    if part.is_some() && (back(client_end), back(server_end)) != (wanted, wanted) {
        return Err("the client did not come as the scenario says".into());
    }
    turn(Part::Client, &mut || {
        client = None;
        Ok(())
    })?;
    turn(Part::Server, &mut || {
        server = None;
        Ok(())
    })
}

fn send(bytes: usize, rounds: u32) -> Result<()> {
    let (mut client, _server) = connected()?;
    let content = vec![0x5a; bytes];
    let mut wire = vec![0; bytes + 512];
    seal(&mut client, &content, &mut wire, 0)?;
    counted(&mut || {
        for _ in 0..rounds {
            seal(&mut client, black_box(&content), &mut wire, 0)?;
        }
        Ok(())
    })
}

fn receive(bytes: usize, rounds: u32) -> Result<()> {
    let (mut client, mut server) = connected()?;
    let content = vec![0x5a; bytes];
    let mut wire = vec![0; (bytes + 512) * usize::try_from(rounds + 1)?];
    let mut records = Vec::new();
    let mut at = 0;
    for _ in 0..=rounds {
        let record = seal(&mut client, &content, &mut wire, at)?;
        at = record.end;
        records.push(record);
    }
    let mut records = records.into_iter();
    if let Some(first) = records.next() {
        open(&mut server, &mut wire[first], bytes)?;
    }
    counted(&mut || {
        for record in records.by_ref() {
            open(&mut server, &mut wire[record], bytes)?;
        }
        Ok(())
    })
}

fn connected() -> Result<(handfast::Connection, handfast::Connection)> {
    let ends = Ends::new(Handshake::full(Version::Tls13))?;
    let (mut client, mut server) = (ends.client()?, ends.server()?);
    let wires = (&mut Wire::default(), &mut Wire::default());
    shake_hands(&mut client, &mut server, wires, &mut |_, work| work())?;
    Ok((client, server))
}

/// Handshakes before the first that counts.
const WARM_UP: u32 = 4;

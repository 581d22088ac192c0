//! Connections held in memory: established and idle, or half open.

use crate::Result;
use crate::meeting::{HOST, Meeting, connect, hear, say};
use handfast::ServerName;
use handfast::stream::now;
use std::time::{Duration, Instant};

/// Bytes that one waking sends each way.
pub(crate) const WORDS: usize = 64;

/// Resident bytes of this process.
pub(crate) fn resident() -> Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm.split_whitespace().nth(1).ok_or("no such field")?;
    Ok(pages.parse::<u64>()? * 4096)
}

pub(crate) fn each(before: u64, after: u64, count: usize) -> f64 {
    after.saturating_sub(before) as f64 / count as f64
}

/// What it took to wake some of the connections.
#[derive(Default)]
pub(crate) struct Waking(Vec<Duration>);

impl Waking {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn print(mut self, what: &str) {
        self.0.sort_unstable();
        let at = |part: usize| {
            let last = self.0.len().saturating_sub(1);
            let took = self.0.get(last * part / 100).copied().unwrap_or_default();
            took.as_secs_f64() * 1e6
        };
        println!(
            "waking one, {WORDS} bytes in and {WORDS} out, {what}: {:.1} us (median), {:.1} us (99 of 100), {:.1} us at most, of {}",
            at(50),
            at(99),
            at(100),
            self.0.len()
        );
    }
}

/// Holds servers' connections whose clients say nothing.
pub(crate) fn idle(count: usize) -> Result<()> {
    let meeting = Meeting::new()?;
    let (client, server) = (meeting.client.check()?, meeting.server.check()?);
    drop(connect(&client, &server)?);
    let mut held = Vec::with_capacity(count);
    let mut awake = Vec::new();
    // Some clients stay, to wake their servers later.
    let kept_every = (count / 1000).max(1);
    let before = resident()?;
    let start = Instant::now();
    for number in 0..count {
        let (ours, theirs) = connect(&client, &server)?;
        held.push(theirs);
        if number % kept_every == 0 {
            awake.push((number, ours));
        }
    }
    println!(
        "{count} idle server connections: {:.0} bytes resident each ({:.1} s; the clients of {} of them included)",
        each(before, resident()?, count),
        start.elapsed().as_secs_f64(),
        awake.len()
    );
    let mut wire = Vec::new();
    let mut waking = Waking::default();
    for (number, ours) in &mut awake {
        wire.resize(ours.send_size(WORDS), 0);
        let written = ours.send(&[&[7; WORDS]], &mut wire)?;
        wire.truncate(written);
        let theirs = held.get_mut(*number).ok_or("nobody there")?;
        let mut answer = vec![0; theirs.send_size(WORDS)];
        let start = Instant::now();
        let received = theirs.receive(&mut wire, now())?;
        if !matches!(received.event, Some(handfast::Event::Data(_))) {
            return Err("the data did not come".into());
        }
        theirs.send(&[&[8; WORDS]], &mut answer)?;
        waking.add(start.elapsed());
        wire.clear();
    }
    waking.print("without a transport");
    Ok(())
}

/// Holds servers' connections that wait for the client's second flight.
pub(crate) fn storm(count: usize) -> Result<()> {
    let meeting = Meeting::new()?;
    let client = meeting.client.check()?;
    let server = meeting.server.check()?;
    drop(connect(&client, &server)?);
    let mut hello = Vec::new();
    say(
        &mut client.connect(ServerName::parse(HOST)?, now())?,
        &mut hello,
    )?;
    let mut held = Vec::with_capacity(count);
    let before = resident()?;
    for _ in 0..count {
        let mut theirs = server.accept(now())?;
        let mut wire = hello.clone();
        hear(&mut theirs, &mut wire)?;
        wire.clear();
        say(&mut theirs, &mut wire)?;
        if !theirs.is_handshaking() {
            return Err("the handshake ended".into());
        }
        held.push(theirs);
    }
    println!(
        "{count} half-open handshakes: {:.0} bytes resident each",
        each(before, resident()?, count)
    );
    Ok(())
}

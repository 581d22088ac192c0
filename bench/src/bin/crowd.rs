//! Many connections at once, and many threads: what one server process bears.
//!
//! ```text
//! crowd idle 100000     established and idle: resident bytes each, and waking one
//! crowd storm 10000     half open, the server's flight sent: resident bytes each
//! crowd threads         handshakes and lookups on one and on two threads
//! ```
//! Everything is in memory: no descriptor, no buffer of a transport.

use handfast::config::{SystemEntropy, Trust};
use handfast::session::{MemoryStore, SessionCache, SessionStore, TicketKeys};
use handfast::stream::now;
use handfast::{
    Client, ClientConfig, Connection, Credential, Event, ProtocolVersion, Roots, Server,
    ServerConfig, ServerName,
};
use handfast_ca::authority::Authority;
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_crypto::signature::KeyKind;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const HOST: &str = "crowd.test";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match *words {
        ["idle", count] => count.parse().map_err(Into::into).and_then(idle),
        ["storm", count] => count.parse().map_err(Into::into).and_then(storm),
        ["threads"] => threads(),
        _ => Err("say `idle COUNT`, `storm COUNT` or `threads`".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crowd: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Two configs that trust each other.
struct Meeting {
    client: ClientConfig,
    server: ServerConfig,
}

impl Meeting {
    fn new() -> Result<Self> {
        let validity = Validity::days(now().unix_ms / 1000, 1);
        let root = Authority::new("Crowd root", validity, KeyKind::EcP256)?;
        let names = [AlternativeName::dns(HOST)];
        let issued = root.issue_server(&names, validity, KeyKind::EcP256)?;
        let mut roots = Roots::new();
        roots.add(root.root_der().clone())?;
        let (chain, key) = issued.into_parts();
        Ok(Self {
            client: ClientConfig::new(Trust::Roots(roots)),
            server: ServerConfig::new(Credential::new(chain, key)?),
        })
    }
}

/// All that a connection wants to send.
fn say(connection: &mut Connection, to: &mut Vec<u8>) -> Result<()> {
    while connection.wants_send() {
        let start = to.len();
        to.resize(start + connection.send_size(0), 0);
        let written = connection.send(&[], to.get_mut(start..).unwrap_or_default())?;
        to.truncate(start + written);
    }
    Ok(())
}

/// Gives bytes to a connection until it wants more; tells whether it is connected.
fn hear(connection: &mut Connection, bytes: &mut Vec<u8>) -> Result<bool> {
    let mut connected = false;
    loop {
        let received = connection.receive(bytes, now())?;
        bytes.drain(..received.consumed.min(bytes.len()));
        match received.event {
            None => return Ok(connected),
            Some(Event::Connected) => connected = true,
            Some(_) => {}
        }
    }
}

/// A handshake to its end.
fn connect(client: &Client, server: &Server) -> Result<(Connection, Connection)> {
    let mut ours = client.connect(ServerName::parse(HOST)?, now())?;
    let mut theirs = server.accept(now())?;
    let mut wire = Vec::new();
    let (mut here, mut there) = (false, false);
    for _ in 0..6 {
        say(&mut ours, &mut wire)?;
        there |= hear(&mut theirs, &mut wire)?;
        say(&mut theirs, &mut wire)?;
        here |= hear(&mut ours, &mut wire)?;
        if here && there && !ours.wants_send() && !theirs.wants_send() {
            return Ok((ours, theirs));
        }
    }
    Err("the two did not come together".into())
}

/// Resident bytes of this process.
fn resident() -> Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm.split_whitespace().nth(1).ok_or("no such field")?;
    Ok(pages.parse::<u64>()? * 4096)
}

fn each(before: u64, after: u64, count: usize) -> f64 {
    after.saturating_sub(before) as f64 / count as f64
}

/// Holds servers' connections whose clients say nothing.
fn idle(count: usize) -> Result<()> {
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
    let clients = awake.len();
    println!(
        "{count} idle server connections: {:.0} bytes resident each ({:.1} s; the clients of {clients} of them included)",
        each(before, resident()?, count),
        start.elapsed().as_secs_f64()
    );
    let mut wire = Vec::new();
    let mut spent = Duration::ZERO;
    let mut longest = Duration::ZERO;
    for (number, ours) in &mut awake {
        wire.resize(ours.send_size(64), 0);
        let written = ours.send(&[&[7; 64]], &mut wire)?;
        wire.truncate(written);
        let theirs = held.get_mut(*number).ok_or("nobody there")?;
        let mut answer = vec![0; theirs.send_size(64)];
        let start = Instant::now();
        let received = theirs.receive(&mut wire, now())?;
        if !matches!(received.event, Some(Event::Data(_))) {
            return Err("the data did not come".into());
        }
        theirs.send(&[&[8; 64]], &mut answer)?;
        let took = start.elapsed();
        spent += took;
        longest = longest.max(took);
        wire.clear();
    }
    println!(
        "waking one, 64 bytes in and 64 out: {:.1} us on average, {:.1} us at most, of {clients}",
        spent.as_secs_f64() * 1e6 / clients as f64,
        longest.as_secs_f64() * 1e6
    );
    Ok(())
}

/// Holds servers' connections that wait for the client's second flight.
fn storm(count: usize) -> Result<()> {
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

/// How one kind of work goes on one thread and on two.
fn threads() -> Result<()> {
    let meeting = Meeting::new()?;
    let full = {
        let (client, server) = (
            meeting.client.clone().check()?,
            meeting.server.clone().check()?,
        );
        move |_: &Client| connect(&client, &server).map(drop)
    };
    let plain = meeting.client.clone().check()?;
    compare("full handshakes, TLS 1.3", &plain, &full)?;
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        let mut sealed = meeting.server.clone();
        sealed.common.versions = vec![version];
        let mut kept = sealed.clone();
        let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
        sealed.ticket_keys = Some(Arc::new(keys.map_err(handfast::Error::from)?));
        kept.session_cache = Some(Arc::new(SessionCache::default()));
        for (name, server) in [("by ticket", sealed), ("from the server's cache", kept)] {
            let server = server.check()?;
            let back = move |client: &Client| {
                let (ours, _) = connect(client, &server)?;
                let resumed = ours
                    .negotiated()
                    .is_some_and(handfast::Negotiated::is_resumed);
                resumed.then_some(()).ok_or_else(|| "not resumed".into())
            };
            let client = meeting.client.clone();
            compare_returns(&format!("{version}, {name}"), &client, version, &back)?;
        }
    }
    Ok(())
}

type Work<'w> = &'w (dyn Fn(&Client) -> Result<()> + Sync);

const ROUND: Duration = Duration::from_secs(1);

/// Times a second, on so many threads, each with a client of its own.
fn rate(clients: &[Client], work: Work<'_>) -> Result<f64> {
    let start = Instant::now();
    let counts = std::thread::scope(|scope| {
        let running: Vec<_> = clients
            .iter()
            .map(|client| {
                scope.spawn(move || {
                    let mut count = 0_u32;
                    while start.elapsed() < ROUND {
                        work(client).map_err(|error| error.to_string())?;
                        count += 1;
                    }
                    Ok::<u32, String>(count)
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a thread died".to_owned())?)
            .collect::<std::result::Result<Vec<u32>, String>>()
    })?;
    Ok(f64::from(counts.iter().sum::<u32>()) / start.elapsed().as_secs_f64())
}

fn compare(name: &str, client: &Client, work: Work<'_>) -> Result<()> {
    let mut ratios = Vec::new();
    let mut alone = 0.0;
    for _ in 0..5 {
        alone = rate(std::slice::from_ref(client), work)?;
        let both = rate(&[client.clone(), client.clone()], work)?;
        ratios.push(both / alone);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    println!("{name}: {alone:.0} a second on one thread, {median:.2} times that on two");
    Ok(())
}

/// The same with sessions: each thread's client has its own store, and a full
/// handshake behind it.
fn compare_returns(
    name: &str,
    config: &ClientConfig,
    version: ProtocolVersion,
    work: Work<'_>,
) -> Result<()> {
    let client = || {
        let mut config = config.clone();
        config.common.versions = vec![version];
        config.sessions = Some(Arc::new(MemoryStore::default()) as Arc<dyn SessionStore>);
        config.check()
    };
    let clients = [client()?, client()?];
    for client in &clients {
        // The first one is full.
        let _ = work(client);
        work(client)?;
    }
    let mut ratios = Vec::new();
    let mut alone = 0.0;
    for _ in 0..5 {
        alone = rate(clients.get(..1).unwrap_or_default(), work)?;
        ratios.push(rate(&clients, work)? / alone);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    println!("{name}: {alone:.0} a second on one thread, {median:.2} times that on two");
    Ok(())
}

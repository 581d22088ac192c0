//! The same over sockets of the loopback interface: a process of servers, and one of
//! their clients, so that each end has its own descriptors.

use crate::Result;
use crate::held::{WORDS, Waking, each, resident};
use crate::meeting::{HOST, Meeting, hear, say};
use handfast::config::Trust;
use handfast::stream::now;
use handfast::{ClientConfig, Connection, Event, Roots, ServerName};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls_pki_types::CertificateDer;
use std::io::{BufRead, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Connections to one address: it has no more than 28,000 ports for its clients.
const EACH_ADDRESS: usize = 20_000;
/// Descriptors that are not connections.
const OTHER_DESCRIPTORS: usize = 64;
const MOST_WOKEN: usize = 1000;

/// An end and its socket.
type Held = (TcpStream, Connection);

/// Holds as many idle servers' connections as `wanted` and the limit of descriptors allow.
pub(crate) fn loopback(wanted: Option<usize>) -> Result<()> {
    let allowed = descriptors(wanted)?.saturating_sub(OTHER_DESCRIPTORS);
    let count = wanted.unwrap_or(allowed).min(allowed);
    let meeting = Meeting::new()?;
    let server = meeting.server.check()?;
    let listeners: Vec<TcpListener> = (0..=count / EACH_ADDRESS)
        .map(|number| TcpListener::bind(address(number, 0)?))
        .collect::<std::io::Result<_>>()?;
    let mut callers = Command::new(std::env::current_exe()?)
        .args(["callers", &count.to_string()])
        .stdin(Stdio::piped())
        .spawn()?;
    let mut to_callers = callers.stdin.take().ok_or("no way to the clients")?;
    let root: Vec<String> = meeting.root.iter().map(|byte| byte.to_string()).collect();
    writeln!(to_callers, "{}", root.join(" "))?;
    for listener in &listeners {
        writeln!(to_callers, "{}", listener.local_addr()?.port())?;
    }
    drop(to_callers);

    let mut held: Vec<Held> = Vec::with_capacity(count);
    let before = resident()?;
    let start = Instant::now();
    for number in 0..count {
        let listener = listeners.get(number / EACH_ADDRESS).ok_or("no listener")?;
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        held.push(shake(stream, server.accept(now())?)?);
    }
    println!(
        "{count} idle server connections over loopback: {:.0} bytes resident each, what the kernel has for their sockets aside ({:.1} s; {allowed} descriptors allowed)",
        each(before, resident()?, count),
        start.elapsed().as_secs_f64()
    );
    let mut waking = Waking::default();
    let mut wire = Vec::new();
    for (stream, theirs) in held.iter_mut().step_by(step(count)) {
        // Nothing is timed before its words are there.
        stream.peek(&mut [0])?;
        let start = Instant::now();
        await_data(stream, theirs, &mut wire)?;
        send_words(stream, theirs)?;
        waking.add(start.elapsed());
    }
    waking.print("reading and writing the socket included");
    drop(held);
    callers
        .wait()?
        .success()
        .then_some(())
        .ok_or_else(|| "the clients failed".into())
}

/// The process of clients: what it needs to know comes by its standard input.
pub(crate) fn callers(count: usize) -> Result<()> {
    descriptors(Some(count))?;
    let mut lines = std::io::stdin().lock().lines();
    let root = lines.next().ok_or("no root")??;
    let root = root
        .split(' ')
        .map(str::parse)
        .collect::<std::result::Result<Vec<u8>, _>>()?;
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(root))?;
    let client = ClientConfig::new(Trust::Roots(roots)).check()?;
    let ports = lines
        .map(|line| Ok(line?.parse()?))
        .collect::<Result<Vec<u16>>>()?;
    let mut held: Vec<Held> = Vec::with_capacity(count);
    for number in 0..count {
        let at = number / EACH_ADDRESS;
        let stream = TcpStream::connect(address(at, *ports.get(at).ok_or("no port")?)?)?;
        stream.set_nodelay(true)?;
        let ours = client.connect(ServerName::parse(HOST)?, now())?;
        held.push(shake(stream, ours)?);
    }
    let mut wire = Vec::new();
    for (stream, ours) in held.iter_mut().step_by(step(count)) {
        send_words(stream, ours)?;
        // The servers answer as they were called.
        await_data(stream, ours, &mut wire)?;
    }
    Ok(())
}

/// Which of so many are woken: each so-manieth.
fn step(count: usize) -> usize {
    (count / MOST_WOKEN).max(1)
}

fn address(number: usize, port: u16) -> std::io::Result<SocketAddr> {
    let last = u8::try_from(number + 1).map_err(std::io::Error::other)?;
    Ok((Ipv4Addr::new(127, 0, 0, last), port).into())
}

/// A handshake to its end, one end of it.
fn shake(mut stream: TcpStream, mut connection: Connection) -> Result<Held> {
    let mut wire = Vec::new();
    let mut out = Vec::new();
    let mut connected = false;
    loop {
        out.clear();
        say(&mut connection, &mut out)?;
        stream.write_all(&out)?;
        if connected {
            return Ok((stream, connection));
        }
        let start = wire.len();
        wire.resize(start + 4096, 0);
        let read = stream.read(wire.get_mut(start..).unwrap_or_default())?;
        if read == 0 {
            return Err("the other end hung up".into());
        }
        wire.truncate(start + read);
        connected = hear(&mut connection, &mut wire)?;
    }
}

fn send_words(stream: &mut TcpStream, connection: &mut Connection) -> Result<()> {
    let mut out = vec![0; connection.send_size(WORDS)];
    let written = connection.send(&[&[7; WORDS]], &mut out)?;
    stream.write_all(out.get(..written).unwrap_or_default())?;
    Ok(())
}

fn await_data(
    stream: &mut TcpStream,
    connection: &mut Connection,
    wire: &mut Vec<u8>,
) -> Result<()> {
    loop {
        wire.resize(4096, 0);
        let read = stream.read(wire)?;
        if read == 0 {
            return Err("the other end hung up".into());
        }
        wire.truncate(read);
        while !wire.is_empty() {
            let received = connection.receive(wire, now())?;
            if matches!(received.event, Some(Event::Data(_))) {
                return Ok(());
            }
            wire.drain(..received.consumed.min(wire.len()));
        }
    }
}

/// Descriptors that this process may have: as many as are wanted, or as its limit allows.
fn descriptors(wanted: Option<usize>) -> Result<usize> {
    let limit = getrlimit(Resource::Nofile);
    let hard = limit.maximum.unwrap_or(u64::MAX);
    let wanted = wanted.map_or(hard, |wanted| (wanted + OTHER_DESCRIPTORS) as u64);
    let of = |bytes: u64| Rlimit {
        current: Some(bytes),
        maximum: Some(bytes.max(hard)),
    };
    // Root may raise the hard limit too.
    if wanted <= hard || setrlimit(Resource::Nofile, of(wanted)).is_err() {
        setrlimit(Resource::Nofile, of(hard))?;
        return Ok(usize::try_from(hard)?);
    }
    Ok(usize::try_from(wanted)?)
}

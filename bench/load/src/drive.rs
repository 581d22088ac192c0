//! What is asked of the servers, row by row.
//!
//! Connections stand in a ring: the one at the front is served by this program and goes to the
//! back, so that the server always has as many requests before it as there are connections.

use crate::Result;
use crate::client::{Client, Talking};
use crate::lab::{Document, HOST, Lab};
use std::collections::VecDeque;
use std::time::Instant;

/// A row of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// A full handshake and one request on each connection.
    New,
    /// The same by ticket.
    Resumed,
    /// Requests on connections that stay.
    Kept,
    /// The large file, on one connection.
    File,
}

impl Row {
    pub(crate) const ALL: [Self; 4] = [Self::New, Self::Resumed, Self::Kept, Self::File];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::New => "new connections",
            Self::Resumed => "connections by ticket",
            Self::Kept => "requests on kept connections",
            Self::File => "MB of a large file",
        }
    }

    /// Sends requests until the deadline, and gives how much was answered: connections, requests,
    /// or millions of bytes.
    pub(crate) fn drive(
        self,
        client: &mut Client,
        port: u16,
        lab: &Lab,
        connections: usize,
        deadline: Instant,
    ) -> Result<f64> {
        match self {
            Self::New | Self::Resumed => {
                connect(self, client, port, &lab.small, connections, deadline)
            }
            Self::Kept => keep(client, port, &lab.small, connections, deadline),
            Self::File => download(client, port, &lab.big, deadline),
        }
    }
}

fn request(document: &Document, connection: &str) -> Vec<u8> {
    let path = document.path;
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: {connection}\r\n\r\n").into_bytes()
}

fn connect(
    row: Row,
    client: &mut Client,
    port: u16,
    document: &Document,
    connections: usize,
    deadline: Instant,
) -> Result<f64> {
    let request = request(document, "close");
    // A ticket is used once, and each answer brings another.
    let at_once = if row == Row::Resumed {
        connections.min(TICKETS)
    } else {
        connections
    };
    if row == Row::Resumed {
        let begun: Result<Vec<_>> = (0..at_once).map(|_| client.begin(port)).collect();
        for mut first in begun? {
            client.finish(&mut first, &request)?;
            client.answer(&mut first, document, true)?;
        }
    }
    client.resumed = 0;
    let mut hellos: VecDeque<Talking> = VecDeque::new();
    let mut asked: VecDeque<Talking> = VecDeque::new();
    let mut done = 0;
    loop {
        let is_over = Instant::now() >= deadline;
        if !is_over && hellos.len() + asked.len() < at_once {
            hellos.push_back(client.begin(port)?);
            continue;
        }
        if let Some(mut talking) = hellos.pop_front() {
            client.finish(&mut talking, &request)?;
            asked.push_back(talking);
        }
        if (is_over || asked.len() >= at_once.div_ceil(2))
            && let Some(mut talking) = asked.pop_front()
        {
            client.answer(&mut talking, document, true)?;
            done += 1;
        }
        if is_over && hellos.is_empty() && asked.is_empty() {
            client.check(done)?;
            return Ok(done as f64);
        }
    }
}

fn keep(
    client: &mut Client,
    port: u16,
    document: &Document,
    connections: usize,
    deadline: Instant,
) -> Result<f64> {
    let request = request(document, "keep-alive");
    let mut all = Vec::new();
    for _ in 0..connections {
        let mut talking = client.begin(port)?;
        client.finish(&mut talking, &request)?;
        all.push(talking);
    }
    let mut done: u64 = 0;
    while Instant::now() < deadline {
        for talking in &mut all {
            client.answer(talking, document, false)?;
            client.say(talking, &[&request])?;
            done += 1;
        }
    }
    for talking in &mut all {
        client.answer(talking, document, false)?;
        done += 1;
    }
    Ok(done as f64)
}

fn download(client: &mut Client, port: u16, document: &Document, deadline: Instant) -> Result<f64> {
    let request = request(document, "keep-alive");
    let mut talking = client.begin(port)?;
    client.finish(&mut talking, &request)?;
    let mut done = 0;
    loop {
        client.answer(&mut talking, document, false)?;
        done += document.bytes;
        if Instant::now() >= deadline {
            return Ok(done as f64 / 1e6);
        }
        client.say(&mut talking, &[&request])?;
    }
}

/// What the client keeps for one server.
const TICKETS: usize = 4;

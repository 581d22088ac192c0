//! What is counted: a row a scenario.

use crate::scenario::Part::{Client, Server};
use crate::scenario::Return::{Cache, Ticket};
use crate::scenario::Version::{Tls12, Tls13};

/// One thing that is done again and again.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// As on the command line.
    pub name: &'static str,
    /// What is done.
    pub work: Work,
}

/// What a scenario does.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Handshakes, of which one end is counted: create, drive, drop.
    Handshake(Handshake, Part),
    /// The client of a TLS 1.3 connection seals records of that many bytes, each into memory that
    /// is there.
    Send(usize),
    /// The server of a TLS 1.3 connection opens records of that many bytes where they lie.
    Receive(usize),
}

/// A kind of handshake, with P-256 certificates, X25519 and AES-128-GCM.
#[derive(Clone, Copy, Debug)]
pub struct Handshake {
    /// The one version that both ends speak.
    pub version: Version,
    /// Whether the client shows a certificate.
    pub mutual: bool,
    /// Whether the signatures of the peer's chain were found good before.
    pub known: bool,
    /// How the client comes back, if it does.
    pub back: Option<Return>,
    /// X25519MLKEM768 in place of X25519.
    pub hybrid: bool,
}

impl Handshake {
    /// A full handshake, nothing known of the peer.
    #[must_use]
    pub const fn full(version: Version) -> Self {
        Self {
            version,
            mutual: false,
            known: false,
            back: None,
            hybrid: false,
        }
    }

    const fn mutual(self) -> Self {
        Self {
            mutual: true,
            ..self
        }
    }

    const fn known(self) -> Self {
        Self {
            known: true,
            ..self
        }
    }

    const fn by(self, back: Return) -> Self {
        Self {
            back: Some(back),
            ..self
        }
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// How a client comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// By a ticket that only the server can read.
    Ticket,
    /// By the name of a session that the server's cache holds: the session ID of TLS 1.2.
    Cache,
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It speaks first.
    Client,
    /// It answers.
    Server,
}

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    handshake("tls13-full-server", FULL13, Server),
    handshake("tls13-full-client", FULL13, Client),
    handshake("tls13-full-client-known", FULL13.known(), Client),
    handshake("tls13-mutual-server", FULL13.mutual(), Server),
    handshake("tls13-mutual-server-known", FULL13.mutual().known(), Server),
    handshake("tls13-ticket-server", FULL13.by(Ticket), Server),
    handshake("tls13-ticket-client", FULL13.by(Ticket), Client),
    handshake("tls13-cache-server", FULL13.by(Cache), Server),
    handshake("tls12-full-server", FULL12, Server),
    handshake("tls12-full-client", FULL12, Client),
    handshake("tls12-ticket-server", FULL12.by(Ticket), Server),
    handshake("tls12-ticket-client", FULL12.by(Ticket), Client),
    handshake("tls12-id-server", FULL12.by(Cache), Server),
    handshake("tls12-id-client", FULL12.by(Cache), Client),
    send("send-64", 64),
    send("send-1k", 1024),
    send("send-16k", 16 * 1024),
    receive("receive-64", 64),
    receive("receive-1k", 1024),
    receive("receive-16k", 16 * 1024),
];

const FULL13: Handshake = Handshake::full(Tls13);
const FULL12: Handshake = Handshake::full(Tls12);

const fn handshake(name: &'static str, handshake: Handshake, part: Part) -> Scenario {
    let work = Work::Handshake(handshake, part);
    Scenario { name, work }
}

const fn send(name: &'static str, bytes: usize) -> Scenario {
    let work = Work::Send(bytes);
    Scenario { name, work }
}

const fn receive(name: &'static str, bytes: usize) -> Scenario {
    let work = Work::Receive(bytes);
    Scenario { name, work }
}

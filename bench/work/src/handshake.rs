//! Handshakes of one library: driven in step, timed side by side.

use crate::material::Material;
use crate::peer::{Peer, Side};
use crate::task::{Known, Measured, Return, Scenario, Version};
use crate::witness::{Came, agreed, witness};
use crate::{Result, clock};

/// Connections that go through a full handshake in step.
const STEP: u32 = 8;

/// The same for those who come back: the least that a client keeps for one
/// server.
const STEP_BACK: u32 = 4;

/// A pair in the making, and what lies between its sides.
pub struct Pair<P: Peer> {
    pub client: P::Client,
    pub server: P::Server,
}

impl<P: Peer> Pair<P> {
    pub fn connect(peer: &P, scenario: Scenario) -> Result<Self> {
        Self::watched(peer, scenario).map(|(pair, _)| pair)
    }

    /// Connects, and tells by what was on the wire how the client came.
    fn watched(peer: &P, scenario: Scenario) -> Result<(Self, Came)> {
        Self::shake_hands(peer.client()?, peer.server()?, scenario)
    }

    pub fn shake_hands(
        client: P::Client,
        server: P::Server,
        scenario: Scenario,
    ) -> Result<(Self, Came)> {
        let mut pair = Self { client, server };
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        let mut came = None;
        for _ in 0..ROUND_TRIPS {
            pair.client.drive(&mut to_client, &mut to_server)?;
            let first_flight = to_server.clone();
            pair.server.drive(&mut to_server, &mut to_client)?;
            if came.is_none() {
                came = Some(witness(&first_flight, &to_client)?);
                agreed(&to_client, scenario)?;
            }
        }
        if !to_client.is_empty() {
            pair.client.drive(&mut to_client, &mut to_server)?;
        }
        if pair.client.is_handshaking() || pair.server.is_handshaking() {
            return Err("the handshake did not end".into());
        }
        Ok((pair, came.ok_or("nothing was said")?))
    }
}

/// Turns of the client and the server, after which only the client may have
/// something to read: Finished of TLS 1.2, a ticket of TLS 1.3.
pub const ROUND_TRIPS: usize = 2;

/// Times `count` handshakes. What is measured is what the row says: the first
/// is looked at on the wire, and each is asked whether it came back.
pub fn handshakes<P: Peer>(
    material: &Material,
    scenario: Scenario,
    count: u32,
) -> Result<Measured> {
    if scenario.known == Known::ClientsIssuer {
        return newcomers::<P>(material, scenario, count);
    }
    let peer = P::new(material, scenario)?;
    let step = scenario.back.map_or(STEP, |_| STEP_BACK);
    if scenario.back.is_some() {
        Timed::default().step(&peer, step, false)?;
    }
    let (_, came) = Pair::watched(&peer, scenario)?;
    let wanted = match (scenario.version, scenario.back) {
        (_, None) => Came::Anew,
        (Version::Tls13, Some(_)) => Came::Psk,
        (Version::Tls12, Some(Return::Ticket)) => Came::Ticket,
        (Version::Tls12, Some(Return::SessionId)) => Came::SessionId,
    };
    if came != wanted {
        return Err(format!("{came:?} on the wire, not {wanted:?}").into());
    }
    let mut timed = Timed::default();
    for _ in 0..count.div_ceil(step) {
        timed.step(&peer, step, scenario.back.is_some())?;
    }
    Ok(timed.measured())
}

/// As [`handshakes`], of clients that are all new to the server, which knows who
/// issued their certificates from one of them: every few begin with a new server.
fn newcomers<P: Peer>(material: &Material, scenario: Scenario, count: u32) -> Result<Measured> {
    let others = material.chains(scenario.keys)?.newcomers.len() - 1;
    let steps = u32::try_from(others)? / STEP;
    let mut timed = Timed::default();
    while timed.handshakes < count {
        let peer = P::new(material, scenario)?;
        Pair::connect(&peer, scenario)?;
        for _ in 0..steps {
            timed.step(&peer, STEP, false)?;
        }
    }
    Ok(timed.measured())
}

/// Clients that are new to the server, of which the first makes their issuer known.
pub const NEWCOMERS: usize = 1 + 64;

/// Nanoseconds of either side.
#[derive(Default)]
struct Timed {
    buffers: Vec<(Vec<u8>, Vec<u8>)>,
    client_ns: i64,
    server_ns: i64,
    steps: i64,
    handshakes: u32,
}

impl Timed {
    /// `count` connections in step, so that the clock is read seldom.
    fn step<P: Peer>(&mut self, peer: &P, count: u32, back: bool) -> Result<()> {
        self.buffers
            .resize_with(usize::try_from(count)?, || (buffer(), buffer()));
        let (mut clients, mut servers) = (Vec::new(), Vec::new());
        let start = clock::cpu_ns();
        for _ in 0..count {
            clients.push(peer.client()?);
        }
        let created = clock::cpu_ns();
        for _ in 0..count {
            servers.push(peer.server()?);
        }
        let mut last = clock::cpu_ns();
        self.client_ns += created - start;
        self.server_ns += last - created;
        for _ in 0..ROUND_TRIPS {
            for (client, (to_server, to_client)) in clients.iter_mut().zip(&mut self.buffers) {
                client.drive(to_client, to_server)?;
            }
            let middle = clock::cpu_ns();
            for (server, (to_server, to_client)) in servers.iter_mut().zip(&mut self.buffers) {
                server.drive(to_server, to_client)?;
            }
            self.client_ns += middle - last;
            last = clock::cpu_ns();
            self.server_ns += last - middle;
        }
        for (client, (to_server, to_client)) in clients.iter_mut().zip(&mut self.buffers) {
            if !to_client.is_empty() {
                client.drive(to_client, to_server)?;
            }
        }
        self.client_ns += clock::cpu_ns() - last;
        let wrong = |side: &dyn Fn(usize) -> (bool, bool)| {
            (0..clients.len()).any(|at| side(at) != (false, back))
        };
        let of_client = |at: usize| (clients[at].is_handshaking(), clients[at].came_back());
        let of_server = |at: usize| (servers[at].is_handshaking(), servers[at].came_back());
        if wrong(&of_client) || wrong(&of_server) {
            return Err("a handshake did not end, or not as the row says".into());
        }
        let start = clock::cpu_ns();
        drop(clients);
        let middle = clock::cpu_ns();
        drop(servers);
        self.client_ns += middle - start;
        self.server_ns += clock::cpu_ns() - middle;
        self.steps += 1;
        self.handshakes += count;
        Ok(())
    }

    fn measured(self) -> Measured {
        // Each span of time holds one reading of the clock: those of the round
        // trips, create and drop; the client reads once more at the end.
        let spans = ROUND_TRIPS as i64 + 2;
        let read_ns = self.steps * clock::reading_ns();
        let all = f64::from(self.handshakes);
        Measured::Handshake {
            client: (self.client_ns - (spans + 1) * read_ns) as f64 / all,
            server: (self.server_ns - spans * read_ns) as f64 / all,
        }
    }
}

pub fn buffer() -> Vec<u8> {
    Vec::with_capacity(32 * 1024)
}

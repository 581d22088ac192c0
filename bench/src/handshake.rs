//! Handshakes of one library: driven in step, timed side by side.

use crate::material::Material;
use crate::peer::{Peer, Side};
use crate::task::{Measured, Return, Scenario, Version};
use crate::witness::{Came, witness};
use crate::{Result, clock};

/// Connections that go through a full handshake in step.
const STEP: u32 = 8;

/// The same for those who come back: the least that a client keeps for one
/// server.
const STEP_BACK: u32 = 4;

/// A pair in the making, and what lies between its sides.
pub(crate) struct Pair<P: Peer> {
    pub(crate) client: P::Client,
    pub(crate) server: P::Server,
}

impl<P: Peer> Pair<P> {
    pub(crate) fn connect(peer: &P) -> Result<Self> {
        Self::watched(peer).map(|(pair, _)| pair)
    }

    /// Connects, and tells by what was on the wire how the client came.
    fn watched(peer: &P) -> Result<(Self, Came)> {
        Self::shake_hands(peer.client()?, peer.server()?)
    }

    pub(crate) fn shake_hands(client: P::Client, server: P::Server) -> Result<(Self, Came)> {
        let mut pair = Self { client, server };
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        let mut came = None;
        for _ in 0..ROUND_TRIPS {
            pair.client.drive(&mut to_client, &mut to_server)?;
            let first_flight = to_server.clone();
            pair.server.drive(&mut to_server, &mut to_client)?;
            if came.is_none() {
                came = Some(witness(&first_flight, &to_client)?);
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
pub(crate) const ROUND_TRIPS: usize = 2;

/// Times `count` handshakes. What is measured is what the row says: the first
/// is looked at on the wire, and each is asked whether it came back.
pub(crate) fn handshakes<P: Peer>(
    material: &Material,
    scenario: Scenario,
    count: u32,
) -> Result<Measured> {
    let peer = P::new(material, scenario)?;
    let step = scenario.back.map_or(STEP, |_| STEP_BACK);
    if scenario.back.is_some() {
        Timed::default().step(&peer, step, false)?;
    }
    let (_, came) = Pair::watched(&peer)?;
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

pub(crate) fn buffer() -> Vec<u8> {
    Vec::with_capacity(32 * 1024)
}

//! Early data before nodes that share strikes: the same first flight, sent to both at once, is taken by
//! one of them at most, and whichever the client hears, its handshake is done.

use crate::node::roots;
use crate::server::{patient, redis, run, start};
use handfast::connection::{EarlyData, EarlyDataReason};
use handfast::session::{MemoryStore, Session, SessionStore};
use handfast::stream::now;
use handfast::{Client, Connection, Event, ProtocolVersion, Server, ServerName};
use handfast_store::{Guarded, Sealed, Sessions};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::peer::{Program, free_port, trial};
use handfast_tokio::Answerer;
use libtest_mimic::{Failed, Trial};
use std::sync::Arc;

const EARLY: &[u8] = b"POST /pay HTTP/1.1\r\n\r\n";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "early_data::in_a_thousand_races_between_two_nodes_it_is_taken_once",
            ["redis-server"],
            |[program]| run(races(program, Keeps::Sealed, 1000)),
        ),
        trial(
            "early_data::with_sessions_in_the_store_too_it_is_taken_once",
            ["redis-server"],
            |[program]| run(races(program, Keeps::Stored, 200)),
        ),
        trial(
            "early_data::control_nodes_that_share_no_strikes_both_take_it",
            [],
            |[]| run(control()),
        ),
        trial(
            "early_data::without_the_store_it_is_refused_and_the_handshake_goes_on",
            [],
            |[]| run(down()),
        ),
    ]
}

/// Where sessions are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// In tickets under keys of one root.
    Sealed,
    /// In the store, with the strikes.
    Stored,
}

struct Node {
    server: Server,
    sessions: Sessions,
}

impl Node {
    fn new(keeps: Keeps, store: Guarded) -> Result<Arc<Self>, Failed> {
        let roots = roots(1);
        let mut config = config::server(KeyKind::EcP256);
        config.common.versions = vec![ProtocolVersion::TLS_1_3];
        config.max_early_data = 1000;
        config.ask_for_strikes = true;
        match keeps {
            Keeps::Sealed => config.ticket_keys = Some(Arc::new(roots.ticket_keys()?)),
            Keeps::Stored => config.ask_for_sessions = true,
        }
        Ok(Arc::new(Self {
            server: config.check()?,
            sessions: Sessions::new(store, Sealed::new(&roots, "test")),
        }))
    }
}

struct Served {
    connection: Connection,
    taken: Vec<u8>,
    /// What it says.
    out: Vec<u8>,
}

impl Served {
    fn new(node: &Node) -> Result<Self, Failed> {
        Ok(Self {
            connection: node.server.accept(now())?,
            taken: Vec::new(),
            out: Vec::new(),
        })
    }

    async fn hear(&mut self, node: &Node, bytes: &[u8]) -> Result<(), Failed> {
        let mut bytes = bytes.to_vec();
        loop {
            let received = self.connection.receive(&mut bytes, now())?;
            match received.event {
                Some(Event::EarlyData(range)) => self.taken.extend_from_slice(&bytes[range]),
                Some(Event::Ask(ask)) => {
                    let question = self.connection.question().ok_or("no question")?;
                    let answer = node.sessions.answer(question).await;
                    self.connection.answer(ask.id(), answer, now())?;
                }
                Some(_) => {}
                None => {
                    self.out.extend(said(&mut self.connection)?);
                    let sessions = self.connection.take_sessions();
                    sessions.into_iter().for_each(|one| node.sessions.keep(one));
                    return Ok(());
                }
            }
            bytes.drain(..received.consumed);
        }
    }
}

fn said(connection: &mut Connection) -> Result<Vec<u8>, Failed> {
    let mut out = vec![0; connection.send_size(0)];
    let written = connection.send(&[], &mut out)?;
    out.truncate(written);
    Ok(out)
}

/// The client hears bytes; its answer.
fn hears(connection: &mut Connection, bytes: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut bytes = bytes.to_vec();
    loop {
        let received = connection.receive(&mut bytes, now())?;
        if received.event.is_none() {
            return said(connection);
        }
        bytes.drain(..received.consumed);
    }
}

fn client(kept: &Arc<MemoryStore>) -> Result<Client, Failed> {
    let mut config = config::client();
    config.common.versions = vec![ProtocolVersion::TLS_1_3];
    config.sessions = Some(Arc::clone(kept) as Arc<dyn SessionStore>);
    config.early_data = true;
    Ok(config.check()?)
}

fn connect(client: &Client) -> Result<Connection, Failed> {
    let name = ServerName::parse("localhost").map_err(|fault| fault.to_string())?;
    Ok(client.connect(name, now())?)
}

/// A session from a first visit.
async fn session(client: &Client, kept: &MemoryStore, node: &Node) -> Result<Vec<u8>, Failed> {
    let mut visitor = connect(client)?;
    let mut served = Served::new(node)?;
    meet(&mut visitor, &mut served, node, &[]).await?;
    node.sessions.settle().await;
    let session = kept.take("localhost").ok_or("no session came")?;
    while kept.take("localhost").is_some() {}
    Ok(session.to_bytes()?.to_vec())
}

/// Goes on until the handshake is done on both sides, and tickets have come.
async fn meet(
    visitor: &mut Connection,
    served: &mut Served,
    node: &Node,
    flight: &[u8],
) -> Result<(), Failed> {
    let mut to_server = [flight, &said(visitor)?].concat();
    for _ in 0..4 {
        served.hear(node, &to_server).await?;
        let to_client = core::mem::take(&mut served.out);
        to_server = hears(visitor, &to_client)?;
    }
    let are_done = !visitor.is_handshaking() && !served.connection.is_handshaking();
    if are_done {
        Ok(())
    } else {
        Err("the handshake is not done".into())
    }
}

/// A first flight with early data from that session.
fn flight(
    client: &Client,
    kept: &MemoryStore,
    session: &[u8],
) -> Result<(Connection, Vec<u8>), Failed> {
    let session = Session::from_bytes(session).map_err(|_| "the session is not whole")?;
    kept.put("localhost", session);
    let mut visitor = connect(client)?;
    let mut out = vec![0; 8192];
    let length = visitor.send_replayable(&[EARLY], &mut out)?;
    out.truncate(length);
    Ok((visitor, out))
}

fn told(connection: &Connection) -> Result<EarlyData, Failed> {
    Ok(connection
        .negotiated()
        .ok_or("nothing is agreed on")?
        .early_data)
}

async fn races(program: Program, keeps: Keeps, races: usize) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    let nodes = [
        Node::new(keeps, patient(server.port()))?,
        Node::new(keeps, patient(server.port()))?,
    ];
    let kept = Arc::new(MemoryStore::default());
    let client = client(&kept)?;
    let mut kept_session = session(&client, &kept, &nodes[0]).await?;
    let (mut taken, mut heard_taken) = (0, 0);
    for race in 0..races {
        if keeps == Keeps::Stored && race > 0 {
            kept_session = session(&client, &kept, &nodes[race % 2]).await?;
        }
        let (mut visitor, flight) = flight(&client, &kept, &kept_session)?;
        let tasks = nodes.clone().map(|node| {
            let flight = flight.clone();
            tokio::spawn(async move {
                let mut served = Served::new(&node)?;
                served.hear(&node, &flight).await?;
                Ok::<_, Failed>(served)
            })
        });
        let [one, other] = tasks;
        let mut both = [one.await??, other.await??];
        let takers = both
            .iter()
            .filter(|served| !served.taken.is_empty())
            .count();
        if takers > 1 {
            return Err(format!("race {race}: both nodes took the early data").into());
        }
        taken += takers;
        // The client hears one of them; whichever it is, they agree.
        let heard = race % 2;
        let served = &mut both[heard];
        let to_client = core::mem::take(&mut served.out);
        let to_server = hears(&mut visitor, &to_client)?;
        meet(&mut visitor, served, &nodes[heard], &to_server).await?;
        let is_taken = told(&served.connection)? == EarlyData::Accepted;
        assert_eq!(is_taken, !served.taken.is_empty(), "race {race}");
        assert_eq!(
            is_taken,
            told(&visitor)? == EarlyData::Accepted,
            "race {race}"
        );
        heard_taken += usize::from(is_taken);
        while kept.take("localhost").is_some() {}
    }
    eprintln!("  {races} races: taken {taken} times, the client heard so {heard_taken} times");
    // On a server that is well one of the two takes it, each time.
    assert_eq!(taken, races);
    Ok(())
}

async fn control() -> Result<(), Failed> {
    let own = || Guarded::new(handfast_store::MemoryStore::with_fresh_keys(1000));
    let nodes = [
        Node::new(Keeps::Sealed, own())?,
        Node::new(Keeps::Sealed, own())?,
    ];
    let kept = Arc::new(MemoryStore::default());
    let client = client(&kept)?;
    let session = session(&client, &kept, &nodes[0]).await?;
    let (_, flight) = flight(&client, &kept, &session)?;
    for node in &nodes {
        for expected in [EARLY, &[]] {
            let mut served = Served::new(node)?;
            served.hear(node, &flight).await?;
            assert_eq!(served.taken, expected);
        }
    }
    Ok(())
}

async fn down() -> Result<(), Failed> {
    let nobody = Guarded::new(redis(free_port()?));
    let node = Node::new(Keeps::Sealed, nobody)?;
    let kept = Arc::new(MemoryStore::default());
    let client = client(&kept)?;
    let session = session(&client, &kept, &node).await?;
    for _ in 0..20 {
        let (mut visitor, flight) = flight(&client, &kept, &session)?;
        let mut served = Served::new(&node)?;
        meet(&mut visitor, &mut served, &node, &flight).await?;
        assert!(served.taken.is_empty());
        let reason = EarlyDataReason::StrikeFailed;
        assert_eq!(told(&served.connection)?, EarlyData::Rejected(reason));
        assert!(matches!(told(&visitor)?, EarlyData::Rejected(_)));
        let negotiated = served
            .connection
            .negotiated()
            .ok_or("nothing is agreed on")?;
        assert!(negotiated.is_resumed(), "the session itself goes on");
        while kept.take("localhost").is_some() {}
    }
    assert!(node.sessions.store().is_open());
    Ok(())
}

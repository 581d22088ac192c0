//! Our side of several connections, one after another: what it takes to come back.

use std::fmt::Debug;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use handfast::config::SystemEntropy;
use handfast::connection::{PeerStanding, Resumption};
use handfast::session::{MemoryStore, TicketKeys};
use handfast::stream::now;
use handfast::{ClientConfig, ProtocolVersion, Server, ServerConfig};
use handfast_ca::issued::Issued;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use libtest_mimic::Failed;

use crate::ours::{Ended, Job, Seen, accept, run};

/// The versions in which a connection can be gone on with.
pub(super) const VERSIONS: [ProtocolVersion; 2] =
    [ProtocolVersion::TLS_1_2, ProtocolVersion::TLS_1_3];

/// A version as part of a trial's name.
pub(super) fn named(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLS_1_2 => "tls_1_2",
        _ => "tls_1_3",
    }
}

/// A server of ours that meets as many clients as it has jobs, one after another.
pub(super) struct Several {
    pub(super) port: u16,
    thread: JoinHandle<Vec<Result<Seen, Ended>>>,
}

impl Several {
    /// Listens on a free port of 127.0.0.1. The first failure ends it.
    pub(super) fn serve(
        config: ServerConfig,
        jobs: impl IntoIterator<Item = Job<TcpStream>>,
    ) -> Result<Self, Failed> {
        let server = config.check()?;
        Self::turns(jobs.into_iter().map(|job| (server.clone(), job)))
    }

    /// As [`Several::serve`], each connection under a config of its own, as after a restart.
    pub(super) fn turns(
        turns: impl IntoIterator<Item = (Server, Job<TcpStream>)>,
    ) -> Result<Self, Failed> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let turns: Vec<_> = turns.into_iter().collect();
        let thread = thread::spawn(move || {
            let mut ends = Vec::new();
            for (server, job) in turns {
                let end = meet(&server, &listener, job);
                let failed = end.is_err();
                ends.push(end);
                if failed {
                    break;
                }
            }
            ends
        });
        Ok(Self { port, thread })
    }

    /// Waits for the end of all connections, which must be good ones.
    pub(super) fn seen(self, peer: &impl Debug) -> Result<Vec<Seen>, Failed> {
        let ends = self.thread.join().map_err(|_| "our side panicked")?;
        let seen: Result<Vec<_>, _> = ends.into_iter().collect();
        seen.map_err(|ended| format!("{ended}; peer: {peer:?}").into())
    }
}

fn meet(server: &Server, listener: &TcpListener, job: Job<TcpStream>) -> Result<Seen, Ended> {
    let transport = accept(listener).map_err(|error| Ended::of(&error))?;
    run(server.accept(now())?, transport, job)
}

/// What a server keeps sessions in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Keeps {
    Tickets,
    /// Its own memory: session IDs of TLS 1.2, tickets of TLS 1.3 that are good once.
    Cache,
}

impl Keeps {
    pub(super) const ALL: [Self; 2] = [Self::Tickets, Self::Cache];

    /// As part of a trial's name.
    pub(super) fn named(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Cache => "a_cache",
        }
    }

    /// How a connection goes on by it.
    pub(super) fn way(self, version: ProtocolVersion) -> Option<Resumption> {
        Some(match (version, self) {
            (ProtocolVersion::TLS_1_2, Self::Tickets) => Resumption::Ticket,
            (ProtocolVersion::TLS_1_2, Self::Cache) => Resumption::SessionId,
            _ => Resumption::Psk,
        })
    }
}

/// A server of one version whose clients can come back. It shares nothing with another.
pub(super) fn keeping(
    keeps: Keeps,
    version: ProtocolVersion,
    mutual: bool,
) -> Result<ServerConfig, Failed> {
    let mut config = plain(version, mutual);
    match keeps {
        Keeps::Tickets => {
            let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
            let keys = keys.map_err(|failure| format!("{failure:?}"))?;
            config.ticket_keys = Some(Arc::new(keys));
        }
        Keeps::Cache => config.session_cache = Some(Arc::default()),
    }
    Ok(config)
}

/// A server of one version that forgets its clients.
pub(super) fn plain(version: ProtocolVersion, mutual: bool) -> ServerConfig {
    let mut config = if mutual {
        config::mutual_server(KeyKind::EcP256)
    } else {
        config::server(KeyKind::EcP256)
    };
    config.common.versions = vec![version];
    config
}

/// A client of one version that comes back where it can.
pub(super) fn returning(version: ProtocolVersion, mutual: bool) -> ClientConfig {
    let mut config = config::client();
    config.common.versions = vec![version];
    config.sessions = Some(Arc::new(MemoryStore::default()));
    if mutual {
        config.credentials = vec![config::credential(client())];
    }
    config
}

/// Who shows a certificate here.
pub(super) fn client() -> &'static Issued {
    certificates::client(KeyKind::EcP256)
}

/// By what each connection went on, and that every one knew its peer, if it asked who it is.
pub(super) fn resumed(
    seen: &[Seen],
    expected: &[Option<Resumption>],
    peer: Option<&Issued>,
) -> Result<(), Failed> {
    let resumed: Vec<_> = seen.iter().map(|seen| seen.negotiated.resumption).collect();
    if resumed != expected {
        return Err(format!("resumed: {expected:?} expected, got {resumed:?}").into());
    }
    let (standing, chain) = match peer {
        Some(issued) => (PeerStanding::Verified, issued.chain()),
        None => (PeerStanding::NotAsked, &[][..]),
    };
    for Seen { negotiated, .. } in seen {
        if negotiated.peer_standing != standing || negotiated.peer_chain != chain {
            return Err(format!("the peer was forgotten: {negotiated:?}").into());
        }
    }
    Ok(())
}

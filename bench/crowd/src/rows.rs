//! The work that is done by one thread and by two.

use crate::Result;
use crate::meeting::{Meeting, connect};
use handfast::config::SystemEntropy;
use handfast::session::{MemoryStore, SessionCache, SessionStore, TicketKeys};
use handfast::stream::now;
use handfast::{Client, Negotiated, ProtocolVersion, Server};
use std::sync::Arc;

/// One kind of handshake, both its sides.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    version: ProtocolVersion,
    back: Back,
}

/// How the client comes back.
#[derive(Clone, Copy, PartialEq)]
enum Back {
    Never,
    ByTicket,
    FromCache,
}

const fn row(name: &'static str, version: ProtocolVersion, back: Back) -> Row {
    Row {
        name,
        version,
        back,
    }
}

pub(crate) const ROWS: [Row; 6] = [
    row("TLS 1.3, full", ProtocolVersion::TLS_1_3, Back::Never),
    row("TLS 1.2, full", ProtocolVersion::TLS_1_2, Back::Never),
    row("TLS 1.3, ticket", ProtocolVersion::TLS_1_3, Back::ByTicket),
    row(
        "TLS 1.3, from the server's cache",
        ProtocolVersion::TLS_1_3,
        Back::FromCache,
    ),
    row("TLS 1.2, ticket", ProtocolVersion::TLS_1_2, Back::ByTicket),
    row(
        "TLS 1.2, session ID",
        ProtocolVersion::TLS_1_2,
        Back::FromCache,
    ),
];

/// What one thread does again and again.
pub(crate) struct Work {
    client: Client,
    server: Server,
    comes_back: bool,
}

impl Row {
    /// Work for so many threads, which share all that servers share, and the client too
    /// where it does not come back; those that do have stores of their own.
    pub(crate) fn works(&self, threads: usize) -> Result<Vec<Work>> {
        let meeting = Meeting::new()?;
        let mut server = meeting.server;
        server.common.versions = vec![self.version];
        let mut client = meeting.client;
        client.common.versions = vec![self.version];
        match self.back {
            Back::Never => {}
            Back::ByTicket => {
                let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
                server.ticket_keys = Some(Arc::new(keys.map_err(handfast::Error::from)?));
            }
            Back::FromCache => server.session_cache = Some(Arc::new(SessionCache::default())),
        }
        let server = server.check()?;
        if self.back == Back::Never {
            let client = client.check()?;
            return Ok((0..threads)
                .map(|_| Work {
                    client: client.clone(),
                    server: server.clone(),
                    comes_back: false,
                })
                .collect());
        }
        (0..threads)
            .map(|_| {
                let mut client = client.clone();
                client.sessions = Some(Arc::new(MemoryStore::default()) as Arc<dyn SessionStore>);
                let client = client.check()?;
                // The first one is full.
                connect(&client, &server)?;
                Ok(Work {
                    client,
                    server: server.clone(),
                    comes_back: true,
                })
            })
            .collect()
    }
}

impl Work {
    /// One handshake.
    pub(crate) fn once(&self) -> Result<()> {
        let (ours, _) = connect(&self.client, &self.server)?;
        let came_back = ours.negotiated().is_some_and(Negotiated::is_resumed);
        if came_back != self.comes_back {
            return Err("another kind of handshake".into());
        }
        Ok(())
    }
}

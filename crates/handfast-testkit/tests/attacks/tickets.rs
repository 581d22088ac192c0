//! Ten thousand tickets of our server, as a client sees them; and ways to come back.

use handfast::config::{Entropy, SystemEntropy};
use handfast::connection::Question;
use handfast::observe::{Direction, Observer, Passed};
use handfast::session::{
    MemoryStore, Session, SessionCache, SessionStore, SessionValue, StoredSession, TicketKeys,
};
use handfast::{Answer, ClientConfig, ProtocolVersion, Server, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::body;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::NewSessionTicket;
use handfast_wire::registry::HandshakeType;
use std::sync::{Arc, Mutex, OnceLock};

/// By what a client comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// TLS 1.2, sealed by the server.
    OldTicket,
    /// TLS 1.2, kept by the server.
    SessionId,
    /// TLS 1.3, sealed by the server.
    Sealed,
    /// TLS 1.3, kept by the server.
    Kept,
    /// TLS 1.2, kept by the server's caller.
    AskedOld,
    /// TLS 1.3, kept by the server's caller.
    Asked,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::OldTicket,
        Self::SessionId,
        Self::Sealed,
        Self::Kept,
        Self::AskedOld,
        Self::Asked,
    ];

    pub(crate) fn version(self) -> ProtocolVersion {
        match self {
            Self::OldTicket | Self::SessionId | Self::AskedOld => ProtocolVersion::TLS_1_2,
            Self::Sealed | Self::Kept | Self::Asked => ProtocolVersion::TLS_1_3,
        }
    }
}

/// What survives a change of configs: keys, a cache, or a store of the caller's.
#[derive(Clone)]
pub(crate) enum Keep {
    Keys(Arc<TicketKeys>),
    Cache(Arc<SessionCache>),
    Store(Arc<Mutex<Vec<StoredSession>>>),
}

impl Keep {
    pub(crate) fn new(kind: Kind, entropy: Arc<dyn Entropy>) -> Self {
        match kind {
            Kind::OldTicket | Kind::Sealed => {
                Self::Keys(Arc::new(TicketKeys::new(entropy, now()).unwrap()))
            }
            Kind::SessionId | Kind::Kept => Self::Cache(Arc::new(SessionCache::default())),
            Kind::AskedOld | Kind::Asked => Self::Store(Arc::default()),
        }
    }

    pub(crate) fn system(kind: Kind) -> Self {
        Self::new(kind, Arc::new(SystemEntropy))
    }

    /// The same config with this to come back by.
    pub(crate) fn give(&self, kind: Kind, mut server: ServerConfig) -> ServerConfig {
        server.common.versions = vec![kind.version()];
        match self {
            Self::Keys(keys) => server.ticket_keys = Some(Arc::clone(keys)),
            Self::Cache(cache) => server.session_cache = Some(Arc::clone(cache)),
            Self::Store(_) => server.ask_for_sessions = true,
        }
        server
    }

    /// Lets the two meet; whoever is judged by the caller is accepted. True when a session went on.
    pub(crate) fn run(&self, pair: &mut Pair) -> bool {
        self.run_as(pair, None)
    }

    /// The same; where the server shows its caller the ClientHello it is given this config.
    pub(crate) fn run_as(&self, pair: &mut Pair, config: Option<Server>) -> bool {
        let keep = self.clone();
        pair.server.answerer = Some(Box::new(move |question| match question {
            Question::Config { .. } => config.clone().map_or(Answer::SameConfig, Answer::Config),
            Question::LoadSession {
                keys, single_use, ..
            } => {
                let load = |key: &Vec<u8>| keep.load(key, single_use);
                Answer::Sessions(keys.iter().map(load).collect())
            }
            _ => Answer::PeerAccepted,
        }));
        pair.run(Delivery::Whole);
        let sessions = pair.server.connection.take_sessions();
        if let Self::Store(store) = self {
            store.lock().unwrap().extend(sessions);
        }
        let agreed = pair.server.connection.negotiated();
        agreed.is_some_and(handfast::Negotiated::is_resumed)
    }

    fn load(&self, key: &[u8], single_use: bool) -> Option<SessionValue> {
        let Self::Store(store) = self else {
            return None;
        };
        let mut sessions = store.lock().unwrap();
        let at = sessions.iter().rposition(|one| one.key == key)?;
        match single_use {
            true => Some(sessions.remove(at).value),
            false => Some(sessions.get(at)?.value.clone()),
        }
    }
}

/// A client with this store, of the kind's version alone.
pub(crate) fn client(kind: Kind, store: Arc<dyn SessionStore>) -> ClientConfig {
    let mut client = ClientConfig {
        sessions: Some(store),
        ..config::client()
    };
    client.common.versions = vec![kind.version()];
    client.common.groups.retain(|group| group.0 < 0x100);
    client
}

/// One ticket as it came.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) age_add: u32,
    pub(crate) nonce: Vec<u8>,
    pub(crate) ticket: Vec<u8>,
    /// Which connection it came by.
    pub(crate) connection: usize,
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Vec<u8>>>);

impl Observer for Heard {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Direction::Received, Passed::Handshake { msg_type, bytes }) = (direction, what)
            && msg_type == HandshakeType::NEW_SESSION_TICKET
        {
            self.0.lock().unwrap().push(bytes.to_vec());
        }
    }
}

/// Eight tickets from each of so many connections to a server with this randomness.
pub(crate) fn collect(connections: usize, entropy: &Arc<dyn Entropy>) -> Vec<Ticket> {
    let keys = TicketKeys::new(Arc::clone(entropy), now()).unwrap();
    let heard = Arc::new(Heard::default());
    let mut ours = client(Kind::Sealed, Arc::new(MemoryStore::default()));
    // The store forgets at once: every handshake is full.
    ours.sessions = Some(Arc::new(MemoryStore::new(0)));
    ours.common.observer = Some(Arc::clone(&heard) as _);
    let mut server = config::server(KeyKind::EcP256);
    server.tickets = 8;
    server.common.entropy = Arc::clone(entropy);
    server.ticket_keys = Some(Arc::new(keys));
    let (client, server) = (ours.check().unwrap(), server.check().unwrap());
    let mut tickets = Vec::new();
    for connection in 0..connections {
        Pair::new(&client, &server).connect(Delivery::Whole);
        for message in heard.0.lock().unwrap().drain(..) {
            let content = body(&message);
            let decoded = NewSessionTicket::decode(&content).unwrap();
            tickets.push(Ticket {
                age_add: decoded.ticket_age_add,
                nonce: decoded.ticket_nonce.to_vec(),
                ticket: decoded.ticket.to_vec(),
                connection,
            });
        }
    }
    tickets
}

/// Ten thousand of ours, made once.
pub(crate) fn ours() -> &'static [Ticket] {
    static TICKETS: OnceLock<Vec<Ticket>> = OnceLock::new();
    TICKETS.get_or_init(|| {
        let tickets = collect(1250, &(Arc::new(SystemEntropy) as _));
        assert_eq!(tickets.len(), 10_000);
        tickets
    })
}

/// A source that is the same after each start, and never gives the same twice.
#[derive(Debug, Default)]
pub(crate) struct Counted(std::sync::atomic::AtomicU64);

impl Entropy for Counted {
    fn fill(&self, out: &mut [u8]) -> Result<(), handfast_crypto::random::RandomFailed> {
        let mut draw = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for byte in out {
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = draw.to_be_bytes()[0];
        }
        Ok(())
    }
}

/// A source that gives a constant once it has made keys.
#[derive(Debug, Default)]
pub(crate) struct Stuck(std::sync::atomic::AtomicU64);

impl Entropy for Stuck {
    fn fill(&self, out: &mut [u8]) -> Result<(), handfast_crypto::random::RandomFailed> {
        if self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2 {
            return SystemEntropy.fill(out);
        }
        out.fill(7);
        Ok(())
    }
}

/// A store that gives the first session again and again, for whatever name.
#[derive(Debug, Default)]
pub(crate) struct Greedy(pub(crate) Mutex<Option<Session>>);

impl SessionStore for Greedy {
    fn put(&self, _: &str, session: Session) {
        self.0.lock().unwrap().get_or_insert(session);
    }

    fn take(&self, _: &str) -> Option<Session> {
        self.0.lock().unwrap().clone()
    }
}

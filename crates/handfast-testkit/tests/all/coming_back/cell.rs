//! One cell of the matrix: how two meet first, and how they meet again.

use handfast::config::{ClientAuth, SystemEntropy, Verification};
use handfast::connection::{PeerStanding, Resumption};
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{
    CipherSuite, Client, ClientConfig, NamedGroup, Now, ProtocolVersion, Server, ServerConfig,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair, now};
use std::sync::Arc;

/// By what a client comes back, and who keeps the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// TLS 1.2, the server keeps the session.
    SessionId,
    /// TLS 1.2, sealed in a ticket.
    Ticket,
    /// TLS 1.3, sealed in a ticket.
    SealedPsk,
    /// TLS 1.3, the server keeps the session.
    KeptPsk,
}

impl Back {
    pub(crate) const ALL: [Self; 4] = [
        Self::SessionId,
        Self::Ticket,
        Self::SealedPsk,
        Self::KeptPsk,
    ];
    pub(crate) const OLD: [Self; 2] = [Self::SessionId, Self::Ticket];
    pub(crate) const NEW: [Self; 2] = [Self::SealedPsk, Self::KeptPsk];

    pub(crate) fn version(self) -> ProtocolVersion {
        match self {
            Self::SessionId | Self::Ticket => ProtocolVersion::TLS_1_2,
            Self::SealedPsk | Self::KeptPsk => ProtocolVersion::TLS_1_3,
        }
    }

    pub(crate) fn resumption(self) -> Resumption {
        match self {
            Self::SessionId => Resumption::SessionId,
            Self::Ticket => Resumption::Ticket,
            Self::SealedPsk | Self::KeptPsk => Resumption::Psk,
        }
    }

    /// Gives a server what this way back needs.
    pub(crate) fn prepare(self, server: &mut ServerConfig) {
        if matches!(self, Self::SessionId | Self::KeptPsk) {
            server.session_cache = Some(Arc::new(SessionCache::new(64 * 1024)));
        } else {
            let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
            server.ticket_keys = Some(Arc::new(keys.expect("the system draws")));
        }
    }
}

/// Whom each side asks to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The server shows a certificate.
    Full,
    /// The same after a HelloRetryRequest (TLS 1.3).
    Retry,
    /// Both show one.
    Mutual,
    /// The server asks, the client shows none.
    Anonymous,
}

/// One cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) back: Back,
    pub(crate) suite: CipherSuite,
    pub(crate) group: NamedGroup,
    pub(crate) kind: KeyKind,
    pub(crate) shape: Shape,
    pub(crate) delivery: Delivery,
}

pub(crate) fn later(seconds: u64) -> Now {
    let now = now();
    Now {
        unix_ms: now.unix_ms + seconds * 1000,
        monotonic_ms: now.monotonic_ms + seconds * 1000,
    }
}

impl Cell {
    /// A cell of one way back, with what is quick.
    pub(crate) fn of(back: Back) -> Self {
        let suite = match back.version() {
            ProtocolVersion::TLS_1_3 => CipherSuite::TLS_AES_128_GCM_SHA256,
            _ => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        };
        Self {
            back,
            suite,
            group: NamedGroup::X25519,
            kind: KeyKind::EcP256,
            shape: Shape::Full,
            delivery: Delivery::Whole,
        }
    }

    pub(crate) fn client_config(&self, store: &Arc<MemoryStore>) -> ClientConfig {
        let mut client = config::client();
        client.common.versions = vec![self.back.version()];
        client.common.suites = vec![self.suite];
        client.common.groups = config::groups(self.group, self.kind);
        client.sessions = Some(store.clone());
        if self.shape == Shape::Retry {
            client.key_shares = Some(Vec::new());
        }
        if self.shape == Shape::Mutual {
            client.credentials = vec![config::credential(certificates::client(self.kind))];
        }
        client
    }

    pub(crate) fn server_config(&self) -> ServerConfig {
        let mut server = config::server(self.kind);
        server.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
        server.common.suites = vec![self.suite];
        server.common.groups = vec![self.group];
        server.common.alpn = vec![b"first".to_vec(), b"second".to_vec()];
        let trust = || Verification::chain(config::trust());
        server.client_auth = match self.shape {
            Shape::Full | Shape::Retry => ClientAuth::None,
            Shape::Mutual => ClientAuth::Require(trust()),
            Shape::Anonymous => ClientAuth::Request(trust()),
        };
        if server.common.suites.iter().all(|suite| suite.0 < 0x1400) {
            server.common.versions = vec![ProtocolVersion::TLS_1_3];
        } else {
            server.common.versions = vec![ProtocolVersion::TLS_1_2];
        }
        self.back.prepare(&mut server);
        server
    }

    /// Two clients that share a store and ask for different protocols, and their server.
    fn ends(&self) -> [(Client, &'static [u8]); 2] {
        let store = Arc::new(MemoryStore::default());
        [&b"first"[..], b"second"].map(|protocol| {
            let mut client = self.client_config(&store);
            client.common.alpn = vec![protocol.to_vec()];
            (client.check().expect("a sound config"), protocol)
        })
    }

    /// Meets once, then comes back twice; each time everything is compared.
    pub(crate) fn try_out(&self) {
        let [(first, protocol), (second, other_protocol)] = self.ends();
        let server = self.server_config().check().expect("a sound config");
        let full = self.meet(&first, &server, later(0));
        self.check(&full, None, protocol);
        let mut exported = vec![exporters(&full)];
        for seconds in [1, 2] {
            let again = self.meet(&second, &server, later(seconds));
            self.check(&again, Some(self.back.resumption()), other_protocol);
            compare(&full, &again);
            let new = exporters(&again);
            assert!(!exported.contains(&new), "{self:?}: an old exporter");
            exported.push(new);
        }
    }

    fn meet(&self, client: &Client, server: &Server, now: Now) -> Pair {
        let mut pair = Pair::at(client, server, now);
        pair.connect(self.delivery);
        pair.exchange(b"a line of text");
        pair
    }

    /// What must hold of any connection of this cell.
    fn check(&self, pair: &Pair, resumption: Option<Resumption>, protocol: &[u8]) {
        let ours = pair.client.connection.negotiated().expect("connected");
        let theirs = pair.server.connection.negotiated().expect("connected");
        for one in [ours, theirs] {
            let parts = (one.version, one.suite, one.group, one.resumption);
            let wanted = (self.back.version(), self.suite, self.group, resumption);
            assert_eq!(parts, wanted, "{self:?}");
            assert_eq!(one.retried, self.shape == Shape::Retry, "{self:?}");
            assert_eq!(one.alpn.as_deref(), Some(protocol), "{self:?}");
            assert_eq!(one.server_name.as_deref(), Some("localhost"), "{self:?}");
            assert!(one.extended_master_secret, "{self:?}");
        }
        assert_eq!(ours.peer_standing, PeerStanding::Verified, "{self:?}");
        assert_eq!(ours.peer_chain, certificates::server(self.kind).chain());
        let (standing, chain) = match self.shape {
            Shape::Full | Shape::Retry => (PeerStanding::NotAsked, None),
            Shape::Anonymous => (PeerStanding::Anonymous, None),
            Shape::Mutual => (
                PeerStanding::Verified,
                Some(certificates::client(self.kind)),
            ),
        };
        assert_eq!(theirs.peer_standing, standing, "{self:?}");
        let chain = chain.map(|issued| issued.chain().to_vec());
        assert_eq!(theirs.peer_chain, chain.unwrap_or_default(), "{self:?}");
    }
}

/// What a session keeps of its first connection: how the peer proved who it is.
fn compare(full: &Pair, again: &Pair) {
    for (full, again) in [
        (&full.client.connection, &again.client.connection),
        (&full.server.connection, &again.server.connection),
    ] {
        let (full, again) = (full.negotiated(), again.negotiated());
        let (full, again) = (full.expect("connected"), again.expect("connected"));
        assert_eq!(full.peer_scheme, again.peer_scheme);
        assert_eq!(full.peer_chain, again.peer_chain);
        assert_eq!(full.peer_standing, again.peer_standing);
    }
}

/// What both ends export, which is the same.
fn exporters(pair: &Pair) -> [u8; 32] {
    let [ours, theirs] = [&pair.client, &pair.server].map(|end| {
        let mut out = [0; 32];
        let exported = end.connection.export(b"label", Some(b"context"), &mut out);
        exported.expect("connected");
        out
    });
    assert_eq!(ours, theirs);
    assert_ne!(ours, [0; 32]);
    ours
}

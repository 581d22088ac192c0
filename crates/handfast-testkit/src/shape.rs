//! The shapes that a handshake can have, each with its configs.

use crate::certificates::{self, KeyKind};
use crate::config;
use crate::pair::{Delivery, Pair, now};
use handfast::config::SystemEntropy;
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{Client, ClientConfig, NamedGroup, ProtocolVersion, Server, ServerConfig};
use std::sync::Arc;

/// A way in which a client and a server meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// TLS 1.3, the server shows a certificate.
    Full,
    /// TLS 1.3, both show one.
    Mutual,
    /// TLS 1.3 with a HelloRetryRequest.
    Retry,
    /// TLS 1.3 by a ticket.
    Resumed,
    /// TLS 1.2, the server shows a certificate.
    Old,
    /// TLS 1.2, both show one.
    OldMutual,
    /// TLS 1.2 by a ticket.
    OldResumed,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 7] = [
        Self::Full,
        Self::Mutual,
        Self::Retry,
        Self::Resumed,
        Self::Old,
        Self::OldMutual,
        Self::OldResumed,
    ];

    /// True where a session goes on.
    #[must_use]
    pub fn resumes(self) -> bool {
        matches!(self, Self::Resumed | Self::OldResumed)
    }

    /// True before TLS 1.3.
    #[must_use]
    pub fn is_old(self) -> bool {
        matches!(self, Self::Old | Self::OldMutual | Self::OldResumed)
    }

    /// The version that is spoken.
    #[must_use]
    pub fn version(self) -> ProtocolVersion {
        if self.is_old() {
            ProtocolVersion::TLS_1_2
        } else {
            ProtocolVersion::TLS_1_3
        }
    }

    /// Configs whose signatures are a function of what is signed.
    #[must_use]
    pub fn configs(self) -> (ClientConfig, ServerConfig) {
        let kind = KeyKind::Ed25519;
        let mut client = config::client();
        client.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
        let mut server = config::server(kind);
        if matches!(self, Self::Mutual | Self::OldMutual) {
            server = config::mutual_server(kind);
            client.credentials = vec![config::credential(certificates::client(kind))];
        }
        client.common.versions = vec![self.version()];
        server.common.versions = vec![self.version()];
        if self == Self::Retry {
            server.common.groups = vec![NamedGroup::SECP256R1];
        }
        (client, server)
    }

    /// Both ends; where the shape says so, they have met before.
    #[must_use]
    pub fn ends(self) -> (Client, Server) {
        let (client, server) = self.configs();
        self.met(client, server)
    }

    /// Both ends by these configs, made from [`Shape::configs`]; where the shape says so, they
    /// have met before.
    ///
    /// # Panics
    /// When a config is not sound, or those who should have met before could not.
    #[must_use]
    pub fn met(self, mut client: ClientConfig, mut server: ServerConfig) -> (Client, Server) {
        if self.resumes() {
            client.sessions = Some(Arc::new(MemoryStore::default()));
            let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).expect("the system draws");
            server.ticket_keys = Some(Arc::new(keys));
        }
        let client = client.check().expect("the client's config is sound");
        let server = server.check().expect("the server's config is sound");
        if self.resumes() {
            let mut first = Pair::new(&client, &server);
            first.connect(Delivery::Whole);
            first.exchange(b"a line at the first meeting");
        }
        (client, server)
    }
}

//! Both configurations of a scenario.

use crate::entropy::Fixed;
use crate::scenario::{Handshake, Return, Version};
use crate::{Result, material};
use handfast::config::{ClientAuth, Common, Trust};
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{
    CipherSuite, Client, ClientConfig, Connection, NamedGroup, Now, ProtocolVersion, Server,
    ServerConfig, ServerName,
};
use std::sync::Arc;

/// The time at both ends: it does not pass.
pub const NOW: Now = Now {
    unix_ms: (material::BEGIN_UNIX_S + 86_400) * 1000,
    monotonic_ms: 86_400_000,
};

/// Two configs, made once.
#[derive(Debug)]
pub struct Ends {
    client: Client,
    server: Server,
    name: ServerName,
}

impl Ends {
    /// Both ends as the handshake wants them.
    ///
    /// # Errors
    /// None with what lies here, unless the machine's randomness fails.
    pub fn new(handshake: Handshake) -> Result<Self> {
        let roots = material::roots()?;
        let mut client = ClientConfig::new(Trust::Roots(roots.clone()));
        let mut server = ServerConfig::new(material::server()?);
        narrow(&mut client.common, handshake, 1);
        narrow(&mut server.common, handshake, 2);
        if !handshake.known {
            client.signature_facts = None;
            server.signature_facts = None;
        }
        if handshake.mutual {
            client.credentials = vec![material::client()?];
            server.client_auth = ClientAuth::require(Trust::Roots(roots));
        }
        if let Some(back) = handshake.back {
            client.sessions = Some(Arc::new(MemoryStore::default()));
            server.tickets = 1;
            match back {
                Return::Ticket => {
                    let keys = TicketKeys::new(Arc::new(Fixed::new(3)), NOW);
                    server.ticket_keys = Some(Arc::new(keys.map_err(handfast::Error::from)?));
                }
                // So small that it is one shard, which takes its memory before anything counts.
                Return::Cache => {
                    server.session_cache = Some(Arc::new(SessionCache::new(32 * 1024)));
                }
            }
        }
        Ok(Self {
            client: client.check()?,
            server: server.check()?,
            name: ServerName::parse(material::HOST)?,
        })
    }

    /// A client that has said nothing yet.
    ///
    /// # Errors
    /// The engine's.
    pub fn client(&self) -> Result<Connection> {
        Ok(self.client.connect(self.name.clone(), NOW)?)
    }

    /// A server that has heard nothing yet.
    ///
    /// # Errors
    /// The engine's.
    pub fn server(&self) -> Result<Connection> {
        Ok(self.server.accept(NOW)?)
    }
}

fn narrow(common: &mut Common, handshake: Handshake, seed: u64) {
    common.entropy = Arc::new(Fixed::new(seed));
    common.groups = vec![if handshake.hybrid {
        NamedGroup::X25519MLKEM768
    } else {
        NamedGroup::X25519
    }];
    match handshake.version {
        Version::Tls13 => {
            common.versions = vec![ProtocolVersion::TLS_1_3];
            common.suites = vec![CipherSuite::TLS_AES_128_GCM_SHA256];
        }
        Version::Tls12 => {
            common.versions = vec![ProtocolVersion::TLS_1_2];
            common.suites = vec![CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];
            // The certificates' curve, which TLS 1.2 has in the same list.
            common.groups.push(NamedGroup::SECP256R1);
        }
    }
}

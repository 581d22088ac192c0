//! Handfast.

use handfast::config::{ClientAuth, Common, SystemEntropy, Trust};
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::stream::now;
use handfast::{
    CipherSuite, Client, ClientConfig, Credential, Event, NamedGroup, Now, ProtocolVersion, Server,
    ServerConfig, ServerName,
};
use handfast_bench_work::Result;
use handfast_bench_work::material::{Chain, HOST, Material};
use handfast_bench_work::peer::{Peer, Side, Turns};
use handfast_bench_work::task::{BATCH, Group, Keys, Known, Return, Scenario, Suite, Version};
use handfast_bench_work::wire::{Sink, Source};
use handfast_pki::load;
use handfast_pki::roots::Roots;
use rustls_pki_types::CertificateDer;
use std::io::Read;
use std::sync::Arc;

pub struct Handfast {
    clients: Turns<Client>,
    server: Server,
    name: ServerName,
    cache: Option<Arc<SessionCache>>,
}

impl Peer for Handfast {
    type Client = Connection;
    type Server = Connection;

    fn new(material: &Material, scenario: Scenario) -> Result<Self> {
        let chains = material.chains(scenario.keys)?;
        let mut roots = Roots::new();
        roots.add(CertificateDer::from(chains.root.clone()))?;
        let clients: Result<Vec<_>> = chains
            .clients(scenario)
            .into_iter()
            .map(|own| client(scenario, roots.clone(), own))
            .collect();
        let mut server = ServerConfig::new(credential(&chains.server)?);
        narrow(&mut server.common, scenario);
        // Caches are off: each row checks every signature, unless it says known.
        if scenario.known == Known::Nothing {
            server.signature_facts = None;
        }
        let mut cache = None;
        match scenario.back {
            None => {}
            Some(Return::Ticket) => {
                let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
                server.ticket_keys = Some(Arc::new(keys.map_err(handfast::Error::from)?));
                server.tickets = 1;
            }
            Some(Return::SessionId) => {
                cache = Some(Arc::new(SessionCache::new(1 << 20)));
                server.session_cache = cache.clone();
            }
        }
        if scenario.mutual {
            server.client_auth = ClientAuth::require(Trust::Roots(roots));
        }
        Ok(Self {
            clients: Turns::new(clients?),
            server: server.check()?,
            name: ServerName::parse(HOST)?,
            cache,
        })
    }

    fn client(&self) -> Result<Connection> {
        let now = now();
        Ok(Connection {
            inner: self.clients.next()?.connect(self.name.clone(), now)?,
            now,
        })
    }

    fn server(&self) -> Result<Connection> {
        let now = now();
        Ok(Connection {
            inner: self.server.accept(now)?,
            now,
        })
    }

    fn sessions(&self) -> Option<f64> {
        Some(self.cache.as_ref()?.len() as f64)
    }

    fn forget_sessions(&self) {
        if let Some(cache) = &self.cache {
            cache.clear();
        }
    }
}

fn client(scenario: Scenario, roots: Roots, own: Option<&Chain>) -> Result<Client> {
    let mut client = ClientConfig::new(Trust::Roots(roots));
    narrow(&mut client.common, scenario);
    if scenario.known != Known::Chain {
        client.signature_facts = None;
    }
    if scenario.back.is_some() {
        client.sessions = Some(Arc::new(MemoryStore::default()));
    }
    if let Some(own) = own {
        client.credentials = vec![credential(own)?];
    }
    Ok(client.check()?)
}

fn narrow(common: &mut Common, scenario: Scenario) {
    common.versions = vec![match scenario.version {
        Version::Tls12 => ProtocolVersion::TLS_1_2,
        Version::Tls13 => ProtocolVersion::TLS_1_3,
    }];
    common.suites = vec![suite(scenario)];
    common.groups = match scenario.group {
        Group::X25519 => vec![NamedGroup::X25519],
        Group::Hybrid => vec![NamedGroup::X25519MLKEM768, NamedGroup::X25519],
        Group::P384 => vec![NamedGroup::SECP384R1],
    };
    if scenario.version == Version::Tls12 {
        common.groups.push(NamedGroup::SECP256R1);
    }
}

fn suite(scenario: Scenario) -> CipherSuite {
    match (scenario.version, scenario.suite, scenario.keys) {
        (Version::Tls13, Suite::Aes128, _) => CipherSuite::TLS_AES_128_GCM_SHA256,
        (Version::Tls13, Suite::Aes256, _) => CipherSuite::TLS_AES_256_GCM_SHA384,
        (Version::Tls13, Suite::ChaCha20, _) => CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        (_, Suite::Aes128, Keys::P256 | Keys::P384) => {
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        }
        (_, Suite::Aes256, Keys::P256 | Keys::P384) => {
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
        }
        (_, Suite::ChaCha20, Keys::P256 | Keys::P384) => {
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        }
        (_, Suite::Aes128, Keys::Rsa2048) => CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        (_, Suite::Aes256, Keys::Rsa2048) => CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        (_, Suite::ChaCha20, Keys::Rsa2048) => {
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        }
    }
}

fn credential(chain: &Chain) -> Result<Credential> {
    let certificates = chain
        .certificates
        .iter()
        .cloned()
        .map(CertificateDer::from)
        .collect();
    Ok(Credential::new(
        certificates,
        load::private_key(&chain.key, None)?,
    )?)
}

/// A connection, and when it was last driven through a handshake: records are
/// received with that time, as by a caller who reads the clock once a batch.
pub struct Connection {
    inner: handfast::Connection,
    now: Now,
}

impl Side for Connection {
    fn drive(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Result<()> {
        self.now = now();
        let mut at = 0;
        loop {
            let received = self
                .inner
                .receive(input.get_mut(at..).unwrap_or_default(), self.now)?;
            at += received.consumed;
            match received.event {
                Some(Event::Connected) => {}
                Some(event) => return Err(format!("{event:?} in a handshake").into()),
                None => break,
            }
        }
        input.clear();
        if self.inner.wants_send() {
            let start = output.len();
            output.resize(start + self.inner.send_size(0), 0);
            let written = self.inner.send(&[], &mut output[start..])?;
            output.truncate(start + written);
        }
        Ok(())
    }

    fn is_handshaking(&self) -> bool {
        self.inner.is_handshaking()
    }

    fn came_back(&self) -> bool {
        self.inner
            .negotiated()
            .is_some_and(|negotiated| negotiated.is_resumed())
    }

    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()> {
        let size = self.inner.send_size(data.len());
        let written = self.inner.send(&[data], wire.room(size))?;
        wire.wrote(written);
        Ok(())
    }

    fn send_batch(&mut self, data: &[u8], wire: &mut Sink) -> Result<bool> {
        let contents = [data; BATCH];
        let size = self.inner.send_records_size(&contents);
        let written = self.inner.send_records(&contents, wire.room(size))?;
        wire.wrote(written);
        Ok(true)
    }

    fn receive(&mut self, wire: &mut Source, buffer: &mut [u8]) -> Result<usize> {
        let length = wire.read(buffer)?;
        let received = self.inner.receive(&mut buffer[..length], self.now)?;
        match received.event {
            Some(Event::Data(content)) => Ok(content.len()),
            other => Err(format!("{other:?}, not data").into()),
        }
    }

    fn receive_in_place(&mut self, wire: &mut [u8]) -> Result<Option<(usize, usize)>> {
        let received = self.inner.receive(wire, self.now)?;
        match received.event {
            Some(Event::Data(content)) => Ok(Some((received.consumed, content.len()))),
            other => Err(format!("{other:?}, not data").into()),
        }
    }
}

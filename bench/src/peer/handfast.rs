//! Handfast.

use crate::Result;
use crate::material::{Chain, HOST, Material};
use crate::peer::{Peer, Side};
use crate::task::{Group, Scenario, Suite};
use crate::wire::{Sink, Source};
use handfast::config::{ClientAuth, Common, Trust};
use handfast::stream::now;
use handfast::{
    CipherSuite, Client, ClientConfig, Credential, Event, NamedGroup, Now, ProtocolVersion, Server,
    ServerConfig, ServerName,
};
use handfast_pki::load;
use handfast_pki::roots::Roots;
use rustls_pki_types::CertificateDer;
use std::io::Read;

pub(crate) struct Handfast {
    client: Client,
    server: Server,
    name: ServerName,
}

impl Peer for Handfast {
    type Client = Connection;
    type Server = Connection;

    fn new(material: &Material, scenario: Scenario) -> Result<Self> {
        let chains = material.chains(scenario.keys)?;
        let mut roots = Roots::new();
        roots.add(CertificateDer::from(chains.root.clone()))?;
        let mut client = ClientConfig::new(Trust::Roots(roots.clone()));
        narrow(&mut client.common, scenario);
        let mut server = ServerConfig::new(credential(&chains.server)?);
        narrow(&mut server.common, scenario);
        if scenario.mutual {
            client.credentials = vec![credential(&chains.client)?];
            server.client_auth = ClientAuth::require(Trust::Roots(roots));
        }
        Ok(Self {
            client: client.check()?,
            server: server.check()?,
            name: ServerName::parse(HOST)?,
        })
    }

    fn client(&self) -> Result<Connection> {
        let now = now();
        Ok(Connection {
            inner: self.client.connect(self.name.clone(), now)?,
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
}

fn narrow(common: &mut Common, scenario: Scenario) {
    common.versions = vec![ProtocolVersion::TLS_1_3];
    common.suites = vec![match scenario.suite {
        Suite::Aes128 => CipherSuite::TLS_AES_128_GCM_SHA256,
        Suite::Aes256 => CipherSuite::TLS_AES_256_GCM_SHA384,
        Suite::ChaCha20 => CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    }];
    common.groups = match scenario.group {
        Group::X25519 => vec![NamedGroup::X25519],
        Group::Hybrid => vec![NamedGroup::X25519MLKEM768, NamedGroup::X25519],
    };
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
pub(crate) struct Connection {
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

    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()> {
        let size = self.inner.send_size(data.len());
        let written = self.inner.send(&[data], wire.room(size))?;
        wire.wrote(written);
        Ok(())
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

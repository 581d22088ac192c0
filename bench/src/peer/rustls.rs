//! rustls with aws-lc-rs, its buffered interface.

use handfast_bench_work::Result;
use handfast_bench_work::material::{Chain, HOST, Material};
use handfast_bench_work::peer::{Peer, Side, Turns};
use handfast_bench_work::task::{Group, Keys, Return, Scenario, Suite, Version};
use handfast_bench_work::wire::{Sink, Source};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, HandshakeKind, RootCertStore, ServerConfig,
    ServerConnection, SideData, SupportedProtocolVersion, version,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use std::io::{Read, Write};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

pub(crate) struct Rustls {
    clients: Turns<Arc<ClientConfig>>,
    server: Arc<ServerConfig>,
    name: ServerName<'static>,
}

impl Rustls {
    pub(crate) fn configs(
        material: &Material,
        scenario: Scenario,
    ) -> Result<(Turns<Arc<ClientConfig>>, Arc<ServerConfig>)> {
        let provider = Arc::new(provider(scenario));
        let chains = material.chains(scenario.keys)?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(chains.root.clone()))?;
        let roots = Arc::new(roots);

        let clients: Result<Vec<_>> = chains
            .clients(scenario)
            .into_iter()
            .map(|own| client(scenario, &provider, &roots, own))
            .collect();
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions(scenario))?;
        let server = if scenario.mutual {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build()?;
            server.with_client_cert_verifier(verifier)
        } else {
            server.with_no_client_auth()
        };
        let (certificates, key) = credential(&chains.server);
        let mut server = server.with_single_cert(certificates, key)?;
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        match scenario.back {
            None => {}
            Some(Return::Ticket) => {
                server.ticketer = aws_lc_rs::Ticketer::new()?;
                server.send_tls13_tickets = 1;
            }
            Some(Return::SessionId) => {
                server.session_storage = ServerSessionMemoryCache::new(16_384);
            }
        }
        Ok((Turns::new(clients?), Arc::new(server)))
    }
}

fn client(
    scenario: Scenario,
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    own: Option<&Chain>,
) -> Result<Arc<ClientConfig>> {
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider))
            .build()?;
    let client = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&versions(scenario))?
        .with_webpki_verifier(verifier);
    let mut client = match own {
        Some(own) => {
            let (certificates, key) = credential(own);
            client.with_client_auth_cert(certificates, key)?
        }
        None => client.with_no_client_auth(),
    };
    client.resumption = match scenario.back {
        None => Resumption::disabled(),
        Some(_) => Resumption::in_memory_sessions(256),
    };
    Ok(Arc::new(client))
}

fn versions(scenario: Scenario) -> [&'static SupportedProtocolVersion; 1] {
    match scenario.version {
        Version::Tls12 => [&version::TLS12],
        Version::Tls13 => [&version::TLS13],
    }
}

fn provider(scenario: Scenario) -> CryptoProvider {
    use aws_lc_rs::{cipher_suite, kx_group};
    let suite = match (scenario.version, scenario.suite, scenario.keys) {
        (Version::Tls13, Suite::Aes128, _) => cipher_suite::TLS13_AES_128_GCM_SHA256,
        (Version::Tls13, Suite::Aes256, _) => cipher_suite::TLS13_AES_256_GCM_SHA384,
        (Version::Tls13, Suite::ChaCha20, _) => cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        (_, Suite::Aes128, Keys::P256 | Keys::P384) => {
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        }
        (_, Suite::Aes256, Keys::P256 | Keys::P384) => {
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
        }
        (_, Suite::ChaCha20, Keys::P256 | Keys::P384) => {
            cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        }
        (_, Suite::Aes128, Keys::Rsa2048) => cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        (_, Suite::Aes256, Keys::Rsa2048) => cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        (_, Suite::ChaCha20, Keys::Rsa2048) => {
            cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        }
    };
    let mut kx_groups = match scenario.group {
        Group::X25519 => vec![kx_group::X25519],
        Group::Hybrid => vec![kx_group::X25519MLKEM768, kx_group::X25519],
        Group::P384 => vec![kx_group::SECP384R1],
    };
    if scenario.version == Version::Tls12 {
        kx_groups.push(kx_group::SECP256R1);
    }
    CryptoProvider {
        cipher_suites: vec![suite],
        kx_groups,
        ..aws_lc_rs::default_provider()
    }
}

fn credential(chain: &Chain) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let certificates = chain
        .certificates
        .iter()
        .cloned()
        .map(CertificateDer::from)
        .collect();
    (
        certificates,
        PrivatePkcs8KeyDer::from(chain.key.clone()).into(),
    )
}

impl Peer for Rustls {
    type Client = Connection<ClientConnection>;
    type Server = Connection<ServerConnection>;

    fn new(material: &Material, scenario: Scenario) -> Result<Self> {
        let (clients, server) = Self::configs(material, scenario)?;
        Ok(Self {
            clients,
            server,
            name: ServerName::try_from(HOST)?,
        })
    }

    fn client(&self) -> Result<Self::Client> {
        Ok(Connection(ClientConnection::new(
            Arc::clone(self.clients.next()?),
            self.name.clone(),
        )?))
    }

    fn server(&self) -> Result<Self::Server> {
        Ok(Connection(ServerConnection::new(Arc::clone(&self.server))?))
    }
}

pub(crate) struct Connection<C>(C);

impl<C, D> Side for Connection<C>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    D: SideData,
{
    fn drive(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Result<()> {
        let mut rest = input.as_slice();
        while !rest.is_empty() {
            self.0.read_tls(&mut rest)?;
            self.0.process_new_packets()?;
        }
        input.clear();
        while self.0.wants_write() {
            self.0.write_tls(output)?;
        }
        Ok(())
    }

    fn is_handshaking(&self) -> bool {
        self.0.is_handshaking()
    }

    fn came_back(&self) -> bool {
        self.0.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()> {
        self.0.writer().write_all(data)?;
        while self.0.wants_write() {
            self.0.write_tls(wire)?;
        }
        Ok(())
    }

    fn receive(&mut self, wire: &mut Source, buffer: &mut [u8]) -> Result<usize> {
        loop {
            self.0.read_tls(wire)?;
            let state = self.0.process_new_packets()?;
            if state.plaintext_bytes_to_read() > 0 {
                return Ok(self.0.reader().read(buffer)?);
            }
        }
    }
}

//! OpenSSL, built from its own source by the `openssl` crate.

use crate::Result;
use crate::material::{Chain, HOST, Material};
use crate::peer::{Peer, Side};
use crate::task::{Group, Scenario, Suite};
use crate::wire::{Sink, Source};
use openssl::pkey::PKey;
use openssl::ssl::{
    ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslSessionCacheMode, SslStream,
    SslVerifyMode, SslVersion,
};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use std::io::{ErrorKind, Read, Write};

pub(crate) struct OpenSsl {
    client: SslContext,
    server: SslContext,
}

impl Peer for OpenSsl {
    type Client = Connection;
    type Server = Connection;

    fn new(material: &Material, scenario: Scenario) -> Result<Self> {
        let chains = material.chains(scenario.keys)?;
        let mut client = context(SslMethod::tls_client(), scenario)?;
        trust(&mut client, &chains.root)?;
        client.set_verify(SslVerifyMode::PEER);
        let mut server = context(SslMethod::tls_server(), scenario)?;
        show(&mut server, &chains.server)?;
        server.set_num_tickets(0)?;
        if scenario.mutual {
            show(&mut client, &chains.client)?;
            trust(&mut server, &chains.root)?;
            server.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        }
        Ok(Self {
            client: client.build(),
            server: server.build(),
        })
    }

    fn client(&self) -> Result<Connection> {
        let mut ssl = Ssl::new(&self.client)?;
        ssl.set_hostname(HOST)?;
        ssl.param_mut().set_host(HOST)?;
        ssl.set_connect_state();
        Connection::new(ssl)
    }

    fn server(&self) -> Result<Connection> {
        let mut ssl = Ssl::new(&self.server)?;
        ssl.set_accept_state();
        Connection::new(ssl)
    }
}

fn context(method: SslMethod, scenario: Scenario) -> Result<SslContextBuilder> {
    let mut context = SslContext::builder(method)?;
    context.set_min_proto_version(Some(SslVersion::TLS1_3))?;
    context.set_ciphersuites(match scenario.suite {
        Suite::Aes128 => "TLS_AES_128_GCM_SHA256",
        Suite::Aes256 => "TLS_AES_256_GCM_SHA384",
        Suite::ChaCha20 => "TLS_CHACHA20_POLY1305_SHA256",
    })?;
    context.set_groups_list(match scenario.group {
        Group::X25519 => "X25519",
        Group::Hybrid => "X25519MLKEM768:X25519",
    })?;
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    Ok(context)
}

fn trust(context: &mut SslContextBuilder, root: &[u8]) -> Result<()> {
    let mut store = X509StoreBuilder::new()?;
    store.add_cert(X509::from_der(root)?)?;
    context.set_cert_store(store.build());
    Ok(())
}

fn show(context: &mut SslContextBuilder, chain: &Chain) -> Result<()> {
    let (leaf, rest) = chain.certificates.split_first().ok_or("an empty chain")?;
    let leaf = X509::from_der(leaf)?;
    context.set_certificate(&leaf)?;
    for certificate in rest {
        context.add_extra_chain_cert(X509::from_der(certificate)?)?;
    }
    let key = PKey::private_key_from_der(&chain.key)?;
    context.set_private_key(&key)?;
    Ok(())
}

pub(crate) struct Connection(SslStream<Pipe>);

/// The transport as OpenSSL sees it.
struct Pipe {
    from: Source,
    to: Sink,
}

impl Read for Pipe {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.from.read(out)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Connection {
    fn new(ssl: Ssl) -> Result<Self> {
        let pipe = Pipe {
            from: Source::new(Vec::new()),
            to: Sink::discarding(),
        };
        Ok(Self(SslStream::new(ssl, pipe)?))
    }
}

impl Side for Connection {
    fn drive(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Result<()> {
        let pipe = self.0.get_mut();
        pipe.from = Source::new(std::mem::take(input));
        pipe.to = Sink::keeping_in(std::mem::take(output));
        let outcome = self.0.do_handshake();
        let pipe = self.0.get_mut();
        *input = std::mem::replace(&mut pipe.from, Source::new(Vec::new())).into_cleared();
        *output = std::mem::replace(&mut pipe.to, Sink::discarding()).take();
        match outcome {
            Ok(()) => Ok(()),
            Err(error) if error.code() == ErrorCode::WANT_READ => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn is_handshaking(&self) -> bool {
        !self.0.ssl().is_init_finished()
    }

    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()> {
        std::mem::swap(&mut self.0.get_mut().to, wire);
        let outcome = self.0.write_all(data);
        std::mem::swap(&mut self.0.get_mut().to, wire);
        Ok(outcome?)
    }

    fn receive(&mut self, wire: &mut Source, buffer: &mut [u8]) -> Result<usize> {
        std::mem::swap(&mut self.0.get_mut().from, wire);
        let outcome = self.0.read(buffer);
        std::mem::swap(&mut self.0.get_mut().from, wire);
        match outcome {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            other => Ok(other?),
        }
    }
}

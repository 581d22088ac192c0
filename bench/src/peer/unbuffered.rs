//! rustls with aws-lc-rs, its unbuffered interface: the caller owns the buffers.

use crate::peer::rustls::Rustls;
use handfast_bench_work::Result;
use handfast_bench_work::material::{HOST, Material};
use handfast_bench_work::peer::{Peer, Side, Turns};
use handfast_bench_work::task::Scenario;
use handfast_bench_work::wire::{Sink, Source};
use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, UnbufferedStatus};
use rustls::{ClientConfig, HandshakeKind, ServerConfig};
use rustls_pki_types::ServerName;
use std::io::Read;
use std::sync::Arc;

pub(crate) struct Unbuffered {
    clients: Turns<Arc<ClientConfig>>,
    server: Arc<ServerConfig>,
    name: ServerName<'static>,
}

impl Peer for Unbuffered {
    type Client = Connection<UnbufferedClientConnection>;
    type Server = Connection<UnbufferedServerConnection>;

    fn new(material: &Material, scenario: Scenario) -> Result<Self> {
        let (clients, server) = Rustls::configs(material, scenario)?;
        Ok(Self {
            clients,
            server,
            name: ServerName::try_from(HOST)?,
        })
    }

    fn client(&self) -> Result<Self::Client> {
        let connection =
            UnbufferedClientConnection::new(Arc::clone(self.clients.next()?), self.name.clone())?;
        Ok(Connection {
            connection,
            handshaking: true,
        })
    }

    fn server(&self) -> Result<Self::Server> {
        let connection = UnbufferedServerConnection::new(Arc::clone(&self.server))?;
        Ok(Connection {
            connection,
            handshaking: true,
        })
    }
}

pub(crate) struct Connection<C> {
    connection: C,
    handshaking: bool,
}

/// The methods that both of the library's types have.
pub(crate) trait Process {
    type Data;
    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
    fn kind(&self) -> Option<HandshakeKind>;
}

impl Process for UnbufferedClientConnection {
    type Data = rustls::client::ClientConnectionData;
    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(input)
    }
    fn kind(&self) -> Option<HandshakeKind> {
        self.handshake_kind()
    }
}

impl Process for UnbufferedServerConnection {
    type Data = rustls::server::ServerConnectionData;
    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(input)
    }
    fn kind(&self) -> Option<HandshakeKind> {
        self.handshake_kind()
    }
}

impl<C: Process> Connection<C> {
    fn one(&mut self, wire: &mut [u8]) -> Result<(usize, usize)> {
        let UnbufferedStatus { discard, state } = self.connection.process(wire);
        match state? {
            ConnectionState::ReadTraffic(mut traffic) => {
                let record = traffic.next_record().ok_or("no record")??;
                Ok((discard + record.discard, record.payload.len()))
            }
            _ => Err("no application data".into()),
        }
    }
}

impl<C: Process> Side for Connection<C> {
    fn drive(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Result<()> {
        let mut at = 0;
        loop {
            let UnbufferedStatus { discard, state } = self
                .connection
                .process(input.get_mut(at..).unwrap_or_default());
            at += discard;
            match state? {
                ConnectionState::EncodeTlsData(mut data) => {
                    let start = output.len();
                    if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) {
                        output.resize(start + size.required_size, 0);
                    }
                    let written = data.encode(&mut output[start..])?;
                    output.truncate(start + written);
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::WriteTraffic(_) => {
                    self.handshaking = false;
                    break;
                }
                ConnectionState::BlockedHandshake => break,
                _ => return Err("unexpected state".into()),
            }
        }
        input.clear();
        Ok(())
    }

    fn is_handshaking(&self) -> bool {
        self.handshaking
    }

    fn came_back(&self) -> bool {
        self.connection.kind() == Some(HandshakeKind::Resumed)
    }

    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()> {
        let UnbufferedStatus { state, .. } = self.connection.process(&mut []);
        let ConnectionState::WriteTraffic(mut traffic) = state? else {
            return Err("not ready to write".into());
        };
        let written = traffic.encrypt(data, wire.room(data.len() + 64))?;
        wire.wrote(written);
        Ok(())
    }

    fn receive(&mut self, wire: &mut Source, buffer: &mut [u8]) -> Result<usize> {
        let length = wire.read(buffer)?;
        let (_, content) = self.one(&mut buffer[..length])?;
        Ok(content)
    }

    fn receive_in_place(&mut self, wire: &mut [u8]) -> Result<Option<(usize, usize)>> {
        self.one(wire).map(Some)
    }
}

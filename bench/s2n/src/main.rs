//! s2n-tls, built from its own source by its crate, over AWS-LC with a prefix of its own.

use handfast_bench_work::material::{Chain, HOST, Material, pem};
use handfast_bench_work::peer::{Lacks, Peer, Side, Turns};
use handfast_bench_work::task::{Group, Return, Scenario, Suite, Version};
use handfast_bench_work::wire::{Sink, Source};
use handfast_bench_work::{Result, worker};
use s2n_tls::callbacks::{SessionTicket, SessionTicketCallback, VerifyHostNameCallback};
use s2n_tls::config::{Builder, Config};
use s2n_tls::connection::Connection as Inner;
use s2n_tls::enums::ClientAuthType;
use s2n_tls::security::Policy;
use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::io::{Read, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::SystemTime;

fn main() -> ExitCode {
    worker::main::<S2n>()
}

struct S2n {
    clients: Turns<Config>,
    server: Config,
    version: Version,
    sessions: Sessions,
}

impl Peer for S2n {
    type Client = Connection;
    type Server = Connection;

    fn new(material: &Material, scenario: Scenario) -> Result<Self> {
        if scenario.back == Some(Return::SessionId) {
            // Its session cache is a store of the caller's, which has no safe binding.
            return Err(Lacks.into());
        }
        let (client_policy, server_policy) = policies(scenario)?;
        let chains = material.chains(scenario.keys)?;
        let root = pem("CERTIFICATE", &chains.root);
        let sessions = Sessions::default();
        let clients: Result<Vec<_>> = chains
            .clients(scenario)
            .into_iter()
            .map(|own| {
                let mut client = config(client_policy)?;
                client.trust_pem(root.as_bytes())?;
                if scenario.back.is_some() {
                    client.set_session_ticket_callback(sessions.clone())?;
                }
                if let Some(own) = own {
                    show(&mut client, own)?;
                    client.set_client_auth_type(ClientAuthType::Required)?;
                }
                Ok(client.build()?)
            })
            .collect();
        let mut server = config(server_policy)?;
        show(&mut server, &chains.server)?;
        if scenario.back.is_some() {
            server.add_session_ticket_key(b"bench", &[7; 32], SystemTime::UNIX_EPOCH)?;
            let long = std::time::Duration::from_secs(100 * 365 * 24 * 3600);
            server.set_ticket_key_encrypt_decrypt_lifetime(long)?;
        }
        if scenario.mutual {
            server.trust_pem(root.as_bytes())?;
            server.set_client_auth_type(ClientAuthType::Required)?;
            server.set_verify_host_callback(AnyClient)?;
        }
        Ok(Self {
            clients: Turns::new(clients?),
            server: server.build()?,
            version: scenario.version,
            sessions,
        })
    }

    fn client(&self) -> Result<Connection> {
        let mut inner = Inner::new_client();
        inner.set_config(self.clients.next()?.clone())?;
        inner.set_server_name(HOST)?;
        if let Some(session) = self.sessions.next(self.version) {
            inner.set_session_ticket(&session)?;
        }
        Connection::new(inner)
    }

    fn server(&self) -> Result<Connection> {
        let mut inner = Inner::new_server();
        inner.set_config(self.server.clone())?;
        Connection::new(inner)
    }
}

/// What clients keep.
#[derive(Clone, Default)]
struct Sessions(Arc<Mutex<VecDeque<Vec<u8>>>>);

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A ticket of TLS 1.3 is used once, what came before it again and again.
    fn next(&self, version: Version) -> Option<Vec<u8>> {
        match version {
            Version::Tls12 => self.lock().back().cloned(),
            Version::Tls13 => self.lock().pop_front(),
        }
    }
}

impl SessionTicketCallback for Sessions {
    fn on_session_ticket(&self, _: &mut Inner, ticket: &SessionTicket) {
        let mut session = vec![0; ticket.len().unwrap_or_default()];
        if ticket.data(&mut session).is_ok() {
            self.lock().push_back(session);
        }
    }
}

/// A client's certificate has no host name to check.
struct AnyClient;

impl VerifyHostNameCallback for AnyClient {
    fn verify_host_name(&self, _: &str) -> bool {
        true
    }
}

fn config(policy: &str) -> Result<Builder> {
    let mut config = Builder::new();
    config.with_system_certs(false)?;
    config.set_security_policy(&Policy::from_version(policy)?)?;
    Ok(config)
}

fn show(config: &mut Builder, chain: &Chain) -> Result<()> {
    config.load_pem(
        chain.certificates_pem().as_bytes(),
        chain.key_pem().as_bytes(),
    )?;
    Ok(())
}

/// The client's and the server's: suites and groups come in fixed sets, found by trying
/// them all.
fn policies(scenario: Scenario) -> Result<(&'static str, &'static str)> {
    match (scenario.version, scenario.group, scenario.suite) {
        // None has X25519 first and TLS 1.2 alone; the server's order counts.
        (Version::Tls12, Group::X25519, Suite::Aes128) => Ok(("20240501", "20240603")),
        (Version::Tls13, Group::X25519, Suite::Aes128) => Ok(("20240603", "20240603")),
        (Version::Tls13, Group::X25519, Suite::Aes256) => Ok(("20190801", "20190801")),
        (Version::Tls13, Group::Hybrid, Suite::Aes128) => Ok(("20250721", "20250721")),
        (Version::Tls13, Group::P384, Suite::Aes256) => Ok(("20250414", "20250414")),
        _ => Err(Lacks.into()),
    }
}

struct Connection {
    inner: Inner,
    /// The library holds a pointer to it.
    pipe: *mut Pipe,
}

/// The transport as s2n-tls sees it.
struct Pipe {
    from: Source,
    to: Sink,
}

#[expect(
    unsafe_code,
    reason = "the library calls back with a pointer to the transport, which lives in a box as \
              long as the connection and is not looked at while the library runs"
)]
mod transport {
    use super::{Connection, Inner, Pipe, Read, Result, Sink, Source, Write, c_int, c_void};

    impl Connection {
        pub(super) fn new(mut inner: Inner) -> Result<Self> {
            let pipe = Box::into_raw(Box::new(Pipe {
                from: Source::new(Vec::new()),
                to: Sink::discarding(),
            }));
            inner.set_receive_callback(Some(receive))?;
            inner.set_send_callback(Some(send))?;
            // SAFETY: the box outlives the connection; see `drop`.
            unsafe {
                inner.set_receive_context(pipe.cast())?;
                inner.set_send_context(pipe.cast())?;
            }
            Ok(Self { inner, pipe })
        }

        pub(super) fn pipe(&mut self) -> &mut Pipe {
            // SAFETY: the box lives, and the library does not run.
            unsafe { &mut *self.pipe }
        }
    }

    impl Drop for Connection {
        fn drop(&mut self) {
            // SAFETY: made by `new` from a box. The library is not run again: to free a
            // connection neither reads nor writes.
            drop(unsafe { Box::from_raw(self.pipe) });
        }
    }

    unsafe extern "C" fn receive(pipe: *mut c_void, out: *mut u8, length: u32) -> c_int {
        // SAFETY: the pointer is the one that `new` gave; `out` has `length` bytes.
        let (pipe, out) = unsafe {
            (
                &mut *pipe.cast::<Pipe>(),
                std::slice::from_raw_parts_mut(out, length as usize),
            )
        };
        answer(pipe.from.read(out))
    }

    unsafe extern "C" fn send(pipe: *mut c_void, bytes: *const u8, length: u32) -> c_int {
        // SAFETY: as in `receive`.
        let (pipe, bytes) = unsafe {
            (
                &mut *pipe.cast::<Pipe>(),
                std::slice::from_raw_parts(bytes, length as usize),
            )
        };
        answer(pipe.to.write(bytes))
    }

    fn answer(done: std::io::Result<usize>) -> c_int {
        done.ok()
            .and_then(|length| c_int::try_from(length).ok())
            .unwrap_or_else(|| {
                errno::set_errno(errno::Errno(libc::EWOULDBLOCK));
                -1
            })
    }
}

impl Side for Connection {
    fn drive(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Result<()> {
        let pipe = self.pipe();
        pipe.from = Source::new(std::mem::take(input));
        pipe.to = Sink::keeping_in(std::mem::take(output));
        let outcome = if self.is_handshaking() {
            self.inner.poll_negotiate().map_ok(|_| ())
        } else {
            // Tickets come after the handshake, and no data with them.
            self.inner.poll_recv(&mut [0]).map_ok(|_| ())
        };
        let pipe = self.pipe();
        *input = std::mem::replace(&mut pipe.from, Source::new(Vec::new())).into_cleared();
        *output = std::mem::replace(&mut pipe.to, Sink::discarding()).take();
        match outcome {
            Poll::Ready(Err(error)) => Err(error.into()),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    fn is_handshaking(&self) -> bool {
        !self.inner.handshake_complete()
    }

    fn came_back(&self) -> bool {
        self.inner.resumed()
    }

    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()> {
        std::mem::swap(&mut self.pipe().to, wire);
        let outcome = self.inner.poll_send(data);
        std::mem::swap(&mut self.pipe().to, wire);
        match outcome {
            Poll::Ready(Ok(sent)) if sent == data.len() => Ok(()),
            Poll::Ready(Err(error)) => Err(error.into()),
            _ => Err("sent in part".into()),
        }
    }

    fn receive(&mut self, wire: &mut Source, buffer: &mut [u8]) -> Result<usize> {
        std::mem::swap(&mut self.pipe().from, wire);
        let outcome = self.inner.poll_recv(buffer);
        std::mem::swap(&mut self.pipe().from, wire);
        match outcome {
            Poll::Ready(read) => Ok(read?),
            Poll::Pending => Ok(0),
        }
    }
}

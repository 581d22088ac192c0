//! BoringSSL, built from its own source by the `boring` crate (wants cmake and libclang).

use boring::pkey::PKey;
use boring::ssl::{
    ErrorCode, ShutdownState, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions,
    SslSession, SslSessionCacheMode, SslStream, SslVerifyMode, SslVersion,
};
use boring::x509::X509;
use boring::x509::store::X509StoreBuilder;
use foreign_types::ForeignTypeRef;
use handfast_bench_work::material::{Chain, HOST, Material};
use handfast_bench_work::peer::{Lacks, Peer, Side, Turns};
use handfast_bench_work::task::{Group, Keys, Return, Scenario, Suite, Version};
use handfast_bench_work::wire::{Sink, Source};
use handfast_bench_work::{Result, worker};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

fn main() -> ExitCode {
    worker::main::<BoringSsl>()
}

struct BoringSsl {
    clients: Turns<SslContext>,
    server: SslContext,
    version: Version,
    gives_tickets: bool,
    sessions: Arc<Sessions>,
}

/// What a client keeps, as BoringSSL leaves it to its callers to do.
#[derive(Default)]
struct Sessions(Mutex<VecDeque<SslSession>>);

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, VecDeque<SslSession>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A ticket of TLS 1.3 is used once, what came before it again and again.
    fn next(&self, version: Version) -> Option<SslSession> {
        match version {
            Version::Tls12 => self.lock().back().cloned(),
            Version::Tls13 => self.lock().pop_front(),
        }
    }
}

impl Peer for BoringSsl {
    type Client = Connection;
    type Server = Connection;

    fn new(material: &Material, scenario: Scenario) -> Result<Self> {
        let chains = material.chains(scenario.keys)?;
        let sessions = Arc::new(Sessions::default());
        let clients: Result<Vec<_>> = chains
            .clients(scenario)
            .into_iter()
            .map(|own| client(scenario, &chains.root, own, &sessions))
            .collect();
        let mut server = context(SslMethod::tls(), scenario)?;
        show(&mut server, &chains.server)?;
        one_ticket(&mut server);
        if let Some(back) = scenario.back {
            server.set_session_id_context(b"bench")?;
            if back == Return::SessionId {
                server.set_options(SslOptions::NO_TICKET);
                server.set_session_cache_mode(SslSessionCacheMode::SERVER);
            }
        }
        if scenario.mutual {
            trust(&mut server, &chains.root)?;
            server.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        }
        Ok(Self {
            clients: Turns::new(clients?),
            server: server.build(),
            version: scenario.version,
            gives_tickets: scenario.version == Version::Tls13 && scenario.back.is_some(),
            sessions,
        })
    }

    fn client(&self) -> Result<Connection> {
        let mut ssl = Ssl::new(self.clients.next()?)?;
        ssl.set_hostname(HOST)?;
        ssl.param_mut().set_host(HOST)?;
        if let Some(session) = self.sessions.next(self.version) {
            resume(&mut ssl, &session)?;
        }
        Connection::new(ssl, End::Client, false)
    }

    fn server(&self) -> Result<Connection> {
        let ssl = Ssl::new(&self.server)?;
        Connection::new(ssl, End::Server, self.gives_tickets)
    }
}

fn client(
    scenario: Scenario,
    root: &[u8],
    own: Option<&Chain>,
    sessions: &Arc<Sessions>,
) -> Result<SslContext> {
    let mut client = context(SslMethod::tls(), scenario)?;
    trust(&mut client, root)?;
    client.set_verify(SslVerifyMode::PEER);
    if scenario.back.is_some() {
        let kept = Arc::clone(sessions);
        client
            .set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
        client.set_new_session_callback(move |_, session| kept.lock().push_back(session));
    }
    if let Some(own) = own {
        show(&mut client, own)?;
    }
    Ok(client.build())
}

#[expect(unsafe_code, reason = "the safe binding has no such call")]
fn prefer_aes_256(context: &mut SslContextBuilder) {
    let policy = boring_sys::ssl_compliance_policy_t::ssl_compliance_policy_cnsa_202407;
    // SAFETY: the context is live, and the policy one of the library's own; it orders suites.
    unsafe { boring_sys::SSL_CTX_set_compliance_policy(context.as_ptr(), policy) };
}

#[expect(unsafe_code, reason = "the safe binding has no such call")]
fn one_ticket(context: &mut SslContextBuilder) {
    // SAFETY: the context is live; the call sets a number.
    unsafe { boring_sys::SSL_CTX_set_num_tickets(context.as_ptr(), 1) };
}

#[expect(
    unsafe_code,
    reason = "the binding wants it said that the session belongs to this connection's context: \
              every one was given to the callback of the one client context (who shows a \
              certificate comes anew)"
)]
fn resume(ssl: &mut Ssl, session: &SslSession) -> Result<()> {
    // SAFETY: see the reason above.
    Ok(unsafe { ssl.set_session(session) }?)
}

fn context(method: SslMethod, scenario: Scenario) -> Result<SslContextBuilder> {
    let mut context = SslContext::builder(method)?;
    let version = match scenario.version {
        Version::Tls12 => SslVersion::TLS1_2,
        Version::Tls13 => SslVersion::TLS1_3,
    };
    context.set_min_proto_version(Some(version))?;
    context.set_max_proto_version(Some(version))?;
    context.set_cipher_list(match (scenario.keys, scenario.suite) {
        (Keys::P256 | Keys::P384, Suite::Aes128) => "ECDHE-ECDSA-AES128-GCM-SHA256",
        (Keys::P256 | Keys::P384, Suite::Aes256) => "ECDHE-ECDSA-AES256-GCM-SHA384",
        (Keys::P256 | Keys::P384, Suite::ChaCha20) => "ECDHE-ECDSA-CHACHA20-POLY1305",
        (Keys::Rsa2048, Suite::Aes128) => "ECDHE-RSA-AES128-GCM-SHA256",
        (Keys::Rsa2048, Suite::Aes256) => "ECDHE-RSA-AES256-GCM-SHA384",
        (Keys::Rsa2048, Suite::ChaCha20) => "ECDHE-RSA-CHACHA20-POLY1305",
    })?;
    context.set_curves_list(match (scenario.group, scenario.version) {
        (Group::X25519, Version::Tls12) => "X25519:P-256",
        (Group::X25519, Version::Tls13) => "X25519",
        (Group::Hybrid, _) => "X25519MLKEM768:X25519",
        (Group::P384, _) => "P-384",
    })?;
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    // The suites of TLS 1.3 cannot be named. AES-128-GCM comes first where the machine
    // has AES.
    match (scenario.version, scenario.suite) {
        (Version::Tls12, _) | (_, Suite::Aes128) => {}
        (Version::Tls13, Suite::Aes256) => prefer_aes_256(&mut context),
        (Version::Tls13, Suite::ChaCha20) => return Err(Lacks.into()),
    }
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

struct Connection {
    stream: SslStream<Pipe>,
    /// A server's ticket of TLS 1.3 waits for the first write.
    owes_ticket: bool,
}

/// The transport as BoringSSL sees it.
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

/// Which end a connection is.
enum End {
    Client,
    Server,
}

impl Connection {
    #[expect(
        unsafe_code,
        reason = "the safe binding sets the end only while it runs a handshake"
    )]
    fn new(ssl: Ssl, end: End, owes_ticket: bool) -> Result<Self> {
        // SAFETY: the connection is live and new; the calls set its end.
        match end {
            End::Client => unsafe { boring_sys::SSL_set_connect_state(ssl.as_ptr()) },
            End::Server => unsafe { boring_sys::SSL_set_accept_state(ssl.as_ptr()) },
        }
        let pipe = Pipe {
            from: Source::new(Vec::new()),
            to: Sink::discarding(),
        };
        Ok(Self {
            stream: SslStream::new(ssl, pipe)?,
            owes_ticket,
        })
    }
}

impl Drop for Connection {
    /// As if close_notify had been sent: BoringSSL forgets sessions whose
    /// connections were cut.
    fn drop(&mut self) {
        self.stream.set_shutdown(ShutdownState::SENT);
    }
}

impl Side for Connection {
    fn drive(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Result<()> {
        let pipe = self.stream.get_mut();
        pipe.from = Source::new(std::mem::take(input));
        pipe.to = Sink::keeping_in(std::mem::take(output));
        let outcome = if self.is_handshaking() {
            self.stream.do_handshake()
        } else {
            // Tickets come after the handshake, and no data with them.
            self.stream.ssl_read(&mut [0]).map(|_| ())
        };
        if self.owes_ticket && outcome.is_ok() {
            self.owes_ticket = false;
            // Nothing less than content makes the library send it: one byte, which the
            // client reads with the ticket.
            self.stream.ssl_write(&[0])?;
        }
        let pipe = self.stream.get_mut();
        *input = std::mem::replace(&mut pipe.from, Source::new(Vec::new())).into_cleared();
        *output = std::mem::replace(&mut pipe.to, Sink::discarding()).take();
        match outcome {
            Ok(()) => Ok(()),
            Err(error) if error.code() == ErrorCode::WANT_READ => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn is_handshaking(&self) -> bool {
        !self.stream.ssl().is_init_finished()
    }

    fn came_back(&self) -> bool {
        self.stream.ssl().session_reused()
    }

    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()> {
        std::mem::swap(&mut self.stream.get_mut().to, wire);
        let outcome = self.stream.write_all(data);
        std::mem::swap(&mut self.stream.get_mut().to, wire);
        Ok(outcome?)
    }

    fn receive(&mut self, wire: &mut Source, buffer: &mut [u8]) -> Result<usize> {
        std::mem::swap(&mut self.stream.get_mut().from, wire);
        let outcome = self.stream.read(buffer);
        std::mem::swap(&mut self.stream.get_mut().from, wire);
        match outcome {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            other => Ok(other?),
        }
    }
}

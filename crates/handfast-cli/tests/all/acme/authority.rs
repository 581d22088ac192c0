//! An ACME authority in the test's own process, over plain HTTP on loopback: our server without
//! sockets, given some, and a liar in front of it.

use crate::lab::SOON;
use handfast::config::Verification;
use handfast::stream::{Stream, now};
use handfast::{ClientConfig, ServerName};
use handfast_acme::client::ALPN_PROTOCOL;
use handfast_acme::jws::{alpn_value, dns_value};
use handfast_acme::message::{ChallengeKind, ErrorKind, Problem};
use handfast_acme::server::{
    Authority, Certified, Issuance, Memory, Reply, Request, Server, Settings, Standing, Validation,
    World,
};
use handfast_ca::authority::Authority as Signing;
use handfast_ca::profile::{KeyKind, Profile, Validity};
use handfast_pki::certificate::Certificate;
use handfast_pki::load::SystemRandom;
use rustls_pki_types::CertificateDer;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the authority does to its own answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    /// A web page, whatever is asked for.
    Page,
    /// A body without an end.
    Endless,
    /// URLs that lead to another server.
    Elsewhere,
    /// Every nonce is refused.
    Nonces,
    /// The certificate is for a key of the authority's own.
    OtherKey,
}

/// Where the authority looks for answers.
#[derive(Default)]
pub(crate) struct Places {
    pub(crate) tls: AtomicU16,
    pub(crate) http: AtomicU16,
    /// A file with `NAME VALUE` lines in the place of a DNS.
    pub(crate) dns: Mutex<PathBuf>,
    /// What it found wrong.
    pub(crate) doubts: Mutex<Vec<String>>,
}

/// A running authority; it ends with the test.
pub(crate) struct Running {
    pub(crate) directory: String,
    pub(crate) root: String,
    pub(crate) places: Arc<Places>,
    pub(crate) issued: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    port: u16,
}

struct State {
    server: Server,
    records: Memory,
    signing: InMemory,
}

struct InMemory {
    root: Signing,
    lie: Lie,
    issued: Arc<AtomicUsize>,
}

impl Running {
    /// Certificates live so many seconds.
    pub(crate) fn start(life_s: u64, lie: Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut settings = Settings::new(&format!("http://127.0.0.1:{port}"));
        settings.challenges.push(ChallengeKind::Dns01);
        settings.lifetimes.certificate_s = life_s;
        settings.lifetimes.certificate_max_s = life_s;
        let server = Server::new(settings, &mut SystemRandom).unwrap();
        let validity = Validity::days(now().unix_s(), 3650);
        let issued = Arc::<AtomicUsize>::default();
        let signing = InMemory {
            root: Signing::new("Test authority", validity, KeyKind::EcP256).unwrap(),
            lie,
            issued: Arc::clone(&issued),
        };
        let running = Self {
            directory: server.directory_url(),
            root: signing.root.root_pem(),
            places: Arc::default(),
            issued,
            stopped: Arc::default(),
            port,
        };
        let mut state = State {
            server,
            records: Memory::default(),
            signing,
        };
        let (places, stopped) = (Arc::clone(&running.places), Arc::clone(&running.stopped));
        // What is asked is answered in turn.
        std::thread::spawn(move || {
            for tcp in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                // A client that has gone has gone.
                let _ = tcp.and_then(|tcp| state.answer(tcp, &places, lie));
            }
        });
        running
    }

    /// From now on nobody answers.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn answer(&mut self, tcp: TcpStream, places: &Places, lie: Lie) -> std::io::Result<()> {
        tcp.set_read_timeout(Some(SOON))?;
        tcp.set_write_timeout(Some(SOON))?;
        let mut reader = BufReader::new(tcp);
        let (mut first, mut kind, mut length) = (String::new(), None, 0);
        reader.read_line(&mut first)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                None => break,
                Some((name, value)) if name.eq_ignore_ascii_case("content-type") => {
                    kind = Some(value.to_owned());
                }
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap();
                }
                Some(_) => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut words = first.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap_or_default());
        let request = Request {
            method,
            path,
            content_type: kind.as_deref(),
            body: &body,
            peer: [127, 0, 0, 1].into(),
        };
        let (mut reply, validations) = self.with(|server, world| server.handle(&request, world));
        distort(&mut reply, lie, method);
        say(reader.into_inner(), &reply, lie)?;
        for validation in validations {
            let found = look(&validation, places);
            self.with(|server, world| server.validated(&validation, found, world))
                .unwrap();
        }
        Ok(())
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Server, &mut World<'_>) -> T) -> T {
        let mut world = World {
            records: &self.records,
            authority: &mut self.signing,
            random: &mut SystemRandom,
            now_unix: now().unix_s(),
        };
        act(&mut self.server, &mut world)
    }
}

fn distort(reply: &mut Reply, lie: Lie, method: &str) {
    match lie {
        Lie::Page => {
            reply.status = 200;
            reply.body = b"<html>\x1b[2Jwelcome".to_vec();
        }
        Lie::Elsewhere => {
            let text = String::from_utf8_lossy(&reply.body);
            reply.body = text
                .replace("http://127.0.0.1:", "http://127.0.0.2:")
                .into();
        }
        Lie::Nonces if method == "POST" => {
            reply.status = 400;
            reply
                .fields
                .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            let kind = "application/problem+json".to_owned();
            reply.fields.push(("content-type", kind));
            let problem = Problem::new(ErrorKind::BadNonce, "not this one");
            reply.body = serde_json::to_vec(&problem).unwrap();
        }
        _ => {}
    }
}

fn say(mut tcp: TcpStream, reply: &Reply, lie: Lie) -> std::io::Result<()> {
    let fields = reply.fields.iter();
    let fields: String = fields
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let status = reply.status;
    if lie == Lie::Endless {
        write!(
            tcp,
            "HTTP/1.1 {status} -\r\n{fields}Connection: close\r\n\r\n"
        )?;
        // The client must go first.
        loop {
            tcp.write_all(&[b' '; 65_536])?;
        }
    }
    let length = reply.body.len();
    write!(
        tcp,
        "HTTP/1.1 {status} -\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    tcp.write_all(&reply.body)?;
    tcp.shutdown(std::net::Shutdown::Write)
}

/// Looks at a challenge as RFC 8555 section 8 and RFC 8737 say.
fn look(validation: &Validation, places: &Places) -> Result<(), Problem> {
    let found = match validation.kind {
        ChallengeKind::TlsAlpn01 => handshake(validation, port(&places.tls)),
        ChallengeKind::Http01 => file(validation, port(&places.http)),
        _ => record(validation, places),
    };
    found.map_err(|why| {
        places.doubts.lock().unwrap().push(why.clone());
        Problem::new(ErrorKind::IncorrectResponse, why)
    })
}

/// The server's port, once the test has told it.
fn port(told: &AtomicU16) -> u16 {
    loop {
        match told.load(Ordering::Relaxed) {
            0 => std::thread::sleep(Duration::from_millis(5)),
            port => return port,
        }
    }
}

fn handshake(validation: &Validation, port: u16) -> Result<(), String> {
    const ACME_IDENTIFIER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 0x1f];
    let mut config = ClientConfig::with_verification(Verification::danger_accept_anyone());
    config.common.alpn = vec![ALPN_PROTOCOL.to_vec()];
    config.alpn_optional = false;
    let client = config.check().unwrap();
    let tcp = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
    let name = ServerName::parse(&validation.identifier.to_string()).unwrap();
    let stream = Stream::connect(&client, name, tcp).map_err(|error| error.to_string())?;
    let agreed = stream.negotiated().ok_or("nothing was agreed on")?;
    if agreed.alpn.as_deref() != Some(ALPN_PROTOCOL) {
        return Err("another protocol".to_owned());
    }
    let [leaf] = &*agreed.peer_chain else {
        return Err("not one certificate".to_owned());
    };
    let leaf = Certificate::parse(leaf).map_err(|fault| fault.to_string())?;
    let names: Vec<_> = leaf
        .subject_alt_names()
        .map(|name| name.to_string())
        .collect();
    if names != [validation.identifier.to_string()] {
        return Err(format!("for {names:?}"));
    }
    let own = leaf.extensions().find(|one| one.oid.0 == ACME_IDENTIFIER);
    let own = own
        .filter(|own| own.critical)
        .ok_or("no critical acmeIdentifier")?;
    match own.value.strip_prefix(&[4, 32]) {
        Some(value) if value == alpn_value(&validation.key_authorization) => Ok(()),
        _ => Err("another digest".to_owned()),
    }
}

fn file(validation: &Validation, port: u16) -> Result<(), String> {
    let mut tcp = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
    tcp.set_read_timeout(Some(SOON)).unwrap();
    let (name, token) = (&validation.identifier, &validation.token);
    let request = format!(
        "GET /.well-known/acme-challenge/{token} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    );
    tcp.write_all(request.as_bytes())
        .map_err(|error| error.to_string())?;
    let mut answer = String::new();
    tcp.read_to_string(&mut answer)
        .map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no head")?;
    match head.starts_with("HTTP/1.1 200") && body == validation.key_authorization {
        true => Ok(()),
        false => Err(format!("found {answer:?}")),
    }
}

fn record(validation: &Validation, places: &Places) -> Result<(), String> {
    let path = places.dns.lock().unwrap().clone();
    let records = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let value = dns_value(&validation.key_authorization);
    let wanted = format!("_acme-challenge.{} {value}", validation.identifier);
    match records.lines().any(|line| line == wanted) {
        true => Ok(()),
        false => Err(format!("no {wanted} in {records:?}")),
    }
}

impl Authority for InMemory {
    fn certify(&mut self, issuance: &Issuance<'_>) -> Result<Certified, Problem> {
        self.issued.fetch_add(1, Ordering::Relaxed);
        let profile = Profile::server(issuance.names, issuance.validity, KeyKind::EcP256);
        let leaf = match self.lie {
            Lie::OtherKey => self.root.issue(&profile).unwrap().chain()[0].clone(),
            _ => self.root.certify(issuance.spki, &profile).unwrap(),
        };
        Ok(Certified {
            chain: vec![leaf],
            root: self.root.root_der().clone(),
        })
    }

    fn revoke(&mut self, _: &CertificateDer<'_>, _: u8, _: u64) -> Result<(), Problem> {
        Ok(())
    }

    fn standing(&mut self, _: &CertificateDer<'_>) -> Result<Standing, Problem> {
        Ok(Standing::Good)
    }
}

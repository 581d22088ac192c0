//! Plays one scene: a client and a server, each on a thread, over TCP on 127.0.0.1.

use crate::demo::cast::HOST;
use crate::demo::middleman::{Meddling, relay};
use crate::demo::page::{Page, peer_name};
use crate::demo::side::{Entry, Side};
use crate::demo::tapped::{Crossed, Tapped, remaining};
use handfast::connection::Negotiated;
use handfast::observe::Direction;
use handfast::stream::{Stream, now};
use handfast::{Client, Error, ProtocolVersion, Server, ServerName};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// What is to be played.
pub(super) struct Scene {
    pub(super) client: Client,
    pub(super) server: Server,
    pub(super) page: Page,
    /// What somebody between the two does; `None`: nobody is there.
    pub(super) meddling: Option<Meddling>,
    pub(super) client_side: Arc<Side>,
    pub(super) server_side: Arc<Side>,
    /// How long everything together may take.
    pub(super) limit: Duration,
}

/// How one side fared.
#[derive(Clone, Debug, Default)]
pub(super) struct End {
    pub(super) failure: Option<Failure>,
    pub(super) negotiated: Option<Negotiated>,
    /// From when the connection was there to when this side's handshake was done.
    pub(super) handshake: Option<Duration>,
    /// Key material that both sides can derive and nobody else.
    pub(super) exported: Option<[u8; 16]>,
    /// Application data that was received.
    pub(super) received: Vec<u8>,
    /// The peer said close_notify, so nothing was cut off.
    pub(super) closed: bool,
    pub(super) crossed: Crossed,
}

/// Why one side gave up.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// The engine's error, if it was the engine's.
    pub(super) error: Option<Error>,
    /// In the engine's own words, with all that it knows.
    pub(super) words: String,
}

impl Failure {
    fn new(error: &io::Error, refusal: Option<String>) -> Self {
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Error>());
        Self {
            error: inner.copied(),
            words: refusal.unwrap_or_else(|| error.to_string()),
        }
    }
}

/// A scene that was played.
pub(super) struct Played {
    pub(super) client: End,
    pub(super) server: End,
    pub(super) client_side: Arc<Side>,
    pub(super) server_side: Arc<Side>,
    pub(super) address: SocketAddr,
}

impl Played {
    /// What the client saw pass. A ChangeCipherSpec of TLS 1.3, which means nothing, is left out.
    pub(super) fn wire(&self) -> Vec<Entry> {
        let agreed = self.client.negotiated.as_ref();
        let means = agreed.is_some_and(|agreed| agreed.version != ProtocolVersion::TLS_1_3);
        let mut entries = self.client_side.entries();
        entries.retain(|entry| means || !matches!(entry, Entry::ChangeCipherSpec { .. }));
        entries
    }
}

/// Plays a scene to its end.
///
/// # Errors
/// In words, why it could not be played, or that it took too long.
pub(super) fn play(scene: Scene) -> Result<Played, String> {
    let until = Instant::now() + scene.limit;
    let words = |error: io::Error| format!("loopback: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(words)?;
    let mut address = listener.local_addr().map_err(words)?;
    let (server, side, page) = (scene.server, Arc::clone(&scene.server_side), scene.page);
    let server = apart(move || serve(&server, &listener, page, &side, until));
    if let Some(meddling) = scene.meddling {
        let before = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(words)?;
        let behind = core::mem::replace(&mut address, before.local_addr().map_err(words)?);
        let side = Arc::clone(&scene.client_side);
        thread::spawn(move || relay(&before, behind, meddling, &side, until));
    }
    let (client, side) = (scene.client, Arc::clone(&scene.client_side));
    let client = apart(move || fetch(&client, address, page, &side, until));
    Ok(Played {
        client: collect(&client, "client", until)?,
        server: collect(&server, "server", until)?,
        client_side: scene.client_side,
        server_side: scene.server_side,
        address,
    })
}

/// Runs `play` on a thread of its own.
fn apart(play: impl FnOnce() -> End + Send + 'static) -> Receiver<End> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        // Nobody listens any more when this took too long.
        let _ = sender.send(play());
    });
    receiver
}

/// Waits until a thread is done. One that is not done in time is left behind: it holds nothing
/// but a socket of loopback, which ends with the process.
fn collect(end: &Receiver<End>, who: &str, until: Instant) -> Result<End, String> {
    // Sockets give up at the deadline; a moment more lets their threads say so.
    let left = until.saturating_duration_since(Instant::now()) + Duration::from_millis(500);
    end.recv_timeout(left)
        .map_err(|_| format!("the {who} was not done in time"))
}

fn fetch(client: &Client, to: SocketAddr, page: Page, side: &Side, until: Instant) -> End {
    let begin = || {
        let tcp = TcpStream::connect_timeout(&to, remaining(until)?)?;
        // Small messages go out at once, as they would from any HTTPS client.
        tcp.set_nodelay(true)?;
        let name = ServerName::parse(HOST).map_err(|_| ErrorKind::InvalidInput)?;
        let connection = client.connect(name, now()).map_err(io::Error::other)?;
        Ok(Stream::begin(connection, Tapped::new(tcp, until)))
    };
    run(begin, |stream, end| {
        let request = page.request();
        side.note(Entry::Data {
            direction: Direction::Sent,
            bytes: request.len(),
            says: request.lines().next().unwrap_or_default().to_owned(),
        });
        stream.write_all(request.as_bytes())?;
        read_to_close(stream, end, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let status = text.lines().next().unwrap_or_default();
            let body = text
                .split_once("\r\n\r\n")
                .map_or("", |(_, body)| body.trim_end());
            side.note(Entry::Data {
                direction: Direction::Received,
                bytes: bytes.len(),
                says: format!("{status}; \u{201c}{body}\u{201d}"),
            });
        })?;
        stream.close()
    })
}

fn serve(server: &Server, listener: &TcpListener, page: Page, side: &Side, until: Instant) -> End {
    let begin = || {
        // The client connects before or just after; if it cannot, this thread is left behind.
        let (tcp, _) = listener.accept()?;
        tcp.set_nodelay(true)?;
        let connection = server.accept(now()).map_err(io::Error::other)?;
        Ok(Stream::begin(connection, Tapped::new(tcp, until)))
    };
    run(begin, |stream, end| {
        let mut chunk = [0; LARGEST_RECORD];
        while !end.received.ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut chunk)?;
            if read == 0 || end.received.len() > LARGEST_RECORD {
                return Err(io::Error::other("the client sent no whole request"));
            }
            end.received
                .extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
        let client = end.negotiated.as_ref().and_then(peer_name);
        let response = page.response(client.as_deref());
        side.note(Entry::Data {
            direction: Direction::Sent,
            bytes: response.len(),
            says: String::new(),
        });
        stream.write_all(response.as_bytes())?;
        stream.close()?;
        // The client's own close_notify, or an alert that says what went wrong with the page.
        read_to_close(stream, end, |_| {})
    })
}

/// Handshake, then `talk`; whatever comes of it is told by the [`End`].
fn run(
    begin: impl FnOnce() -> io::Result<Stream<Tapped>>,
    talk: impl FnOnce(&mut Stream<Tapped>, &mut End) -> io::Result<()>,
) -> End {
    let mut end = End::default();
    let mut stream = match begin() {
        Ok(stream) => stream,
        Err(error) => {
            end.failure = Some(Failure::new(&error, None));
            return end;
        }
    };
    let result = handshake(&mut stream, &mut end).and_then(|()| talk(&mut stream, &mut end));
    if let Err(error) = result {
        end.failure = Some(Failure::new(
            &error,
            stream.refusal().map(ToString::to_string),
        ));
    }
    stream.transport().linger();
    end.crossed = stream.transport().crossed();
    end
}

fn handshake(stream: &mut Stream<Tapped>, end: &mut End) -> io::Result<()> {
    let began = Instant::now();
    stream.complete()?;
    end.handshake = Some(began.elapsed());
    end.negotiated = stream.negotiated().cloned();
    let mut exported = [0; 16];
    let connection = stream.connection();
    let result = connection.export(b"EXPORTER-handfast-demo", None, &mut exported);
    end.exported = result.is_ok().then_some(exported);
    Ok(())
}

/// Reads until the peer says close_notify. `came` sees each piece.
fn read_to_close(
    stream: &mut Stream<Tapped>,
    end: &mut End,
    came: impl Fn(&[u8]),
) -> io::Result<()> {
    let mut chunk = [0; LARGEST_RECORD];
    loop {
        let read = stream.read(&mut chunk)?;
        let bytes = chunk.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            end.closed = true;
            return Ok(());
        }
        came(bytes);
        end.received.extend_from_slice(bytes);
    }
}

/// Plaintext in one record, in bytes (RFC 8446 section 5.1).
const LARGEST_RECORD: usize = handfast_wire::record::MAX_PLAINTEXT;

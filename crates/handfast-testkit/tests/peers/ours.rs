//! Our side of a trial: one connection with deadlines, and what came of it.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use handfast::connection::{ChannelBinding, Renewal};
use handfast::observe::{Direction, KeyLog, Observer, Passed, key_log_line};
use handfast::stream::{Stream, now};
use handfast::{
    ClientConfig, Connection, Error, Negotiated, ProtocolVersion, ServerConfig, ServerName,
};
use handfast_ca::authority::Authority;
use handfast_ca::issued::{Issued, certificate_pem};
use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
use handfast_pki::certificate::Certificate;
use handfast_testkit::certificates;
use handfast_testkit::peer::Folder;
use libtest_mimic::Failed;

/// The longest that anything here may take.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// What is sent and comes back.
pub(super) const LINE: &str = "a line of text\n";

/// The label of the keying material that both sides export.
pub(super) const LABEL: &str = "EXPERIMENTAL handfast";

/// What our side knows after a connection that went well.
pub(super) struct Seen {
    pub(super) negotiated: Negotiated,
    /// 32 bytes exported with [`LABEL`], in upper-case hex.
    pub(super) exported: String,
    /// tls-unique, tls-server-end-point and tls-exporter in lower-case hex, where there are such.
    pub(super) bindings: [Option<String>; 3],
    /// What we and the peer said in Finished, in lower-case hex, where that is kept.
    pub(super) finished: [Option<String>; 2],
}

/// How a connection failed.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) error: Option<Error>,
    text: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "our side: {}", self.text)
    }
}

/// What our side does once connected.
pub(super) type Job<T> = Box<dyn FnOnce(&mut Stream<T>) -> io::Result<()> + Send>;

/// Sends back what comes, so many bytes of it.
pub(super) fn echo<T: Read + Write>(bytes: usize) -> Job<T> {
    Box::new(move |stream| {
        let mut data = vec![0; bytes];
        stream.read_exact(&mut data)?;
        stream.write_all(&data)
    })
}

/// Sends back a line, so many times, and tells `after` each.
pub(super) fn echoes<T: Read + Write>(lines: usize, after: Sender<()>) -> Job<T> {
    Box::new(move |stream| {
        for _ in 0..lines {
            echo(LINE.len())(stream)?;
            after.send(()).map_err(io::Error::other)?;
        }
        Ok(())
    })
}

/// Types a line, then each word and a line, waiting until our side has met what was typed: a word
/// counts only where a program reads it alone. Each word brings one KeyUpdate.
pub(super) fn type_words(
    pipe: &mut dyn Write,
    words: &[&str],
    echoed: &Receiver<()>,
    watch: &Watch,
) -> io::Result<()> {
    let line = |pipe: &mut dyn Write| {
        pipe.write_all(LINE.as_bytes())?;
        echoed.recv_timeout(SOON).map_err(io::Error::other)
    };
    line(pipe)?;
    for (count, word) in words.iter().enumerate() {
        pipe.write_all(word.as_bytes())?;
        watch.received(count + 1)?;
        line(pipe)?;
    }
    Ok(())
}

/// Takes a line, renews the keys, asks who the client is, and sends the line back.
pub(super) fn asks_again<T: Read + Write>() -> Job<T> {
    Box::new(|stream| {
        let mut line = vec![0; LINE.len()];
        stream.read_exact(&mut line)?;
        if !stream.renew(Renewal::Keys)? || !stream.renew(Renewal::ClientCertificate)? {
            return Err(io::Error::other("it declined"));
        }
        stream.write_all(&line)
    })
}

/// Says something and expects an answer.
pub(super) fn ask<T: Read + Write>(say: &str, expect: &str) -> Job<T> {
    let (say, expect) = (say.to_owned(), expect.to_owned());
    Box::new(move |stream| {
        stream.write_all(say.as_bytes())?;
        let mut data = vec![0; expect.len()];
        stream.read_exact(&mut data)?;
        if data == expect.as_bytes() {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "the answer is {:?}",
            String::from_utf8_lossy(&data)
        )))
    })
}

/// A server of ours, for one connection.
pub(super) struct Ours {
    pub(super) port: u16,
    thread: JoinHandle<Result<Seen, Ended>>,
}

impl Ours {
    /// Listens on a free port of 127.0.0.1, and does `job` with whoever comes first.
    pub(super) fn serve(config: ServerConfig, job: Job<TcpStream>) -> Result<Self, Failed> {
        Self::serve_at(0, config, job)
    }

    /// As [`Ours::serve`], on this port.
    pub(super) fn serve_at(
        port: u16,
        config: ServerConfig,
        job: Job<TcpStream>,
    ) -> Result<Self, Failed> {
        let server = config.check()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let port = listener.local_addr()?.port();
        let thread = thread::spawn(move || {
            let transport = accept(&listener).map_err(|error| Ended::new(&error, None))?;
            let connection = server.accept(now()).map_err(Ended::from)?;
            run(connection, transport, job)
        });
        Ok(Self { port, thread })
    }

    /// Waits for the end of the connection.
    pub(super) fn ended(self) -> Result<Seen, Ended> {
        let lost = |_| Ended::new(&io::Error::other("our side panicked"), None);
        self.thread.join().map_err(lost)?
    }

    /// Waits for the end of the connection, which must be a good one.
    pub(super) fn seen(self, peer: &impl fmt::Debug) -> Result<Seen, Failed> {
        self.ended()
            .map_err(|ended| format!("{ended}; peer: {peer:?}").into())
    }
}

/// Connects to a server over `transport` and does `job`.
pub(super) fn reach<T: Read + Write>(
    config: ClientConfig,
    name: &str,
    transport: T,
    job: Job<T>,
) -> Result<Seen, Ended> {
    let fail = |text: String| Ended { error: None, text };
    let client = config.check().map_err(|fault| fail(fault.to_string()))?;
    let name = ServerName::parse(name).map_err(|fault| fail(format!("{fault:?}")))?;
    run(client.connect(name, now())?, transport, job)
}

pub(super) fn run<T: Read + Write>(
    connection: Connection,
    transport: T,
    job: Job<T>,
) -> Result<Seen, Ended> {
    let mut stream = Stream::begin(connection, transport);
    let done = stream.complete().and_then(|()| job(&mut stream));
    if let Err(error) = done {
        // The refusal says more than the fault.
        let refusal = stream.refusal().map(ToString::to_string);
        return Err(Ended::new(&error, refusal));
    }
    let mut exported = [0; 32];
    let connection = stream.connection();
    connection.export(LABEL.as_bytes(), None, &mut exported)?;
    let bindings = [
        ChannelBinding::TlsUnique,
        ChannelBinding::TlsServerEndPoint,
        ChannelBinding::TlsExporter,
    ];
    let bindings = bindings.map(|binding| {
        let bytes = connection.channel_binding(binding).ok()?;
        Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    });
    let finished = [Direction::Sent, Direction::Received].map(|whose| {
        let bytes = connection.finished(whose)?;
        Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    });
    let negotiated = stream.negotiated().cloned();
    // The peer may be gone already.
    let _ = stream.close();
    let _ = stream.read_to_end(&mut Vec::new());
    Ok(Seen {
        negotiated: negotiated.ok_or_else(|| Ended::new(&io::Error::other("?"), None))?,
        exported: exported.iter().map(|byte| format!("{byte:02X}")).collect(),
        bindings,
        finished,
    })
}

impl Ended {
    /// The transport failed.
    pub(super) fn of(error: &io::Error) -> Self {
        Self::new(error, None)
    }

    fn new(error: &io::Error, refusal: Option<String>) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        Self {
            error: inner.copied(),
            text: refusal.unwrap_or_else(|| error.to_string()),
        }
    }
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self {
            error: Some(error),
            text: error.to_string(),
        }
    }
}

pub(super) fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let end = Instant::now() + SOON;
    loop {
        match listener.accept() {
            Ok((transport, _)) => {
                transport.set_nonblocking(false)?;
                transport.set_read_timeout(Some(SOON))?;
                transport.set_write_timeout(Some(SOON))?;
                return Ok(transport);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < end => {
                thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(error),
        }
    }
}

/// The files of a certificate, as programs want them.
pub(super) struct Files {
    pub(super) folder: Folder,
    /// The leaf alone.
    pub(super) leaf: String,
    /// What lies between the leaf and the root.
    pub(super) above: String,
    /// The whole chain.
    pub(super) chain: String,
    pub(super) key: String,
    /// The test root.
    pub(super) root: String,
    /// A root that has nothing to do with the others.
    pub(super) stranger: String,
}

impl Files {
    pub(super) fn of(issued: &Issued) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let pems: Vec<String> = issued.chain().iter().map(certificate_pem).collect();
        let (leaf, above) = pems.split_first().ok_or("an empty chain")?;
        Ok(Self {
            leaf: folder.write("leaf.pem", leaf)?,
            above: folder.write("above.pem", above.concat())?,
            chain: folder.write("chain.pem", pems.concat())?,
            key: folder.write("key.pem", issued.key_pem()?)?,
            root: folder.write("root.pem", certificates::root().root_pem())?,
            stranger: folder.write("stranger.pem", stranger()?.root_pem())?,
            folder,
        })
    }

    /// The path of one more file.
    pub(super) fn file(&self, name: &str) -> String {
        self.folder.file(name)
    }
}

/// An authority that nobody trusts.
pub(super) fn stranger() -> Result<Authority, Failed> {
    let validity = Validity::days(certificates::now_unix(), 30);
    Ok(Authority::new("Stranger", validity, KeyKind::EcP256)?)
}

/// A client that nobody should let in.
pub(super) fn stranger_client() -> Result<Issued, Failed> {
    let validity = Validity::days(certificates::now_unix(), 30);
    Ok(stranger()?.issue_client("Eve", None, validity, KeyKind::EcP256)?)
}

/// A server for `name`, right below the test root.
pub(super) fn server_for(name: &str, kind: KeyKind) -> Result<Issued, Failed> {
    let validity = Validity::days(certificates::now_unix(), 30);
    let names = [AlternativeName::dns(name)];
    Ok(certificates::root().issue_server(&names, validity, kind)?)
}

/// The DER name of the test intermediate, which issued every client.
pub(super) fn issuer_name() -> Result<Vec<u8>, Failed> {
    let der = &certificates::intermediate().own().chain()[0];
    let certificate = Certificate::parse(der).map_err(|fault| format!("{fault:?}"))?;
    Ok(certificate.subject().der().to_vec())
}

/// Everything that an observer and a key log of ours saw.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Handshake messages after which the keys of a direction change: (sent, received).
    updates: Mutex<(usize, usize)>,
    lines: Mutex<Vec<String>>,
}

impl Watch {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// KeyUpdates that were sent and received.
    pub(super) fn updates(&self) -> (usize, usize) {
        self.updates.lock().map_or((0, 0), |updates| *updates)
    }

    /// Waits until so many KeyUpdates were received.
    pub(super) fn received(&self, updates: usize) -> io::Result<()> {
        let end = Instant::now() + SOON;
        while self.updates().1 < updates {
            if Instant::now() > end {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// The lines of the key log, sorted.
    pub(super) fn key_log(&self) -> Vec<String> {
        let mut lines = self.lines.lock().map_or_else(|_| Vec::new(), |l| l.clone());
        lines.sort();
        lines
    }
}

impl Observer for Watch {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let update = handfast_wire::registry::HandshakeType::KEY_UPDATE;
        let is_update = matches!(what, Passed::Handshake { msg_type, .. } if msg_type == update);
        if let (true, Ok(mut updates)) = (is_update, self.updates.lock()) {
            match direction {
                Direction::Sent => updates.0 += 1,
                Direction::Received => updates.1 += 1,
            }
        }
    }
}

impl KeyLog for Watch {
    fn secret(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        if let Ok(mut lines) = self.lines.lock() {
            lines.push(key_log_line(label, client_random, secret));
        }
    }
}

/// Both key logs hold the same secrets: five of TLS 1.3, one of TLS 1.2.
pub(super) fn same_log(watch: &Watch, path: &str, version: ProtocolVersion) -> Result<(), Failed> {
    let secrets = if version == ProtocolVersion::TLS_1_3 {
        5
    } else {
        1
    };
    let mut ours: Vec<String> = watch.key_log().iter().map(|l| l.to_lowercase()).collect();
    ours.sort();
    let theirs = read_key_log(path)?;
    if ours.len() == secrets && ours == theirs {
        return Ok(());
    }
    Err(format!("key logs differ: {ours:#?} {theirs:#?}").into())
}

/// The lines of a key log file, sorted; comments left out.
fn read_key_log(path: &str) -> Result<Vec<String>, Failed> {
    let text = std::fs::read_to_string(path)?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut lines: Vec<String> = lines.map(str::to_lowercase).collect();
    lines.sort();
    Ok(lines)
}

//! A blocking stream over any `Read + Write`. The one file of the library that
//! may read the clock.
#![expect(
    clippy::disallowed_types,
    reason = "the driver reads the clocks that the engine is given"
)]

use crate::config::{Client, Server};
use crate::connection::{Answer, AskId, Connection, Event, Negotiated, Question, Refusal, Renewal};
use crate::fault::Error;
use crate::report::Report;
use crate::time::Now;
use handfast_pki::name::ServerName;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The clocks of this machine.
///
/// A wall clock set before 1970 reads as 1970, so that certificates are
/// refused rather than believed.
#[must_use]
pub fn now() -> Now {
    static START: OnceLock<Instant> = OnceLock::new();
    let monotonic = START.get_or_init(Instant::now).elapsed();
    let unix = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let whole =
        |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Now {
        unix_ms: whole(unix),
        monotonic_ms: whole(monotonic),
    }
}

/// Answers what a config cannot: which config, the keys of tickets, sessions, which
/// credential, a signature, a verdict on the peer.
pub type Answerer = Box<dyn FnMut(Question<'_>) -> Answer + Send>;

/// TLS over a blocking transport.
///
/// ```no_run
/// use handfast::{ClientConfig, ServerName, config::Trust, stream::Stream};
/// use std::io::{Read, Write};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let roots = handfast_trust::system()?; // this driver reads no store by itself
/// let client = ClientConfig::new(Trust::Roots(roots)).check()?;
/// let transport = std::net::TcpStream::connect("example.test:443")?;
/// let mut stream = Stream::connect(&client, ServerName::parse("example.test")?, transport)?;
/// stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
/// let mut page = Vec::new();
/// stream.read_to_end(&mut page)?; // a page that was cut off is an error
/// # Ok(()) }
/// ```
pub struct Stream<T> {
    transport: T,
    connection: Connection,
    /// Bytes from the peer that are not consumed yet lie in `start..end`.
    buffer: Vec<u8>,
    /// When the transport last gave bytes: the clocks are read once for each time.
    heard: Now,
    start: usize,
    end: usize,
    /// Application data that the caller has not taken yet.
    data: core::ops::Range<usize>,
    /// Early data that the caller has not taken yet.
    early: Vec<u8>,
    /// Records that the transport has not taken yet lie in `unsent` of `out`.
    out: Vec<u8>,
    unsent: core::ops::Range<usize>,
    closed: bool,
    /// Application data that came while something else was waited for.
    ahead: Vec<u8>,
    /// How the last renewal ended, and of what: done, or declined.
    renewed: Option<(Renewal, bool)>,
    /// What ended the connection, told again by every later call.
    failed: Option<Error>,
    answerer: Option<Answerer>,
    warnings: Vec<handfast_wire::registry::AlertDescription>,
}

const BUFFER: usize = 5 + 16_384 + 256;
/// Bytes of data that are kept while something else is waited for.
const MOST_AHEAD: usize = 1 << 20;

impl<T: Read + Write> Stream<T> {
    /// Connects over `transport` and completes the handshake.
    ///
    /// # Errors
    /// The transport's error, or a TLS [`Error`] inside an `io::Error` of kind
    /// `InvalidData`; [`Stream::begin`] keeps the refusal readable.
    pub fn connect(client: &Client, name: ServerName, transport: T) -> io::Result<Self> {
        let connection = client.connect(name, now()).map_err(to_io)?;
        let mut stream = Self::begin(connection, transport);
        stream.complete()?;
        Ok(stream)
    }

    /// Accepts over `transport` and completes the handshake.
    ///
    /// # Errors
    /// As [`Stream::connect`].
    pub fn accept(server: &Server, transport: T) -> io::Result<Self> {
        let connection = server.accept(now()).map_err(to_io)?;
        let mut stream = Self::begin(connection, transport);
        stream.complete()?;
        Ok(stream)
    }

    /// A stream whose handshake is still to run: call [`Stream::complete`].
    pub fn begin(connection: Connection, transport: T) -> Self {
        Self {
            transport,
            connection,
            buffer: vec![0; BUFFER],
            heard: now(),
            start: 0,
            end: 0,
            data: 0..0,
            early: Vec::new(),
            out: Vec::new(),
            unsent: 0..0,
            closed: false,
            ahead: Vec::new(),
            renewed: None,
            failed: None,
            answerer: None,
            warnings: Vec::new(),
        }
    }

    /// Answers asks that the config leaves open.
    #[must_use]
    pub fn with_answerer(mut self, answerer: Answerer) -> Self {
        self.answerer = Some(answerer);
        self
    }

    /// Runs the handshake to its end.
    ///
    /// # Errors
    /// As [`Stream::connect`]; the alert was sent, and [`Stream::refusal`] says more.
    pub fn complete(&mut self) -> io::Result<()> {
        while self.connection.is_handshaking() {
            self.flush_tls()?;
            self.step()?;
        }
        if let Some(error) = self.failed {
            return Err(to_io(error));
        }
        self.flush_tls()
    }

    /// What was agreed on.
    #[must_use]
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.connection.negotiated()
    }

    /// Why the peer was refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.connection.refusal()
    }

    /// What each side offered, which rule failed, and what would mend it, once the connection has
    /// failed: also where the peer has sent an alert. Nothing where it goes well.
    ///
    /// ```no_run
    /// # fn example(connection: handfast::Connection, tcp: std::net::TcpStream) {
    /// let mut stream = handfast::stream::Stream::begin(connection, tcp);
    /// if let Err(error) = stream.complete() {
    ///     match stream.report() {
    ///         Some(report) => eprintln!("{report}"),
    ///         None => eprintln!("{error}"),
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        self.connection.report()
    }

    /// The connection, to export keys or update them.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The transport.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Tolerated warnings that came, oldest first; takes them.
    pub fn take_warnings(&mut self) -> Vec<handfast_wire::registry::AlertDescription> {
        core::mem::take(&mut self.warnings)
    }

    /// Early data (0-RTT) that came while the handshake ran, at a server whose config takes it
    /// ([`crate::ServerConfig::max_early_data`], which is how much there can be); takes it. It may
    /// be a replay: do nothing by it that must not be done twice.
    pub fn take_early_data(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.early)
    }

    /// Sends early data (0-RTT) before the handshake has run, as much as the server takes: see
    /// [`Connection::send_replayable`], whose name is your word for it. Gives the bytes that were
    /// sent: 0 where none may be. Afterwards call [`Stream::complete`], and look at
    /// [`Negotiated::early_data`]: what was refused is not sent again by itself.
    ///
    /// # Errors
    /// The transport's.
    pub fn write_replayable(&mut self, data: &[u8]) -> io::Result<usize> {
        self.flush_tls()?;
        let left = self.connection.early_data_left().unwrap_or(0);
        let data = data.get(..left).unwrap_or(data);
        if data.is_empty() {
            return Ok(0);
        }
        self.make_room(data.len());
        let written = self.connection.send_replayable(&[data], &mut self.out);
        self.unsent = 0..written.map_err(to_io)?;
        self.flush_unsent()?;
        Ok(data.len())
    }

    /// Renews the connection's keys, or asks the client who it is, and waits for what comes of it:
    /// true where it is done, false where the peer declined. See [`crate::Receiving::renew`]. Only what
    /// was asked for counts: new keys are no certificate. Where a request for a certificate was given up
    /// and still waits for its answer, both must be declined. Data that comes meanwhile is kept for the
    /// next read, up to a mebibyte.
    ///
    /// # Errors
    /// The transport's; a TLS [`Error`] inside an `io::Error` of kind `InvalidData`, such as
    /// [`crate::Misuse::RenewalNotAllowed`].
    pub fn renew(&mut self, what: Renewal) -> io::Result<bool> {
        self.connection.renew(what, now()).map_err(to_io)?;
        let done = loop {
            self.renewed = None;
            self.wait()?;
            let Some((of, done)) = self.renewed else {
                continue;
            };
            let now = self.connection.negotiated();
            let is_it = now.is_some_and(|now| of.settles(what, now.version));
            // Where it was declined another request may still be out.
            if is_it && (done || !self.connection.is_renewing()) {
                break done;
            }
        };
        self.flush_tls()?;
        Ok(done)
    }

    /// Moves on while the caller reads nothing.
    fn wait(&mut self) -> io::Result<()> {
        self.flush_tls()?;
        if self.data.is_empty() {
            self.step()?;
        }
        if self.closed {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let data = self.buffer.get(core::mem::take(&mut self.data));
        self.ahead.extend_from_slice(data.unwrap_or_default());
        if self.ahead.len() > MOST_AHEAD {
            return Err(io::Error::new(
                ErrorKind::OutOfMemory,
                "the peer sends data without end instead of renewing the connection",
            ));
        }
        Ok(())
    }

    /// Says close_notify. What the peer still sends can be read until it closes too.
    ///
    /// # Errors
    /// The transport's.
    pub fn close(&mut self) -> io::Result<()> {
        self.connection.close();
        self.flush_tls()?;
        self.transport.flush()
    }

    /// Sends what waits: what the transport did not take, handshake messages, alerts.
    fn flush_tls(&mut self) -> io::Result<()> {
        self.flush_unsent()?;
        while self.connection.wants_send() {
            self.seal(&[])?;
            self.flush_unsent()?;
        }
        Ok(())
    }

    /// Seals data, behind what waits, to be taken by the transport.
    fn seal(&mut self, data: &[u8]) -> io::Result<()> {
        self.make_room(data.len());
        let parts: &[&[u8]] = if data.is_empty() { &[] } else { &[data] };
        let written = self.connection.send(parts, &mut self.out).map_err(to_io)?;
        self.unsent = 0..written;
        Ok(())
    }

    fn make_room(&mut self, content: usize) {
        let size = self.connection.send_size(content);
        if self.out.len() < size {
            self.out.resize(size, 0);
        }
    }

    /// Gives sealed bytes to the transport; what it does not take stays.
    fn flush_unsent(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            let waiting = self.out.get(self.unsent.clone()).unwrap_or_default();
            match self.transport.write(waiting) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(taken) => self.unsent.start += taken.min(waiting.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Receives until something happens. On a fault its alert is sent first.
    fn step(&mut self) -> io::Result<()> {
        loop {
            let bytes = self
                .buffer
                .get_mut(self.start..self.end)
                .unwrap_or_default();
            let received = match self.connection.receive(bytes, self.heard) {
                Ok(received) => received,
                Err(error) => return Err(self.refuse(error)),
            };
            let base = self.start;
            self.start += received.consumed;
            match received.event {
                Some(Event::Data(range)) => {
                    self.data = base + range.start..base + range.end;
                    return Ok(());
                }
                Some(Event::EarlyData(range)) => {
                    let range = base + range.start..base + range.end;
                    let early = self.buffer.get(range).unwrap_or_default();
                    self.early.extend_from_slice(early);
                }
                Some(Event::Ask(ask)) => self.answer(ask.id())?,
                Some(Event::Closed) => {
                    self.closed = true;
                    return Ok(());
                }
                Some(Event::Renewed(what)) => {
                    self.renewed = Some((what, true));
                    return Ok(());
                }
                Some(Event::RenewalDeclined(what)) => {
                    self.renewed = Some((what, false));
                    return Ok(());
                }
                Some(Event::Warning(alert)) => self.warnings.push(alert),
                Some(_) => return Ok(()),
                None => {
                    if self.connection.wants_send() {
                        return Ok(());
                    }
                    self.fill()?;
                }
            }
        }
    }

    fn answer(&mut self, id: AskId) -> io::Result<()> {
        let answer = match (&mut self.answerer, self.connection.question()) {
            (Some(answerer), Some(question)) => answerer(question),
            _ => Answer::Failed,
        };
        let taken = self.connection.answer(id, answer, now());
        taken.map_err(|error| self.refuse(error))
    }

    /// Sends the alert of what ended the connection.
    fn refuse(&mut self, error: Error) -> io::Error {
        self.failed = Some(error);
        // The alert is a courtesy: the fault is what matters.
        let _ = self.flush_tls();
        let _ = self.transport.flush();
        to_io(error)
    }

    /// Reads from the transport into the free end of the buffer.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        loop {
            let free = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.transport.read(free) {
                // RFC 8446 s6.1: an end without close_notify may be an attack.
                Ok(0) => return Err(truncated()),
                Ok(bytes) => {
                    self.heard = now();
                    self.end += bytes;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<T: Read + Write> Read for Stream<T> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if !self.ahead.is_empty() {
            let length = self.ahead.len().min(out.len());
            for (to, from) in out.iter_mut().zip(self.ahead.drain(..length)) {
                *to = from;
            }
            return Ok(length);
        }
        while self.data.is_empty() {
            if self.closed {
                return Ok(0);
            }
            self.step()?;
            self.flush_tls()?;
        }
        let data = self.buffer.get(self.data.clone()).unwrap_or_default();
        let length = data.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..length), data.get(..length)) {
            to.copy_from_slice(from);
        }
        self.data.start += length;
        Ok(length)
    }
}

impl<T: Read + Write> Write for Stream<T> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        // What was sealed before goes first; nothing of it is sealed twice.
        self.flush_unsent()?;
        if data.is_empty() {
            return Ok(0);
        }
        while self.connection.is_held() {
            self.wait()?;
        }
        self.seal(data)?;
        match self.flush_unsent() {
            // The data is sealed and will go out with the next call.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            flushed => flushed?,
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flush_tls()?;
        self.transport.flush()
    }
}

/// A TLS error as an `io::Error` that carries it.
fn to_io(error: Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

fn truncated() -> io::Error {
    io::Error::new(
        ErrorKind::UnexpectedEof,
        "the peer cut the connection off without close_notify",
    )
}

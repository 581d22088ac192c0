//! A client that costs as little as it can: Handfast's engine over blocking sockets.
//!
//! Nothing waits in vain, since whoever drives it reads first where it has asked first.

use crate::Result;
use crate::drive::Row;
use crate::lab::{Document, HOST, Lab};
use handfast::config::Trust;
use handfast::session::MemoryStore;
use handfast::stream::now;
use handfast::{
    CipherSuite, ClientConfig, Connection, Event, NamedGroup, Now, ProtocolVersion, ServerName,
};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// Where connections come from.
pub(crate) struct Client {
    client: handfast::Client,
    name: ServerName,
    is_resuming: bool,
    /// For what a read brings; shared, since one connection reads at a time.
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// How many came back by a ticket.
    pub(crate) resumed: u64,
}

/// One connection.
pub(crate) struct Talking {
    tcp: TcpStream,
    connection: Connection,
    heard: Now,
    /// Of the record that has not come whole.
    begun: Vec<u8>,
}

/// How far an answer has come.
#[derive(Default)]
struct Answer {
    head: Vec<u8>,
    is_in_body: bool,
    /// Bytes of the body.
    body: u64,
    closed: bool,
}

impl Client {
    pub(crate) fn new(lab: &Lab, row: Row) -> Result<Self> {
        let mut config = ClientConfig::new(Trust::Roots(lab.roots.clone()));
        config.common.versions = vec![ProtocolVersion::TLS_1_3];
        config.common.suites = vec![CipherSuite::TLS_AES_128_GCM_SHA256];
        config.common.groups = vec![NamedGroup::X25519];
        config.common.alpn = vec![b"http/1.1".to_vec()];
        let is_resuming = row == Row::Resumed;
        config.sessions = is_resuming.then(|| Arc::new(MemoryStore::new(4)) as _);
        Ok(Self {
            client: config.check()?,
            name: ServerName::parse(HOST)?,
            is_resuming,
            incoming: vec![0; READ],
            outgoing: vec![0; 4096],
            resumed: 0,
        })
    }

    /// Connects and says ClientHello.
    pub(crate) fn begin(&mut self, port: u16) -> Result<Talking> {
        let tcp = TcpStream::connect(("127.0.0.1", port))?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        let heard = now();
        let mut talking = Talking {
            tcp,
            connection: self.client.connect(self.name.clone(), heard)?,
            heard,
            begun: Vec::new(),
        };
        self.say(&mut talking, &[])?;
        Ok(talking)
    }

    /// Ends the handshake, and asks with what it has to say last.
    pub(crate) fn finish(&mut self, talking: &mut Talking, request: &[u8]) -> Result<()> {
        while talking.connection.is_handshaking() {
            self.hear(talking, &mut |event| match event {
                None => Ok(()),
                Some(_) => Err("data in the handshake".into()),
            })?;
        }
        let agreed = talking.connection.negotiated().ok_or("nothing agreed on")?;
        self.resumed += u64::from(agreed.is_resumed());
        self.say(talking, &[request])
    }

    /// Sends a request, with what the engine has to say.
    pub(crate) fn say(&mut self, talking: &mut Talking, request: &[&[u8]]) -> Result<()> {
        let content = request.iter().map(|part| part.len()).sum();
        let size = talking.connection.send_size(content);
        if self.outgoing.len() < size {
            self.outgoing.resize(size, 0);
        }
        let sealed = talking.connection.send(request, &mut self.outgoing)?;
        Ok(talking
            .tcp
            .write_all(self.outgoing.get(..sealed).unwrap_or_default())?)
    }

    /// Reads the answer to a request: all of the document, and nothing else. With `to_the_end`
    /// close_notify must follow it.
    pub(crate) fn answer(
        &mut self,
        talking: &mut Talking,
        document: &Document,
        to_the_end: bool,
    ) -> Result<()> {
        let mut answer = Answer::default();
        while !answer.is_done(document) || (to_the_end && !answer.closed) {
            self.hear(talking, &mut |data| answer.take(data, document))?;
        }
        Ok(())
    }

    /// Reads once, and tells of the data that came, or that the server has closed.
    fn hear(
        &mut self,
        talking: &mut Talking,
        told: &mut dyn FnMut(Option<&[u8]>) -> Result<()>,
    ) -> Result<()> {
        let begun = talking.begun.len();
        self.incoming
            .get_mut(..begun)
            .ok_or("a record too long")?
            .copy_from_slice(&talking.begun);
        let room = self.incoming.get_mut(begun..).unwrap_or_default();
        let read = talking.tcp.read(room)?;
        if read == 0 {
            return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        if self.is_resuming || talking.connection.is_handshaking() {
            talking.heard = now();
        }
        let mut unread = self.incoming.get_mut(..begun + read).unwrap_or_default();
        loop {
            let received = talking.connection.receive(unread, talking.heard)?;
            match received.event {
                Some(Event::Data(range)) => told(Some(unread.get(range).unwrap_or_default()))?,
                // Nothing follows it.
                Some(Event::Closed) => return told(None),
                Some(Event::Connected) => {}
                Some(Event::Ask(_)) => return Err("the engine asks".into()),
                Some(_) => {}
                None => {
                    unread = unread.get_mut(received.consumed..).unwrap_or_default();
                    break;
                }
            }
            unread = unread.get_mut(received.consumed..).unwrap_or_default();
        }
        talking.begun.clear();
        talking.begun.extend_from_slice(unread);
        Ok(())
    }

    /// Whether all that were begun came as the row says.
    pub(crate) fn check(&self, done: u64) -> Result<()> {
        let resumed = self.resumed;
        if (self.is_resuming && resumed < done) || (!self.is_resuming && resumed > 0) {
            return Err(format!("{resumed} of {done} connections came back by a ticket").into());
        }
        Ok(())
    }
}

impl Answer {
    fn is_done(&self, document: &Document) -> bool {
        self.is_in_body && self.body == document.bytes
    }

    fn take(&mut self, data: Option<&[u8]>, document: &Document) -> Result<()> {
        let Some(mut data) = data else {
            self.closed = true;
            if self.is_done(document) {
                return Ok(());
            }
            return Err("the answer was cut off".into());
        };
        if !self.is_in_body {
            self.head.extend_from_slice(data);
            let Some(end) = find(&self.head, b"\r\n\r\n") else {
                return Ok(());
            };
            let in_body = self.head.len() - (end + 4);
            check_head(self.head.get(..end + 2).unwrap_or_default(), document)?;
            self.is_in_body = true;
            data = data.get(data.len() - in_body..).unwrap_or_default();
        }
        if !document.has(self.body, data) {
            return Err(format!("wrong bytes from {} on", self.body).into());
        }
        self.body += data.len() as u64;
        Ok(())
    }
}

/// An answer must be 200, and as long as the document.
fn check_head(head: &[u8], document: &Document) -> Result<()> {
    let text = std::str::from_utf8(head)?;
    let mut lines = text.lines();
    let length = format!("{}", document.bytes);
    let is_good = lines.next() == Some("HTTP/1.1 200 OK")
        && lines.any(|line| {
            line.split_once(": ").is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("content-length") && value == length
            })
        });
    if is_good {
        Ok(())
    } else {
        Err(format!("this is not the file: {text}").into())
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// Bytes to read at once.
const READ: usize = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(20);

//! The drivers, each at the end of a wire that can be cut: the blocking stream, and tokio's.

use handfast::stream::Stream;
use handfast::{Client, ServerName};
use handfast_testkit::pair::{End, now};
use handfast_testkit::shape::Shape;
use handfast_tokio::Connector;
use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// What a server says once the handshake is done, before it closes.
pub(crate) const PAGE: &[u8] = b"all that there is";

/// A client's transport, a server of ours behind it. What the server sends is cut off at some
/// byte; from then on every read gives nothing, as at the end of a file.
#[derive(Clone)]
pub(crate) struct Wire(Rc<RefCell<Inner>>);

struct Inner {
    server: End,
    /// Bytes on their way to the client.
    coming: Vec<u8>,
    /// Bytes that the client was given.
    given: usize,
    cut: usize,
    /// Bytes given at each read, at most.
    step: usize,
    calls: usize,
    reads_at_end: usize,
    closes: Close,
    written: bool,
    /// Where the last data record began, and where close_notify ended.
    page_begins: usize,
    end: usize,
}

/// How the server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    /// By close_notify after the page.
    Once,
    /// By close_notify, and its bytes again and again.
    Again,
    /// By close_notify in the handshake.
    Early,
    /// Not at all.
    Never,
    /// Nor does the wire take anything: every write takes no byte.
    Deaf,
}

/// What a driver made of it.
#[derive(Debug)]
pub(crate) struct Ended {
    /// What the caller read, or the error that ended it.
    pub(crate) outcome: Result<Vec<u8>, ErrorKind>,
    /// Reads and writes on the transport.
    pub(crate) calls: usize,
    /// Reads after the end was told.
    pub(crate) reads_at_end: usize,
    /// Where the page's record began on the wire, and where close_notify ended.
    pub(crate) page: std::ops::Range<usize>,
}

/// Nobody needs so many calls.
const BUDGET: usize = 20_000;

impl Wire {
    pub(crate) fn new(server: End, cut: usize, step: usize, closes: Close) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            server,
            coming: Vec::new(),
            given: 0,
            cut,
            step,
            calls: 0,
            reads_at_end: 0,
            closes,
            written: false,
            page_begins: 0,
            end: 0,
        })))
    }

    pub(crate) fn ended(&self, outcome: Result<Vec<u8>, ErrorKind>) -> Ended {
        let inner = self.0.borrow_mut();
        Ended {
            outcome,
            calls: inner.calls,
            reads_at_end: inner.reads_at_end,
            page: inner.page_begins..inner.end,
        }
    }
}

impl Inner {
    fn called(&mut self) -> io::Result<()> {
        self.calls += 1;
        if self.calls > BUDGET {
            return Err(io::Error::other("the driver does not end"));
        }
        Ok(())
    }

    /// Lets the server say what it has to say.
    fn turn(&mut self) {
        let words = self.server.take_output();
        self.coming.extend(words);
        if self.closes == Close::Early && !self.written && !self.coming.is_empty() {
            self.written = true;
            self.coming.extend([21, 3, 3, 0, 2, 1, 0]);
        }
        if self.server.is_connected() && !self.written {
            self.written = true;
            self.page_begins = self.given + self.coming.len();
            let page = self.server.write(PAGE);
            self.coming.extend(page);
            if self.closes != Close::Never {
                self.server.connection.close();
                let last = self.server.take_output();
                let times = if self.closes == Close::Again { 50 } else { 1 };
                self.coming.extend(last.repeat(times));
            }
            self.end = self.given + self.coming.len();
        }
    }

    fn give(&mut self, most: usize) -> io::Result<Vec<u8>> {
        self.called()?;
        self.turn();
        let left = self.cut.saturating_sub(self.given);
        let count = most.min(self.step).min(left).min(self.coming.len());
        if count == 0 {
            self.reads_at_end += 1;
        }
        self.given += count;
        Ok(self.coming.drain(..count).collect())
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.called()?;
        if self.closes == Close::Deaf {
            return Ok(0);
        }
        self.server.deliver(bytes, now());
        Ok(bytes.len())
    }
}

impl Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.0.borrow_mut().give(out.len())?;
        out[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().take(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = self.0.borrow_mut().give(out.remaining());
        Poll::Ready(bytes.map(|bytes| out.put_slice(&bytes)))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.borrow_mut().take(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Reads all there is.
pub(crate) type Driver = fn(&Client, Wire) -> Result<Vec<u8>, ErrorKind>;

fn name() -> ServerName {
    ServerName::parse("localhost").unwrap()
}

/// The blocking stream. What ended it is told again by later reads.
pub(crate) fn blocking(client: &Client, wire: Wire) -> Result<Vec<u8>, ErrorKind> {
    let mut stream = Stream::connect(client, name(), wire).map_err(|error| error.kind())?;
    let mut page = Vec::new();
    let first = stream.read_to_end(&mut page).map_err(|error| error.kind());
    for _ in 0..100 {
        assert_eq!(stream.read(&mut []).ok(), Some(0), "an empty read is empty");
        let again = stream.read(&mut [0; 8]).map_err(|error| error.kind());
        assert_eq!(again.map(drop), first.map(drop));
    }
    first.map(|_| page)
}

/// The same on tokio.
pub(crate) fn tokio(client: &Client, wire: Wire) -> Result<Vec<u8>, ErrorKind> {
    let runtime = ::tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(async {
        let connector = Connector::new(client.clone()).unwrap();
        let connected = connector.connect(name(), wire).await;
        // A failed handshake is an error of its own; which one, other tests say.
        let mut stream = connected.map_err(|failed| io::Error::from(failed).kind())?;
        let mut page = Vec::new();
        let first = stream.read_to_end(&mut page).await;
        let first = first.map_err(|error| error.kind());
        for _ in 0..100 {
            let again = stream.read(&mut [0; 8]).await.map_err(|error| error.kind());
            assert_eq!(again.map(drop), first.map(drop));
        }
        first.map(|_| page)
    })
}

/// Lets a driver read a page of a server that is cut off at some byte.
pub(crate) fn drive(shape: Shape, driver: Driver, cut: usize, step: usize, closes: Close) -> Ended {
    let (client, server) = shape.ends();
    let wire = Wire::new(End::new(server.accept(now()).unwrap()), cut, step, closes);
    let outcome = driver(&client, wire.clone());
    wire.ended(outcome)
}

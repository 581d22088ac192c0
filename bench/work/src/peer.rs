//! What is compared: a library, driven by the same hand as all.

use crate::Result;
use crate::material::Material;
use crate::task::Scenario;
use crate::wire::{Sink, Source};
use std::cell::Cell;

/// A library. Its value is the configuration of both sides, made once.
pub trait Peer: Sized {
    type Client: Side;
    type Server: Side;

    /// # Errors
    /// [`Lacks`] where the library has nothing of that kind.
    fn new(material: &Material, scenario: Scenario) -> Result<Self>;
    fn client(&self) -> Result<Self::Client>;
    fn server(&self) -> Result<Self::Server>;

    /// Sessions that the server's cache holds; nothing where the library does not
    /// say, and has kept all.
    fn sessions(&self) -> Option<f64> {
        None
    }

    /// Empties the server's cache and gives its memory back, where that is possible.
    fn forget_sessions(&self) {}
}

/// One side of one connection.
pub trait Side {
    /// Handshakes: takes all of `input`, tickets after the handshake included,
    /// appends what is to be sent to `output`.
    fn drive(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Result<()>;

    fn is_handshaking(&self) -> bool;

    /// True when the library says that it came back to an earlier session.
    fn came_back(&self) -> bool;

    /// Seals `data` and puts it on the wire.
    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()>;

    /// Seals `data` [`BATCH`](crate::task::BATCH) times, a record each, in one call of the library; false
    /// when it has no such call.
    fn send_batch(&mut self, _data: &[u8], _wire: &mut Sink) -> Result<bool> {
        Ok(false)
    }

    /// Reads from the wire until some content is in `buffer`; tells its length.
    fn receive(&mut self, wire: &mut Source, buffer: &mut [u8]) -> Result<usize>;

    /// Opens the first record of `wire` where it lies; gives the bytes used up
    /// and the content's length, or nothing when the library cannot.
    fn receive_in_place(&mut self, _wire: &mut [u8]) -> Result<Option<(usize, usize)>> {
        Ok(None)
    }
}

/// The library has nothing of that kind.
#[derive(Debug)]
pub struct Lacks;

impl std::fmt::Display for Lacks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the library has nothing of that kind")
    }
}

impl std::error::Error for Lacks {}

/// Configurations of clients that come in turn.
pub struct Turns<T> {
    all: Vec<T>,
    next: Cell<usize>,
}

impl<T> Turns<T> {
    pub fn new(all: Vec<T>) -> Self {
        let next = Cell::new(0);
        Self { all, next }
    }

    /// The next one, and after the last one the first again.
    pub fn next(&self) -> Result<&T> {
        let at = self.next.get();
        self.next.set((at + 1) % self.all.len().max(1));
        self.all.get(at).ok_or_else(|| "no client".into())
    }
}

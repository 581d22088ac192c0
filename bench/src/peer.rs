//! What is compared: one module a library, all driven by the same hand.

pub(crate) mod handfast;
pub(crate) mod openssl;
pub(crate) mod rustls;
pub(crate) mod unbuffered;

use crate::Result;
use crate::material::Material;
use crate::task::Scenario;
use crate::wire::{Sink, Source};

/// A library. Its value is the configuration of both sides, made once.
pub(crate) trait Peer: Sized {
    type Client: Side;
    type Server: Side;

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
pub(crate) trait Side {
    /// Handshakes: takes all of `input`, tickets after the handshake included,
    /// appends what is to be sent to `output`.
    fn drive(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Result<()>;

    fn is_handshaking(&self) -> bool;

    /// True when the library says that it came back to an earlier session.
    fn came_back(&self) -> bool;

    /// Seals `data` and puts it on the wire.
    fn send(&mut self, data: &[u8], wire: &mut Sink) -> Result<()>;

    /// Reads from the wire until some content is in `buffer`; tells its length.
    fn receive(&mut self, wire: &mut Source, buffer: &mut [u8]) -> Result<usize>;

    /// Opens the first record of `wire` where it lies; gives the bytes used up
    /// and the content's length, or nothing when the library cannot.
    fn receive_in_place(&mut self, _wire: &mut [u8]) -> Result<Option<(usize, usize)>> {
        Ok(None)
    }
}

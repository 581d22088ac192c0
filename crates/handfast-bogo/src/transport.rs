//! The socket to the runner, which listens even where the shim is the server.

use crate::settings::Settings;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, TcpStream};
use std::time::Duration;

/// How long the runner may take to hang up after us.
const DRAIN: Duration = Duration::from_secs(5);
/// Bytes asked of the socket at once.
const CHUNK: usize = 32 * 1024;

/// A connected socket with the bytes that were read and not yet given out.
pub(crate) struct Transport {
    socket: TcpStream,
    waiting: Vec<u8>,
    given: usize,
}

impl Transport {
    /// Connects and tells the runner which test this is.
    pub(crate) fn connect(settings: &Settings) -> io::Result<Self> {
        let mut socket = if settings.ipv6 {
            TcpStream::connect((Ipv6Addr::LOCALHOST, settings.port))?
        } else {
            TcpStream::connect((Ipv4Addr::LOCALHOST, settings.port))?
        };
        socket.set_nodelay(true)?;
        socket.write_all(&settings.shim_id.to_le_bytes())?;
        Ok(Self {
            socket,
            waiting: Vec::new(),
            given: 0,
        })
    }

    /// Adds at most `most` bytes to `buffer`; 0 at the stream's end.
    pub(crate) fn read(&mut self, most: usize, buffer: &mut Vec<u8>) -> io::Result<usize> {
        if self.given == self.waiting.len() {
            self.given = 0;
            self.waiting.resize(CHUNK, 0);
            let read = match self.socket.read(&mut self.waiting) {
                // The runner hangs up hard on a peer that misbehaves.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => 0,
                read => read?,
            };
            self.waiting.truncate(read);
        }
        let rest = self.waiting.get(self.given..).unwrap_or_default();
        let piece = rest.get(..most.min(rest.len())).unwrap_or_default();
        buffer.extend_from_slice(piece);
        self.given += piece.len();
        Ok(piece.len())
    }

    /// Writes. A runner that has hung up already is found out by reading.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.socket.write_all(bytes);
    }

    /// Half-closes and reads to the end: otherwise a reset could overtake the
    /// alert that the runner waits for.
    pub(crate) fn finish(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
        let _ = self.socket.set_read_timeout(Some(DRAIN));
        let mut sink = [0; 4096];
        while self.socket.read(&mut sink).is_ok_and(|read| read > 0) {}
    }
}

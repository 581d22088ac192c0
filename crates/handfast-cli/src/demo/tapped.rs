//! A TCP connection with a deadline that keeps a copy of what crosses it.

use crate::demo::locked::locked;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What crossed one TCP connection, as anyone on the way could see it.
#[derive(Clone, Debug, Default)]
pub(super) struct Crossed {
    pub(super) sent: Vec<u8>,
    pub(super) received: Vec<u8>,
}

impl Crossed {
    pub(super) fn len(&self) -> usize {
        self.sent.len() + self.received.len()
    }

    /// True when `bytes` can be read off the wire as they are.
    pub(super) fn shows(&self, bytes: &[u8]) -> bool {
        let within = |all: &[u8]| {
            all.windows(bytes.len().max(1))
                .any(|window| window == bytes)
        };
        within(&self.sent) || within(&self.received)
    }
}

/// The transport of one side.
pub(super) struct Tapped {
    tcp: TcpStream,
    until: Instant,
    crossed: Arc<Mutex<Crossed>>,
}

impl Tapped {
    pub(super) fn new(tcp: TcpStream, until: Instant) -> Self {
        Self {
            tcp,
            until,
            crossed: Arc::default(),
        }
    }

    pub(super) fn crossed(&self) -> Crossed {
        locked(&self.crossed).clone()
    }

    /// Says that nothing more comes and waits for the peer to say the same. To drop a socket
    /// with unread bytes would reset the connection, and the peer would lose our alert.
    pub(super) fn linger(&self) {
        let mut tcp = &self.tcp;
        let mut rest = [0; 4096];
        // Courtesy only: a peer that is gone already is as good.
        let _ = tcp.shutdown(Shutdown::Write);
        while let Ok(left) = remaining(self.until) {
            let _ = tcp.set_read_timeout(Some(left));
            match tcp.read(&mut rest) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

impl Read for Tapped {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(remaining(self.until)?))?;
        let read = self.tcp.read(out).map_err(late)?;
        let bytes = out.get(..read).unwrap_or_default();
        locked(&self.crossed).received.extend_from_slice(bytes);
        Ok(read)
    }
}

impl Write for Tapped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(remaining(self.until)?))?;
        let written = self.tcp.write(bytes).map_err(late)?;
        let bytes = bytes.get(..written).unwrap_or_default();
        locked(&self.crossed).sent.extend_from_slice(bytes);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// The time that is left.
pub(super) fn remaining(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        Err(ErrorKind::TimedOut.into())
    } else {
        Ok(left)
    }
}

/// A socket's timeout is reported as one or the other, by system.
fn late(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
        _ => error,
    }
}

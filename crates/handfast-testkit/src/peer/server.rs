//! A program that listens.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::program::{Program, wait};

/// A server on loopback; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
    log: Folder,
}

impl Server {
    /// Starts a program that is to listen on a free port of 127.0.0.1, and waits until it does.
    /// `arguments` is given the port. Nothing connects to it here, so that a server that serves
    /// one connection still has it to serve.
    ///
    /// # Errors
    /// In words, with what the program said, when it ends early or does not listen in time.
    pub fn start(
        program: &Program,
        arguments: impl FnOnce(u16) -> Vec<String>,
        deadline: Duration,
    ) -> Result<Self, String> {
        let name = program.path().display();
        let spawn = || -> io::Result<(Child, u16, Folder)> {
            let (log, port) = (Folder::new()?, free_port()?);
            let output = File::create(log.path().join("output"))?;
            let mut command = program.command();
            command.args(arguments(port));
            // openssl s_server ends at the end of its standard input: it gets a pipe, kept open.
            command
                .stdin(Stdio::piped())
                .stdout(output.try_clone()?)
                .stderr(output);
            Ok((command.spawn()?, port, log))
        };
        let (child, port, log) = spawn().map_err(|error| format!("{name}: {error}"))?;
        let mut server = Self { child, port, log };
        let end = Instant::now() + deadline;
        while !listens(port) {
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("{name} ended early, {status}: {}", server.output()));
            }
            if Instant::now() > end {
                return Err(format!("{name} does not listen: {}", server.output()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Connects, with a deadline on connecting, on every read and on every write.
    ///
    /// # Errors
    /// What the system says.
    pub fn connect(&self, deadline: Duration) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address(), deadline)?;
        stream.set_read_timeout(Some(deadline))?;
        stream.set_write_timeout(Some(deadline))?;
        Ok(stream)
    }

    /// Writes to its standard input.
    ///
    /// # Errors
    /// What the system says.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        match self.child.stdin.as_mut() {
            Some(pipe) => pipe.write_all(text.as_bytes()).and_then(|()| pipe.flush()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Waits until it has printed `text`.
    ///
    /// # Errors
    /// In words, with what the program said, when it does not in time.
    pub fn printed(&self, text: &str, deadline: Duration) -> Result<(), String> {
        let end = Instant::now() + deadline;
        while !self.output().contains(text) {
            if Instant::now() > end {
                return Err(format!("{text:?} expected in: {}", self.output()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Waits until it has printed so many lines.
    ///
    /// # Errors
    /// In words, with what the program said, when it does not in time.
    pub fn printed_lines(&self, lines: usize, deadline: Duration) -> Result<(), String> {
        let end = Instant::now() + deadline;
        while self.output().matches('\n').count() < lines {
            if Instant::now() > end {
                return Err(format!("{lines} lines expected in: {}", self.output()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// What it has printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        let bytes = fs::read(self.log.path().join("output")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until it ends by itself, and gives its exit code.
    ///
    /// # Errors
    /// In words, with what the program said, when it does not end in time.
    pub fn ended(&mut self, deadline: Duration) -> Result<Option<i32>, String> {
        wait(&mut self.child, deadline).ok_or_else(|| format!("still runs: {}", self.output()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of 127.0.0.1 that nobody listens on now, and that the system gives to nobody by itself:
/// it lies below the ports of outgoing connections and of listeners that leave the choice to the
/// system. No two calls of a process are given the same one, and processes begin apart, so it is
/// still free when it is used a while later.
///
/// # Errors
/// What the system says when there is none.
pub fn free_port() -> io::Result<u16> {
    const SPAN: u32 = LAST - FIRST;
    static CALLS: AtomicU32 = AtomicU32::new(0);
    // Where the system's own choice reaches so low, one of those has to do.
    let tries = if system_chooses_from() >= LAST {
        SPAN
    } else {
        0
    };
    for _ in 0..tries {
        let own = std::process::id().wrapping_mul(APART);
        let call = own.wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + call % SPAN).map_err(io::Error::other)?;
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(taken) if taken.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    let any = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(any.local_addr()?.port())
}

/// The ports that [`free_port`] gives, and how far apart two processes begin.
const FIRST: u32 = 15_000;
const LAST: u32 = 32_000;
const APART: u32 = 127;

/// The first port that the system chooses by itself; where it does not tell, IANA's (RFC 6335,
/// section 6).
fn system_chooses_from() -> u32 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok();
    let first = range.and_then(|range| range.split_whitespace().next()?.parse().ok());
    first.unwrap_or(49_152)
}

/// Whether somebody listens on a local port: by the kernel's table where there is one, else by
/// connecting.
fn listens(port: u16) -> bool {
    let tables: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|p| fs::read_to_string(p).ok())
        .collect();
    if tables.is_empty() {
        return TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
    }
    // Columns: number, local address:port in hex, remote, state (0A is LISTEN).
    let own = format!(":{port:04X}");
    tables.iter().flat_map(|table| table.lines()).any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let local = columns
            .next()
            .is_some_and(|address| address.ends_with(&own));
        local && columns.nth(1) == Some("0A")
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_seen_to_listen_only_while_it_does() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(listens(port));
        drop(listener);
        assert!(!listens(port));
    }

    #[test]
    fn a_free_port_is_given_once_and_is_none_that_the_system_chooses() {
        let ports: Vec<_> = (0..50).map(|_| free_port().unwrap()).collect();
        let once: std::collections::BTreeSet<_> = ports.iter().copied().collect();
        assert_eq!(once.len(), ports.len());
        let low = system_chooses_from();
        if low >= LAST {
            assert!(ports.iter().all(|port| u32::from(*port) < low), "{ports:?}");
        }
    }

    #[test]
    fn a_server_that_ends_early_is_reported_with_what_it_said() {
        let sh = Program::find("sh").unwrap();
        let arguments = |port| vec!["-c".to_owned(), format!("echo broken on {port}; exit 7")];
        let error = Server::start(&sh, arguments, Duration::from_secs(10)).unwrap_err();
        assert!(
            error.contains("ended early") && error.contains("broken on"),
            "{error}"
        );
    }

    #[test]
    fn a_server_that_never_listens_is_reported() {
        let sleep = Program::find("sleep").unwrap();
        let error = Server::start(&sleep, |_| vec!["60".to_owned()], Duration::from_millis(50));
        assert!(error.unwrap_err().contains("does not listen"));
    }
}

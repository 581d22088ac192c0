//! One connection over loopback, and what each end tells of it.

use handfast::connection::Question;
use handfast::connection::Resumption;
use handfast::stream::Stream;
use handfast::{Answer, Client, Server, ServerName};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// What one end tells of a connection, as text that two processes can compare.
pub(super) type Told = String;

const LINE: &[u8] = b"a line of text\n";
const SOON: Duration = Duration::from_secs(20);

/// Says a line, hears it again, and tells.
pub(super) fn connect(client: &Client, port: u16) -> io::Result<Told> {
    let transport = TcpStream::connect(("127.0.0.1", port))?;
    transport.set_read_timeout(Some(SOON))?;
    let name = ServerName::parse("localhost").map_err(io::Error::other)?;
    let mut stream = Stream::connect(client, name, transport)?;
    stream.write_all(LINE)?;
    hear_line(&mut stream)?;
    let told = tell(&mut stream);
    stream.close()?;
    // The server's end, and the tickets before it.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest)?;
    Ok(told)
}

/// Hears a line, says it again, and tells.
pub(super) fn accept(
    server: &Server,
    listener: &TcpListener,
    answerer: impl FnMut(Question<'_>) -> Answer + Send + 'static,
) -> io::Result<Told> {
    let transport = next(listener)?;
    transport.set_read_timeout(Some(SOON))?;
    let connection = server.accept(handfast::stream::now());
    let connection = connection.map_err(io::Error::other)?;
    let mut stream = Stream::begin(connection, transport).with_answerer(Box::new(answerer));
    stream.complete()?;
    hear_line(&mut stream)?;
    stream.write_all(LINE)?;
    let told = tell(&mut stream);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest)?;
    stream.close()?;
    Ok(told)
}

/// The next caller; a process that never calls is not waited for without end.
fn next(listener: &TcpListener) -> io::Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let start = Instant::now();
    loop {
        match listener.accept() {
            Ok((transport, _)) => {
                transport.set_nonblocking(false)?;
                return Ok(transport);
            }
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Err(error) if start.elapsed() > SOON => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

fn hear_line(stream: &mut Stream<TcpStream>) -> io::Result<()> {
    let mut line = [0; LINE.len()];
    stream.read_exact(&mut line)?;
    if line == LINE {
        Ok(())
    } else {
        Err(io::Error::other(format!("{line:?} instead of a line")))
    }
}

/// Version, suite, kind of resumption, protocol and exporter: the same at both ends.
fn tell(stream: &mut Stream<TcpStream>) -> Told {
    let mut exported = [0; 32];
    let export = stream.connection().export(b"label", None, &mut exported);
    let negotiated = stream.negotiated().expect("connected");
    format!(
        "{} {} {} {:?} {:?} {export:?} {exported:?}",
        kind(negotiated.resumption),
        negotiated.version,
        negotiated.suite,
        negotiated.alpn,
        negotiated.server_name,
    )
}

/// What a connection that was told of came back by; a word that it begins with.
pub(super) fn kind(resumption: Option<Resumption>) -> &'static str {
    match resumption {
        None => "full",
        Some(Resumption::SessionId) => "session-id",
        Some(Resumption::Ticket) => "ticket",
        Some(Resumption::Psk) => "psk",
        Some(_) => "unknown",
    }
}

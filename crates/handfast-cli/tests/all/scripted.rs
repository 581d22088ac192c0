//! Servers that do what a test tells them.

use crate::lab::Lab;
use handfast::stream::Stream;
use handfast::{Credential, Server, ServerConfig};
use handfast_pki::load;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// An HTTPS server over HTTP/1.1 that closes after each answer.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    /// What was asked, head and body.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

/// How an answer ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With close_notify.
    Closed,
    /// Cut off.
    CutOff,
}

impl Scripted {
    /// Answers each request by what `answer` makes of it.
    pub(crate) fn start(
        lab: &Lab,
        answer: impl Fn(&str) -> (String, End) + Send + 'static,
    ) -> Self {
        Self::with(server(lab), answer)
    }

    /// The same, by this server.
    pub(crate) fn with(
        server: Server,
        answer: impl Fn(&str) -> (String, End) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                let Ok(mut stream) = Stream::accept(&server, tcp) else {
                    continue;
                };
                let Some(request) = request(&mut stream) else {
                    continue;
                };
                let (words, end) = answer(&request);
                kept.lock().unwrap().push(request);
                let _ = stream.write_all(words.as_bytes());
                let _ = stream.flush();
                if end == End::Closed {
                    let _ = stream.close();
                }
                let_go(stream.transport());
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }
}

/// Ends the connection without a reset, which would overtake what was sent:
/// what the client still says is read, until it is done too.
fn let_go(mut tcp: &TcpStream) {
    let _ = tcp.shutdown(Shutdown::Write);
    let _ = tcp.set_read_timeout(Some(Duration::from_secs(2)));
    let mut rest = [0; 1024];
    while tcp.read(&mut rest).is_ok_and(|bytes| bytes > 0) {}
}

/// A server with the lab's certificate.
pub(crate) fn server(lab: &Lab) -> Server {
    let read = |name: &str| std::fs::read(lab.file(name)).unwrap();
    let chain = load::certificates(&read("server.pem")).unwrap();
    let key = load::private_key(&read("server.key"), None).unwrap();
    let mut config = ServerConfig::new(Credential::new(chain, key).unwrap());
    config.alpn_optional = true;
    config.check().unwrap()
}

/// Head and body of a request, by its Content-Length or its last chunk.
fn request(stream: &mut impl Read) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length, mut chunked) = (String::new(), 0, false);
    loop {
        let mut line = String::new();
        reader
            .read_line(&mut line)
            .ok()
            .filter(|bytes| *bytes > 0)?;
        if line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= lower.starts_with("transfer-encoding: chunked");
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if chunked {
        while !body.ends_with(b"0\r\n\r\n") {
            let mut byte = [0];
            reader.read_exact(&mut byte).ok()?;
            body.push(byte[0]);
        }
    }
    Some(format!("{head}\r\n{}", String::from_utf8_lossy(&body)))
}

/// An HTTP proxy that makes tunnels, and answers all else by itself. Gives its address and the hosts that it was asked for.
pub(crate) fn proxy() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&asked);
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let Some(request) = request(&mut client) else {
                continue;
            };
            let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let is_tunnel = request.starts_with("CONNECT ");
            kept.lock().unwrap().push(request);
            if !is_tunnel {
                let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nproxied");
                continue;
            }
            let Ok(server) = TcpStream::connect(target.replace("localhost", "127.0.0.1")) else {
                let _ = client.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
                continue;
            };
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    (address, asked)
}
